# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run asks of a server: one load and nothing else when nothing changed; and nothing that looks at every host."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import sqlalchemy
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.results import Result
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis import storage as redis
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift import storage as swift
from ansible_collections.osa.inventory.tests.benchmarks.counting import Request, connecting, requests_of
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis
from ansible_collections.osa.inventory.tests.servers.sql import Database
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift
from ansible_collections.osa.inventory.tests.support.sql_samples import Site, cloud, grant_writer, opened

pytest_plugins = ['ansible_collections.osa.inventory.tests.support.sql_fixtures']


def registered(kind: type[Storage], **options: t.Any) -> Storage:
    storage = kind()
    storage.register(options)
    return storage


def requests_of_a_run(storage: Storage, inventory: Inventory, directory: pathlib.Path) -> list[Request]:
    """What a run asks that makes this inventory, once it is connected."""
    storage.holder()
    with requests_of(storage) as requests:
        Store(storage, str(directory)).update(lambda _stored: Result(inventory))
    return requests


def runs(storage: Storage, directory: pathlib.Path) -> tuple[list[str], list[str]]:
    """The verbs of a run that stores a host more, and of the same run once more."""
    requests_of_a_run(storage, cloud(range(3)), directory)
    changed, unchanged = (requests_of_a_run(storage, cloud(range(4)), directory) for _number in range(2))
    return [request.verb for request in changed], [request.verb for request in unchanged]


def test_on_sql_it_is_one_statement_and_one_connection(site: Site, tmp_path: pathlib.Path) -> None:
    storage = site.open()
    changed, unchanged = runs(storage, tmp_path)
    assert 'INSERT' in changed
    assert unchanged == ['SELECT']
    with connecting(storage) as connections:
        requests_of_a_run(storage, cloud(range(4)), tmp_path)
    assert len(connections) == 2  # its own, and that of looking for a lock before


def test_on_redis_it_is_one_command(redis_server: Redis, fresh_region: str, tmp_path: pathlib.Path) -> None:
    url = redis_server.socket_url(redis_server.writer)
    changed, unchanged = runs(registered(redis.StorageModule, url=url, region=fresh_region), tmp_path)
    assert 'EVAL' in changed
    assert unchanged == ['HMGET']


def test_on_swift_it_is_four_requests_that_read(
    swift_server: Swift, swift_container: str, tmp_path: pathlib.Path
) -> None:
    options = {
        'auth_url': swift_server.auth_url(),
        'auth_version': 1,
        'username': swift_server.writer.user,
        'password': swift_server.writer.password,
        'container': swift_container,
        'settle': 0.02,
    }
    changed, unchanged = runs(registered(swift.StorageModule, **options), tmp_path)
    assert 'PUT' in changed
    assert len(unchanged) == 4
    assert set(unchanged) <= {'GET', 'HEAD'}


def test_rows_are_told_by_table(site: Site, tmp_path: pathlib.Path) -> None:
    storage = site.open()
    requests_of_a_run(storage, cloud(range(3)), tmp_path)
    changed = requests_of_a_run(storage, cloud(range(5)), tmp_path)
    rows: dict[str, int] = {}
    for request in changed:
        rows[request.table] = rows.get(request.table, 0) + request.rows
    assert rows['host'] == 2
    assert rows['address'] == 4
    assert rows['state_version'] == 1


@pytest.mark.parametrize('table', ['host', 'group'])
def test_postgresql_checks_a_foreign_key_by_the_primary_key_in_tables_it_knows_nothing_about(
    postgresql_database: Database, table: str, tmp_path: pathlib.Path
) -> None:
    urls = postgresql_database.local
    site = Site('postgresql', urls.owner, urls.writer, urls.reader, postgresql_database)
    opened(site.owner).upgrade()
    grant_writer(site)
    requests_of_a_run(site.open(), cloud(range(1000)), tmp_path)
    check = f'SELECT 1 FROM ONLY "{table}" WHERE region_id = $1 AND id = $2 FOR KEY SHARE'
    with sqlalchemy.create_engine(site.owner, poolclass=sqlalchemy.NullPool).connect() as connection:
        connection.exec_driver_sql('SET plan_cache_mode = force_generic_plan')
        connection.exec_driver_sql(f'PREPARE foreign_key(integer, integer) AS {check}')
        plan = connection.exec_driver_sql('EXPLAIN EXECUTE foreign_key(1, 1)').scalars().all()
    assert f'pk_{table}' in ' '.join(plan), plan
