# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the SQL storage, as SQLAlchemy knows them; `migrations/` makes them.

Two things are kept for each region: `state_version`, append-only, with the whole state as payload; and the newest
inventory as relations (`host` to `address`), which are derived from the payload and written with it. `state_change`
says what each version changed, `region_lock` who works on a region for longer.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

if t.TYPE_CHECKING:
    import sqlalchemy

REVISIONS = ('0001',)
"""The schema's revisions, oldest first; the last is the one that this version reads and writes."""

NAME_LENGTH = 255
"""The longest name of a host, group or variable, in characters."""


@dataclasses.dataclass(frozen=True)
class Tables:
    """All tables, by name; `group_` is `group`."""

    metadata: sqlalchemy.MetaData
    tenant: sqlalchemy.Table
    region: sqlalchemy.Table
    state_version: sqlalchemy.Table
    state_change: sqlalchemy.Table
    region_lock: sqlalchemy.Table
    host: sqlalchemy.Table
    host_variable: sqlalchemy.Table
    address: sqlalchemy.Table
    group_: sqlalchemy.Table
    group_host: sqlalchemy.Table
    group_child: sqlalchemy.Table
    group_variable: sqlalchemy.Table


def member_of(table: sqlalchemy.Table) -> sqlalchemy.Column[int]:
    """The column of `group_host` or `group_child` that says who the member is."""
    return t.cast('sqlalchemy.Column[int]', list(table.columns)[-1])


@functools.cache
def tables() -> Tables:
    """The tables; made when first asked for, as SQLAlchemy is not needed by those who use another storage."""
    import sqlalchemy

    metadata = sqlalchemy.MetaData(
        naming_convention={
            'pk': 'pk_%(table_name)s',
            'fk': 'fk_%(table_name)s_%(column_0_N_name)s',
            'uq': 'uq_%(table_name)s_%(column_0_N_name)s',
            'ix': 'ix_%(table_name)s_%(column_0_N_name)s',
        }
    )
    return Tables(metadata, **_regions(metadata), **_states(metadata), **_hosts(metadata), **_groups(metadata))


def _regions(metadata: sqlalchemy.MetaData) -> dict[str, sqlalchemy.Table]:
    """Regions and their locks."""
    import sqlalchemy as sa

    return {
        'tenant': _table(
            'tenant',
            metadata,
            # An identity: a plain sequence would need a grant of its own on PostgreSQL.
            sa.Column('id', sa.Integer, sa.Identity(), primary_key=True),
            sa.Column('name', _name(), nullable=False, unique=True),
        ),
        'region': _table(
            'region',
            metadata,
            sa.Column('id', sa.Integer, sa.Identity(), primary_key=True),
            sa.Column('tenant_id', sa.ForeignKey('tenant.id', ondelete='CASCADE'), nullable=False),
            sa.Column('name', _name(), nullable=False),
            sa.UniqueConstraint('tenant_id', 'name'),
        ),
        'region_lock': _table(
            'region_lock',
            metadata,
            _region_key(),
            sa.Column('lock_id', _name(), nullable=False),
            sa.Column('owner', _text(), nullable=False),
            sa.Column('command', _text(), nullable=False),
            sa.Column('host', _text(), nullable=False),
            sa.Column('since', _name(), nullable=False),
        ),
    }


def _states(metadata: sqlalchemy.MetaData) -> dict[str, sqlalchemy.Table]:
    """The states of regions, and what each changed."""
    import sqlalchemy as sa

    return {
        'state_version': _table(
            'state_version',
            metadata,
            _region_key(),
            sa.Column('serial', sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column('lineage', _name(), nullable=False),
            sa.Column('sha256', _name(), nullable=False),
            sa.Column('parent', _name()),
            sa.Column('write_id', _name(), nullable=False),
            sa.Column('written_at', _name(), nullable=False),
            sa.Column('writer', _text(), nullable=False),
            sa.Column('message', _text(), nullable=False),
            sa.Column('counts', _text(), nullable=False),
            sa.Column('input_digest', _name()),
            sa.Column('format', sa.Integer, nullable=False),
            sa.Column('remainder', _text()),
            sa.Column('payload', _blob(), nullable=False),
            sa.Column('source', _blob()),
        ),
        'state_change': _table(
            'state_change',
            metadata,
            sa.Column('region_id', sa.Integer, primary_key=True, autoincrement=False),
            sa.Column('serial', sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column('number', sa.Integer, primary_key=True, autoincrement=False),
            sa.Column('action', _name(), nullable=False),
            sa.Column('relation', _name(), nullable=False),
            sa.Column('name', _name(), nullable=False),
            sa.Column('item', _name()),
            sa.Column('old_value', _text()),
            sa.Column('new_value', _text()),
            _foreign_key(('region_id', 'serial'), 'state_version', ('region_id', 'serial')),
        ),
    }


def _hosts(metadata: sqlalchemy.MetaData) -> dict[str, sqlalchemy.Table]:
    """Hosts, what is known about them, and their addresses."""
    import sqlalchemy as sa

    return {
        'host': _table(
            'host',
            metadata,
            _region_key(),
            _key('id'),
            sa.Column('name', _name(), nullable=False),
            sa.Column('in_hostvars', sa.Boolean, nullable=False),
            sa.Column('ansible_host', _name()),
            sa.Column('management_address', _name()),
            sa.Column('physical_host', _name()),
            sa.Column('component', _name()),
            sa.Column('is_metal', sa.Boolean),
            # The name first: PostgreSQL, as long as it has no statistics, would take an index that begins as the
            # primary key does for the check of foreign keys, and look at every host of the region for each row.
            sa.UniqueConstraint('name', 'region_id'),
        ),
        'host_variable': _table(
            'host_variable',
            metadata,
            *(_key('region_id'), _key('host_id')),
            sa.Column('name', _name(), primary_key=True),
            sa.Column('value', _text()),
            _foreign_key(('region_id', 'host_id'), 'host'),
        ),
        'address': _table(
            'address',
            metadata,
            *(_key('region_id'), _key('host_id')),
            sa.Column('network', _name(), primary_key=True),
            sa.Column('address', _name(), nullable=False),
            _foreign_key(('region_id', 'host_id'), 'host'),
            sa.UniqueConstraint('region_id', 'network', 'address'),
        ),
    }


def _groups(metadata: sqlalchemy.MetaData) -> dict[str, sqlalchemy.Table]:
    """Groups, their members and variables."""
    import sqlalchemy as sa

    return {
        'group_': _table(
            'group',
            metadata,
            _region_key(),
            _key('id'),
            sa.Column('name', _name(), nullable=False),
            sa.Column('declared', sa.Boolean, nullable=False),
            sa.Column('has_hosts', sa.Boolean, nullable=False),
            sa.Column('has_children', sa.Boolean, nullable=False),
            sa.Column('has_variables', sa.Boolean, nullable=False),
            sa.UniqueConstraint('name', 'region_id'),
        ),
        'group_host': _members('group_host', metadata, 'host_id', 'host'),
        'group_child': _members('group_child', metadata, 'child_id', 'group'),
        'group_variable': _table(
            'group_variable',
            metadata,
            *(_key('region_id'), _key('group_id')),
            sa.Column('name', _name(), primary_key=True),
            sa.Column('value', _text()),
            _foreign_key(('region_id', 'group_id'), 'group'),
        ),
    }


def _members(name: str, metadata: sqlalchemy.MetaData, member: str, of: str) -> sqlalchemy.Table:
    """A list of members with gaps between their positions."""
    import sqlalchemy as sa

    return _table(
        name,
        metadata,
        *(_key('region_id'), _key('group_id')),
        sa.Column('position', sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column(member, sa.Integer, nullable=False),
        _foreign_key(('region_id', 'group_id'), 'group'),
        _foreign_key(('region_id', member), of),
        sa.Index(None, 'region_id', member),
    )


def _table(name: str, metadata: sqlalchemy.MetaData, *items: sqlalchemy.schema.SchemaItem) -> sqlalchemy.Table:
    import sqlalchemy as sa

    # A binary collation: elsewhere 'Host' and 'host' would be one name.
    return sa.Table(name, metadata, *items, mysql_engine='InnoDB', mysql_charset='utf8mb4', mysql_collate='utf8mb4_bin')


def _region_key() -> sqlalchemy.Column[int]:
    """The region as the first part of a primary key; a region that is removed takes its rows along."""
    import sqlalchemy as sa

    reference = sa.ForeignKey('region.id', ondelete='CASCADE')
    return sa.Column('region_id', reference, primary_key=True, autoincrement=False)


def _key(name: str) -> sqlalchemy.Column[int]:
    import sqlalchemy as sa

    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


def _foreign_key(
    columns: tuple[str, ...], table: str, keys: tuple[str, ...] = ('region_id', 'id')
) -> sqlalchemy.ForeignKeyConstraint:
    import sqlalchemy as sa

    return sa.ForeignKeyConstraint(columns, [f'{table}.{key}' for key in keys], ondelete='CASCADE')


def _name() -> sqlalchemy.String:
    import sqlalchemy as sa

    return sa.String(NAME_LENGTH)


def _text() -> sqlalchemy.types.TypeEngine[str]:
    """Text of any length: MySQL's TEXT ends at 64 kB."""
    import sqlalchemy as sa
    from sqlalchemy.dialects import mysql

    return sa.Text().with_variant(mysql.LONGTEXT(), 'mysql', 'mariadb')


def _blob() -> sqlalchemy.types.TypeEngine[bytes]:
    """Bytes of any length: MySQL's BLOB ends at 64 kB."""
    import sqlalchemy as sa
    from sqlalchemy.dialects import mysql

    return sa.LargeBinary().with_variant(mysql.LONGBLOB(), 'mysql', 'mariadb')
