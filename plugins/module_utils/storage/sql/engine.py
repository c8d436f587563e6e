# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way to a database: connecting, reading, writing in a transaction, and errors that mean one thing."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import functools
import logging
import typing as t

from ...errors import StorageError
from ..contract import Finding
from .faults import Fault, one_line, storage_error

if t.TYPE_CHECKING:
    import sqlalchemy

T = t.TypeVar('T')

_LIBRARY_LOGGERS = ('sqlalchemy.pool', 'psycopg')


@dataclasses.dataclass(frozen=True)
class TLSFiles:
    """Certificate authority, own certificate and its key; None for what is not given."""

    authority: str | None = None
    certificate: str | None = None
    key: str | None = None


@dataclasses.dataclass(frozen=True)
class Access:
    """What it takes to reach a database. timeout: seconds for connecting, and for each request."""

    url: sqlalchemy.URL = dataclasses.field(repr=False)
    tls: TLSFiles
    timeout: float


class Engine(abc.ABC):
    """What differs between databases.

    SCHEMES: the names in a URL's scheme that stand for it. DRIVER: the full name that SQLAlchemy knows.
    PACKAGE: module and pip package of its driver.
    """

    SCHEMES: t.ClassVar[tuple[str, ...]]
    DRIVER: t.ClassVar[str]
    PACKAGE: t.ClassVar[tuple[str, str]]

    def __init__(self, access: Access) -> None:
        self.access = access

    @abc.abstractmethod
    def connect(self, parameters: dict[str, t.Any], *, writing: bool) -> t.Any:
        """A driver's connection. parameters: what SQLAlchemy's dialect makes of the URL."""

    @abc.abstractmethod
    def fault(self, error: BaseException, *, committing: bool) -> Fault:
        """What a driver's error means; committing: it came in answer to COMMIT."""

    @abc.abstractmethod
    def durability(self, connection: sqlalchemy.Connection) -> list[Finding]:
        """Whether the server keeps what it acknowledges, and whether others can listen."""

    @property
    def host(self) -> str:
        """Host, or path of a unix socket; a driver also takes it from the URL's parameters."""
        url = self.access.url
        given = url.host or url.query.get('host') or url.query.get('unix_socket') or 'localhost'
        return given if isinstance(given, str) else ','.join(given)

    def describe(self) -> str:
        """Where the database is; never a user, a password or another parameter."""
        url = self.access.url
        host = f'[{self.host}]' if url.host and ':' in url.host else self.host
        return f'{self.SCHEMES[0]}://{host}{f":{url.port}" if url.port else ""}/{url.database or ""}'

    def settings(self, *, writing: bool) -> dict[str, t.Any]:
        """Arguments of `create_engine`. Reading needs neither BEGIN nor ROLLBACK: one request is one request."""
        return {} if writing else {'isolation_level': 'AUTOCOMMIT', 'skip_autocommit_rollback': True}

    def prepare(self, engine: sqlalchemy.Engine, *, writing: bool) -> None:  # noqa: B027 (most need nothing)
        """Add event handlers to a new engine."""

    def create(self) -> None:  # noqa: B027 (servers have a database already)
        """Make an empty database, if there is none and this engine's are files."""

    def read(self, attempt: t.Callable[[], T]) -> T:
        """Run what reads; may run it again."""
        return attempt()

    def largest_packet(self) -> sqlalchemy.ColumnElement[t.Any]:
        """SQL for the most bytes that the server takes in one statement; NULL where that is not a limit."""
        import sqlalchemy as sa

        return sa.null()

    @property
    def leaves_machine(self) -> bool:
        """Whether what is sent can be seen on a network."""
        return not self.host.startswith('/') and self.host not in ('localhost', '127.0.0.1', '::1')

    @property
    def is_verified(self) -> bool:
        """Whether the server must prove who it is."""
        return True

    def is_encrypted(self, connection: sqlalchemy.Connection) -> bool:
        """Whether nobody on the network can read along."""
        return True


class Database:
    """A database of one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.where = f"database '{engine.describe()}'"

    def read(self, query: t.Callable[[sqlalchemy.Connection], T]) -> T:
        """What a query gives; each statement sees what is committed when it starts.

        Raises StorageError.
        """

        def attempt() -> T:
            with self._connection(writing=False) as connection:
                return query(connection)

        return self.engine.read(attempt)

    def write(self, action: t.Callable[[sqlalchemy.Connection], T]) -> T:
        """Run an action in a transaction, durable when this returns; none of it is kept if it raises.

        Raises StorageError; of these, only WriteUncertain leaves open whether it was kept.
        """
        with self._connection(writing=True) as connection:
            result = action(connection)
            with self._boundary(committing=True):
                connection.commit()
            return result

    def attempt(self, action: t.Callable[[sqlalchemy.Connection], None]) -> None:
        """Run an action in a transaction and take it back. Raises StorageError."""
        with self._connection(writing=True) as connection:
            action(connection)
            connection.rollback()

    @contextlib.contextmanager
    def _connection(self, *, writing: bool) -> t.Iterator[sqlalchemy.Connection]:
        with self._boundary(committing=False):
            connection = self._engine(writing).connect()
            try:
                yield connection
            except BaseException:
                # Ends the transaction without a ROLLBACK, which may hang or fail in its turn.
                connection.invalidate()
                raise
            finally:
                connection.close()

    @contextlib.contextmanager
    def _boundary(self, *, committing: bool) -> t.Iterator[None]:
        """Turn errors of SQLAlchemy and its drivers into those of the contract."""
        import sqlalchemy as sa

        try:
            yield
        except sa.exc.DBAPIError as error:
            cause = error.orig or error
            raise self.error(self.engine.fault(cause, committing=committing), cause) from error
        except sa.exc.SQLAlchemyError as error:
            raise self.error(Fault.REFUSED, error) from error

    def error(self, fault: Fault, cause: object) -> StorageError:
        """The error of the contract for a driver's error."""
        return storage_error(fault, self.where, self._without_secrets(one_line(cause)))

    def _without_secrets(self, text: str) -> str:
        password = str(self.engine.access.url.password or '')
        return text.replace(password, '***') if password else text

    def _engine(self, writing: bool) -> sqlalchemy.Engine:
        return self._writer if writing else self._reader

    @functools.cached_property
    def _reader(self) -> sqlalchemy.Engine:
        return self._make(writing=False)

    @functools.cached_property
    def _writer(self) -> sqlalchemy.Engine:
        return self._make(writing=True)

    def _make(self, *, writing: bool) -> sqlalchemy.Engine:
        import sqlalchemy as sa

        for name in _LIBRARY_LOGGERS:
            _silence(logging.getLogger(name))
        engine = sa.create_engine(
            self.engine.access.url,
            # Statement errors would otherwise quote whole payloads.
            hide_parameters=True,
            # A connection lives as long as one operation: none is stale, none is shared by a forked process.
            poolclass=sa.NullPool,
            pool_reset_on_return=None,
            **self.engine.settings(writing=writing),
        )

        @sa.event.listens_for(engine, 'do_connect')
        def connect(_dialect: object, _record: object, _arguments: object, parameters: dict[str, t.Any]) -> t.Any:
            return self.engine.connect(parameters, writing=writing)

        self.engine.prepare(engine, writing=writing)
        return engine


def _silence(logger: logging.Logger) -> None:
    """Keep a library from printing tracebacks of its own where the program has set up no logging."""
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
