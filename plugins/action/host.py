# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking hosts out of the inventory; documented in the module of the same name."""

from __future__ import annotations

import functools
import typing as t

from ansible import constants as C
from ansible.utils.display import Display

from ..module_utils.management import listing
from ..plugin_utils.operators.access import EMPTY
from ..plugin_utils.operators.actions import CHANGING, Arguments, InventoryAction, Spec
from ..plugin_utils.operators.api import InventoryManager

display = Display()


class ActionModule(InventoryAction):
    """Takes hosts and containers out."""

    ARGUMENTS: t.ClassVar[Spec] = {
        **CHANGING,
        'name': {'type': 'list', 'elements': 'str', 'required': True},
        'state': {'type': 'str', 'choices': ['absent'], 'required': True},
        'with_containers': {'type': 'bool', 'default': False},
    }

    def carry_out(self, manager: InventoryManager, arguments: Arguments) -> dict[str, t.Any]:
        """Take the hosts out; their containers are named before anything happens."""
        names, with_containers = list(dict.fromkeys(arguments['name'])), arguments['with_containers']
        remove = functools.partial(manager.remove_hosts, names, with_containers)
        preview = remove(preview=True)
        of_hosts = listing.containers(preview.inventory_before or EMPTY)
        containers = {name: of_hosts[name] for name in names if of_hosts.get(name)}
        for name, own in containers.items():
            _tell(name, own, with_containers)
        result = self.changing(manager, preview, lambda: remove(announced=preview, message=arguments['message']))
        return {**result, 'containers': containers}


def _tell(name: str, containers: list[str], with_containers: bool) -> None:
    """Say at once what becomes of a host's containers: Ansible shows warnings only when the task is done."""
    fate = 'go with it' if with_containers else 'stay'
    display.display(f'The containers of {name} {fate}: {", ".join(containers)}', color=C.COLOR_WARN, stderr=True)
