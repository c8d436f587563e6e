# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real action plugins, found and run as Ansible does it, in this process."""

from __future__ import annotations

import collections.abc
import dataclasses
import pathlib
import shutil
import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import action_loader, connection_loader
from ansible_collections.osa.inventory.plugins.plugin_utils.operators.api import InventoryManager
from ansible_collections.osa.inventory.plugins.plugin_utils.source.options import open_source
from support.deployments import CONFORMANCE

PREFIX = 'osa.inventory.'
STORED = 'openstack_inventory.json'


@dataclasses.dataclass(frozen=True)
class Actions:
    """Runs actions on the inventory source of a deployment whose inventory is stored with two serials."""

    source: pathlib.Path

    @property
    def stored(self) -> pathlib.Path:
        return self.source.parent / STORED

    @property
    def manager(self) -> InventoryManager:
        return InventoryManager(open_source(str(self.source), DataLoader(), {}))

    def files(self) -> dict[str, bytes]:
        """Every file of the configuration directory with its content."""
        return {path.name: path.read_bytes() for path in self.source.parent.iterdir() if path.is_file()}

    def __call__(self, action: str, check: bool = False, diff: bool = False, **arguments: t.Any) -> dict[str, t.Any]:
        loader, context = DataLoader(), PlayContext()
        task = Task.load({PREFIX + action: arguments, 'check_mode': check, 'diff': diff}, loader=loader)
        plugin = action_loader.get(
            PREFIX + action,
            task=task,
            connection=connection_loader.get('ansible.builtin.local', context),
            play_context=context,
            loader=loader,
            templar=None,
            shared_loader_obj=None,
        )
        return plugin.run(task_vars={'ansible_inventory_sources': ['/nowhere/hosts', str(self.source)]})


@pytest.fixture(scope='session')
def prepared(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A deployment of three controllers whose inventory was generated and then lost a host."""
    directory = tmp_path_factory.mktemp('prepared') / 'openstack_deploy'
    shutil.copytree(CONFORMANCE / '02-three-controllers' / 'config', directory)
    (directory / 'osa.yml').write_text('plugin: osa.inventory.osa\n')
    actions = Actions(directory / 'osa.yml')
    manager = actions.manager
    manager.import_inventory((CONFORMANCE / '02-three-controllers' / 'expected.json').read_bytes(), 'expected.json')
    manager.remove_hosts(['vol-2'])
    return directory


@pytest.fixture
def actions(prepared: pathlib.Path, tmp_path: pathlib.Path) -> collections.abc.Iterator[Actions]:
    directory = tmp_path / 'openstack_deploy'
    shutil.copytree(prepared, directory)
    return Actions(directory / 'osa.yml')
