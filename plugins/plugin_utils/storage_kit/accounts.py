# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serials, lineage, compare-and-swap, and what is kept of what was."""

from __future__ import annotations

import dataclasses
import uuid

from ...module_utils.canonical import digest
from ...module_utils.errors import StateConflict, StorageError
from ...module_utils.inventory import Inventory
from ...module_utils.results import Result
from ...module_utils.storage.contract import Meta
from ...module_utils.storage.formats.metadata import account
from .hooks import Hooks, demand, part
from .inventories import adding, giving, sample

_SHORT = 3


class Accounts(Hooks):
    """Parts about the accounts of states: who follows whom."""

    @part('serials and lineage', needs='history')
    def test_each_state_follows_the_one_before_by_serial_parent_and_lineage(self) -> None:
        wanted = [sample('one'), sample('one', 'two'), sample('one')]
        metas = []
        for inventory in wanted:
            outcome = self.store(self.writer).update(giving(inventory), 'why it was written', 'a' * 64)
            metas.append(self.state(self.reader).meta)
            demand(metas[-1] == outcome.after, f'The account {outcome.after} is read back as {metas[-1]}.')
        demand([meta.serial for meta in metas] == [1, 2, 3], f'The serials are {[meta.serial for meta in metas]}.')
        demand(len({meta.lineage for meta in metas}) == 1 and metas[0].lineage, 'The lineage is not kept.')
        digests = [digest(inventory) for inventory in wanted]
        demand([meta.sha256 for meta in metas] == digests, 'The digests are not those of what was written.')
        demand([meta.parent for meta in metas] == [None, *digests[:-1]], 'A parent is not the state before.')
        demand(metas[0].message == 'why it was written', 'The message is not kept.')
        demand(metas[0].input_digest == 'a' * 64, 'The digest of the input is not kept.')
        demand(self.history(self.reader) == metas[::-1], 'The history is not the accounts, newest first.')

    @part('compare and swap', needs='history')
    def test_a_write_on_anything_but_the_newest_state_is_refused(self) -> None:
        first, second = self.put_several(self.writer, [sample('one'), sample('one', 'two')])
        newest = sample('one', 'two')
        stranger = dataclasses.replace(second, write_id=str(uuid.uuid4()))
        for what, base in (('an older state', first), ('nothing', None), ('a state that was never stored', stranger)):
            self._demand_conflict(f'A write on {what}', base, second)
            demand(self.demand_stored(newest, f'After a write on {what}').meta == second, 'The account has changed.')
        demand(self.history(self.reader) == [second, first], 'A refused write is in the history.')
        self.put(self.writer, sample('three'), second)

    def _demand_conflict(self, what: str, base: Meta | None, newest: Meta) -> None:
        with self.raising(StateConflict, what):
            try:
                self.put(self.writer, sample('refused'), base)
            except StateConflict as error:
                wanted = [newest.writer, newest.written_at]
                demand(all(text in str(error) for text in wanted), f'{what}: it is not said who wrote when: {error}')
                raise

    @part('compare and swap where nothing is stored', needs='history')
    def test_a_write_on_a_state_where_nothing_is_stored_is_refused(self) -> None:
        with self.raising(StateConflict, 'A write on a state that was never stored'):
            self.put(self.writer, sample('one'), account(sample('two'), None, ''))
        demand(self.reader.read() is None, 'A refused first write was stored.')

    @part('write refuses what somebody else changed', needs='history')
    def test_write_refuses_to_replace_what_was_not_loaded(self) -> None:
        one, other = self.writer, self.reader
        one.load()
        other.load()
        one.write(sample('one'))
        with self.raising(StateConflict, 'write() of an object that loaded before another one wrote'):
            other.write(sample('other'))
        self.demand_stored(sample('one'), 'After a refused write()')
        other.load()
        other.write(sample('other'))
        self.demand_stored(sample('other'), 'write() after another load()')

    @part('a conflict is tried again', needs='history')
    def test_the_driver_goes_on_with_what_another_one_wrote(self) -> None:
        self.store(self.writer).update(giving(sample('one')))
        intruded: list[bool] = []

        def intrude(stored: Inventory | None) -> Result:
            if not intruded:
                intruded.append(True)
                self.store(self.reader).update(adding('intruder'))
            return adding('mine')(stored)

        self.store(self.writer).update(intrude)
        self.demand_stored(sample('one', 'intruder', 'mine'), 'After another one wrote in between')


class Keeping(Hooks):
    """Parts about older states."""

    @part('history and older states', needs='history')
    def test_older_states_are_kept_and_read_by_serial(self) -> None:
        wanted = [sample('host', number=number) for number in range(_SHORT)]
        metas = self.put_several(self.writer, wanted)
        storage = self.reader
        demand(self.history(storage) == metas[::-1], 'The history is not the accounts, newest first.')
        for meta, inventory in zip(metas, wanted, strict=True):
            state = self.state(storage, meta.serial)
            demand(state.inventory == inventory, f'Serial {meta.serial} has another inventory than was written.')
            demand(state.meta == meta, f'Serial {meta.serial} has the account {state.meta} instead of {meta}.')
        demand(storage.read(_SHORT + 7) is None, 'read() of a serial that never was did not give None.')

    @part('keep', needs='history')
    def test_as_many_older_states_are_kept_as_the_option_says(self) -> None:
        wanted = [sample('host', number=number) for number in range(_SHORT + 2)]
        metas = self.put_several(self.storage(keep=_SHORT), wanted)
        kept = self.history(self.storage(keep=_SHORT))
        newest_first = metas[::-1]
        demand(kept == newest_first[: len(kept)], 'The history has a gap, or is not newest first.')
        demand(len(kept) > _SHORT, f'With keep={_SHORT} there are only {len(kept) - 1} older states.')
        state = self.state(self.reader, metas[-1 - _SHORT].serial)
        demand(state.inventory == wanted[-1 - _SHORT], 'The oldest state that is kept is another one.')

    @part('prune', needs='history')
    def test_pruning_drops_old_states_and_never_the_newest(self) -> None:
        wanted = [sample('host', number=number) for number in range(_SHORT + 1)]
        metas = self.put_several(self.writer, wanted)[::-1]
        dropped = self.prune(self.writer, 1)
        demand(sorted_by_serial(dropped) == metas[2:], 'prune(1) does not say what it dropped.')
        demand(self.history(self.reader) == metas[:2], 'prune(1) left something else than the two newest states.')
        demand(self.reader.read(metas[-1].serial) is None, 'A state that was pruned can still be read.')
        demand(self.prune(self.writer, 1) == [], 'prune(1) dropped something for a second time.')
        self.prune(self.writer, 0)
        demand(self.history(self.reader) == metas[:1], 'prune(0) left something else than the newest state.')
        self.demand_stored(wanted[-1], 'After everything older was pruned')
        self.put(self.writer, sample('next'), metas[0])
        self.demand_stored(sample('next'), 'The first write after pruning')

    @part('restore', needs='history')
    def test_restoring_writes_a_new_serial_with_old_content(self) -> None:
        wanted = [sample('one'), sample('one', 'two'), sample('three')]
        metas = self.put_several(self.writer, wanted)
        store = self.store(self.writer)
        store.restore(metas[0].serial)
        state = self.demand_stored(wanted[0], 'After a restore')
        demand(state.meta.serial == metas[-1].serial + 1, f'A restore made serial {state.meta.serial}.')
        demand(state.meta.lineage == metas[0].lineage, 'A restore changed the lineage.')
        history = self.history(self.reader)
        demand(history[1:] == metas[::-1], 'A restore changed what was stored before.')
        try:
            store.restore(99)
        except StorageError as error:
            self.note_error(error)
        else:
            demand(False, 'A serial that is not kept was restored.')


def sorted_by_serial(metas: list[Meta]) -> list[Meta]:
    """Newest first."""
    return sorted(metas, key=lambda meta: meta.serial, reverse=True)
