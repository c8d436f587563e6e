# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exit codes of the command, as `osa-inventory --help` lists them."""

from __future__ import annotations

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
