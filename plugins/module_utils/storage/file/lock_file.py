# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file storage's lock between operators: a small file that names its holder."""

from __future__ import annotations

import dataclasses
import os

from ...errors import StateDamaged
from ..contract import LockInfo
from ..filesystem import Ownership, read_file, replace
from ..formats import json_text
from ..formats.records import locked_by


def read_holder(path: str) -> LockInfo | None:
    """Who holds the lock, or None. Raises StateDamaged for a file that is none of ours."""
    data = read_file(path)
    if data is None:
        return None
    help_text = f"Remove '{path}' if nobody is at work."
    try:
        return LockInfo(**json_text.parse(data, path, help_text))
    except TypeError as error:
        raise StateDamaged(f"'{path}' does not say who holds the lock.", help_text=help_text) from error


def take(path: str, info: LockInfo, ownership: Ownership) -> LockInfo | None:
    """Take the lock; returns the other holder if there is one. Raises OSError."""
    holder = read_holder(path)
    if holder is None:
        replace(path, json_text.dump(dataclasses.asdict(info)).encode('ascii'), ownership)
    return holder


def release(path: str, lock_id: str) -> None:
    """Release the lock with this id, if it is held. Raises StorageLocked when it is held under another, OSError."""
    holder = read_holder(path)
    if holder is None:
        return
    if holder.id != lock_id:
        raise locked_by(holder)
    os.unlink(path)
