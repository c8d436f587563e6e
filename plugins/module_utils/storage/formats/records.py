# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts, inventories and locks as bytes, for storages that keep them so, and the errors that reading them gives."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import random
import time
import typing as t
import zlib

from ...canonical import canonical
from ...errors import StateConflict, StateDamaged, StateTooNew, StorageLocked
from ..contract import FORMAT, LockInfo, Meta, State
from .compression import deflate, inflate
from .encrypted_text import encrypted_text
from .json_text import finite, refuse_flood

RESTORE = 'Restore an older state (osa-inventory restore); osa-inventory history lists those that are kept.'
"""What to do about a state that cannot be read."""

_LOCK_PAUSE = 0.2
"""Seconds between two looks at a lock that somebody holds, on average."""


def meta_text(meta: Meta) -> str:
    """An account as JSON text (ASCII)."""
    return canonical(meta.as_dict())


def read_meta(text: bytes | str, where: str) -> Meta:
    """The account in a JSON text; where: what it was read from, for messages. Raises StateDamaged, StateTooNew."""
    try:
        values = json.loads(text)
        refuse_newer(values['format'], where)
        meta = Meta.from_dict(values)
        refuse_wrong_types(meta)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise StateDamaged(f'The account of {where} cannot be read.', help_text=RESTORE) from error
    return meta


def refuse_wrong_types(meta: Meta) -> None:
    """Raise TypeError for an account whose values are not what everything that uses it takes them for."""
    texts = (meta.lineage, meta.sha256, meta.write_id, meta.written_at, meta.writer, meta.message)
    optional_texts = (text for text in (meta.parent, meta.input_digest) if text is not None)
    numbers = (meta.serial, *meta.counts.values()) if isinstance(meta.counts, dict) else (None,)
    if not all(isinstance(text, str) for text in (*texts, *optional_texts)):
        raise TypeError('text')
    if not all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in numbers):
        raise TypeError('number')


def refuse_newer(format_: t.Any, where: str) -> None:
    """Raise StateTooNew for a format that this version does not know, TypeError for what is not a format."""
    if isinstance(format_, bool) or not isinstance(format_, int):
        raise TypeError('format')
    if format_ > FORMAT:
        raise StateTooNew(
            f'{where[:1].upper()}{where[1:]} has format {format_}; this version knows up to {FORMAT}.',
            help_text='Install the version of osa.inventory that wrote it, or a later one.',
        )


def pack(value: dict[str, t.Any]) -> bytes:
    """The compressed canonical JSON of an inventory or of its input. Raises InventoryError, StateTooLarge."""
    return deflate(canonical(value), encrypted=encrypted_text(value) is not None)


def unpack_state(meta: Meta, payload: bytes | None, source: bytes | None, where: str) -> State:
    """A state from what `pack` gave; source: '' or None for none.

    Raises StateDamaged if they do not fit, StateTooLarge.
    """
    try:
        text = inflate(payload or b'', where)
        if hashlib.sha256(text).hexdigest() != meta.sha256:
            raise StateDamaged(f'The inventory of {where} differs from what was written.', help_text=RESTORE)
        kept = _mapping(inflate(source, where), where) if source else None
        return State(_mapping(text, where), meta, kept)
    except (ValueError, TypeError, zlib.error, RecursionError) as error:
        raise StateDamaged(f'The inventory of {where} cannot be read.', help_text=RESTORE) from error


def _mapping(data: bytes, where: str) -> dict[str, t.Any]:
    """The JSON object in a text. Raises StateTooLarge, ValueError."""
    text = data.decode()
    refuse_flood(text, f'the inventory of {where}')
    value = json.loads(text, parse_constant=_refuse_constant, parse_float=finite)
    if not isinstance(value, dict):
        raise ValueError('not a mapping')
    return value


def _refuse_constant(name: str) -> t.NoReturn:
    raise ValueError(f'{name} is not a number that JSON knows')


def conflict(newest: Meta | None, region: str) -> StateConflict:
    """The error for a write whose base is not the newest state any more; newest: None when nothing is stored now."""
    if newest is None:
        return StateConflict(f"The state of region '{region}' was removed since it was read.")
    why = f' ({newest.message})' if newest.message else ''
    return StateConflict(
        f"Region '{region}' was changed since it was read: {newest.writer} wrote serial {newest.serial} "
        f'at {newest.written_at}{why}.',
        help_text='Run again: the next run goes on with what is stored.',
    )


def lock_text(info: LockInfo) -> str:
    """A lock as JSON text (ASCII)."""
    return canonical(dataclasses.asdict(info))


def read_lock(text: bytes | str, where: str) -> LockInfo:
    """The lock in a JSON text. Raises StateDamaged."""
    try:
        values = json.loads(text)
        return LockInfo(**{field.name: str(values[field.name]) for field in dataclasses.fields(LockInfo)})
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise StateDamaged(
            f'The lock of {where} cannot be read.', help_text='Remove it by hand if nobody is at work.'
        ) from error


def locked_by(holder: LockInfo) -> StorageLocked:
    """The error for a lock that somebody else holds."""
    return StorageLocked(
        f"The inventory is locked by {holder.owner} ('{holder.command}' on {holder.host} since {holder.since}).",
        help_text=f'Wait until it is released, or break it if its owner is gone: osa-inventory unlock {holder.id}',
    )


def wait_for_lock(attempt: t.Callable[[], LockInfo | None], timeout: float) -> None:
    """Try to take a lock until it is ours or the time is up; attempt: takes it, or returns who holds it.

    Raises StorageLocked.
    """
    deadline = time.monotonic() + timeout
    while holder := attempt():
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise locked_by(holder)
        time.sleep(min(remaining, _LOCK_PAUSE * random.uniform(0.5, 1.5)))
