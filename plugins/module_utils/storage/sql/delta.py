# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two inventories, as rows: pure, no database."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from .relations import GroupColumns, HostColumns, Pair, Relations

K = t.TypeVar('K')
V = t.TypeVar('V')

VALUES = ('host_variable', 'group_variable')
"""The tables that hold values of variables."""


@dataclasses.dataclass(frozen=True)
class Difference(t.Generic[K, V]):
    """The rows of one table that differ: key -> row; `changed` has the new row, `old` all that were before."""

    added: dict[K, V]
    changed: dict[K, V]
    removed: dict[K, V]
    old: dict[K, V]


class RowChange(t.NamedTuple):
    """One row of `state_change`.

    action: `added`, `changed`, `removed`. relation: the table. name: host or group.
    item: its variable, member or network. old_value, new_value: JSON text of a variable, or an address.
    """

    action: str
    relation: str
    name: str
    item: str | None = None
    old_value: str | None = None
    new_value: str | None = None


@dataclasses.dataclass(frozen=True)
class Delta:
    """All that differs between two inventories.

    hosts, groups: by name. variables, group_variables: (host or group, variable) -> JSON text, or None.
    addresses: (host, network) -> address. members, children: group -> the list that it is to have.
    changes: the account for people, in the order of tables.
    """

    hosts: Difference[str, HostColumns]
    groups: Difference[str, GroupColumns]
    variables: Difference[Pair, str | None]
    group_variables: Difference[Pair, str | None]
    addresses: Difference[Pair, str]
    members: dict[str, list[str]]
    children: dict[str, list[str]]
    changes: list[RowChange]


def difference(old: Relations, new: Relations) -> Delta:
    """What turns the rows of one inventory into those of another."""
    touched = _differing(old.hosts, new.hosts)
    touched_groups = _differing(_variables_of_groups(old), _variables_of_groups(new))
    hosts = _compare(old.host_columns(touched), new.host_columns(touched))
    groups = _compare(old.group_columns(), new.group_columns())
    variables = _compare(_texts(old, old.hosts, touched), _texts(new, new.hosts, touched))
    group_variables = _compare(
        _texts(old, _variables_of_groups(old), touched_groups), _texts(new, _variables_of_groups(new), touched_groups)
    )
    addresses = _compare(old.addresses(touched), new.addresses(touched))
    old_members, members = _compare_lists(_lists(old, 'hosts'), _lists(new, 'hosts'))
    old_children, children = _compare_lists(_lists(old, 'children'), _lists(new, 'children'))
    changes = [
        *_row_changes('host', hosts),
        *_value_changes('host_variable', variables, {*hosts.added, *hosts.removed}),
        *_value_changes('address', addresses),
        *_row_changes('group', groups),
        *_value_changes('group_variable', group_variables, {*groups.added, *groups.removed}),
        *_list_changes('group_host', old_members, members),
        *_list_changes('group_child', old_children, children),
    ]
    if old.outlined or new.outlined:
        changes = list(_without_values(changes))
    return Delta(hosts, groups, variables, group_variables, addresses, members, children, changes)


def _without_values(changes: t.Iterable[RowChange]) -> t.Iterator[RowChange]:
    """What may be told of a change with an encrypted inventory on one side: nothing of variables but their names."""
    for change in changes:
        if change.relation not in VALUES:
            yield change
        elif change.action != 'changed':
            yield change._replace(old_value=None, new_value=None)


def _differing(old: dict[str, t.Any], new: dict[str, t.Any]) -> list[str]:
    """Keys whose values may differ. As text, since 1, 1.0 and true are equal in Python."""
    return [key for key in {**old, **new} if key not in old or key not in new or repr(old[key]) != repr(new[key])]


def _compare(old: dict[K, V], new: dict[K, V]) -> Difference[K, V]:
    return Difference(
        {key: row for key, row in new.items() if key not in old},
        {key: row for key, row in new.items() if key in old and row != old[key]},
        {key: row for key, row in old.items() if key not in new},
        old,
    )


def _texts(
    relations: Relations, owners: dict[str, dict[str, t.Any]], touched: t.Iterable[str]
) -> dict[Pair, str | None]:
    """(owner, variable) -> JSON text; None where only the name is kept."""
    return {
        (owner, name): relations.text(value)
        for owner in touched
        if owner in owners
        for name, value in owners[owner].items()
    }


def _compare_lists(
    old: dict[str, list[str]], new: dict[str, list[str]]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The lists that differ, as they were and as they are to be; one that is missing counts as empty."""
    differing = [name for name in {**old, **new} if old.get(name, []) != new.get(name, [])]
    return {name: old.get(name, []) for name in differing}, {name: new.get(name, []) for name in differing}


def _variables_of_groups(relations: Relations) -> dict[str, dict[str, t.Any]]:
    return {name: group['vars'] for name, group in relations.groups.items() if 'vars' in group}


def _lists(relations: Relations, key: str) -> dict[str, list[str]]:
    return {name: group.get(key, []) for name, group in relations.groups.items()}


def _row_changes(relation: str, rows: Difference[str, t.Any]) -> t.Iterator[RowChange]:
    for name in rows.added:
        yield RowChange('added', relation, name)
    for name in rows.removed:
        yield RowChange('removed', relation, name)


def _value_changes(
    relation: str, rows: Difference[Pair, t.Any], passed_over: t.Collection[str] = ()
) -> t.Iterator[RowChange]:
    """Changes of values; not of owners that came or went as a whole, where every value did."""
    for (name, item), value in rows.added.items():
        if name not in passed_over:
            yield RowChange('added', relation, name, item, None, value)
    for (name, item), value in rows.changed.items():
        yield RowChange('changed', relation, name, item, rows.old[name, item], value)
    for (name, item), value in rows.removed.items():
        if name not in passed_over:
            yield RowChange('removed', relation, name, item, value, None)


def _list_changes(relation: str, old: dict[str, list[str]], new: dict[str, list[str]]) -> t.Iterator[RowChange]:
    for name in new:
        before, after = collections.Counter(old[name]), collections.Counter(new[name])
        for member in after - before:
            yield RowChange('added', relation, name, member)
        for member in before - after:
            yield RowChange('removed', relation, name, member)
