# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the command work with: a deployment, and what came of a run."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

from ansible.inventory.data import InventoryData
from ansible_collections.osa.inventory.plugins.module_utils.results import Result
from ansible_collections.osa.inventory.plugins.plugin_utils.operators.api import InventoryManager
from ansible_collections.osa.inventory.plugins.plugin_utils.run.fill import check
from ansible_collections.osa.inventory.plugins.plugin_utils.run.run import run


@dataclasses.dataclass(frozen=True)
class Cloud:
    """A configuration directory with an `osa.yml`."""

    directory: pathlib.Path

    @property
    def source(self) -> pathlib.Path:
        return self.directory / 'osa.yml'

    @property
    def stored(self) -> pathlib.Path:
        return self.directory / 'openstack_inventory.json'

    @property
    def manager(self) -> InventoryManager:
        """A new one, as each run of the command has it."""
        return InventoryManager.of(str(self.source))

    def configure(self, options: str) -> None:
        """Options of the source."""
        self.source.write_text(f'plugin: osa.inventory.osa\n{options}')

    def run(self) -> Result:
        """What `ansible-inventory` does."""
        source = self.manager.source
        store = source.open_store()
        return run(source, source.deployment(), store, lambda inventory: check(inventory, InventoryData())).result

    def add_host(self, name: str, ip: str, group: str = 'compute_hosts') -> None:
        (self.directory / 'conf.d').mkdir(exist_ok=True)
        (self.directory / 'conf.d' / f'{name}.yml').write_text(f'{group}:\n  {name}:\n    ip: {ip}\n')

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.directory.rglob('*') if path.is_file()}


@dataclasses.dataclass(frozen=True)
class Done:
    """What came of a run of the command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Command(t.Protocol):
    def __call__(self, *arguments: object) -> Done: ...
