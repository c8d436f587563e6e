# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storages `file` and `none`, held to the contract."""

from __future__ import annotations

import json
import pathlib
import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import FORMAT, Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.file import storage as file
from ansible_collections.osa.inventory.plugins.module_utils.storage.none import storage as none
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import (
    StorageContract,
    files_below,
    opened,
)

NAME = 'openstack_inventory.json'
SIDE = '.openstack_inventory.meta.json'


class TestFile(StorageContract):
    """One directory for each region."""

    writes_files = True

    def place(self, tenant: str, region: str) -> pathlib.Path:
        place = self.directory / tenant / region
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        return opened(file.StorageModule, tenant, region, config_dir=str(self.place(tenant, region)), **options)

    def open_unreachable(self, tenant: str, region: str) -> Storage:
        return opened(file.StorageModule, tenant, region, config_dir=str(self.directory / 'nowhere'))

    def open_refused(self, tenant: str, region: str) -> Storage:
        place = self.place(tenant, region)
        place.chmod(0o777)
        return opened(file.StorageModule, tenant, region, config_dir=str(place))

    def damage(self, tenant: str, region: str) -> None:
        path = self.place(tenant, region) / NAME
        path.write_bytes(path.read_bytes()[:-20])

    def make_newer(self, tenant: str, region: str) -> None:
        path = self.place(tenant, region) / SIDE
        path.write_text(json.dumps({**json.loads(path.read_text()), 'format': FORMAT + 1}))

    def remove(self, tenant: str, region: str) -> None:
        (self.place(tenant, region) / NAME).unlink()

    def footprint(self) -> object:
        return files_below(self.directory)


class OneFile(StorageContract):
    """One file that is asked for several regions."""

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        return opened(file.StorageModule, tenant, region, config_dir=str(self.directory), **options)


def test_one_file_refuses_other_regions_than_its_own() -> None:
    OneFile().test_regions_with_similar_names_never_see_one_another()


class TestNone(StorageContract):
    """Keeps nothing."""

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        return opened(none.StorageModule, tenant, region, **options)
