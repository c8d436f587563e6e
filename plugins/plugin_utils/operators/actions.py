# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions for playbooks share: their arguments, the inventory source, check mode and diff mode.

An action has no logic of its own: it calls the Python API (`api.InventoryManager`) and tells what came of it.
"""

from __future__ import annotations

import collections.abc
import contextlib
import dataclasses
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ...module_utils.canonical import same
from ...module_utils.errors import ConfigurationErrors, OSAInventoryError
from ...module_utils.management.difference import ABSENT, Difference, differences
from ...module_utils.results import Notice
from ...module_utils.storage.driver.invariants import bounded_depth
from ...module_utils.storage.driver.outcome import Outcome
from ..errors import for_ansible, warn
from ..run.report import record
from ..source.options import plain
from .api import InventoryManager, find_source

display = Display()

Arguments = dict[str, t.Any]
Spec = dict[str, dict[str, t.Any]]

LOOKING: Spec = {'source': {'type': 'path'}}
"""The arguments of every action; the documentation of the modules says the same, which a test compares."""

CHANGING: Spec = {**LOOKING, 'message': {'type': 'str'}, 'lock_id': {'type': 'str'}}
"""The arguments of every action that changes the inventory."""


class InventoryAction(ActionBase):  # type: ignore[misc]  # Ansible has no types
    """An action on the inventory of one source, run on the controller.

    ARGUMENTS: argument spec. CONDITIONS: further rules, as `validate_argument_spec` takes them by keyword.
    """

    TRANSFERS_FILES = False
    ARGUMENTS: t.ClassVar[Spec] = LOOKING
    CONDITIONS: t.ClassVar[dict[str, t.Any]] = {}

    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """The result of the task. Raises AnsibleError for everything that goes wrong."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = plain(self.validate_argument_spec(self.ARGUMENTS, **self.CONDITIONS)[1])
        with _as_failures(self._loader):
            named = arguments['source']
            sources = [named] if named else (task_vars or {}).get('ansible_inventory_sources') or []
            manager = self.open(sources, arguments.get('lock_id'))
            result |= {'source': manager.source.path, 'storage': manager.store.storage.describe()}
            result |= self.carry_out(manager, arguments)
            self.warn(manager.notices())
        return result

    def carry_out(self, manager: InventoryManager, arguments: Arguments) -> dict[str, t.Any]:
        """Do what the task wants; returns its result. Raises OSAInventoryError."""
        raise NotImplementedError

    def open(self, sources: collections.abc.Sequence[str], lock_id: str | None = None) -> InventoryManager:
        """The manager of the first of the inventory sources that is ours. Raises AnsibleError, SourceNotFound."""
        return InventoryManager.of(find_source(sources), self._loader, load_extra_vars(self._loader), lock_id)

    def warn(self, notices: collections.abc.Iterable[Notice]) -> None:
        """Add warnings to the result."""
        for notice in notices:
            warn(notice, self._loader)

    def changing(
        self, manager: InventoryManager, preview: Outcome, change: collections.abc.Callable[[], Outcome]
    ) -> dict[str, t.Any]:
        """The result of a change that was previewed; in check mode, or if nothing would change, it is not made."""
        self.warn(preview.warnings)
        before, old = preview.inventory_before, _serial(preview)
        changed = before is None or not same(before, preview.inventory)
        made = preview
        if changed and not self._task.check_mode:
            made = change()
            self.warn(notice for notice in made.warnings if notice not in preview.warnings)
            changed = made.written
        result = {
            'changed': changed,
            'summary': preview.summary(),
            'changes': [record(one) for one in preview.changes],
            'serial': _serial(made),
        }
        if self._task.diff:
            new = None if self._task.check_mode else _serial(made)
            sides = _sides(differences(before or {}, preview.inventory))
            result['diff'] = shown_diff(manager.store.storage.describe(), (_named(old), _named(new)), sides)
        return result


def shown_diff(where: str, names: tuple[str, str], sides: tuple[str, str]) -> list[dict[str, str]]:
    """What diff mode shows, as the key `diff` of a result.

    where: the storage. names: what is compared, before and after. sides: both as texts.
    """
    before, after = (f'{where} ({name})' for name in names)
    return [{'before_header': before, 'after_header': after, 'before': sides[0], 'after': sides[1]}]


@contextlib.contextmanager
def _as_failures(loader: DataLoader) -> collections.abc.Iterator[None]:
    """Within it, the library's errors become Ansible's, which shows mistakes of files with their places.

    Another one is a single text, remedy included, so that it is complete in the registered result, too; what lies
    behind it is shown at -vv.
    """
    try:
        with bounded_depth('the storage'):
            yield
    except OSAInventoryError as error:
        shown = for_ansible(error, loader)
        cause = shown.__cause__ if display.verbosity >= 2 else None
        if error.place or isinstance(error, ConfigurationErrors):
            raise shown from cause
        raise AnsibleActionFail(str(error)) from cause


def _serial(outcome: Outcome) -> int | None:
    """The serial of the newest state, None when there is none."""
    return outcome.after.serial if outcome.after else None


def _named(serial: int | None) -> str:
    return 'not stored' if serial is None else f'serial {serial}'


def _sides(found: list[Difference]) -> tuple[str, str]:
    """Both sides of differences as texts, with a line for each value that is there."""
    before = [dataclasses.replace(one, after=ABSENT) for one in found if one.before is not ABSENT]
    after = [dataclasses.replace(one, before=ABSENT) for one in found if one.after is not ABSENT]
    return _lines(before, '- '), _lines(after, '+ ')


def _lines(found: list[Difference], sign: str) -> str:
    return ''.join(f'{str(one).removeprefix(sign)}\n' for one in found)
