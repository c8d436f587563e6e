# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Redis server says of itself: whether it keeps what it acknowledges, and what it lets the user do."""

from __future__ import annotations

import dataclasses
import time
import typing as t
import uuid

from ...errors import WriteUncertain
from ..contract import Finding
from ..libraries import require
from .connection import PACKAGE, Access

_FILE_PAUSE = 0.02
"""Seconds between two looks at what the server still has to put into its file."""


@dataclasses.dataclass(frozen=True)
class ServerFacts:
    """What a server says of itself.

    eviction: policy for full memory. append_only: whether every write goes to the append-only file.
    snapshots: the rule for saving snapshots, '' for none; asked only without append-only file, None if not told.
    """

    version: str
    role: str
    eviction: str
    append_only: bool
    snapshots: str | None


@dataclasses.dataclass(frozen=True)
class Objection:
    """Why a server must not be trusted with a state, after the words `The server`; and what to do."""

    reason: str
    remedy: str


UNKNOWN = Objection(
    "does not let the user run 'info', so that nobody can tell whether it keeps what it acknowledges",
    "Grant the user '+info'.",
)


def facts(client: t.Any, access: Access) -> ServerFacts | None:
    """What the server says of itself; None when the user may not ask. Raises the errors of `Access.boundary`."""
    errors = require('redis.exceptions', PACKAGE)
    with access.boundary():
        try:
            info = client.info()
        except errors.NoPermissionError:
            return None
    append_only = bool(info.get('aof_enabled'))
    return ServerFacts(
        version=str(info.get('redis_version', '?')),
        role=str(info.get('role', '?')),
        eviction=str(info.get('maxmemory_policy', '?')),
        append_only=append_only,
        snapshots=None if append_only else setting(client, access, 'save'),
    )


def setting(client: t.Any, access: Access, name: str) -> str | None:
    """A setting of the server; None when the user may not ask. Raises the errors of `Access.boundary`."""
    errors = require('redis.exceptions', PACKAGE)
    with access.boundary():
        try:
            value = client.config_get(name).get(name)
        except errors.ResponseError:  # not granted, or taken away by the operator of the server
            return None
    return None if value is None else str(value)


def await_file(client: t.Any, access: Access) -> None:
    """Return when the server has given all it acknowledged to the operating system, so that its crash loses nothing.

    With `appendfsync everysec` it answers first and writes up to two seconds later while a sync is going on.
    Raises WriteUncertain when that takes longer than the time limit.
    """
    deadline = time.monotonic() + access.timeout
    while True:
        with access.boundary(writing=True):
            waiting = client.info('persistence').get('aof_buffer_length', 0)
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise WriteUncertain(
                f"Redis server '{access.endpoint}' took a write, but did not put it into its append-only file within "
                f'{access.timeout:g} seconds.',
                help_text='Look at the disk of the server; the next run goes on with what is stored.',
            )
        time.sleep(_FILE_PAUSE)


def objection(server: ServerFacts | None) -> Objection | None:
    """Why this server would lose acknowledged states, or None."""
    if server is None:
        return UNKNOWN
    if server.version[:2] in ('3.', '4.', '5.', '6.'):
        return Objection(
            f'is Redis {server.version}, which may drop a write when it starts again with its default user disabled',
            'Use Redis 7.0 or later.',
        )
    if server.eviction.startswith('allkeys-'):
        return Objection(
            f"throws away any key when its memory is full (maxmemory-policy '{server.eviction}')",
            "Set its 'maxmemory-policy' to 'noeviction'.",
        )
    if server.append_only or server.snapshots:
        return None
    if server.snapshots is None:
        return Objection(
            'has no append-only file, and does not tell whether it saves snapshots',
            "Set 'appendonly yes' there, or grant the user '+config|get'.",
        )
    return Objection('keeps nothing on disk', "Set 'appendonly yes' there.")


def durability(server: ServerFacts | None, fsync: str | None, allow_volatile: bool) -> t.Iterator[Finding]:
    """The findings on whether what the server acknowledges stays.

    fsync: when it forces its append-only file to disk, None if it does not tell.
    """
    against = objection(server)
    if against:
        yield Finding('warning' if allow_volatile else 'error', f'The server {against.reason}.', against.remedy)
    elif server and not server.append_only:
        yield Finding(
            'warning',
            'The server saves snapshots only: a crash loses all that was written since the last one.',
            "Set 'appendonly yes' there.",
        )
    elif fsync not in (None, 'always'):
        yield Finding(
            'warning',
            f"The server forces writes to disk later (appendfsync '{fsync}'): a power cut loses the last ones.",
            "Set 'appendfsync always' there, or have a replica and set 'replicas: 1' here.",
        )
    else:
        yield Finding('ok', 'The server puts a write into its append-only file before it answers, and evicts nothing.')
    if server and server.role != 'master':
        yield Finding('error', 'The server is a replica that takes no writes.', "Name the primary in 'url'.")


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One command that the user needs the right to, with arguments for a scratch key that changes nothing else."""

    name: str
    arguments: tuple[str | int, ...]
    for_writing: bool


def attempts(scratch: str, replicas: int) -> list[Attempt]:
    """Every command that reading and writing use, and last the one that takes the scratch key away again."""
    return [
        Attempt('hmget', (scratch, 'meta'), False),
        Attempt('hget', (scratch, 'meta'), False),
        Attempt('hkeys', (scratch,), False),
        Attempt('get', (f'{scratch}:lock',), False),
        Attempt('info', ('memory',), True),
        Attempt('hset', (scratch, 'meta', ''), True),
        Attempt('hdel', (scratch, 'meta'), True),
        Attempt('eval', ('return 1', 1, scratch), True),
        Attempt('set', (f'{scratch}:lock', '', 'PX', 1000, 'NX'), True),
        *([Attempt('wait', (0, 1), True)] if replicas else []),
        Attempt('del', (scratch, f'{scratch}:lock'), True),
    ]


def rights(client: t.Any, access: Access, prefix: str, replicas: int) -> t.Iterator[Finding]:
    """The finding on what the user may do: every command is tried on a scratch key of the region."""
    errors = require('redis.exceptions', PACKAGE)
    refused: dict[bool, list[str]] = {False: [], True: []}
    with access.boundary():
        for attempt in attempts(f'{prefix}check:{uuid.uuid4()}', replicas):
            try:
                client.execute_command(attempt.name, *attempt.arguments)
            except errors.NoPermissionError:
                refused[attempt.for_writing].append(attempt.name)
    for for_writing, names in refused.items():
        verb = 'write' if for_writing else 'read'
        if names:
            yield Finding(
                'warning' if for_writing else 'error',
                f'The user may not {verb}: {", ".join(names)} refused on the keys {prefix}*.',
                f"Grant '{' '.join(f'+{name}' for name in names)}' and the keys, if this user is to {verb}.",
            )
        else:
            yield Finding('ok', f'The user may {verb}.')
