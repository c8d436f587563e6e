# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state that is lost is not a new one: the errors that end a run before it draws everything anew."""

from __future__ import annotations

import collections.abc

from ...errors import StateLost, StateRegressed
from ..contract import Meta, Storage
from .last_seen import Seen


def lost(storage: Storage, proofs: collections.abc.Iterable[str]) -> StateLost:
    """The error for a storage that holds nothing, while these files show that it did."""
    found = ', '.join(f"'{path}'" for path in proofs)
    return StateLost(
        f"There is no inventory of '{storage.region}' in {storage.describe()}, but there was one (seen in {found}).",
        help_text='Restore it (osa-inventory restore), copy it from the storage that has it (osa-inventory'
        f' migrate), or start anew, with new names and addresses, by putting {found} aside (osa-inventory forget).',
    )


def regressed(storage: Storage, newest: Meta, seen: Seen, note: str) -> StateRegressed:
    """The error for a storage whose newest state is older than the one seen last, or of another lineage.

    note: the path of the file that says what was seen.
    """
    what = f'serial {newest.serial}' if seen.lineage == newest.lineage else f'serial {newest.serial} of another lineage'
    return StateRegressed(
        f"{storage.describe()} holds {what}, but serial {seen.serial} was seen before in storage '{seen.storage}'.",
        help_text='Restore the newer state (osa-inventory restore), copy it from the storage that has it'
        f" (osa-inventory migrate), or accept this one by removing '{note}' (osa-inventory forget).",
    )
