# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQLite: a database in a file."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import typing as t
import urllib.parse

from ...errors import StorageError, StorageRefused
from ..contract import Finding
from ..filesystem import refuse_open_to_all
from .engine import Access, Engine
from .faults import Fault

if t.TYPE_CHECKING:
    import sqlalchemy

T = t.TypeVar('T')

_QUIET_ATTEMPTS = 5

_FAULTS = {
    sqlite3.SQLITE_PERM: Fault.REFUSED,
    sqlite3.SQLITE_BUSY: Fault.UNREACHABLE,
    sqlite3.SQLITE_LOCKED: Fault.UNREACHABLE,
    sqlite3.SQLITE_READONLY: Fault.REFUSED,
    sqlite3.SQLITE_IOERR: Fault.UNREACHABLE,
    sqlite3.SQLITE_CORRUPT: Fault.DAMAGED,
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_CANTOPEN: Fault.UNREACHABLE,
    sqlite3.SQLITE_TOOBIG: Fault.TOO_LARGE,
    sqlite3.SQLITE_CONSTRAINT: Fault.CONFLICT,
    sqlite3.SQLITE_NOTADB: Fault.DAMAGED,
}

_Stamp = tuple[int, int, int, int]


class _Reading(threading.local):
    """How this thread reads just now. stamp: of the file that was opened as one that nobody writes."""

    stamp: _Stamp | None = None
    shared: bool = False


class SQLite(Engine):
    """SQLite with a write-ahead log; only `create` ever makes the file."""

    SCHEMES = ('sqlite',)
    DRIVER = 'sqlite+pysqlite'
    PACKAGE = ('sqlite3', 'sqlite3')

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self.path = str(access.url.database)
        self._reading = _Reading()

    def describe(self) -> str:
        """The file."""
        return f'sqlite:///{self.path}'

    def connect(self, parameters: dict[str, t.Any], *, writing: bool) -> sqlite3.Connection:
        """A connection that never makes a file, neither the database nor (when reading) its log.

        Raises StorageRefused where every user may write.
        """
        for inspected in (os.path.dirname(os.path.realpath(self.path)), self.path):
            refuse_open_to_all(inspected)
        mode = 'mode=rw'
        if not writing:
            stamp = self._reading.stamp = None if self._reading.shared else self._quiet_stamp()
            mode = 'mode=ro&immutable=1' if stamp else 'mode=ro'
        connection = sqlite3.connect(
            f'file:{urllib.parse.quote(os.fsencode(self.path))}?{mode}',
            uri=True,
            timeout=self.access.timeout,
            isolation_level=None,
            check_same_thread=False,
        )
        if writing:
            connection.execute('PRAGMA foreign_keys = ON')
            connection.execute('PRAGMA journal_mode = WAL')
            connection.execute('PRAGMA synchronous = FULL')
        return connection

    def settings(self, *, writing: bool) -> dict[str, t.Any]:
        """None: the driver's connections begin no transaction by themselves."""
        return {}

    def prepare(self, engine: sqlalchemy.Engine, *, writing: bool) -> None:
        """Let each transaction that writes take the lock at its start, so that it cannot fail half-way for it."""
        if not writing:
            return
        import sqlalchemy as sa

        @sa.event.listens_for(engine, 'begin')
        def begin(connection: sqlalchemy.Connection) -> None:
            connection.exec_driver_sql('BEGIN IMMEDIATE')

    def read(self, attempt: t.Callable[[], T]) -> T:
        """Read without leaving a trace.

        Opening a database with a write-ahead log makes files beside it, unless SQLite is told that nobody writes. As
        long as the log is empty, that is so; whether it stayed so is looked at afterwards.
        """
        reading = self._reading
        for _attempt in range(_QUIET_ATTEMPTS):
            reading.stamp = None
            try:
                result = attempt()
            except StorageError:
                if self._undisturbed():
                    raise
                continue
            if self._undisturbed():
                return result
        reading.shared = True
        try:
            return attempt()
        finally:
            reading.shared = False

    def create(self) -> None:
        """Make an empty file that only its owner can read; SQLite gives its log the same mode.

        Raises StorageRefused.
        """
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            return
        except OSError as error:
            raise StorageRefused(
                f"The database file '{self.path}' cannot be made: {error.strerror}.",
                help_text='Make its directory, owned by the user who runs Ansible.',
            ) from error
        os.fchmod(descriptor, 0o600)
        os.close(descriptor)

    def fault(self, error: BaseException, *, committing: bool) -> Fault:
        """What an error means, by SQLite's primary result code."""
        if str(error).startswith(('no such table', 'no such column')):
            return Fault.NO_TABLE
        code = getattr(error, 'sqlite_errorcode', 0) & 0xFF
        if committing and code == sqlite3.SQLITE_IOERR:
            return Fault.UNCERTAIN
        if code == sqlite3.SQLITE_CANTOPEN and not os.path.lexists(self.path):
            return Fault.MISSING
        return _FAULTS.get(code, Fault.REFUSED)

    def durability(self, connection: sqlalchemy.Connection) -> list[Finding]:
        """Whether the file is whole and its owner's alone; each writer sets what makes writes durable by itself."""
        findings = []
        damage = connection.exec_driver_sql('PRAGMA quick_check(1)').scalar()
        if damage == 'ok':
            findings.append(Finding('ok', 'The database file is whole.'))
        else:
            findings.append(Finding('error', f'The database file is damaged: {damage}.', 'Restore it from a backup.'))
        findings.append(Finding('ok', 'Each write is flushed to the disk before it counts (synchronous=FULL).'))
        mode = stat.S_IMODE(os.stat(self.path).st_mode)
        if mode & 0o077:
            level: t.Literal['error', 'warning'] = 'error' if mode & 0o002 else 'warning'
            can = 'read or write' if mode & 0o022 else 'read'
            what = f'The database file has mode {mode:04o}, so that others can {can} it.'
            findings.append(Finding(level, what, f"chmod 600 '{self.path}', unless that is meant."))
        return findings

    @property
    def leaves_machine(self) -> bool:
        """Never: a file."""
        return False

    def _undisturbed(self) -> bool:
        """Whether the file is as it was when it was opened as one that nobody writes; True if it was not."""
        stamp = self._reading.stamp
        return stamp is None or stamp == self._quiet_stamp()

    def _quiet_stamp(self) -> _Stamp | None:
        """What changes when the file is written; None when there is something in a log, or no file."""
        try:
            file = os.stat(self.path)
        except OSError:
            return None
        for log in ('-wal', '-journal'):
            try:
                if os.stat(os.path.realpath(self.path) + log).st_size:
                    return None
            except FileNotFoundError:
                pass
        return file.st_ino, file.st_size, file.st_mtime_ns, file.st_ctime_ns
