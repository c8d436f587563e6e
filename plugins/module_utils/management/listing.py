# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of an inventory: hosts, the containers of each host, the hosts of each container group."""

from __future__ import annotations

import dataclasses
import typing as t

from ..configuration.model import Variables
from ..generator.builder import is_metal
from ..inventory import Inventory, groups_of, hosts_of, hostvars_of

UNDEFINED = '-undefined-'
"""How a missing component is shown, as operators know it from OSA's own tools."""


@dataclasses.dataclass(frozen=True)
class HostRow:
    """One host or container; a text that the inventory does not have is None."""

    container_name: str
    is_metal: bool
    component: str
    physical_host: str | None
    tunnel_address: str | None
    ansible_host: str | None
    container_types: str | None


def hosts(inventory: Inventory) -> list[HostRow]:
    """Every host and container, in the order of their names."""
    hostvars = hostvars_of(inventory)
    return [_row(name, hostvars[name] or {}) for name in sorted(hostvars)]


def _row(name: str, variables: Variables) -> HostRow:
    tunnel = (variables.get('container_networks') or {}).get('tunnel_address') or {}
    return HostRow(
        container_name=name,
        is_metal=is_metal(variables),
        component=_text(variables.get('component')) or UNDEFINED,
        physical_host=_text(variables.get('physical_host')),
        tunnel_address=_text(tunnel.get('address') or variables.get('tunnel_address')),
        ansible_host=_text(variables.get('ansible_host')),
        container_types=_text(variables.get('container_types')),
    )


def _text(value: t.Any) -> str | None:
    return None if value is None else str(value)


def groups(inventory: Inventory) -> dict[str, list[str]]:
    """Host or container -> the groups that it is a member of itself, in the order of their names."""
    found: dict[str, list[str]] = {name: [] for name in sorted(hostvars_of(inventory))}
    for name, group in sorted(groups_of(inventory).items()):
        for host in hosts_of(group):
            found.setdefault(host, []).append(name)
    return found


def members(inventory: Inventory) -> dict[str, list[str]]:
    """Group -> its own hosts, for every group that has some, in the order of the groups' names."""
    return {name: list(hosts_of(group)) for name, group in sorted(groups_of(inventory).items()) if hosts_of(group)}


def containers(inventory: Inventory) -> dict[str, list[str]]:
    """Physical host -> its containers, in the order of their names; also hosts without containers."""
    found: dict[str, list[str]] = {}
    for name, variables in sorted(hostvars_of(inventory).items()):
        host = (variables or {}).get('physical_host')
        if host in (None, name):
            found.setdefault(name, [])
        else:
            found.setdefault(str(host), []).append(name)
    return dict(sorted(found.items()))


@dataclasses.dataclass(frozen=True)
class Machine:
    """A physical host with its containers, in the order of their names.

    address: its `ansible_host`. known: False for one that only its containers still name.
    """

    name: str
    address: str | None
    known: bool
    containers: tuple[HostRow, ...]


def machines(inventory: Inventory) -> list[Machine]:
    """Every physical host, in the order of their names; also hosts that only containers name."""
    rows = {row.container_name: row for row in hosts(inventory)}
    return [
        Machine(
            name,
            rows[name].ansible_host if name in rows else None,
            name in rows,
            tuple(rows[container] for container in of),
        )
        for name, of in containers(inventory).items()
    ]


def export_hosts(inventory: Inventory) -> dict[str, t.Any]:
    """Per host: `{'hosts': {name: {'hostvars': …, 'groups': […]}}, 'all': …}`."""
    hostvars = hostvars_of(inventory)
    return {
        'hosts': {name: {'hostvars': hostvars.get(name) or {}, 'groups': of} for name, of in groups(inventory).items()},
        'all': inventory.get('all') or {},
    }
