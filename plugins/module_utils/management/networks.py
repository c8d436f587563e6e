# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of a deployment: how full they are, and who has which address."""

from __future__ import annotations

import collections.abc
import dataclasses

from ..addresses import address_of
from ..configuration.model import Configuration, Network
from ..generator.addresses import Pools
from ..generator.builder import InventoryBuilder
from ..generator.choice import Choice
from ..inventory import Inventory, hostvars_of


@dataclasses.dataclass(frozen=True)
class Holding:
    """One address and the host that has it; key: its entry of `container_networks`, such as `tunnel_address`."""

    address: str
    host: str
    key: str


@dataclasses.dataclass(frozen=True)
class NetworkUsage:
    """One entry of `cidr_networks`.

    size: addresses for hosts, without network and broadcast address. free: those that can be given out.
    reserved: those that are neither free nor held, such as `used_ips`. holdings: in the order of the addresses.
    """

    name: str
    cidr: str
    size: int
    free: int
    holdings: tuple[Holding, ...]

    @property
    def used(self) -> int:
        """How many different addresses are held."""
        return len({holding.address for holding in self.holdings})

    @property
    def reserved(self) -> int:
        return self.size - self.free - self.used


def usage(configuration: Configuration, inventory: Inventory) -> list[NetworkUsage]:
    """Every network of the configuration with what the inventory uses of it, in configuration order."""
    pools = Pools(
        configuration.networks, configuration.reserved, InventoryBuilder(inventory).possible_addresses, Choice()
    )
    held = [(number, holding) for holding in _holdings(inventory) if (number := address_of(holding.address))]
    held.sort(key=lambda item: (item[0], item[1].host, item[1].key))
    return [
        NetworkUsage(
            name,
            network.cidr,
            pools[name].size,
            pools[name].free(),
            tuple(holding for number, holding in held if _contains(network, number)),
        )
        for name, network in configuration.networks.items()
    ]


def _holdings(inventory: Inventory) -> collections.abc.Iterator[Holding]:
    for name, variables in hostvars_of(inventory).items():
        for key, entry in ((variables or {}).get('container_networks') or {}).items():
            address = (entry or {}).get('address')
            if isinstance(address, str):
                yield Holding(address, name, key)


def _contains(network: Network, number: tuple[int, int]) -> bool:
    """Whether an address for hosts belongs to the network."""
    return network.version == number[0] and network.first < number[1] < network.last
