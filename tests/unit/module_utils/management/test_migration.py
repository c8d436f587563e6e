# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copying states between storages: what comes over, when it is refused, and what an interruption leaves."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    InventoryError,
    StateConflict,
    StateDamaged,
    StateLost,
    StateRegressed,
    StorageError,
    StorageLocked,
    WriteUncertain,
)
from ansible_collections.osa.inventory.plugins.module_utils.management import migration
from ansible_collections.osa.inventory.plugins.module_utils.management.migration import regions_of
from ansible_collections.osa.inventory.plugins.module_utils.results import Result
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import LockInfo
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.metadata import account
from ansible_collections.osa.inventory.plugins.module_utils.storage.lookup.three_methods import Minimal
from ansible_collections.osa.inventory.plugins.module_utils.storage.none.storage import StorageModule as NoStorage
from support.histories import (
    NAME,
    Faulty,
    contents,
    file_storage,
    grow,
    inventory,
    migrate,
    next_run,
    serials,
    sqlite_storage,
    sqlite_template,
)

ARCHIVE = 'backup_openstack_inventory.tar'


@pytest.fixture(scope='module')
def twenty(tmp_path_factory):
    directory = tmp_path_factory.mktemp('states') / 'twenty'
    grow(file_storage(directory), 20)
    return directory


@pytest.fixture
def source(tmp_path, twenty):
    """A file with 20 states."""
    shutil.copytree(twenty, tmp_path / 'source')
    return file_storage(tmp_path / 'source')


@pytest.fixture(scope='module')
def empty_database(tmp_path_factory):
    return sqlite_template(tmp_path_factory.mktemp('template'))


@pytest.fixture
def target(tmp_path, empty_database):
    """An empty SQLite database."""
    (tmp_path / 'target').mkdir()
    (tmp_path / 'target' / 'inventory.sqlite').write_bytes(empty_database)
    return sqlite_storage(tmp_path / 'target')


def dump(directory):
    return {path.relative_to(directory): path.read_bytes() for path in sorted(directory.rglob('*')) if path.is_file()}


def test_all_states_come_over_with_their_accounts_and_inputs_and_the_source_is_as_it_was(source, target, tmp_path):
    before = dump(tmp_path / 'source')
    outcome = migrate(source, target)
    assert contents(target) == contents(source)
    assert len(outcome.copied) == 20 and not outcome.present and not outcome.warnings
    assert outcome.newest == source.read().meta
    assert dump(tmp_path / 'source') == before


def test_there_and_back_the_file_is_the_same_to_the_byte(source, target, tmp_path):
    migrate(source, target)
    back = file_storage(tmp_path / 'back')
    migrate(target, back)
    assert (tmp_path / 'back' / NAME).read_bytes() == (tmp_path / 'source' / NAME).read_bytes()
    assert contents(back) == contents(source)
    assert back.check()[0].level == 'ok'


def test_the_next_run_goes_on_from_the_copy(source, target, tmp_path):
    migrate(source, target)
    meta = next_run(target)
    assert (meta.serial, meta.lineage) == (21, source.read().meta.lineage)
    seen = json.loads((tmp_path / 'target' / '.osa_inventory_seen.json').read_text())['regions']['default/default']
    assert seen == {'lineage': meta.lineage, 'serial': 21, 'storage': 'sql'}


def test_a_storage_beside_the_old_one_is_accepted_after_the_migration_and_not_before(source, tmp_path, empty_database):
    (tmp_path / 'source' / 'inventory.sqlite').write_bytes(empty_database)
    beside = sqlite_storage(tmp_path / 'source')
    with pytest.raises(StateLost):
        next_run(beside)
    migrate(source, beside)
    assert next_run(beside).serial == 21
    with pytest.raises(StateRegressed):
        Store(source, source.options.config_dir).load()


def test_run_again_nothing_is_left_to_do(source, target):
    migrate(source, target)
    again = migrate(source, target)
    assert not again.copied and len(again.present) == 20
    next_one = Store(source, source.options.config_dir)
    next_one.update(lambda stored: Result(inventory(30)))
    assert serials(migrate(source, target).copied) == [21]


def test_a_dry_run_says_what_would_be_copied_and_writes_nothing(source, target, tmp_path):
    before = dump(tmp_path / 'target')
    outcome = migrate(source, target, dry_run=True)
    assert serials(outcome.copied) == list(range(1, 21))
    assert dump(tmp_path / 'target') == before


def test_progress_is_told_of_each_state(source, target):
    told = []
    migrate(source, target, progress=lambda *what: told.append(what))
    assert told == [(phase, number, 20) for phase in ('copy', 'verify') for number in range(1, 21)]


def test_as_many_older_states_as_wanted(source, target):
    outcome = migrate(source, target, keep=4)
    assert serials(outcome.copied) == [16, 17, 18, 19, 20]
    assert contents(target) == contents(source)[:5]
    assert next_run(target).serial == 21


def test_more_states_than_the_target_usually_keeps_are_copied_and_told(source, tmp_path):
    target = file_storage(tmp_path / 'target', keep=3)
    outcome = migrate(source, target)
    assert contents(target) == contents(source)
    assert ['16 oldest' in warning.message for warning in outcome.warnings] == [True]
    assert target.options.keep == 3


@pytest.mark.parametrize('when', ['before', 'after'])
@pytest.mark.parametrize('side', ['source', 'target'])
def test_interrupted_at_any_call_and_run_again_it_is_done(side, when, tmp_path, empty_database):
    source = file_storage(tmp_path / 'source')
    grow(source, 4)
    wanted, number, interrupted = contents(source), 0, True
    while interrupted:
        number += 1
        directory = tmp_path / str(number)
        directory.mkdir()
        (directory / 'inventory.sqlite').write_bytes(empty_database)
        storages = {'source': source, 'target': sqlite_storage(directory)}
        storages[side] = Faulty(storages[side], number, when == 'after')
        try:
            migrate(storages['source'], storages['target'])
            interrupted = False
        except KeyboardInterrupt:
            target = sqlite_storage(directory)
            migrate(source, target)
            assert contents(target) == wanted
            assert next_run(target).serial == 5
    assert number > 10


def test_killed_at_any_step_of_the_file_system_and_run_again_it_is_done(tmp_path):
    source = file_storage(tmp_path / 'source')
    grow(source, 3)
    wanted = contents(source)
    steps = ('rename', 'fsync', 'unlink', 'open')
    number, killed = 0, True
    while killed:
        number += 3
        directory = tmp_path / str(number)
        pid = os.fork()
        if not pid:
            _kill_at(steps, number)
            migrate(source, file_storage(directory))
            os._exit(0)
        killed = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
        target = file_storage(directory)
        migrate(source, target)
        assert contents(target) == wanted
        assert (directory / NAME).read_bytes() == (tmp_path / 'source' / NAME).read_bytes()
    assert number > 30


def _kill_at(steps, number):
    made = []

    def wrapped(original):
        def step(*arguments, **keywords):
            made.append(1)
            if len(made) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments, **keywords)

        return step

    for name in steps:
        setattr(os, name, wrapped(getattr(os, name)))


@pytest.mark.parametrize(('error', 'after'), [(WriteUncertain, True), (WriteUncertain, False), (StateConflict, False)])
def test_a_lost_answer_makes_it_look_again(source, target, error, after, monkeypatch):
    monkeypatch.setattr(migration, '_PAUSE', 0)
    number = Faulty(target, 0)
    migrate(source, number, dry_run=True)
    for call in range(len(number.calls) + 1, len(number.calls) + 9):
        faulty = Faulty(target, call, after, error)
        try:
            migrate(source, faulty)
        except error:
            assert faulty.calls[-1] != 'commit'
    assert contents(target) == contents(source)


def test_another_lineage_is_refused(source, target):
    grow(target, 2)
    stored = contents(target)
    with pytest.raises(StateConflict, match=r'holds the states of another lineage: .* wrote serial 2'):
        migrate(source, target)
    assert contents(target) == stored


def test_newer_states_are_refused(source, target):
    migrate(source, target)
    next_run(target)
    with pytest.raises(StateConflict, match='holds newer states than the source'):
        migrate(source, target)


def test_a_fork_is_refused(source, target, tmp_path):
    migrate(source, target)
    next_run(target)
    Store(source, str(tmp_path / 'elsewhere')).update(lambda stored: Result(inventory(40)))
    with pytest.raises(StateConflict, match='holds another serial 21 than the source'):
        migrate(source, target)


def test_a_source_that_is_older_than_what_was_seen_is_refused(source, target, tmp_path):
    migrate(source, target)
    next_run(target)
    for path in (tmp_path / 'target').glob('inventory.sqlite*'):
        path.unlink()
    with pytest.raises(StateRegressed, match='serial 20, but serial 21 was seen before'):
        migrate(source, sqlite_storage(tmp_path / 'target'))


def test_a_state_that_was_changed_in_the_archive_is_refused(source, target, tmp_path):
    archive = tmp_path / 'source' / ARCHIVE
    archive.write_bytes(archive.read_bytes().replace(b'"number": 7', b'"number": 8'))
    with pytest.raises(StateDamaged, match='Serial 8'):
        migrate(source, target)
    with pytest.raises(StateDamaged, match='Serial 8'):
        migrate(source, target, dry_run=True)
    assert len(migrate(source, target, keep=11).copied) == 12


def test_a_copy_that_differs_is_found(source, target):
    class Forgetful(Faulty):
        def commit(self, stored, meta, base, kept=None):
            self._storage.commit(stored, dataclasses.replace(meta, message=''), base, kept)

    with pytest.raises(StateDamaged, match=r'Serial 1 in .* is not what was copied there'):
        migrate(source, Forgetful(target, 0))


def test_a_state_with_an_address_used_twice_names_the_hosts_and_leaves_the_target_sound(tmp_path, target):
    source = file_storage(tmp_path / 'source')
    grow(source, 1)
    doubled = inventory(2)
    doubled['_meta']['hostvars']['host1'] = doubled['_meta']['hostvars']['host2']
    base = source.read().meta
    source.commit(doubled, account(doubled, base, ''), base)
    with pytest.raises(InventoryError, match=r'Serial 2 cannot be kept in .*host1.*host2'):
        migrate(source, target)
    assert serials(target.history()) == [1]


def test_a_locked_target_is_left_alone(source, target):
    target.lock(LockInfo('id', 'ann@deploy', 'restore', 'deploy', '2026-01-01T00:00:00Z'), 0)
    with pytest.raises(StorageLocked, match='ann@deploy'):
        migrate(source, target)
    assert target.history() == []


def test_there_is_nothing_to_copy_from_an_empty_source_or_to_the_same_or_to_nowhere(source, target, tmp_path):
    with pytest.raises(StorageError, match='There is nothing to copy'):
        migrate(source=target, target=source)
    with pytest.raises(StorageError, match='are the same'):
        migrate(source, file_storage(tmp_path / 'source'))
    nowhere = NoStorage()
    nowhere.register({'ephemeral': True})
    with pytest.raises(StorageError, match='keeps nothing'):
        migrate(source, nowhere)


def test_a_damaged_newest_state_is_no_sound_history_of_older_ones(source, target, tmp_path):
    (tmp_path / 'source' / NAME).write_text('{')
    with pytest.raises(StateDamaged):
        migrate(source, target)
    (tmp_path / 'source' / NAME).unlink()
    with pytest.raises(StateLost):
        migrate(source, target)
    assert target.history() == []


def test_what_another_program_wrote_gets_accounts_that_are_the_same_each_time(tmp_path, target):
    directory = tmp_path / 'source'
    grow(file_storage(directory), 3)
    for path in directory.glob('.o*'):
        path.unlink() if path.is_file() else None
    source = file_storage(directory)
    assert {meta.lineage for meta in source.history()} == {''}
    faulty = Faulty(target, 5)
    with pytest.raises(KeyboardInterrupt):
        migrate(source, faulty)
    outcome = migrate(source, target)
    assert outcome.present and outcome.copied
    states = contents(target)
    assert [state.inventory for state in states] == [inventory(number) for number in (2, 1, 0)]
    assert serials(target.history()) == [3, 2, 1]
    assert states[0].meta.parent == states[1].meta.sha256
    assert len({state.meta.write_id for state in states}) == 3
    assert next_run(target).lineage == states[0].meta.lineage != ''


def test_a_state_written_by_hand_comes_over_with_the_others(source, target, tmp_path):
    by_hand = inventory(60)
    (tmp_path / 'source' / NAME).write_text(json.dumps(by_hand))
    migrate(source, target)
    newest = target.read()
    assert (newest.meta.serial, newest.meta.writer, newest.inventory) == (21, 'unknown', by_hand)
    next_run(source)
    Store(target, target.options.config_dir)
    assert serials(migrate(source, target).copied) == [22]


def test_backups_from_before_the_first_account_stay_behind_and_are_told(tmp_path, target):
    directory = tmp_path / 'source'
    grow(file_storage(directory), 3)
    for path in directory.glob('.o*'):
        path.unlink() if path.is_file() else None
    source = file_storage(directory)
    Store(source, str(directory)).update(lambda stored: Result(inventory(9)))
    outcome = migrate(source, target)
    assert serials(outcome.copied) == [0, 1]
    assert '2 older states have no account' in outcome.warnings[0].message


class Simple:
    """A storage of a third party."""

    def __init__(self):
        self.stored = None

    def register(self, options):
        pass

    def load(self):
        return self.stored

    def write(self, stored):
        self.stored = stored


def test_a_storage_of_three_methods_takes_the_newest_and_gives_it(source, target, tmp_path):
    simple = Minimal('simple', Simple())
    simple.register({'config_dir': str(tmp_path)})
    outcome = migrate(source, simple)
    assert serials(outcome.copied) == [20] and 'only the newest' in outcome.warnings[0].message
    assert simple.read().inventory == source.read().inventory
    Store(simple, str(tmp_path)).load()
    migrate(simple, target)
    assert target.read().inventory == source.read().inventory
    assert next_run(target).serial == 2


def test_writes_to_the_source_meanwhile_come_over_too(source, target):
    class Busy(Faulty):
        def history(self):
            found = self._storage.history()
            if len(found) < 22:
                Store(source, source.options.config_dir).update(lambda stored: Result(inventory(40 + len(found))))
            return found

    migrate(Busy(source, 0), target)
    assert contents(target) == contents(source)


def test_states_below_the_newest_cannot_be_written(source, target, tmp_path):
    """The contract of `commit`: None as base means that nothing is stored, whatever the serial."""
    migrate(source, target, keep=2)
    copy = file_storage(tmp_path / 'copy')
    migrate(source, copy, keep=2)
    first = source.read(1)
    for storage in (target, copy):
        with pytest.raises(StateConflict):
            storage.commit(first.inventory, first.meta, None)
        assert serials(storage.history()) == [20, 19, 18]


def test_the_regions_of_a_storage(source, target):
    assert regions_of(source) == ['default/default']
    assert regions_of(target) == []
    for tenant, region in (('acme', 'north'), ('acme', 'south')):
        target.register({**dataclasses.asdict(target.options), 'tenant': tenant, 'region': region})
        migrate(source, target)
    assert regions_of(target) == ['acme/north', 'acme/south']
    simple = Minimal('simple', Simple())
    with pytest.raises(StorageError, match='cannot list its regions'):
        regions_of(simple)
