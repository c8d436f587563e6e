# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error that the library raises on purpose, one class per kind.

An error keeps apart what is wrong (`message`, one sentence), where (`place`) and what to do next (`help_text`),
so that each caller can show them in its own way. Anything else that escapes the library is a defect.
"""

from __future__ import annotations

import typing as t

from . import words
from .places import Place


class OSAInventoryError(Exception):
    """The root of all errors of this collection.

    message: one sentence that says what is wrong, without the place and without the remedy.
    place: file, line and column it is about, where there is one.
    help_text: what to do next.
    """

    def __init__(self, message: str, place: Place | None = None, help_text: str | None = None) -> None:
        # Names and accounts of a storage that anybody may have written to are quoted in messages.
        self.message = words.message(message)
        self.place = place
        self.help_text = help_text and words.message(help_text)
        super().__init__(self.message)

    def __str__(self) -> str:
        """Place, message and remedy in one text, for programs that print errors plainly."""
        whole = words.printable(f'{self.place}: {self.message}') if self.place else self.message
        return f'{whole} {self.help_text}' if self.help_text else whole


class ConfigurationError(OSAInventoryError):
    """The deployment description is wrong at one place."""


class GenerationError(ConfigurationError):
    """A configuration that is sound but cannot be carried out, such as a network without a free address."""


class ConfigurationErrors(OSAInventoryError):
    """The deployment description is wrong at several places; `errors` has them in the order of the files."""

    def __init__(self, errors: t.Sequence[ConfigurationError]) -> None:
        super().__init__(f'The configuration has {len(errors)} mistakes.')
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return '\n'.join([self.message, *(f'- {error}' for error in self.errors)])


class SourceNotFound(OSAInventoryError):
    """No inventory source of ours is where one was looked for."""


class InventoryError(OSAInventoryError):
    """An inventory that breaks a law: a name or an address used twice, a member that is not known."""


class StorageError(OSAInventoryError):
    """The root of all that can go wrong with a storage."""


class StorageNotFound(StorageError):
    """No storage class has the name given; the message lists what was tried."""


class StorageOptionError(StorageError):
    """The options of a storage are wrong."""


class LibraryMissing(StorageError):
    """A Python package that is needed is not installed; the message names the pip package."""


class StorageUnreachable(StorageError):
    """The storage does not answer: nothing was read or written."""


class StorageRefused(StorageError):
    """The storage answers and says no: wrong credentials, missing rights, a server that must not be used."""


class StateSealed(StorageRefused):
    """What is stored is sealed, and the run has no secret that opens it, or none to seal with; nothing was written."""


class StorageLocked(StorageError):
    """Somebody holds the lock; the message names the owner."""


class StateLost(StorageError):
    """The storage says it never held a state, and there is proof that it did."""


class StateDamaged(StorageError):
    """What is stored cannot be read as a state."""


class StateTooNew(StorageError):
    """What is stored has a format that this version does not know."""


class StateTooLarge(StorageError):
    """The state is larger than the storage can take."""


class StateConflict(StorageError):
    """Somebody else wrote since the state was read; nothing was written."""


class StateRegressed(StorageError):
    """The storage holds an older serial, or another lineage, than was seen before."""


class WriteUncertain(StorageError):
    """The answer to a write was lost: it may be stored or not. The `write_id` of the newest state decides."""
