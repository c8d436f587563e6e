# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many at once: nothing is lost, nothing is stored twice, nobody sees a part."""

from __future__ import annotations

import concurrent.futures
import typing as t

from ...module_utils.errors import StateConflict
from .hooks import Hooks, demand, part
from .inventories import adding, host_names, sample
from .processes import Job
from .tasks import ENDLESS

_PATIENCE = (1, 5, 25)
"""How much longer is waited for a slow storage, or on a busy machine."""


class Races(Hooks):
    """Parts about processes and threads that use one region at once."""

    @part('the first write raced', needs='history')
    def test_of_many_first_writes_one_wins(self) -> None:
        names = [f'process{number}' for number in range(self.scale.processes)]
        outcomes = self.run(*(Job('write_first', self.storage(), {'name': name}) for name in names))
        winners = [name for name, outcome in zip(names, outcomes, strict=True) if outcome.told == [True]]
        demand(len(winners) == 1, f'Of {len(names)} first writes at once {len(winners)} were accepted.')
        state = self.demand_stored(sample(winners[0]), 'After a race of first writes')
        demand(state.meta.serial == 1, f'After a race of first writes the serial is {state.meta.serial}.')

    @part('many writers', needs='history')
    def test_writers_at_once_lose_nothing_and_no_two_write_on_one_base(self) -> None:
        count = self.scale.writes
        jobs = [
            Job('grow', self.storage(), {'config_dir': str(self.config_dir), 'name': f'run{number}', 'count': count})
            for number in range(self.scale.processes)
        ]
        writes = [write for outcome in self.run(*jobs) for write in outcome.told]
        state = self.state(self.reader)
        missing = {write['host'] for write in writes} - host_names(state.inventory)
        demand(not missing, f'Writes that were acknowledged are lost: {sorted(missing)}.')
        serials = sorted(write['serial'] for write in writes)
        demand(serials == list(range(1, len(jobs) * count + 1)), f'The serials of the writes are {serials}.')
        by_serial = {write['serial']: write for write in writes}
        for serial, write in by_serial.items():
            before = by_serial[serial - 1]['sha256'] if serial > 1 else None
            demand(write['parent'] == before, f'Serial {serial} was not written on serial {serial - 1}.')
        for meta in self.history(self.reader):
            demand(by_serial[meta.serial]['sha256'] == meta.sha256, f'Serial {meta.serial} is another write.')

    @part('threads', needs='history')
    def test_threads_at_once_lose_nothing(self) -> None:
        names = [f'thread{number}' for number in range(self.scale.processes)]
        stores = {name: self.store(self.storage()) for name in names}

        def write(name: str) -> None:
            while True:
                try:
                    stores[name].update(adding(name))
                except StateConflict:
                    continue
                return

        with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(write, names))
        missing = set(names) - host_names(self.state(self.reader).inventory)
        demand(not missing, f'Writes of threads are lost: {sorted(missing)}.')

    @part('readers while a writer writes')
    def test_a_reader_never_sees_a_part_nor_something_older(self) -> None:
        for factor in _PATIENCE:
            seconds = self.scale.seconds * factor
            writer = Job('write_numbers', self.storage(), {'count': ENDLESS})
            watchers = [Job('watch', self.storage(), {'seconds': seconds + more}) for more in (0.1, 0.2)]
            written, *watched = self.run(writer, *watchers, kill_after=seconds)
            acknowledged = max(written.told, default=0)
            for outcome in watched:
                self._demand_in_order(outcome.told, acknowledged)
            if acknowledged and all(outcome.told for outcome in watched):
                return
        demand(False, f'In {seconds:.0f} seconds nothing was written, or nothing was read.')

    def _demand_in_order(self, seen: list[t.Any], acknowledged: int) -> None:
        demand(all(isinstance(number, int) for number in seen), f'A reader saw {seen[-1:]}.')
        demand(seen == sorted(seen), f'A reader saw something older than before: {seen}.')
        demand(max(seen, default=0) <= acknowledged + 1, f'A reader saw {seen[-1:]}, and {acknowledged} was written.')
