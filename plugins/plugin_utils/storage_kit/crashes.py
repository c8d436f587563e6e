# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writers that are killed: what is stored is whole."""

from __future__ import annotations

import random

from ...module_utils.storage.contract import History, capability
from .hooks import Hooks, demand, part
from .inventories import sample
from .processes import Job, Outcome
from .tasks import ENDLESS, watched_number


class Crashes(Hooks):
    """Parts about writers that die."""

    @part('writers killed at random points')
    def test_a_writer_killed_at_any_point_leaves_a_whole_state(self) -> None:
        (outcome,) = self.run(Job('write_numbers', self.storage(), {'count': 3}))
        duration = outcome.seconds / 3
        stored, rng = 3, random.Random()
        for _round in range(self.scale.kills):
            job = Job('write_numbers', self.storage(), {'count': ENDLESS})
            (outcome,) = self.run(job, kill_after=rng.uniform(0, 1.5 * duration))
            stored = self._demand_whole(outcome, stored)
        self.put(self.writer, sample('later'), self.state(self.reader).meta)
        self.demand_stored(sample('later'), 'The first write after writers were killed')

    def _demand_whole(self, outcome: Outcome, before: int) -> int:
        """The number that is stored after a writer was killed."""
        acknowledged = max([before, *outcome.told])
        storage = self.reader
        number = watched_number(storage)
        demand(number is not None, 'A writer that was killed left an inventory that nobody wrote.')
        demand(
            number in (acknowledged, acknowledged + 1),
            f'A writer was killed after number {acknowledged} was acknowledged, and number {number} is stored.',
        )
        if capability(storage, History):
            serials = [meta.serial for meta in self.history(storage)]
            demand(serials[:1] == [number], f'After number {number} the history begins with {serials[:1]}.')
            wanted = list(range(serials[0], serials[0] - len(serials), -1))
            demand(serials == wanted, f'After a writer was killed the history has the serials {serials}.')
        return number or 0
