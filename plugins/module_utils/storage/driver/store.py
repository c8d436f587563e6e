# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver: the only way from a program to a storage, and the only way in which a state changes."""

from __future__ import annotations

import dataclasses
import datetime
import random
import socket
import time
import typing as t
import uuid

from ...errors import (
    InventoryError,
    StateConflict,
    StateDamaged,
    StateLost,
    StateRegressed,
    StorageError,
    StorageRefused,
    StorageUnreachable,
    WriteUncertain,
)
from ...inventory import Inventory
from ...results import Notice, Result
from ..contract import Finding, LockInfo, Meta, State, Storage
from ..file.lock_file import locked_by
from ..formats.metadata import TIME_FORMAT, account, digest, owner, same
from . import invariants
from .last_seen import Breadcrumb, Seen

# pylint takes the type for a value, which has no `|`.
Transform = t.Callable[[t.Optional[Inventory]], Result]  # noqa: UP045  # pylint does not understand `|` here.
"""From the stored inventory (None: never stored) to what should be stored.

Pure: it does not change what it is given, and it may run again on what somebody else stored meanwhile.
"""

_ATTEMPTS = 20
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 2.0
_READ_BACK_ATTEMPTS = 4


class Store:
    """A storage with its guards.

    storage: registered. config_dir: where the breadcrumb is left. sleep, rng: for the pauses between attempts.
    meta: account of the newest state after each call, None when nothing is stored. written: whether the last call
    stored anything. guarded: False after the breadcrumb could not be left. lock_id: the lock under which this driver
    works, so that it does not stop itself.
    """

    def __init__(
        self,
        storage: Storage,
        config_dir: str,
        *,
        sleep: t.Callable[[float], object] = time.sleep,
        rng: random.Random | None = None,
    ) -> None:
        self.storage = storage
        self.meta: Meta | None = None
        self.written = False
        self.guarded = True
        self.lock_id: str | None = None
        self._breadcrumb = Breadcrumb(config_dir)
        self._sleep = sleep
        self._rng = rng or random.Random()

    def load(self) -> State | None:
        """The newest state; None when there has never been one.

        Raises StateLost, StateRegressed, StateDamaged and what else the storage raises.
        """
        self.written = False
        state = self._guarded()
        self._left(state)
        return state

    def preview(self, transform: Transform) -> Result:
        """What `update` would give, without writing anything anywhere. Raises as `update` does."""
        self.written = False
        state = self._guarded()
        self.meta = state.meta if state else None
        return self._outcome(state, transform)[0]

    def update(
        self,
        transform: Transform,
        message: str | None = None,
        deployment_digest: str | None = None,
        source: dict[str, t.Any] | None = None,
    ) -> Result:
        """Load, transform, compare, write; from the start with what somebody else wrote meanwhile.

        message: why, for the account; by default the changes in numbers. deployment_digest: digest of the
        configuration the transform works from. source: that configuration, stored where `keep_input` is on.
        Returns the result of the attempt that was stored, with the warnings of guards and storage added.
        Raises InventoryError for a change that breaks a law, StorageLocked, StorageRefused with what could not be
        stored, StateConflict after many attempts, and what `load` raises. Nothing is stored then, but for
        WriteUncertain, after which the next run finds out.
        """
        self.written = False

        def attempt() -> Result:
            state = self._guarded()
            result, sha256 = self._outcome(state, transform)
            if not self.storage.KEEPS or (state and state.meta.sha256 == sha256):
                self._left(state)
                return self._with_notices(result)
            base = state.meta if state else None
            reason = result.summary() if message is None else message
            meta = account(result.inventory, base, reason, deployment_digest, sha256=sha256)
            self._commit(result, meta, base, source)
            return self._with_notices(result)

        return self._repeatedly(attempt)

    def history(self) -> list[Meta]:
        """The accounts of all kept states, newest first."""
        return self.storage.history()

    def kept(self, serial: int) -> State:
        """A kept state. Raises StorageError for a serial that is not kept, and what the storage raises."""
        state = self.storage.read(serial)
        if state is None:
            raise StorageError(
                f'Serial {serial} is not kept in {self.storage.describe()}.',
                help_text='Choose one of the history (osa-inventory history).',
            )
        invariants.check_stored(state.inventory, f'serial {serial} of {self.storage.describe()}')
        return state

    def restore(self, serial: int, message: str | None = None) -> Result:
        """Store a kept state again, as a new serial; also where the newest one is damaged or lost.

        Raises StorageError for a serial that is not kept, and as `update` does.
        """
        self.written = False
        kept = self.kept(serial)
        warnings = _notices(invariants.violations(kept.inventory))
        result = Result(kept.inventory, warnings=warnings)

        def attempt() -> Result:
            base, sound = self._base_of_restore()
            if base and sound and base.sha256 == kept.meta.sha256:
                self.meta = base
                self._leave(base, even_older=True)
                return self._with_notices(result)
            reason = f'restore of serial {serial}' if message is None else message
            sha256 = digest(kept.inventory)
            meta = account(kept.inventory, base, reason, kept.meta.input_digest, sha256=sha256)
            self._commit(result, meta, base, kept.source, even_older=True)
            return self._with_notices(result)

        return self._repeatedly(attempt)

    def prune(self, keep: int) -> list[Meta]:
        """Drop all but the newest state and `keep` older ones; returns the accounts of the dropped ones."""
        self._refuse_if_locked()
        return self.storage.prune(keep)

    def check(self) -> list[Finding]:
        """What the storage finds out about itself, and whether the guards let its state pass."""
        found = self.storage.check()
        try:
            self._guarded()
        except StorageError as error:
            if not any(finding.what == error.message for finding in found):
                found.append(Finding('error', error.message, error.help_text))
        return found

    def notices(self) -> tuple[Notice, ...]:
        """What the storage noted and no result has told yet."""
        return self.storage.take_notices()

    def proofs(self) -> list[str]:
        """The files that show that there was a state; without them a storage that has none is a new one."""
        return list(dict.fromkeys([*self._breadcrumb.evidence(self.storage.region), *self.storage.proofs()]))

    def forget_seen(self) -> bool:
        """Drop the breadcrumb, so that whatever is stored is taken as it is. False where it cannot be written."""
        return self._breadcrumb.forget(self.storage.region)

    def lock(self, command: str, timeout: float) -> LockInfo:
        """Take the lock between operators for a command; `break_lock` with its id releases it.

        timeout: seconds to wait at most. Raises StorageLocked with the owner.
        """
        since = datetime.datetime.now(datetime.UTC).strftime(TIME_FORMAT)
        info = LockInfo(str(uuid.uuid4()), owner(), command, socket.gethostname(), since)
        self.storage.lock(info, timeout)
        self.lock_id = info.id
        return info

    def holder(self) -> LockInfo | None:
        """Who holds the lock, or None."""
        return self.storage.holder()

    def break_lock(self, lock_id: str) -> None:
        """Release the lock with this id, one's own or another's. Raises StorageLocked when the id is another."""
        self.storage.break_lock(lock_id)
        if self.lock_id == lock_id:
            self.lock_id = None

    # Reading

    def _guarded(self) -> State | None:
        """The newest state, if it can be what it should be; what was seen before is looked up before it is read."""
        if not self.storage.KEEPS:
            return None
        region = self.storage.region
        seen, proofs = self._breadcrumb.seen(region), self._breadcrumb.evidence(region)
        try:
            state = self.storage.read()
        except StateLost as error:
            raise self._lost(self.proofs()) from error
        if state is None:
            if proofs:
                raise self._lost(proofs)
            return None
        invariants.check_stored(state.inventory, self.storage.describe())
        if seen and (seen.lineage != state.meta.lineage or seen.serial > state.meta.serial):
            raise self._regressed(state.meta, seen)
        return state

    def _lost(self, proofs: list[str]) -> StateLost:
        found = ', '.join(f"'{path}'" for path in proofs)
        return StateLost(
            f"There is no inventory of '{self.storage.region}' in {self.storage.describe()}, but there was one"
            f' (seen in {found}).',
            help_text='Restore it (osa-inventory restore), copy it from the storage that has it (osa-inventory'
            f' migrate), or start anew, with new names and addresses, by putting {found} aside (osa-inventory forget).',
        )

    def _regressed(self, meta: Meta, seen: Seen) -> StateRegressed:
        what = f'serial {meta.serial}' if seen.lineage == meta.lineage else f'serial {meta.serial} of another lineage'
        return StateRegressed(
            f'{self.storage.describe()} holds {what}, but serial {seen.serial} was seen before in storage'
            f" '{seen.storage}'.",
            help_text='Restore the newer state (osa-inventory restore), copy it from the storage that has it'
            f" (osa-inventory migrate), or accept this one by removing '{self._breadcrumb.path}'"
            ' (osa-inventory forget).',
        )

    def _outcome(self, state: State | None, transform: Transform) -> tuple[Result, str]:
        """What the transform makes of a state, with warnings for laws broken before, and its digest.

        Raises InventoryError for a law that the change breaks.
        """
        with invariants.bounded_depth(self.storage.describe()):
            return self._judged(state, transform(state.inventory if state else None))

    def _judged(self, state: State | None, result: Result) -> tuple[Result, str]:
        """A result with warnings for laws broken before, and its digest. Raises InventoryError."""
        changed = state is None or not same(state.inventory, result.inventory)
        sha256 = digest(result.inventory) if state is None or changed else state.meta.sha256
        problem = invariants.shape_problem(result.inventory) if changed else None
        found = [f'It would be none: {problem}.'] if problem else invariants.violations(result.inventory)
        before = set(invariants.violations(state.inventory)) if found and state else set()
        broken = [sentence for sentence in found if sentence not in before]
        if broken:
            raise InventoryError(
                f'The change would spoil the inventory. {" ".join(broken)}',
                help_text='Nothing was stored. Correct what the change is made from.',
            )
        return dataclasses.replace(result, warnings=(*result.warnings, *_notices(found))), sha256

    def _left(self, state: State | None) -> None:
        """Note what was read: a state that was taken over, or changed by hand, only counts when it is stored again."""
        self.meta = state.meta if state else None
        if self.meta and self.meta.write_id:
            self._leave(self.meta)

    def _leave(self, meta: Meta, even_older: bool = False) -> None:
        seen = Seen(self.storage.NAME, meta.lineage, meta.serial)
        if self._breadcrumb.seen(self.storage.region) != seen:
            self.guarded = self._breadcrumb.leave(self.storage.region, seen, even_older)

    # Writing

    def _repeatedly(self, attempt: t.Callable[[], Result]) -> Result:
        """Try until nobody else writes in between, with growing pauses of random length."""
        for number in range(1, _ATTEMPTS + 1):
            try:
                return attempt()
            except StateConflict as error:
                conflict = error
            if number < _ATTEMPTS:
                self._sleep(self._rng.uniform(0, min(_FIRST_PAUSE * 2**number, _LONGEST_PAUSE)))
        raise StateConflict(
            f'Others wrote during each of {_ATTEMPTS} attempts; the last time: {conflict.message}',
            help_text='Nothing was stored. Run again when less is going on.',
        ) from conflict

    def _commit(
        self,
        result: Result,
        meta: Meta,
        base: Meta | None,
        source: dict[str, t.Any] | None,
        even_older: bool = False,
    ) -> None:
        self._refuse_if_locked()
        kept = source if self.storage.options.get('keep_input') else None
        try:
            self.storage.commit(result.inventory, meta, base, kept)
        except WriteUncertain as error:
            self._settle(meta, base, error)
        except StorageRefused as error:
            what = result.summary() if result.changes else 'The changed inventory'
            way_out = "Or let this run go without storing anything: option 'persist' with value 'never'."
            help_text = f'{error.help_text} {way_out}' if error.help_text else way_out
            raise StorageRefused(f'{what} cannot be stored. {error.message}', error.place, help_text) from error
        self.meta = meta if self.storage.ACCOUNTS else dataclasses.replace(meta, lineage='', serial=0, write_id='')
        self.written = True
        self._leave(self.meta, even_older)

    def _settle(self, meta: Meta, base: Meta | None, error: WriteUncertain) -> None:
        """Find out whether a write is stored, by its `write_id`; returns if it is.

        Raises StateConflict if it is not, so that it is tried again, and WriteUncertain if that cannot be known.
        """
        for number in range(_READ_BACK_ATTEMPTS):
            try:
                newest = self.storage.read()
                if newest and newest.meta.write_id == meta.write_id:
                    return
                overtaken = newest and not (base and newest.meta.write_id == base.write_id)
                if overtaken and any(kept.write_id == meta.write_id for kept in self.storage.history()):
                    return
                break
            except StorageUnreachable:
                self._sleep(self._rng.uniform(0.5, 1) * min(_FIRST_PAUSE * 4**number, _LONGEST_PAUSE))
        else:
            raise error
        raise StateConflict('The write whose answer was lost is not stored.', help_text='Run again.') from error

    def _refuse_if_locked(self) -> None:
        holder = self.storage.holder()
        if holder and holder.id != self.lock_id:
            raise locked_by(holder)

    def _base_of_restore(self) -> tuple[Meta | None, bool]:
        """What a restore builds on, and whether that can be read."""
        try:
            state = self.storage.read()
        except (StateDamaged, StateLost):
            return self.storage.recover(), False
        return (state.meta if state else None), True

    def _with_notices(self, result: Result) -> Result:
        return dataclasses.replace(result, warnings=(*result.warnings, *self.storage.take_notices()))


def _notices(violations: t.Iterable[str]) -> tuple[Notice, ...]:
    remedy = (
        'It was stored like that. To end this warning, remove one of the hosts (osa-inventory remove), or clear its'
        ' addresses (osa-inventory clear-ips).'
    )
    return tuple(Notice(sentence, help_text=remedy) for sentence in violations)
