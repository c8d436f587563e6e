# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `sql`: SQLite, PostgreSQL, MariaDB, MySQL or Galera.

Each write adds a version, whose key makes it a compare-and-swap, and brings the current inventory as relations up to
date, in one transaction. A read is one statement.
"""

from __future__ import annotations

import contextlib
import functools
import typing as t

from ...errors import StateConflict
from ...inventory import Inventory
from ..contract import (
    Finding,
    History,
    Lock,
    LockInfo,
    Meta,
    Outlines,
    Regions,
    Rewrite,
    State,
    Storage,
    Tables,
    Upgrade,
)
from ..formats.records import locked_by, wait_for_lock
from . import checks, locks, migrations, versions
from .commit import Overtaken, overtaken, prepare, rewrite, store
from .faults import TablesMissing
from .opening import open_database
from .options import SQLOptions

if t.TYPE_CHECKING:
    import sqlalchemy

T = t.TypeVar('T')


class StorageModule(Storage, History, Lock, Rewrite, Regions, Tables, Outlines):
    """States in a SQL database."""

    NAME = 'sql'
    OPTIONS = SQLOptions
    options: SQLOptions

    def register(self, options: dict[str, t.Any]) -> None:
        """Check the options and keep them; no I/O. Raises StorageOptionError, LibraryMissing."""
        super().register(options)
        self._database = open_database(self.options)
        self._region = versions.Region(self.options.tenant, self.options.region, self._database.where)

    def describe(self) -> str:
        """The URL without user, password and parameters, and the region."""
        return f'{self._database.engine.describe()}, region {self.region}'

    def regions(self) -> list[str]:
        """Every region of the database that has states."""
        return self._read(functools.partial(versions.regions, where=self._region.where))

    def read(self, serial: int | None = None) -> State | None:
        """The newest state, or that of a kept serial, in one statement; None when there is none.

        Raises, besides what the contract names, StorageRefused for a database without tables or with older ones:
        reading makes and migrates nothing.
        """
        version = self._read(functools.partial(versions.read, region=self._region, serial=serial))
        return version.state if version else None

    def commit(
        self, inventory: Inventory, meta: Meta, base: Meta | None, source: dict[str, t.Any] | None = None
    ) -> None:
        """Store a state if the newest is still `base`; see the contract.

        Besides, InventoryError, naming the hosts, for an address that two hosts of one network have.
        """
        write = prepare(inventory, meta, base, source, self.options.keep)
        try:
            self._write(functools.partial(store, write=write, database=self._database, region=self._region))
        except Overtaken:
            raise
        except StateConflict as error:
            # Another node of a cluster: this connection cannot tell who it was.
            history = self._read(functools.partial(versions.history, region=self._region))
            raise overtaken(history, self._region, base) from error

    def rewrite(self, state: State, before: Meta) -> None:
        """Put a kept state, and what the relations hold of it, into another form; see the contract."""
        write = prepare(state.inventory, state.meta, None, state.source, self.options.keep)
        action = functools.partial(rewrite, write=write, former=before, database=self._database, region=self._region)
        self._write(action)

    def history(self) -> list[Meta]:
        """The accounts of all kept states, newest first."""
        return self._read(functools.partial(versions.history, region=self._region))

    def prune(self, keep: int) -> list[Meta]:
        """Drop all but the newest state and `keep` older ones; returns the accounts of the dropped ones."""
        place = self._read(functools.partial(versions.find_place, region=self._region))
        if place.region_id is None:
            return []
        drop = functools.partial(versions.drop_older, region_id=place.number, keep=keep, region=self._region)
        return self._write(drop)

    def lock(self, info: LockInfo, timeout: float) -> None:
        """Take the lock; taking it again with the same `info` is not an error. Raises StorageLocked."""
        take = functools.partial(locks.take, info=info, region=self._region)

        def attempt() -> LockInfo | None:
            while True:
                try:
                    return self._write(take)
                except StateConflict:
                    continue  # Two nodes of a Galera cluster took it at once, and the other one has it.

        wait_for_lock(attempt, timeout)

    def holder(self) -> LockInfo | None:
        """Who holds the lock, or None."""
        return self._read(functools.partial(locks.find, region=self._region))

    def break_lock(self, lock_id: str) -> None:
        """Release the lock with this id; no error when nobody holds it. Raises StorageLocked for another id."""
        holder = self.holder()
        if holder is None:
            return
        if holder.id != lock_id:
            raise locked_by(holder)
        self._write(functools.partial(locks.delete, region=self._region, lock_id=lock_id))

    def check(self) -> list[Finding]:
        """Reached, encrypted, readable, writable, durable, and relations that equal the state."""
        return checks.check(self._database, self._region)

    def upgrade(self) -> Upgrade:
        """Make or migrate the tables, and make relations anew where they differ; see `migrations.upgrade`."""
        return migrations.upgrade(self._database)

    def downgrade(self, revision: str, *, discard: bool = False) -> Upgrade:
        """Migrate the tables back; see `migrations.downgrade`."""
        return migrations.downgrade(self._database, revision, discard=discard)

    def _read(self, query: t.Callable[[sqlalchemy.Connection], T]) -> T:
        with self._known_schema():
            return self._database.read(query)

    def _write(self, action: t.Callable[[sqlalchemy.Connection], T]) -> T:
        with self._known_schema():
            return self._database.write(action)

    @contextlib.contextmanager
    def _known_schema(self) -> t.Iterator[None]:
        """Tell a schema of another version from none, when a table or a column is missing."""
        try:
            yield
        except TablesMissing:
            versions.check_revision(self._database.read(versions.revision), self._database.where)
            raise
