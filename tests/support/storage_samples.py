# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small inventories, and what the tests of the storages do with them."""

from __future__ import annotations

import copy
import os
import pathlib
import time
import typing as t
import zlib

from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.results import Change, Result
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.file.storage import StorageModule

NAME = 'openstack_inventory.json'
SIDE = '.openstack_inventory.meta.json'
LOCK = '.openstack_inventory.lock'
SEEN = '.osa_inventory_seen.json'
ARCHIVE = 'backup_openstack_inventory.tar'


def inventory(*hosts: str, **variables: t.Any) -> Inventory:
    """An inventory of these hosts in one group, each with an address of its own; variables are those of `all`."""
    return {
        '_meta': {'hostvars': {host: _variables(host) for host in hosts}},
        'all': {'vars': variables},
        'all_containers': {'children': [], 'hosts': list(hosts)},
    }


def _variables(host: str) -> dict[str, t.Any]:
    number = zlib.crc32(host.encode())
    return {
        'container_name': host,
        'container_networks': {'management_address': {'address': f'2001:db8::{number >> 16:x}:{number & 0xFFFF:x}'}},
        'is_metal': False,
    }


def with_host(stored: Inventory | None, host: str) -> Result:
    """The stored inventory and one more host."""
    grown = copy.deepcopy(stored) if stored else inventory()
    grown['_meta']['hostvars'][host] = _variables(host)
    grown['all_containers']['hosts'].append(host)
    return Result(grown, (Change('container', host),))


def adding(host: str) -> t.Callable[[Inventory | None], Result]:
    """A transform that adds a host, whatever is stored."""
    return lambda stored: with_host(stored, host)


def giving(wanted: Inventory) -> t.Callable[[Inventory | None], Result]:
    """A transform that wants an inventory, whatever is stored."""
    return lambda stored: Result(wanted)


def hosts_of(stored: Inventory) -> set[str]:
    return set(stored['_meta']['hostvars'])


def file_storage(directory: pathlib.Path, **options: t.Any) -> StorageModule:
    """The file storage in a configuration directory."""
    storage = StorageModule()
    storage.register({'config_dir': os.fspath(directory), **options})
    return storage


def file_store(directory: pathlib.Path, **options: t.Any) -> Store:
    """The driver on the file storage, without pauses that would slow down the tests."""
    return Store(file_storage(directory, **options), os.fspath(directory), sleep=_short)


def _short(seconds: float) -> None:
    time.sleep(seconds / 10)


def leftovers(directory: pathlib.Path) -> list[str]:
    """Files that a write prepared and did not take away."""
    return sorted(path.name for path in directory.rglob('*') if path.name.endswith('.new'))
