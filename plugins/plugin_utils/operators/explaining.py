# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the values of a host come from, with the history of the storage behind them."""

from __future__ import annotations

import typing as t

from ...module_utils.errors import StateDamaged
from ...module_utils.generator.reasons import Reasons
from ...module_utils.management.explanation import Explanation, explain
from ...module_utils.storage.contract import State
from ...module_utils.storage.driver.store import Store
from .access import Access


def explained(access: Access, host: str, variable: str | None) -> list[Explanation]:
    """See `explanation.explain`; the inventory is what the next run gives. Raises as a run does, and InventoryError."""
    reasons = Reasons(host)
    result = access.store.preview(lambda stored: access.generation(stored, reasons))
    return explain(access.source.written(), result.inventory, reasons, variable, _states(access.store))


def _states(store: Store) -> t.Iterator[State]:
    """The kept states, newest first; read one by one, as few are needed. What cannot be read ends them."""
    for meta in store.history():
        try:
            yield store.kept(meta.serial)
        except StateDamaged:
            return
