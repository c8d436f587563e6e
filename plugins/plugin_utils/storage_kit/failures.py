# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Never stored, lost, unreachable, refused, damaged, too new, no room: each is told from the others."""

from __future__ import annotations

import time
import typing as t

from ...module_utils.errors import (
    StateDamaged,
    StateLost,
    StateTooLarge,
    StateTooNew,
    StorageError,
    StorageRefused,
    StorageUnreachable,
)
from ...module_utils.inventory import Inventory
from ...module_utils.storage.contract import Meta, Storage
from ...module_utils.storage.lookup.three_methods import Minimal
from .hooks import Hooks, demand, part
from .inventories import adding, giving, large, sample
from .processes import Job

_ROOM = 200_000
"""Bytes that a state may have where there is hardly any room; what is too large is ten times as much."""

_TIDYING = 15.0
"""Seconds after which there must be room again for what is small."""


class Failures(Hooks):
    """Parts about what goes wrong; each needs a hook that makes it go wrong."""

    @part('unreachable', hooks=['open_unreachable'])
    def test_a_storage_that_is_not_there_is_unreachable_and_not_new(self) -> None:
        self._demand_closed(self.open_unreachable, StorageUnreachable)

    @part('refused', hooks=['open_refused'])
    def test_a_storage_that_says_no_is_refused_and_not_new(self) -> None:
        self._demand_closed(self.open_refused, StorageRefused)

    def _demand_closed(self, open_closed: t.Callable[[str, str], Storage], kind: type[StorageError]) -> None:
        for what, act in (
            ('load()', lambda storage: storage.load()),
            ('read()', lambda storage: storage.read()),
            ('commit()', lambda storage: self.put(storage, sample('one'), None)),
            ('update', lambda storage: self.store(storage).update(adding('one'))),
        ):
            with self.raising(kind, f'{what} of a storage that cannot be used'):
                act(open_closed('kit', self.region))
        findings = open_closed('kit', self.region).check()
        self.note(*findings)
        demand(any(finding.level == 'error' for finding in findings), 'check() finds no error there.')

    @part('reading without the right to write', hooks=['open_read_only'])
    def test_whoever_may_only_read_reads_and_is_refused_a_change(self) -> None:
        reader = self.open_read_only('kit', self.region)
        demand(reader.load() is None, 'load() did not give None where nothing was ever stored.')
        self.put(self.writer, sample('one'), None)
        reader = self.open_read_only('kit', self.region)
        demand(reader.load() == sample('one'), 'Whoever may only read reads something else than was written.')
        store = self.store(reader)
        store.update(giving(sample('one')))
        with self.raising(StorageRefused, 'A change by somebody who may only read'):
            store.update(adding('two'))
        self.demand_stored(sample('one'), 'After a refused change')

    @part('damaged', hooks=['damage'])
    def test_a_damaged_state_is_an_error_and_stays_as_it_is(self) -> None:
        self.put_several(self.writer, [sample('one'), sample('one', 'two')])
        self.damage('kit', self.region)
        self._demand_unusable(StateDamaged, 'a damaged state')

    @part('a damaged state is restored from an older one', needs='history', hooks=['damage'])
    def test_an_older_state_is_restored_where_the_newest_is_damaged(self) -> None:
        metas = self.put_several(self.writer, [sample('one'), sample('one', 'two')])
        self.damage('kit', self.region)
        self._demand_restored(metas[0].serial)

    @part('too new', hooks=['make_newer'])
    def test_a_state_of_a_later_version_is_an_error_and_stays_as_it_is(self) -> None:
        self.put(self.writer, sample('one'), None)
        self.make_newer('kit', self.region)
        self._demand_unusable(StateTooNew, 'a state of a later version')

    @part('lost', hooks=['remove'])
    def test_a_state_that_is_gone_is_lost_and_not_new(self) -> None:
        store = self.store(self.writer)
        store.update(giving(sample('one')))
        store.update(giving(sample('one', 'two')))
        self.remove('kit', self.region)
        with self.raising(StateLost, 'Loading a state that is gone'):
            self.store(self.writer).load()
        with self.raising(StateLost, 'Updating a state that is gone'):
            self.store(self.writer).update(adding('three'))
        kept = self.history(self.reader)
        if kept:
            self._demand_restored(kept[-1].serial)

    @part('no room', hooks=['open_full'])
    def test_a_state_for_which_there_is_no_room_is_refused_and_the_old_one_stays(self) -> None:
        storage = self.open_full('kit', self.region)
        base = self.put(storage, sample('one'), None)
        with self.raising(StorageRefused, 'Writing where there is no room', StateTooLarge):
            self.put(storage, large(10 * _ROOM, compressible=False), base)
        again = self.open_full('kit', self.region)
        demand(self.state(again).inventory == sample('one'), 'After a write without room another state is read.')
        self._put_patiently(again, sample('two'), base)
        demand(self.state(again).inventory == sample('two'), 'After a write without room the next one is not read.')

    def _put_patiently(self, storage: Storage, inventory: Inventory, base: Meta) -> None:
        """Commit where there may be no room for a moment: some servers take their time to tidy up."""
        deadline = time.monotonic() + _TIDYING
        while True:
            try:
                self.put(storage, inventory, base)
            except (StorageRefused, StateTooLarge):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    @part('disk full', hooks=['writes_files'])
    def test_a_disk_that_is_full_is_an_error_and_the_old_state_stays(self) -> None:
        base = self.put(self.writer, sample('one'), None)
        arguments = {'config_dir': str(self.config_dir), 'limit': _ROOM, 'size': 10 * _ROOM}
        (outcome,) = self.run(Job('write_with_small_files', self.storage(), arguments))
        (told,) = outcome.told
        demand(told, 'A state was acknowledged for which there was no room.')
        self.note(told)
        # What a limit means is not always the same as what a full disk means, but never that all is well.
        usual = [kind.__name__ for kind in (StorageRefused, StateTooLarge, StorageUnreachable)]
        demand(
            told[0] in usual or isinstance(self.writer, Minimal),
            f'A full disk raised {told[0]} instead of {" or ".join(usual)}: {told[1]}',
        )
        self.demand_stored(sample('one'), 'After a write to a full disk')
        self.put(self.writer, sample('two'), base)
        self.demand_stored(sample('two'), 'The first write after a full disk')

    def _demand_unusable(self, kind: type[StorageError], what: str) -> None:
        for method in ('load', 'read'):
            with self.raising(kind, f'{method}() of {what}'):
                getattr(self.reader, method)()
        with self.raising(kind, f'An update of {what}'):
            self.store(self.writer).update(adding('three'))
        with self.raising(kind, f'{what[:1].upper()}{what[1:]} after an update was refused'):
            self.reader.read()

    def _demand_restored(self, serial: int) -> None:
        older = self.state(self.reader, serial)
        store = self.store(self.writer)
        store.restore(serial)
        state = self.demand_stored(older.inventory, f'After a restore of serial {serial}')
        demand(state.meta.serial > serial, f'A restore of serial {serial} made serial {state.meta.serial}.')
        store.update(adding('later'))
