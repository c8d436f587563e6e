# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory that the relations in the database hold."""

from __future__ import annotations

import contextlib
import json
import typing as t

from ...errors import StateDamaged
from ...inventory import Inventory
from .relations import GroupColumns, Pair, Relations, Remainder, put_together
from .schema import member_of, tables

if t.TYPE_CHECKING:
    import sqlalchemy


@contextlib.contextmanager
def _known_rows() -> t.Iterator[None]:
    """Within it, a row of a host or group that is not there is StateDamaged."""
    try:
        yield
    except KeyError as error:
        raise StateDamaged('The relations have a row of a host or group that they do not have.') from error


@_known_rows()
def rebuild(connection: sqlalchemy.Connection, region_id: int, remainder: Remainder) -> Inventory:
    """The inventory that the relations hold.

    remainder: what the newest state keeps outside of them. A value of which only the name is kept is None.
    Raises StateDamaged for a value that is not JSON text, and for rows of a host or group that is not there.
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


@_known_rows()
def addresses(connection: sqlalchemy.Connection, region_id: int) -> dict[Pair, str]:
    """(host, network) -> address, as the relations hold them. Raises StateDamaged as `rebuild` does."""
    hosts = dict(select(connection, tables().host, region_id, 'id', 'name'))
    rows = select(connection, tables().address, region_id, 'host_id', 'network', 'address')
    return {(hosts[number], network): address for number, network, address in rows}


def _value(text: str | None) -> t.Any:
    try:
        return None if text is None else json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise StateDamaged('The relations hold a value that is not JSON text.') from error
