# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written is read back, to the letter; and reading changes nothing."""

from __future__ import annotations

import typing as t

from ...module_utils.errors import StorageOptionError
from ...module_utils.inventory import hostvars_of
from ...module_utils.storage.contract import State, Storage
from ...module_utils.storage.driver.states import States
from .hooks import ContractBroken, Hooks, demand, part
from .inventories import awkward, giving, large, sample


class RoundTrips(Hooks):
    """Parts that every storage class can claim."""

    @part('never stored is None')
    def test_a_region_that_was_never_stored_is_none(self) -> None:
        storage = self.writer
        demand(storage.load() is None, 'load() did not give None where nothing was ever stored.')
        demand(storage.read() is None, 'read() did not give None where nothing was ever stored.')
        demand(storage.read(1) is None, 'read(1) did not give None where nothing was ever stored.')
        demand(self.history(storage) == [], 'history() was not empty where nothing was ever stored.')
        demand(self.prune(storage, 0) == [], 'prune() dropped something where nothing was ever stored.')
        demand(States(storage).holder() is None, 'Somebody held the lock of a region that nobody ever used.')

    @part('nothing is kept where nothing is to be kept', needs='nothing')
    def test_a_storage_that_keeps_nothing_gives_nothing(self) -> None:
        storage = self.writer
        self.put(storage, sample('one'), None)
        state = storage.read()
        kept = States(storage).kept
        demand(bool(state) == kept, f'To be kept: {kept}; read after a write: {state!r:.40}.')

    @part('unicode, nesting, empty groups, null, boolean, whole and other numbers')
    def test_awkward_inventories_are_read_back_to_the_letter(self) -> None:
        for what, inventory in awkward().items():
            self.store(self.writer).update(giving(inventory))
            self.demand_stored(inventory, f'An inventory with awkward {what}')

    @part('a large state')
    def test_a_large_state_is_read_back(self) -> None:
        inventory = large(self.scale.large_state)
        self.store(self.writer).update(giving(inventory))
        self.demand_stored(inventory, f'A state of {self.scale.large_state} bytes')
        one_more = {**inventory, 'one_more': {'hosts': ['host000']}}
        self.store(self.writer).update(giving(one_more))
        self.demand_stored(one_more, 'A large state that was changed')

    @part('load and write')
    def test_the_three_methods_alone_store_and_load(self) -> None:
        for inventory in (sample('one'), sample('one', 'two'), sample('two')):
            self.writer.load()
            self.writer.write(inventory)
            demand(self.writer.load() == inventory, 'load() gave something else than write() had stored.')
            demand(self.reader.load() == inventory, 'Another object loads something else than was written.')

    @part("what was read is the reader's own")
    def test_what_was_read_can_be_changed_without_changing_what_is_stored(self) -> None:
        storage = self.writer
        self.put(storage, sample('one'), None)
        hostvars_of(self.state(storage).inventory).clear()
        demand(self.state(storage).inventory == sample('one'), 'Changing what was read changed what is read next.')

    @part('no write without a change')
    def test_an_unchanged_inventory_is_not_written(self) -> None:
        self.store(self.writer).update(giving(sample('one', number=1)))
        before = self.state(self.reader)
        storage = self.storage()
        _forbid_writing(storage)
        outcome = self.store(storage).update(giving(sample('one', number=1)))
        demand(not outcome.written, 'The driver says that an unchanged inventory was written.')
        _demand_same(before, self.state(self.reader), 'An update without a change')

    @part('reading leaves nothing behind', hooks=['footprint'])
    def test_reading_has_no_side_effects(self) -> None:
        before = self.footprint()
        self._read_all()
        demand(self.footprint() == before, 'Reading what was never stored left something behind.')
        self.put(self.writer, sample('one'), None)
        before = self.footprint()
        self._read_all()
        demand(self.footprint() == before, 'Reading a stored state changed what is stored.')

    def _read_all(self) -> None:
        storage = self.reader
        storage.load()
        storage.read()
        storage.read(7)
        self.history(storage)
        States(storage).holder()
        self.store(storage).preview(giving(sample('other')))

    @part('the input is kept beside the state', needs='history')
    def test_the_input_is_kept_beside_the_state(self) -> None:
        source = {'files': {'ünïcode.yml': 'a: [1, null]\n'}, 'numbers': [1, 1.0]}
        store = self.store(self.storage(keep_input=True))
        store.update(giving(sample('one')), source=source)
        demand(self.state(self.reader).source == source, 'The input is not read back as it was written.')
        self.store(self.storage(keep_input=False)).update(giving(sample('two')), source=source)
        demand(self.state(self.reader).source is None, 'An input was kept without keep_input.')
        demand(self.state(self.reader, 1).source == source, 'The input of an older state is gone.')

    @part('unknown options are refused', needs='options')
    def test_an_unknown_option_is_refused_with_the_nearest_known_one(self) -> None:
        with self.raising(StorageOptionError, "The unknown option 'timeouts'"):
            try:
                self.storage(timeouts=1)
            except StorageOptionError as error:
                demand("'timeout'" in str(error), f"The error does not name the nearest option, 'timeout': {error}")
                raise

    @part('check', needs='nothing')
    def test_check_says_what_it_found_and_what_to_do(self) -> None:
        self._demand_findings(self.writer)
        self.put(self.writer, sample('one'), None)
        self._demand_findings(self.writer)

    def _demand_findings(self, storage: Storage) -> None:
        findings = storage.check()
        demand(findings, 'check() found nothing, not even that all is well.')
        for finding in findings:
            demand(finding.level in ('ok', 'warning', 'error'), f"check() knows no level '{finding.level}'.")
            demand(finding.level == 'ok' or finding.remedy, f'check() says no remedy for: {finding.what}')


def _forbid_writing(storage: Storage) -> None:
    def commit(*_arguments: t.Any) -> None:
        raise ContractBroken('An unchanged inventory was written.')

    storage.commit = commit  # type: ignore[method-assign, assignment]  # This object alone.


def _demand_same(before: State, after: State, what: str) -> None:
    demand(before.meta == after.meta, f'{what} changed the account: {before.meta} became {after.meta}.')
