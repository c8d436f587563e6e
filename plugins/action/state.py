# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring and dropping kept states; documented in the module of the same name."""

from __future__ import annotations

import collections.abc
import typing as t

from ansible.errors import AnsibleActionFail

from ..module_utils.storage.contract import Meta
from ..module_utils.words import counted
from ..plugin_utils.operators.actions import CHANGING, Arguments, InventoryAction, Spec, shown_diff
from ..plugin_utils.operators.api import InventoryManager

_STATES_OF = {
    'serial': ('restored',),
    'message': ('restored',),
    'keep': ('pruned', 'migrated'),
    'to': ('migrated',),
    'lock_id': ('restored', 'pruned'),
}
"""Arguments that have a meaning with some values of `state` only."""


class ActionModule(InventoryAction):
    """Restores, copies or drops states."""

    ARGUMENTS: t.ClassVar[Spec] = {
        **CHANGING,
        'state': {'type': 'str', 'choices': ['restored', 'migrated', 'pruned'], 'required': True},
        'serial': {'type': 'int'},
        'to': {'type': 'path'},
        'keep': {'type': 'int'},
    }
    CONDITIONS: t.ClassVar[dict[str, t.Any]] = {
        'required_if': [('state', 'restored', ['serial']), ('state', 'migrated', ['to'])]
    }

    def carry_out(self, manager: InventoryManager, arguments: Arguments) -> dict[str, t.Any]:
        """Bring the kept states to what is wanted."""
        state: str = arguments['state']
        for name, states in _STATES_OF.items():
            if arguments[name] is not None and state not in states:
                raise AnsibleActionFail(
                    f"The argument '{name}' has no meaning with state '{state}'.", obj=self._task.args
                )
        if state == 'restored':
            return self._restored(manager, arguments)
        if state == 'migrated':
            return self._migrated(manager, arguments)
        return self._pruned(manager, arguments)

    def _restored(self, manager: InventoryManager, arguments: Arguments) -> dict[str, t.Any]:
        serial: int = arguments['serial']
        preview = manager.restore(serial, preview=True)
        return self.changing(manager, preview, lambda: manager.restore(serial, message=arguments['message']))

    def _migrated(self, manager: InventoryManager, arguments: Arguments) -> dict[str, t.Any]:
        target = self.open([arguments['to']])
        outcome = manager.migrate(target, arguments['keep'], preview=self._task.check_mode)
        self.warn(outcome.warnings)
        result = _outcome('copied', outcome.copied) | {'target': outcome.target}
        if self._task.diff:
            sides = _accounts(reversed(outcome.present)), _accounts(reversed((*outcome.present, *outcome.copied)))
            result['diff'] = shown_diff(outcome.target, ('kept states', 'kept states'), sides)
        return result

    def _pruned(self, manager: InventoryManager, arguments: Arguments) -> dict[str, t.Any]:
        history = manager.history()
        dropped = manager.prune(arguments['keep'], preview=self._task.check_mode)
        result = _outcome('dropped', dropped)
        if self._task.diff:
            kept = [meta for meta in history if meta not in dropped]
            where = manager.store.storage.describe()
            result['diff'] = shown_diff(where, ('kept states', 'kept states'), (_accounts(history), _accounts(kept)))
        return result


def _outcome(what: str, states: collections.abc.Sequence[Meta]) -> dict[str, t.Any]:
    return {
        'changed': bool(states),
        'summary': counted(len(states), f'{what} state'),
        what: [meta.as_dict() for meta in states],
    }


def _accounts(metas: collections.abc.Iterable[Meta]) -> str:
    """States as lines of a diff."""
    return ''.join(f'serial {one.serial}, {one.written_at}, {one.writer}: {one.message}\n' for one in metas)
