# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the inventory, for playbooks; documented in the module of the same name."""

from __future__ import annotations

import collections.abc
import dataclasses
import functools
import typing as t

from ..module_utils.inventory import Inventory
from ..module_utils.management import listing
from ..module_utils.management.networks import NetworkUsage
from ..plugin_utils.operators.actions import LOOKING, Arguments, InventoryAction, Spec
from ..plugin_utils.operators.api import InventoryManager

_OF_INVENTORY: dict[str, collections.abc.Callable[[Inventory], t.Any]] = {
    'hosts': lambda inventory: [dataclasses.asdict(row) for row in listing.hosts(inventory)],
    'groups': listing.members,
    'containers': listing.groups,
    'machines': lambda inventory: [dataclasses.asdict(machine) for machine in listing.machines(inventory)],
    'per_host': listing.export_hosts,
    'inventory': lambda inventory: inventory,
}
_OTHERS: dict[str, collections.abc.Callable[[InventoryManager], t.Any]] = {
    'networks': lambda manager: [_network(usage) for usage in manager.networks()],
    'history': lambda manager: [meta.as_dict() for meta in manager.history()],
}
_BY_DEFAULT = ['hosts', 'groups', 'containers', 'machines', 'networks', 'history']


class ActionModule(InventoryAction):
    """Looks things up; changes nothing."""

    ARGUMENTS: t.ClassVar[Spec] = {
        **LOOKING,
        'gather': {
            'type': 'list',
            'elements': 'str',
            'choices': [*_BY_DEFAULT, 'per_host', 'inventory'],
            'default': _BY_DEFAULT,
        },
    }

    def carry_out(self, manager: InventoryManager, arguments: Arguments) -> dict[str, t.Any]:
        """The chosen facts; those of the inventory are of one state."""
        inventory = functools.cache(manager.inventory)
        return {
            name: _OF_INVENTORY[name](inventory()) if name in _OF_INVENTORY else _OTHERS[name](manager)
            for name in arguments['gather']
        }


def _network(usage: NetworkUsage) -> dict[str, t.Any]:
    return {**dataclasses.asdict(usage), 'used': usage.used, 'reserved': usage.reserved}
