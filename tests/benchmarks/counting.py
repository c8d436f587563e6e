# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a storage asks of its server once it is connected, and how long connecting takes."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import re
import typing as t
import unittest.mock

from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis import storage as redis
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql import storage as sql
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift import storage as swift
from ansible_collections.osa.inventory.tests.benchmarks.measuring import Cost

_WRITE = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM)\s+(\S+)')


@dataclasses.dataclass(frozen=True)
class Request:
    """One message to a server that is answered before the next. verb: SQL's, Redis's or HTTP's first word.

    table, rows: what an SQL statement writes, and how many rows of values it is given; '' and 0 for others.
    """

    verb: str
    table: str = ''
    rows: int = 0


@contextlib.contextmanager
def requests_of(storage: Storage) -> t.Iterator[list[Request]]:
    """The requests that a storage makes in the block, without those for connecting; none for files."""
    if isinstance(storage, sql.StorageModule):
        with _statements(storage) as requests:
            yield requests
    elif isinstance(storage, redis.StorageModule):
        with _commands() as requests:
            yield requests
    elif isinstance(storage, swift.StorageModule):
        with _calls() as requests:
            yield requests
    else:
        yield []


def rows_of(requests: t.Iterable[Request]) -> int:
    """How many rows were written."""
    return sum(request.rows for request in requests)


@contextlib.contextmanager
def connecting(storage: Storage) -> t.Iterator[list[Cost]]:
    """What each connection cost that a storage made in the block; the SQL storage makes one for each operation."""
    costs: list[Cost] = []
    if not isinstance(storage, sql.StorageModule):
        yield costs
        return
    import sqlalchemy

    driver = storage._database.engine
    connect = driver.connect

    def begin(*arguments: t.Any, **options: t.Any) -> t.Any:
        costs.append(Cost.now())
        return connect(*arguments, **options)

    def end(*_arguments: object) -> None:
        costs[-1] = Cost.now() - costs[-1]

    with contextlib.ExitStack() as stack:
        stack.enter_context(unittest.mock.patch.object(driver, 'connect', begin))
        for engine in _engines(storage):
            sqlalchemy.event.listen(engine, 'engine_connect', end)
            stack.callback(sqlalchemy.event.remove, engine, 'engine_connect', end)
        yield costs


@contextlib.contextmanager
def _statements(storage: sql.StorageModule) -> t.Iterator[list[Request]]:
    import sqlalchemy

    requests: list[Request] = []

    def note(*arguments: t.Any) -> None:
        _connection, _cursor, statement, parameters, _context, many = arguments
        write = _WRITE.match(statement)
        rows = (len(parameters) if many else 1) if write else 0
        requests.append(Request(statement.split()[0], write[2] if write else '', rows))

    with contextlib.ExitStack() as stack:
        for engine in _engines(storage):
            sqlalchemy.event.listen(engine, 'before_cursor_execute', note)
            stack.callback(sqlalchemy.event.remove, engine, 'before_cursor_execute', note)
        yield requests


def _engines(storage: sql.StorageModule) -> list[t.Any]:
    return [storage._database._engine(writing) for writing in (False, True)]


@contextlib.contextmanager
def _commands() -> t.Iterator[list[Request]]:
    """A pipeline is one request, named after its first command."""
    from redis.connection import AbstractConnection

    def request(command: bytes | list[bytes]) -> Request:
        packed = command if isinstance(command, bytes) else b''.join(command)
        return Request(packed.split(b'\r\n', 3)[2].decode())

    with _noted(AbstractConnection, 'send_packed_command', request) as requests:
        yield requests


@contextlib.contextmanager
def _calls() -> t.Iterator[list[Request]]:
    from swiftclient.client import HTTPConnection

    with _noted(HTTPConnection, 'request', Request) as requests:
        yield requests


@contextlib.contextmanager
def _noted(owner: type, name: str, request: t.Callable[..., Request]) -> t.Iterator[list[Request]]:
    """The calls of a method in the block, each as the request made of its first argument."""
    requests: list[Request] = []
    original = getattr(owner, name)

    @functools.wraps(original)
    def noting(self: object, first: t.Any, *rest: t.Any, **options: t.Any) -> t.Any:
        requests.append(request(first))
        return original(self, first, *rest, **options)

    with unittest.mock.patch.object(owner, name, noting):
        yield requests
