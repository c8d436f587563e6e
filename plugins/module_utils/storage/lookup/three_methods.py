# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storages of third parties that have only the three methods `register`, `load` and `write`."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ...canonical import digest
from ...errors import OSAInventoryError, StateConflict, StateDamaged, StorageError
from ...inventory import Inventory
from ..contract import Finding, Meta, MinimalStorage, Rewrite, State, Storage
from ..formats.metadata import counts
from .declaration import Options
from .options import validate

_SHORTEST_SECRET = 4


class Minimal(Storage, Rewrite):
    """A three-method class in the form the driver wants: compare, write, read back, without a lock and accounts.

    given: all options as they were given, of which only the class knows what they mean.
    """

    def __init__(self, name: str, storage: MinimalStorage) -> None:
        self.NAME = name  # type: ignore[misc]  # Here, that of one object.
        self._storage = storage
        self.given: dict[str, t.Any] = {}
        self._secrets: tuple[str, ...] = ()

    def register(self, options: dict[str, t.Any]) -> None:
        common = {field.name for field in dataclasses.fields(Options)}
        self.options = validate(self.NAME, Options, {key: options[key] for key in options if key in common})
        self.given = options
        self._secrets = tuple(
            value
            for key, value in options.items()
            if isinstance(value, str) and key not in ('tenant', 'region', 'config_dir')
        )
        with self._failures('register'):
            self._storage.register(options)

    def describe(self) -> str:
        return f"storage '{self.NAME}'"

    def read(self, serial: int | None = None) -> State | None:
        with self._failures('load'):
            inventory = self._storage.load()
        if inventory is None:
            return None
        if not isinstance(inventory, dict):
            raise StateDamaged(
                f"The storage '{self.NAME}' gave {type(inventory).__name__} instead of an inventory.",
                help_text='Restore what it keeps from a backup.',
            )
        return State(inventory, _meta(inventory)) if serial in (None, 0) else None

    def commit(
        self, inventory: Inventory, meta: Meta, base: Meta | None, source: dict[str, t.Any] | None = None
    ) -> None:
        stored = self.read()
        if (stored.meta.sha256 if stored else None) != (base.sha256 if base else None):
            raise self._conflict()
        with self._failures('write'):
            self._storage.write(inventory)
        written = self.read()
        if written is None or written.meta.sha256 != meta.sha256:
            raise self._conflict()

    def rewrite(self, state: State, before: Meta) -> None:
        self.commit(state.inventory, dataclasses.replace(state.meta, sha256=digest(state.inventory)), before)

    def check(self) -> list[Finding]:
        simple = Finding(
            'warning',
            f"'{self.NAME}' has only register, load and write: two runs at once may lose what one of them wrote",
            'Let one machine at a time change the inventory, or use a storage that compares before it writes.',
        )
        try:
            state = self.read()
        except StorageError as error:
            return [simple, Finding('error', error.message, error.help_text)]
        return [simple, Finding('ok', f"'{self.NAME}' can be read" + ('' if state else ', and was never written'))]

    def _conflict(self) -> StateConflict:
        return StateConflict(
            f"The storage '{self.NAME}' holds something else than it should: somebody else is writing to it.",
            help_text='Run again.',
        )

    @contextlib.contextmanager
    def _failures(self, method: str) -> t.Iterator[None]:
        """Foreign code may raise anything; what it says may hold the values of its options."""
        try:
            yield
        except OSAInventoryError:
            raise
        except Exception as error:
            text = str(error)
            for secret in sorted(self._secrets, key=len, reverse=True):
                if len(secret) >= _SHORTEST_SECRET:
                    text = text.replace(secret, '***')
            raise StorageError(
                f"The method '{method}' of the storage '{self.NAME}' failed: {type(error).__name__}: {text}.",
                help_text='Its author can tell what that means.',
            ) from None


def _meta(inventory: Inventory) -> Meta:
    """What can be said of a state that comes without an account."""
    return Meta(
        lineage='',
        serial=0,
        sha256=digest(inventory),
        parent=None,
        write_id='',
        written_at='',
        writer='unknown',
        message='',
        counts=counts(inventory),
    )
