# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking hosts, groups and addresses out of an inventory.

Each function is a transform: it takes an inventory, which it does not alter, and returns a `Result`.
"""

from __future__ import annotations

import collections.abc
import fnmatch
import typing as t

from ..configuration.container_plan import host_containers
from ..configuration.model import Configuration
from ..errors import InventoryError
from ..generator.builder import InventoryBuilder, is_metal
from ..inventory import META, Inventory, children_of
from ..results import Change, Kind, Notice, Result
from ..words import did_you_mean, listed

ADDRESS_VARIABLES = ('ansible_host', 'ansible_ssh_host', 'container_networks', 'management_address')
RESERVED_GROUPS = (META, 'all')


def remove_hosts(inventory: Inventory, names: collections.abc.Sequence[str], with_containers: bool = False) -> Result:
    """Take hosts or containers out of the host variables and out of every group.

    with_containers: the containers of removed physical hosts go, too; otherwise they stay and a warning names them.
    Groups of the containers of one host go when they are empty.
    Raises InventoryError for names that are not hosts.
    """
    builder = InventoryBuilder(inventory)
    require_known('host', names, builder.hostvars)
    containers = [name for host in names for name in builder.containers_of.get(host, ()) if name not in names]
    removed = dict.fromkeys([*names, *(containers if with_containers else ())])
    physical_hosts = (builder.hostvars[name].get('physical_host') for name in removed)
    owners = dict.fromkeys([*names, *(host for host in physical_hosts if isinstance(host, str))])
    for name in removed:
        del builder.hostvars[name]
        builder.changes.append(Change(Kind.REMOVED_HOST, name))
    _take_members(builder, 'hosts', removed)
    empty = [group for group in map(host_containers, owners) if _is_empty(builder, group)]
    _delete_groups(builder, empty)
    if containers and not with_containers:
        builder.warnings.append(_orphans(containers))
    return Result(builder.inventory(), tuple(builder.changes), tuple(builder.warnings))


def remove_groups(inventory: Inventory, names: collections.abc.Sequence[str]) -> Result:
    """Take groups out of the inventory and out of the children of others; their hosts stay.

    Raises InventoryError for names that are not groups, and for `all` and `_meta`.
    """
    builder = InventoryBuilder(inventory)
    for name in names:
        if name in RESERVED_GROUPS:
            raise InventoryError(f"Group '{name}' belongs to every inventory and cannot be removed.")
    require_known('group', names, builder.groups)
    _delete_groups(builder, names)
    return Result(builder.inventory(), tuple(builder.changes))


def clear_addresses(inventory: Inventory, pattern: str = '*') -> Result:
    """Take the addresses from containers, so that the next run draws new ones.

    pattern: shell pattern that the names of the containers must match. Raises InventoryError when none does.
    """
    builder = InventoryBuilder(inventory)
    matching = [name for name in builder.hostvars if fnmatch.fnmatchcase(name, pattern)]
    containers = [name for name in matching if not is_metal(builder.hostvars[name])]
    if not containers:
        kind = 'a container; physical hosts keep their addresses' if matching else 'a host'
        raise InventoryError(f"Pattern '{pattern}' does not match the name of {kind}.")
    for name in containers:
        variables = builder.hostvars[name]
        found = [key for key in ADDRESS_VARIABLES if variables.pop(key, None)]
        if found:
            builder.changes.append(Change(Kind.CLEARED_HOST, name, variables=tuple(found)))
    return Result(builder.inventory(), tuple(builder.changes))


def still_configured(configuration: Configuration, names: collections.abc.Sequence[str]) -> tuple[Notice, ...]:
    """A warning for each of the hosts that the next run adds again, with the place of its first entry."""
    entries = {name: entry for group in reversed(configuration.host_groups.values()) for name, entry in group.items()}
    return tuple(
        Notice(
            f"Host '{name}' is still configured, so the next run adds it again.",
            entries[name].place,
            'Take it out of the configuration, unless it is to be made anew.',
        )
        for name in names
        if name in entries
    )


def require_known(kind: str, names: collections.abc.Sequence[str], known: collections.abc.Collection[str]) -> None:
    """Raise InventoryError for names that are not known, with the nearest that is; kind: what they are names of."""
    unknown = [name for name in names if name not in known]
    if not unknown:
        return
    wrong = ', '.join(f"'{name}'" for name in unknown)
    raise InventoryError(
        f'{wrong} is not a {kind} of the inventory.'
        if len(unknown) == 1
        else f'{wrong} are not {kind}s of the inventory.',
        help_text=did_you_mean(unknown[0], known) or None,
    )


def _take_members(builder: InventoryBuilder, kind: str, names: collections.abc.Container[t.Any]) -> None:
    for group in builder.groups.values():
        members = group.get(kind)
        if members and any(member in names for member in members):
            group[kind] = [member for member in members if member not in names]


def _delete_groups(builder: InventoryBuilder, names: collections.abc.Sequence[str]) -> None:
    for name in dict.fromkeys(names):
        del builder.groups[name]
        builder.changes.append(Change(Kind.REMOVED_GROUP, name))
    if names:
        _take_members(builder, 'children', set(names))


def _is_empty(builder: InventoryBuilder, group: str) -> bool:
    return group in builder.groups and not builder.hosts(group) and not children_of(builder.groups[group])


def _orphans(containers: list[str]) -> Notice:
    names = listed(f"'{name}'" for name in containers)
    return Notice(
        f'Containers of removed hosts stay in the inventory: {names}.',
        help_text='If they are gone, remove them with their host (osa-inventory remove --with-containers) or by name.',
    )
