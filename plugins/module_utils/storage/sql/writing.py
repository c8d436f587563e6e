# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn the relations in the database into those of a new state, by writing what differs."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from ...errors import InventoryError
from .delta import Delta, Difference, difference
from .positions import rearrange
from .rebuild import select
from .relations import GroupColumns, HostColumns, Pair, Relations
from .schema import member_of, tables

if t.TYPE_CHECKING:
    import sqlalchemy

_BATCH = 5000
"""Rows to a request: each request has the time limit to itself."""

_GROUPS_TO_A_QUERY = 500

Row = dict[str, t.Any]
Identifiers = dict[str, int]


def apply(connection: sqlalchemy.Connection, region_id: int, serial: int, old: Relations, new: Relations) -> None:
    """Turn the relations of the state before into those of a new one; only rows that differ are written.

    serial: of the new state, whose row in `state_version` is there already. Inside the caller's transaction.
    Raises InventoryError for rows that the database's constraints forbid, or that should be there and are not.
    """
    import sqlalchemy as sa

    delta = difference(old, new)
    try:
        writer = _Writer(connection, region_id)
        writer.write(delta)
        writer.write_changes(serial, delta)
    except sa.exc.IntegrityError as error:
        raise _misfit(' '.join(str(error.orig).split())) from error
    except KeyError as error:
        raise _misfit(f'they lack {error}') from None


def _misfit(reason: str) -> InventoryError:
    return InventoryError(
        f'The database does not take the relations of this inventory: {reason}.',
        help_text='If the inventory is sound, the relations were changed by another program: run '
        '`osa-inventory storage upgrade`, which makes them anew from the stored state.',
    )


def replace(connection: sqlalchemy.Connection, region_id: int, new: Relations) -> None:
    """Make all relations of a region anew, whatever there is. Inside the caller's transaction."""
    for table in (tables().host, tables().group_):
        connection.execute(table.delete().where(table.c.region_id == region_id))
    _Writer(connection, region_id).write(difference(Relations({}, {}, {}), new))


@dataclasses.dataclass
class _Writer:
    """Writes a delta to one region's relations, inside the caller's transaction."""

    connection: sqlalchemy.Connection
    region_id: int

    def write(self, delta: Delta) -> None:
        """Write what goes before what comes: a name or an address may pass from one row to another."""
        tables_ = tables()
        self._delete(tables_.host, ('name',), [{'name': name} for name in delta.hosts.removed])
        self._delete(tables_.group_, ('name',), [{'name': name} for name in delta.groups.removed])
        hosts = self._write_owners(tables_.host, delta.hosts)
        groups = self._write_owners(tables_.group_, delta.groups)
        self._write_values(tables_.host_variable, hosts, delta.variables)
        self._write_values(tables_.address, hosts, _moves(delta.addresses))
        self._write_values(tables_.group_variable, groups, delta.group_variables)
        self._write_lists(tables_.group_host, groups, hosts, delta.members)
        self._write_lists(tables_.group_child, groups, groups, delta.children)

    def _write_owners(
        self, table: sqlalchemy.Table, rows: Difference[str, HostColumns] | Difference[str, GroupColumns]
    ) -> Identifiers:
        """Write hosts or groups; the numbers of all of them."""
        numbers = {name: number for number, name in select(self.connection, table, self.region_id, 'id', 'name')}
        self._update(table, ('name',), [{'name': name, **row._asdict()} for name, row in rows.changed.items()])
        # No other writer can choose the same numbers: the version's row has shut them out.
        added = dict(zip(rows.added, itertools.count(max(numbers.values(), default=0) + 1), strict=False))
        self._insert(table, [{'id': added[name], 'name': name, **row._asdict()} for name, row in rows.added.items()])
        return {**numbers, **added}

    def _write_values(self, table: sqlalchemy.Table, owners: Identifiers, rows: Difference[Pair, t.Any]) -> None:
        """Write what a host or group has under a name; an owner that went has taken it along."""
        owner, name, value = (column.name for column in list(table.columns)[1:])
        removed = [{owner: owners[key[0]], name: key[1]} for key in rows.removed if key[0] in owners]
        self._delete(table, (owner, name), removed)
        changed = [{owner: owners[key[0]], name: key[1], value: text} for key, text in rows.changed.items()]
        self._update(table, (owner, name), changed)
        self._insert(table, [{owner: owners[key[0]], name: key[1], value: text} for key, text in rows.added.items()])

    def _write_lists(
        self, table: sqlalchemy.Table, groups: Identifiers, members: Identifiers, lists: dict[str, list[str]]
    ) -> None:
        """Write members of groups; a group that went has taken them along."""
        wanted = {groups[name]: members_ for name, members_ in lists.items() if name in groups}
        placed = self._placed(table, list(wanted), {number: name for name, number in members.items()})
        member = member_of(table).name
        removed: list[Row] = []
        added: list[Row] = []
        for group_id, names in wanted.items():
            change = rearrange(placed[group_id], names)
            removed += ({'group_id': group_id, 'position': position} for position in change.removed)
            added += (
                {'group_id': group_id, 'position': position, member: members[name]} for position, name in change.added
            )
        self._delete(table, ('group_id', 'position'), removed)
        self._insert(table, added)

    def _placed(
        self, table: sqlalchemy.Table, group_ids: list[int], names: dict[int, str]
    ) -> dict[int, list[tuple[int, str]]]:
        """The members of these groups with their positions."""
        import sqlalchemy as sa

        columns = table.columns
        placed: dict[int, list[tuple[int, str]]] = {group_id: [] for group_id in group_ids}
        query = (
            sa.select(columns.group_id, columns.position, member_of(table))
            .where(columns.region_id == self.region_id, columns.group_id.in_(sa.bindparam('ids', expanding=True)))
            .order_by(columns.group_id, columns.position)
        )
        for part in _parts(group_ids, _GROUPS_TO_A_QUERY):
            for group_id, position, member_id in self.connection.execute(query, {'ids': part}):
                placed[group_id].append((position, names[member_id]))
        return placed

    def write_changes(self, serial: int, delta: Delta) -> None:
        """Write the account of a delta; the state's row is there already."""
        rows = [
            {'serial': serial, 'number': number, **change._asdict()}
            for number, change in enumerate(delta.changes, start=1)
        ]
        self._insert(tables().state_change, rows)

    def _insert(self, table: sqlalchemy.Table, rows: list[Row]) -> None:
        self._execute(table.insert(), [{'region_id': self.region_id, **row} for row in rows])

    def _update(self, table: sqlalchemy.Table, keys: tuple[str, ...], rows: list[Row]) -> None:
        """Set, in the rows with these keys, the other columns."""
        import sqlalchemy as sa

        if not rows:
            return
        values: Row = {name: sa.bindparam(f'new_{name}') for name in rows[0] if name not in keys}
        parameters = [{f'key_{name}' if name in keys else f'new_{name}': row[name] for name in row} for row in rows]
        self._execute(table.update().where(*self._matches(table, keys)).values(values), parameters)

    def _delete(self, table: sqlalchemy.Table, keys: tuple[str, ...], rows: list[Row]) -> None:
        """Delete the rows with these keys."""
        parameters = [{f'key_{name}': row[name] for name in row} for row in rows]
        self._execute(table.delete().where(*self._matches(table, keys)), parameters)

    def _matches(self, table: sqlalchemy.Table, keys: tuple[str, ...]) -> t.Iterator[sqlalchemy.ColumnElement[bool]]:
        import sqlalchemy as sa

        yield table.c.region_id == self.region_id
        for name in keys:
            yield table.c[name] == sa.bindparam(f'key_{name}')

    def _execute(self, statement: sqlalchemy.Executable, parameters: list[Row]) -> None:
        for part in _parts(parameters, _BATCH):
            self.connection.execute(statement, part)


def _moves(rows: Difference[Pair, str]) -> Difference[Pair, str]:
    """The same with a removal and an addition for each change, as rows must not meet on the way."""
    before = {key: rows.old[key] for key in rows.changed}
    return Difference({**rows.added, **rows.changed}, {}, {**rows.removed, **before}, rows.old)


T = t.TypeVar('T')


def _parts(items: t.Sequence[T], size: int) -> t.Iterator[t.Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
