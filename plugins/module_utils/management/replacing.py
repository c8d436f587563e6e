# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Putting one inventory in the place of another: a complete one from a file, or an older state."""

from __future__ import annotations

import json
import typing as t

from ..errors import InventoryError, StateDamaged
from ..inventory import Inventory, groups_of
from ..places import Place
from ..results import Change, Kind, Result
from ..storage.driver.invariants import shape_problem
from ..storage.formats import json_text
from .difference import ABSENT, Difference, differences

_HELP = "The file must hold a complete inventory, as 'osa-inventory export --complete' writes it."
_KINDS = {
    'host': (Kind.HOST, Kind.REMOVED_HOST, Kind.ALTERED_HOST),
    'group': (Kind.GROUP, Kind.REMOVED_GROUP, Kind.ALTERED_GROUP),
}


def read_inventory(data: bytes, path: str) -> Inventory:
    """The complete inventory in the bytes of a JSON file; path: its name, for messages.

    Raises InventoryError, with the place, for what is not JSON, names a key twice, or is not an inventory.
    """
    try:
        inventory = json_text.parse(data, path, _HELP)
    except StateDamaged as error:
        raise InventoryError(error.message, error.place, error.help_text) from error
    json.loads(data.decode('utf-8-sig'), object_pairs_hook=lambda pairs: _refuse_double_keys(pairs, path))
    problem = shape_problem(inventory)
    if problem:
        raise InventoryError(f'The file holds no inventory: {problem}.', Place(path, 1, 1), _HELP)
    return inventory


def _refuse_double_keys(pairs: list[tuple[str, t.Any]], path: str) -> dict[str, t.Any]:
    values: dict[str, t.Any] = {}
    for key, value in pairs:
        if key in values:
            raise InventoryError(f"An object of the file has the key '{key}' twice.", Place(path, 1, 1), _HELP)
        values[key] = value
    return values


def replace(stored: Inventory | None, new: Inventory) -> Result:
    """The result of storing `new` instead of what is stored, with a change for each host and group that differs."""
    changes = [_change(difference) for difference in differences(stored or {}, new)]
    # The order of members makes no difference to people, but it does to Ansible.
    changes += [
        Change(Kind.ALTERED_GROUP, name)
        for name, group in groups_of(stored or {}).items()
        if name in new and new[name] != group
    ]
    return Result(new, tuple(dict.fromkeys(changes)))


def _change(difference: Difference) -> Change:
    made, removed, altered = _KINDS[difference.subject]
    if difference.key:
        return Change(altered, difference.name)
    return Change(removed if difference.after is ABSENT else made, difference.name)
