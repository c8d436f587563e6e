# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypted states (option `encrypt`) on the storage `file`, held to the contract like a storage."""

from __future__ import annotations

import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.results import Notice
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Finding, Meta, State, Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.states import States
from ansible_collections.osa.inventory.plugins.module_utils.storage.encryption.codec import Codec
from ansible_collections.osa.inventory.plugins.module_utils.storage.file.storage import StorageModule
from ansible_collections.osa.inventory.plugins.plugin_utils.source.vault import VaultCipher
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import opened
from ansible_collections.osa.inventory.tests.contract import test_kit_file
from support.encrypted_samples import OLD


class EncryptedFile(StorageModule):
    """What the driver sees of the storage `file` with the option `encrypt`.

    The contract compares the accounts of a history with those of the states. Their digests are encrypted with the
    states, so each state is decrypted here, which operators need not wait for.
    """

    def register(self, options: dict[str, t.Any]) -> None:
        super().register(options)
        inner = StorageModule()
        inner.register(options)
        self._states = States(inner, Codec(VaultCipher([OLD]), encrypts=True))

    def read(self, serial: int | None = None) -> State | None:
        return self._states.read(serial)

    def commit(self, inventory: t.Any, meta: Meta, base: Meta | None, source: dict[str, t.Any] | None = None) -> None:
        self._states.commit(inventory, meta, base, source)

    def history(self) -> list[Meta]:
        return [state.meta for meta in self._states.history() if (state := self.read(meta.serial))]

    def prune(self, keep: int) -> list[Meta]:
        accounts = {meta.serial: meta for meta in self.history()}
        return [accounts[meta.serial] for meta in self._states.prune(keep)]

    def recover(self) -> Meta | None:
        return self._states.recover()

    def check(self) -> list[Finding]:
        return self._states.check()

    def take_notices(self) -> tuple[Notice, ...]:
        return (*super().take_notices(), *self._states.storage.take_notices())


class TestEncryptedFile(test_kit_file.TestFile):
    """One directory for each region."""

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        return opened(EncryptedFile, tenant, region, config_dir=str(self.place(tenant, region)), **options)
