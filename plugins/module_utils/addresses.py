# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and networks: netaddr reads and writes them, after their texts have been checked here.

netaddr takes more than we do, and which spellings it takes differs between its releases. It is imported when the first
text that may be an address or a network is read: programs that only show what is stored do without.
"""

from __future__ import annotations

import functools
import re
import types
import typing as t

from .libraries import require

PACKAGE = 'netaddr>=1.0'

_NUMBER = '(?:0|[1-9][0-9]{0,2})'  # without leading zeros, which some programs read as octal
_IPV4 = rf'{_NUMBER}(?:\.{_NUMBER}){{3}}'
_IPV6 = rf'[0-9A-Fa-f:]*:(?:[0-9A-Fa-f]*|{_IPV4})'
_ADDRESS = re.compile(f'{_IPV4}|{_IPV6}')
_NETWORK = re.compile(f'{_IPV4}(?:/(?:[0-9]+|{_IPV4}))?|{_IPV6}(?:/[0-9]+)?')
"""After the slash: the length of the prefix or, for IPv4, a netmask; netaddr and Ansible take its inverse as well."""

if t.TYPE_CHECKING:
    from netaddr import IPNetwork


class Address(t.NamedTuple):
    """An address as plain numbers: it is compared, counted and looked up in loops over all hosts."""

    version: int
    number: int

    def __str__(self) -> str:
        """The usual spelling, IPv4-compatible IPv6 addresses with groups: `::a00:1`, not `::10.0.0.1`."""
        if self.version == 6 and 0xFFFF < self.number <= 0xFFFFFFFF:
            return f'::{self.number >> 16:x}:{self.number & 0xFFFF:x}'
        return text_of(self.version, self.number)

    @property
    def is_of_one_host(self) -> bool:
        """Whether it is neither the unspecified address nor the IPv4 broadcast nor that of a multicast group."""
        is_multicast = self.number >> 28 == 0xE if self.version == 4 else self.number >> 120 == 0xFF
        return not is_multicast and self not in _OF_NO_HOST


_OF_NO_HOST = (Address(4, 0), Address(4, 0xFFFFFFFF), Address(6, 0))


def address_of(value: t.Any) -> Address | None:
    """The address that a text is; None for any other value. Raises LibraryMissing."""
    return _read_address(value) if isinstance(value, str) else None


@functools.lru_cache(maxsize=65536)
def _read_address(text: str) -> Address | None:
    if not _ADDRESS.fullmatch(text):
        return None
    netaddr = _netaddr()
    try:
        address = netaddr.IPAddress(text, 6 if ':' in text else 4)
    except netaddr.AddrFormatError:
        return None
    return Address(address.version, address.value)


def text_of(version: int, number: int) -> str:
    """The text form of an address."""
    return str(_netaddr().IPAddress(number, version))


def network_of(text: str) -> IPNetwork | None:
    """The network that a text is, with host bits or not; None if it is none. Raises LibraryMissing.

    A text without a prefix is the network of one address.
    """
    if not _NETWORK.fullmatch(text):
        return None
    netaddr = _netaddr()
    try:
        return netaddr.IPNetwork(text)
    except netaddr.AddrFormatError:
        return None


def stored_address(value: t.Any) -> Address | None:
    """The address that a stored text is, without the scope that an IPv6 address may have, such as `%eth0`."""
    if not isinstance(value, str) or '%' not in value:
        return address_of(value)
    alone, _percent, scope = value.partition('%')
    return address_of(alone) if ':' in alone and scope and not set('%/') & set(scope) else None


def one_spelling(text: str) -> str:
    """The one spelling of a stored IPv6 address, so that two are known to be the same; other texts as they are."""
    address = stored_address(text) if ':' in text else None
    return f'{address}{text[text.find("%") :] if "%" in text else ""}' if address else text


@functools.cache
def _netaddr() -> types.ModuleType:
    return require('netaddr', PACKAGE)
