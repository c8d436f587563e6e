# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sealed states (option `encrypt`) on the storage `file`, held to the contract like a storage."""

from __future__ import annotations

import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Meta, Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.encryption.codec import Sealed
from ansible_collections.osa.inventory.plugins.module_utils.storage.file.storage import StorageModule
from ansible_collections.osa.inventory.plugins.plugin_utils.source.vault import VaultSeal
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import opened
from ansible_collections.osa.inventory.tests.contract import test_kit_file
from support.sealed_samples import OLD


class SealedFile(Sealed):
    """What the driver makes of the storage `file` with the option `encrypt`.

    The contract compares the accounts of a history with those of the states. Their digests are sealed with the states,
    so each state is opened here, which operators need not wait for.
    """

    def __init__(self) -> None:
        super().__init__(StorageModule(), VaultSeal([OLD]))

    def history(self) -> list[Meta]:
        return [state.meta for meta in super().history() if (state := self.read(meta.serial))]

    def prune(self, keep: int) -> list[Meta]:
        accounts = {meta.serial: meta for meta in self.history()}
        return [accounts[meta.serial] for meta in super().prune(keep)]


class TestSealedFile(test_kit_file.TestFile):
    """One directory for each region."""

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        return opened(SealedFile, tenant, region, config_dir=str(self.place(tenant, region)), **options)
