# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `acme.stores.directory`, held to the contract of `osa.inventory`."""

from __future__ import annotations

import json
import pathlib
import typing as t

from ansible_collections.acme.stores.plugins.plugin_utils.storage.directory import StorageModule
from ansible_collections.osa.inventory.plugins.module_utils.storage.authoring import FORMAT, Storage
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import (
    StorageContract,
    files_below,
    opened,
)


class TestDirectory(StorageContract):
    """All regions below one directory."""

    writes_files = True

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        return opened(StorageModule, tenant, region, path=str(self.directory), **options)

    def open_unreachable(self, tenant: str, region: str) -> Storage:
        return opened(StorageModule, tenant, region, path=str(self.directory / 'nowhere'))

    def newest(self, tenant: str, region: str) -> pathlib.Path:
        """The file of the newest state."""
        return max((self.directory / tenant / region).glob('*.state'))

    def damage(self, tenant: str, region: str) -> None:
        file = self.newest(tenant, region)
        file.write_bytes(file.read_bytes()[:-10])

    def make_newer(self, tenant: str, region: str) -> None:
        file = self.newest(tenant, region)
        account, _newline, rest = file.read_bytes().partition(b'\n')
        file.write_bytes(json.dumps({**json.loads(account), 'format': FORMAT + 1}).encode() + b'\n' + rest)

    def remove(self, tenant: str, region: str) -> None:
        for file in (self.directory / tenant / region).glob('*.state'):
            file.unlink()

    def footprint(self) -> object:
        return files_below(self.directory)
