# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Older states: kept, read, dropped and restored."""

from __future__ import annotations

from ...module_utils.errors import StorageError
from ...module_utils.storage.contract import Meta
from .hooks import Hooks, demand, part
from .inventories import sample

_SHORT = 3
"""How many older states are enough to tell them apart."""


class History(Hooks):
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
