# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata of states: serials and lineage, and compare-and-swap, which rests on them."""

from __future__ import annotations

import dataclasses
import uuid

from ...module_utils.canonical import digest
from ...module_utils.errors import StateConflict
from ...module_utils.inventory import Inventory
from ...module_utils.results import Result
from ...module_utils.storage.contract import Meta
from ...module_utils.storage.formats.metadata import account
from .hooks import Hooks, demand, part
from .inventories import adding, giving, sample


class Metadata(Hooks):
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
