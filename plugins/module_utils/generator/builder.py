# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory while it is being made: a copy of the stored one with the indices that the rules look things up in."""

from __future__ import annotations

import collections
import collections.abc
import itertools
import typing as t

from ..configuration.model import Variables
from ..inventory import Group, Inventory, children_of, groups_of, hosts_of, hostvars_of, make
from ..results import Change, Kind, Notice
from .reasons import Reasons


class InventoryBuilder:
    """Groups and host variables under construction, with what changed and what to warn about.

    The stored inventory is never changed: groups and each host's variables are copied once; deeper values are replaced,
    not altered, where they are set.
    """

    def __init__(self, stored: Inventory | None, reasons: Reasons | None = None) -> None:
        """reasons: takes note of why values are set, where somebody asks for that."""
        stored = stored or {}
        self.groups: dict[str, Group] = {name: _copy(group) for name, group in groups_of(stored).items()}
        self._stored: dict[str, Variables | None] = hostvars_of(stored)
        self.hostvars: dict[str, Variables] = {name: dict(variables or {}) for name, variables in self._stored.items()}
        self.changes: list[Change] = []
        self.warnings: list[Notice] = []
        self.reasons = reasons
        self.containers_of: dict[str, list[str]] = collections.defaultdict(list)
        for name, variables in self.hostvars.items():
            host = host_of_container(name, variables)
            if host is not None:
                self.containers_of[host].append(name)
        self._members: dict[tuple[str, str], set[str]] = {}

    def ensure_group(self, name: str, with_children: bool) -> None:
        """Make the group, empty, unless it is there."""
        if name not in self.groups:
            self.groups[name] = {'children': [], 'hosts': []} if with_children else {'hosts': []}
            self.changes.append(Change(Kind.GROUP, name))

    def ensure_host(self, name: str) -> Variables:
        """The variables of a physical host, made when it is new."""
        if name not in self.hostvars:
            self.hostvars[name] = {}
            self.changes.append(Change(Kind.HOST, name))
        return self.hostvars[name]

    def add_container(self, name: str, host: str, variables: Variables) -> None:
        """A new container of a physical host."""
        self.hostvars[name] = variables
        self.containers_of[host].append(name)
        self.changes.append(Change(Kind.CONTAINER, name, host=host))

    def hosts(self, group: str) -> list[str]:
        """The hosts of a group itself; none for a group that is not there."""
        return hosts_of(self.groups.get(group))

    def add_host(self, group: str, host: str) -> None:
        """Append a host to a group, unless it is a member."""
        self._append(group, 'hosts', host)

    def add_child(self, group: str, child: str) -> None:
        """Append a child to a group, unless it is one."""
        self._append(group, 'children', child)

    def _append(self, group: str, kind: str, name: str) -> None:
        members = self._members.get((group, kind))
        if members is None:
            members = self._members[group, kind] = set(self.groups[group].get(kind) or ())
        if name not in members:
            members.add(name)
            self.groups[group].setdefault(kind, []).append(name)

    def all_hosts(self, group: str) -> dict[str, None]:
        """Every host of a group and of the groups below it, in depth-first order, children before own hosts."""
        found: dict[str, None] = {}
        seen = {group}
        stack = [(group, iter(self._children(group)))]
        while stack:
            name, children = stack[-1]
            child = next((child for child in children if child not in seen), None)
            if child is not None:
                seen.add(child)
                stack.append((child, iter(self._children(child))))
            else:
                found.update(dict.fromkeys(self.hosts(name)))
                stack.pop()
        return found

    def _children(self, group: str) -> list[str]:
        return children_of(self.groups.get(group))

    def possible_addresses(self) -> collections.abc.Iterator[t.Any]:
        """Every value that may be the address of a host, of the inventory as it was stored and as it is now."""
        for variables in itertools.chain(self._stored.values(), self.hostvars.values()):
            if variables:
                yield from variables.values()
                for entry in (variables.get('container_networks') or {}).values():
                    yield from (entry or {}).values()

    def inventory(self) -> Inventory:
        """The finished inventory, groups and hosts in the order of their names."""
        hosts = {name: self.hostvars[name] for name in sorted(self.hostvars)}
        return make(hosts, {name: self.groups[name] for name in sorted(self.groups)})


def is_metal(variables: Variables) -> bool:
    """Whether a host is on metal, by its `properties` (not by the variable `is_metal`, which may be overridden)."""
    properties = variables.get('properties')
    return isinstance(properties, dict) and properties.get('is_metal') is True


def host_of_container(name: str, variables: Variables) -> str | None:
    """The physical host of a container; None for a host that is not one."""
    host = variables.get('physical_host')
    return host if isinstance(host, str) and host != name and not is_metal(variables) else None


def _copy(group: Group | None) -> Group:
    """A group whose lists may be appended to; null lists are empty ones."""
    copy = dict(group or {})
    for kind in ('hosts', 'children'):
        if kind in copy:
            copy[kind] = list(copy[kind] or ())
    return copy
