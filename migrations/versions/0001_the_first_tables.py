# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first tables: regions and their versions, locks, and the current inventory as relations."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

NAME = sa.String(length=255)
TEXT = sa.Text().with_variant(mysql.LONGTEXT(), 'mysql', 'mariadb')
BLOB = sa.LargeBinary().with_variant(mysql.LONGBLOB(), 'mysql', 'mariadb')

TABLES = (
    'tenant',
    'region',
    'state_version',
    'state_change',
    'region_lock',
    'host',
    'host_variable',
    'address',
    'group',
    'group_host',
    'group_child',
    'group_variable',
)
"""In the order in which they refer to one another."""


def _create_table(name: str, *items: t.Any) -> None:
    op.create_table(name, *items, mysql_engine='InnoDB', mysql_charset='utf8mb4', mysql_collate='utf8mb4_bin')


def upgrade() -> None:
    _create_accounts()
    _create_hosts()
    _create_groups()


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)


def _create_accounts() -> None:
    _create_table(
        'tenant',
        sa.Column('id', sa.Integer, sa.Identity(), nullable=False),
        sa.Column('name', NAME, nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_tenant'),
        sa.UniqueConstraint('name', name='uq_tenant_name'),
    )
    _create_table(
        'region',
        sa.Column('id', sa.Integer, sa.Identity(), nullable=False),
        sa.Column('tenant_id', sa.Integer, nullable=False),
        sa.Column('name', NAME, nullable=False),
        sa.ForeignKeyConstraint(['tenant_id'], ['tenant.id'], name='fk_region_tenant_id', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name='pk_region'),
        sa.UniqueConstraint('tenant_id', 'name', name='uq_region_tenant_id_name'),
    )
    _create_table(
        'state_version',
        sa.Column('region_id', sa.Integer, autoincrement=False),
        sa.Column('serial', sa.BigInteger, autoincrement=False),
        sa.Column('lineage', NAME, nullable=False),
        sa.Column('sha256', NAME, nullable=False),
        sa.Column('parent', NAME, nullable=True),
        sa.Column('write_id', NAME, nullable=False),
        sa.Column('written_at', NAME, nullable=False),
        sa.Column('writer', TEXT, nullable=False),
        sa.Column('message', TEXT, nullable=False),
        sa.Column('counts', TEXT, nullable=False),
        sa.Column('input_digest', NAME, nullable=True),
        sa.Column('format', sa.Integer, nullable=False),
        sa.Column('remainder', TEXT, nullable=True),
        sa.Column('payload', BLOB, nullable=False),
        sa.Column('source', BLOB, nullable=True),
        sa.ForeignKeyConstraint(['region_id'], ['region.id'], name='fk_state_version_region_id', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('region_id', 'serial', name='pk_state_version'),
    )
    _create_table(
        'state_change',
        sa.Column('region_id', sa.Integer, autoincrement=False),
        sa.Column('serial', sa.BigInteger, autoincrement=False),
        sa.Column('number', sa.Integer, autoincrement=False),
        sa.Column('action', NAME, nullable=False),
        sa.Column('relation', NAME, nullable=False),
        sa.Column('name', NAME, nullable=False),
        sa.Column('item', NAME, nullable=True),
        sa.Column('old_value', TEXT, nullable=True),
        sa.Column('new_value', TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ['region_id', 'serial'],
            ['state_version.region_id', 'state_version.serial'],
            name='fk_state_change_region_id_serial',
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('region_id', 'serial', 'number', name='pk_state_change'),
    )
    _create_table(
        'region_lock',
        sa.Column('region_id', sa.Integer, autoincrement=False),
        sa.Column('lock_id', NAME, nullable=False),
        sa.Column('owner', TEXT, nullable=False),
        sa.Column('command', TEXT, nullable=False),
        sa.Column('host', TEXT, nullable=False),
        sa.Column('since', NAME, nullable=False),
        sa.ForeignKeyConstraint(['region_id'], ['region.id'], name='fk_region_lock_region_id', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('region_id', name='pk_region_lock'),
    )


def _create_hosts() -> None:
    _create_table(
        'host',
        sa.Column('region_id', sa.Integer, autoincrement=False),
        sa.Column('id', sa.Integer, autoincrement=False),
        sa.Column('name', NAME, nullable=False),
        sa.Column('in_hostvars', sa.Boolean, nullable=False),
        sa.Column('ansible_host', NAME, nullable=True),
        sa.Column('management_address', NAME, nullable=True),
        sa.Column('physical_host', NAME, nullable=True),
        sa.Column('component', NAME, nullable=True),
        sa.Column('is_metal', sa.Boolean, nullable=True),
        sa.ForeignKeyConstraint(['region_id'], ['region.id'], name='fk_host_region_id', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('region_id', 'id', name='pk_host'),
        sa.UniqueConstraint('name', 'region_id', name='uq_host_name_region_id'),
    )
    _create_table(
        'host_variable',
        sa.Column('region_id', sa.Integer, autoincrement=False),
        sa.Column('host_id', sa.Integer, autoincrement=False),
        sa.Column('name', NAME, nullable=False),
        sa.Column('value', TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ['region_id', 'host_id'],
            ['host.region_id', 'host.id'],
            name='fk_host_variable_region_id_host_id',
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('region_id', 'host_id', 'name', name='pk_host_variable'),
    )
    _create_table(
        'address',
        sa.Column('region_id', sa.Integer, autoincrement=False),
        sa.Column('host_id', sa.Integer, autoincrement=False),
        sa.Column('network', NAME, nullable=False),
        sa.Column('address', NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ['region_id', 'host_id'],
            ['host.region_id', 'host.id'],
            name='fk_address_region_id_host_id',
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('region_id', 'host_id', 'network', name='pk_address'),
        sa.UniqueConstraint('region_id', 'network', 'address', name='uq_address_region_id_network_address'),
    )


def _create_groups() -> None:
    _create_table(
        'group',
        sa.Column('region_id', sa.Integer, autoincrement=False),
        sa.Column('id', sa.Integer, autoincrement=False),
        sa.Column('name', NAME, nullable=False),
        sa.Column('declared', sa.Boolean, nullable=False),
        sa.Column('has_hosts', sa.Boolean, nullable=False),
        sa.Column('has_children', sa.Boolean, nullable=False),
        sa.Column('has_variables', sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(['region_id'], ['region.id'], name='fk_group_region_id', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('region_id', 'id', name='pk_group'),
        sa.UniqueConstraint('name', 'region_id', name='uq_group_name_region_id'),
    )
    _create_table(
        'group_host',
        sa.Column('region_id', sa.Integer, autoincrement=False),
        sa.Column('group_id', sa.Integer, autoincrement=False),
        sa.Column('position', sa.BigInteger, autoincrement=False),
        sa.Column('host_id', sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ['region_id', 'group_id'],
            ['group.region_id', 'group.id'],
            name='fk_group_host_region_id_group_id',
            ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['region_id', 'host_id'],
            ['host.region_id', 'host.id'],
            name='fk_group_host_region_id_host_id',
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('region_id', 'group_id', 'position', name='pk_group_host'),
    )
    op.create_index('ix_group_host_region_id_host_id', 'group_host', ['region_id', 'host_id'])
    _create_table(
        'group_child',
        sa.Column('region_id', sa.Integer, autoincrement=False),
        sa.Column('group_id', sa.Integer, autoincrement=False),
        sa.Column('position', sa.BigInteger, autoincrement=False),
        sa.Column('child_id', sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ['region_id', 'child_id'],
            ['group.region_id', 'group.id'],
            name='fk_group_child_region_id_child_id',
            ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['region_id', 'group_id'],
            ['group.region_id', 'group.id'],
            name='fk_group_child_region_id_group_id',
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('region_id', 'group_id', 'position', name='pk_group_child'),
    )
    op.create_index('ix_group_child_region_id_child_id', 'group_child', ['region_id', 'child_id'])
    _create_table(
        'group_variable',
        sa.Column('region_id', sa.Integer, autoincrement=False),
        sa.Column('group_id', sa.Integer, autoincrement=False),
        sa.Column('name', NAME, nullable=False),
        sa.Column('value', TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ['region_id', 'group_id'],
            ['group.region_id', 'group.id'],
            name='fk_group_variable_region_id_group_id',
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('region_id', 'group_id', 'name', name='pk_group_variable'),
    )
