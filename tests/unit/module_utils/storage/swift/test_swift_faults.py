# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `swift` under races, lost answers and failing servers."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import multiprocessing
import random
import threading
import time
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.canonical import digest
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    StateConflict,
    StorageError,
    StorageLocked,
    StorageUnreachable,
    WriteUncertain,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import LockInfo, Meta
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.metadata import account
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.records import pack
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift.commits import Commit, Names
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift.connection import TokenExpired
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift.storage import StorageModule
from ansible_collections.osa.inventory.tests.servers.plugin import ProxyMaker
from ansible_collections.osa.inventory.tests.servers.proxy import FaultProxy
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift

PROCESSES = 8
WRITES = 2
SETTLE = 0.25


def inventory(*hosts: str) -> dict[str, t.Any]:
    return {'_meta': {'hostvars': {host: {} for host in hosts}}}


def options(server: Swift, container: str, **others: t.Any) -> dict[str, t.Any]:
    login = server.writer
    return {
        'container': container,
        'auth_url': server.auth_url(),
        'auth_version': 1,
        'username': login.user,
        'password': login.password,
        'settle': 0.02,
        **others,
    }


def opened(given: dict[str, t.Any]) -> StorageModule:
    storage = StorageModule()
    storage.register(given)
    return storage


def put(storage: StorageModule, content: dict[str, t.Any], base: Meta | None) -> Meta:
    meta = account(content, base, '')
    storage.commit(content, meta, base)
    return meta


@pytest.fixture
def proxy(swift_server: Swift, fault_proxy: ProxyMaker) -> FaultProxy:
    return fault_proxy(swift_server.host, swift_server.port)


@pytest.fixture
def storage(swift_server: Swift, swift_container: str, proxy: FaultProxy) -> StorageModule:
    """A storage that reaches the server through the proxy."""
    return opened(options(swift_server, swift_container, auth_url=swift_server.auth_url(proxy), timeout=1))


@pytest.fixture
def direct(swift_server: Swift, swift_container: str) -> StorageModule:
    """The same region without the proxy."""
    return opened(options(swift_server, swift_container))


def grow(arguments: tuple[dict[str, t.Any], int]) -> list[tuple[int, str | None]]:
    """Add hosts one by one on top of whatever is stored; returns serial and parent of each acknowledged write."""
    given, process = arguments
    storage = opened(given)
    written = []
    for number in range(WRITES):
        while True:
            state = storage.read()
            hosts = state.inventory['_meta']['hostvars'] if state else {}
            content = inventory(*hosts, f'host-{process}-{number}')
            try:
                meta = put(storage, content, state.meta if state else None)
            except StateConflict:
                time.sleep(random.uniform(0, 0.05))
            else:
                written.append((meta.serial, meta.parent))
                break
    return written


def write_first(arguments: tuple[dict[str, t.Any], int]) -> bool:
    """Try to write the first state of a region; whether that succeeded."""
    given, process = arguments
    try:
        put(opened(given), inventory(f'host-{process}'), None)
    except StateConflict:
        return False
    return True


def take_lock(arguments: tuple[dict[str, t.Any], int]) -> bool:
    given, process = arguments
    try:
        opened(given).lock(LockInfo(f'id-{process}', 'me', 'test', 'here', 'now'), 0)
    except StorageLocked:
        return False
    return True


def in_processes(function: t.Callable[[t.Any], t.Any], given: dict[str, t.Any]) -> list[t.Any]:
    context = multiprocessing.get_context('fork')
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        return list(pool.map(function, [(given, process) for process in range(PROCESSES)]))


def test_eight_processes_that_write_at_once_lose_nothing(swift_server: Swift, swift_container: str) -> None:
    given = options(swift_server, swift_container, settle=SETTLE, timeout=30)
    written = [write for part in in_processes(grow, given) for write in part]
    state = opened(given).read()
    assert state is not None
    expected = {f'host-{process}-{number}' for process in range(PROCESSES) for number in range(WRITES)}
    assert set(state.inventory['_meta']['hostvars']) == expected
    assert sorted(serial for serial, _parent in written) == list(range(1, PROCESSES * WRITES + 1))
    assert len({parent for _serial, parent in written}) == PROCESSES * WRITES, 'two writes were accepted on one base'


@pytest.mark.parametrize('function', [write_first, take_lock])
def test_of_many_who_are_first_one_wins(
    swift_server: Swift, swift_container: str, function: t.Callable[[t.Any], bool]
) -> None:
    given = options(swift_server, swift_container, settle=SETTLE, timeout=30)
    assert sum(in_processes(function, given)) == 1


def test_nobody_builds_on_a_commit_before_it_has_settled(swift_server: Swift, swift_container: str) -> None:
    """Two claims may both be accepted, and the later one stands; whoever read the earlier one would be wrong."""
    storage = opened(options(swift_server, swift_container, settle=1.5))
    names, admin = Names.of('default', 'default'), swift_server.client()
    contents = [inventory('overtaken'), inventory('standing')]
    metas = [account(content, None, '') for content in contents]
    for content, meta in zip(contents, metas, strict=True):
        storage.options = dataclasses.replace(storage.options, settle=0)
        storage._put_content(names.payload(meta), b'')
        admin.put_object(swift_container, names.payload(meta), pack(content))
    first, second = (Commit(meta, len(pack(content)), 0) for content, meta in zip(contents, metas, strict=True))
    admin.put_object(swift_container, names.commit(1), first.as_bytes())

    def overtake() -> None:
        time.sleep(0.3)
        admin.put_object(swift_container, names.commit(1), second.as_bytes())

    thread = threading.Thread(target=overtake)
    thread.start()
    state = storage.read()
    thread.join()
    assert state is not None
    assert state.inventory == inventory('standing')


def test_a_claim_that_another_one_overtook_is_a_conflict(
    direct: StorageModule, swift_server: Swift, swift_container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, other = Names.of('default', 'default'), account(inventory('other'), None, '')
    claim = direct._objects.claim

    def overtaken(name: str, body: bytes) -> bool:
        done = claim(name, body)
        swift_server.client().put_object(swift_container, names.commit(1), Commit(other, 1, 0).as_bytes())
        return done

    monkeypatch.setattr(direct._objects, 'claim', overtaken)
    with pytest.raises(StateConflict, match='wrote serial 1'):
        put(direct, inventory('mine'), None)


def test_a_slow_claim_settles_longer(direct: StorageModule, monkeypatch: pytest.MonkeyPatch) -> None:
    claim, pauses = direct._objects.claim, []

    def slow(name: str, body: bytes) -> bool:
        time.sleep(0.1)
        return claim(name, body)

    monkeypatch.setattr(direct._objects, 'claim', slow)
    started = time.monotonic()
    put(direct, inventory('a'), None)
    pauses.append(time.monotonic() - started)
    assert pauses[0] > 0.3


def test_a_claim_on_a_serial_that_was_free_again_is_taken_back(
    direct: StorageModule, swift_server: Swift, swift_container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer stops between looking and claiming, as a suspended machine does; others write and prune meanwhile."""
    other = opened(options(swift_server, swift_container, keep=0))
    first = put(other, inventory('a'), None)
    claim = direct._objects.claim

    def after_a_long_time(name: str, body: bytes) -> bool:
        base = first
        for number in range(2):
            base = put(other, inventory(f'other{number}'), base)
        return claim(name, body)

    monkeypatch.setattr(direct._objects, 'claim', after_a_long_time)
    with pytest.raises(StateConflict, match='wrote serial 3'):
        put(direct, inventory('late'), first)
    assert other.load() == inventory('other1')
    assert [meta.serial for meta in other.history()] == [3]


def test_a_reader_never_sees_a_part_nor_an_older_state(direct: StorageModule) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:

        def write_all() -> None:
            base: Meta | None = None
            for number in range(6):
                base = put(direct, inventory(*(f'host{i}' for i in range(number))), base)

        writing = pool.submit(write_all)
        seen = 0
        while not writing.done():
            state = direct.read()
            if state:
                assert digest(state.inventory) == state.meta.sha256
                assert state.meta.serial >= seen
                seen = state.meta.serial
        writing.result()


def test_a_lost_answer_to_a_claim_is_settled_by_reading_back(
    storage: StorageModule, direct: StorageModule, proxy: FaultProxy
) -> None:
    storage.load()
    proxy.arm(b'if-none-match')
    put(storage, inventory('a'), None)
    assert proxy.dropped == 1
    assert direct.load() == inventory('a')


def test_a_claim_that_cannot_be_read_back_is_uncertain_and_may_be_stored(
    storage: StorageModule, direct: StorageModule, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.load()
    claim = storage._objects.claim

    def cut_off(name: str, body: bytes) -> bool:
        proxy.mode = 'drop_answer'
        return claim(name, body)

    monkeypatch.setattr(storage._objects, 'claim', cut_off)
    with pytest.raises(WriteUncertain):
        put(storage, inventory('a'), None)
    assert direct.load() == inventory('a')


def test_a_claim_that_never_arrived_is_uncertain(
    storage: StorageModule, direct: StorageModule, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.load()
    claim = storage._objects.claim

    def cut_off(name: str, body: bytes) -> bool:
        proxy.cut(up=100)
        return claim(name, body)

    monkeypatch.setattr(storage._objects, 'claim', cut_off)
    with pytest.raises(WriteUncertain):
        put(storage, inventory('a'), None)
    assert direct.load() is None


def test_a_content_whose_answer_is_lost_is_not_written(
    storage: StorageModule, direct: StorageModule, proxy: FaultProxy
) -> None:
    storage.load()
    proxy.arm(b'payload/')
    with pytest.raises(StorageUnreachable):
        put(storage, inventory('a'), None)
    assert direct.load() is None


def test_a_server_that_refuses_connections_is_unreachable(storage: StorageModule, proxy: FaultProxy) -> None:
    proxy.mode = 'refuse'
    for attempt in (storage.load, storage.history, lambda: put(storage, inventory('a'), None), storage.holder):
        with pytest.raises(StorageUnreachable):
            attempt()
    assert [finding.level for finding in storage.check()] == ['error']


def test_nothing_waits_for_ever_for_a_silent_server(storage: StorageModule, proxy: FaultProxy) -> None:
    storage.load()
    proxy.mode = 'blackhole'
    for attempt in (storage.load, lambda: put(storage, inventory('a'), None)):
        started = time.monotonic()
        with pytest.raises(StorageUnreachable, match='no answer within 1 seconds'):
            attempt()
        assert time.monotonic() - started < 3


def test_an_answer_that_breaks_off_is_unreachable_and_not_a_part_of_a_state(
    storage: StorageModule, direct: StorageModule, proxy: FaultProxy
) -> None:
    put(direct, inventory(*(f'host{random.random()}' for _number in range(20_000))), None)
    storage.holder()
    proxy.cut(down=50_000)
    with pytest.raises(StorageUnreachable):
        storage.load()
    assert storage.load() == direct.load()


def test_failing_servers_are_unreachable_and_never_an_empty_state(direct: StorageModule, swift_server: Swift) -> None:
    first = put(direct, inventory('a'), None)
    swift_server.object_server.kill()
    try:
        for attempt in (direct.load, lambda: direct.read(1), lambda: put(direct, inventory('b'), first)):
            with pytest.raises(StorageUnreachable, match='503'):
                attempt()
    finally:
        swift_server.launch()
    assert direct.load() == inventory('a')


def test_a_token_that_is_no_longer_accepted_is_replaced_once(
    direct: StorageModule, swift_server: Swift, swift_container: str
) -> None:
    first = put(direct, inventory('a'), None)
    object.__setattr__(direct._objects._session, 'token', 'AUTH_tkexpired')
    put(direct, inventory('b'), first)
    assert direct.load() == inventory('b')
    stranger = opened(options(swift_server, swift_container))
    stranger.load()
    session = stranger._objects._session
    assert session is not None
    object.__setattr__(session, 'token', 'AUTH_tkexpired')
    stranger._access = stranger._objects._access
    object.__setattr__(stranger._access.login, 'password', 'changed')
    with pytest.raises(StorageError) as caught:
        stranger.load()
    assert not isinstance(caught.value, TokenExpired)
