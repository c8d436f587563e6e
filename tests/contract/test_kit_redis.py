# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `redis`, held to the contract."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import FORMAT, Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.scripts import Keys
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.storage import StorageModule
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import (
    FaultProxy,
    StorageContract,
    opened,
)
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis


@pytest.fixture(scope='class')
def servers(request: pytest.FixtureRequest, redis_server: Redis) -> t.Iterator[None]:
    with redis_server.variant(maxmemory='2mb') as small_server:
        request.cls.use(redis_server, small_server)
        yield


@pytest.mark.usefixtures('servers')
class TestRedis(StorageContract):
    """A server that keeps what it acknowledges, and a small one."""

    redis: Redis
    small_redis: Redis
    commit_request = b'EVAL'

    @classmethod
    def use(cls, redis: Redis, small_redis: Redis) -> None:
        cls.redis, cls.small_redis = redis, small_redis
        cls.server = (redis.host, redis.port)
        cls.secrets = [login.password for login in (redis.admin, redis.writer, redis.reader, small_redis.writer)]
        cls.client = redis.client()

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        return opened(StorageModule, tenant, region, **{'url': self.redis.socket_url(self.redis.writer), **options})

    def open_unreachable(self, tenant: str, region: str) -> Storage:
        nobody = FaultProxy((self.redis.host, self.redis.port))
        nobody.close()
        return self.open_at(nobody, tenant, region)

    def open_refused(self, tenant: str, region: str) -> Storage:
        return self.open(tenant, region, password='not the password')

    def open_read_only(self, tenant: str, region: str) -> Storage:
        return self.open(tenant, region, url=self.redis.socket_url(self.redis.reader))

    def open_full(self, tenant: str, region: str) -> Storage:
        return self.open(tenant, region, url=self.small_redis.socket_url(self.small_redis.writer))

    def open_at(self, proxy: FaultProxy, tenant: str, region: str, **options: t.Any) -> Storage:
        return self.open(tenant, region, url=self.redis.url(self.redis.writer, tls=False, proxy=proxy), **options)

    def damage(self, tenant: str, region: str) -> None:
        self.client.hset(Keys.of(tenant, region).head, 'payload', b'x')

    def make_newer(self, tenant: str, region: str) -> None:
        head = Keys.of(tenant, region).head
        account = json.loads(self.client.hget(head, 'meta'))
        self.client.hset(head, 'meta', json.dumps({**account, 'format': FORMAT + 1}))

    def remove(self, tenant: str, region: str) -> None:
        self.client.delete(Keys.of(tenant, region).head)

    def footprint(self) -> object:
        return {key: self.client.dump(key) for key in sorted(self.client.keys('*'))}
