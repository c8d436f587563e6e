# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `redis` under races, lost answers and crashes."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import multiprocessing
import random
import time
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.canonical import digest
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    StateConflict,
    StorageRefused,
    StorageUnreachable,
    WriteUncertain,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Meta
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.metadata import account
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.scripts import Keys
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.server import await_file
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.storage import StorageModule
from ansible_collections.osa.inventory.tests.servers.plugin import ProxyMaker
from ansible_collections.osa.inventory.tests.servers.proxy import FaultProxy
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis

PROCESSES = 8
WRITES = 6


def inventory(*hosts: str) -> dict[str, t.Any]:
    return {'_meta': {'hostvars': {host: {} for host in hosts}}}


def opened(url: str, region: str, **options: t.Any) -> StorageModule:
    storage = StorageModule()
    storage.register({'url': url, 'region': region, **options})
    return storage


@pytest.fixture
def proxy(redis_server: Redis, fault_proxy: ProxyMaker) -> FaultProxy:
    return fault_proxy(redis_server.host, redis_server.port)


@pytest.fixture
def storage(redis_server: Redis, fresh_region: str, proxy: FaultProxy) -> StorageModule:
    """A storage that reaches the server through the proxy."""
    return opened(redis_server.url(redis_server.writer, tls=False, proxy=proxy), fresh_region, timeout=0.4)


@pytest.fixture
def direct(redis_server: Redis, fresh_region: str) -> StorageModule:
    """The same region without the proxy."""
    return opened(redis_server.socket_url(redis_server.writer), fresh_region)


def grow(arguments: tuple[str, str, int]) -> list[tuple[int, str | None]]:
    """Add hosts one by one on top of whatever is stored; returns serial and parent of each acknowledged write."""
    url, region, process = arguments
    storage = opened(url, region)
    written = []
    for number in range(WRITES):
        while True:
            state = storage.read()
            hosts = state.inventory['_meta']['hostvars'] if state else {}
            content = inventory(*hosts, f'host-{process}-{number}')
            base = state.meta if state else None
            meta = account(content, base, '')
            try:
                storage.commit(content, meta, base)
            except StateConflict:
                time.sleep(random.uniform(0, 0.01))
            else:
                written.append((meta.serial, meta.parent))
                break
    return written


def write_first(arguments: tuple[str, str, int]) -> bool:
    """Try to write the first state of a region; whether that succeeded."""
    url, region, process = arguments
    content = inventory(f'host-{process}')
    try:
        opened(url, region).commit(content, account(content, None, ''), None)
    except StateConflict:
        return False
    return True


def in_processes(function: t.Callable[[t.Any], t.Any], url: str, region: str) -> list[t.Any]:
    context = multiprocessing.get_context('fork')
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        return list(pool.map(function, [(url, region, process) for process in range(PROCESSES)]))


def test_eight_processes_that_write_at_once_lose_nothing(redis_server: Redis, fresh_region: str) -> None:
    url = redis_server.socket_url(redis_server.writer)
    written = [write for part in in_processes(grow, url, fresh_region) for write in part]
    state = opened(url, fresh_region).read()
    assert state is not None
    expected = {f'host-{process}-{number}' for process in range(PROCESSES) for number in range(WRITES)}
    assert set(state.inventory['_meta']['hostvars']) == expected
    assert sorted(serial for serial, _parent in written) == list(range(1, PROCESSES * WRITES + 1))
    assert len({parent for _serial, parent in written}) == PROCESSES * WRITES, 'two writes were accepted on one base'


def test_of_many_first_writes_one_wins(redis_server: Redis, fresh_region: str) -> None:
    assert sum(in_processes(write_first, redis_server.socket_url(redis_server.writer), fresh_region)) == 1


def test_a_reader_never_sees_a_part_nor_an_older_state(direct: StorageModule) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        metas: list[Meta] = []

        def write_all() -> None:
            for number in range(60):
                content = inventory(*(f'host{i}' for i in range(number)))
                meta = account(content, metas[-1] if metas else None, '')
                direct.commit(content, meta, metas[-1] if metas else None)
                metas.append(meta)

        writing = pool.submit(write_all)
        seen = 0
        while not writing.done():
            state = direct.read()
            if state:
                assert digest(state.inventory) == state.meta.sha256
                assert state.meta.serial >= seen
                seen = state.meta.serial
        writing.result()


def test_a_lost_answer_to_a_write_is_settled_by_its_id(
    storage: StorageModule, direct: StorageModule, proxy: FaultProxy
) -> None:
    storage.write(inventory('a'))
    proxy.arm(b'EVAL')
    storage.write(inventory('a', 'b'))
    assert proxy.dropped == 1
    assert direct.load() == inventory('a', 'b')
    assert [meta.serial for meta in direct.history()] == [2, 1]


def test_a_write_cut_in_the_middle_is_settled_too(
    storage: StorageModule, direct: StorageModule, proxy: FaultProxy
) -> None:
    storage.load()
    big = inventory(*(f'host{random.random()}' for _number in range(20_000)))
    proxy.cut(up=100_000)
    storage.write(big)
    assert proxy.cuts == 1
    assert direct.load() == big
    assert [meta.serial for meta in direct.history()] == [1]


def test_a_write_whose_answers_are_all_lost_is_uncertain_and_may_be_stored(
    storage: StorageModule, direct: StorageModule, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = account(inventory('a'), None, '')
    storage.commit(inventory('a'), first, None)
    second = account(inventory('b'), first, '')
    monkeypatch.setattr(storage, '_refuse_volatile', lambda: setattr(proxy, 'mode', 'drop_answer'))
    with pytest.raises(WriteUncertain, match='answer'):
        storage.commit(inventory('b'), second, first)
    assert direct.history() == [second, first]


def test_a_write_that_somebody_else_overtook_while_its_answer_was_lost_counts_as_stored(
    storage: StorageModule, direct: StorageModule, proxy: FaultProxy
) -> None:
    first = account(inventory('a'), None, '')
    second = account(inventory('b'), first, '')
    storage.commit(inventory('a'), first, None)
    direct.commit(inventory('b'), second, first)
    storage.commit(inventory('a'), first, None)
    assert direct.history() == [second, first]


def test_a_server_that_refuses_connections_is_unreachable(storage: StorageModule, proxy: FaultProxy) -> None:
    proxy.mode = 'refuse'
    for attempt in (storage.load, storage.history, lambda: storage.write(inventory('a')), storage.holder):
        with pytest.raises(StorageUnreachable):
            attempt()
    assert [finding.level for finding in storage.check()] == ['error']


def test_a_server_that_is_not_there_is_unreachable(redis_server: Redis, fresh_region: str) -> None:
    for url in ('redis://127.0.0.1:9/0', f'unix://{redis_server.socket}-not'):
        with pytest.raises(StorageUnreachable, match=r'connection refused|no such file'):
            opened(url, fresh_region).load()


def test_nothing_waits_for_ever_for_a_silent_server(storage: StorageModule, proxy: FaultProxy) -> None:
    proxy.mode = 'blackhole'
    for attempt in (storage.load, lambda: storage.write(inventory('a'))):
        started = time.monotonic()
        with pytest.raises(StorageUnreachable, match=r'no answer within 0\.4 seconds'):
            attempt()
        assert time.monotonic() - started < 2


def test_an_answer_that_breaks_off_is_unreachable_and_not_a_part_of_a_state(
    storage: StorageModule, direct: StorageModule, proxy: FaultProxy
) -> None:
    direct.write(inventory(*(f'host{random.random()}' for _number in range(20_000))))
    storage.holder()
    proxy.cut(down=50_000)
    with pytest.raises(StorageUnreachable):
        storage.load()
    assert storage.load() == direct.load()


def test_an_idle_connection_that_was_closed_is_opened_anew(storage: StorageModule, proxy: FaultProxy) -> None:
    storage.write(inventory('a'))
    proxy.reset_connections()
    time.sleep(0.05)
    storage.write(inventory('b'))
    assert storage.load() == inventory('b')


def test_what_is_acknowledged_survives_a_crash_of_the_server(redis_server: Redis) -> None:
    with redis_server.variant() as server:
        storage = opened(server.socket_url(server.writer), 'crash')
        for number in range(20):
            storage.write(inventory(f'host{number}'))
        server.kill()
        with pytest.raises(StorageUnreachable):
            storage.load()
        server.launch()
        assert storage.load() == inventory('host19')
        assert len(storage.history()) == 16


class BusyDisk:
    """A server whose append-only file lags, as it does while a sync takes long: `INFO` says how many bytes wait."""

    def __init__(self, *waiting: int) -> None:
        self.waiting = list(waiting)

    def info(self, section: str) -> dict[str, int]:
        assert section == 'persistence'
        return {'aof_buffer_length': self.waiting.pop(0) if self.waiting[1:] else self.waiting[0]}


def test_a_write_waits_until_it_is_in_the_append_only_file(storage: StorageModule) -> None:
    busy = BusyDisk(700, 300, 0)
    await_file(busy, storage._access)
    assert busy.waiting == [0]
    with pytest.raises(WriteUncertain, match='append-only file'):
        await_file(BusyDisk(700), storage._access)


def test_a_write_counts_as_stored_exactly_if_it_is_when_the_user_lacks_a_right(
    redis_server: Redis, fresh_region: str
) -> None:
    """The answer to the command that decides counts, not that of one before or after it."""
    login = redis_server.writer
    storage = opened(redis_server.socket_url(login), fresh_region)
    storage.write(inventory('a'))
    storage.options = dataclasses.replace(storage.options, keep=0)
    with redis_server.client() as admin:
        for right in ('hdel', 'hset'):
            admin.execute_command('ACL', 'SETUSER', login.user, f'-{right}')
            if right == 'hdel':
                storage.write(inventory('b'))
            else:
                with pytest.raises(StorageRefused):
                    storage.write(inventory('c'))
            admin.execute_command('ACL', 'SETUSER', login.user, f'+{right}')
    assert storage.load() == inventory('b')


def test_a_write_that_stopped_half_way_leaves_the_old_state_and_does_not_hinder_the_next(
    redis_server: Redis, fresh_region: str
) -> None:
    """As if the connection ended between the scripts: the newest state is among the older ones already."""
    storage = opened(redis_server.socket_url(redis_server.writer), fresh_region)
    storage.write(inventory('a'))
    keys = Keys.of('default', fresh_region)
    with redis_server.client() as admin:
        head = admin.hgetall(keys.head)
        admin.hset(keys.older, mapping={b'1:' + part: value for part, value in head.items()})
    assert storage.load() == inventory('a')
    assert [meta.serial for meta in storage.history()] == [1]
    storage.write(inventory('a', 'b'))
    assert [meta.serial for meta in storage.history()] == [2, 1]
    older = storage.read(1)
    assert older is not None
    assert older.inventory == inventory('a')
