# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and networks as they are written in a configuration."""

from __future__ import annotations

import functools
import ipaddress
import typing as t

from ..places import ConfiguredTemplate, Place, PlacedDict, PlacedList
from .fields import Fields
from .model import AddressRange, Network
from .problems import Problems, instead, misspelt, quoted, shown

# pylint takes the types for values, which have no `|`.
Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]  # noqa: UP007  # pylint does not understand `|` here.
IPNetwork = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]  # noqa: UP007  # pylint does not understand `|` here.

_ADDRESS_HELP = "Write an IPv4 or IPv6 address, such as '172.29.236.21'."
_NETWORKS_HELP = "Write 'cidr_networks:' with a line such as 'management: 172.29.236.0/22' below it."
_NETWORK_HELP = "Write a network with its prefix length in quotes, such as '172.29.236.0/22'."
_USED_HELP = "Write an address, or the first and last of a range such as '172.29.236.1,172.29.236.50', or a network."


@functools.lru_cache(maxsize=65536)
def address_of(text: str) -> Address | None:
    """The address that a text is; None if it is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return None if '%' in text else address


def address_range(address: Address) -> AddressRange:
    """The range of one address."""
    return AddressRange(address.version, int(address), int(address))


def read_address(fields: Fields, key: str) -> str | None:
    """The address in a field, as it is written; None where it is absent, null, or wrong, which is noted."""
    text = fields.text(key, 'an IP address')
    if text is None:
        return None
    path = fields.path_of(key)
    address = address_of(text)
    if address and not (address.is_unspecified or address.is_multicast or text == '255.255.255.255'):
        return text
    if address:
        fields.error(key, instead(path, text, 'the address of one host'), _ADDRESS_HELP)
        return None
    alone, slash, _length = text.partition('/')
    if slash and address_of(alone):
        message = f"Value '{path}' is {quoted(text)}, which has a prefix length."
        fields.error(key, message, f"Write the address alone: '{alone}'.")
    else:
        fields.error(key, instead(path, text, 'an IP address'), _ADDRESS_HELP)
    return None


def read_networks(sections: PlacedDict, problems: Problems) -> dict[str, Network]:
    """The entries of `cidr_networks`. Into `problems`: what is wrong with them; host bits and overlaps as warnings."""
    fields = Fields(sections, '', problems)
    entries = fields.mapping_at('cidr_networks')
    if 'cidr_networks' not in sections:
        message = "'cidr_networks' is missing: containers need networks to get addresses from."
        help_text = misspelt('cidr_networks', sections) + _NETWORKS_HELP
        problems.error(message, sections.place, 'cidr_networks', help_text)
    elif not entries:
        fields.error('cidr_networks', "'cidr_networks' is empty.", _NETWORKS_HELP)
    if not entries:
        return {}
    networks: dict[str, Network] = {}
    for name in entries:
        network = _read_network(Fields(entries, 'cidr_networks', problems), name)
        if network:
            networks[name] = network
    _warn_about_overlaps(networks, problems)
    return networks


def _read_network(fields: Fields, name: object) -> Network | None:
    if not isinstance(name, str):
        message = f"A network of 'cidr_networks' has the name {shown(name)} instead of text."
        fields.problems.error(message, fields.mapping.key_places[name], str(name), 'Put the name in quotes.')
        return None
    path = fields.path_of(name)
    if fields.mapping[name] is None:
        fields.error(name, f"Value '{path}' is empty.", _NETWORK_HELP)
    text = fields.text(name, 'a network')
    if text is None:
        return None
    network = parse_network(text)
    if network is None:
        fields.error(name, instead(path, text, 'a network'), _NETWORK_HELP)
        return None
    if '/' not in text:
        help_text = f"Write the length of the prefix, such as '{text}/{22 if network.version == 4 else 64}'."
        fields.error(name, f"Value '{path}' is {quoted(text)}, which has no prefix length.", help_text)
        return None
    place = fields.place(name)
    _warn_about_host_bits(path, text, network, place, fields.problems)
    first, last = int(network.network_address), int(network.broadcast_address)
    return Network(name, text, network.version, first, last, str(network.netmask), place)


def parse_network(text: str) -> IPNetwork | None:
    """The network that a text is, host bits or not; None if it is none."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return None if '%' in text else network


def _warn_about_host_bits(path: str, text: str, network: IPNetwork, place: Place, problems: Problems) -> None:
    if address_of(text.partition('/')[0]) != network.network_address:
        problems.warn(
            f"Value '{path}' is {quoted(text)}, an address inside of the network {network}; that is taken to be meant.",
            place,
            f"Write '{network}'.",
        )


def _warn_about_overlaps(networks: dict[str, Network], problems: Problems) -> None:
    """Sorted by where they begin, a network overlaps an earlier one if it begins before the furthest end so far."""
    furthest: dict[int, Network] = {}
    for network in sorted(networks.values(), key=lambda network: (network.version, network.first, -network.last)):
        before = furthest.get(network.version)
        if before and network.first <= before.last:
            problems.warn(
                f"Network 'cidr_networks.{network.name}' ({network.cidr}) overlaps '{before.name}' ({before.cidr}).",
                network.place,
                'Give each network addresses of its own.',
            )
        if not before or network.last > before.last:
            furthest[network.version] = network


def read_used_addresses(sections: PlacedDict, problems: Problems) -> list[AddressRange]:
    """The entries of `used_ips`: an address, `first,last`, `first-last`, or a network."""
    items = Fields(sections, '', problems).sequence('used_ips') or PlacedList(sections.place)
    ranges: list[AddressRange] = []
    for number, item in enumerate(items):
        path, place = f'used_ips[{number}]', items.places[number]
        if not isinstance(item, str) or isinstance(item, ConfiguredTemplate):
            problems.error(instead(path, item, 'an address or a range as text'), place, 'used_ips', _USED_HELP)
            continue
        found = _parse_range(path, item, place, problems)
        if found:
            ranges.append(found)
    return ranges


def _parse_range(path: str, text: str, place: Place, problems: Problems) -> AddressRange | None:
    parts = [part.strip() for part in text.split(',' if ',' in text else '-')]
    if len(parts) == 1 and '/' in text:
        network = parse_network(parts[0])
        if network:
            _warn_about_host_bits(path, parts[0], network, place, problems)
            return AddressRange(network.version, int(network.network_address), int(network.broadcast_address))
    ends = [address_of(part) for part in parts]
    first, last = ends[0], ends[-1]
    if len(parts) > 2:
        message = f"Value '{path}' is {quoted(text)}, which has {len(parts)} parts instead of one or two."
    elif first is None or last is None:
        wrong = parts[0] if first is None else parts[-1]
        message = f"Value '{path}' contains {quoted(wrong)}, which is not an IP address."
    elif first.version != last.version:
        message = f"Value '{path}' is {quoted(text)}, a range from IPv{first.version} to IPv{last.version}."
    elif int(first) > int(last):
        message = f"Value '{path}' is {quoted(text)}: {first} is after {last}."
    else:
        return AddressRange(first.version, int(first), int(last))
    problems.error(message, place, 'used_ips', _USED_HELP)
    return None
