# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a host has what a provider network gives it: the fields of its entry in `container_networks`, and addresses."""

from __future__ import annotations

import typing as t

from ..configuration.model import HostEntry, Network, ProviderNetwork
from .reasons import STORED, Reason, Reasons, address_setting

NETWORKS = 'container_networks'
_SETTINGS = {
    'interface': 'container_interface',
    'bridge': 'container_bridge',
    'bridge_type': 'container_bridge_type',
    'type': 'container_type',
    'mtu': 'container_mtu',
    'gateway': 'gateway',
    'static_routes': 'static_routes',
}
"""Field of an entry -> setting of the provider network."""


def variable_of(key: str, field: str) -> str:
    """How reasons name a field of an entry."""
    return f'{NETWORKS}.{key}.{field}'


class NetworkReasons:
    """Takes note of the reasons of the rules for one provider network.

    key: that of its entries in `container_networks`.
    pool: its network in `cidr_networks`, None for a network without addresses.
    """

    def __init__(self, reasons: Reasons, network: ProviderNetwork, key: str, pool: Network | None) -> None:
        self._reasons = reasons
        self._network = network
        self._key = key
        self._pool = pool

    def fields(self, host: str, names: t.Iterable[str]) -> None:
        """Fields of an entry that were set as the provider network has them now; its gateway is a variable as well."""
        for name in names:
            self._reasons.set(host, self._setting(_SETTINGS[name]), variable_of(self._key, name))
        if self._network.gateway is not None:
            self._reasons.set(host, self._setting('gateway'), 'gateway')

    def metal(self, host: str, configured: tuple[str, HostEntry] | None) -> None:
        """The entry of a physical host was made anew; configured: its host group and entry, for an address."""
        self._reasons.set(host, self._netmask(), variable_of(self._key, 'netmask'))
        if configured:
            ip = address_setting('ip', *configured)
            address = address_setting('management_ip', *configured) if configured[1].management_ip else ip
            self._reasons.set(host, ip, 'ansible_host')
            self._reasons.set(host, address, 'management_address', variable_of(self._key, 'address'))

    def container(self, host: str, entry: dict[str, t.Any], home: Network | None) -> None:
        """The address and netmask of a container, from this run or an earlier one.

        home: the network that the address is on.
        """
        if self._reasons.of(NETWORKS) is STORED:
            if entry.get('netmask') == (self._pool.netmask if self._pool else None):
                self._reasons.keep(host, self._netmask(), variable_of(self._key, 'netmask'))
            self._address(host, home)
        if self._network.is_management and 'address' in entry:
            reason = Reason(
                'generated', f"the address in '{NETWORKS}.{self._key}'", self._network.places[''], kept=True
            )
            self._reasons.set(host, reason, 'ansible_host', 'management_address')

    def _address(self, host: str, home: Network | None) -> None:
        address = variable_of(self._key, 'address')
        if home:
            rule = f"drawn from network '{home.name}' ({home.cidr}), and kept"
            self._reasons.keep(host, Reason('generated', rule, home.place, kept=True), address)
        elif self._pool:
            rule = f"outside network '{self._pool.name}' ({self._pool.cidr}); drawn before that was changed, and kept"
            self._reasons.keep(host, Reason('stored', rule, self._pool.place), address)

    def _netmask(self) -> Reason:
        if self._pool is None:
            return Reason('generated', f'{self._network.label} has no addresses (ip_from_q)', self._network.places[''])
        return Reason('configured', f"the netmask of network '{self._pool.name}' ({self._pool.cidr})", self._pool.place)

    def _setting(self, name: str) -> Reason:
        places = self._network.places
        return Reason('configured', f'{name} of {self._network.label}', places.get(name) or places[''])
