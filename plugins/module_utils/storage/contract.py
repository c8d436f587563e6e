# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract for storage classes.

Three methods make a valid storage: `register`, `load`, `write` (`MinimalStorage`). A class that compares before it
writes derives from `Storage`, and from a capability for each thing that it can do besides: `History`, `Lock`,
`Rewrite`, `Regions`, `Proofs`, `Tables`, `Outlines`, `Local`. Only the driver (`driver.store.Store`) calls them; it
asks for a capability by `capability`.
"""

from __future__ import annotations

import abc
import dataclasses
import typing as t

from ..inventory import Inventory
from ..results import Notice
from .formats.metadata import FORMAT, Meta, account
from .lookup.declaration import Options

__all__ = [
    'FORMAT',
    'Ephemeral',
    'Finding',
    'History',
    'Local',
    'Lock',
    'LockInfo',
    'Meta',
    'MinimalStorage',
    'Outlines',
    'Proofs',
    'Regions',
    'Rewrite',
    'State',
    'Storage',
    'Tables',
    'Upgrade',
    'capability',
]

T = t.TypeVar('T')


@dataclasses.dataclass(frozen=True)
class State:
    """One stored inventory with its account; source: what was kept of its input (`keep_input`), or None."""

    inventory: Inventory
    meta: Meta
    source: dict[str, t.Any] | None = None


@dataclasses.dataclass(frozen=True)
class LockInfo:
    """Who holds a lock: id (uuid), owner (`user@host`), command, host, since (UTC, ISO 8601)."""

    id: str
    owner: str
    command: str
    host: str
    since: str


@dataclasses.dataclass(frozen=True)
class Finding:
    """One line of a storage's `check`.

    level: `ok`, `warning` or `error`. what: what was looked at, in a few words. remedy: what to do, unless ok.
    """

    level: t.Literal['ok', 'warning', 'error']
    what: str
    remedy: str | None = None


@dataclasses.dataclass(frozen=True)
class Upgrade:
    """What became of the tables of a storage.

    before, after: the schema's revision, None for no schema.
    renewed: regions whose relations were made anew, by `tenant/region`.
    """

    before: str | None
    after: str | None
    renewed: tuple[str, ...] = ()


class MinimalStorage(t.Protocol):
    """What the driver needs at least; third parties need not derive from anything."""

    def register(self, options: dict[str, t.Any]) -> None:
        """Take the options of the inventory source, with `tenant`, `region` and `config_dir` added; no I/O."""

    def load(self) -> Inventory | None:
        """The stored inventory, or None when there has never been one; raises for anything else."""

    def write(self, inventory: Inventory) -> None:
        """Replace the stored inventory; all or nothing, durable when it returns."""


class Storage(abc.ABC):
    """A storage that compares before it writes: what each must be able to do.

    NAME: short name, as messages show it.
    OPTIONS: the options that it has, a frozen dataclass derived from `Options`; `options` holds one, once registered.
    """

    NAME: t.ClassVar[str] = ''
    OPTIONS: t.ClassVar[type[Options]] = Options

    options: Options
    _loaded: Meta | None = None
    _notices: tuple[Notice, ...] = ()

    def register(self, options: dict[str, t.Any]) -> None:
        """Check the options by `OPTIONS` and keep them in `self.options`; no I/O.

        Raises StorageOptionError.
        """
        from .lookup.options import validate

        self.options = validate(self.NAME, self.OPTIONS, options)

    @property
    def region(self) -> str:
        """`tenant/region`, which names this state in a shared storage."""
        return f'{self.options.tenant}/{self.options.region}'

    def load(self) -> Inventory | None:
        """The newest inventory, or None when there has never been one."""
        state = self.read()
        self._loaded = state.meta if state else None
        return state.inventory if state else None

    def write(self, inventory: Inventory) -> None:
        """Replace what this object loaded last. Raises StateConflict when somebody else wrote since."""
        meta = account(inventory, self._loaded, message='')
        self.commit(inventory, meta, self._loaded)
        self._loaded = meta

    def notify(self, notice: Notice) -> None:
        """Note something that a person should know although the operation goes on."""
        self._notices += (notice,)

    def take_notices(self) -> tuple[Notice, ...]:
        """What was noted since the last call; the driver adds it to the warnings of its result."""
        notices, self._notices = self._notices, ()
        return notices

    @abc.abstractmethod
    def describe(self) -> str:
        """Where the state is, for people; never a secret."""

    @abc.abstractmethod
    def read(self, serial: int | None = None) -> State | None:
        """The newest state, or that of a kept serial; None when there is none. No side effects.

        Raises StorageUnreachable, StorageRefused, StateDamaged, StateTooNew.
        """

    @abc.abstractmethod
    def commit(
        self, inventory: Inventory, meta: Meta, base: Meta | None, source: dict[str, t.Any] | None = None
    ) -> None:
        """Store a state, if the newest is still `base` (None: if nothing is stored); durable when it returns.

        source: the input that gave it, to be kept beside it; None keeps none.
        Raises StateConflict (names who wrote what and when), StorageUnreachable, StorageRefused, StateTooLarge, all of
        which mean that nothing was written; WriteUncertain when the answer was lost.
        """

    @abc.abstractmethod
    def check(self) -> list[Finding]:
        """Whether the storage can be reached, read and written, and whether what it acknowledges is durable."""


# Capabilities: what a storage can do besides, or has about it that matters to others.


def capability(storage: Storage, kind: type[T]) -> T | None:
    """The storage as one that has a capability; None where it has not."""
    return storage if isinstance(storage, kind) else None


class History(abc.ABC):
    """States are kept with their accounts, and older ones beside the newest.

    A storage without it has the newest inventory alone, and whatever account of it can be told from that.
    """

    @abc.abstractmethod
    def history(self) -> list[Meta]:
        """The accounts of all kept states, newest first."""

    @abc.abstractmethod
    def prune(self, keep: int) -> list[Meta]:
        """Drop all but the newest state and `keep` older ones; returns the accounts of the dropped ones."""

    def recover(self) -> Meta | None:
        """Make way for a restore where the newest state is damaged or lost.

        Returns the account on which the restored state is to build, as `base` of `commit`; None when there is none.
        """
        kept = self.history()
        return kept[0] if kept else None


class Lock(abc.ABC):
    """Operators can lock it for as long as a longer operation takes. Correctness never rests on that."""

    @abc.abstractmethod
    def lock(self, info: LockInfo, timeout: float) -> None:
        """Take the lock between operators, waiting at most `timeout` seconds. Raises StorageLocked with the owner."""

    @abc.abstractmethod
    def holder(self) -> LockInfo | None:
        """Who holds the lock, or None."""

    @abc.abstractmethod
    def break_lock(self, lock_id: str) -> None:
        """Release the lock with this id, no matter who holds it. Raises StorageLocked when it has another id."""


class Rewrite(abc.ABC):
    """Kept states can be put into another form, such as encrypted with another key."""

    @abc.abstractmethod
    def rewrite(self, state: State, before: Meta) -> None:
        """Put a kept state into another form; durable when it returns.

        before: its account as it is stored; that of `state` differs in sha256, parent and input_digest at most.
        Nothing of the former form is left, and of a newest state nobody can see anything but one form or the other.
        Raises StateConflict when it is not kept like that any more.
        """

    def sweep(self) -> None:  # noqa: B027 (most leave nothing)
        """Remove what an interrupted `rewrite` has left of former forms."""


class Regions(abc.ABC):
    """It can tell which regions have states in the same place."""

    @abc.abstractmethod
    def regions(self) -> list[str]:
        """Every `tenant/region` that has states in the same place, in order."""


class Proofs(abc.ABC):
    """Its place shows that there was a state, even where it has none any more."""

    @abc.abstractmethod
    def proofs(self) -> list[str]:
        """Files that show it."""


class Tables(abc.ABC):
    """It has tables, which are made and migrated on purpose only."""

    @abc.abstractmethod
    def upgrade(self) -> Upgrade:
        """Make the tables, or migrate them to what this version knows."""


class Outlines(abc.ABC):  # noqa: B024 (a property without methods)
    """It is told the outline of encrypted states: `encrypted_text.OUTLINE` in the inventory that it is given."""


class Local(abc.ABC):  # noqa: B024 (a property without methods)
    """The state is a plain file on this machine, so that a cache would be of no use."""


class Ephemeral(abc.ABC):  # noqa: B024 (a property without methods)
    """Nothing that it is given is kept.

    This has to be said: to take a storage that keeps states for one that does not would cost a cloud its names.
    """
