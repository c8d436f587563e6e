# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option `encrypt`, on every storage: nothing of a value can be read without a password."""

from __future__ import annotations

import dataclasses
import itertools
import os
import pathlib
import shutil
import signal
import typing as t

import pytest
import sqlalchemy
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    StateDamaged,
    StateSealed,
    StorageRefused,
)
from ansible_collections.osa.inventory.plugins.module_utils.management.migration import migrate
from ansible_collections.osa.inventory.plugins.module_utils.management.rekeying import rekey
from ansible_collections.osa.inventory.plugins.module_utils.storage.accounts import digest
from ansible_collections.osa.inventory.plugins.module_utils.storage.base import State
from ansible_collections.osa.inventory.plugins.module_utils.storage.laws import check_stored
from ansible_collections.osa.inventory.plugins.module_utils.storage.outline import outline
from ansible_collections.osa.inventory.plugins.module_utils.storage.resolve import open_storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.sealed import Sealed
from ansible_collections.osa.inventory.plugins.module_utils.storage.sealing import SEALED
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql_parts.delta import VALUES
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql_parts.schema import tables
from ansible_collections.osa.inventory.plugins.module_utils.storage.store import Store
from ansible_collections.osa.inventory.plugins.plugin_utils.vault import VaultSeal
from ansible_collections.osa.inventory.tests.unit.storage.sql_fixtures import SHARED
from ansible_collections.osa.inventory.tests.unit.storage.sql_samples import (
    Site,
    fresh,
    opened,
    relations_differ,
    sqlite_url,
)
from sealed_samples import (
    NEW,
    OLD,
    OTHER,
    Place,
    cloud,
    file_place,
    minimal_place,
    redis_place,
    sql_place,
    swift_place,
)
from storage_samples import file_storage, file_store, giving, leftovers
from test_file_faults import at_step, in_child

pytest_plugins = ['sql_fixtures']

ACCOUNTED = ('file', 'sqlite', 'redis')
PLACES = (*ACCOUNTED, 'minimal')
SERVERS = ('postgresql', 'mariadb', 'swift')
"""Those that take longer: for the tests that say most."""


def place_of(kind: str, directory: pathlib.Path, request: pytest.FixtureRequest) -> Place:
    if kind in ('file', 'minimal'):
        return {'file': file_place, 'minimal': minimal_place}[kind](directory)
    if kind == 'redis':
        return redis_place(directory, request.getfixturevalue('redis_server'), request.getfixturevalue('fresh_region'))
    if kind == 'swift':
        container = request.getfixturevalue('swift_container')
        return swift_place(directory, request.getfixturevalue('swift_server'), container)
    return sql_place(directory, fresh(request.getfixturevalue(SHARED[kind])))


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Place:
    return place_of(request.param, tmp_path, request)


@pytest.fixture(params=(*PLACES, *SERVERS))
def every_place(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Place:
    return place_of(request.param, tmp_path, request)


@pytest.fixture(params=ACCOUNTED)
def accounted(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Place:
    return place_of(request.param, tmp_path, request)


@pytest.fixture
def kept(tmp_path: pathlib.Path) -> Place:
    """The storage `file`, for what does not depend on the storage."""
    return file_place(tmp_path)


def write(place: Place, *numbers: int, **options: t.Any) -> None:
    for number in numbers:
        place.store(OLD, **options).update(giving(cloud(number)), source={'written': cloud(number)})


def assert_sound(store: Store) -> None:
    """That `check` finds nothing wrong but that servers for tests do not wait for the disk."""
    assert not [one.what for one in store.check() if one.level == 'error' and 'power cut' not in one.what]


def test_a_sealed_state_is_read_with_its_password_and_nothing_of_a_value_without(every_place: Place) -> None:
    write(every_place, 1, 2, keep_input=True)
    assert 'hunter2' not in every_place.found()
    assert '$ANSIBLE_VAULT;1.2;AES256;old' in every_place.found()
    state = every_place.store(NEW, OLD).load()
    assert state and state.inventory == cloud(2)
    assert state.meta.sha256 == digest(cloud(2))
    store = every_place.store(OLD)
    store.update(giving(cloud(2)))
    assert not store.written


def test_digests_of_what_is_sealed_are_not_kept_in_the_clear(accounted: Place) -> None:
    for number in (1, 2):
        accounted.store(OLD).update(giving(cloud(number)), deployment_digest='1nput')
    found = accounted.found()
    assert not any(secret in found for secret in (digest(cloud(1)), digest(cloud(2)), '1nput'))
    state = accounted.open(OLD).read()
    assert state and (state.meta.parent, state.meta.input_digest) == (digest(cloud(1)), '1nput')


@pytest.mark.parametrize(
    ('secrets', 'encrypt', 'words'),
    [
        ((), True, ["vault id 'old'", 'this run has no vault secret']),
        ((NEW, OTHER), True, ["vault id 'old'", "vault ids: 'new', 'other'"]),
        ((OLD,), False, ["vault id 'old'", "option 'encrypt' of the storage is not set"]),
    ],
    ids=['none', 'wrong', 'not asked for'],
)
def test_a_sealed_state_without_its_password_is_one_clear_error(
    place: Place, secrets: tuple[t.Any, ...], encrypt: bool, words: list[str]
) -> None:
    write(place, 1)
    before = place.found()
    for action in (
        lambda: place.store(*secrets, encrypt=encrypt).load(),
        lambda: place.store(*secrets, encrypt=encrypt).update(giving(cloud(3))),
    ):
        with pytest.raises(StateSealed) as caught:
            action()
        assert all(word in caught.value.message for word in words), caught.value.message
        assert caught.value.help_text
        assert isinstance(caught.value, StorageRefused) and not isinstance(caught.value, StateDamaged)
    assert place.found() == before


def test_nothing_is_written_plainly_when_there_is_no_secret_to_seal_with(place: Place) -> None:
    with pytest.raises(StorageRefused, match='cannot be sealed'):
        place.store().update(giving(cloud(1)))
    assert 'hunter2' not in place.found()
    with pytest.raises(StateSealed, match='nothing to seal states with'):
        open_storage({**place.setting, 'encrypt': True}, region=place.region, config_dir=str(place.directory))


def test_plain_states_are_read_and_sealed_from_the_next_write_on(place: Place) -> None:
    write(place, 1, encrypt=False)
    store = place.store(OLD)
    state = store.load()
    assert state and state.inventory == cloud(1)
    store.update(giving(cloud(1)))
    assert not store.written
    assert [found.level for found in store.check()].count('warning') >= 1
    store.update(giving(cloud(2)))
    state = place.store(OLD).load()
    assert state and state.inventory == cloud(2) and state.meta.parent in (digest(cloud(1)), None)
    assert 'hunter2-2' not in place.found()


def test_rekeying_seals_what_is_kept_and_gives_it_another_key(every_place: Place) -> None:
    write(every_place, 1, 2, 3, encrypt=False, keep_input=True)
    storage = every_place.open(OLD, keep_input=True)
    done = rekey(storage)
    assert len(done.changed) == done.kept == len(storage.history())
    assert 'hunter2' not in every_place.found()
    assert not rekey(storage).changed
    assert every_place.found().count(';old') >= done.kept

    with pytest.raises(StateSealed):
        rekey(every_place.open(NEW))
    assert len(rekey(every_place.open(NEW, OLD)).changed) == done.kept
    assert ';old' not in every_place.found()
    for storage in (every_place.open(NEW), every_place.open(OTHER, NEW)):
        assert [storage.read(meta.serial).inventory for meta in storage.history()] == [
            cloud(number) for number in (3, 2, 1)[: done.kept]
        ]
    if done.kept > 1:
        assert every_place.open(NEW).read().source == {'written': cloud(3)}
    assert_sound(every_place.store(NEW))


def test_unsealing_is_the_same_command_with_the_option_off(place: Place) -> None:
    write(place, 1, 2, keep_input=True)
    rekey(place.unsealing(OLD))
    assert 'ANSIBLE_VAULT' not in place.found()
    plain = place.open(encrypt=False)
    assert not isinstance(plain, Sealed)
    state = place.store(encrypt=False).load()
    assert state and state.inventory == cloud(2)
    place.store(encrypt=False).update(giving(cloud(3)))
    assert_sound(place.store(encrypt=False))


def test_a_change_of_the_key_can_be_interrupted_at_any_state(accounted: Place) -> None:
    write(accounted, 1, 2, 3)
    storage = accounted.open(NEW, OLD)
    for done in range(3):
        steps = itertools.count()

        def interrupt(_phase: str, _number: int, _total: int, steps: t.Any = steps, done: int = done) -> None:
            if next(steps) == done:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rekey(storage, progress=interrupt)
        states = [storage.read(meta.serial) for meta in storage.history()]
        assert [state.inventory for state in states] == [cloud(3), cloud(2), cloud(1)]
    rekey(storage)
    assert ';old' not in accounted.found()
    metas = accounted.open(NEW).history()
    assert [newer.parent for newer in metas[:-1]] == [older.sha256 for older in metas[1:]]
    accounted.store(NEW).update(giving(cloud(1)))


def test_history_diff_and_restore_work_on_sealed_states(accounted: Place) -> None:
    write(accounted, 1, 2, keep_input=True)
    store = accounted.store(OLD, keep_input=True)
    assert [meta.serial for meta in store.history()] == [2, 1]
    store.restore(1)
    assert store.history()[0].message == 'restore of serial 1'
    state = accounted.open(OLD).read()
    assert state.inventory == cloud(1) and state.source == {'written': cloud(1)}
    assert accounted.open(OLD).read(2).inventory == cloud(2)
    assert 'hunter2' not in accounted.found()
    assert [meta.serial for meta in store.prune(0)] == [2, 1]


@pytest.mark.parametrize('kind', [*ACCOUNTED, 'swift'])
def test_migrating_goes_from_sealed_to_plain_to_sealed(
    kind: str, request: pytest.FixtureRequest, tmp_path: pathlib.Path
) -> None:
    places = [tmp_path / name for name in ('here', 'there', 'back')]
    for directory in places:
        directory.mkdir()
    here, there, back = file_place(places[0]), place_of(kind, places[1], request), file_place(places[2])
    write(here, 1, 2, 3, keep_input=True)
    with pytest.raises(StateSealed):
        migrate(here.open(encrypt=False), there.open(encrypt=False))
    migrate(here.open(OLD), there.open(encrypt=False))
    assert 'ANSIBLE_VAULT' not in there.found()
    write(here, 4)
    assert len(migrate(here.open(OLD), there.open(encrypt=False)).copied) == 1
    outcome = migrate(there.open(encrypt=False), back.open(NEW))
    assert len(outcome.copied) == 4
    assert 'hunter2' not in back.found()
    for meta in outcome.copied:
        assert back.open(NEW).read(meta.serial) == here.open(OLD).read(meta.serial)
    assert back.open(NEW).read(3).source == {'written': cloud(3)}
    assert not migrate(there.open(encrypt=False), back.open(NEW)).copied


def test_sealed_states_migrate_to_the_key_of_the_target(accounted: Place, tmp_path: pathlib.Path) -> None:
    write(accounted, 1, 2)
    directory = tmp_path / 'target'
    directory.mkdir()
    target = file_place(directory)
    assert len(migrate(accounted.open(OLD), target.open(NEW)).copied) == 2
    state = target.open(NEW).read(1)
    assert state and state.inventory == cloud(1)


# Relations


@pytest.fixture(params=['sqlite', 'postgresql'])
def site(request: pytest.FixtureRequest) -> t.Any:
    return fresh(request.getfixturevalue(SHARED[request.param]))


def rows(site: t.Any, *names: str) -> set[tuple[t.Any, ...]]:
    """Columns of a region's rows in the table of the first of them, all of these rows."""
    table = getattr(tables(), names[0])
    number = sqlalchemy.select(tables().region.c.id).where(tables().region.c.name == site.region).scalar_subquery()
    query = sqlalchemy.select(*(table.c[name] for name in names[1:])).where(table.c.region_id == number)
    return site.open()._database.read(lambda connection: {tuple(row) for row in connection.execute(query)})


def test_relations_of_a_sealed_state_have_names_memberships_and_addresses_and_no_value(
    tmp_path: pathlib.Path, site: t.Any
) -> None:
    place = sql_place(tmp_path, site)
    write(place, 1, encrypt=False)
    write(place, 2)
    assert rows(site, 'host', 'name', 'ansible_host', 'physical_host', 'component', 'is_metal') == {
        (f'host{number}', f'172.29.236.{number + 1}', f'host{number}', 'compute', None) for number in range(3)
    }
    assert rows(site, 'address', 'network', 'address') == {
        ('management_address', f'172.29.236.{number}') for number in (1, 2, 3)
    }
    assert rows(site, 'host_variable', 'name', 'value') == {
        (name, None) for name in cloud(2)['_meta']['hostvars']['host0']
    }
    assert rows(site, 'group_variable', 'name', 'value') == {('admin_password', None), ('nested', None)}
    assert len(rows(site, 'group_host', 'host_id')) == 3
    told = rows(site, 'state_change', 'serial', 'relation', 'item', 'old_value', 'new_value')
    assert not [row for row in told if row[0] == 2 and row[1] in VALUES and row[3:] != (None, None)]
    assert not relations_differ(site.open())


def test_only_rows_that_differ_are_written_for_sealed_states(tmp_path: pathlib.Path, sqlite_site: t.Any) -> None:
    place = sql_place(tmp_path, sqlite_site)
    write(place, 1, 2)
    before = rows(sqlite_site, 'host', 'id', 'name')
    write(place, 3)
    told = rows(sqlite_site, 'state_change', 'serial', 'action', 'relation', 'name')
    assert {row[1:] for row in told if row[0] == 3 and row[2] == 'host'} == {('added', 'host', 'host3')}
    assert before < rows(sqlite_site, 'host', 'id', 'name')


@pytest.mark.parametrize(
    'tamper',
    [
        lambda: sqlalchemy.delete(tables().host_variable),
        lambda: tables().address.update().values(address='172.29.0.9').where(tables().address.c.address.like('%.2')),
        lambda: tables().host_variable.update().values(value='"planted"'),
    ],
    ids=['variable', 'address', 'value'],
)
def test_the_check_compares_the_structure_of_a_sealed_state_without_a_password(
    tmp_path: pathlib.Path, tamper: t.Callable[[], t.Any]
) -> None:
    url = sqlite_url(tmp_path / 'inventory.db')
    opened(url).upgrade()
    place = sql_place(tmp_path, Site('sqlite', url, url, url, region='default'))
    write(place, 1)
    storage = opened(url)
    assert not relations_differ(storage)
    storage._database.write(lambda connection: connection.execute(tamper()))
    assert relations_differ(storage)
    assert storage.upgrade().renewed == ('default/default',)
    assert not relations_differ(storage)
    assert 'hunter2' not in place.found()


@pytest.mark.parametrize(
    ('given', 'kept_of_it'),
    [
        ({'ansible_host': 'hunter2'}, {'ansible_host': None}),
        ({'ansible_host': '2001:db8::1'}, {'ansible_host': '2001:db8::1'}),
        ({'physical_host': 'hunter2', 'component': 'hunter2'}, {'physical_host': None, 'component': None}),
        ({'container_networks': {'n': {'address': 'hunter2'}}}, {'container_networks': None}),
        ({'container_networks': 'hunter2'}, {'container_networks': None}),
        (
            {'container_networks': {'n': {'address': '10.0.0.1', 'x': 'hunter2'}, 'm': {'address': None}}},
            {'container_networks': {'n': {'address': '10.0.0.1'}}},
        ),
    ],
)
def test_what_only_looks_like_an_address_or_a_name_stays_sealed(
    given: dict[str, t.Any], kept_of_it: dict[str, t.Any]
) -> None:
    odd = {
        '_meta': {'hostvars': {'a': given}},
        'odd': 'hunter2',
        'g': {'hosts': ['a'], 'vars': {'v': 'hunter2'}, 'x': 1},
    }
    assert outline(odd) == {'_meta': {'hostvars': {'a': kept_of_it}}, 'g': {'hosts': ['a'], 'vars': {'v': None}}}


# What the storage does not matter for


def test_the_inventory_file_is_vault_text(kept: Place) -> None:
    write(kept, 1, 2)
    assert (kept.directory / 'openstack_inventory.json').read_bytes().startswith(b'$ANSIBLE_VAULT;1.2;AES256;old\n')


@pytest.mark.parametrize('serial', [1, 2], ids=['archived', 'newest'])
def test_killed_at_any_step_the_file_has_one_form_or_the_other(quick: pathlib.Path, serial: int) -> None:
    template = quick / 'template'
    template.mkdir()
    write(file_place(template), 1, 2, encrypt=False, keep_input=True)
    before = file_storage(template).read(serial)
    other = {1: 2, 2: 1}[serial]
    untouched = file_storage(template).read(other)
    form = cloud(9)
    after = State(form, dataclasses.replace(before.meta, sha256=digest(form), parent='p'), {'other': 'form'})

    def kill(_name: str) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    outcomes = []
    for number in range(1, 200):
        directory = quick / str(number)
        shutil.copytree(template, directory)

        def child(directory: pathlib.Path = directory, number: int = number) -> None:
            with at_step(number, kill):
                file_storage(directory).rewrite(after, before.meta)

        status = in_child(child)
        storage = file_storage(directory)
        assert storage.read(serial) in (before, after)
        assert storage.read(other) == untouched
        assert [meta.serial for meta in storage.history()] == [2, 1]
        outcomes.append(storage.read(serial) == after)
        storage.rewrite(after, storage.read(serial).meta)
        assert storage.read(serial) == after
        assert storage.read(other) == untouched
        assert leftovers(directory) == []
        file_store(directory).update(giving(cloud(3)))
        assert [storage.read(meta.serial).inventory for meta in storage.history()][1:] == [
            form if meta.serial == serial else cloud(meta.serial) for meta in storage.history()[1:]
        ]
        shutil.rmtree(directory)
        if status == 0:
            break
    assert number > 20
    assert outcomes == sorted(outcomes)
    assert outcomes[-1] and not outcomes[0]


def test_an_inventory_file_that_was_sealed_by_hand_is_taken_over(kept: Place) -> None:
    import json

    from ansible.parsing.vault import VaultLib

    text = VaultLib().encrypt(json.dumps(cloud(1)), secret=OLD[1])
    (kept.directory / 'openstack_inventory.json').write_bytes(text)
    state = kept.store(OLD).load()
    assert state and state.inventory == cloud(1) and state.meta.counts['hosts'] == 2
    kept.store(OLD).update(giving(cloud(2)))
    assert 'hunter2' not in kept.found()
    assert [len(kept.open(OLD).read(meta.serial).inventory) for meta in kept.open(OLD).history()] == [3, 3]


def test_a_sealed_text_under_the_account_of_another_state_is_refused(kept: Place) -> None:
    write(kept, 1, 2)
    storage = kept.open(OLD)
    inner = storage._storage
    older, newest = inner.read(1), inner.read(2)
    forged = dataclasses.replace(newest.meta, sha256=older.meta.sha256)
    inner.rewrite(State(older.inventory, forged), newest.meta)
    with pytest.raises(StateDamaged, match='belongs to another state'):
        storage.read()


@pytest.mark.parametrize('spoil', [lambda text: text[:-20], lambda text: text.replace('6', 'g')], ids=['cut', 'odd'])
def test_a_damaged_vault_text_is_never_new(kept: Place, spoil: t.Callable[[str], str]) -> None:
    write(kept, 1, 2)
    path = kept.directory / 'openstack_inventory.json'
    path.write_text(spoil(path.read_text()))
    with pytest.raises((StateDamaged, StateSealed)):
        kept.store(OLD).update(giving(cloud(3)))
    path.unlink()
    store = kept.store(OLD)
    store.restore(1)
    assert kept.open(OLD).read().inventory == cloud(1)


@pytest.mark.parametrize(
    'text', ['x', '', '$ANSIBLE_VAULT;', '$ANSIBLE_VAULT;1.2;AES256;' + 'x' * 999, 'ü', '\udcff', 7, None]
)
def test_a_planted_text_that_is_none_is_an_error_of_ours(kept: Place, text: t.Any) -> None:
    write(kept, 1)
    stored = kept.open(OLD)._storage.read()
    for storage in (kept.open(OLD), kept.open()):
        with pytest.raises((StateDamaged, StateSealed)):
            check_stored(storage._opened(State({SEALED: text}, stored.meta)).inventory, 'it')
        assert not storage._fits(State({SEALED: text}, stored.meta))


@pytest.mark.parametrize('shown', [None, 'x', [], {SEALED: 'x', 'outline': {SEALED: 'y'}}, {'_meta': 7, 'g': 8}])
def test_a_planted_outline_is_never_more_than_a_difference(
    sqlite_site: t.Any, tmp_path: pathlib.Path, shown: t.Any
) -> None:
    place = sql_place(tmp_path, sqlite_site)
    write(place, 1)
    storage = sqlite_site.open()
    stored = storage.read()
    planted = {SEALED: stored.inventory[SEALED], 'outline': shown}
    meta = dataclasses.replace(stored.meta, serial=2, sha256=digest(planted), write_id='planted', parent=None)
    storage.commit(planted, meta, stored.meta)
    assert not relations_differ(storage)
    with pytest.raises(StateDamaged, match='another state'):
        place.store(OLD).load()


def test_unsealed_content_that_is_no_inventory_is_damage(kept: Place) -> None:
    text = VaultSeal([OLD]).seal(b'neither JSON nor compressed', 'it')
    (kept.directory / 'openstack_inventory.json').write_bytes(text)
    with pytest.raises(StateDamaged, match='is no inventory'):
        kept.store(OLD).load()


def test_nothing_is_kept_and_so_nothing_sealed(tmp_path: pathlib.Path) -> None:
    setting = {'class': 'none', 'ephemeral': True, 'encrypt': True}
    assert not isinstance(open_storage(setting, config_dir=str(tmp_path)), Sealed)


def test_a_storage_that_cannot_rewrite_names_the_way_out(kept: Place) -> None:
    write(kept, 1)
    inner = kept.open(OLD)._storage
    with pytest.raises(StorageRefused, match='another form') as caught:
        super(type(inner), inner).rewrite(inner.read(), inner.read().meta)
    assert 'migrate' in caught.value.help_text


def test_the_first_secret_seals_and_ansibles_own_setting_names_another(
    kept: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ansible import constants

    monkeypatch.setattr(constants, 'DEFAULT_VAULT_ENCRYPT_IDENTITY', 'new')
    kept.store(OLD, NEW).update(giving(cloud(1)))
    assert ';new' in kept.found()
    monkeypatch.setattr(constants, 'DEFAULT_VAULT_ENCRYPT_IDENTITY', 'lost')
    with pytest.raises(StorageRefused, match='vault_encrypt_identity'):
        kept.store(OLD, NEW).update(giving(cloud(2)))


def test_a_change_of_form_of_a_state_that_others_changed_is_a_conflict(accounted: Place) -> None:
    from ansible_collections.osa.inventory.plugins.module_utils.errors import StateConflict

    write(accounted, 1)
    inner = accounted.open(OLD)._storage
    stored = inner.read()
    gone = dataclasses.replace(stored.meta, serial=7, write_id='another')
    before = accounted.found()
    with pytest.raises(StateConflict):
        inner.rewrite(State({SEALED: 'x'}, gone), gone)
    assert accounted.found() == before
