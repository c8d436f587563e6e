# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a Redis server is found and reached, and what its refusals mean."""

from __future__ import annotations

import contextlib
import dataclasses
import ssl
import typing as t
import urllib.parse

from ...errors import (
    StateDamaged,
    StateTooLarge,
    StorageError,
    StorageOptionError,
    StorageRefused,
    StorageUnreachable,
    WriteUncertain,
)
from ..libraries import require

PACKAGE = 'redis'
"""The pip package that this storage needs."""

_TLS = {'redis': False, 'rediss': True, 'unix': False, 'redis+sentinel': False, 'rediss+sentinel': True}
_FORMS = (
    'redis://HOST:PORT/DATABASE, rediss://HOST:PORT/DATABASE (TLS), unix:///PATH?db=DATABASE, or '
    'redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/DATABASE (rediss+sentinel:// for TLS)'
)


@dataclasses.dataclass(frozen=True)
class Credentials:
    """A user of the server; without a name it is the server's default user."""

    username: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """Where the server is.

    addresses: host and port of the server, or of each Sentinel. path: its unix socket, if it is reached that way.
    service: the name by which Sentinels know the primary. credentials: those that the URL names.
    """

    addresses: tuple[tuple[str, int], ...] = ()
    path: str | None = None
    service: str | None = None
    tls: bool = False
    database: int = 0
    credentials: Credentials = dataclasses.field(default_factory=Credentials)

    def __str__(self) -> str:
        """The URL without user and password."""
        if self.path:
            return f'unix://{self.path}?db={self.database}'
        places = ','.join(f'[{host}]:{port}' if ':' in host else f'{host}:{port}' for host, port in self.addresses)
        scheme = ('rediss' if self.tls else 'redis') + ('+sentinel' if self.service else '')
        return f'{scheme}://{places}/{f"{self.service}/" if self.service else ""}{self.database}'

    @property
    def leaves_machine(self) -> bool:
        """Whether what is sent can be seen on a network."""
        return not self.path and any(host not in ('localhost', '127.0.0.1', '::1') for host, _port in self.addresses)


def parse_url(url: str) -> Endpoint:
    """The endpoint that a URL names. Raises StorageOptionError, whose text never has a part of the URL."""
    try:
        return _parse(url)
    except ValueError as error:
        # The cause may quote a part of the URL that is a password.
        reason = str(error) if isinstance(error, _URLError) else 'it cannot be taken apart'
        raise StorageOptionError(
            f"Value of 'url' of storage 'redis' is not a Redis URL: {reason}.",
            help_text=f"Use {_FORMS}; percent-encode special characters of a password, or use 'password'.",
        ) from None


class _URLError(ValueError):
    """What is wrong with a URL, in words that quote nothing of it."""


def _parse(url: str) -> Endpoint:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in _TLS:
        raise _URLError('its scheme is none of ' + ', '.join(_TLS))
    if parts.fragment:
        raise _URLError("it contains '#'")
    query = urllib.parse.parse_qs(parts.query, keep_blank_values=True)
    if set(query) - {'db'} or (query and parts.scheme != 'unix'):
        raise _URLError("it has parameters after '?'")
    user, _at, place = parts.netloc.rpartition('@')
    username, _colon, password = user.partition(':')
    credentials = Credentials(urllib.parse.unquote(username) or None, urllib.parse.unquote(password) or None)
    if parts.scheme == 'unix':
        if place or not parts.path:
            raise _URLError('a unix URL has three slashes and a path')
        return Endpoint(
            path=urllib.parse.unquote(parts.path),
            database=_database(query.get('db', ['0'])[-1]),
            credentials=credentials,
        )
    sentinel = parts.scheme.endswith('+sentinel')
    addresses = tuple(_address(text, 26379 if sentinel else 6379) for text in place.split(','))
    if len(addresses) > 1 and not sentinel:
        raise _URLError('only a Sentinel URL names several servers')
    path = parts.path.strip('/')
    service, _slash, database = path.partition('/') if sentinel else ('', '', path)
    if sentinel and not service:
        raise _URLError('a Sentinel URL names the service in its path')
    return Endpoint(
        addresses=addresses,
        service=urllib.parse.unquote(service) or None,
        tls=_TLS[parts.scheme],
        database=_database(database or '0'),
        credentials=credentials,
    )


def _address(text: str, default_port: int) -> tuple[str, int]:
    parts = urllib.parse.urlsplit(f'//{text}')
    if not parts.hostname:
        raise _URLError('it names no host')
    return parts.hostname, parts.port or default_port


def _database(text: str) -> int:
    if not text.isdecimal():
        raise _URLError('the database is not a number')
    return int(text)


@dataclasses.dataclass(frozen=True)
class TLSFiles:
    """Certificate authority, own certificate and its key; None for the machine's authorities and no certificate."""

    authority: str | None = None
    certificate: str | None = None
    key: str | None = None


@dataclasses.dataclass(frozen=True)
class Access:
    """All that it takes to reach a server: where, as whom (server and Sentinels), by what certificates, how long."""

    endpoint: Endpoint
    credentials: Credentials
    sentinel_credentials: Credentials
    tls_files: TLSFiles
    timeout: float

    def client(self) -> t.Any:
        """A client of the server (`redis.Redis`) that never repeats a command by itself; it connects when used.

        Raises LibraryMissing.
        """
        redis = require('redis', PACKAGE)
        if self.endpoint.service:
            sentinel = require('redis.sentinel', PACKAGE).Sentinel(
                self.endpoint.addresses, sentinel_kwargs=self._keywords(self.sentinel_credentials)
            )
            keywords = self._keywords(self.credentials)
            return sentinel.master_for(self.endpoint.service, db=self.endpoint.database, **keywords)
        keywords = self._keywords(self.credentials)
        if self.endpoint.path:
            return redis.Redis(unix_socket_path=self.endpoint.path, db=self.endpoint.database, **keywords)
        host, port = self.endpoint.addresses[0]
        return redis.Redis(host=host, port=port, db=self.endpoint.database, **keywords)

    def _keywords(self, credentials: Credentials) -> dict[str, t.Any]:
        retry = require('redis.retry', PACKAGE).Retry
        no_backoff = require('redis.backoff', PACKAGE).NoBackoff
        keywords: dict[str, t.Any] = {
            'username': credentials.username,
            'password': credentials.password,
            'socket_timeout': self.timeout,
            'socket_connect_timeout': self.timeout,
            # The library repeats ten times by default, scripts too; here the id of a write decides.
            'retry': retry(no_backoff(), 0),
            'protocol': 2,
        }
        if self.endpoint.tls:
            keywords |= {
                'ssl': True,
                'ssl_ca_certs': self.tls_files.authority,
                'ssl_certfile': self.tls_files.certificate,
                'ssl_keyfile': self.tls_files.key,
                'ssl_check_hostname': True,
            }
        return keywords

    @contextlib.contextmanager
    def boundary(self, *, writing: bool = False) -> t.Iterator[None]:
        """Turn all that the library raises into the errors of the contract.

        writing: whether a lost answer may mean that something was stored (then WriteUncertain).
        """
        errors = require('redis.exceptions', PACKAGE)
        try:
            yield
        # Not chained: what the library says of a connection may have the options of it.
        except (errors.RedisError, OSError) as error:
            raise translated(error, self, errors, writing) from None

    def run(self, pipeline: t.Any, *, writing: bool = False) -> list[t.Any]:
        """The answers to the commands of a pipeline, refusals among them. Raises the errors of `boundary`."""
        with self.boundary(writing=writing):
            # Not raised by the library, which would add the command and so the state to the text of the error.
            answers: list[t.Any] = pipeline.execute(raise_on_error=False)
        return answers

    def checked(self, answer: t.Any) -> t.Any:
        """One of the answers that `run` gave. Raises the errors of `boundary` if it is a refusal."""
        if isinstance(answer, Exception):
            with self.boundary():
                raise answer
        return answer


def translated(error: Exception, access: Access, errors: t.Any, writing: bool) -> StorageError:
    """The error of the contract for one of the library's."""
    server = f"Redis server '{access.endpoint}'"
    refusal = _refusal(error, server, errors)
    if refusal:
        return refusal
    if isinstance(error, errors.ResponseError):
        return StorageRefused(f'{server} refused a command: {_first_words(error)}.')
    if isinstance(error, errors.TimeoutError | TimeoutError):
        reason = f'no answer within {access.timeout:g} seconds'
    elif isinstance(error, errors.BusyLoadingError):
        reason = 'it is still loading its data'
    else:
        reason = _system_reason(error)
    if writing:
        return WriteUncertain(
            f'The answer of {server} to a write was lost: {reason}.',
            help_text='Run again: the next run goes on with what is stored, whether that is this write or not.',
        )
    return StorageUnreachable(
        f'{server} cannot be reached: {reason}.',
        help_text="Check that the server runs, the 'url' of the storage, and the firewall in between.",
    )


def _refusal(error: Exception, server: str, errors: t.Any) -> StorageError | None:
    """The error for a server that answers and says no, or None for any other."""
    words = str(error)
    if isinstance(error, errors.AuthenticationError) or words.startswith(('NOAUTH', 'WRONGPASS')):
        return StorageRefused(
            f'{server} refused the user name or the password.',
            help_text="Check 'username' and 'password' of the storage, and the user on the server (ACL GETUSER).",
        )
    if isinstance(error, errors.NoPermissionError) or "can't run this command" in words or 'NOPERM' in words:
        return StorageRefused(
            f'{server} does not allow the user what is needed here: {_first_words(error)}.',
            help_text="Grant what the page 'The redis storage' lists; `check` names what is missing.",
        )
    if isinstance(error, errors.OutOfMemoryError) or 'OOM ' in words:
        return StateTooLarge(
            f'{server} has no memory left for the state.', help_text="Raise 'maxmemory' there, or lower 'keep' here."
        )
    if isinstance(error, errors.ReadOnlyError):
        return StorageRefused(
            f'{server} is a replica that takes no writes.', help_text="Name the primary, or its Sentinels, in 'url'."
        )
    if isinstance(error, errors.MovedError | errors.AskError):
        return StorageRefused(
            f'{server} is a node of a Redis Cluster that does not hold this region.',
            help_text='Use a server outside of a cluster, with replicas and Sentinels where it must not fail.',
        )
    if 'MISCONF' in words:
        return StorageRefused(
            f'{server} takes no writes because it cannot save to its disk.', help_text='Look into its log.'
        )
    if 'WRONGTYPE' in words:
        return StateDamaged(f'{server} has something else under the keys of this region.')
    if _has_cause(error, ssl.SSLCertVerificationError):
        return StorageRefused(
            f'{server} shows a certificate that cannot be verified.',
            help_text="Set 'tls_ca_file' to the authority that issued it, and use the host name it was issued for.",
        )
    return None


def _first_words(error: Exception) -> str:
    """The first line of what the server said, without the arguments that it may repeat (a password could be one)."""
    return str(error).strip().partition('\n')[0].partition(', with args')[0].rstrip('.')[:200]


def _causes(error: BaseException) -> t.Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _has_cause(error: Exception, kind: type[BaseException]) -> bool:
    return any(isinstance(cause, kind) for cause in _causes(error))


def _system_reason(error: Exception) -> str:
    """What the operating system said, in words that cannot contain an option."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            return f'TLS failed ({cause.reason or "connection closed"})'
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
    if type(error).__name__ == 'MasterNotFoundError':
        return 'no Sentinel that lets the user in knows a primary for the service'
    return 'the connection was closed'
