# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory as relations and back: pure, no database."""

from __future__ import annotations

import dataclasses
import itertools
import json
import typing as t

from ...addresses import one_spelling
from ...errors import InventoryError
from ...inventory import HOSTVARS, META, Inventory, groups_of, hostvars_of, make
from ..formats.encrypted_text import OUTLINE, encrypted_text
from .schema import NAME_LENGTH

Pair = tuple[str, str]

_LISTS = ('hosts', 'children')
_GROUP_KEYS = {*_LISTS, 'vars'}

Remainder = dict[str, list[t.Any]]
"""Top-level entries that relations cannot express: key -> [value], or key -> [] for a `_meta` that is missing."""


class HostColumns(t.NamedTuple):
    """What the table `host` has of a host besides its name; `in_hostvars`: not merely named by a group."""

    in_hostvars: bool
    ansible_host: str | None
    management_address: str | None
    physical_host: str | None
    component: str | None
    is_metal: bool | None


class GroupColumns(t.NamedTuple):
    """What the table `group` has of a group besides its name; `declared`: not merely named by another group."""

    declared: bool
    has_hosts: bool
    has_children: bool
    has_variables: bool


REFERENCED_HOST = HostColumns(False, None, None, None, None, None)
REFERENCED_GROUP = GroupColumns(False, False, False, False)


@dataclasses.dataclass(frozen=True)
class Relations:
    """An inventory taken apart.

    hosts: the variables of each host. groups: each group, with `hosts`, `children`, `vars` or some of them.
    remainder: what has another shape than these, verbatim.
    outlined: whether it was encrypted, so that of variables only the names are kept (`outline.outline`).
    """

    hosts: dict[str, dict[str, t.Any]]
    groups: dict[str, dict[str, t.Any]]
    remainder: Remainder
    outlined: bool = False

    def text(self, value: t.Any) -> str | None:
        """A variable's value as its table has it."""
        return None if self.outlined else value_text(value)

    def host_columns(self, touched: t.Iterable[str]) -> dict[str, HostColumns]:
        """A row for each of these hosts that is there, and for all that only a group names."""
        rows = {name: _host_columns(self.hosts[name]) for name in touched if name in self.hosts}
        return {**rows, **dict.fromkeys(self._named('hosts') - self.hosts.keys(), REFERENCED_HOST)}

    def group_columns(self) -> dict[str, GroupColumns]:
        """A row for each group, and for those that only another one names as its child."""
        rows = {
            name: GroupColumns(True, 'hosts' in group, 'children' in group, 'vars' in group)
            for name, group in self.groups.items()
        }
        return {**rows, **dict.fromkeys(self._named('children') - self.groups.keys(), REFERENCED_GROUP)}

    def addresses(self, touched: t.Iterable[str]) -> dict[Pair, str]:
        """(host, network) -> address, for each entry of these hosts' `container_networks` that has one."""
        return {
            (host, network): address
            for host in touched
            if host in self.hosts
            for network, address in _addresses(self.hosts[host])
        }

    def names(self) -> set[str]:
        """Every name and address that is a column's value of its own."""
        return {
            *self.hosts,
            *self.groups,
            *self._named('hosts'),
            *self._named('children'),
            *itertools.chain.from_iterable(self.hosts.values()),
            *itertools.chain.from_iterable(group.get('vars', ()) for group in self.groups.values()),
            *(network for variables in self.hosts.values() for network, _address in _addresses(variables)),
        }

    def _named(self, key: str) -> set[str]:
        """Every member of any group."""
        return set(itertools.chain.from_iterable(group.get(key, ()) for group in self.groups.values()))


def take_apart(inventory: Inventory) -> Relations:
    """The relations of an inventory, of an encrypted one those of its outline; `put_together` is the way back."""
    if encrypted_text(inventory) is None:
        return _relations(inventory)
    shown = inventory.get(OUTLINE)
    return dataclasses.replace(_relations(shown if isinstance(shown, dict) else {}), remainder={}, outlined=True)


def _relations(inventory: Inventory) -> Relations:
    remainder: Remainder = {}
    hosts: dict[str, dict[str, t.Any]] = {}
    if META not in inventory:
        remainder[META] = []
    elif _is_regular_meta(inventory[META]):
        hosts = hostvars_of(inventory)
    else:
        remainder[META] = [inventory[META]]
    every = groups_of(inventory)
    groups = {name: group for name, group in every.items() if _is_regular_group(group)}
    remainder.update((name, [group]) for name, group in every.items() if name not in groups)
    return Relations(hosts, groups, remainder)


def put_together(relations: Relations) -> Inventory:
    """The inventory that was taken apart."""
    inventory = make(relations.hosts, relations.groups)
    for name, values in relations.remainder.items():
        if values:
            inventory[name] = values[0]
        else:
            del inventory[name]
    return inventory


def structure(relations: Relations) -> Inventory:
    """The inventory of relations with null for every value: what the tables have of an encrypted one."""
    hosts = {name: dict.fromkeys(variables) for name, variables in relations.hosts.items()}
    groups = {
        name: {**group, 'vars': dict.fromkeys(group['vars'])} if 'vars' in group else group
        for name, group in relations.groups.items()
    }
    return put_together(Relations(hosts, groups, {}))


def value_text(value: t.Any) -> str:
    """A variable's value as JSON text that every database can hold; readable wherever it can be."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    if text.isascii() or not _has_surrogates(text):
        return text
    return json.dumps(value, sort_keys=True)


def check(relations: Relations) -> None:
    """Refuse what the tables cannot hold or their constraints forbid.

    Raises InventoryError, naming every host or name concerned.
    """
    if wrong := sorted(name for name in relations.names() if not _is_storable(name)):
        raise InventoryError(
            f'The database cannot hold these names: {", ".join(map(ascii, wrong))}.',
            help_text=f'Use names of at most {NAME_LENGTH} characters, without NUL and lone surrogates.',
        )
    users: dict[tuple[str, str], list[str]] = {}
    for (host, network), address in relations.addresses(relations.hosts).items():
        users.setdefault((network, address), []).append(host)
    shared = {place: hosts for place, hosts in users.items() if len(hosts) > 1}
    if shared:
        texts = (
            f"'{address}' of '{network}' by {', '.join(map(repr, sorted(hosts)))}"
            for (network, address), hosts in sorted(shared.items())
        )
        raise InventoryError(
            f'Addresses are used by more than one host of the inventory: {"; ".join(texts)}.',
            help_text='Clear the addresses of all but one of these hosts, so that the others get new ones: run'
            ' osa-inventory clear-ips --limit HOST.',
        )


def _is_regular_meta(meta: t.Any) -> bool:
    return (
        isinstance(meta, dict)
        and meta.keys() == {HOSTVARS}
        and isinstance(meta[HOSTVARS], dict)
        and all(isinstance(variables, dict) for variables in meta[HOSTVARS].values())
    )


def _is_regular_group(group: t.Any) -> bool:
    return (
        isinstance(group, dict)
        and group.keys() <= _GROUP_KEYS
        and isinstance(group.get('vars', {}), dict)
        and all(
            isinstance(group.get(key, []), list) and all(isinstance(name, str) for name in group.get(key, ()))
            for key in _LISTS
        )
    )


def _host_columns(variables: dict[str, t.Any]) -> HostColumns:
    properties = variables.get('properties')
    return HostColumns(
        in_hostvars=True,
        ansible_host=_column(variables.get('ansible_host')),
        management_address=_column(variables.get('management_address')),
        physical_host=_column(variables.get('physical_host')),
        component=_column(variables.get('component')),
        is_metal=properties.get('is_metal') is True if isinstance(properties, dict) else None,
    )


def _column(value: t.Any) -> str | None:
    return value if isinstance(value, str) and _is_storable(value) else None


def _addresses(variables: dict[str, t.Any]) -> t.Iterator[tuple[str, str]]:
    networks = variables.get('container_networks')
    if isinstance(networks, dict):
        for network, entry in networks.items():
            address = entry.get('address') if isinstance(entry, dict) else None
            if isinstance(address, str) and address and _is_storable(address):
                yield network, one_spelling(address)


def _is_storable(name: str) -> bool:
    return len(name) <= NAME_LENGTH and '\0' not in name and (name.isascii() or not _has_surrogates(name))


def _has_surrogates(text: str) -> bool:
    return any('\ud800' <= character <= '\udfff' for character in text)
