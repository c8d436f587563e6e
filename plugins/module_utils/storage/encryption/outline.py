# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a sealed inventory may be read without opening it: names, memberships and addresses."""

from __future__ import annotations

import typing as t

from ...addresses import stored_address
from ...inventory import Inventory, groups_of, hostvars_if_sound, make

_ADDRESSES = ('ansible_host', 'management_address')
_NETWORKS = 'container_networks'


def outline(inventory: Inventory) -> Inventory:
    """The inventory with null for each value, but for what is an address or the name of a host or group.

    Kept are: addresses in `ansible_host`, `management_address` and `container_networks`; `physical_host` where it is
    the name of a host, `component` where it is that of a group. What has another shape than an inventory is left out.
    """
    hosts = hostvars_if_sound(inventory) or {}
    groups = {name: group for name, group in groups_of(inventory).items() if isinstance(group, dict)}
    names = {'physical_host': hosts.keys(), 'component': groups.keys()}
    return make(
        {name: _host(_mapping(variables), names) for name, variables in hosts.items()},
        {name: _group(group) for name, group in groups.items()},
    )


def _host(variables: dict[str, t.Any], names: t.Mapping[str, t.Collection[str]]) -> dict[str, t.Any]:
    shown: dict[str, t.Any] = dict.fromkeys(variables)
    for key in _ADDRESSES:
        if stored_address(variables.get(key)):
            shown[key] = variables[key]
    for key, known in names.items():
        value = variables.get(key)
        if isinstance(value, str) and value in known:
            shown[key] = value
    networks = _mapping(variables.get(_NETWORKS))
    found = {name: _mapping(entry).get('address') for name, entry in networks.items()}
    if any(stored_address(address) for address in found.values()):
        shown[_NETWORKS] = {name: {'address': address} for name, address in found.items() if stored_address(address)}
    return shown


def _group(group: dict[str, t.Any]) -> dict[str, t.Any]:
    shown: dict[str, t.Any] = {}
    for key in ('hosts', 'children'):
        if isinstance(group.get(key), list):
            shown[key] = [member for member in group[key] if isinstance(member, str)]
    if isinstance(group.get('vars'), dict):
        shown['vars'] = dict.fromkeys(group['vars'])
    return shown


def _mapping(value: t.Any) -> dict[str, t.Any]:
    return value if isinstance(value, dict) else {}
