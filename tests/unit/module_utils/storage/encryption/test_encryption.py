# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option `encrypt`, on every storage: nothing of a value can be read without a password."""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.canonical import digest
from ansible_collections.osa.inventory.plugins.module_utils.errors import StateDamaged, StateSealed, StorageRefused
from ansible_collections.osa.inventory.plugins.module_utils.management.migration import migrate
from ansible_collections.osa.inventory.plugins.module_utils.management.rekeying import rekey
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Finding, State, Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.invariants import check_stored
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.states import States
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.encryption.codec import Codec
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.encrypted_text import ENCRYPTED
from ansible_collections.osa.inventory.plugins.module_utils.storage.lookup.names import open_storage
from ansible_collections.osa.inventory.plugins.plugin_utils.source.vault import VaultCipher
from ansible_collections.osa.inventory.tests.support.sql_fixtures import SHARED
from ansible_collections.osa.inventory.tests.support.sql_samples import (
    fresh,
    relations_differ,
)
from support.encrypted_samples import (
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
    write,
)
from support.storage_samples import giving

pytest_plugins = ['ansible_collections.osa.inventory.tests.support.sql_fixtures']

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
    done = store.update(giving(cloud(2)))
    assert not done.written


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
    storage = open_storage({**place.setting, 'encrypt': True}, region=place.region, config_dir=str(place.directory))
    for driver in (lambda: Store(storage, str(place.directory)), lambda: States(storage)):
        with pytest.raises(StateSealed, match='nothing to seal states with'):
            driver()


def test_plain_states_are_read_and_sealed_from_the_next_write_on(place: Place) -> None:
    write(place, 1, encrypt=False)
    store = place.store(OLD)
    state = store.load()
    assert state and state.inventory == cloud(1)
    done = store.update(giving(cloud(1)))
    assert not done.written
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
    rekey(place.decrypting(OLD))
    assert 'ANSIBLE_VAULT' not in place.found()
    assert place.open(encrypt=False).codec == Codec()
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


def test_encrypted_states_migrate_to_the_key_of_the_target(accounted: Place, tmp_path: pathlib.Path) -> None:
    write(accounted, 1, 2)
    directory = tmp_path / 'target'
    directory.mkdir()
    target = file_place(directory)
    assert len(migrate(accounted.open(OLD), target.open(NEW)).copied) == 2
    state = target.open(NEW).read(1)
    assert state and state.inventory == cloud(1)


# What the storage does not matter for


def test_a_sealed_text_under_the_account_of_another_state_is_refused(kept: Place) -> None:
    write(kept, 1, 2)
    states = kept.open(OLD)
    inner = states.storage
    older, newest = inner.read(1), inner.read(2)
    forged = dataclasses.replace(newest.meta, sha256=older.meta.sha256)
    inner.rewrite(State(older.inventory, forged), newest.meta)
    with pytest.raises(StateDamaged, match='belongs to another state'):
        states.read()


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
    stored = kept.open(OLD).storage.read()
    for codec in (kept.open(OLD).codec, kept.open().codec):
        with pytest.raises((StateDamaged, StateSealed)):
            check_stored(codec.decoded(State({ENCRYPTED: text}, stored.meta), 'it').inventory, 'it')
        assert not codec.fits(State({ENCRYPTED: text}, stored.meta))


@pytest.mark.parametrize('shown', [None, 'x', [], {ENCRYPTED: 'x', 'outline': {ENCRYPTED: 'y'}}, {'_meta': 7, 'g': 8}])
def test_a_planted_outline_is_never_more_than_a_difference(
    sqlite_site: t.Any, tmp_path: pathlib.Path, shown: t.Any
) -> None:
    place = sql_place(tmp_path, sqlite_site)
    write(place, 1)
    storage = sqlite_site.open()
    stored = storage.read()
    planted = {ENCRYPTED: stored.inventory[ENCRYPTED], 'outline': shown}
    meta = dataclasses.replace(stored.meta, serial=2, sha256=digest(planted), write_id='planted', parent=None)
    storage.commit(planted, meta, stored.meta)
    assert not relations_differ(storage)
    with pytest.raises(StateDamaged, match='another state'):
        place.store(OLD).load()


def test_unsealed_content_that_is_no_inventory_is_damage(kept: Place) -> None:
    text = VaultCipher([OLD]).encrypt(b'neither JSON nor compressed', 'it')
    (kept.directory / 'openstack_inventory.json').write_bytes(text)
    with pytest.raises(StateDamaged, match='is not an inventory'):
        kept.store(OLD).load()


def test_nothing_is_kept_and_so_nothing_sealed(tmp_path: pathlib.Path) -> None:
    setting = {'class': 'none', 'ephemeral': True, 'encrypt': True}
    assert Store(open_storage(setting, config_dir=str(tmp_path)), str(tmp_path)).states.codec == Codec()


def test_a_storage_that_cannot_rewrite_names_the_way_out(kept: Place) -> None:
    write(kept, 1)
    stored = kept.open(OLD).storage.read()

    class Fixed(Storage):
        NAME = 'fixed'

        def describe(self) -> str:
            return 'a wall'

        def read(self, serial: int | None = None) -> State | None:
            return stored

        def commit(self, *_arguments: t.Any) -> None:
            raise AssertionError

        def check(self) -> list[Finding]:
            return []

    states = States(Fixed(), Codec(VaultCipher([NEW, OLD]), encrypts=True))
    with pytest.raises(StorageRefused, match='another form') as caught:
        states.rekey(1, None)
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
    inner = accounted.open(OLD).storage
    stored = inner.read()
    gone = dataclasses.replace(stored.meta, serial=7, write_id='another')
    before = accounted.found()
    with pytest.raises(StateConflict):
        inner.rewrite(State({ENCRYPTED: 'x'}, gone), gone)
    assert accounted.found() == before
