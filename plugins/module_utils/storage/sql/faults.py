# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an engine's error means for the storage, said once for all engines."""

from __future__ import annotations

import enum
import typing as t

from ...errors import (
    StateConflict,
    StateDamaged,
    StateTooLarge,
    StorageError,
    StorageRefused,
    StorageUnreachable,
    WriteUncertain,
)

UPGRADE = 'Run `osa-inventory storage upgrade` (with `-i` and the inventory source before the command).'


class TablesMissing(StorageRefused):
    """The database lacks a table or a column: it has no schema of ours, or another one."""


class Fault(enum.Enum):
    """The kinds of errors that engines have."""

    UNREACHABLE = enum.auto()
    MISSING = enum.auto()
    REFUSED = enum.auto()
    FULL = enum.auto()
    NO_TABLE = enum.auto()
    CONFLICT = enum.auto()
    TOO_LARGE = enum.auto()
    DAMAGED = enum.auto()
    UNCERTAIN = enum.auto()


_TEXTS: dict[Fault, tuple[type[StorageError], str, str]] = {
    Fault.UNREACHABLE: (
        StorageUnreachable,
        'does not answer',
        'Check that the database server runs and that the storage option `url` leads to it.',
    ),
    Fault.MISSING: (StorageUnreachable, 'is not there', UPGRADE),
    Fault.REFUSED: (
        StorageRefused,
        'refuses',
        'Check user, password, certificates and rights; the page of the SQL storage has the exact GRANTs.',
    ),
    Fault.FULL: (StorageRefused, 'has no room', 'Free space where the database has its files; nothing was written.'),
    Fault.NO_TABLE: (TablesMissing, 'lacks tables of osa.inventory', UPGRADE),
    Fault.CONFLICT: (
        StateConflict,
        'gave way to another writer',
        'Run again: the next run goes on with what is stored.',
    ),
    Fault.TOO_LARGE: (
        StateTooLarge,
        'cannot take a state of this size',
        'Raise the limit that the server names; nothing was written.',
    ),
    Fault.DAMAGED: (StateDamaged, 'is damaged', 'Restore the database from a backup.'),
    Fault.UNCERTAIN: (
        WriteUncertain,
        'did not say whether it stored the state',
        'Run again: the next run goes on with what is stored.',
    ),
}


def storage_error(fault: Fault, where: str, reason: str, help_text: str | None = None) -> StorageError:
    """The error of the contract for a fault. where: which database. reason: the engine's own words, one line."""
    kind, verb, usual_help = _TEXTS[fault]
    return kind(f'The {where} {verb}: {reason.rstrip(".")}.', help_text=help_text or usual_help)


def one_line(error: t.Any) -> str:
    """The text of a driver's error in one line; PyMySQL's have a number before it."""
    arguments: tuple[t.Any, ...] = getattr(error, 'args', ())
    if len(arguments) == 2 and isinstance(arguments[0], int):
        error = f'{arguments[1]} ({arguments[0]})'
    # What follows in PostgreSQL's errors is the statement.
    text = str(error).partition('\nLINE ')[0]
    return ' '.join(text.split()) or type(error).__name__
