# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `none`: keeps nothing, for deployments whose names follow from the configuration alone."""

from __future__ import annotations

import typing as t

from ...inventory import Inventory
from ..contract import Ephemeral, Finding, Meta, State, Storage
from .options import NoneOptions


class StorageModule(Storage, Ephemeral):
    """Forgets at once what it is given."""

    NAME = 'none'
    OPTIONS = NoneOptions
    options: NoneOptions

    def describe(self) -> str:
        return 'nowhere'

    def read(self, serial: int | None = None) -> State | None:
        return None

    def commit(
        self, inventory: Inventory, meta: Meta, base: Meta | None, source: dict[str, t.Any] | None = None
    ) -> None:
        """Nothing to do, and nothing that could go wrong."""

    def check(self) -> list[Finding]:
        return [Finding('warning', 'nothing is kept', 'Use a storage that keeps states for any cloud that matters.')]
