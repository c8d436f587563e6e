# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much the kit does: enough to find a broken storage in seconds, or, when asked to, enough to trust a sound one."""

from __future__ import annotations

import dataclasses
import os
import typing as t

VARIABLE = 'OSA_INVENTORY_KIT'
"""The environment variable that chooses: `long` for the long form; not set, the short one."""


@dataclasses.dataclass(frozen=True)
class Scale:
    """The sizes of what the kit does.

    processes: that write at once. writes: of each of them. kills: how often a writer is killed.
    cuts: how often a connection is cut while something is written. seconds: how long readers watch a writer.
    large_state: bytes of the largest state, as JSON.
    """

    processes: int = 4
    writes: int = 4
    kills: int = 10
    cuts: int = 6
    seconds: float = 1.0
    large_state: int = 3_000_000

    @classmethod
    def chosen(cls, **short: t.Any) -> Scale:
        """The long form where the environment asks for it, else the short one with these numbers."""
        return LONG if os.environ.get(VARIABLE) == 'long' else cls(**short)


LONG = Scale(processes=8, writes=25, kills=200, cuts=60, seconds=15.0, large_state=50_000_000)
