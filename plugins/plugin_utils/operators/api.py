# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python API for operators: all that can be done with the inventory of one inventory source.

The command `osa-inventory` and the actions for playbooks are built on it and have no logic of their own. The names in
this module, their parameters and what they return are kept within a major version; parameters may be added, by keyword.

    manager = InventoryManager.of('/etc/openstack_deploy/osa.yml')
    for row in manager.hosts():
        print(row.container_name, row.ansible_host)
    print(manager.remove_hosts(['compute9'], preview=True).summary())

Inventories have the form of Ansible's `script` inventories (`inventory.Inventory`). Everything that goes wrong is
raised as an OSAInventoryError (`errors`); what is wrong with the inventory source itself as Ansible's AnsibleError.

Methods that change the state take `preview`: True gives the result without changing anything. Their `announced` is
what a preview gave: the change is then made only if it still is the same one, else StateConflict. `message` says why,
for the history. They raise StorageRefused with `persist: never`, StorageLocked while somebody else holds the lock, and
else what `Store.update` raises.
"""

from __future__ import annotations

import collections.abc
import functools
import typing as t

from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.utils.collection_loader import AnsibleCollectionConfig

from ...module_utils.configuration.model import Deployment
from ...module_utils.errors import StorageError
from ...module_utils.generator.builder import InventoryBuilder
from ...module_utils.inventory import Inventory
from ...module_utils.management import listing, migration, networks, rekeying, removal
from ...module_utils.management.difference import Difference, differences
from ...module_utils.management.explanation import Explanation
from ...module_utils.management.listing import HostRow, Machine
from ...module_utils.management.networks import NetworkUsage
from ...module_utils.management.plan import Plan, announce
from ...module_utils.management.rekeying import Rekeying
from ...module_utils.management.replacing import read_inventory, replace
from ...module_utils.management.topology import Topology, topology
from ...module_utils.results import Notice, Result
from ...module_utils.storage.contract import Finding, LockInfo, Meta, State, Tables, Upgrade, capability
from ...module_utils.storage.driver import forgetting
from ...module_utils.storage.driver.forgetting import Forgetting
from ...module_utils.storage.driver.invariants import bounded_depth
from ...module_utils.storage.driver.outcome import Outcome
from ...module_utils.storage.driver.store import Store
from ...module_utils.storage.formats.metadata import owner
from ...module_utils.storage.formats.records import locked_by
from ...module_utils.storage.lookup import catalogue
from ...module_utils.storage.lookup.catalogue import Description, Listed
from ...module_utils.words import listed
from ..run.fill import check
from ..source.finding import find_source
from ..source.options import Source, open_source
from ..source.vault import VaultCipher
from .access import EMPTY, Access
from .explaining import explained
from .exporting import Export, bundled, static_export

__all__ = ['InventoryManager', 'describe_storage', 'find_source', 'storages']

Names = collections.abc.Sequence[str]


def storages() -> list[Listed]:
    """Every storage that can be found by name: built in, in collections, in Python packages."""
    return catalogue.storages(AnsibleCollectionConfig.collection_paths)


def describe_storage(name: str) -> Description:
    """What a storage says of itself, and its options. Raises StorageNotFound, LibraryMissing."""
    return catalogue.describe(name)


class InventoryManager:
    """What operators do with the inventory of one source.

    source: as `options.open_source` gives it. lock_id: the lock under which changes are made, if one is held.
    """

    def __init__(self, source: Source, lock_id: str | None = None) -> None:
        self.source = source
        self._access = Access(source, lock_id)

    @classmethod
    def of(
        cls,
        path: str,
        loader: DataLoader | None = None,
        extra_vars: t.Mapping[str, t.Any] | None = None,
        lock_id: str | None = None,
    ) -> InventoryManager:
        """The manager of the inventory source in a file.

        loader: with the vault's secrets, where there are any. extra_vars: as Ansible's `load_extra_vars` gives them.
        Raises AnsibleError. Ansible's plugin loader must be initialized (`init_plugin_loader`).
        """
        return cls(open_source(path, loader or DataLoader(), extra_vars or {}), lock_id)

    @property
    def store(self) -> Store:
        """The driver of the storage."""
        return self._access.store

    @property
    def deployment(self) -> Deployment:
        """The deployment description. Raises ConfigurationError or ConfigurationErrors."""
        return self._access.deployment

    def notices(self) -> tuple[Notice, ...]:
        """What the storage noted and no result has told yet."""
        return self.store.notices()

    # Looking things up

    def inventory(self) -> Inventory:
        """The newest stored inventory; where nothing is ever kept, the one that the next run gives.

        Raises StorageError when nothing was stored yet.
        """
        newest = self._access.newest()
        if newest is None:
            raise self._access.never_stored()
        return newest

    def hosts(self) -> list[HostRow]:
        """Every host and container, in the order of their names."""
        return listing.hosts(self.inventory())

    def groups(self) -> dict[str, list[str]]:
        """Group -> its own hosts, for every group that has some, in the order of the groups' names."""
        return listing.members(self.inventory())

    def containers(self) -> dict[str, list[str]]:
        """Host or container -> the groups that it is a member of itself, in the order of their names."""
        return listing.groups(self.inventory())

    def machines(self) -> list[Machine]:
        """Every physical host with its containers, in the order of their names."""
        return listing.machines(self.inventory())

    def networks(self) -> list[NetworkUsage]:
        """Every network of the configuration, how full it is, and who has which address. Nothing need be stored."""
        configuration = self.deployment.configuration
        return networks.usage(configuration, self._access.newest() or EMPTY)

    def export_hosts(self) -> dict[str, t.Any]:
        """Per host: `{'hosts': {name: {'hostvars': …, 'groups': […]}}, 'all': …}`."""
        return listing.export_hosts(self.inventory())

    def topology(self, title: str | None = None) -> Topology:
        """The deployment as it can be drawn: see `topology_drawing.svg` and `topology_drawing.page`."""
        state = self.show() if self.store.states.kept else None
        written = f'serial {state.meta.serial}, written {state.meta.written_at}' if state and state.meta.serial else ''
        name = title or f'Inventory {self.source.tenant}/{self.source.region}'
        return topology(self.deployment, state.inventory if state else self.inventory(), name, written)

    def explain(self, host: str, variable: str | None = None) -> list[Explanation]:
        """Where the values of a host's variables, or of one of them, come from: file and line, a rule, or the storage.

        Raises as a run does, and InventoryError for an unknown host or variable.
        """
        return explained(self._access, host, variable)

    # Exports

    def export_static(self) -> Export:
        """Files of a static inventory that Ansible reads to the same result as the source, by their paths."""
        return static_export(self._access)

    def bundle(self, name: str) -> Export:
        """An archive with everything about the newest state, the same to the byte each time; the name says its kind."""
        return bundled(self._access, self.show(), name)

    # What the next run does

    def check(self) -> Deployment:
        """Read and check the configuration alone; its `warnings` are what the checks found.

        Raises ConfigurationError, or ConfigurationErrors with all mistakes.
        """
        return self.deployment

    def plan(self) -> Plan:
        """What the next run would change. Raises as a run does."""
        self.check()  # mistakes of the configuration come before those of the storage
        result = self.store.preview(self._access.generation)
        return announce(result.inventory_before, result, self.source.choice)

    # History

    def history(self) -> list[Meta]:
        """The accounts of all kept states, newest first."""
        return self.store.history()

    def show(self, serial: int | None = None) -> State:
        """A kept state; None is the newest. Raises StorageError for one that is not there."""
        if serial is not None:
            return self.store.kept(serial)
        state = self._access.newest_state()
        if state is None:
            raise self._access.never_stored()
        return state

    def diff(self, before: int, after: int | None = None) -> list[Difference]:
        """What differs between two kept states; None is the newest."""
        return differences(self.show(before).inventory, self.show(after).inventory)

    def restore(self, serial: int, *, preview: bool = False, message: str | None = None) -> Outcome:
        """Store a kept state again, as a new serial, also where the newest is lost or damaged.

        A preview compares with the newest state, or with nothing and a warning where that cannot be had.
        """
        if preview:
            return self._access.restoration(self.store.kept(serial).inventory)
        self._access.require_right_to_change()
        return self._access.told_of_cache(self.store.restore(serial, message))

    def prune(self, keep: int | None = None, *, preview: bool = False) -> list[Meta]:
        """Drop all but the newest state and `keep` older ones; returns the accounts of those dropped.

        keep: 0 or more; None is what the storage keeps anyway.
        """
        kept = self.store.storage.options.keep if keep is None else keep
        _refuse_negative(kept)
        if preview:
            return self.store.history()[kept + 1 :]
        self._access.require_right_to_change()
        return self.store.prune(kept)

    def forget(self, *, preview: bool = False) -> Forgetting:
        """Start anew on purpose where the guards stop a run: put aside what shows that there was a state.

        Raises StorageError when the guards have nothing against a run.
        """
        if preview:
            return forgetting.objection(self.store)
        self._access.require_right_to_change()
        return forgetting.forget(self.store)

    # Changes

    def remove_hosts(
        self,
        names: Names,
        with_containers: bool = False,
        *,
        preview: bool = False,
        announced: Outcome | None = None,
        message: str | None = None,
    ) -> Outcome:
        """Take hosts or containers out; see `removal.remove_hosts`. Warns of hosts that are still configured."""
        transform = functools.partial(removal.remove_hosts, names=names, with_containers=with_containers)
        result = self._access.change(transform, message or f'remove {listed(names)}', preview, announced)
        return result.with_warnings(self._access.still_configured(names))

    def remove_groups(
        self, names: Names, *, preview: bool = False, announced: Outcome | None = None, message: str | None = None
    ) -> Outcome:
        """Take groups out of the inventory and out of other groups; their hosts stay. See `removal.remove_groups`."""
        transform = functools.partial(removal.remove_groups, names=names)
        return self._access.change(transform, message or f'remove group {listed(names)}', preview, announced)

    def clear_addresses(
        self,
        pattern: str = '*',
        *,
        preview: bool = False,
        announced: Outcome | None = None,
        message: str | None = None,
    ) -> Outcome:
        """Take the addresses from the containers whose names match a shell pattern; the next run draws new ones."""
        transform = functools.partial(removal.clear_addresses, pattern=pattern)
        return self._access.change(transform, message or f"clear addresses of '{pattern}'", preview, announced)

    def import_inventory(
        self,
        data: bytes,
        path: str,
        *,
        preview: bool = False,
        announced: Outcome | None = None,
        message: str | None = None,
    ) -> Outcome:
        """Store a complete inventory as a new serial.

        data: the bytes of a JSON file; path: its name. Raises InventoryError for what is not an inventory, breaks a law
        that the stored one keeps, cannot be shown to Ansible, or would be refused by the next run.
        """
        with bounded_depth(f"'{path}'"):
            inventory = read_inventory(data, path)
            check(InventoryBuilder(inventory).inventory(), InventoryData())
            self._access.refuse_what_runs_refuse(inventory)

        def transform(stored: Inventory | None) -> Result:
            return replace(stored, inventory)

        return self._access.change(transform, message or f"import of '{path}'", preview, announced, on_nothing=True)

    # The lock between operators

    def lock(self, reason: str, timeout: float = 0) -> LockInfo:
        """Take the lock: until it is released, nobody else can store changes; reading and unchanged runs go on.

        reason: shown to the others. timeout: seconds to wait for it. Raises StorageLocked with the holder.
        """
        self._access.require_right_to_change()
        return self.store.lock(reason, timeout)

    def holder(self) -> LockInfo | None:
        """Who holds the lock, or None."""
        return self.store.holder()

    def unlock(self, lock_id: str | None = None) -> LockInfo | None:
        """Release the lock; returns what was released, None when nobody held it.

        lock_id: needed for a lock that is not one's own. Raises StorageLocked where it is held by another, or under
        another id.
        """
        self._access.require_right_to_change()
        holder = self.store.holder()
        if holder is None:
            return None
        if lock_id is None and holder.owner != owner():
            raise locked_by(holder)
        self.store.break_lock(holder.id if lock_id is None else lock_id)
        return holder

    # The storage

    def storage_check(self) -> list[Finding]:
        """Whether the storage can be reached, read and written, is durable, and holds what it should."""
        return self.store.check()

    def migrate(
        self,
        target: InventoryManager,
        keep: int | None = None,
        *,
        preview: bool = False,
        progress: migration.Progress | None = None,
    ) -> migration.Migration:
        """Copy the kept states to the storage of another source, with their accounts; see `migration.migrate`.

        keep: how many older states at most; None is all. The states of this source stay where they are.
        """
        _refuse_negative(keep or 0)
        if not preview:
            target._access.require_right_to_change()
        return migration.migrate(self.store.states, target.store.states, keep=keep, dry_run=preview, progress=progress)

    def rekey(self, *, preview: bool = False, progress: rekeying.Progress | None = None) -> Rekeying:
        """Encrypt all kept states with the first vault secret, or decrypt them, as the storage's option `encrypt` says.

        Takes the lock meanwhile, where the storage has one; see `rekeying.rekey`.
        """
        states = self.store.states.decrypting(VaultCipher())
        if preview:
            return rekeying.rekey(states, dry_run=True, progress=progress)
        self._access.require_right_to_change()
        with self._access.locked('storage rekey'):
            return rekeying.rekey(states, progress=progress)

    def storage_upgrade(self) -> Upgrade | None:
        """Make or migrate the tables of a storage that has some; None for one that has not."""
        tables = capability(self.store.storage, Tables)
        return tables.upgrade() if tables else None


def _refuse_negative(keep: int) -> None:
    if keep < 0:
        raise StorageError(f'{keep} is not a number of states to keep.', help_text='Name 0 or more.')
