# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis server for tests, with TLS and ACL users, and variants of it that a storage must refuse."""

from __future__ import annotations

import contextlib
import typing as t
import urllib.parse

from .base import HOST, Login, Server, running
from .certificates import issue
from .process import Directory, Process, ServerMissing, await_ready, find_program

if t.TYPE_CHECKING:
    import redis

    from .proxy import FaultProxy

WRITER_RULES = (
    'resetkeys ~osa:* resetchannels -@all +ping +info +hmget +hget +hkeys +get +hset +hdel +set +del +eval +wait'
)
READER_RULES = 'resetkeys %R~osa:* resetchannels -@all +ping +info +hmget +hget +hkeys +get'
"""Least privileges; a word that the server does not know stops it from starting."""


class Redis(Server):
    """Redis with the users `osa_admin` (everything), `osa_writer` and `osa_reader`; no access without a login.

    settings: its configuration beyond the usual, or instead of it, by name (`maxmemory-policy`: `allkeys-lru`).
    requirepass: instead of the users, one password for the user `default`, who may do everything.
    """

    INSTALL = 'apt-get install -y --no-install-recommends redis-tools && pip install redis trustme'
    PORTS = 2

    def __init__(
        self,
        directory: Directory,
        ports: t.Sequence[int],
        settings: t.Mapping[str, str] | None = None,
        requirepass: bool = False,
    ) -> None:
        super().__init__(directory, ports)
        self.settings = dict(settings or {})
        self.requirepass = requirepass
        names = ['default'] if requirepass else ['osa_admin', 'osa_writer', 'osa_reader']
        logins = [Login(name) for name in names]
        self.admin, self.writer, self.reader = logins * 3 if requirepass else logins
        self.certificates = issue(directory)
        self.process = redis_process('redis', directory)

    @property
    def host(self) -> str:
        """Where it listens; the certificate is for this address."""
        return HOST

    @property
    def port(self) -> int:
        """The port without TLS."""
        return self.ports[0]

    @property
    def tls_port(self) -> int:
        """The port with TLS."""
        return self.ports[1]

    @property
    def socket(self) -> str:
        """Path of its unix socket."""
        return str(self.directory.path / 'socket')

    @property
    def processes(self) -> list[Process]:
        return [self.process]

    def set_up(self) -> None:
        settings = {
            'bind': HOST,
            'port': str(self.port),
            'tls-port': str(self.tls_port),
            'unixsocket': self.socket,
            'unixsocketperm': '777',
            'tls-ca-cert-file': str(self.certificates.ca),
            'tls-cert-file': str(self.certificates.certificate),
            'tls-key-file': str(self.certificates.key),
            'tls-auth-clients': 'optional',
            'dir': str(self.directory.path),
            'daemonize': 'no',
            'appendonly': 'yes',
            'save': '""',
            **self._access(),
            **self.settings,
        }
        self.directory.write('redis.conf', ''.join(f'{name} {value}\n' for name, value in settings.items()))

    def launch(self) -> None:
        self.process.start()
        await_ready(self._answers, self.process)

    def url(self, login: Login, *, tls: bool = True, proxy: FaultProxy | None = None) -> str:
        """A URL as redis-py takes it; a proxy must lead to the port of that kind."""
        query = f'?ssl_ca_certs={urllib.parse.quote(str(self.certificates.ca))}' if tls else ''
        port = proxy.port if proxy else self.tls_port if tls else self.port
        return f'{"rediss" if tls else "redis"}://{credentials(login)}@{self.host}:{port}/0{query}'

    def socket_url(self, login: Login) -> str:
        """A URL for the unix socket, as redis-py takes it."""
        return f'unix://{credentials(login)}@{self.socket}?db=0'

    def client(self) -> redis.Redis:
        """A client that may do everything and repeats nothing."""
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        return redis.Redis.from_url(self.socket_url(self.admin), socket_timeout=10, retry=Retry(NoBackoff(), 0))

    @contextlib.contextmanager
    def variant(self, *, requirepass: bool = False, **settings: str) -> t.Iterator[Redis]:
        """Another server, with other settings (`maxmemory_policy='allkeys-lru'`), empty and gone afterwards."""
        named = {name.replace('_', '-'): value for name, value in settings.items()}
        with running(type(self), settings=named, requirepass=requirepass) as server:
            yield server

    def _access(self) -> dict[str, str]:
        if self.requirepass:
            return {'requirepass': self.admin.password}
        rules = {self.admin: '~* &* +@all', self.writer: WRITER_RULES, self.reader: READER_RULES}
        lines = [f'user {login.user} on >{login.password} {rule}\n' for login, rule in rules.items()]
        return {'aclfile': str(self.directory.write('users.acl', ''.join(['user default off\n', *lines])))}

    def _answers(self) -> bool:
        import redis

        try:
            with self.client() as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):  # also while it loads its data
            return False


def redis_process(name: str, directory: Directory, *arguments: str) -> Process:
    """The process of a Redis that reads `name`.conf.

    The server is a symbolic link to `redis-check-rdb`, which chooses by its name what to be; Debian has the link in
    a package that brings a service along, so the name is given without it.
    """
    try:
        program = find_program('redis-server')
    except ServerMissing:
        program = find_program('redis-check-rdb')
    return Process(
        name, ['redis-server', str(directory.path / f'{name}.conf'), *arguments], directory, executable=program
    )


def credentials(login: Login) -> str:
    """User and password for a URL."""
    return f'{login.user}:{urllib.parse.quote(login.password, safe="")}'
