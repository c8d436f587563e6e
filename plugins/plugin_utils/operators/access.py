# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guarded access to the state of one inventory source: what all operations of the API share."""

from __future__ import annotations

import contextlib
import functools
import typing as t

from ansible.inventory.data import InventoryData

from ...module_utils.configuration.model import Deployment
from ...module_utils.errors import (
    ConfigurationError,
    ConfigurationErrors,
    StateConflict,
    StateDamaged,
    StateLost,
    StateRegressed,
    StorageError,
    StorageRefused,
)
from ...module_utils.generator.generate import generate
from ...module_utils.generator.reasons import Reasons
from ...module_utils.inventory import Inventory, make
from ...module_utils.management import removal
from ...module_utils.management.replacing import replace
from ...module_utils.results import Notice, Result
from ...module_utils.storage.contract import Local, Lock, State, capability
from ...module_utils.storage.driver.outcome import Outcome
from ...module_utils.storage.driver.store import Store
from ..run.connection_variables import check_connections
from ..run.fill import check
from ..source.options import Source

EMPTY = make({})
"""What a source without any stored state is compared with."""


class _Overtaken(Exception):
    """What a preview announced is not what would be done now."""


class Access:
    """The store and the deployment of one source, with the rules that hold for whatever is done with them.

    source: as `options.open_source` gives it. lock_id: the lock under which changes are made, if one is held.
    """

    def __init__(self, source: Source, lock_id: str | None) -> None:
        self.source = source
        self._lock_id = lock_id

    @functools.cached_property
    def store(self) -> Store:
        """The driver of the storage."""
        return self.source.open_store(self._lock_id)

    @functools.cached_property
    def deployment(self) -> Deployment:
        """The deployment description. Raises ConfigurationError or ConfigurationErrors."""
        return self.source.deployment()

    def generation(self, stored: Inventory | None, reasons: Reasons | None = None) -> Result:
        """What a run makes of what is stored; reasons: takes note of why a host has its values."""
        result = generate(self.deployment, stored, self.source.choice, reasons)
        check(result.inventory, InventoryData())
        check_connections(result.inventory, self.deployment)
        return result

    def refuse_what_runs_refuse(self, inventory: Inventory) -> None:
        """Raise InventoryError for an inventory that leads Ansible where the configuration does not.

        A configuration that cannot be carried out now is no reason to refuse it.
        """
        with contextlib.suppress(ConfigurationError, ConfigurationErrors):
            self.generation(inventory)

    def newest(self) -> Inventory | None:
        """The newest stored inventory, None when there is none; where nothing is ever kept, that of the next run."""
        if not self.store.states.kept:
            return self._unkept()
        state = self.newest_state()
        return state.inventory if state else None

    def newest_state(self) -> State | None:
        """The newest stored state, None when there is none."""
        if self.source.persist == 'auto':
            return self.store.load()
        return self._previewed_state()

    def _previewed_state(self) -> State | None:
        """The newest stored state, without the note of what was seen that `load` leaves."""
        seen = self.store.preview(lambda stored: Result(stored or EMPTY))
        return seen.before

    def _unkept(self) -> Inventory:
        if 'random' in (self.source.choice.naming, self.source.choice.allocation):
            notice = Notice(
                'Nothing is kept, so the next run draws other names and addresses than are shown here.',
                help_text="Use a storage that keeps states, or 'container_naming' and 'address_allocation' 'stable'.",
            )
            self.store.storage.notify(notice)
        return self.store.preview(self.generation).inventory

    def change(
        self,
        transform: t.Callable[[t.Any], Result],
        message: str,
        preview: bool,
        announced: Result | None,
        on_nothing: bool = False,
    ) -> Outcome:
        """Change what is stored by a transform; see the API for `message`, `preview` and `announced`.

        on_nothing: whether the transform makes sense, with None, where nothing is stored yet.
        """
        self._require_kept()

        def guarded(stored: Inventory | None) -> Result:
            if stored is None and not on_nothing:
                raise self.never_stored()
            result = transform(stored)
            if announced is not None and result.changes != announced.changes:
                raise _Overtaken
            return result

        if preview:
            return self.store.preview(guarded)
        self.require_right_to_change()
        try:
            return self.told_of_cache(self.store.update(guarded, message))
        except _Overtaken:
            raise StateConflict(
                'The inventory was changed since the preview, so that something else would be done now.',
                help_text='Nothing was stored. Look at it again.',
            ) from None

    def restoration(self, kept: Inventory) -> Outcome:
        """What it changes to store this inventory again, also where the newest is lost or damaged."""
        state: State | None = None
        warnings: tuple[Notice, ...] = ()
        try:
            state = self._previewed_state()
        except (StateDamaged, StateLost, StateRegressed) as error:
            warnings = (Notice(f'There is no newest state to compare with. {error.message}'),)
        result = replace(state.inventory if state else None, kept)
        after = state.meta if state else None
        return Outcome(kept, result.changes, (*result.warnings, *warnings), before=state, after=after)

    def require_right_to_change(self) -> None:
        """Raise StorageRefused where the source forbids changes, or there is nothing that could be changed."""
        self._require_kept()
        if self.source.persist == 'never':
            raise StorageRefused(
                "The inventory source has 'persist: never', so nothing is changed.",
                help_text="Use a source with 'persist: auto'; a preview works with either.",
            )

    @contextlib.contextmanager
    def locked(self, reason: str) -> t.Iterator[None]:
        """Hold the lock for a while: one's own if it is held already; none where the storage has no locks.

        Raises StorageLocked.
        """
        store = self.store
        if store.refuse_if_locked() or capability(store.storage, Lock) is None:
            yield
            return
        taken = store.lock(reason, 0)
        try:
            yield
        finally:
            store.break_lock(taken.id)

    def _require_kept(self) -> None:
        if not self.store.states.kept:
            raise StorageRefused(
                f"The storage '{self.store.storage.NAME}' keeps nothing that could be changed.",
                help_text='Change the configuration, or use a storage that keeps states.',
            )

    def never_stored(self) -> StorageError:
        """The error for an operation that needs a stored inventory."""
        return StorageError(
            f"No inventory of '{self.source.tenant}/{self.source.region}' is stored in"
            f' {self.store.storage.describe()} yet.',
            help_text=f'The first run stores one, such as: ansible-inventory -i {self.source.path} --graph',
        )

    def told_of_cache(self, result: Outcome) -> Outcome:
        """The result with a warning where Ansible may go on with what it has in its cache."""
        if not (result.written and self.source.cache) or capability(self.store.storage, Local) is not None:
            return result
        notice = Notice(
            "Ansible's inventory cache may still hold what was stored before.",
            help_text='Run the next playbook, or ansible-inventory, with --flush-cache.',
        )
        return result.with_warnings((notice,))

    def still_configured(self, names: t.Sequence[str]) -> tuple[Notice, ...]:
        """Warnings for removed hosts that the next run adds again."""
        try:
            return removal.still_configured(self.deployment.configuration, names)
        except (ConfigurationError, ConfigurationErrors):
            notice = Notice(
                'Whether removed hosts are still configured is not known: the configuration has mistakes.',
                help_text='See them with: osa-inventory check',
            )
            return (notice,)
