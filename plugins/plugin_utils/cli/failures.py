# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exit codes, and how errors are printed."""

from __future__ import annotations

from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display

from ...module_utils.errors import (
    OSAInventoryError,
    StateConflict,
    StateDamaged,
    StateLost,
    StateRegressed,
    StorageLocked,
    StorageUnreachable,
    WriteUncertain,
)
from ..errors import for_ansible

display = Display()

DONE = 0
FAILED = 1
DIFFERENT = 2
"""Something differs: `plan` and `diff` only."""

INTERRUPTED = 130
BROKEN_PIPE = 141
"""What a shell reports of programs that these signals end."""

_KINDS: dict[type[OSAInventoryError], int] = {
    StateConflict: 3,
    StorageLocked: 4,
    StorageUnreachable: 5,
    WriteUncertain: 5,
    StateLost: 6,
    StateDamaged: 6,
    StateRegressed: 6,
}


def exit_code(error: OSAInventoryError) -> int:
    """The exit code for an error, as `--help` lists them."""
    return next((code for kind, code in _KINDS.items() if isinstance(error, kind)), FAILED)


def show(error: OSAInventoryError, loader: DataLoader) -> None:
    """Print an error as Ansible does, once; what lies behind it only at -vv."""
    shown = for_ansible(error, loader)
    if display.verbosity < 2:
        shown.__cause__ = None
    display.error(shown)
