# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL, by psycopg 3."""

from __future__ import annotations

import contextlib
import functools
import math
import os
import socket
import threading
import typing as t

from ..contract import Finding
from .engine import Engine
from .faults import Fault

if t.TYPE_CHECKING:
    import psycopg
    import sqlalchemy

_FAULTS = {
    '08': Fault.UNREACHABLE,
    '23': Fault.CONFLICT,
    '28': Fault.REFUSED,
    '40': Fault.CONFLICT,
    '42P01': Fault.NO_TABLE,
    '42703': Fault.NO_TABLE,
    '53': Fault.UNREACHABLE,
    '53100': Fault.FULL,
    '54': Fault.TOO_LARGE,
    '55P03': Fault.UNREACHABLE,
    '57': Fault.UNREACHABLE,
    '58': Fault.UNREACHABLE,
    'XX001': Fault.DAMAGED,
    'XX002': Fault.DAMAGED,
}
"""By SQLSTATE, or its class (PostgreSQL documentation: Error Codes)."""

_REFUSALS = (
    'authentication failed',
    'no password supplied',
    'no pg_hba.conf entry',
    'does not exist',
    'permission denied',
    'certificate',
    'does not support SSL',
    'not permitted',
    'invalid connection option',
)
"""Parts of the texts by which a connection is refused: such errors have no SQLSTATE."""


class PostgreSQL(Engine):
    """PostgreSQL."""

    SCHEMES = ('postgresql', 'postgres')
    DRIVER = 'postgresql+psycopg'
    PACKAGE = ('psycopg', 'psycopg[binary]')

    def connect(self, parameters: dict[str, t.Any], *, writing: bool) -> psycopg.Connection[t.Any]:
        """A connection whose every request has a time limit."""
        tls = self.access.tls
        files = {'sslrootcert': tls.authority, 'sslcert': tls.certificate, 'sslkey': tls.key}
        parameters = {**parameters, **{name: path for name, path in files.items() if path}}
        if tls.authority:
            parameters['sslmode'] = 'verify-full'
        parameters['connect_timeout'] = math.ceil(self.access.timeout)
        parameters.setdefault('application_name', 'osa.inventory')
        return _limited(self.access.timeout).connect(**parameters)

    def settings(self, *, writing: bool) -> dict[str, t.Any]:
        """READ COMMITTED for writing, whatever the database's default: the version's key does the rest."""
        isolation = {'isolation_level': 'READ COMMITTED'} if writing else super().settings(writing=writing)
        # Not asking the server for a type that no table has saves three requests at the first connection.
        return {**isolation, 'use_native_hstore': False}

    def fault(self, error: BaseException, *, committing: bool) -> Fault:
        """What an error means, by SQLSTATE; one without comes from the connection."""
        state = getattr(error, 'sqlstate', None)
        if state is None:
            if committing:
                return Fault.UNCERTAIN
            return Fault.REFUSED if any(part in str(error) for part in _REFUSALS) else Fault.UNREACHABLE
        if committing and state[:2] in ('08', '57', '58'):
            return Fault.UNCERTAIN
        return _FAULTS.get(state) or _FAULTS.get(state[:2]) or Fault.REFUSED

    def durability(self, connection: sqlalchemy.Connection) -> list[Finding]:
        """Whether an acknowledged write survives a crash and a power cut, and whether the connection is encrypted."""
        findings = []
        bad: tuple[tuple[str, str, t.Literal['error', 'warning'], str], ...] = (
            ('synchronous_commit', 'off', 'error', 'acknowledges writes that a crash of the server can undo'),
            ('fsync', 'off', 'error', 'loses acknowledged writes, or the database, at a power cut'),
            ('full_page_writes', 'off', 'warning', 'can damage the database at a power cut'),
        )
        for name, value, level, consequence in bad:
            if connection.exec_driver_sql(f'SHOW {name}').scalar() == value:
                findings.append(Finding(level, f'The server {consequence}: {name} is {value}.', f"Set {name} to 'on'."))
        if not findings:
            findings.append(Finding('ok', 'The server acknowledges a write when it is on the disk.'))
        return findings

    def is_encrypted(self, connection: sqlalchemy.Connection) -> bool:
        """Whether this connection uses TLS."""
        return bool(connection.exec_driver_sql('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()').scalar())

    @property
    def is_verified(self) -> bool:
        """Whether the options or the URL ask for a verified certificate."""
        mode = self.access.url.query.get('sslmode')
        return bool(self.access.tls.authority) or mode in ('verify-ca', 'verify-full')


@functools.cache
def _limited(timeout: float) -> type[psycopg.Connection[t.Any]]:
    """A class of connections whose requests end after so many seconds; psycopg has no limit of its own."""
    import psycopg

    class LimitedConnection(psycopg.Connection[t.Any]):
        def wait(self, *arguments: t.Any, **options: t.Any) -> t.Any:
            with _Limit(self.fileno(), timeout) as limit:
                try:
                    return super().wait(*arguments, **options)
                except psycopg.OperationalError as error:
                    if limit.passed:
                        raise psycopg.OperationalError(f'no answer within {timeout:g} seconds') from error
                    raise

    return LimitedConnection


class _Limit:
    """Shuts a connection down when the time is up; what waits for it then fails at once.

    Keepalives and TCP's own limits do not help: a peer that is silent still acknowledges packets.
    """

    def __init__(self, descriptor: int, timeout: float) -> None:
        self.passed = False
        self._socket = socket.socket(fileno=os.dup(descriptor))
        self._timer = threading.Timer(timeout, self._shut_down)
        self._timer.daemon = True

    def __enter__(self) -> _Limit:
        self._timer.start()
        return self

    def __exit__(self, *_details: object) -> None:
        self._timer.cancel()
        self._socket.close()

    def _shut_down(self) -> None:
        self.passed = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
