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

from ...canonical import digest, same
from ...errors import (
    InventoryError,
    StateConflict,
    StateDamaged,
    StateLost,
    StorageError,
    StorageRefused,
    StorageUnreachable,
    WriteUncertain,
)
from ...inventory import Inventory
from ...results import Notice, Result
from ..contract import Finding, Lock, LockInfo, Meta, Proofs, State, Storage, capability
from ..encryption.cipher import Cipher
from ..formats.metadata import TIME_FORMAT, account, owner
from ..formats.records import locked_by
from . import invariants
from .last_seen import LastSeen, Seen
from .lost_states import lost, regressed
from .outcome import Outcome
from .states import States

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

    storage: registered.
    config_dir: the directory in which the note of what was seen last is left.
    lock_id: the lock between operators under which this driver works, so that it does not stop itself; one that it
        takes itself counts as such.
    cipher: encrypts and decrypts states where the storage has the option `encrypt`; without one that is StateSealed.
    sleep: for the pauses between attempts.
    """

    def __init__(
        self,
        storage: Storage,
        config_dir: str,
        *,
        lock_id: str | None = None,
        cipher: Cipher | None = None,
        sleep: t.Callable[[float], object] = time.sleep,
    ) -> None:
        self.storage = storage
        self.states = States.of(storage, cipher)
        self._lock_id = lock_id
        self._last_seen = LastSeen(config_dir)
        self._sleep = sleep

    def load(self) -> State | None:
        """The newest state; None when there has never been one. A note of it is left where that is possible.

        Raises StateLost, StateRegressed, StateDamaged and what else the storage raises.
        """
        state = self._guarded()
        self._remember_state(state)
        return state

    def preview(self, transform: Transform) -> Outcome:
        """What `update` would give, without writing anything anywhere. Raises as `update` does."""
        state = self._guarded()
        return _outcome(self._transformed(state, transform)[0], state, after=state.meta if state else None)

    def update(
        self,
        transform: Transform,
        message: str | None = None,
        deployment_digest: str | None = None,
        source: dict[str, t.Any] | None = None,
    ) -> Outcome:
        """Load, transform, compare, write; from the start with what somebody else wrote meanwhile.

        message: why, for the account; by default the changes in numbers. deployment_digest: digest of the
        configuration the transform works from. source: that configuration, stored where `keep_input` is on.
        Returns the outcome of the attempt that was stored, with the warnings of guards and storage added.
        Raises InventoryError for a change that breaks an invariant, StorageLocked, StorageRefused with what could not
        be stored, StateConflict after many attempts, and what `load` raises. Nothing is stored then, but for
        WriteUncertain, after which the next run finds out.
        """

        def attempt() -> Outcome:
            state = self._guarded()
            result, sha256 = self._transformed(state, transform)
            base = state.meta if state else None
            if not self.states.kept or (base and base.sha256 == sha256):
                return self._told(_outcome(result, state, after=base, remembered=self._remember_state(state)))
            reason = result.summary() if message is None else message
            meta = account(result.inventory, base, reason, deployment_digest, sha256=sha256)
            stored = self._commit(result, meta, base, source)
            return self._told(_outcome(result, state, after=stored, written=True, remembered=self._remember(stored)))

        return self._repeatedly(attempt)

    def history(self) -> list[Meta]:
        """The accounts of all kept states, newest first."""
        return self.states.history()

    def kept(self, serial: int) -> State:
        """A kept state. Raises StorageError for a serial that is not kept, and what the storage raises."""
        state = self.states.read(serial)
        if state is None:
            raise StorageError(
                f'Serial {serial} is not kept in {self.storage.describe()}.',
                help_text='Choose one of the history (osa-inventory history).',
            )
        invariants.check_stored(state.inventory, f'serial {serial} of {self.storage.describe()}')
        return state

    def restore(self, serial: int, message: str | None = None) -> Outcome:
        """Store a kept state again, as a new serial; also where the newest one is damaged or lost.

        Raises StorageError for a serial that is not kept, and as `update` does.
        """
        kept = self.kept(serial)
        warnings = _notices(invariants.violations(kept.inventory))
        result = Result(kept.inventory, warnings=warnings)

        def attempt() -> Outcome:
            state, base = self._base_of_restore()
            if state and state.meta.sha256 == kept.meta.sha256:
                remembered = self._remember(state.meta, even_older=True)
                return self._told(_outcome(result, state, after=state.meta, remembered=remembered))
            reason = f'restore of serial {serial}' if message is None else message
            sha256 = digest(kept.inventory)
            meta = account(kept.inventory, base, reason, kept.meta.input_digest, sha256=sha256)
            stored = self._commit(result, meta, base, kept.source)
            remembered = self._remember(stored, even_older=True)
            return self._told(_outcome(result, state, after=stored, written=True, remembered=remembered))

        return self._repeatedly(attempt)

    def prune(self, keep: int) -> list[Meta]:
        """Drop all but the newest state and `keep` older ones; returns the accounts of the dropped ones."""
        self.refuse_if_locked()
        return self.states.prune(keep)

    def check(self) -> list[Finding]:
        """What the storage finds out about itself, and whether the guards let its state pass."""
        found = self.states.check()
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
        proofs = capability(self.storage, Proofs)
        own = proofs.proofs() if proofs else []
        return list(dict.fromkeys([*self._last_seen.evidence(self.storage.region), *own]))

    def forget_seen(self) -> bool:
        """Drop the note of what was seen, so that what is stored counts as it is. False where it cannot be written."""
        return self._last_seen.forget(self.storage.region)

    def lock(self, command: str, timeout: float) -> LockInfo:
        """Take the lock between operators for a command; `break_lock` with its id releases it.

        timeout: seconds to wait at most. Raises StorageLocked with the owner, StorageRefused where there are no locks.
        """
        locking = capability(self.storage, Lock)
        if locking is None:
            message = f"The storage '{self.storage.NAME}' has no locks."
            raise StorageRefused(message, help_text='Work without one, alone.')
        since = datetime.datetime.now(datetime.UTC).strftime(TIME_FORMAT)
        info = LockInfo(str(uuid.uuid4()), owner(), command, socket.gethostname(), since)
        locking.lock(info, timeout)
        self._lock_id = info.id
        return info

    def holder(self) -> LockInfo | None:
        """Who holds the lock, or None."""
        return self.states.holder()

    def break_lock(self, lock_id: str) -> None:
        """Release the lock with this id, one's own or another's. Raises StorageLocked when the id is another."""
        locking = capability(self.storage, Lock)
        if locking:
            locking.break_lock(lock_id)
        if self._lock_id == lock_id:
            self._lock_id = None

    def refuse_if_locked(self) -> bool:
        """Raise StorageLocked where another operator holds the lock; True where this driver works under it itself."""
        holder = self.states.holder()
        if holder and holder.id != self._lock_id:
            raise locked_by(holder)
        return holder is not None

    # Reading

    def _guarded(self) -> State | None:
        """The newest state, if it can be what it should be; what was seen before is looked up before it is read."""
        if not self.states.kept:
            return None
        region = self.storage.region
        seen, proofs = self._last_seen.seen(region), self._last_seen.evidence(region)
        try:
            state = self.states.read()
        except StateLost as error:
            raise lost(self.storage, self.proofs()) from error
        if state is None:
            if proofs:
                raise lost(self.storage, proofs)
            return None
        invariants.check_stored(state.inventory, self.storage.describe())
        if seen and (seen.lineage != state.meta.lineage or seen.serial > state.meta.serial):
            raise regressed(self.storage, state.meta, seen, self._last_seen.path)
        return state

    def _transformed(self, state: State | None, transform: Transform) -> tuple[Result, str]:
        """What the transform makes of a state, with warnings for invariants broken before, and its digest.

        Raises InventoryError for one that the change breaks.
        """
        with invariants.bounded_depth(self.storage.describe()):
            return self._judged(state, transform(state.inventory if state else None))

    def _judged(self, state: State | None, result: Result) -> tuple[Result, str]:
        """A result with warnings for invariants broken before, and its digest. Raises InventoryError."""
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

    def _remember_state(self, state: State | None) -> bool:
        """Note what was read: a state that was taken over, or changed by hand, only counts when it is stored again."""
        return self._remember(state.meta) if state and state.meta.write_id else True

    def _remember(self, meta: Meta, even_older: bool = False) -> bool:
        """Leave a note of what was seen; False where that cannot be written. See `LastSeen.leave`."""
        seen = Seen(self.storage.NAME, meta.lineage, meta.serial)
        if self._last_seen.seen(self.storage.region) == seen:
            return True
        return self._last_seen.leave(self.storage.region, seen, even_older)

    # Writing

    def _repeatedly(self, attempt: t.Callable[[], Outcome]) -> Outcome:
        """Try until nobody else writes in between, with growing pauses of random length."""
        for number in range(1, _ATTEMPTS + 1):
            try:
                return attempt()
            except StateConflict as error:
                conflict = error
            if number < _ATTEMPTS:
                self._sleep(random.uniform(0, min(_FIRST_PAUSE * 2**number, _LONGEST_PAUSE)))
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
    ) -> Meta:
        """Store a result; returns the account by which it is known from now on. Raises as `update` does."""
        self.refuse_if_locked()
        kept = source if self.storage.options.keep_input else None
        try:
            self.states.commit(result.inventory, meta, base, kept)
        except WriteUncertain as error:
            self._settle(meta, base, error)
        except StorageRefused as error:
            what = result.summary() if result.changes else 'The changed inventory'
            way_out = "Or let this run go without storing anything: option 'persist' with value 'never'."
            help_text = f'{error.help_text} {way_out}' if error.help_text else way_out
            raise StorageRefused(f'{what} cannot be stored. {error.message}', error.place, help_text) from error
        return meta if self.states.accounted else dataclasses.replace(meta, lineage='', serial=0, write_id='')

    def _settle(self, meta: Meta, base: Meta | None, error: WriteUncertain) -> None:
        """Find out whether a write is stored, by its `write_id`; returns if it is.

        Raises StateConflict if it is not, so that it is tried again, and WriteUncertain if that cannot be known.
        """
        for number in range(_READ_BACK_ATTEMPTS):
            try:
                newest = self.states.read()
                if newest and newest.meta.write_id == meta.write_id:
                    return
                overtaken = newest and not (base and newest.meta.write_id == base.write_id)
                if overtaken and any(kept.write_id == meta.write_id for kept in self.states.history()):
                    return
                break
            except StorageUnreachable:
                self._sleep(random.uniform(0.5, 1) * min(_FIRST_PAUSE * 4**number, _LONGEST_PAUSE))
        else:
            raise error
        raise StateConflict('The write whose answer was lost is not stored.', help_text='Run again.') from error

    def _base_of_restore(self) -> tuple[State | None, Meta | None]:
        """The newest state, None where it cannot be read, and the account that a restore builds on."""
        try:
            state = self.states.read()
        except (StateDamaged, StateLost):
            return None, self.states.recover()
        return state, state.meta if state else None

    def _told(self, outcome: Outcome) -> Outcome:
        """An outcome with the warnings of the storage and of the guards."""
        notices = self.storage.take_notices()
        return outcome.with_warnings(notices if outcome.remembered else (*notices, self._last_seen.not_left()))


def _outcome(
    result: Result,
    before: State | None,
    *,
    after: Meta | None,
    written: bool = False,
    remembered: bool = True,
) -> Outcome:
    return Outcome(result.inventory, result.changes, result.warnings, before, after, written, remembered)


def _notices(violations: t.Iterable[str]) -> tuple[Notice, ...]:
    remedy = (
        'It was stored like that. To end this warning, remove one of the hosts (osa-inventory remove), or clear its'
        ' addresses (osa-inventory clear-ips).'
    )
    return tuple(Notice(sentence, help_text=remedy) for sentence in violations)
