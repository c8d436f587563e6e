# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking groups out of the inventory; documented in the module of the same name."""

from __future__ import annotations

import functools
import typing as t

from ..plugin_utils.operators.actions import CHANGING, Arguments, InventoryAction, Spec
from ..plugin_utils.operators.api import InventoryManager


class ActionModule(InventoryAction):
    """Takes groups out; their hosts stay."""

    ARGUMENTS: t.ClassVar[Spec] = {
        **CHANGING,
        'name': {'type': 'list', 'elements': 'str', 'required': True},
        'state': {'type': 'str', 'choices': ['absent'], 'required': True},
    }

    def carry_out(self, manager: InventoryManager, arguments: Arguments) -> dict[str, t.Any]:
        """Take the groups out, and out of the groups that they are children of."""
        remove = functools.partial(manager.remove_groups, list(dict.fromkeys(arguments['name'])))
        preview = remove(preview=True)
        return self.changing(manager, preview, lambda: remove(announced=preview, message=arguments['message']))
