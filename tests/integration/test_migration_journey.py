# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Twenty serials on their way from file to SQL, Redis, Swift and back to file, interrupted again and again."""

from __future__ import annotations

import itertools
import pathlib
import typing as t

import pytest
import sqlalchemy
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis import storage as redis
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.storage import StorageModule as SQLStorage
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift import storage as swift
from ansible_collections.osa.inventory.tests.servers import sql
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift
from support.histories import NAME, Faulty, contents, file_storage, grow, migrate, next_run

INTERRUPTIONS = ((4, False), (5, True), (9, False), (11, True), (18, False))
"""The call to the target, and whether it fails before or after it was carried out."""


@pytest.fixture
def places(
    tmp_path: pathlib.Path,
    postgresql_database: sql.Database,
    redis_server: Redis,
    fresh_region: str,
    swift_server: Swift,
    swift_container: str,
) -> list[Storage]:
    """The storages in the order of the journey, all as the least privileged users; the first has 20 states."""
    first, last = file_storage(tmp_path / 'first'), file_storage(tmp_path / 'last')
    grow(first, 20)
    common: dict[str, t.Any] = {'config_dir': str(tmp_path), 'keep': 50}
    _opened(SQLStorage, {**common, 'url': postgresql_database.local.owner}).upgrade()
    sql.grant_writer(sqlalchemy.create_engine(postgresql_database.local.owner, poolclass=sqlalchemy.NullPool))
    database = {**common, 'url': postgresql_database.local.writer, 'tenant': 'acme', 'region': 'north'}
    server = {**common, 'url': redis_server.socket_url(redis_server.writer), 'region': fresh_region}
    login = swift_server.writer
    account = {
        **common,
        'auth_url': swift_server.auth_url(),
        'auth_version': 1,
        'username': login.user,
        'password': login.password,
        'container': swift_container,
        'settle': 0.02,
        'region': 'south',
    }
    return [
        first,
        _opened(SQLStorage, database),
        _opened(redis.StorageModule, server),
        _opened(swift.StorageModule, account),
        last,
    ]


def _opened(found: type[t.Any], options: dict[str, t.Any]) -> t.Any:
    storage = found()
    storage.register(options)
    return storage


def test_from_storage_to_storage_and_back_nothing_is_lost(places: list[Storage], tmp_path: pathlib.Path) -> None:
    states = contents(places[0])
    assert len(states) == 20
    for source, target in itertools.pairwise(places):
        for call, after in INTERRUPTIONS:
            with pytest.raises(KeyboardInterrupt):
                migrate(source, t.cast(Storage, Faulty(target, call, after)))
        migrate(source, target)
        assert contents(target) == states
    assert (tmp_path / 'last' / NAME).read_bytes() == (tmp_path / 'first' / NAME).read_bytes()
    for storage in places[1:]:
        meta = next_run(storage)
        assert (meta.serial, meta.lineage, meta.parent) == (21, states[0].meta.lineage, states[0].meta.sha256)
