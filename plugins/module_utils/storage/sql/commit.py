# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One write: a new version, and the relations brought up to date, in one transaction."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ...canonical import canonical
from ...errors import StateConflict, StateTooLarge
from ...inventory import Inventory
from ..contract import Meta
from ..formats.compression import deflate
from ..formats.records import conflict, pack
from . import versions
from .engine import Database
from .relations import Relations, check, take_apart, value_text
from .writing import apply, replace

if t.TYPE_CHECKING:
    import sqlalchemy

_PACKET_SLACK = 64 * 1024
"""What a statement has besides its payload, at most, in bytes."""

_ENTRIES = 3


class Overtaken(StateConflict):
    """A conflict that says who wrote what and when."""


@dataclasses.dataclass(frozen=True)
class Write:
    """A state that is about to be written, with all that can be made of it before.

    payload, source: packed. longest_value: an upper bound of the bytes of one variable as text. keep: older states.
    """

    meta: Meta
    base: Meta | None
    relations: Relations
    payload: bytes
    source: bytes | None
    longest_value: int
    keep: int


def prepare(inventory: Inventory, meta: Meta, base: Meta | None, source: dict[str, t.Any] | None, keep: int) -> Write:
    """Make a write, without a database. Raises InventoryError, StateTooLarge."""
    text = canonical(inventory)
    # Taken from the text, so that relations have the very types that a reader of the payload gets.
    relations = take_apart(json.loads(text))
    check(relations)
    packed_source = pack(source) if source is not None else None
    payload = deflate(text, encrypted=relations.outlined)
    return Write(meta, base, relations, payload, packed_source, len(text), keep)


def enter(
    connection: sqlalchemy.Connection,
    region: versions.Region,
    largest_packet: sqlalchemy.ColumnElement[t.Any] | None = None,
) -> versions.Place:
    """Where a region's rows are; makes the region if need be, in a transaction of its own.

    Afterwards the connection is outside any transaction, so that the next statement sees what is newest.
    """
    import sqlalchemy as sa

    for _attempt in range(_ENTRIES):
        place = versions.find_place(connection, region, largest_packet)
        connection.rollback()
        if place.region_id is not None:
            return place
        try:
            versions.insert_region(connection, region)
            connection.commit()
        except sa.exc.IntegrityError:
            # Another process made it, or its tenant.
            connection.rollback()
    raise StateConflict(f"Region '{region.tenant}/{region.name}' is being made by another process.")


def store(connection: sqlalchemy.Connection, write: Write, database: Database, region: versions.Region) -> None:
    """Write the version first: its key shuts out every other writer. Then compare, then bring relations up to date.

    Leaves a transaction open that is to be committed. Raises StateConflict, StateTooLarge, InventoryError.
    """
    import sqlalchemy as sa

    place = enter(connection, region, database.engine.largest_packet())
    _refuse_too_large(write, place.largest_packet)
    row = versions.row_of(place.number, write.meta, write.payload, write.source, write.relations.remainder)
    try:
        versions.insert(connection, row)
    except sa.exc.IntegrityError as error:
        raise _overtaken(connection, region, write.base) from error
    before = versions.newest_besides(connection, place.number, write.meta.serial, region)
    if (before.meta.write_id if before else None) != (write.base.write_id if write.base else None):
        raise _overtaken(connection, region, write.base)
    if before and before.inventory is None:
        # A restore over a damaged state: what the relations hold now, and what changes, cannot be told from it.
        replace(connection, place.number, write.relations)
    else:
        old = take_apart((before.inventory if before else None) or {})
        apply(connection, place.number, write.meta.serial, old, write.relations)
    versions.drop_older(connection, place.number, write.keep, region)


def rewrite(
    connection: sqlalchemy.Connection, write: Write, former: Meta, database: Database, region: versions.Region
) -> None:
    """Put a kept version into another form, with its relations if it is the newest, and its account of changes.

    former: its account as stored. Leaves a transaction open that is to be committed. Raises StateConflict,
    StateTooLarge.
    """
    place = enter(connection, region, database.engine.largest_packet())
    _refuse_too_large(write, place.largest_packet)
    row = versions.row_of(place.number, write.meta, write.payload, write.source, write.relations.remainder)
    if not versions.replace(connection, row, former, with_values=not write.relations.outlined):
        raise _overtaken(connection, region, former)
    if versions.is_newest(connection, place.number, former.serial):
        replace(connection, place.number, write.relations)


def _overtaken(connection: sqlalchemy.Connection, region: versions.Region, base: Meta | None) -> Overtaken:
    """The error that names the writer of the newest state."""
    connection.rollback()
    return overtaken(versions.history(connection, region), region, base)


def overtaken(metas: list[Meta], region: versions.Region, base: Meta | None) -> Overtaken:
    """The error for a write that came too late; metas: what is stored now, newest first."""
    name = f'{region.tenant}/{region.name}'
    if not metas and base is None:
        return Overtaken(f"Region '{name}' is being written by somebody else.", help_text='Run again.')
    error = conflict(metas[0] if metas else None, name)
    return Overtaken(error.message, help_text=error.help_text)


def _refuse_too_large(write: Write, largest_packet: int | None) -> None:
    """Refuse what a MySQL server would answer by closing the connection.

    The driver sends bytes as twice as many digits, and escapes text to at most twice its length; an account of a
    change has the old value beside the new one.
    """
    if largest_packet is None:
        return
    needed = 2 * (len(write.payload) + len(write.source or b''))
    if needed + 4 * write.longest_value > largest_packet:
        needed = max(needed, 4 * _longest_value(write.relations))
    if needed + _PACKET_SLACK > largest_packet:
        raise StateTooLarge(
            f'The state needs a packet of {needed + _PACKET_SLACK} bytes; the server takes {largest_packet}.',
            help_text='Raise max_allowed_packet of the server (of every node); nothing was written.',
        )


def _longest_value(relations: Relations) -> int:
    """The bytes of the longest variable as text."""
    owners = [*relations.hosts.values(), *(group.get('vars', {}) for group in relations.groups.values())]
    values = (value for variables in owners for value in variables.values())
    return max((len(value_text(value).encode()) for value in [*values, relations.remainder]), default=0)
