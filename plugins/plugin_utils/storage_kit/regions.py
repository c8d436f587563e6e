# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions that never see one another."""

from __future__ import annotations

from ...module_utils.errors import OSAInventoryError
from ...module_utils.inventory import Inventory
from ...module_utils.storage.contract import Lock, capability
from .hooks import Hooks, demand, part
from .inventories import sample
from .locks import new_lock

_NAMES = (
    ('a', 'b-c'),
    ('a-b', 'c'),
    ('a.b', 'c'),
    ('a_b', 'c'),
    ('A', 'b-c'),
    ('a', 'B-c'),
    ('a', 'b-c' + '0' * 50),
)
"""Tenants and regions whose names become one where they are glued together, cut, or lose the case of letters."""


class Regions(Hooks):
    """Parts about tenants and regions."""

    @part('tenants and regions with similar names')
    def test_regions_with_similar_names_never_see_one_another(self) -> None:
        token = self.region.removeprefix('kit-')
        names = [(f'{token}{tenant}', region) for tenant, region in _NAMES]
        wanted: dict[tuple[str, str], Inventory] = {}
        for place in names:
            storage = self.open(*place)
            try:
                found = storage.read()
            except OSAInventoryError as error:
                # A place for one region says so.
                self.note_error(error)
                continue
            demand(found is None, f'Region {place} was never stored, and has something of {list(wanted)}.')
            wanted[place] = sample('-'.join(place))
            self.put(storage, wanted[place], None)
        for place, inventory in wanted.items():
            state = self.state(self.open(*place))
            demand(state.inventory == inventory, f'Region {place} has the state of another one.')
            demand(len(self.history(self.open(*place))) == 1, f'Region {place} has the history of another one.')
        if capability(self.writer, Lock) and len(wanted) > 1:
            self._demand_own_locks(list(wanted))

    def _demand_own_locks(self, places: list[tuple[str, str]]) -> None:
        self.locking(self.open(*places[0])).lock(new_lock(), 0)
        for place in places[1:]:
            demand(
                self.locking(self.open(*place)).holder() is None, f'The lock of {places[0]} is also that of {place}.'
            )
