# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock between operators: a row."""

from __future__ import annotations

import dataclasses
import typing as t

from ..contract import LockInfo
from . import versions
from .commit import enter
from .schema import tables

if t.TYPE_CHECKING:
    import sqlalchemy

_COLUMNS = {'id': 'lock_id'}
"""Fields of LockInfo whose column has another name."""


def take(connection: sqlalchemy.Connection, info: LockInfo, region: versions.Region) -> LockInfo | None:
    """Take the lock, or say who holds it; one that is held already with this id counts as taken."""
    import sqlalchemy as sa

    number = enter(connection, region).number
    while (held := find(connection, region)) is None:
        try:
            insert(connection, number, info)
            return None
        except sa.exc.IntegrityError:
            connection.rollback()
    return held if held.id != info.id else None


def insert(connection: sqlalchemy.Connection, region_id: int, info: LockInfo) -> None:
    """Take the lock; an IntegrityError means that somebody holds it."""
    values = {_COLUMNS.get(name, name): value for name, value in dataclasses.asdict(info).items()}
    connection.execute(tables().region_lock.insert().values(region_id=region_id, **values))


def find(connection: sqlalchemy.Connection, region: versions.Region) -> LockInfo | None:
    """Who holds the lock of a region."""
    lock = tables().region_lock
    query = lock.select().where(lock.c.region_id == versions.region_number(region))
    row = connection.execute(query).first()
    if row is None:
        return None
    return LockInfo(*(getattr(row, _COLUMNS.get(field.name, field.name)) for field in dataclasses.fields(LockInfo)))


def delete(connection: sqlalchemy.Connection, region: versions.Region, lock_id: str) -> None:
    """Release the lock if it has this id."""
    lock = tables().region_lock
    number = versions.find_place(connection, region).region_id
    connection.execute(lock.delete().where(lock.c.region_id == number, lock.c.lock_id == lock_id))
