# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rule of the generator gives a host the value of a variable: asked in the order in which the later wins."""

from __future__ import annotations

import collections.abc
import dataclasses
import typing as t

from ..canonical import same
from ..configuration.load import Written
from ..configuration.model import ContainerGroup, Deployment, HostEntry, Variables, normalised
from ..configuration.variables import LIMIT
from ..generator.builder import InventoryBuilder, is_metal
from ..generator.containers import Step, host_containers, steps
from ..generator.finish import NULL_UNLESS_SET
from ..generator.networks import Entries
from ..places import Place, PlacedDict

Origin = t.Literal['configured', 'generated', 'stored']


@dataclasses.dataclass(frozen=True)
class Source:
    """Where a value comes from.

    reason: in words, without the place. kept: whether it was drawn once and is kept since.
    """

    origin: Origin
    reason: str
    place: Place | None = None
    kept: bool = False


STORED = Source('stored', 'neither configured nor generated any more; what is stored stays')


class HostRules:
    """The rules for the variables of one host that networks have no part in.

    host: a name in the builder of the inventory.
    """

    def __init__(self, deployment: Deployment, written: Written, builder: InventoryBuilder, host: str) -> None:
        self.deployment = deployment
        self.written = written
        self.builder = builder
        self.host = host
        self.variables: Variables = builder.hostvars[host]
        self.metal = is_metal(self.variables)
        owner = self.variables.get('physical_host')
        self.owner = owner if isinstance(owner, str) else host
        self.entries: dict[str, HostEntry] = {
            group: entries[self.owner]
            for group, entries in deployment.configuration.host_groups.items()
            if self.owner in entries
        }
        self.container_group = None if self.metal else self._container_group()

    def source(self, name: str) -> Source:
        """Where the value of a variable comes from."""
        value = self.variables[name]
        for rule in (self._container_vars, self._host_vars, self._of_host, self._of_container, self._of_every_host):
            found = rule(name, value)
            if found:
                return found
        return STORED

    def field(self, group: str, key: str) -> Place | None:
        """Where a setting of the owner's entry in a host group is written; the entry itself where it has none."""
        entry = self._written_entry(group)
        if entry is None:
            return None
        return entry.value_places.get(key) or self.entries[group].place

    def configured_entry(self) -> tuple[str, HostEntry] | None:
        """The host group and entry from which a metal host has its management address."""
        entry = Entries(self.deployment.configuration).of(self.host, self.variables)
        return next(((group, own) for group, own in self.entries.items() if own is entry), None) if entry else None

    def _written_entry(self, group: str) -> PlacedDict | None:
        section = self.written.configuration.get(normalised(group))
        entry = section.get(self.owner) if isinstance(section, PlacedDict) else None
        return entry if isinstance(entry, PlacedDict) else None

    def _key_place(self, group: str, settings: str, name: str) -> Place | None:
        """Where a variable in `host_vars` or `container_vars` is written."""
        entry = self._written_entry(group)
        mapping = entry.get(settings) if entry else None
        found = mapping.key_places.get(name) if isinstance(mapping, PlacedDict) else None
        return found or self.field(group, settings)

    # The rules

    def _container_vars(self, name: str, value: t.Any) -> Source | None:
        """OSA documentation: `container_vars` reach the host and all of its containers."""
        setting = [group for group in self._processed() if name in self.entries[group].container_vars]
        for group in reversed(setting):
            wanted = self.entries[group].container_vars[name]
            limited = isinstance(wanted, dict) and LIMIT in wanted
            if limited:
                wanted = {key: item for key, item in wanted.items() if key != LIMIT}
            if same(value, wanted):
                others = [f"'{other}'" for other in setting if other != group]
                lost = f', which comes after {", ".join(others)} that set it, too' if others else ''
                limit = f", for components with '{self._limit(group, name)}' in their name" if limited else ''
                reason = f"container_vars of '{self.owner}' in '{group}'{lost}{limit}"
                return Source('configured', reason, self._key_place(group, 'container_vars', name))
        return None

    def _limit(self, group: str, name: str) -> str:
        return str(self.entries[group].container_vars[name][LIMIT])

    def _processed(self) -> list[str]:
        """The host groups of the owner that container groups are made for, in the order in which they come last."""
        order: dict[str, None] = {}
        for step in self._steps():
            order.pop(step.host_group, None)
            order[step.host_group] = None
        return list(order)

    def _steps(self) -> collections.abc.Iterator[Step]:
        for container_group in self.deployment.environment.containers.values():
            for step in steps(self.deployment, container_group):
                if step.host_group in self.entries:
                    yield step

    def _host_vars(self, name: str, value: t.Any) -> Source | None:
        if not self.metal:
            return None
        for group in reversed(self.entries):
            host_vars = self.entries[group].host_vars
            if name in host_vars and same(value, host_vars[name]):
                reason = f"host_vars of '{self.host}' in '{group}'"
                return Source('configured', reason, self._key_place(group, 'host_vars', name))
        return None

    def _of_host(self, name: str, value: t.Any) -> Source | None:
        """What a physical host has of its own."""
        if not self.metal or not self.entries:
            return None
        if name in ('ansible_host', 'management_address'):
            return self._own_address(name, value)
        if name in ('component', 'physical_host_group'):
            return self._on_metal(name, value)
        reasons = {
            'is_metal': (True, 'true for every configured host'),
            'properties': (value, 'is_metal is true for every configured host; other properties stay as stored'),
            'container_types': (host_containers(self.host), 'the group of the containers on this host'),
            'physical_host': (self.host, 'a physical host is its own physical host'),
        }
        expected, reason = reasons.get(name, (None, ''))
        return Source('generated', reason) if reason and same(value, expected) else None

    def _own_address(self, name: str, value: t.Any) -> Source | None:
        for group, entry in reversed(self.entries.items()):
            if name == 'management_address' and entry.management_ip == value:
                return Source(
                    'configured', f"management_ip of '{self.host}' in '{group}'", self.field(group, 'management_ip')
                )
            if entry.ip == value:
                return Source('configured', f"ip of '{self.host}' in '{group}'", self.field(group, 'ip'))
        return None

    def _on_metal(self, name: str, value: t.Any) -> Source | None:
        """The last component that runs on the host itself decides; without one, the last host group."""
        component = self.variables.get('component')
        for step in reversed(list(self._steps())):
            if component == step.component and value == (component if name == 'component' else step.host_group):
                group = step.container_group
                reason = f"'{component}' of container group '{group.name}' is the last that runs on the host itself"
                return Source('generated', reason, group.place)
        last = next(reversed(self.entries))
        if name == 'physical_host_group' and value == last:
            return Source('generated', f"'{last}' is the last host group that has the host", self.entries[last].place)
        return None

    def _container_group(self) -> ContainerGroup | None:
        """The container group for which this container was made."""
        stem = normalised(f'{self.owner}-')
        for group in self.deployment.environment.containers.values():
            if normalised(self.host).startswith(f'{stem}{normalised(group.name)}_') and self.host in self.builder.hosts(
                group.name
            ):
                return group
        return None

    def _of_container(self, name: str, value: t.Any) -> Source | None:
        """What a container got when it was made."""
        group = self.container_group
        if group is None:
            return None
        if name == 'properties':
            if same(value, group.properties):
                return Source('configured', f"properties of container group '{group.name}'", self._properties(group))
            reason = f"properties that container group '{group.name}' had when the container was made; they stay"
            return Source('stored', reason, kept=True)
        made = f"made for container group '{group.name}' on '{self.owner}'"
        reasons = {
            'component': f'{made}; its component stays',
            'container_name': f'{made}, with a suffix that was drawn once and stays',
            'physical_host': made,
            'physical_host_group': f'{made}; the host group for which it was made stays',
        }
        return Source('generated', reasons[name], group.place, kept=True) if name in reasons else None

    def _properties(self, group: ContainerGroup) -> Place:
        section = self.written.environment.get('container_skel')
        entry = section.get(group.name) if isinstance(section, PlacedDict) else None
        return entry.key_places.get('properties', group.place) if isinstance(entry, PlacedDict) else group.place

    def _of_every_host(self, name: str, value: t.Any) -> Source | None:
        """What is set on every host that has nothing else."""
        owner = self.builder.hostvars.get(self.owner, {})
        if name == 'physical_host_addr' and same(value, owner.get('ansible_host', value)):
            return Source('generated', f"ansible_host of the physical host '{self.owner}'")
        if name == 'container_tech' and value == 'lxc':
            return Source('generated', 'lxc unless something else is configured')
        if name == 'container_name' and value == self.host:
            return Source('generated', 'its own name')
        if value is None and name in NULL_UNLESS_SET:
            return Source('generated', 'null, as nothing sets it')
        return None
