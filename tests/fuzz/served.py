# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets that read what servers and databases hold."""

from __future__ import annotations

import collections.abc as c
import contextlib
import dataclasses
import hashlib
import json
import pathlib
import sqlite3
import typing as t
import zlib

from ansible_collections.osa.inventory.plugins.module_utils.canonical import canonical
from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import Deployment
from ansible_collections.osa.inventory.plugins.module_utils.errors import OSAInventoryError
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.results import Result
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import LockInfo
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats import records
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis import storage as redis
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql import storage as sql
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift import storage as swift
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift.commits import Commit
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift.objects import Found
from fuzz.directories import SEPARATOR
from fuzz.stored import DIGEST, STORED_AT, Run, account, lock_text, read_everything, registered, small


class _Redis:
    """The answers of a server whose keys somebody else wrote; of a hash by field, of the lock alone."""

    def __init__(self, hashes: dict[str, dict[str, bytes]], lock: bytes | None) -> None:
        self._hashes, self._lock = hashes, lock
        self._answers: list[t.Any] = []

    def get(self, _key: str) -> bytes | None:
        return self._lock

    def hget(self, key: str, field: str) -> bytes | None:
        self._answers.append(self._hash(key).get(field))
        return t.cast('bytes | None', self._answers[-1])

    def hmget(self, key: str, *fields: t.Any) -> list[bytes | None]:
        names = fields[0] if isinstance(fields[0], list) else fields
        texts = (name.decode('utf-8', 'surrogateescape') if isinstance(name, bytes) else name for name in names)
        return [self._hash(key).get(text) for text in texts]

    def hkeys(self, key: str) -> list[bytes]:
        self._answers.append([field.encode('utf-8', 'surrogateescape') for field in self._hash(key)])
        return t.cast('list[bytes]', self._answers[-1])

    def pipeline(self, transaction: bool) -> _Redis:
        self._answers = []
        return self

    def execute(self, raise_on_error: bool) -> list[t.Any]:
        return self._answers

    def _hash(self, key: str) -> dict[str, bytes]:
        return self._hashes[key.rpartition(':')[2]]


def read_redis(_scratch: pathlib.Path, _deployment: Deployment) -> Run:
    """The values of a Redis server: account, inventory, input, lock, and names of older states."""
    storage = registered(redis.StorageModule, url='redis://localhost')

    def run(data: bytes) -> None:
        meta, payload, source, lock, *older = _packed_parts(data)
        head = {'meta': meta, 'payload': payload, 'source': source}
        kept = dict(
            zip((field.decode('utf-8', 'surrogateescape') for field in older), (meta, payload) * 9, strict=False)
        )
        storage.__dict__['_client'] = _Redis({'head': head, 'older': kept}, lock or None)
        read_everything(storage)

    return run


def redis_seeds(inventory: Inventory) -> c.Iterator[bytes]:
    """A state, a state with its input and a lock, and payloads that are none."""
    text = canonical(small(inventory)).encode('ascii')
    meta = records.meta_text(dataclasses.replace(account(inventory, 2), sha256=DIGEST.decode())).encode('ascii')
    yield SEPARATOR.join(
        [meta, b'z' + text, b'z{"configuration":{}}', lock_text().encode('ascii'), b'1:meta', b'1:payload']
    )
    yield SEPARATOR.join([meta, b'z' + text])
    yield SEPARATOR.join([meta, b'r' + zlib.compress(text)[:40], b'r', b'[]'])


def _packed_parts(data: bytes) -> list[bytes]:
    """Account, packed inventory, packed input, and the rest; of both, `z` is packed here, and `r` is as it is."""
    meta, payload, source, *rest = [*data.split(SEPARATOR), b'', b'', b'', b''][: max(4, data.count(SEPARATOR) + 1)]
    meta = meta.replace(DIGEST, hashlib.sha256(payload[1:]).hexdigest().encode('ascii'))
    return [meta, *(zlib.compress(each[1:], 1) if each[:1] == b'z' else each[1:] for each in (payload, source)), *rest]


class _Objects:
    """The objects of a Swift container that somebody else wrote."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self._objects = objects

    def get(self, name: str, *, may_change: bool = True) -> Found | None:
        return Found(self._objects[name], 60.0) if name in self._objects else None

    def names(self, prefix: str) -> list[str]:
        return sorted(name for name in self._objects if name.startswith(prefix))

    def last_name(self, prefix: str) -> str | None:
        return next(reversed(self.names(prefix)), None)


def read_swift(_scratch: pathlib.Path, _deployment: Deployment) -> Run:
    """The objects of a Swift container: commit, content and lock, and names that the listing has besides."""
    options = {'auth_url': 'http://localhost', 'username': 'u', 'password': 'p', 'project_name': 'p'}
    storage = registered(swift.StorageModule, **options)
    names = storage._names

    def run(data: bytes) -> None:
        commit, payload, source, lock, *others = _packed_parts(data)
        sizes = {b'@inventory@': len(payload), b'@source@': len(source)}
        for mark, size in sizes.items():
            commit = commit.replace(mark, str(size).encode('ascii'))
        objects = {names.commit(1): commit, **({names.lock: lock} if lock else {})}
        objects.update((other.decode('utf-8', 'replace'), commit) for other in others)
        with contextlib.suppress(OSAInventoryError):
            read = Commit.from_bytes(commit, 'x')
            objects[names.payload(read.meta, read.form)] = payload + source
        storage._objects = storage._commits._objects = t.cast(t.Any, _Objects(objects))
        read_everything(storage)
        storage.regions()

    return run


def swift_seeds(inventory: Inventory) -> c.Iterator[bytes]:
    """A state, and others that the listing names."""
    text = canonical(small(inventory)).encode('ascii')
    meta = records.meta_text(dataclasses.replace(account(inventory, 1), sha256=DIGEST.decode()))
    commit = f'{meta}\n{{"inventory_size": @inventory@, "source_size": @source@}}\n'.encode('ascii')
    yield SEPARATOR.join(
        [commit, b'z' + text, b'z{}', lock_text().encode('ascii'), b'default/default/commit/000000000002']
    )
    formed = commit.replace(b'@source@}', b'@source@, "form": "x"}')
    yield SEPARATOR.join([formed, b'z' + text, b'', b'', b'default/default/commit/x', b'other/default/commit/1', b'a'])


def read_sql(scratch: pathlib.Path, deployment: Deployment) -> Run:
    """The rows of a SQLite database, which has values of any type in any column.

    An input is a JSON list of alterations [table, column, row, value]; a value `{"pack": text}` is packed, one
    `{"hex": digits}` has these bytes, and `{"sum": text}` is the digest of a text.
    """
    path = scratch / 'inventory.sqlite'
    storage = registered(sql.StorageModule, url=f'sqlite:///{path}')
    storage.upgrade()
    inventory = generate(deployment, None, Choice(naming='stable', allocation='stable')).inventory
    Store(storage, str(scratch)).update(lambda _stored: Result(small(inventory)))
    storage.lock(LockInfo('i', 'o', 'c', 'h', STORED_AT), 0)
    whole = _checkpointed(path)

    def run(data: bytes) -> None:
        path.write_bytes(whole)
        with contextlib.suppress(ValueError, TypeError, KeyError, RecursionError):
            _alter(path, json.loads(data))
        read_everything(storage)

    return run


def _checkpointed(path: pathlib.Path) -> bytes:
    """The bytes of a database that is in one file."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute('PRAGMA journal_mode=DELETE')
    return path.read_bytes()


def _alter(path: pathlib.Path, alterations: t.Any) -> None:
    """Set values whatever their columns allow. Raises what comes of alterations that are none."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute('PRAGMA synchronous=OFF')
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table, column, row, value in alterations:
            name = sorted(names)[table % len(names)]
            columns = [each[1] for each in database.execute(f'PRAGMA table_info("{name}")')]
            where = f'rowid = (SELECT rowid FROM "{name}" LIMIT 1 OFFSET {abs(row) % 3})'
            with contextlib.suppress(sqlite3.Error, OverflowError):
                change = f'UPDATE "{name}" SET "{columns[column % len(columns)]}" = ? WHERE {where}'
                database.execute(change, [_sql_value(value)])


def _sql_value(value: t.Any) -> t.Any:
    if not isinstance(value, dict):
        return value
    if 'pack' in value:
        return zlib.compress(str(value['pack']).encode('utf-8', 'surrogatepass'), 1)
    if 'sum' in value:
        return hashlib.sha256(str(value['sum']).encode('utf-8', 'surrogatepass')).hexdigest()
    return bytes.fromhex(value['hex'])


def sql_seeds(inventory: Inventory) -> c.Iterator[bytes]:
    """Each column of each table with something else; a payload that fits its digest."""
    for table in range(13):
        for value in (None, 1, -1.5, 'x', '', '[', {'hex': 'ff00'}):
            yield json.dumps([[table, column, 0, value] for column in range(14)]).encode('ascii')
    text = canonical(small(inventory))
    for table in range(13):
        columns = [[table, column, 0, {'sum': text}] for column in (3,)]
        yield json.dumps([*columns, [table, 12, 0, {'pack': text}], [table, 13, 0, {'pack': text}]]).encode('ascii')
