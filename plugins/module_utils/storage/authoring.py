# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a storage class of a third party imports from this collection, and tools and tests around it.

Names can be added here. Those that are here, and what they do, stay as they are within a major version of the
collection; every other module may change at any time. The guide is `docs/writing-a-storage.md`.
"""

from __future__ import annotations

from ..canonical import canonical, digest
from ..errors import (
    InventoryError,
    LibraryMissing,
    StateConflict,
    StateDamaged,
    StateLost,
    StateTooLarge,
    StateTooNew,
    StorageError,
    StorageLocked,
    StorageOptionError,
    StorageRefused,
    StorageUnreachable,
    WriteUncertain,
)
from ..inventory import Inventory
from ..libraries import require
from ..results import Notice
from .contract import (
    FORMAT,
    Ephemeral,
    Finding,
    History,
    Local,
    Lock,
    LockInfo,
    Meta,
    MinimalStorage,
    Outlines,
    Proofs,
    Regions,
    Rewrite,
    State,
    Storage,
    Tables,
    Upgrade,
)
from .formats.metadata import account
from .formats.records import (
    conflict,
    lock_text,
    locked_by,
    meta_text,
    pack,
    read_lock,
    read_meta,
    unpack_state,
    wait_for_lock,
)
from .lookup.declaration import Options, option

__all__ = [
    'FORMAT',
    'Ephemeral',
    'Finding',
    'History',
    'Inventory',
    'InventoryError',
    'LibraryMissing',
    'Local',
    'Lock',
    'LockInfo',
    'Meta',
    'MinimalStorage',
    'Notice',
    'Options',
    'Outlines',
    'Proofs',
    'Regions',
    'Rewrite',
    'State',
    'StateConflict',
    'StateDamaged',
    'StateLost',
    'StateTooLarge',
    'StateTooNew',
    'Storage',
    'StorageError',
    'StorageLocked',
    'StorageOptionError',
    'StorageRefused',
    'StorageUnreachable',
    'Tables',
    'Upgrade',
    'WriteUncertain',
    'account',
    'canonical',
    'conflict',
    'digest',
    'lock_text',
    'locked_by',
    'meta_text',
    'option',
    'pack',
    'read_lock',
    'read_meta',
    'require',
    'unpack_state',
    'wait_for_lock',
]
