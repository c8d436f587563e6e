# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `none`: keeps nothing, for deployments whose names follow from the configuration alone."""

from __future__ import annotations

import typing as t

from ...errors import StorageRefused
from ...inventory import Inventory
from ..contract import Finding, LockInfo, Meta, State, Storage
from .options import NoneOptions


class StorageModule(Storage):
    """Forgets at once what it is given.

    ephemeral: accept that names and addresses change with every run where they are not `stable`.
    """

    NAME = 'none'
    OPTIONS = NoneOptions
    options: NoneOptions
    KEEPS = False

    def describe(self) -> str:
        return 'nowhere'

    def read(self, serial: int | None = None) -> State | None:
        return None

    def commit(
        self, inventory: Inventory, meta: Meta, base: Meta | None, source: dict[str, t.Any] | None = None
    ) -> None:
        """Nothing to do, and nothing that could go wrong."""

    def history(self) -> list[Meta]:
        return []

    def prune(self, keep: int) -> list[Meta]:
        return []

    def lock(self, info: LockInfo, timeout: float) -> None:
        raise StorageRefused("The storage 'none' has nothing to lock.", help_text='Use a storage that keeps states.')

    def holder(self) -> LockInfo | None:
        return None

    def break_lock(self, lock_id: str) -> None:
        """Nothing is ever locked."""

    def check(self) -> list[Finding]:
        return [Finding('warning', 'nothing is kept', 'Use a storage that keeps states for any cloud that matters.')]
