# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-up on the page about the storage `sql`: done on servers that have nothing yet, and what it allows to whom."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import StorageRefused
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.storage import StorageModule
from ansible_collections.osa.inventory.tests.integration.installed import CHECKOUT, PROGRAMS, make_home
from ansible_collections.osa.inventory.tests.servers.mariadb import MariaDB
from ansible_collections.osa.inventory.tests.servers.plugin import had
from ansible_collections.osa.inventory.tests.servers.postgresql import PostgreSQL
from ansible_collections.osa.inventory.tests.servers.sql import SQLServer
from ansible_collections.osa.inventory.tests.support.sql_samples import cloud, commit, opened
from support.console import run_page

PAGE = (CHECKOUT / 'docs' / 'storage-sql.md').read_text('utf-8')
REGION = 'rights'


class NewPostgreSQL(PostgreSQL):
    """With no account but the administrator's."""

    def create_accounts(self) -> None:
        pass


class NewMariaDB(MariaDB):
    """With no account but the administrator's."""

    def create_accounts(self) -> None:
        pass


@pytest.fixture
def new_postgresql() -> t.Iterator[PostgreSQL]:
    with had(NewPostgreSQL) as server:
        yield server


@pytest.fixture
def new_mariadb() -> t.Iterator[MariaDB]:
    with had(NewMariaDB) as server:
        yield server


def test_the_page_leads_from_nothing_to_a_first_run(
    new_postgresql: PostgreSQL, new_mariadb: MariaDB, tmp_path: pathlib.Path
) -> None:
    authorities = tmp_path / 'ca.pem'
    authorities.write_text(''.join(server.certificates.ca.read_text() for server in (new_postgresql, new_mariadb)))
    text = PAGE.replace('/etc/ssl/certs/db-ca.pem', str(authorities))
    for pattern, instead in {**on_postgresql(new_postgresql), **on_mariadb(new_mariadb)}.items():
        text, count = re.subn(pattern, instead, text)
        assert count > 1, pattern
    page = tmp_path / 'page.md'
    page.write_text(text)

    home = tmp_path / 'home'
    collection = make_home(home)
    root = f'[client]\nsocket = {new_mariadb.socket}\nuser = root\npassword = {new_mariadb.administrator.password}\n'
    (home / '.my.cnf').write_text(root)

    path = [str(PROGRAMS), str(collection / 'scripts'), os.environ['PATH']]
    assert run_page(page, home, os.pathsep.join(path)) >= 15
    for server in (new_postgresql, new_mariadb):
        assert_rights(server)


def on_postgresql(server: PostgreSQL) -> dict[str, str]:
    """Patterns of what the page says -> what is said to this server instead."""
    psql = f"PGPASSWORD='{server.administrator.password}' psql -h {server.host} -p {server.port} -U postgres"
    return {
        'sudo -u postgres psql': psql,
        '(postgresql://(?:.+@)?)db.example.org': rf'\g<1>{server.host}:{server.port}',
    }


def on_mariadb(server: MariaDB) -> dict[str, str]:
    """Patterns of what the page says -> what is said to this server instead."""
    return {'sudo mariadb': 'mariadb', '(mysql://(?:.+@)?)db.example.org': rf'\g<1>{server.host}:{server.port}'}


def assert_rights(server: SQLServer) -> None:
    """The page's writer can do all it needs and no more, its reader only read."""
    writer, reader = (
        opened(
            server.url(
                dataclasses.replace(server.owner, user=f'osa_{role}', password=f'change-me-{role}'),
                'osa',
                (server.host, server.port),
                tls=True,
            ),
            region=REGION,
        )
        for role in ('writer', 'reader')
    )
    first = commit(writer, cloud([1]), None)
    commit(writer, cloud([2]), first)
    assert writer.prune(0) == [first]
    assert [finding for finding in writer.check() if finding.what == 'States can be written.']
    assert reader.load() == cloud([2])
    for storage, statements in (
        (writer, ["UPDATE state_version SET message = ''", 'DELETE FROM tenant', 'DROP TABLE host']),
        (writer, ['DELETE FROM state_change', 'UPDATE alembic_version SET version_num = 1']),
        (reader, ['DELETE FROM host', "UPDATE host SET name = ''", "INSERT INTO tenant (name) VALUES ('x')"]),
    ):
        for statement in statements:
            with pytest.raises(StorageRefused):
                execute(storage, statement)


def execute(storage: StorageModule, statement: str) -> None:
    storage._database.write(lambda connection: connection.exec_driver_sql(statement))
