# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clearing the addresses of containers; documented in the module of the same name."""

from __future__ import annotations

import functools
import typing as t

from ..plugin_utils.operators.actions import CHANGING, Arguments, InventoryAction, Spec
from ..plugin_utils.operators.api import InventoryManager


class ActionModule(InventoryAction):
    """Takes the addresses from containers, so that the next run draws new ones."""

    ARGUMENTS: t.ClassVar[Spec] = {
        **CHANGING,
        'state': {'type': 'str', 'choices': ['cleared'], 'required': True},
        'limit': {'type': 'str', 'default': '*'},
    }

    def carry_out(self, manager: InventoryManager, arguments: Arguments) -> dict[str, t.Any]:
        """Clear the addresses of the containers that the pattern matches."""
        clear = functools.partial(manager.clear_addresses, arguments['limit'])
        preview = clear(preview=True)
        return self.changing(manager, preview, lambda: clear(announced=preview, message=arguments['message']))
