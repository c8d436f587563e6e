# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory that the relations in the database hold."""

from __future__ import annotations

import json
import typing as t

from ...errors import StateDamaged
from ...results import Inventory
from .relations import GroupColumns, Relations, Remainder, put_together
from .schema import member_of, tables

if t.TYPE_CHECKING:
    import sqlalchemy


def rebuild(connection: sqlalchemy.Connection, region_id: int, remainder: Remainder) -> Inventory:
    """The inventory that the relations hold.

    remainder: what the newest state keeps outside of them. Raises StateDamaged for a value that is no JSON text.
    """
    tables_ = tables()
    host_names: dict[int, str] = {}
    hosts: dict[str, dict[str, t.Any]] = {}
    for number, name, in_hostvars in select(connection, tables_.host, region_id, 'id', 'name', 'in_hostvars'):
        host_names[number] = name
        if in_hostvars:
            hosts[name] = {}
    for number, name, text in select(connection, tables_.host_variable, region_id, 'host_id', 'name', 'value'):
        hosts.setdefault(host_names[number], {})[name] = _value(text)
    groups = _rebuild_groups(connection, region_id, host_names)
    return put_together(Relations(hosts, groups, remainder))


def _rebuild_groups(
    connection: sqlalchemy.Connection, region_id: int, host_names: dict[int, str]
) -> dict[str, dict[str, t.Any]]:
    tables_ = tables()
    names: dict[int, str] = {}
    groups: dict[str, dict[str, t.Any]] = {}
    columns = ('id', 'name', *GroupColumns._fields)
    for number, name, declared, *has in select(connection, tables_.group_, region_id, *columns):
        names[number] = name
        if declared:
            empty: tuple[tuple[str, t.Any], ...] = (('hosts', []), ('children', []), ('vars', {}))
            groups[name] = {key: value for (key, value), present in zip(empty, has, strict=True) if present}
    for table, key, members in ((tables_.group_host, 'hosts', host_names), (tables_.group_child, 'children', names)):
        member = member_of(table).name
        for number, _position, member_id in select(connection, table, region_id, 'group_id', 'position', member):
            groups.setdefault(names[number], {}).setdefault(key, []).append(members[member_id])
    for number, name, text in select(connection, tables_.group_variable, region_id, 'group_id', 'name', 'value'):
        groups.setdefault(names[number], {}).setdefault('vars', {})[name] = _value(text)
    return groups


def select(
    connection: sqlalchemy.Connection, table: sqlalchemy.Table, region_id: int, *columns: str
) -> t.Iterator[t.Any]:
    """These columns of a region's rows, in the order of the first two."""
    import sqlalchemy as sa

    wanted = [table.c[name] for name in columns]
    query = sa.select(*wanted).where(table.c.region_id == region_id).order_by(*wanted[:2])
    return iter(connection.execute(query))


def _value(text: str) -> t.Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise StateDamaged('The relations hold a value that is no JSON text.') from error
