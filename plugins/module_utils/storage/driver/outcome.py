# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call of the driver hands back."""

from __future__ import annotations

import dataclasses
import typing as t

from ...inventory import Inventory
from ...results import Notice, Result
from ..contract import Meta, State


@dataclasses.dataclass(frozen=True)
class Outcome(Result):
    """The result of a transform, and what the driver did with it.

    before: the newest state that the transform was given; None when there was none.
    after: the account of the newest state after the call; None when nothing is stored.
    written: whether the call stored anything.
    remembered: whether the configuration directory has a note of the newest state; False where it cannot be written.
    """

    before: State | None = None
    after: Meta | None = None
    written: bool = False
    remembered: bool = True

    @property
    def inventory_before(self) -> Inventory | None:
        """The inventory that the transform was given; None for nothing."""
        return self.before.inventory if self.before else None

    def with_warnings(self, notices: t.Iterable[Notice]) -> Outcome:
        """The same with more warnings."""
        return dataclasses.replace(self, warnings=(*self.warnings, *notices))
