# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `swift` on a real server: states, history, damage, locks."""

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
    StorageLocked,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import FORMAT, LockInfo, Meta
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.metadata import account
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift import objects
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift.commits import Commit, Names
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift.storage import StorageModule
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift
from hypothesis import example, given
from hypothesis import strategies as st


def inventory(*hosts: str, **variables: t.Any) -> dict[str, t.Any]:
    """An inventory with these hosts, all with these variables."""
    return {'_meta': {'hostvars': {host: dict(variables) for host in hosts}}, 'all_hosts': {'hosts': list(hosts)}}


class Container:
    """A container of its own, and how to open it."""

    def __init__(self, server: Swift, name: str) -> None:
        self.server = server
        self.name = name
        self.names = Names.of('default', 'default')
        self.admin = server.client()

    def open(self, **options: t.Any) -> StorageModule:
        """A storage object of its own, as the least privileged writer; alone, so hardly anything needs to settle."""
        login = self.server.writer
        storage = StorageModule()
        storage.register(
            {
                'container': self.name,
                'auth_url': self.server.auth_url(),
                'auth_version': 1,
                'username': login.user,
                'password': login.password,
                'settle': 0.02,
                **options,
            }
        )
        return storage

    def objects(self) -> set[str]:
        """The names of all objects."""
        return {entry['name'] for entry in self.admin.get_container(self.name)[1]}

    def content(self, name: str) -> bytes:
        """The content of an object."""
        return t.cast('bytes', self.admin.get_object(self.name, name)[1])

    def replace(self, name: str, content: bytes) -> None:
        """Put another object in the place of one."""
        self.admin.put_object(self.name, name, content)

    def delete(self, name: str) -> None:
        """Take an object away."""
        self.admin.delete_object(self.name, name)


@pytest.fixture
def container(swift_server: Swift, swift_container: str) -> Container:
    return Container(swift_server, swift_container)


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


def test_a_region_that_was_never_stored_is_none_and_reading_it_leaves_nothing(container: Container) -> None:
    storage = container.open()
    assert storage.load() is None
    assert storage.read() is None
    assert storage.read(1) is None
    assert storage.history() == []
    assert storage.prune(0) == []
    assert storage.holder() is None
    assert container.objects() == set()


@pytest.mark.parametrize(
    'content',
    [
        {'_meta': {'hostvars': {}}},
        {'_meta': {'hostvars': {}}, 'empty': {'children': [], 'hosts': []}, 'all': {'vars': {}}},
        inventory('ünïcode-ホスト', **{'ключ': '€ \x00 \u2028 "quoted" \\', 'emoji': '\U0001f600'}),
        inventory('nested', deep=[{'a': [[], {}, None, True, 1.5, -0.0, 10**30, '']}]),
    ],
)
def test_what_is_written_is_read_back(container: Container, content: dict[str, t.Any]) -> None:
    meta = put(container.open(), content, None)
    state = container.open().read()
    assert state is not None
    assert json.dumps(state.inventory, sort_keys=True) == json.dumps(content, sort_keys=True)
    assert state.meta == meta
    assert state.source is None


def test_a_state_of_many_megabytes_is_read_back(container: Container) -> None:
    noise = random.Random(1)
    content = inventory(*(f'host{i}' for i in range(3000)), data=[noise.random() for _number in range(60)])
    put(container.open(), content, None)
    state = container.open().read()
    assert state is not None
    assert state.inventory == content


def test_the_three_methods_write_and_load(container: Container) -> None:
    storage = container.open()
    assert storage.load() is None
    storage.write(inventory('a'))
    storage.write(inventory('a', 'b'))
    assert container.open().load() == inventory('a', 'b')
    assert [meta.serial for meta in storage.history()] == [2, 1]


def test_loading_is_four_requests_once_logged_in(container: Container, caplog: pytest.LogCaptureFixture) -> None:
    storage = container.open()
    storage.write(inventory('a'))
    with caplog.at_level('DEBUG', logger='swiftclient'):
        storage.load()
    requests = [record.getMessage() for record in caplog.records if record.getMessage().startswith('REQ')]
    assert len(requests) == 4, requests


def test_a_write_on_an_old_base_is_a_conflict_that_names_the_other_writer(container: Container) -> None:
    mine, other = container.open(), container.open()
    first = put(mine, inventory('a'), None)
    second = put(other, inventory('a', 'b'), first)
    objects = container.objects()
    with pytest.raises(StateConflict, match=f'{re.escape(second.writer)} wrote serial 2 at {second.written_at}'):
        put(mine, inventory('a', 'c'), first)
    assert container.open().load() == inventory('a', 'b')
    assert container.objects() == objects


def test_a_first_write_on_a_region_with_a_state_is_a_conflict_whatever_its_serial(container: Container) -> None:
    metas = put_several(container.open(keep=0), 3)
    assert container.objects() == {container.names.commit(3), container.names.payload(metas[2])}
    with pytest.raises(StateConflict, match='wrote serial 3'):
        put(container.open(), inventory('b'), None)


def test_a_write_on_a_base_that_was_removed_is_a_conflict(container: Container) -> None:
    first = put(container.open(), inventory('a'), None)
    container.delete(container.names.commit(1))
    with pytest.raises(StateConflict, match='was removed'):
        put(container.open(), inventory('a', 'b'), first)
    assert container.open().load() is None


def test_the_same_write_again_is_stored_once(container: Container) -> None:
    storage = container.open()
    first = put(storage, inventory('a'), None)
    storage.commit(inventory('a'), first, None)
    second = put(storage, inventory('b'), first)
    storage.commit(inventory('a'), first, None)
    assert storage.history() == [second, first]
    assert storage.load() == inventory('b')
    older = storage.read(1)
    assert older is not None


def test_older_states_are_kept_with_their_source_and_read_by_serial(container: Container) -> None:
    storage = container.open()
    first = put(storage, inventory('a'), None, config='first')
    second = put(storage, inventory('b'), first)
    put(storage, inventory('c'), second, config='third')
    states = [storage.read(serial) for serial in (1, 2, 3)]
    assert [state and state.inventory for state in states] == [inventory('a'), inventory('b'), inventory('c')]
    assert [state and state.source for state in states] == [{'config': 'first'}, None, {'config': 'third'}]
    assert storage.read(4) is None


def test_no_more_older_states_than_asked_for_are_kept(container: Container) -> None:
    storage = container.open(keep=2)
    metas = put_several(storage, 5)
    assert storage.history() == [metas[4], metas[3], metas[2]]
    assert storage.read(2) is None
    assert {name for name in container.objects() if 'payload' in name} == {
        container.names.payload(meta) for meta in metas[2:]
    }


def test_pruning_drops_the_oldest_and_never_the_newest_and_what_nobody_names(container: Container) -> None:
    storage = container.open()
    metas = put_several(storage, 5)
    orphan = container.names.payload(dataclasses.replace(metas[1], write_id=str(uuid.uuid4())))
    container.replace(orphan, b'')
    assert storage.prune(3) == [metas[0]]
    assert orphan in container.objects()
    assert storage.prune(1) == [metas[2], metas[1]]
    assert orphan not in container.objects()
    assert storage.prune(0) == [metas[3]]
    assert storage.prune(0) == []
    assert storage.history() == [metas[4]]
    assert container.objects() == {container.names.commit(5), container.names.payload(metas[4])}


def test_a_listing_that_lags_does_not_hide_newer_states(container: Container) -> None:
    """What is written while the container server is away never appears in the listing."""
    metas = put_several(container.open(), 1)
    reader = container.open()
    reader.load()
    prepared = account(inventory('a', 'b'), metas[0], '')
    content = zlib.compress(json.dumps(inventory('a', 'b'), sort_keys=True, separators=(',', ':')).encode())
    container.server.container_server.kill()
    try:
        container.replace(container.names.payload(prepared), content)
        container.replace(container.names.commit(2), Commit(prepared, len(content), 0).as_bytes())
    finally:
        container.server.launch()
    assert container.names.commit(2) not in container.objects()
    state = reader.read()
    assert state is not None
    assert state.meta == prepared
    assert reader.history() == [prepared, metas[0]]
    third = put(reader, inventory('c'), prepared)
    assert [meta.serial for meta in container.open().history()] == [3, 1]
    assert third.serial == 3


def content_removed(container: Container, meta: Meta) -> None:
    container.delete(container.names.payload(meta))


def commit_gone_but_listed(container: Container, meta: Meta) -> None:
    container.server.container_server.kill()
    try:
        container.delete(container.names.commit(meta.serial))
    finally:
        container.server.launch()


@pytest.mark.parametrize('loss', [content_removed, commit_gone_but_listed])
def test_a_newest_state_of_which_a_part_was_removed_is_lost_until_an_older_one_is_restored(
    container: Container, loss: t.Callable[[Container, Meta], None]
) -> None:
    storage = container.open()
    metas = put_several(storage, 3)
    loss(container, metas[2])
    with pytest.raises(StateLost, match='serial 3'):
        storage.load()
    with pytest.raises(StateConflict):
        put(storage, inventory('new'), None)
    base = storage.recover()
    assert base == (metas[2] if loss is content_removed else metas[1])
    older = storage.read(1)
    assert older is not None
    restored = put(storage, older.inventory, base)
    assert storage.load() == older.inventory
    assert storage.history()[0] == restored


def truncated(container: Container, meta: Meta) -> None:
    name = container.names.payload(meta)
    container.replace(name, container.content(name)[:-5])


def other_content(container: Container, meta: Meta) -> None:
    name, content = container.names.payload(meta), zlib.compress(b'{}')
    container.replace(name, content)
    container.replace(container.names.commit(meta.serial), Commit(meta, len(content), 0).as_bytes())


def no_content(container: Container, meta: Meta) -> None:
    container.replace(container.names.payload(meta), b'')


def damaged_commit(container: Container, meta: Meta) -> None:
    container.replace(container.names.commit(meta.serial), b'{"format": 1, "serial"')


def empty_commit(container: Container, meta: Meta) -> None:
    container.replace(container.names.commit(meta.serial), b'')


def half_commit(container: Container, meta: Meta) -> None:
    name = container.names.commit(meta.serial)
    container.replace(name, container.content(name).partition(b'\n')[0])


def commit_of_another_serial(container: Container, meta: Meta) -> None:
    container.replace(container.names.commit(meta.serial), Commit(dataclasses.replace(meta, serial=7), 1, 0).as_bytes())


COMMIT_DAMAGES = [damaged_commit, empty_commit, half_commit, commit_of_another_serial]


@pytest.mark.parametrize('damage', [truncated, other_content, no_content, *COMMIT_DAMAGES])
def test_a_damaged_state_is_said_to_be_damaged_and_replaced_by_a_restored_one(
    container: Container, damage: t.Callable[[Container, Meta], None]
) -> None:
    storage = container.open()
    metas = put_several(storage, 2)
    damage(container, metas[1])
    with pytest.raises(StateDamaged):
        storage.load()
    assert [finding.level for finding in storage.check()].count('error') == 1
    older = storage.read(1)
    assert older is not None
    base = storage.recover()
    assert base == (metas[0] if damage in COMMIT_DAMAGES else metas[1])
    put(storage, older.inventory, base)
    assert storage.load() == older.inventory


def test_no_more_of_an_object_is_read_than_a_run_writes(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = container.open()
    meta = put(storage, inventory('a'), None)
    monkeypatch.setattr(objects, 'LARGEST_OBJECT', 4096)
    container.replace(container.names.payload(meta), b'x' * 4097)
    with pytest.raises(StateTooLarge, match='has more than 0 MiB'):
        storage.load()
    container.replace(container.names.payload(meta), b'x' * 4096)
    with pytest.raises(StateDamaged):
        storage.load()


def test_a_state_in_a_later_format_is_too_new(container: Container) -> None:
    storage = container.open()
    meta = put(storage, inventory('a'), None)
    text = json.dumps({**dataclasses.asdict(meta), 'format': FORMAT + 1, 'lineage': {'shape': 'unknown'}})
    container.replace(container.names.commit(1), text.encode())
    with pytest.raises(StateTooNew, match=f'format {FORMAT + 1}'):
        storage.load()


@pytest.mark.parametrize('text', ['[]', '{"_meta": NaN}'])
def test_an_inventory_of_another_kind_is_damaged_although_its_digest_fits(container: Container, text: str) -> None:
    storage = container.open()
    meta = dataclasses.replace(put(storage, inventory('a'), None), sha256=digest_of_text(text))
    content = zlib.compress(text.encode())
    container.replace(container.names.payload(meta), content)
    container.replace(container.names.commit(1), Commit(meta, len(content), 0).as_bytes())
    with pytest.raises(StateDamaged):
        storage.load()


NAMES = st.text(alphabet='abAB{}:/%.-é\u0301ホ ~*', max_size=6)


@given(NAMES, NAMES, NAMES, NAMES)
@example('a', 'b/c', 'a/b', 'c')
@example('a', 'b/commit', 'a', 'b')
@example('é', 'x', 'e\u0301', 'x')
@example('%2F', 'x', '/', 'x')
def test_no_region_s_objects_are_among_another_s_whatever_their_names(
    tenant: str, region: str, tenant2: str, region2: str
) -> None:
    one, two = Names.of(tenant, region), Names.of(tenant2, region2)
    assert one.lock.startswith(two.prefix) == ((tenant, region) == (tenant2, region2))


def test_regions_and_tenants_with_similar_names_are_kept_apart(container: Container) -> None:
    options = [{'tenant': tenant, 'region': region} for tenant in ('a', 'A', 'a-b') for region in ('x', 'x-', 'x.')]
    for number, option in enumerate(options):
        container.open(**option).write(inventory(f'host{number}'))
    for number, option in enumerate(options):
        assert container.open(**option).load() == inventory(f'host{number}')


def lock_info(owner: str = 'alice@deploy') -> LockInfo:
    """A lock with an id of its own."""
    return LockInfo(str(uuid.uuid4()), owner, 'osa-inventory remove', 'deploy', '2024-01-01T00:00:00Z')


def test_a_lock_is_exclusive_names_its_owner_and_is_broken_by_id(container: Container) -> None:
    storage = container.open()
    mine, other = lock_info(), lock_info('bob@elsewhere')
    storage.lock(mine, 0)
    storage.lock(mine, 0)
    assert container.open().holder() == mine
    with pytest.raises(StorageLocked, match='locked by alice@deploy') as caught:
        container.open().lock(other, 0.3)
    assert mine.id in (caught.value.help_text or '')
    with pytest.raises(StorageLocked):
        storage.break_lock(other.id)
    container.open().break_lock(mine.id)
    assert storage.holder() is None
    storage.break_lock(mine.id)
    container.open().lock(other, 0)


def test_a_damaged_lock_is_said_to_be_damaged(container: Container) -> None:
    container.replace(container.names.lock, b'not a lock')
    with pytest.raises(StateDamaged, match='lock'):
        container.open().holder()


def test_the_check_says_how_far_it_can_be_trusted(container: Container) -> None:
    storage = container.open(settle=2)
    put_several(container.open(), 2)
    objects = container.objects()
    findings = storage.check()
    assert [finding for finding in findings if finding.level != 'ok'] == []
    text = ' '.join(finding.what for finding in findings)
    assert 'holds serial 2' in text
    assert 'not linearizable' in text
    assert container.objects() == objects
    assert [finding.level for finding in container.open().check()].count('warning') == 1


def test_the_check_finds_a_state_that_was_not_made_from_the_one_before(container: Container) -> None:
    storage = container.open()
    metas = put_several(storage, 2)
    content = container.content(container.names.payload(metas[0]))
    stranger = dataclasses.replace(metas[0], sha256=digest_of_text('{}'))
    container.replace(container.names.commit(1), Commit(stranger, len(content), 0).as_bytes())
    assert [finding.what for finding in storage.check() if finding.level == 'error'] == [
        'Serial 2 was not made from the serial 1 that is kept.'
    ]
