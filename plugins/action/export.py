# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing the inventory to files, for playbooks; documented in the module of the same name."""

from __future__ import annotations

import pathlib
import typing as t

from ..module_utils.errors import InventoryError
from ..plugin_utils.operators.actions import LOOKING, Arguments, InventoryAction, Spec
from ..plugin_utils.operators.api import InventoryManager
from ..plugin_utils.operators.files import write_directory, write_file


class ActionModule(InventoryAction):
    """Writes files, where they are not there already; the inventory stays as it is."""

    ARGUMENTS: t.ClassVar[Spec] = {
        **LOOKING,
        'dest': {'type': 'path', 'required': True},
        'form': {'type': 'str', 'choices': ['static', 'bundle'], 'required': True},
    }

    def carry_out(self, manager: InventoryManager, arguments: Arguments) -> dict[str, t.Any]:
        """Write the directory or the archive."""
        dest: str = arguments['dest']
        static = arguments['form'] == 'static'
        made = manager.export_static() if static else manager.bundle(dest)
        self.warn(made.warnings)
        files = made.files if static else {'': made.files[dest]}
        changed = _present(pathlib.Path(dest)) != files
        if changed and not self._task.check_mode:
            if static:
                write_directory(dest, files)
            else:
                write_file(dest, files[''])
        return {'changed': changed, 'dest': dest, 'files': sorted(filter(None, files))}


def _present(path: pathlib.Path) -> dict[str, bytes]:
    """What is there: the files of a directory by their paths in it, or one file. Raises InventoryError."""
    try:
        if path.is_dir():
            return {one.relative_to(path).as_posix(): one.read_bytes() for one in path.rglob('*') if one.is_file()}
        return {'': path.read_bytes()} if path.exists() else {}
    except OSError as error:
        raise InventoryError(f"'{error.filename}' cannot be read: {error.strerror}.") from error
