# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing all kept states into the form that the storage's options ask for: encrypted with the first secret, or plain.

It may be interrupted at any point and run again: each state is in its former form or in the new one, and as long as the
former secrets are given, too, both can be read.
"""

from __future__ import annotations

import collections.abc
import dataclasses

from ..errors import StateConflict
from ..storage.contract import Meta
from ..storage.driver.states import States

_ATTEMPTS = 5

Progress = collections.abc.Callable[[str, int, int], None]
"""Told of each state: what was done with it, how many are done, how many there are."""


@dataclasses.dataclass(frozen=True)
class Rekeying:
    """What was changed, or would be.

    changed: accounts, as they were stored, of the states that had another form; oldest first. kept: how many there are.
    encrypted: whether the form that all have now is an encrypted one.
    """

    changed: tuple[Meta, ...]
    kept: int
    encrypted: bool


def rekey(states: States, *, dry_run: bool = False, progress: Progress | None = None) -> Rekeying:
    """Bring every kept state into the form in which it would be written now, the oldest first.

    dry_run: only read, and find out which have another one. Raises StateSealed for a state that no secret opens,
    StorageRefused where the storage cannot do that, StateConflict where others write all the time, and what reading
    raises. What was done by then stays, and the next run goes on from there.
    """
    changed: dict[int, Meta] = {}
    for _attempt in range(_ATTEMPTS):
        metas = states.history()[::-1]
        before: Meta | None = None
        for number, meta in enumerate(metas, start=1):
            if dry_run:
                states.read(meta.serial)
                after = meta if states.fits(meta.serial) else None
            else:
                after = before = states.rekey(meta.serial, before)
            if after != meta:
                changed.setdefault(meta.serial, meta)
            if progress:
                progress('rekey', number, len(metas))
        if dry_run or states.history()[:1] == ([before] if before else []):
            if not dry_run:
                states.sweep()
            return Rekeying(tuple(changed.values()), len(metas), states.codec.encrypts)
    raise StateConflict(
        f'{states.describe()} was written to all the time.',
        help_text='Run it again when nobody else is at work; it goes on from where it is.',
    )
