# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of an inventory: the one place that knows where hosts, groups and their variables stand in it.

It is the form of Ansible's `script` inventories:

    {"_meta": {"hostvars": {HOST: {VARIABLE: value}}},
     GROUP: {"hosts": [HOST], "children": [GROUP], "vars": {VARIABLE: value}}}

What is missing or null is empty, as it is to Ansible.
"""

from __future__ import annotations

import typing as t

Inventory = dict[str, t.Any]
Group = dict[str, t.Any]

META = '_meta'
"""The key beside the groups below which the hosts stand; no group can have this name."""

HOSTVARS = 'hostvars'


def make(hosts: dict[str, t.Any], groups: dict[str, t.Any] | None = None) -> Inventory:
    """An inventory of these hosts (name -> variables) and groups; both keep their order."""
    return {META: {HOSTVARS: hosts}, **(groups or {})}


def hostvars_of(inventory: Inventory) -> dict[str, t.Any]:
    """Host -> its variables: the inventory's own mapping, not a copy, unless there are no hosts."""
    return (inventory.get(META) or {}).get(HOSTVARS) or {}


def hostvars_if_sound(inventory: Inventory) -> dict[str, t.Any] | None:
    """The same of an inventory that nobody has checked yet: None unless there is a mapping of hosts in it."""
    meta = inventory.get(META)
    hosts = meta.get(HOSTVARS) if isinstance(meta, dict) else None
    return hosts if isinstance(hosts, dict) else None


def groups_of(inventory: Inventory) -> dict[str, t.Any]:
    """Group -> what belongs to it, `all` included, in the order of the inventory."""
    return {name: group for name, group in inventory.items() if name != META}


def hosts_of(group: Group | None) -> list[str]:
    """The hosts that are members of the group itself."""
    return (group or {}).get('hosts') or []


def children_of(group: Group | None) -> list[str]:
    """The groups directly below the group."""
    return (group or {}).get('children') or []


def vars_of(group: Group | None) -> dict[str, t.Any]:
    """The variables of the group."""
    return (group or {}).get('vars') or {}
