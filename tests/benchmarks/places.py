# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every built-in storage that keeps something, on a real server where it needs one."""

from __future__ import annotations

import contextlib
import pathlib
import typing as t

import sqlalchemy
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.file import storage as file
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis import storage as redis
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql import storage as sql
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift import storage as swift
from ansible_collections.osa.inventory.tests.servers.base import running
from ansible_collections.osa.inventory.tests.servers.mariadb import MariaDB
from ansible_collections.osa.inventory.tests.servers.postgresql import PostgreSQL
from ansible_collections.osa.inventory.tests.servers.process import ServerMissing
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis
from ansible_collections.osa.inventory.tests.servers.sql import SQLServer, grant_writer
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift

Opener = t.Callable[[str], Storage]
"""Opens the storage on the region of that name."""

SETTLE = 0.02
"""Seconds that the storage `swift` waits for rivals before a write counts: there are none here."""


@contextlib.contextmanager
def opened_places(names: t.Iterable[str], directory: pathlib.Path) -> t.Iterator[dict[str, Opener]]:
    """The storages of those names (keys of `PLACES`); without those whose server is not installed, which are named."""
    with contextlib.ExitStack() as stack:
        places = {}
        for name in names:
            try:
                places[name] = stack.enter_context(PLACES[name](directory))
            except (ServerMissing, ModuleNotFoundError) as error:
                print(f'Without {name}: {error}')
        yield places


@contextlib.contextmanager
def _file(directory: pathlib.Path) -> t.Iterator[Opener]:
    def open_region(region: str) -> Storage:
        place = directory / 'file' / region
        place.mkdir(parents=True, exist_ok=True)
        return _registered(file.StorageModule, region, config_dir=str(place))

    yield open_region


@contextlib.contextmanager
def _sqlite(directory: pathlib.Path) -> t.Iterator[Opener]:
    url = f'sqlite:///{directory}/inventory.db'
    _registered(sql.StorageModule, 'any', url=url).upgrade()
    yield lambda region: _registered(sql.StorageModule, region, url=url)


@contextlib.contextmanager
def _sql_server(kind: type[SQLServer]) -> t.Iterator[Opener]:
    with running(kind) as server, server.database() as database:
        urls = database.local
        _registered(sql.StorageModule, 'any', url=urls.owner).upgrade()
        grant_writer(sqlalchemy.create_engine(urls.owner, poolclass=sqlalchemy.NullPool))
        yield lambda region: _registered(sql.StorageModule, region, url=urls.writer)


@contextlib.contextmanager
def _redis(_directory: pathlib.Path) -> t.Iterator[Opener]:
    with running(Redis) as server:
        yield lambda region: _registered(redis.StorageModule, region, url=server.socket_url(server.writer))


@contextlib.contextmanager
def _swift(_directory: pathlib.Path) -> t.Iterator[Opener]:
    with running(Swift) as server:
        options = {
            'container': server.container(),
            'auth_url': server.auth_url(),
            'auth_version': 1,
            'username': server.writer.user,
            'password': server.writer.password,
            'settle': SETTLE,
        }
        yield lambda region: _registered(swift.StorageModule, region, **options)


StorageType = t.TypeVar('StorageType', bound=Storage)


def _registered(kind: type[StorageType], region: str, **options: t.Any) -> StorageType:
    storage = kind()
    storage.register({'region': region, 'timeout': 300, **options})
    return storage


PLACES: dict[str, t.Callable[[pathlib.Path], contextlib.AbstractContextManager[Opener]]] = {
    'file': _file,
    'sqlite': _sqlite,
    'postgresql': lambda _directory: _sql_server(PostgreSQL),
    'mariadb': lambda _directory: _sql_server(MariaDB),
    'redis': _redis,
    'swift': _swift,
}
"""By name; `file` is what the others are compared with."""
