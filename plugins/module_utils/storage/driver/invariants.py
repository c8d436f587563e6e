# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every stored inventory must obey, and the shape without which nothing can be done with it."""

from __future__ import annotations

import collections
import contextlib
import typing as t

from ...addresses import one_spelling
from ...errors import StateDamaged
from ...inventory import HOSTVARS, META, Inventory, groups_of, hosts_of, hostvars_if_sound, hostvars_of
from ...words import and_more, listed
from ..formats.encrypted_text import refuse_encrypted

_HELP = (
    'It is left as it is. Correct it by hand where that is possible, or restore an older one (osa-inventory restore).'
)
_IMPLICIT_GROUPS = frozenset(('all', 'ungrouped'))


def check_stored(inventory: Inventory, where: str) -> None:
    """Refuse a stored inventory that cannot be worked with; null stands for an empty list or mapping.

    where: the storage, for people. Raises StateDamaged with the first thing that is wrong, and StateSealed.
    """
    refuse_encrypted(inventory, where)
    problem = shape_problem(inventory) or _ghost_problem(inventory)
    if problem:
        raise StateDamaged(
            f'The inventory in {where} cannot be used: {problem}.',
            help_text=_HELP,
        )


@contextlib.contextmanager
def bounded_depth(where: str) -> t.Iterator[None]:
    """Within it, values that are nested so deeply that Python cannot go through them are StateDamaged.

    where: the storage, for people.
    """
    try:
        yield
    except RecursionError:
        raise StateDamaged(
            f'The inventory in {where} cannot be used: a value is nested too deeply.', None, _HELP
        ) from None


def shape_problem(inventory: Inventory) -> str | None:
    """What makes this something else than an inventory, or None."""
    hosts = hostvars_if_sound(inventory)
    if hosts is None:
        return f'it has no {META!r} with {HOSTVARS!r} in it'
    problems = (_host_problem(name, variables) for name, variables in hosts.items())
    problem = next((problem for problem in problems if problem), None)
    if problem:
        return problem
    problems = (_group_problem(name, group) for name, group in groups_of(inventory).items())
    return next((problem for problem in problems if problem), None)


def _host_problem(name: str, variables: t.Any) -> str | None:
    if not isinstance(variables, dict):
        return f'{f"{META}.{HOSTVARS}.{name}"!r} is not an object'
    networks = variables.get('container_networks')
    if networks is None:
        return None
    if isinstance(networks, dict) and all(isinstance(entry, dict) for entry in networks.values()):
        return None
    return f'{f"{META}.{HOSTVARS}.{name}.container_networks"!r} is not an object of objects'


def _group_problem(name: str, group: t.Any) -> str | None:
    if not isinstance(group, dict):
        return f'group {name!r} is not an object'
    for key, kind, word in (('hosts', list, 'a list'), ('children', list, 'a list'), ('vars', dict, 'an object')):
        if not isinstance(group.get(key), (kind, type(None))):
            return f"'{key}' of group {name!r} is not {word}"
    for key in ('hosts', 'children'):
        if not all(isinstance(member, str) for member in group.get(key) or ()):
            return f"'{key}' of group {name!r} has an item that is not text"
    return None


def _ghost_problem(inventory: Inventory) -> str | None:
    """The members of groups that are no hosts: the first, and how many more."""
    hosts = set(hostvars_of(inventory))
    ghosts = [
        (name, ghost)
        for name, group in groups_of(inventory).items()
        for ghost in sorted(set(hosts_of(group)).difference(hosts))
    ]
    if not ghosts:
        return None
    (name, ghost), *others = ghosts
    more = f' ({and_more(len(others)).strip()} like it)' if others else ''
    return f'group {name!r} names {ghost!r}, which has no hostvars{more}'


def violations(inventory: Inventory) -> list[str]:
    """Every breach of a law, one sentence each; for an inventory without `shape_problem`.

    The laws: host names are unique, also among groups and container names; an address is used once in each entry of
    `container_networks`; every member of a group is known.
    """
    hosts = hostvars_of(inventory)
    return [
        *(f'{name!r} is the name of a host and of a group.' for name in sorted(hosts.keys() & inventory.keys())),
        *_double_names(hosts),
        *_double_addresses(hosts),
        *_unknown_members(inventory, hosts),
    ]


def _double_names(hosts: dict[str, t.Any]) -> t.Iterator[str]:
    users: dict[t.Any, list[str]] = collections.defaultdict(list)
    for name, variables in hosts.items():
        container_name = variables.get('container_name')
        if isinstance(container_name, str) and container_name != name:
            users[container_name].append(name)
    for container_name, names in users.items():
        if container_name in hosts:
            names.append(container_name)
        if len(names) > 1:
            yield f'The container name {container_name!r} is used by {_listed(names)}.'


def _double_addresses(hosts: dict[str, t.Any]) -> t.Iterator[str]:
    users: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
    for name, variables in hosts.items():
        for entry, network in (variables.get('container_networks') or {}).items():
            address = network.get('address')
            if address is not None:
                users[entry, one_spelling(str(address))].append(name)
    for (entry, address), names in users.items():
        if len(names) > 1:
            yield f'The address {address!r} of {entry!r} is used by {_listed(names)}.'


def _unknown_members(inventory: Inventory, hosts: dict[str, t.Any]) -> t.Iterator[str]:
    # Sets: a difference to a view of keys would look at all of them.
    members = {'hosts': set(hosts), 'children': {*inventory, *_IMPLICIT_GROUPS} - {META}}
    for name, group in groups_of(inventory).items():
        for kind, known in members.items():
            unknown = set(group.get(kind) or ()) - known
            if unknown:
                word = 'host' if kind == 'hosts' else 'group'
                yield f'The group {name!r} has the unknown {word} {_listed(unknown)}.'


def _listed(names: t.Iterable[str]) -> str:
    """The names in order, the first few of them, and harmless to a terminal."""
    return listed(map(repr, sorted(names)))
