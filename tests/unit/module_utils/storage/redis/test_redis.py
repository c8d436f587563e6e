# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `redis` on a real server: states, history, damage, locks."""

from __future__ import annotations

import dataclasses
import json
import random
import re
import typing as t
import uuid
import zlib

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.canonical import digest_of_text
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    StateConflict,
    StateDamaged,
    StateLost,
    StateTooLarge,
    StateTooNew,
    StorageError,
    StorageLocked,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import FORMAT, LockInfo, Meta
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.metadata import account
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis import storage as redis_storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.scripts import Keys
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.storage import StorageModule
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis
from hypothesis import example, given
from hypothesis import strategies as st

EMPTY: dict[str, t.Any] = {'_meta': {'hostvars': {}}}


def inventory(*hosts: str, **variables: t.Any) -> dict[str, t.Any]:
    """An inventory with these hosts, all with these variables."""
    return {'_meta': {'hostvars': {host: dict(variables) for host in hosts}}, 'all_hosts': {'hosts': list(hosts)}}


class Region:
    """A region on the server, and how to open it."""

    def __init__(self, server: Redis, name: str) -> None:
        self.server = server
        self.name = name
        self.keys = Keys.of('default', name)
        self.admin = server.client()

    def open(self, **options: t.Any) -> StorageModule:
        """A storage object of its own, as the least privileged writer."""
        storage = StorageModule()
        storage.register({'url': self.server.socket_url(self.server.writer), 'region': self.name, **options})
        return storage

    def stored_keys(self) -> set[str]:
        """The names of all keys of the region."""
        keys = t.cast('list[bytes]', self.admin.keys('*'))
        return {key.decode() for key in keys if self.name.encode() in key}


@pytest.fixture
def region(redis_server: Redis, fresh_region: str) -> t.Iterator[Region]:
    found = Region(redis_server, fresh_region)
    yield found
    found.admin.delete(*found.stored_keys(), 'nothing')
    found.admin.close()


def put(storage: StorageModule, content: dict[str, t.Any], base: Meta | None, **source: t.Any) -> Meta:
    """Commit an inventory; returns its account."""
    meta = account(content, base, 'for a test')
    storage.commit(content, meta, base, source or None)
    return meta


def put_several(storage: StorageModule, count: int) -> list[Meta]:
    """Commit inventories with 1, 2, … hosts; returns their accounts, oldest first."""
    metas: list[Meta] = []
    for number in range(count):
        content = inventory(*(f'host{i}' for i in range(number + 1)))
        metas.append(put(storage, content, metas[-1] if metas else None))
    return metas


def test_a_region_that_was_never_stored_is_none_and_reading_it_leaves_nothing(region: Region) -> None:
    storage = region.open()
    assert storage.load() is None
    assert storage.read() is None
    assert storage.read(1) is None
    assert storage.history() == []
    assert storage.holder() is None
    assert region.stored_keys() == set()


@pytest.mark.parametrize(
    'content',
    [
        EMPTY,
        {'_meta': {'hostvars': {}}, 'empty': {'children': [], 'hosts': []}, 'all': {'vars': {}}},
        inventory('ünïcode-ホスト', **{'ключ': '€ \x00 \u2028 "quoted" \\', 'emoji': '\U0001f600'}),
        inventory('nested', deep=[{'a': [[], {}, None, True, 1.5, -0.0, 10**30, '']}]),
    ],
)
def test_what_is_written_is_read_back(region: Region, content: dict[str, t.Any]) -> None:
    meta = put(region.open(), content, None)
    state = region.open().read()
    assert state is not None
    assert json.dumps(state.inventory, sort_keys=True) == json.dumps(content, sort_keys=True)
    assert state.meta == meta
    assert state.source is None


def test_a_state_of_many_megabytes_is_read_back(region: Region) -> None:
    noise = random.Random(1)
    content = inventory(*(f'host{i}' for i in range(3000)), data=[noise.random() for _number in range(60)])
    put(region.open(), content, None)
    state = region.open().read()
    assert state is not None
    assert state.inventory == content


def test_the_three_methods_write_and_load(region: Region) -> None:
    storage = region.open()
    assert storage.load() is None
    storage.write(inventory('a'))
    storage.write(inventory('a', 'b'))
    assert region.open().load() == inventory('a', 'b')
    assert [meta.serial for meta in storage.history()] == [2, 1]


def test_loading_is_one_command_once_connected(region: Region) -> None:
    storage = region.open()
    storage.write(inventory('a'))
    before = region.admin.info('commandstats')
    storage.load()
    after = region.admin.info('commandstats')
    calls = {name: after[name]['calls'] - before.get(name, {'calls': 0})['calls'] for name in after}
    assert {name: count for name, count in calls.items() if count and name != 'cmdstat_info'} == {'cmdstat_hmget': 1}


def test_a_write_on_an_old_base_is_a_conflict_that_names_the_other_writer(region: Region) -> None:
    mine, other = region.open(), region.open()
    first = put(mine, inventory('a'), None)
    second = put(other, inventory('a', 'b'), first)
    with pytest.raises(StateConflict, match=f'{re.escape(second.writer)} wrote serial 2 at {second.written_at}'):
        put(mine, inventory('a', 'c'), first)
    assert region.open().load() == inventory('a', 'b')


def test_a_first_write_on_a_region_with_a_state_is_a_conflict(region: Region) -> None:
    put(region.open(), inventory('a'), None)
    with pytest.raises(StateConflict, match='wrote serial 1'):
        put(region.open(), inventory('b'), None)


def test_a_write_on_a_base_that_was_removed_is_a_conflict(region: Region) -> None:
    first = put(region.open(), inventory('a'), None)
    region.admin.delete(region.keys.head)
    with pytest.raises(StateConflict, match='was removed'):
        put(region.open(), inventory('a', 'b'), first)
    assert region.open().load() is None


def test_the_same_write_again_is_stored_once(region: Region) -> None:
    storage = region.open()
    first = put(storage, inventory('a'), None)
    storage.commit(inventory('a'), first, None)
    second = put(storage, inventory('b'), first)
    storage.commit(inventory('a'), first, None)
    assert storage.history() == [second, first]
    assert storage.load() == inventory('b')


def test_older_states_are_kept_with_their_source_and_read_by_serial(region: Region) -> None:
    storage = region.open()
    first = put(storage, inventory('a'), None, config='first')
    second = put(storage, inventory('b'), first)
    put(storage, inventory('c'), second, config='third')
    states = [storage.read(serial) for serial in (1, 2, 3)]
    assert [state and state.inventory for state in states] == [inventory('a'), inventory('b'), inventory('c')]
    assert [state and state.source for state in states] == [{'config': 'first'}, None, {'config': 'third'}]
    assert storage.read(4) is None


def test_no_more_older_states_than_asked_for_are_kept(region: Region) -> None:
    storage = region.open(keep=2)
    metas = put_several(storage, 5)
    assert storage.history() == [metas[4], metas[3], metas[2]]
    assert storage.read(2) is None
    assert {field[:2] for field in region.admin.hkeys(region.keys.older)} == {b'3:', b'4:'}
    put(region.open(keep=0), inventory('last'), metas[4])
    assert [meta.serial for meta in storage.history()] == [6]


def test_pruning_drops_the_oldest_and_never_the_newest(region: Region) -> None:
    storage = region.open()
    metas = put_several(storage, 5)
    assert storage.prune(3) == [metas[0]]
    assert storage.prune(0) == [metas[3], metas[2], metas[1]]
    assert storage.prune(0) == []
    assert storage.history() == [metas[4]]
    assert region.stored_keys() == {region.keys.head}


def test_when_the_newest_state_is_removed_the_region_is_lost_until_an_older_one_is_restored(region: Region) -> None:
    storage = region.open()
    metas = put_several(storage, 3)
    region.admin.delete(region.keys.head)
    with pytest.raises(StateLost, match='older ones are there'):
        storage.load()
    with pytest.raises(StateConflict):
        put(storage, inventory('new'), None)
    newest, *_older = storage.history()
    assert newest == metas[1]
    older = storage.read(1)
    assert older is not None
    restored = put(storage, older.inventory, newest)
    assert storage.load() == older.inventory
    assert storage.history() == [restored, metas[1], metas[0]]


def damage_payload(region: Region) -> None:
    payload = t.cast('bytes', region.admin.hget(region.keys.head, 'payload'))
    region.admin.hset(region.keys.head, 'payload', payload[:-5])


def other_payload(region: Region) -> None:
    region.admin.hset(region.keys.head, 'payload', zlib.compress(b'{}'))


def no_payload(region: Region) -> None:
    region.admin.hdel(region.keys.head, 'payload')


def damage_meta(region: Region) -> None:
    region.admin.hset(region.keys.head, 'meta', b'{"format": 1, "serial"')


def incomplete_meta(region: Region) -> None:
    region.admin.hset(region.keys.head, 'meta', b'{"format": 1, "serial": 1}')


def list_meta(region: Region) -> None:
    region.admin.hset(region.keys.head, 'meta', b'[]')


def other_type(region: Region) -> None:
    region.admin.delete(region.keys.head)
    region.admin.set(region.keys.head, 'something else')


@pytest.mark.parametrize(
    'damage', [damage_payload, other_payload, no_payload, damage_meta, incomplete_meta, list_meta, other_type]
)
def test_a_damaged_state_is_said_to_be_damaged(region: Region, damage: t.Callable[[Region], None]) -> None:
    storage = region.open()
    storage.write(inventory('a'))
    damage(region)
    with pytest.raises(StateDamaged):
        storage.load()
    assert [finding.level for finding in storage.check()].count('error') == 1


@pytest.mark.parametrize('damage', [other_payload, damage_meta])
def test_a_damaged_state_is_replaced_by_a_restored_one(region: Region, damage: t.Callable[[Region], None]) -> None:
    storage = region.open()
    metas = put_several(storage, 3)
    damage(region)
    older = storage.read(1)
    assert older is not None
    base = storage.recover()
    assert base == (metas[2] if damage is other_payload else metas[1])
    put(storage, older.inventory, base)
    assert storage.load() == older.inventory


@pytest.mark.parametrize(
    'planted', [{'serial': '1'}, {'serial': True}, {'serial': -1}, {'writer': None}, {'counts': []}, {'parent': 7}]
)
def test_an_account_with_values_of_other_kinds_is_damaged(region: Region, planted: dict[str, t.Any]) -> None:
    storage = region.open()
    meta = put(storage, inventory('a'), None)
    region.admin.hset(region.keys.head, 'meta', json.dumps({**dataclasses.asdict(meta), **planted}))
    with pytest.raises(StateDamaged):
        storage.load()


@pytest.mark.parametrize('text', ['[]', '{"_meta": NaN}', '"text"'])
def test_an_inventory_of_another_kind_is_damaged_although_its_digest_fits(region: Region, text: str) -> None:
    storage = region.open()
    meta = dataclasses.replace(put(storage, inventory('a'), None), sha256=digest_of_text(text))
    region.admin.hset(region.keys.head, 'meta', json.dumps(dataclasses.asdict(meta)))
    region.admin.hset(region.keys.head, 'payload', zlib.compress(text.encode()))
    with pytest.raises(StateDamaged):
        storage.load()


def test_a_state_in_a_later_format_is_too_new(region: Region) -> None:
    storage = region.open()
    meta = put(storage, inventory('a'), None)
    text = json.dumps({**dataclasses.asdict(meta), 'format': FORMAT + 1, 'lineage': {'shape': 'unknown'}})
    region.admin.hset(region.keys.head, 'meta', text)
    with pytest.raises(StateTooNew, match=f'format {FORMAT + 1}'):
        storage.load()


def test_a_state_larger_than_redis_takes_is_not_sent(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_storage, 'LARGEST', 50)
    with pytest.raises(StateTooLarge, match='at most 50'):
        region.open().write(inventory('a', 'b', noise=str(uuid.uuid4())))
    assert region.stored_keys() == set()


def test_a_server_without_memory_left_keeps_what_it_has(redis_server: Redis) -> None:
    noise = random.Random(1)
    with redis_server.variant(maxmemory='3mb', maxmemory_policy='noeviction') as small:
        region = Region(small, 'small')
        storage = region.open()
        last: Meta | None = None
        with pytest.raises(StateTooLarge, match='no memory left'):
            for _number in range(20):
                last = put(storage, inventory('a', noise=noise.randbytes(300_000).hex()), last)
        assert last is not None
        state = storage.read()
        assert state is not None
        assert state.meta == last


NAMES = st.text(alphabet='abAB{}:/%.-é\u0301ホ ~*', max_size=6)


@given(NAMES, NAMES, NAMES, NAMES)
@example('a', 'b/c', 'a/b', 'c')
@example('a}', 'b', 'a', '}b')
@example('a', 'b}:head', 'a', 'b')
@example('é', 'x', 'e\u0301', 'x')
@example('%2F', 'x', '/', 'x')
def test_no_two_regions_share_a_key_whatever_their_names(tenant: str, region: str, tenant2: str, region2: str) -> None:
    def names(keys: Keys) -> set[str]:
        return {keys.head, keys.lock, keys.older}

    one, two = Keys.of(tenant, region), Keys.of(tenant2, region2)
    assert names(one).isdisjoint(names(two)) == ((tenant, region) != (tenant2, region2))
    assert {re.search('{(.+?)}', name)[1] for name in names(one)} == {one.prefix[5:-2]}  # type: ignore[index]


def test_regions_and_tenants_with_similar_names_are_kept_apart(region: Region) -> None:
    options = [
        {'tenant': tenant, 'region': f'{name}{region.name}'}
        for tenant in ('a', 'A', 'a-b', 'default')
        for name in ('x', 'X', 'x-', 'x.')
    ]
    for number, option in enumerate(options):
        region.open(**option).write(inventory(f'host{number}'))
    for number, option in enumerate(options):
        assert region.open(**option).load() == inventory(f'host{number}')


def lock_info(owner: str = 'alice@deploy') -> LockInfo:
    """A lock with an id of its own."""
    return LockInfo(str(uuid.uuid4()), owner, 'osa-inventory remove', 'deploy', '2024-01-01T00:00:00Z')


def test_a_lock_is_exclusive_names_its_owner_and_is_broken_by_id(region: Region) -> None:
    storage = region.open()
    mine, other = lock_info(), lock_info('bob@elsewhere')
    storage.lock(mine, 0)
    storage.lock(mine, 0)
    assert region.open().holder() == mine
    with pytest.raises(StorageLocked, match='locked by alice@deploy') as caught:
        region.open().lock(other, 0.3)
    assert mine.id in (caught.value.help_text or '')
    with pytest.raises(StorageLocked):
        storage.break_lock(other.id)
    region.open().break_lock(mine.id)
    assert storage.holder() is None
    storage.break_lock(mine.id)
    region.open().lock(other, 0)


def test_a_lock_does_not_hinder_reading_and_lasts_until_it_is_broken(region: Region) -> None:
    storage = region.open()
    storage.write(inventory('a'))
    storage.lock(lock_info(), 0)
    assert region.open().load() == inventory('a')
    assert region.admin.ttl(region.keys.lock) == -1


def test_a_damaged_lock_is_said_to_be_damaged(region: Region) -> None:
    region.admin.set(region.keys.lock, 'not a lock')
    with pytest.raises(StateDamaged, match='lock'):
        region.open().holder()


def test_the_check_is_all_well_on_a_sound_server(region: Region) -> None:
    storage = region.open()
    storage.write(inventory('a'))
    keys = region.stored_keys()
    findings = storage.check()
    assert [finding for finding in findings if finding.level != 'ok'] == []
    assert 'holds serial 1' in findings[-1].what
    assert region.stored_keys() == keys


def test_every_refusal_is_an_error_of_the_contract(region: Region) -> None:
    region.admin.set(region.keys.older, 'something else')
    storage = region.open()
    for attempt in (storage.history, lambda: storage.prune(1), lambda: storage.read(7), storage.load):
        with pytest.raises(StorageError):
            attempt()
