# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver: load, transform, compare, write, and all that it does not let happen."""

from __future__ import annotations

import copy
import json
import os

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    InventoryError,
    StateConflict,
    StateDamaged,
    StateLost,
    StateRegressed,
    StorageError,
    StorageLocked,
    StorageRefused,
    StorageUnreachable,
    WriteUncertain,
)
from ansible_collections.osa.inventory.plugins.module_utils.results import Change, Notice, Result
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.file.storage import StorageModule
from ansible_collections.osa.inventory.plugins.module_utils.storage.none.storage import StorageModule as NoneStorage
from support.storage_samples import (
    ARCHIVE,
    NAME,
    SEEN,
    SIDE,
    adding,
    file_storage,
    file_store,
    giving,
    hosts_of,
    inventory,
)


class Wrapped(StorageModule):
    """The file storage with faults before and after a commit."""

    before: tuple = ()
    after: tuple = ()

    def commit(self, *args, **kwargs):
        if self.before:
            act, *self.before = self.before
            act()
        super().commit(*args, **kwargs)
        if self.after:
            act, *self.after = self.after
            act()


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def wrapped(quick, pauses):
    storage = Wrapped()
    storage.register({'config_dir': os.fspath(quick)})
    return Store(storage, os.fspath(quick), sleep=pauses.append)


def raising(error):
    def act():
        raise error

    return act


# Update and preview


def test_a_first_write(quick):
    store = file_store(quick)
    assert store.load() is None
    result = store.update(adding('a'), 'first', 'digest')
    assert result.before is None
    assert hosts_of(result.inventory) == {'a'}
    assert result.changes == (Change('container', 'a'),)
    assert result.written
    assert (result.after.serial, result.after.message, result.after.input_digest) == (1, 'first', 'digest')
    assert store.load().meta == result.after


def test_the_message_is_the_changes_unless_one_is_given(quick):
    store = file_store(quick)
    done = store.update(adding('a'))
    assert done.after.message == '1 container'


def test_the_transform_is_given_what_is_stored(quick):
    store = file_store(quick)
    given = []

    def transform(stored):
        given.append(copy.deepcopy(stored))
        return adding('a')(None) if stored is None else Result(stored)

    first = store.update(transform).inventory
    store.update(transform)
    assert given == [None, first]


def test_unchanged_writes_nothing(quick):
    store = file_store(quick)
    done = store.update(giving(inventory('a')))
    meta, before = done.after, {path: path.stat().st_mtime_ns for path in quick.iterdir()}
    result = store.update(giving(inventory('a')))
    assert (result.inventory, result.after, result.written) == (inventory('a'), meta, False)
    assert {path: path.stat().st_mtime_ns for path in quick.iterdir()} == before


@pytest.mark.parametrize(('one', 'other'), [(1, 1.0), (1, True), (0, False)])
def test_what_python_takes_for_equal_is_a_change(quick, one, other):
    store = file_store(quick)
    store.update(giving(inventory('a', value=one)))
    done = store.update(giving(inventory('a', value=other)))
    assert done.written
    assert store.load().inventory['all']['vars']['value'] is other or isinstance(other, float)


def test_an_order_of_keys_is_no_change(quick):
    store = file_store(quick)
    store.update(giving(inventory('a', one=1, two=2)))
    done = store.update(giving(inventory('a', two=2, one=1)))
    assert not done.written


def test_a_transform_that_fails_changes_nothing(quick):
    store = file_store(quick)
    with pytest.raises(InventoryError, match='nan'):
        store.update(giving(inventory('a', value=float('nan'))))
    assert list(quick.iterdir()) == []


def test_preview_writes_no_file_at_all(quick):
    store = file_store(quick)
    preview = store.preview(adding('a'))
    assert hosts_of(preview.inventory) == {'a'}
    assert (preview.before, preview.after, preview.written) == (None, None, False)
    assert list(quick.iterdir()) == []
    store.update(adding('a'))
    (quick / SEEN).unlink()
    before = sorted(quick.iterdir())
    preview = store.preview(adding('b'))
    assert hosts_of(preview.inventory) == {'a', 'b'}
    assert (preview.before.meta, preview.after.serial, preview.written) == (preview.after, 1, False)
    assert sorted(quick.iterdir()) == before


def test_the_warnings_of_the_transform_come_first(quick):
    store = file_store(quick)
    store.update(giving(inventory('a')))
    (quick / NAME).write_text(json.dumps(inventory('by hand')))
    warning = Notice('mine')
    result = store.update(lambda stored: Result(inventory('b'), warnings=(warning,)))
    assert result.warnings[0] is warning
    assert 'by hand' in result.warnings[1].message


def test_input_is_kept_only_when_asked_for(quick):
    file_store(quick).update(adding('a'), source={'n': 1})
    assert file_storage(quick).read().source is None
    file_store(quick, keep_input=True).update(adding('b'), source={'n': 2})
    assert file_storage(quick).read().source == {'n': 2}


# Conflicts


def test_a_conflict_starts_over_with_what_the_other_wrote(quick, wrapped, pauses):
    wrapped.storage.before = [lambda: file_store(quick).update(adding('theirs'))]
    result = wrapped.update(adding('ours'))
    assert hosts_of(result.inventory) == {'ours', 'theirs'}
    assert file_storage(quick).load() == result.inventory
    assert len(pauses) == 1


def test_a_conflict_that_leaves_nothing_to_do_is_no_write(quick, wrapped):
    wrapped.storage.before = [lambda: file_store(quick).update(giving(inventory('a')))]
    done = wrapped.update(giving(inventory('a')))
    assert not done.written
    assert done.after.serial == 1


def test_attempts_are_bounded_and_their_pauses_grow(wrapped, pauses):
    wrapped.storage.before = [raising(StateConflict('Serial 7 was written by x.'))] * 1000
    with pytest.raises(StateConflict, match='Serial 7 was written by x'):
        wrapped.update(adding('a'))
    assert 5 < len(pauses) < 50
    assert all(0 <= pause <= 2 for pause in pauses)
    assert sum(pauses[-5:]) > sum(pauses[:5])


# Uncertain writes


def test_a_lost_answer_of_a_write_that_was_done(wrapped):
    wrapped.storage.after = [raising(WriteUncertain('no answer'))]
    done = wrapped.update(adding('a'))
    assert done.written
    assert wrapped.load().meta == done.after
    assert done.after.serial == 1


def test_a_lost_answer_of_a_write_that_was_not_done_is_tried_again(wrapped):
    wrapped.storage.before = [raising(WriteUncertain('no answer'))]
    done = wrapped.update(adding('a'))
    assert done.written
    assert hosts_of(wrapped.load().inventory) == {'a'}


def test_a_lost_answer_of_a_write_that_another_one_followed(quick, wrapped):
    def overtaken():
        file_store(quick).update(adding('theirs'))
        raise WriteUncertain('no answer')

    wrapped.storage.after = [overtaken]
    result = wrapped.update(adding('ours'))
    assert hosts_of(result.inventory) == {'ours'}
    assert [meta.serial for meta in wrapped.history()] == [2, 1]


def test_a_write_that_stays_uncertain_is_told(wrapped, monkeypatch, pauses):
    def unreachable():
        monkeypatch.setattr(Wrapped, 'read', lambda self, serial=None: raising(StorageUnreachable('gone'))())
        raise WriteUncertain('no answer')

    wrapped.storage.after = [unreachable]
    with pytest.raises(WriteUncertain, match='no answer'):
        wrapped.update(adding('a'))
    assert pauses


def test_reading_back_is_tried_more_than_once(wrapped, monkeypatch):
    def unreachable_once():
        read = Wrapped.read
        answers = [raising(StorageUnreachable('gone')), lambda: None]

        def flaky(self, serial=None):
            if answers:
                answers.pop(0)()
            return read(self, serial)

        monkeypatch.setattr(Wrapped, 'read', flaky)
        raise WriteUncertain('no answer')

    wrapped.storage.after = [unreachable_once]
    done = wrapped.update(adding('a'))
    assert done.written


# Refusals


def test_what_cannot_be_stored_is_counted_with_ways_out(wrapped):
    wrapped.storage.before = [raising(StorageRefused('Cannot write.', help_text='Ask root.'))]
    with pytest.raises(StorageRefused) as caught:
        wrapped.update(adding('a'))
    assert caught.value.message == '1 container cannot be stored. Cannot write.'
    assert caught.value.help_text.startswith('Ask root. Or let this run go without storing')
    assert wrapped.load() is None


def test_a_held_lock_refuses_changes_and_lets_everything_else_go_on(quick):
    store = file_store(quick)
    store.update(adding('a'))
    lock = store.lock('osa-inventory edit', 0)
    store.update(adding('b'))
    other = file_store(quick)
    assert hosts_of(other.load().inventory) == {'a', 'b'}
    other.update(Result)
    assert other.preview(adding('c')).changes
    for change in (lambda: other.update(adding('c')), lambda: other.restore(1), lambda: other.prune(0)):
        with pytest.raises(StorageLocked) as caught:
            change()
        assert lock.owner in caught.value.message
        assert 'osa-inventory edit' in caught.value.message
    assert other.holder() == lock
    same = Store(file_storage(quick), os.fspath(quick), lock_id=lock.id)
    same.update(adding('c'))
    store.break_lock(lock.id)
    file_store(quick).update(adding('d'))
    assert hosts_of(store.load().inventory) == set('abcd')


# Laws


def doubled():
    stored = inventory('a', 'b')
    for variables in stored['_meta']['hostvars'].values():
        variables['container_networks']['tunnel_address'] = {'address': '10.0.0.1'}
    return stored


def test_a_change_that_breaks_a_law_is_refused_with_the_names(quick):
    store = file_store(quick)
    store.update(giving(inventory('a', 'b')))
    for broken, names in (
        (doubled(), "'10.0.0.1' of 'tunnel_address' is used by 'a', 'b'"),
        ({**inventory('a'), 'g': {'hosts': ['x']}}, "unknown host 'x'"),
        ({**inventory('a'), 'a': {'hosts': []}}, "'a' is the name of a host and of a group"),
        ({'all': {}}, "no '_meta'"),
    ):
        for operation in (store.update, store.preview):
            with pytest.raises(InventoryError) as caught:
                operation(giving(broken))
            assert names in caught.value.message
            assert 'Nothing was stored' in caught.value.help_text
    assert store.load().inventory == inventory('a', 'b')


def test_a_law_that_was_broken_before_is_a_warning(quick):
    (quick / NAME).write_text(json.dumps(doubled()))
    store = file_store(quick)
    for transform in (Result, adding('c')):
        outcome = store.update(transform)
        (warning,) = outcome.warnings
        assert "'10.0.0.1'" in warning.message
        assert warning.help_text
    assert outcome.after.serial == 1

    def worse(stored):
        result = adding('d')(stored)
        result.inventory['_meta']['hostvars']['d']['container_networks']['tunnel_address'] = {'address': '10.0.0.1'}
        return result

    with pytest.raises(InventoryError, match="'a', 'b', 'd'"):
        store.update(worse)


@pytest.mark.parametrize('stored', [{}, {'_meta': {'hostvars': {}}, 'keystone': {'hosts': ['ghost']}}])
def test_a_stored_inventory_of_another_shape_is_damage(quick, stored):
    (quick / NAME).write_text(json.dumps(stored))
    store = file_store(quick)
    for operation in (store.load, lambda: store.update(adding('a')), lambda: store.preview(adding('a'))):
        with pytest.raises(StateDamaged) as caught:
            operation()
        assert NAME in caught.value.message
    assert json.loads((quick / NAME).read_text()) == stored


# Lost is not new


def seen(directory):
    return json.loads((directory / SEEN).read_text())['regions']


def test_a_write_leaves_a_breadcrumb(quick):
    store = file_store(quick, tenant='acme')
    store.update(adding('a'))
    done = store.update(adding('b'))
    assert seen(quick) == {'acme/default': {'storage': 'file', 'lineage': done.after.lineage, 'serial': 2}}
    assert (quick / SEEN).stat().st_mode & 0o777 == 0o600


def test_reading_a_newer_serial_leaves_one_and_an_older_one_never_replaces_it(quick):
    config = quick / 'config'
    config.mkdir()
    writer = file_store(quick)
    reader = Store(file_storage(quick), os.fspath(config))
    writer.update(adding('a'))
    reader.load()
    assert seen(config)['default/default']['serial'] == 1
    writer.update(adding('b'))
    reader.update(Result)
    assert seen(config)['default/default']['serial'] == 2


def test_a_taken_over_file_leaves_no_trace_until_it_changes(quick):
    (quick / NAME).write_text(json.dumps(inventory('a')))
    store = file_store(quick)
    store.load()
    store.update(Result)
    assert [path.name for path in quick.iterdir()] == [NAME]


def test_a_change_by_hand_may_be_undone_by_hand(quick):
    store = file_store(quick)
    store.update(giving(inventory('a')))
    before = (quick / NAME).read_bytes()
    (quick / NAME).write_text(json.dumps(inventory('b')))
    assert store.load().meta.serial == 2
    (quick / NAME).write_bytes(before)
    assert store.load().meta.serial == 1


def test_the_breadcrumb_keeps_regions_apart(quick):
    for region in ('one', 'one.two', 'two'):
        path = os.fspath(quick / f'{region}.json')
        file_store(quick, region=region, path=path).update(adding(region))
    assert set(seen(quick)) == {'default/one', 'default/one.two', 'default/two'}


@pytest.mark.parametrize('left', [(SEEN,), (SIDE,), (ARCHIVE,), (SEEN, SIDE, ARCHIVE)])
def test_a_removed_inventory_is_lost_as_long_as_anything_tells_of_it(quick, left):
    store = file_store(quick)
    store.update(adding('a'))
    store.update(adding('b'))
    for name in {NAME, SEEN, SIDE, ARCHIVE} - set(left):
        (quick / name).unlink()
    before = sorted(quick.iterdir())
    for operation in (store.load, lambda: store.update(adding('c')), lambda: store.preview(adding('c'))):
        with pytest.raises(StateLost) as caught:
            operation()
        for word in ('restore', 'migrate', 'forget', left[0]):
            assert word in caught.value.help_text
    assert sorted(quick.iterdir()) == before
    assert {os.path.basename(path) for path in store.proofs()} == set(left)
    for path in store.proofs():
        os.unlink(path)
    assert hosts_of(store.update(adding('c')).inventory) == {'c'}


def test_restore_brings_a_lost_inventory_back_in_its_lineage(quick):
    store = file_store(quick)
    store.update(adding('a'))
    done = store.update(adding('b'))
    lost, kept = done.after, store.storage.read(1).inventory
    (quick / NAME).unlink()
    done = store.restore(1, 'brought back')
    assert (done.after.serial, done.after.lineage, done.after.parent) == (3, lost.lineage, lost.sha256)
    assert store.load().inventory == kept
    assert done.after.message == 'brought back'


@pytest.mark.parametrize('data', ['', '{"_meta": {"hostv', '{"_meta": {"hostvars": {}}, "g": {"hosts": ["ghost"]}}'])
def test_restore_replaces_a_damaged_inventory(quick, data):
    store = file_store(quick)
    store.update(adding('a'))
    store.update(adding('b'))
    (quick / NAME).write_text(data)
    result = store.restore(1)
    assert hosts_of(store.load().inventory) == {'a'}
    assert result.after.serial > 2
    if not data.endswith('}}'):
        assert any('.damaged-' in warning.message for warning in result.warnings)
        assert next(quick.glob(f'{NAME}.damaged-*')).read_text() == data


def test_restore_of_what_is_stored_is_no_write(quick):
    store = file_store(quick)
    store.update(adding('a'))
    done = store.restore(1)
    assert (done.written, done.after.serial) == (False, 1)


def test_restore_accepts_what_is_stored_although_a_newer_serial_was_seen(quick):
    store = file_store(quick)
    store.update(adding('a'))
    older = {name: (quick / name).read_bytes() for name in (NAME, SIDE)}
    store.update(adding('b'))
    for name, data in older.items():
        (quick / name).write_bytes(data)
    with pytest.raises(StateRegressed):
        store.load()
    store.restore(1)
    assert hosts_of(store.load().inventory) == {'a'}


def test_restore_keeps_the_input_and_its_digest(quick):
    store = file_store(quick, keep_input=True)
    store.update(adding('a'), deployment_digest='d1', source={'n': 1})
    store.update(adding('b'), deployment_digest='d2', source={'n': 2})
    store.restore(1)
    state = store.load()
    assert (state.meta.input_digest, state.source) == ('d1', {'n': 1})


def test_restore_of_an_unknown_serial_is_told(quick):
    store = file_store(quick)
    store.update(adding('a'))
    with pytest.raises(StorageError, match='Serial 7 is not kept'):
        store.restore(7)


def test_an_inventory_file_beside_the_configuration_tells_of_a_state(quick):
    """Naming another storage without migrating never gives a cloud new names."""
    config, elsewhere = quick / 'config', quick / 'elsewhere'
    config.mkdir()
    elsewhere.mkdir()
    (config / NAME).write_text(json.dumps(inventory('a')))
    store = file_store(config, path=os.fspath(elsewhere / 'new.json'))
    with pytest.raises(StateLost, match=NAME):
        store.update(adding('b'))
    assert list(elsewhere.iterdir()) == []


def test_an_inventory_file_of_another_region_is_no_proof(quick):
    file_store(quick, region='one').update(adding('a'))
    elsewhere = quick / 'elsewhere'
    elsewhere.mkdir()
    store = file_store(quick, region='two', path=os.fspath(elsewhere / 'two.json'))
    done = store.update(adding('b'))
    assert done.written


def test_a_breadcrumb_that_cannot_be_read_is_proof_enough(quick):
    (quick / SEEN).write_text('garbage')
    with pytest.raises(StateLost, match='osa_inventory_seen'):
        file_store(quick).load()


def test_an_older_serial_is_a_regression(quick):
    store = file_store(quick)
    store.update(adding('a'))
    copies = {name: (quick / name).read_bytes() for name in (NAME, SIDE)}
    store.update(adding('b'))
    for name, data in copies.items():
        (quick / name).write_bytes(data)
    for operation in (store.load, lambda: store.update(adding('c')), lambda: store.preview(adding('c'))):
        with pytest.raises(StateRegressed) as caught:
            operation()
        assert 'serial 1' in caught.value.message
        assert 'serial 2' in caught.value.message
        assert 'forget' in caught.value.help_text
    assert 'error' in {finding.level for finding in store.check()}
    done = store.restore(1)
    assert not done.written, 'what is stored is that serial'
    assert store.forget_seen()
    assert not (quick / SEEN).exists()
    assert hosts_of(store.update(adding('c')).inventory) == {'a', 'c'}


def test_restore_after_a_regression_goes_on_from_there(quick):
    store = file_store(quick)
    for host in 'abc':
        store.update(adding(host))
    copies = {name: (quick / name).read_bytes() for name in (NAME, SIDE, ARCHIVE)}
    for host in 'def':
        store.update(adding(host))
    for name, data in copies.items():
        (quick / name).write_bytes(data)
    with pytest.raises(StateRegressed):
        store.load()
    store.restore(2)
    assert hosts_of(store.load().inventory) == {'a', 'b'}


def test_another_lineage_is_a_regression(quick):
    store = file_store(quick)
    store.update(adding('a'))
    for name in (NAME, SIDE):
        (quick / name).unlink()
    (quick / NAME).write_text(json.dumps(inventory('z')))
    with pytest.raises(StateRegressed, match='another lineage'):
        store.load()


def test_a_directory_that_cannot_take_the_breadcrumb_is_passed_over(quick, monkeypatch):
    from ansible_collections.osa.inventory.plugins.module_utils.storage.driver import last_seen

    def refuse(*args):
        raise PermissionError(13, 'Permission denied')

    monkeypatch.setattr(last_seen, 'replace', refuse)
    store = file_store(quick)
    done = store.update(adding('a'))
    assert (done.written, done.remembered) == (True, False)
    (warning,) = done.warnings
    assert 'a loss of the stored inventory would not be noticed' in warning.message
    assert warning.help_text
    assert not (quick / SEEN).exists()
    assert store.load()


def test_guards_do_not_take_a_racing_write_for_a_loss(quick):
    """Somebody writes between the look at the proofs and the look at the storage, or the other way round."""
    store = file_store(quick)
    read = store.storage.read

    def overtaken(serial=None):
        state = read(serial)
        file_store(quick).update(adding('theirs'))
        return state

    store.storage.read = overtaken
    assert store.load() is None


# Storages that keep nothing


def test_none_is_given_nothing_and_leaves_nothing(quick):
    storage = NoneStorage()
    storage.register({'config_dir': os.fspath(quick), 'ephemeral': True})
    (quick / NAME).write_text('not even JSON')
    store = Store(storage, os.fspath(quick))
    given = []

    def transform(stored):
        given.append(stored)
        return adding('a')(stored)

    for operation in (store.update, store.update, store.preview):
        outcome = operation(transform)
        assert hosts_of(outcome.inventory) == {'a'}
        assert (outcome.before, outcome.after, outcome.written, outcome.remembered) == (None, None, False, True)
    assert given == [None] * 3
    assert (store.load(), store.history()) == (None, [])
    assert [path.name for path in quick.iterdir()] == [NAME]
    assert [finding.level for finding in store.check()] == ['warning']
    with pytest.raises(StorageRefused):
        store.lock('x', 0)
