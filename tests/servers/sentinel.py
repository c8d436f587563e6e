# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis primary with a replica, watched by three Sentinels, for tests."""

from __future__ import annotations

import typing as t

from .base import HOST, Login, Server
from .process import Directory, Process, await_ready
from .redis_server import Redis, credentials, redis_process

if t.TYPE_CHECKING:
    import redis

_SENTINELS = 3


class Sentinel(Server):
    """Two servers with the users of `Redis`, and three Sentinels with one password. It is not for use after a failover.

    tls: whether Sentinels and servers talk, and tell clients to talk, TLS; otherwise none does.
    service: the name by which the Sentinels know the servers.
    """

    INSTALL = Redis.INSTALL
    PORTS = 2 * Redis.PORTS + _SENTINELS

    def __init__(self, directory: Directory, ports: t.Sequence[int], tls: bool = False) -> None:
        super().__init__(directory, ports)
        self.tls = tls
        self.service = 'osa'
        self.login = Login('default')
        first, second = (
            Redis(Directory(directory.account, directory.path), ports[start : start + Redis.PORTS])
            for start in (0, Redis.PORTS)
        )
        second.certificates = first.certificates
        second.admin, second.writer, second.reader = first.admin, first.writer, first.reader
        self.admin, self.writer, self.reader = first.admin, first.writer, first.reader
        self.servers = first, second
        self.addresses = [(HOST, port) for port in ports[2 * Redis.PORTS :]]
        self._sentinels = [redis_process(f'sentinel-{port}', directory, '--sentinel') for _host, port in self.addresses]

    @property
    def processes(self) -> list[Process]:
        return [*self._sentinels, *(server.process for server in self.servers)]

    def set_up(self) -> None:
        first, second = self.servers
        for server in self.servers:
            server.settings = {
                'masteruser': self.admin.user,
                'masterauth': self.admin.password,
                'tls-replication': 'yes' if self.tls else 'no',
                'repl-diskless-sync-delay': '0',
            }
        second.settings['replicaof'] = f'{HOST} {self._port(first)}'
        for server in self.servers:
            server.set_up()
        for process, (_host, port) in zip(self._sentinels, self.addresses, strict=True):
            self.directory.write(f'{process.name}.conf', self._configuration(port))

    def launch(self) -> None:
        for server in self.servers:
            server.launch()
        # Sentinels look for replicas every ten seconds only.
        await_ready(self._replicates, *(server.process for server in self.servers))
        for process in self._sentinels:
            process.start()
        await_ready(self._settled, *self.processes)

    def url(self, login: Login) -> str:
        """A URL of the storage's own form, without the password of the Sentinels."""
        places = ','.join(f'{host}:{port}' for host, port in self.addresses)
        scheme = 'rediss+sentinel' if self.tls else 'redis+sentinel'
        return f'{scheme}://{credentials(login)}@{places}/{self.service}/0'

    def primary(self) -> Redis:
        """The server that the first Sentinel names."""
        with self._client(self.addresses[0][1]) as client:
            _host, port = client.sentinel_get_master_addr_by_name(self.service)
        return next(server for server in self.servers if self._port(server) == port)

    def fail_over(self) -> Redis:
        """Kill the primary; returns the other server once it has taken over and all Sentinels know."""
        lost = self.primary()
        lost.kill()
        other = next(server for server in self.servers if server is not lost)
        await_ready(lambda: self._knows(other), *self._sentinels, other.process)
        return other

    def _port(self, server: Redis) -> int:
        return server.tls_port if self.tls else server.port

    def _configuration(self, port: int) -> str:
        first = self.servers[0]
        lines = [
            *(f'bind {HOST}', f'dir {self.directory.path}', f'requirepass {self.login.password}'),
            *([f'tls-port {port}', 'port 0', 'tls-replication yes'] if self.tls else [f'port {port}']),
            f'tls-ca-cert-file {first.certificates.ca}',
            f'tls-cert-file {first.certificates.certificate}',
            f'tls-key-file {first.certificates.key}',
            'tls-auth-clients optional',
            f'sentinel sentinel-pass {self.login.password}',
            f'sentinel monitor {self.service} {HOST} {self._port(first)} 2',
            f'sentinel auth-user {self.service} {self.admin.user}',
            f'sentinel auth-pass {self.service} {self.admin.password}',
            f'sentinel down-after-milliseconds {self.service} 500',
            f'sentinel failover-timeout {self.service} 3000',
        ]
        return '\n'.join([*lines, ''])

    def _client(self, port: int) -> redis.Redis:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        once = Retry(NoBackoff(), 0)
        return redis.Redis(
            HOST,
            port,
            password=self.login.password,
            socket_timeout=5,
            retry=once,
            ssl=self.tls,
            ssl_ca_certs=str(self.servers[0].certificates.ca) if self.tls else None,
        )

    def _settled(self) -> bool:
        """Whether all three know each other and the replica."""
        states = [self._state(port) for _host, port in self.addresses]
        return all(
            state and (state['num-slaves'], state['num-other-sentinels']) == (1, _SENTINELS - 1) for state in states
        )

    def _replicates(self) -> bool:
        """Whether the replica has caught up."""
        with self.servers[0].client() as client:
            replica = client.info('replication').get('slave0', {})
        return bool(replica.get('state') == 'online')

    def _knows(self, server: Redis) -> bool:
        states = [self._state(port) for _host, port in self.addresses]
        if not all(state and state['port'] == self._port(server) for state in states):
            return False
        with server.client() as client:
            return bool(client.info('replication')['role'] == 'master')

    def _state(self, port: int) -> dict[str, t.Any]:
        """What a Sentinel knows of the service; nothing while it does not answer."""
        import redis

        try:
            with self._client(port) as client:
                return t.cast('dict[str, t.Any]', client.sentinel_master(self.service))
        except redis.ConnectionError:
            return {}
