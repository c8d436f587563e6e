# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a host has its values: what the rules of the generator say when somebody asks.

A rule that sets a value tells its reason next to it. What no rule sets, or would set again, is only stored.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..canonical import same
from ..configuration.container_plan import Step
from ..configuration.container_vars import ContainerVariable
from ..configuration.model import Configuration, ContainerGroup, HostEntry, Variables, normalised
from ..places import Place

Origin = t.Literal['configured', 'generated', 'stored']


@dataclasses.dataclass(frozen=True)
class Reason:
    """Why a value is what it is.

    origin: where the value comes from: the configuration, the generator, or only the stored inventory.
    rule: in words, without the place.
    place: where that is written; None for a rule that nothing is written for.
    path: the keys that lead to the exact place in the deployment as it is written, where that is not in the model.
    kept: whether the value came about once and is kept since.
    """

    origin: Origin
    rule: str
    place: Place | None = None
    path: tuple[str, ...] = ()
    kept: bool = False


STORED = Reason('stored', 'neither configured nor generated any more; what is stored stays')
_NULL = Reason('generated', 'null, as nothing sets it')


class Reasons:
    """Takes note of the reasons for the values of one host, and of global ones.

    Given to `generate`. The last rule that set a value has the say; `keep` is for what an earlier run has set.
    """

    def __init__(self, host: str) -> None:
        self.host = host
        self._of_host: dict[str, Reason] = {}
        self._global: dict[str, Reason] = {}
        self._overridden: dict[str, list[str]] = {}

    def of(self, variable: str) -> Reason:
        """Why a variable of the host has its value; variable: with dots for a field of `container_networks`."""
        return self._of_host.get(variable, STORED)

    def of_global(self, variable: str) -> Reason:
        """Why a global variable has its value."""
        return self._global.get(variable, STORED)

    def set(self, host: str, reason: Reason, *variables: str) -> None:
        """A rule has set variables of a host."""
        if host == self.host:
            self._of_host.update(dict.fromkeys(variables, reason))

    def keep(self, host: str, reason: Reason, *variables: str) -> None:
        """Variables of a host have the value that a rule gave them in this run or an earlier one."""
        if host == self.host:
            for variable in variables:
                self._of_host.setdefault(variable, reason)

    # The rules

    def global_variables(self, configuration: Configuration) -> None:
        """The container CIDR and the global overrides."""
        cidrs = configuration.container_cidr
        cidrs = cidrs if isinstance(cidrs, list) else [cidrs]
        networks = [network for network in configuration.networks.values() if network.cidr in cidrs]
        names = ', '.join(f"'{network.name}'" for network in networks)
        rule = f'the CIDR of the management network in cidr_networks: {names}'
        self._global['container_cidr'] = Reason('generated', rule, networks[0].place if networks else None)
        for name in configuration.global_overrides:
            self._global[name] = Reason('configured', 'global_overrides', path=('global_overrides', name))

    def host_entry(self, group: str, entry: HostEntry) -> None:
        """What a host group's entry of a host gives it."""
        if entry.name != self.host:
            return
        self.set(entry.name, address_setting('ip', group, entry), 'ansible_host', 'management_address')
        if entry.management_ip:
            self.set(entry.name, address_setting('management_ip', group, entry), 'management_address')
        self.set(entry.name, Reason('generated', 'true for every configured host'), 'is_metal')
        rule = f"'{group}' is the last host group that has the host"
        self.set(entry.name, Reason('generated', rule, entry.place), 'physical_host_group')
        rule = 'is_metal is true for every configured host; other properties stay as stored'
        self.set(entry.name, Reason('generated', rule), 'properties')
        for name in entry.host_vars:
            self.set(entry.name, _setting('host_vars', group, entry.name, entry.place, name), name)

    def own_host(self, host: str, variables: Variables) -> None:
        """What every host has that container groups are meant for."""
        self.set(host, Reason('generated', 'the group of the containers on this host'), 'container_types')
        if variables.get('physical_host') in (None, host):
            self.keep(host, Reason('generated', 'a physical host is its own physical host'), 'physical_host')

    def on_metal(self, step: Step, entry: HostEntry) -> None:
        """A component runs on the host itself."""
        host, group = entry.name, step.container_group
        addresses = ('ansible_host', 'management_address', 'physical_host_addr')
        self.set(host, address_setting('ip', step.host_group, entry), *addresses)
        self.set(host, Reason('generated', 'its own name'), 'container_name')
        self.set(host, Reason('generated', 'a physical host is its own physical host'), 'physical_host')
        rule = f"'{step.component}' of container group '{group.name}' is the last that runs on the host itself"
        self.set(host, Reason('generated', rule, group.place), 'component', 'physical_host_group')

    def container(self, name: str, owner: str, group: ContainerGroup, variables: Variables) -> None:
        """What a container has from when it was made, in this run or an earlier one."""
        made = f"made for container group '{group.name}' on '{owner}'"
        rules = {
            'component': f'{made}; its component stays',
            'container_name': f'{made}, with a suffix that was drawn once and stays',
            'physical_host': made,
            'physical_host_group': f'{made}; the host group for which it was made stays',
        }
        for variable, rule in rules.items():
            self.keep(name, Reason('generated', rule, group.place, kept=True), variable)
        properties = Reason(
            'configured',
            f"properties of container group '{group.name}'",
            group.place,
            ('container_skel', group.name, 'properties'),
        )
        if not same(variables.get('properties'), group.properties):
            rule = f"properties that container group '{group.name}' had when the container was made; they stay"
            properties = Reason('stored', rule, kept=True)
        self.keep(name, properties, 'properties')

    def container_variable(self, name: str, owner: HostEntry, host_group: str, given: ContainerVariable) -> None:
        """A variable of `container_vars` of the owner's entry in a host group."""
        if name != self.host:
            return
        processed = self._overridden.setdefault(given.name, [])
        if host_group in processed:
            processed.remove(host_group)
        others = ', '.join(f"'{other}'" for other in processed)
        processed.append(host_group)
        lost = f', which comes after {others} that set it, too' if others else ''
        limit = '' if given.limit is None else f", for components with '{given.limit}' in their name"
        reason = _setting('container_vars', host_group, owner.name, owner.place, given.name)
        self.set(name, dataclasses.replace(reason, rule=f'{reason.rule}{lost}{limit}'), given.name)

    def completed(self, host: str, variables: Variables, null_unless_set: t.Iterable[str]) -> None:
        """What every host has, set by this rule or not."""
        if host != self.host:
            return
        self.keep(host, _NULL, *(name for name in null_unless_set if variables[name] is None))
        if variables['container_tech'] == 'lxc':
            self.keep(host, Reason('generated', 'lxc unless something else is configured'), 'container_tech')
        if variables['container_name'] == host:
            self.keep(host, Reason('generated', 'its own name'), 'container_name')
        if not variables['container_networks']:
            self.keep(host, Reason('generated', 'no provider network reaches the host'), 'container_networks')

    def address_of_physical_host(self, host: str, physical_host: str) -> None:
        """`physical_host_addr`, which follows the physical host."""
        reason = Reason('generated', f"ansible_host of the physical host '{physical_host}'")
        self.set(host, reason, 'physical_host_addr')


def address_setting(key: t.Literal['ip', 'management_ip'], group: str, entry: HostEntry) -> Reason:
    """An address of a host's entry."""
    rule = f"{key} of '{entry.name}' in '{group}'"
    return Reason('configured', rule, entry.place, (normalised(group), entry.name, key))


def _setting(key: str, group: str, host: str, place: Place, name: str) -> Reason:
    """A variable of a host's entry."""
    return Reason('configured', f"{key} of '{host}' in '{group}'", place, (normalised(group), host, key, name))
