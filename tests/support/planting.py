# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planting a state past all programs of ours: with each storage's own raw means."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import hashlib
import json
import pathlib
import typing as t
import zlib

from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.scripts import Keys
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.relations import take_apart
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.writing import replace
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift.commits import Names
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift


class Ground(abc.ABC):
    """Where a state is stored. option: `storage` of an inventory source."""

    option: dict[str, t.Any]

    @abc.abstractmethod
    def plant(self, text: str) -> None:
        """Put a JSON text in the place of the newest inventory, with an account that fits it."""

    @abc.abstractmethod
    def stored(self) -> t.Any:
        """All that is stored, for comparison."""


def _packed(text: str) -> tuple[bytes, str]:
    """Payload and sha256 of a JSON text."""
    data = text.encode('utf-8', 'surrogatepass')
    return zlib.compress(data), hashlib.sha256(data).hexdigest()


@dataclasses.dataclass
class FileGround(Ground):
    """An inventory file, written to as by an editor."""

    path: pathlib.Path

    def __post_init__(self) -> None:
        self.option = {'class': 'file', 'path': str(self.path)}

    def plant(self, text: str) -> None:
        self.path.write_bytes(text.encode('utf-8', 'surrogatepass'))

    def stored(self) -> t.Any:
        directory = self.path.parent
        return {path.name: path.read_bytes() for path in directory.iterdir() if path.suffix != '.lock'}


@dataclasses.dataclass
class SQLGround(Ground):
    """A database, written to with UPDATE. url: of one who may write; owner: of one who may do all."""

    url: str = dataclasses.field(repr=False)
    owner: str = dataclasses.field(repr=False)

    def __post_init__(self) -> None:
        import sqlalchemy

        self.option = {'class': 'sql', 'url': self.url}
        self.engine = sqlalchemy.create_engine(self.owner, poolclass=sqlalchemy.NullPool)
        if self.owner.startswith('sqlite'):
            listen = sqlalchemy.event.listens_for(self.engine, 'connect')
            listen(lambda connection, _record: connection.execute('PRAGMA foreign_keys = ON'))

    def plant(self, text: str) -> None:
        payload, sha256 = _packed(text)
        self.execute(
            'UPDATE state_version SET payload = :payload, sha256 = :sha256 WHERE serial = :serial',
            payload=payload,
            sha256=sha256,
            serial=self.rows('SELECT max(serial) FROM state_version')[0][0],
        )

        self._replace_relations(text)

    def _replace_relations(self, text: str) -> None:
        """Relations that fit, where they can hold it: else the next write would find rows missing."""
        import sqlalchemy

        with contextlib.suppress(ValueError, AttributeError, RecursionError, sqlalchemy.exc.SQLAlchemyError):
            relations = take_apart(json.loads(text))
            with self.engine.begin() as connection:
                replace(connection, 1, relations)

    def stored(self) -> t.Any:
        return self.rows('SELECT region_id, serial, sha256, payload FROM state_version ORDER BY 1, 2')

    def execute(self, statement: str, **values: t.Any) -> None:
        """Run a statement."""
        import sqlalchemy

        with self.engine.begin() as connection:
            connection.execute(sqlalchemy.text(statement), values)

    def rows(self, query: t.Any) -> list[tuple[t.Any, ...]]:
        """The rows of a query."""
        import sqlalchemy

        with self.engine.connect() as connection:
            found = connection.execute(sqlalchemy.text(query) if isinstance(query, str) else query)
            return [tuple(row) for row in found]


@dataclasses.dataclass
class RedisGround(Ground):
    """A Redis server, written to with HSET."""

    server: Redis
    region: str

    def __post_init__(self) -> None:
        self.option = {'class': 'redis', 'url': self.server.socket_url(self.server.writer)}
        self.keys = Keys.of('default', self.region)
        self.client = self.server.client()

    def plant(self, text: str) -> None:
        payload, sha256 = _packed(text)
        meta = json.loads(t.cast('bytes', self.client.hget(self.keys.head, 'meta')))
        account = json.dumps({**meta, 'sha256': sha256}, sort_keys=True, separators=(',', ':'))
        self.client.hset(self.keys.head, mapping={'meta': account, 'payload': payload})

    def stored(self) -> t.Any:
        return self.client.hgetall(self.keys.head), self.client.hgetall(self.keys.older)


@dataclasses.dataclass
class SwiftGround(Ground):
    """A container, written to with PUT."""

    server: Swift
    container: str
    region: str

    def __post_init__(self) -> None:
        login = self.server.writer
        self.option = {
            'class': 'swift',
            'container': self.container,
            'auth_url': self.server.auth_url(),
            'auth_version': '1',
            'username': login.user,
            'password': login.password,
            'settle': 0.02,
        }
        self.names = Names.of('default', self.region)
        self.client = self.server.client()

    def plant(self, text: str) -> None:
        payload, sha256 = _packed(text)
        name = max(name for name in self._names() if name.startswith(self.names.commits))
        account, sizes = self._content(name).splitlines()
        meta = json.loads(account)
        content = next(one for one in self._names() if one.endswith(meta['write_id']))
        lines = [{**meta, 'sha256': sha256}, {**json.loads(sizes), 'inventory_size': len(payload)}]
        self.client.put_object(self.container, content, payload)
        self.client.put_object(self.container, name, '\n'.join(map(json.dumps, lines)).encode())

    def stored(self) -> t.Any:
        return [(entry['name'], entry['hash']) for entry in self._entries()]

    def _entries(self) -> list[dict[str, str]]:
        return t.cast('list[dict[str, str]]', self.client.get_container(self.container, full_listing=True)[1])

    def _names(self) -> list[str]:
        return [entry['name'] for entry in self._entries()]

    def _content(self, name: str) -> bytes:
        return t.cast('bytes', self.client.get_object(self.container, name)[1])
