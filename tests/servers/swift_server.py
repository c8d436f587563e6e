# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Swift for tests: proxy, account, container and object server, with one replica of everything."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import pwd
import secrets
import sys
import typing as t

from .base import HOST, Login, Server, new_password
from .process import Account, Directory, Process, ServerMissing, await_ready, run

if t.TYPE_CHECKING:
    import swiftclient

    from .proxy import FaultProxy

_PROGRAM = pathlib.Path(__file__).with_name('swift_process.py')
_ACCOUNT = 'test'

_FILTERS = (
    *('catch_errors', 'gatekeeper', 'healthcheck', 'cache', 'listing_formats', 'tempauth', 'copy', 'slo', 'dlo'),
    *('container_quotas', 'versioned_writes', 'symlink'),
)
_PROXY_SETTINGS = {
    'account_autocreate': 'true',
    'node_timeout': 5,
    'error_suppression_interval': 0,  # a server that failed in one test is asked again in the next
}
_Section = dict[str, object]


class Swift(Server):
    """Swift with v1 authentication, without TLS, and three users of one account.

    admin: may do everything. writer, reader: only what a container's own rules allow them.
    proxy_server, account_server, container_server, object_server: the processes, to freeze, kill and start again.
    Objects that are written while the container server is killed never appear in their container's listing.
    """

    INSTALL = 'pip install swift python-swiftclient'
    PORTS = 4

    def __init__(self, directory: Directory, ports: t.Sequence[int]) -> None:
        super().__init__(directory, ports)
        self.admin, self.writer, self.reader = (
            Login(f'{_ACCOUNT}:{name}', new_password()) for name in ('admin', 'writer', 'reader')
        )
        self.proxy_server = self._process('proxy')
        self.account_server = self._process('account')
        self.container_server = self._process('container')
        self.object_server = self._process('object')

    @classmethod
    def account(cls) -> Account | None:
        """The user who runs the tests: the Python of the tests may be closed to others."""
        return None

    @property
    def host(self) -> str:
        """Where the proxy server listens."""
        return HOST

    @property
    def port(self) -> int:
        """The proxy server's port."""
        return self.ports[0]

    @property
    def processes(self) -> list[Process]:
        return [self.proxy_server, self.account_server, self.container_server, self.object_server]

    def set_up(self) -> None:
        if importlib.util.find_spec('swift') is None:
            raise ServerMissing("The Python package 'swift' is not installed.")
        try:
            os.setxattr(self.directory.path, 'user.osa', b'')
        except OSError as error:
            raise ServerMissing(
                f'Swift needs extended attributes in {self.directory.path}: {error.strerror}.'
            ) from error
        self.directory.make('devices')
        self.directory.make('devices/device')
        self.directory.write('swift.conf', f'[swift-hash]\nswift_hash_path_suffix = {secrets.token_hex(8)}\n')
        run(self._command('rings', str(self.directory.path), *map(str, self.ports[1:])), self.directory)
        for process, port in zip(self.processes, self.ports, strict=True):
            self.directory.write(f'{process.name}.conf', self._configuration(process.name, port))

    def launch(self) -> None:
        for process in self.processes:
            if not process.running:
                process.start()
        await_ready(self._answers, *self.processes)

    def auth_url(self, proxy: FaultProxy | None = None) -> str:
        """Address for v1 authentication; all that follows takes the same way, so a proxy sees all."""
        return f'http://{HOST}:{proxy.port if proxy else self.port}/auth/v1.0'

    def client(self, login: Login | None = None) -> swiftclient.Connection:
        """A client, the administrator's unless told otherwise, that repeats nothing."""
        import swiftclient

        login = login or self.admin
        return swiftclient.Connection(self.auth_url(), login.user, login.password, retries=0, timeout=10)

    def container(self) -> str:
        """The name of a new, empty container: the writer reads and writes, the reader reads."""
        name = f'osa-{secrets.token_hex(6)}'
        rules = {'X-Container-Read': f'{self.writer.user},{self.reader.user}', 'X-Container-Write': self.writer.user}
        self.client().put_container(name, rules)
        return name

    def _process(self, kind: str) -> Process:
        return Process(kind, self._command(kind, str(self.directory.path / f'{kind}.conf')), self.directory)

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, '-P', str(_PROGRAM), *arguments]

    def _configuration(self, kind: str, port: int) -> str:
        place = self.directory.path
        common: _Section = {
            'bind_ip': HOST,
            'bind_port': port,
            'bind_timeout': 1,
            'workers': 0,
            'user': pwd.getpwuid(os.getuid()).pw_name,
            'swift_dir': place,
            'devices': place / 'devices',
            'mount_check': 'false',
            'disable_fallocate': 'true',
            'fallocate_reserve': 0,
            'log_address': place / 'no-syslog',
        }
        filters = self._filters() if kind == 'proxy' else {}
        settings = _PROXY_SETTINGS if kind == 'proxy' else {}
        sections: dict[str, _Section] = {
            'DEFAULT': common,
            'pipeline:main': {'pipeline': ' '.join([*filters, f'{kind}-server'])},
            f'app:{kind}-server': {'use': f'egg:swift#{kind}', **settings},
            **{f'filter:{name}': section for name, section in filters.items()},
        }
        return '\n'.join(
            '\n'.join([f'[{title}]', *(f'{name} = {value}' for name, value in section.items())])
            for title, section in sections.items()
        )

    def _filters(self) -> dict[str, _Section]:
        filters: dict[str, _Section] = {name: {'use': f'egg:swift#{name}'} for name in _FILTERS}
        filters['cache'] = {'paste.filter_factory': '__main__:cache_factory'}
        for login, group in ((self.admin, ' .admin'), (self.writer, ''), (self.reader, '')):
            filters['tempauth'][f'user_{login.user.replace(":", "_")}'] = login.password + group
        filters['versioned_writes'] |= {'allow_versioned_writes': 'true', 'allow_object_versioning': 'true'}
        return filters

    def _answers(self) -> bool:
        import requests
        import swiftclient

        try:
            client = self.client()
            client.put_container('ready')
            client.put_object('ready', 'ready', b'')
        except (requests.RequestException, swiftclient.ClientException):
            return False
        return True
