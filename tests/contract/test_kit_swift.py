# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `swift`, held to the contract."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import FORMAT, Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift.commits import Names
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift.storage import StorageModule
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import (
    FaultProxy,
    Scale,
    StorageContract,
    opened,
)
from ansible_collections.osa.inventory.tests.servers.base import Login
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift

SETTLE = 0.1


@pytest.fixture(scope='class')
def container(request: pytest.FixtureRequest, swift_server: Swift) -> None:
    request.cls.use(swift_server)


@pytest.mark.usefixtures('container')
class TestSwift(StorageContract):
    """A container on a Swift with one replica of everything."""

    swift: Swift
    container: str
    commit_request = b'if-none-match'
    # Each write waits until it has settled.
    scale = Scale.chosen(processes=3, writes=3, kills=6)

    @classmethod
    def use(cls, swift: Swift) -> None:
        cls.swift, cls.container = swift, swift.container()
        cls.server = (swift.host, swift.port)
        cls.secrets = [login.password for login in (swift.admin, swift.writer, swift.reader)]
        cls.client = swift.client()

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        return self.open_as(self.swift.writer, tenant, region, **options)

    def open_as(self, login: Login, tenant: str, region: str, **options: t.Any) -> Storage:
        given = {
            'container': self.container,
            'auth_url': self.swift.auth_url(),
            'auth_version': '1',
            'username': login.user,
            'password': login.password,
            'settle': SETTLE,
        }
        return opened(StorageModule, tenant, region, **{**given, **options})

    def open_unreachable(self, tenant: str, region: str) -> Storage:
        nobody = FaultProxy((self.swift.host, self.swift.port))
        nobody.close()
        return self.open_at(nobody, tenant, region)

    def open_refused(self, tenant: str, region: str) -> Storage:
        return self.open(tenant, region, password='not the password')

    def open_read_only(self, tenant: str, region: str) -> Storage:
        return self.open_as(self.swift.reader, tenant, region)

    def open_at(self, proxy: FaultProxy, tenant: str, region: str, **options: t.Any) -> Storage:
        return self.open(tenant, region, auth_url=self.swift.auth_url(proxy), **options)

    def newest(self, prefix: str) -> str:
        """The name of the last object whose name begins like that."""
        _headers, entries = self.client.get_container(self.container, prefix=prefix)
        return max(entry['name'] for entry in entries)

    def damage(self, tenant: str, region: str) -> None:
        self.client.put_object(self.container, self.newest(Names.of(tenant, region).payloads), b'x')

    def make_newer(self, tenant: str, region: str) -> None:
        name = self.newest(Names.of(tenant, region).commits)
        account, _newline, rest = self.client.get_object(self.container, name)[1].partition(b'\n')
        newer = json.dumps({**json.loads(account), 'format': FORMAT + 1}).encode()
        self.client.put_object(self.container, name, newer + b'\n' + rest)

    def remove(self, tenant: str, region: str) -> None:
        self.client.delete_object(self.container, self.newest(Names.of(tenant, region).payloads))

    def footprint(self) -> object:
        return self.client.get_container(self.container, full_listing=True)[1]
