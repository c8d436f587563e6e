# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `gzip`, held to that part of the contract which three methods can claim."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.storage.authoring import Storage
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import (
    StorageContract,
    files_below,
    opened,
)
from osa_inventory_gzip import Gzip


class TestGzip(StorageContract):
    """One file for each region."""

    writes_files = True

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        return opened(Gzip, tenant, region, path=str(self.directory), **options)

    def open_unreachable(self, tenant: str, region: str) -> Storage:
        return opened(Gzip, tenant, region, path=str(self.directory / 'nowhere'))

    def file(self, tenant: str, region: str) -> pathlib.Path:
        return self.directory / f'{tenant}+{region}.json.gz'

    def damage(self, tenant: str, region: str) -> None:
        file = self.file(tenant, region)
        file.write_bytes(file.read_bytes()[:-10])

    def remove(self, tenant: str, region: str) -> None:
        self.file(tenant, region).unlink()

    def footprint(self) -> object:
        return files_below(self.directory)
