# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment as it is drawn: zones with their hosts, hosts with their containers, networks and how full they are."""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import re

from ..configuration.model import Deployment
from ..generator.builder import InventoryBuilder
from ..inventory import Inventory, hosts_of
from .listing import HostRow, Machine, machines
from .networks import NetworkUsage, usage

_ENDING = '_hosts'


@dataclasses.dataclass(frozen=True)
class Host:
    """A physical host. components: what runs on the host itself, in the order of the environment."""

    machine: Machine
    components: tuple[str, ...]

    @property
    def containers(self) -> tuple[HostRow, ...]:
        return self.machine.containers


@dataclasses.dataclass(frozen=True)
class Zone:
    """Hosts that belong together, such as those of a rack; name: None for those that belong to no zone."""

    name: str | None
    hosts: tuple[Host, ...]


@dataclasses.dataclass(frozen=True)
class Topology:
    """All that is drawn. title, subtitle: what stands above it."""

    title: str
    subtitle: str
    zones: tuple[Zone, ...]
    networks: tuple[NetworkUsage, ...]

    @property
    def hosts(self) -> int:
        return sum(len(zone.hosts) for zone in self.zones)

    @property
    def containers(self) -> int:
        return sum(len(host.containers) for zone in self.zones for host in zone.hosts)


def topology(deployment: Deployment, inventory: Inventory, title: str, subtitle: str = '') -> Topology:
    """What is to be drawn of an inventory and the deployment that it belongs to.

    Racks and zones are the groups that provider networks are restricted to (`reference_group`), then the host groups of
    nests (`is_nest`); a host stands in the first that has it.
    """
    builder = InventoryBuilder(inventory)
    components = _own_components(deployment, inventory)
    left = {machine.name: Host(machine, tuple(components.get(machine.name, ()))) for machine in machines(inventory)}
    zones = []
    for group in _zone_groups(deployment):
        names = [name for name in builder.all_hosts(group) if name in left]
        if names:
            zones.append(Zone(group.removesuffix(_ENDING), _ordered(left.pop(name) for name in names)))
    if left:
        zones.append(Zone(None, _ordered(left.values())))
    return Topology(title, subtitle, tuple(zones), tuple(usage(deployment.configuration, inventory)))


def _ordered(hosts: collections.abc.Iterable[Host]) -> tuple[Host, ...]:
    """Hosts with containers first, by name; numbers in names count as numbers."""
    return tuple(sorted(hosts, key=lambda host: (not host.containers, _natural(host.machine.name))))


def _natural(name: str) -> tuple[list[tuple[str, int]], str]:
    parts = re.findall(r'([^0-9]*)([0-9]*)', name)
    return [(word, int(number or -1)) for word, number in parts], name


def _zone_groups(deployment: Deployment) -> collections.abc.Iterable[str]:
    environment = deployment.environment
    restricted = (network.reference_group for network in deployment.configuration.provider_networks)
    nests = (environment.sibling(group.name, _ENDING) for group in environment.containers.values() if group.is_nest)
    return dict.fromkeys([*filter(None, restricted), *nests])


def _own_components(deployment: Deployment, inventory: Inventory) -> dict[str, list[str]]:
    """Host or container -> the components that it is a member of itself."""
    components = dict.fromkeys(
        component for group in deployment.environment.containers.values() for component in group.contains
    )
    found: dict[str, list[str]] = collections.defaultdict(list)
    for component in components:
        for name in hosts_of(inventory.get(component)):
            found[name].append(component)
    return found
