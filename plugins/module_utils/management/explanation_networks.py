# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which provider network gives a host what stands in `container_networks`, and the addresses by which it is reached."""

from __future__ import annotations

import typing as t

from ..addresses import address_of
from ..canonical import same
from ..configuration.model import Network, ProviderNetwork
from ..generator.networks import key_of, reached
from ..places import Place
from .explanation_rules import STORED, HostRules, Source

NETWORKS = 'container_networks'
_FIELDS = {
    'interface': 'container_interface',
    'bridge': 'container_bridge',
    'bridge_type': 'container_bridge_type',
    'type': 'container_type',
    'mtu': 'container_mtu',
    'gateway': 'gateway',
    'static_routes': 'static_routes',
}
"""Field of an entry -> field of the provider network."""


class NetworkRules:
    """The rules for what one host has from provider networks."""

    def __init__(self, rules: HostRules) -> None:
        self._rules = rules
        configuration = rules.deployment.configuration
        self._networks = configuration.networks
        self._reaching = [
            network for network in configuration.provider_networks if rules.host in reached(rules.builder, network)
        ]

    def source(self, name: str) -> Source | None:
        """Where a variable of the host comes from; None where networks have no part in it."""
        value = self._rules.variables[name]
        if name == 'gateway':
            return next(
                (
                    _configured(network, 'gateway')
                    for network in reversed(self._reaching)
                    if network.gateway is not None and same(network.gateway, value)
                ),
                None,
            )
        if name == NETWORKS and not value:
            return Source('generated', 'no provider network reaches the host')
        if name in ('ansible_host', 'management_address') and not self._rules.metal:
            return self._reached_by(value)
        return None

    def entry(self, key: str, field: str) -> Source:
        """Where a field of an entry of `container_networks` comes from."""
        networks = [network for network in self._reaching if key_of(network) == key]
        value = self._rules.variables[NETWORKS][key][field]
        if field in ('address', 'netmask'):
            return self._address(field, value, networks)
        if field in _FIELDS:
            for network in reversed(networks):
                if same(_setting(network, field), value):
                    return _configured(network, _FIELDS[field])
        return STORED

    def _reached_by(self, value: t.Any) -> Source | None:
        for network in reversed(self._reaching):
            entry = (self._rules.variables.get(NETWORKS) or {}).get(key_of(network)) or {}
            if network.is_management and value is not None and same(entry.get('address'), value):
                return Source(
                    'generated', f"the address in '{NETWORKS}.{key_of(network)}'", network.places[''], kept=True
                )
        return None

    def _address(self, field: str, value: t.Any, networks: list[ProviderNetwork]) -> Source:
        if field == 'address' and self._rules.metal:
            return self._configured_address(value)
        pools = [self._networks[network.network] for network in networks if network.network]
        if field == 'netmask':
            fitting = next((pool for pool in pools if pool.netmask == value), None)
            return _of_pool('the netmask', fitting) if fitting else _no_pool(value, networks)
        if not pools:
            return STORED
        pool, number = pools[0], address_of(value)
        if number and not (pool.version == number[0] and pool.first <= number[1] <= pool.last):
            reason = f"outside network '{pool.name}' ({pool.cidr}); drawn before that was changed, and kept"
            return Source('stored', reason, pool.place)
        return Source('generated', f"drawn from network '{pool.name}' ({pool.cidr}), and kept", pool.place, kept=True)

    def _configured_address(self, value: t.Any) -> Source:
        """A physical host's address on the management network: `management_ip` or `ip` of its entry."""
        found = self._rules.configured_entry()
        if not found:
            return STORED
        group, entry = found
        key = 'management_ip' if entry.management_ip else 'ip'
        if (entry.management_ip or entry.ip) != value:
            return STORED
        return Source('configured', f"{key} of '{self._rules.host}' in '{group}'", self._rules.field(group, key))


def _setting(network: ProviderNetwork, field: str) -> t.Any:
    value = getattr(network, _FIELDS[field])
    return value or None if field == 'static_routes' else value


def _configured(network: ProviderNetwork, field: str) -> Source:
    place: Place = network.places.get(field) or network.places['']
    return Source('configured', f'{field} of {network.label}', place)


def _of_pool(what: str, pool: Network) -> Source:
    return Source('configured', f"{what} of network '{pool.name}' ({pool.cidr})", pool.place)


def _no_pool(value: t.Any, networks: list[ProviderNetwork]) -> Source:
    if value is None and networks:
        reason = f'{networks[0].label} has no addresses (ip_from_q)'
        return Source('generated', reason, networks[0].places[''])
    return STORED
