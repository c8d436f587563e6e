# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Provider networks: the entries of `container_networks`, and the addresses in them."""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import typing as t

from ..addresses import Address, address_of
from ..configuration.model import Configuration, HostEntry, Network, ProviderNetwork, Variables
from ..configuration.problems import Problems
from ..errors import GenerationError
from ..results import Change, Kind, Notice
from ..words import and_more, did_you_mean
from .addresses import Pools
from .builder import InventoryBuilder, is_metal
from .network_reasons import NetworkReasons

Strays = dict[str, dict[tuple[str, str], None]]
"""Name of a network -> hosts with stored addresses that are outside it, in the order in which they were met."""


def assign_networks(builder: InventoryBuilder, configuration: Configuration, pools: Pools) -> None:
    """Give each host an entry for every provider network that reaches it, and each container an address.

    Raises ConfigurationError for an unknown `reference_group`, GenerationError for an exhausted network, and
    ConfigurationErrors for several.
    """
    _refuse_unknown_references(builder, configuration)
    problems, exhausted = Problems(), set()
    shared = _Shared(configuration.networks, pools, _homes(configuration))
    entries = _Entries(configuration)
    for network in configuration.provider_networks:
        assigner = _Assigner(builder, network, shared)
        try:
            for host in reached(builder, network):
                variables = builder.hostvars[host]
                variables.pop('container_network', None)  # what releases before `container_networks` had
                if is_metal(variables):
                    assigner.metal(host, variables, entries.of(host, variables))
                else:
                    assigner.container(host, variables)
        except GenerationError as error:
            if network.network not in exhausted:
                exhausted.add(network.network)
                problems.add(error)
    problems.raise_errors()
    builder.warnings += [_stray(configuration.networks[name], list(found)) for name, found in shared.strays.items()]


def key_of(network: ProviderNetwork) -> str:
    """The key of a provider network in `container_networks`."""
    return f'{network.address_prefix or network.network or network.container_interface}_address'


def _homes(configuration: Configuration) -> dict[str, list[Network]]:
    """Key of `container_networks` -> the networks whose addresses may stand there."""
    homes: dict[str, list[Network]] = collections.defaultdict(list)
    for network in configuration.provider_networks:
        if network.network:
            homes[key_of(network)].append(configuration.networks[network.network])
    return homes


class _Entries:
    """The configuration's entries of a host: that of its `physical_host_group`, or the last."""

    def __init__(self, configuration: Configuration) -> None:
        self._host_groups = configuration.host_groups
        self._last = {
            name: (group, entry) for group, entries in self._host_groups.items() for name, entry in entries.items()
        }

    def of(self, host: str, variables: Variables) -> tuple[str, HostEntry] | None:
        """The host group and its entry; None for a host that is not configured."""
        group = variables.get('physical_host_group')
        if isinstance(group, str) and (entry := self._host_groups.get(group, {}).get(host)):
            return group, entry
        return self._last.get(host)


def reached(builder: InventoryBuilder, network: ProviderNetwork) -> list[str]:
    """The hosts that a provider network reaches, in the order in which they get their addresses."""
    hosts: dict[str, None] = {}
    for group in network.group_binds:
        if group in builder.groups:
            hosts.update(builder.all_hosts(group))
        else:
            builder.warnings.append(_unknown_group(builder, network, group))
    allowed = _referenced(builder, network)
    return [
        host
        for host in hosts
        if host in builder.hostvars and (allowed is None or _physical_host(builder.hostvars[host]) in allowed)
    ]


def _physical_host(variables: Variables) -> str | None:
    host = variables.get('physical_host')
    return host if isinstance(host, str) else None


def _referenced(builder: InventoryBuilder, network: ProviderNetwork) -> collections.abc.Container[t.Any] | None:
    """The physical hosts that `reference_group` restricts the network to; None for no restriction."""
    if network.reference_group is None:
        return None
    return {host for host in builder.all_hosts(network.reference_group) if host is not None}


def _refuse_unknown_references(builder: InventoryBuilder, configuration: Configuration) -> None:
    problems = Problems()
    for network in configuration.provider_networks:
        group = network.reference_group
        if group is not None and group not in builder.groups:
            problems.error(
                f"{network.label}.reference_group: '{group}' is not a group.",
                network.places.get('reference_group', network.places['']),
                'reference_group',
                did_you_mean(group, builder.groups) or 'Name a group of the environment or of the configuration.',
            )
    problems.raise_errors()


def _unknown_group(builder: InventoryBuilder, network: ProviderNetwork, group: str) -> Notice:
    return Notice(
        f"{network.label}.group_binds: '{group}' is not a group, so nothing is bound by it.",
        network.places.get('group_binds', network.places['']),
        did_you_mean(group, builder.groups) or 'Take it out, or name a group of the environment.',
    )


@dataclasses.dataclass(frozen=True)
class _Shared:
    """What the rules for all provider networks share.

    homes: key of `container_networks` -> the networks whose addresses may stand there.
    strays: what was found outside of them.
    """

    networks: dict[str, Network]
    pools: Pools
    homes: dict[str, list[Network]]
    strays: Strays = dataclasses.field(default_factory=lambda: collections.defaultdict(dict))


class _Assigner:
    """The rules for one provider network."""

    def __init__(self, builder: InventoryBuilder, network: ProviderNetwork, shared: _Shared) -> None:
        self.builder = builder
        self.network = network
        self.pool_network = shared.networks[network.network] if network.network else None
        self.pools = shared.pools
        self.key = key_of(network)
        self.homes = shared.homes
        self.strays = shared.strays
        self.fields = _fields(network)
        self.reasons = (
            NetworkReasons(builder.reasons, network, self.key, self.pool_network) if builder.reasons else None
        )
        if self.key == 'None_address':
            builder.warnings.append(_nameless(network))

    def metal(self, host: str, variables: Variables, configured: tuple[str, HostEntry] | None) -> None:
        """The entry of a physical host, made anew; an address only on the management network."""
        networks = variables.get('container_networks') or {}
        if configured is None and self.network.is_management and self.key in networks:
            self._store(variables, networks, networks[self.key])  # no longer configured: what is stored is all there is
            if self.reasons:
                self.reasons.fields(host, ())
            return
        entry = {'netmask': self.pool_network.netmask if self.pool_network else None, **self.fields}
        if self.network.is_management and configured:
            _group, host_entry = configured
            entry['address'] = host_entry.management_ip or host_entry.ip
            variables['ansible_host'] = host_entry.ip
            variables['management_address'] = entry['address']
        self._store(variables, networks, entry)
        if self.reasons:
            self.reasons.fields(host, self.fields)
            self.reasons.metal(host, configured if self.network.is_management else None)

    def container(self, host: str, variables: Variables) -> None:
        """The entry of a container: address and netmask once and for all, the other fields as configured now."""
        networks = variables.get('container_networks') or {}
        entry = dict(networks.get(self.key) or {})
        if entry.get('address') is None:
            self._address(host, variables, networks, entry)
        elif self.pool_network and (address := address_of(entry['address'])) and not self._home(address):
            self.strays[self.pool_network.name][host, entry['address']] = None
        entry['interface'] = self.network.container_interface
        entry.update(self.fields)
        if self.network.is_management and 'address' in entry:
            variables['ansible_host'] = variables['management_address'] = entry['address']
        self._store(variables, networks, entry)
        if self.reasons:
            self.reasons.fields(host, ('interface', *self.fields))
            self.reasons.container(host, entry, (address := address_of(entry.get('address'))) and self._home(address))

    def _address(self, host: str, variables: Variables, networks: dict[str, t.Any], entry: dict[str, t.Any]) -> None:
        """Set the address and netmask of an entry that has none: a former address, or one from the pool."""
        if self.pool_network is None:
            entry.pop('address', None)
            entry.setdefault('netmask', None)
            return
        address = self._former_address(variables, networks)
        if address is None:
            address = self.pools[self.pool_network.name].take(host)
            self.builder.changes.append(Change(Kind.ADDRESS, host, key=self.key, address=address))
        entry['address'] = address
        entry['netmask'] = self.pool_network.netmask

    def _former_address(self, variables: Variables, networks: dict[str, t.Any]) -> str | None:
        """The address in a variable of the entry's name, as older releases stored it; the variable goes.

        An address on another provider network stays: the variable `management_address` has that of any key.
        """
        former = variables.get(self.key)
        if any(key in self.homes and (entry or {}).get('address') == former for key, entry in networks.items()):
            return None
        variables.pop(self.key, None)
        return former if address_of(former) else None

    def _store(self, variables: Variables, networks: dict[str, t.Any], entry: dict[str, t.Any]) -> None:
        """Put the entry where it belongs; the stored mapping itself is left alone."""
        if self.network.gateway is not None:
            variables['gateway'] = self.network.gateway
        variables['container_networks'] = {**networks, self.key: entry}

    def _home(self, address: Address) -> Network | None:
        """The network of those with this key that the address is on."""
        return next(
            (
                network
                for network in self.homes[self.key]
                if network.version == address.version and network.first <= address.number <= network.last
            ),
            None,
        )


def _fields(network: ProviderNetwork) -> dict[str, t.Any]:
    """The fields that an entry takes from its provider network: those that are set."""
    fields = {
        'bridge': network.container_bridge,
        'bridge_type': network.container_bridge_type,
        'type': network.container_type,
        'mtu': network.container_mtu,
        'gateway': network.gateway,
        'static_routes': network.static_routes or None,
    }
    return {name: value for name, value in fields.items() if value not in (None, '')}


def _nameless(network: ProviderNetwork) -> Notice:
    return Notice(
        f"{network.label} has neither 'address_prefix' nor 'ip_from_q' nor 'container_interface', so its entries are "
        "named 'None_address'.",
        network.places[''],
        'Give it one of the three.',
    )


def _stray(network: Network, strays: list[tuple[str, str]]) -> Notice:
    """One warning for all stored addresses outside a network, as after a change of its CIDR."""
    host, address = strays[0]
    return Notice(
        f"'{host}' has the stored address {address}, outside network '{network.name}' ({network.cidr})"
        f'{and_more(len(strays) - 1)}; it is kept.',
        network.place,
        'Stored addresses never change by themselves. Clear them to have new ones drawn (osa-inventory clear-ips), or'
        ' put the CIDR back.',
    )
