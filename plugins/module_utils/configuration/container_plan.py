# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container group gives a host: how many containers, or its components on the host itself.

The generator makes what the plan says; the checks of the configuration look ahead with it.
"""

from __future__ import annotations

import collections.abc
import dataclasses

from .model import ContainerGroup, Environment, HostEntry, normalised


def host_group_of(environment: Environment, container_type: str) -> str:
    """The group whose hosts get the containers of a type: `identity_hosts` for `identity_containers`."""
    return environment.sibling(container_type, '_hosts')


def all_group_of(environment: Environment, container_type: str) -> str:
    """The group of all hosts and containers of a type: `identity_all` for `identity_containers`."""
    return environment.sibling(container_type, '_all')


def host_containers(host: str) -> str:
    """The group of all containers of a host."""
    return f'{host}_host_containers'


@dataclasses.dataclass(frozen=True)
class Step:
    """One component of one container group for the hosts of one container type.

    host_group: the configured group whose hosts get the containers.
    all_group: the group of all hosts and containers of the type, such as `identity_all`.
    affinity_key: the container group's name as affinities have it.
    """

    container_group: ContainerGroup
    component: str
    host_group: str
    all_group: str
    affinity_key: str

    def wanted(self, entry: HostEntry) -> int:
        """How many containers of the group a host is to have at least (OSA documentation: `affinity`)."""
        return entry.affinity.get(self.affinity_key, 1)


class ContainerPlan:
    """The container groups of an environment for the host groups of a configuration."""

    def __init__(
        self, environment: Environment, host_groups: dict[str, dict[str, HostEntry]], no_containers: bool
    ) -> None:
        """no_containers: that of `global_overrides`."""
        self._environment = environment
        self._host_groups = host_groups
        self._no_containers = no_containers
        self._on_metal: dict[tuple[str, str], bool] = {}
        self._entries: dict[str, list[dict[str, HostEntry]]] = {}

    def steps(self, container_group: ContainerGroup) -> collections.abc.Iterator[Step]:
        """The steps of a container group, in order: those whose host group is configured."""
        for component in container_group.contains:
            for container_type in container_group.belongs_to:
                host_group = host_group_of(self._environment, container_type)
                if host_group in self._host_groups:
                    all_group = all_group_of(self._environment, container_type)
                    yield Step(container_group, component, host_group, all_group, normalised(container_group.name))

    def is_on_metal(self, container_group: ContainerGroup, host: str) -> bool:
        """Whether a host has the components of the group itself, outside of containers.

        `is_metal` of the group and `no_containers` of the host, in any of the group's host groups, decide; where they
        say nothing, `no_containers` of `global_overrides` does. (OSA documentation.)
        """
        key = container_group.name, host
        if key not in self._on_metal:
            entries = self._entries_for(container_group)
            said = [container_group.is_metal, *[group[host].no_containers for group in entries if host in group]]
            self._on_metal[key] = any(said) or (self._no_containers and all(answer is None for answer in said))
        return self._on_metal[key]

    def _entries_for(self, container_group: ContainerGroup) -> list[dict[str, HostEntry]]:
        """The hosts of the configured groups that the container group is meant for."""
        if container_group.name not in self._entries:
            groups = (host_group_of(self._environment, each) for each in container_group.belongs_to)
            self._entries[container_group.name] = [
                self._host_groups[group] for group in groups if group in self._host_groups
            ]
        return self._entries[container_group.name]

    def wanting(self, container_group: ContainerGroup, host: str) -> list[str]:
        """The host groups for which the host is to have the container group at all, in order."""
        return [
            step.host_group
            for step in self.steps(container_group)
            if host in (entries := self._host_groups[step.host_group]) and step.wanted(entries[host])
        ]
