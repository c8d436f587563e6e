# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers: which each host is to have, and the groups that they and their hosts are members of.

Everything here goes through the same steps in the same order: container group, component, container type, host.
"""

from __future__ import annotations

import collections
import collections.abc
import typing as t

from ..configuration.container_plan import ContainerPlan, Step, host_containers, host_group_of
from ..configuration.model import ContainerGroup, Deployment, HostEntry, Variables, normalised
from ..configuration.problems import Problems
from ..errors import GenerationError
from ..places import VAULT_KEY, ConfiguredTemplate, ConfiguredUnsafe
from ..results import Notice
from .addresses import Pools
from .builder import InventoryBuilder
from .choice import Choice
from .hosts import set_host_variables
from .variables import ContainerVariables

MOST_CONTAINERS = 10_000
"""How many containers of one container group are made on a host at once: more than any machine runs."""


def make_containers(builder: InventoryBuilder, deployment: Deployment, choice: Choice, pools: Pools) -> None:
    """Make the missing containers, attach the container groups, and set the members of components and types.

    Raises GenerationError when a host is to have more containers than there are addresses, ConfigurationErrors for
    several such hosts.
    """
    maker = _Maker(builder, deployment, choice, pools)
    if builder.reasons:
        for container_group in deployment.environment.containers.values():
            for name, host in _members(builder, container_group):
                builder.reasons.container(name, host, container_group, builder.hostvars[name])
    # Twice, because what a later step makes belongs to the groups and nests of earlier ones, too, at their ends.
    for number in range(2):
        if number:
            # A component of the run before may have met a limit of `container_vars` that the one of this run does not.
            set_host_variables(builder, deployment.configuration)
        for container_group in deployment.environment.containers.values():
            for parent in container_group.belongs_to:
                builder.add_child(parent, container_group.name)
            if container_group.is_nest:
                maker.nest(container_group)
            for step in maker.plan.steps(container_group):
                maker.run(step)
        maker.variables.end_pass()
    maker.problems.raise_errors(deployment.files)


class _Maker:
    """The rules, with what they look up: the containers by host and container group."""

    def __init__(self, builder: InventoryBuilder, deployment: Deployment, choice: Choice, pools: Pools) -> None:
        self.builder = builder
        self.reasons = builder.reasons
        self.configuration = deployment.configuration
        self.environment = deployment.environment
        self.plan = ContainerPlan(self.environment, self.configuration.host_groups, self.configuration.no_containers)
        self.choice = choice
        self.pools = pools
        self.variables = ContainerVariables(builder)
        self.problems = Problems()
        self._containers: dict[str, dict[str, list[str]]] = {}
        self._nests_without_hosts: set[str] = set()

    def nest(self, container_group: ContainerGroup) -> None:
        """Make the containers of each host of the nest's host group a child of the nest."""
        name = container_group.name
        host_group = host_group_of(self.environment, name)
        if host_group not in self.builder.groups and name not in self._nests_without_hosts:
            self._nests_without_hosts.add(name)
            self.builder.warnings.append(
                Notice(
                    f"Container group '{name}' is a nest, but there is no group '{host_group}' whose containers it "
                    'could hold.',
                    container_group.place,
                    f"Configure '{host_group}', or take 'is_nest' out of the properties of '{name}'.",
                )
            )
        for host in self.builder.hosts(host_group):
            group = host_containers(host)
            if group in self.builder.groups:
                self.builder.add_child(name, group)

    def run(self, step: Step) -> None:
        """Give each configured host of the step's host group what the step asks for."""
        self.builder.ensure_group(step.component, with_children=True)
        entries = self.configuration.host_groups[step.host_group]
        if not entries:
            return
        if self.reasons and self.reasons.host in entries:
            self.reasons.own_host(self.reasons.host, self.builder.hostvars[self.reasons.host])
        containers = self._containers_of(step.container_group)
        for host in self.builder.hosts(step.host_group):
            if host in entries:
                self._fill(step, entries[host], containers[host])
                self.variables.set(step.host_group, entries[host])

    def _fill(self, step: Step, entry: HostEntry, containers: list[str]) -> None:
        """Give one host its containers or, on metal, the component itself; then set the members."""
        host, variables = entry.name, self.builder.hostvars[entry.name]
        variables['container_types'] = host_containers(host)
        if variables.get('physical_host') is None:
            variables['physical_host'] = host
        missing = step.wanted(entry) - len(containers)
        if missing > 0 and self.plan.is_on_metal(step.container_group, host):
            self._make_metal(variables, step, entry)
        elif missing > 0 and (excess := self._excess(step, entry, missing)):
            self.problems.add(excess)
        elif missing > 0:
            containers += [self._make_container(step, host) for _number in range(missing)]
        self._add_members(step, host, containers)

    def _make_metal(self, variables: Variables, step: Step, entry: HostEntry) -> None:
        """The component runs on the host itself."""
        variables['ansible_host'] = variables['management_address'] = variables['physical_host_addr'] = entry.ip
        variables['container_name'] = variables['physical_host'] = entry.name
        variables['physical_host_group'] = step.host_group
        variables['component'] = step.component
        if self.reasons:
            self.reasons.on_metal(step, entry)

    def _add_members(self, step: Step, host: str, containers: list[str]) -> None:
        builder = self.builder
        builder.ensure_group(step.all_group, with_children=False)
        builder.add_host(step.all_group, host)
        if builder.hostvars[host].get('component') == step.component:
            builder.add_host(step.component, host)
        for container in containers:
            builder.add_host(step.component, container)
            builder.add_host(step.all_group, container)

    def _containers_of(self, container_group: ContainerGroup) -> dict[str, list[str]]:
        """The containers of the group by host: stored ones by name, new ones after them."""
        if container_group.name not in self._containers:
            self._containers[container_group.name] = self._stored_containers(container_group)
        return self._containers[container_group.name]

    def _stored_containers(self, container_group: ContainerGroup) -> dict[str, list[str]]:
        """Physical host -> its containers of the group."""
        found: dict[str, list[str]] = collections.defaultdict(list)
        for name, host in _members(self.builder, container_group):
            found[host].append(name)
            variables = self.builder.hostvars[name]
            variables['properties'] = _with_trust(variables.get('properties'), container_group.properties)
        return found

    def _make_container(self, step: Step, host: str) -> str:
        """A new container of the host; returns its name."""
        stem = f'{host}-{step.container_group.name.replace("_", "-")}'
        names = (f'{stem}-{suffix}' for suffix in self.choice.suffixes(host, step.container_group.name))
        name = next(name for name in names if name not in self.builder.hostvars and name not in self.builder.groups)
        group = host_containers(host)
        self.builder.ensure_group(group, with_children=False)
        self.builder.add_host(group, name)
        self.builder.add_host(step.container_group.name, name)
        variables = {
            'ansible_host': None,
            'component': step.component,
            'container_name': name,
            'management_address': None,
            'physical_host': host,
            'physical_host_addr': self.builder.hostvars[host].get('ansible_host'),
            'physical_host_group': step.host_group,
            'properties': dict(step.container_group.properties),
        }
        self.builder.add_container(name, host, variables)
        if self.reasons:
            self.reasons.container(name, host, step.container_group, variables)
        return name

    def _excess(self, step: Step, entry: HostEntry, missing: int) -> GenerationError | None:
        """What is wrong with an affinity that no management network has the addresses for, or no machine could run."""
        if missing == 1:
            return None
        affinity, kind = entry.affinity[step.affinity_key], step.container_group.name
        networks = {network.network for network in self.configuration.provider_networks if network.is_management}
        pools = {name: self.pools[name] for name in sorted(filter(None, networks))}
        if pools and not any(pool.has(missing) for pool in pools.values()):
            free = ', '.join(f"network '{name}' has {pool.free()} free" for name, pool in pools.items())
            return GenerationError(
                f"Affinity {affinity} of '{step.host_group}.{entry.name}' for '{kind}' needs more addresses than there "
                f'are: {free}.',
                entry.place,
                "Lower the affinity, or give the network more addresses in 'cidr_networks'.",
            )
        if missing > MOST_CONTAINERS:
            return GenerationError(
                f"Affinity {affinity} of '{step.host_group}.{entry.name}' for '{kind}' is more than the "
                f'{MOST_CONTAINERS} containers of a group that a host may have.',
                entry.place,
                'Lower the affinity.',
            )
        return None


def _members(builder: InventoryBuilder, container_group: ContainerGroup) -> collections.abc.Iterator[tuple[str, str]]:
    """The containers of a group with their physical hosts, by name.

    The name decides besides the membership: operators may put other containers into the group.
    """
    ending = normalised(f'-{container_group.name}-')
    for name in sorted(builder.hosts(container_group.name)):
        host = (builder.hostvars.get(name) or {}).get('physical_host')
        if isinstance(host, str) and host != name and normalised(name).startswith(normalised(host) + ending):
            yield name, host


def _with_trust(stored: t.Any, configured: t.Any) -> t.Any:
    """The stored value, with the configuration's own text wherever both say the same: what is configured is trusted."""
    if isinstance(configured, (ConfiguredTemplate, ConfiguredUnsafe)) and stored == configured:
        return configured
    if isinstance(stored, dict) and isinstance(configured, dict):
        if VAULT_KEY in configured:
            return configured if stored == configured else stored
        return {key: _with_trust(value, configured.get(key)) for key, value in stored.items()}
    if isinstance(stored, list) and isinstance(configured, list) and len(stored) == len(configured):
        return [_with_trust(*pair) for pair in zip(stored, configured, strict=True)]
    return stored
