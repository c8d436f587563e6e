# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The append-only versions of a region's state: their rows, and what is asked of them."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ...errors import StateDamaged, StateTooNew, StorageRefused
from ...inventory import Inventory
from ..contract import Meta, State
from ..formats.records import RESTORE, read_meta, unpack_state
from .delta import VALUES
from .faults import UPGRADE
from .relations import Remainder, value_text
from .schema import REVISIONS, tables

if t.TYPE_CHECKING:
    import sqlalchemy

_META_COLUMNS = tuple(field.name for field in dataclasses.fields(Meta))


@dataclasses.dataclass(frozen=True)
class Region:
    """Which region's rows are meant; where: how messages name it."""

    tenant: str
    name: str
    where: str


@dataclasses.dataclass(frozen=True)
class Version:
    """One stored version: the state, and what of its inventory the relations do not hold."""

    region_id: int
    state: State
    remainder: Remainder


def insert(connection: sqlalchemy.Connection, row: dict[str, t.Any]) -> None:
    """Add a version; an IntegrityError means that there is one with its serial."""
    connection.execute(tables().state_version.insert(), row)


def row_of(region_id: int, meta: Meta, payload: bytes, source: bytes | None, remainder: Remainder) -> dict[str, t.Any]:
    """The row of a new version. payload, source: packed."""
    return {
        'region_id': region_id,
        **meta.as_dict(),
        'counts': json.dumps(meta.counts),
        'payload': payload,
        'source': source,
        'remainder': value_text(remainder) if remainder else None,
    }


def replace(connection: sqlalchemy.Connection, row: dict[str, t.Any], former: Meta, *, with_values: bool) -> bool:
    """Put a row in the place of that of the same write; False when that is not there as `former` says.

    with_values: whether the account of what the version changed keeps the values of variables.
    It is removed and added again, as those who write have no right to change a version.
    """
    versions, changes = tables().state_version, tables().state_change
    key = {'region_id': row['region_id'], 'serial': former.serial}
    account = [dict(change._mapping) for change in connection.execute(_where(changes.select(), changes, key))]
    known = {**key, 'write_id': former.write_id, 'sha256': former.sha256}
    if connection.execute(_where(versions.delete(), versions, known)).rowcount != 1:
        return False
    insert(connection, row)
    for change in account:
        if change['relation'] in VALUES and not with_values:
            change.update(old_value=None, new_value=None)
    if account:
        connection.execute(changes.insert(), account)
    return True


def _where(statement: t.Any, table: sqlalchemy.Table, values: dict[str, t.Any]) -> t.Any:
    return statement.where(*(table.c[name] == value for name, value in values.items()))


def is_newest(connection: sqlalchemy.Connection, region_id: int, serial: int) -> bool:
    """Whether no version has a higher serial."""
    versions = tables().state_version
    query = versions.select().where(versions.c.region_id == region_id, versions.c.serial > serial)
    return connection.execute(query.with_only_columns(versions.c.serial).limit(1)).first() is None


def read(connection: sqlalchemy.Connection, region: Region, serial: int | None = None) -> Version | None:
    """The newest version, or that of a kept serial, in one statement; None when there is none.

    Raises StorageRefused for an older schema or none, StateTooNew, StateDamaged.
    """
    import sqlalchemy as sa

    versions = tables().state_version
    wanted = sa.select(versions).where(versions.c.region_id == region_number(region))
    if serial is None:
        wanted = wanted.order_by(versions.c.serial.desc()).limit(1)
    else:
        wanted = wanted.where(versions.c.serial == serial)
    found = wanted.subquery()
    schema = _schema_version()
    row = connection.execute(
        sa.select(schema.c.version_num, found).select_from(schema.outerjoin(found, sa.true()))
    ).first()
    check_revision(row.version_num if row else None, region.where)
    return None if row is None or row.serial is None else _version(row, region)


@dataclasses.dataclass(frozen=True)
class Base:
    """The version on which a new one is built; inventory: None when it is damaged, which must not stop a restore."""

    meta: Meta
    inventory: Inventory | None


def newest_besides(connection: sqlalchemy.Connection, region_id: int, serial: int, region: Region) -> Base | None:
    """The newest version but the one with this serial, which was just added."""
    versions = tables().state_version
    query = versions.select().where(versions.c.region_id == region_id, versions.c.serial != serial)
    row = connection.execute(query.order_by(versions.c.serial.desc()).limit(1)).first()
    if row is None:
        return None
    meta = _meta(row, region)
    try:
        return Base(meta, _version(row, region).state.inventory)
    except StateDamaged:
        return Base(meta, None)


def history(connection: sqlalchemy.Connection, region: Region) -> list[Meta]:
    """The accounts of all versions, newest first."""
    return [_meta(row, region) for row in connection.execute(_metas(region_number(region)))]


def regions(connection: sqlalchemy.Connection, where: str) -> list[str]:
    """Every `tenant/region` that has versions, in order. Raises StorageRefused, StateTooNew as `read` does."""
    import sqlalchemy as sa

    check_revision(revision(connection), where)
    tenants, regions_, versions = tables().tenant, tables().region, tables().state_version
    stored = sa.exists().where(versions.c.region_id == regions_.c.id)
    query = sa.select(tenants.c.name, regions_.c.name).join(regions_, regions_.c.tenant_id == tenants.c.id)
    return sorted(f'{tenant}/{region}' for tenant, region in connection.execute(query.where(stored)))


def drop_older(connection: sqlalchemy.Connection, region_id: int, keep: int, region: Region) -> list[Meta]:
    """Drop all versions but the newest and `keep` older ones; the accounts of those dropped, newest first."""
    versions = tables().state_version
    dropped = [_meta(row, region) for row in connection.execute(_metas(region_id).offset(keep + 1))]
    if dropped:
        older = versions.c.serial <= dropped[0].serial
        connection.execute(versions.delete().where(versions.c.region_id == region_id, older))
    return dropped


@dataclasses.dataclass(frozen=True)
class Place:
    """What a write must know beforehand: the region's number, and the largest packet that the server takes."""

    region_id: int | None
    largest_packet: int | None

    @property
    def number(self) -> int:
        """The region's number; LookupError when it is not there yet."""
        if self.region_id is None:
            raise LookupError('region')
        return self.region_id


def find_place(
    connection: sqlalchemy.Connection,
    region: Region,
    largest_packet: sqlalchemy.ColumnElement[t.Any] | None = None,
) -> Place:
    """Where a region's rows are. Raises StorageRefused for an older schema or none, StateTooNew.

    largest_packet: SQL for that limit.
    """
    import sqlalchemy as sa

    schema = _schema_version()
    packet = sa.null() if largest_packet is None else largest_packet
    query = sa.select(schema.c.version_num, region_number(region).label('region_id'), packet.label('packet'))
    row = connection.execute(query).first()
    check_revision(row.version_num if row else None, region.where)
    return Place(row.region_id, row.packet) if row else Place(None, None)


def insert_region(connection: sqlalchemy.Connection, region: Region) -> None:
    """Make the rows of a region, and of its tenant; an IntegrityError means that somebody else did."""
    import sqlalchemy as sa

    tenants, regions = tables().tenant, tables().region
    tenant_id = sa.select(tenants.c.id).where(tenants.c.name == region.tenant)
    if connection.execute(tenant_id).first() is None:
        connection.execute(tenants.insert().values(name=region.tenant))
    number = connection.execute(tenant_id).scalar_one()
    connection.execute(regions.insert().values(tenant_id=number, name=region.name))


def revision(connection: sqlalchemy.Connection) -> str | None:
    """The schema's revision; None when its table is empty."""
    import sqlalchemy as sa

    number: str | None = connection.execute(sa.select(_schema_version().c.version_num)).scalar()
    return number


def check_revision(revision: str | None, where: str) -> None:
    """Raise StorageRefused for an older schema or none, StateTooNew for one of a later version."""
    if revision == REVISIONS[-1]:
        return
    if revision is None:
        raise StorageRefused(f'The {where} has no tables of osa.inventory.', help_text=UPGRADE)
    if revision in REVISIONS:
        raise StorageRefused(
            f"The {where} has the schema '{revision}' of an earlier version; this one needs '{REVISIONS[-1]}'.",
            help_text=UPGRADE,
        )
    raise StateTooNew(
        f"The {where} has the schema '{revision}', which this version does not know.",
        help_text='Install the version of osa.inventory that migrated it, or a later one.',
    )


def region_number(region: Region) -> sqlalchemy.ScalarSelect[int]:
    """SQL for the number of a region; NULL when there is none."""
    import sqlalchemy as sa

    tenants, regions = tables().tenant, tables().region
    query = sa.select(regions.c.id).join(tenants, regions.c.tenant_id == tenants.c.id)
    return query.where(tenants.c.name == region.tenant, regions.c.name == region.name).scalar_subquery()


def _metas(region_id: int | sqlalchemy.ScalarSelect[int]) -> sqlalchemy.Select[t.Any]:
    import sqlalchemy as sa

    versions = tables().state_version
    query = sa.select(*(versions.c[name] for name in _META_COLUMNS))
    return query.where(versions.c.region_id == region_id).order_by(versions.c.serial.desc())


def _schema_version() -> sqlalchemy.TableClause:
    """Alembic's own table."""
    import sqlalchemy as sa

    return sa.table('alembic_version', sa.column('version_num', sa.String))


def _version(row: sqlalchemy.Row[t.Any], region: Region) -> Version:
    meta = _meta(row, region)
    state = unpack_state(meta, row.payload, row.source, _name(meta.serial, region))
    try:
        remainder = json.loads(row.remainder or '{}')
        if not isinstance(remainder, dict) or not all(isinstance(value, list) for value in remainder.values()):
            raise TypeError('remainder')
    except (ValueError, TypeError, RecursionError) as error:
        raise StateDamaged(f'{_name(meta.serial, region)} cannot be read.', help_text=RESTORE) from error
    return Version(row.region_id, state, remainder)


def _meta(row: sqlalchemy.Row[t.Any], region: Region) -> Meta:
    where = _name(row.serial, region)
    values = {name: getattr(row, name) for name in _META_COLUMNS}
    try:
        values['counts'] = json.loads(row.counts)
        text = json.dumps(values)
    # SQLite has values of any type in any column.
    except (ValueError, TypeError, RecursionError) as error:
        raise StateDamaged(f'The account of {where} cannot be read.', help_text=RESTORE) from error
    return read_meta(text, where)


def _name(serial: int, region: Region) -> str:
    return f"serial {serial} of region '{region.tenant}/{region.name}' in the {region.where}"
