# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copying all kept states of one storage to another: oldest first, with their accounts, verified by reading them back.

A migration may be interrupted at any point and run again: it goes on behind what the target has. The source is only
read. The target is changed only where it is empty, or has the beginning of what is to be copied.
"""

from __future__ import annotations

import collections.abc
import contextlib
import dataclasses
import time
import typing as t

from ..canonical import digest, same
from ..errors import InventoryError, StateConflict, StateDamaged, StateRegressed, StorageError, WriteUncertain
from ..results import Notice
from ..storage.contract import Meta, Regions, State, Storage, capability
from ..storage.driver.last_seen import LastSeen, Seen
from ..storage.driver.states import States
from ..storage.formats.encrypted_text import refuse_encrypted
from ..storage.formats.records import locked_by
from .migration_plan import Step, Steps, steps_of

_ATTEMPTS = 5
_PAUSE = 0.2

Phase = t.Literal['copy', 'verify']
Progress = collections.abc.Callable[[Phase, int, int], None]
"""Told of each state: what was done with it, how many are done, how many there are."""


@dataclasses.dataclass(frozen=True)
class Migration:
    """What was copied, or would be.

    source, target: where, for people; never a secret. copied: accounts of the states that were missing in the target,
    oldest first. present: of those that it had before. warnings: what a person should know.
    """

    source: str
    target: str
    copied: tuple[Meta, ...]
    present: tuple[Meta, ...]
    warnings: tuple[Notice, ...] = ()

    @property
    def newest(self) -> Meta:
        """The account of the state that a run on the target goes on from."""
        return (*self.present, *self.copied)[-1]


def migrate(
    source: States,
    target: States,
    *,
    keep: int | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Migration:
    """Copy the kept states of a source that the target does not have, and verify all of them in the target.

    source, target: of registered storages.
    keep: how many older states to copy at most; by default all, also if that is more than the target keeps otherwise.
    dry_run: only read, and find out what would be copied.
    Afterwards the driver takes the target for the storage of its region (its note of what was seen last names it).

    Raises StateConflict where the target holds another lineage, newer or different states; StateRegressed where a newer
    state than the source's was seen before; StateDamaged for a state that cannot be read, or was not stored as it was
    written; InventoryError for one that the target cannot hold; StorageError where there is nothing to copy, or no
    place for it; and what the storages raise. What was copied by then stays, and the next migration goes on from there.
    """
    _refuse_unfit(source, target)
    return _Mover(source, target, keep, progress or (lambda phase, done, total: None)).move(dry_run)


def regions_of(storage: Storage) -> list[str]:
    """Every `tenant/region` that has states in a storage. Raises StorageError where they cannot be listed."""
    listing = capability(storage, Regions)
    if listing is None:
        raise StorageError(
            f"The storage '{storage.NAME}' cannot list its regions.",
            help_text='Copy them one by one, each named by the options tenant and region.',
        )
    return listing.regions()


def _refuse_unfit(source: States, target: States) -> None:
    for states in (source, target):
        if not states.kept:
            raise StorageError(
                f"The storage '{states.storage.NAME}' keeps nothing, so that nothing can be copied from it or to it.",
                help_text='Name two storages that keep states.',
            )
    if _place(source.storage) == _place(target.storage):
        raise StorageError(
            f'Source and target are the same: {source.describe()}.', help_text='Name another storage to copy to.'
        )


def _place(storage: Storage) -> tuple[str, str, str]:
    return storage.NAME, storage.describe(), storage.region


@dataclasses.dataclass
class _Mover:
    source: States
    target: States
    keep: int | None
    progress: Progress
    _written: Meta | None = None

    def move(self, dry_run: bool) -> Migration:
        """Copy until nobody wrote to the source meanwhile."""
        copied: list[Meta] = []
        for _attempt in range(_ATTEMPTS):
            steps = self._steps()
            done = self._behind(steps)
            self._refuse_regressed(steps.newest)
            missing = [step.meta for step in steps.steps[done:]]
            if dry_run:
                self._read_all(steps)
                return self._told(steps, missing)
            if missing:
                self._refuse_locked()
                with _keeping(self.target.storage, len(steps.steps)):
                    self._copy(steps, done)
            copied += missing
            newest = self.source.read()
            if newest and newest.meta.serial == steps.steps[-1].serial:
                kept = self._verify(steps)
                return self._left(steps, copied, kept)
        raise StateConflict(
            f'{self.source.describe()} was written to all the time.',
            help_text='Run the migration again when nobody else is at work; it goes on from where it is.',
        )

    def _steps(self) -> Steps:
        # The history of a damaged or lost state looks like a sound one of older states.
        newest = _read(self.source)
        if newest is None:
            raise StorageError(
                f'There is nothing to copy: {self.source.describe()} holds no state.',
                help_text='Check the options of the source, tenant and region among them.',
            )
        keep = self.keep if self.target.accounted else 0
        steps = steps_of(self.source.history() or [newest.meta], keep)
        if not self.target.accounted:
            steps = dataclasses.replace(steps, warnings=(_without_accounts(self.target.storage),))
        return steps

    def _refuse_regressed(self, newest: Meta) -> None:
        last_seen = self._last_seen()
        seen = last_seen.seen(self.target.storage.region) if last_seen else None
        if last_seen and seen and seen.lineage and (seen.lineage != newest.lineage or seen.serial > newest.serial):
            what = 'of another lineage ' if seen.lineage != newest.lineage else ''
            raise StateRegressed(
                f'{self.source.describe()} holds serial {newest.serial}, but serial {seen.serial} {what}was seen'
                f" before in storage '{seen.storage}'.",
                help_text='Copy from the storage that has the newer state, or accept this one by removing'
                f" '{last_seen.path}' (osa-inventory forget).",
            )

    def _behind(self, steps: Steps) -> int:
        """How many steps the target has. Raises StateConflict for what does not belong to them."""
        there = self.target.history()
        if self.target.accounted:
            return steps.following(there, self.target.describe())
        copy = _read(self.target) if there else None
        if copy and not same(copy.inventory, self._original(steps.steps[-1]).inventory):
            raise StateConflict(
                f'{self.target.describe()} holds another inventory.',
                help_text='Nothing was changed. Empty it first, if it is not needed.',
            )
        return len(there)

    def _copy(self, steps: Steps, done: int) -> None:
        """Write what the target lacks. An error of the target that leaves open how far it is makes it look again."""
        total, failures = len(steps.steps), 0
        while done < total:
            try:
                self._write(steps.steps[done], self._written or self._base())
                done, failures = done + 1, 0
                self.progress('copy', done, total)
            except (StateConflict, WriteUncertain):
                failures += 1
                if failures == _ATTEMPTS:
                    raise
                time.sleep(_PAUSE * failures)
                self._written = None
                done = self._behind(steps)

    def _refuse_locked(self) -> None:
        holder = self.target.holder()
        if holder:
            raise locked_by(holder)

    def _base(self) -> Meta | None:
        """What the next step is written upon: a state of an earlier migration, or one that the source has no more."""
        there = self.target.history()
        return there[0] if there else None

    def _write(self, step: Step, base: Meta | None) -> None:
        state = self._original(step)
        meta = _account(step, state)
        try:
            self.target.commit(state.inventory, meta, base, state.source)
        except InventoryError as error:
            raise InventoryError(
                f'Serial {step.serial} cannot be kept in {self.target.describe()}. {error.message}',
                error.place,
                'Correct the newest state; of older ones, leave out what comes before a sound one (option keep).',
            ) from error
        self._written = meta

    def _original(self, step: Step) -> State:
        """A state of the source, proven to be what its account says."""
        state = _read(self.source, step.serial)
        if state is None:
            raise StateConflict(
                f'Serial {step.serial} is no longer kept in {self.source.describe()}.', help_text='Run again.'
            )
        if digest(state.inventory) != state.meta.sha256:
            raise StateDamaged(
                f'Serial {step.serial} in {self.source.describe()} is not what was stored.',
                help_text='Put it back from a backup, or leave older states out (option keep).',
            )
        return state

    def _read_all(self, steps: Steps) -> None:
        for number, step in enumerate(steps.steps, start=1):
            self._original(step)
            self.progress('verify', number, len(steps.steps))

    def _verify(self, steps: Steps) -> int:
        """Compare each state of the target with that of the source; returns how many the target keeps."""
        oldest = min(meta.serial for meta in self.target.history()) if self.target.accounted else 0
        kept = [step for step in steps.steps if step.meta.serial >= oldest or not self.target.accounted]
        for number, step in enumerate(kept, start=1):
            copy = _read(self.target, step.meta.serial if self.target.accounted else None)
            if copy is None or not self._equal(self._original(step), copy, step):
                raise StateDamaged(
                    f'Serial {step.meta.serial} in {self.target.describe()} is not what was copied there.',
                    help_text='The source is as it was. Do not use the target; look after its server or disk first.',
                )
            self.progress('verify', number, len(kept))
        return len(kept)

    def _equal(self, original: State, copy: State, step: Step) -> bool:
        if not same(original.inventory, copy.inventory):
            return False
        return not self.target.accounted or (
            copy.meta == _account(step, original) and same(original.source, copy.source)
        )

    def _told(self, steps: Steps, copied: t.Sequence[Meta], kept: int | None = None) -> Migration:
        """The outcome. kept: how many states the target keeps, once that is known."""
        missing = {meta.serial for meta in copied}
        present = tuple(step.meta for step in steps.steps if step.meta.serial not in missing)
        warnings = (*steps.warnings, *self.source.storage.take_notices(), *self.target.storage.take_notices())
        usual = self.target.storage.options.keep + 1
        if kept is not None and kept < len(steps.steps):
            warnings += (_dropped(self.target.storage, len(steps.steps) - kept),)
        elif self.target.accounted and len(steps.steps) > usual:
            warnings += (_more_than_usual(self.target.storage, len(steps.steps) - usual),)
        return Migration(self.source.describe(), self.target.describe(), tuple(copied), present, warnings)

    def _left(self, steps: Steps, copied: t.Sequence[Meta], kept: int) -> Migration:
        """The outcome, with the note of what was seen left for the next run."""
        outcome = self._told(steps, copied, kept)
        newest = steps.newest
        seen = Seen(self.target.storage.NAME, newest.lineage, newest.serial)
        if not self.target.accounted:
            seen = Seen(self.target.storage.NAME, '', 0)
        last_seen = self._last_seen()
        if last_seen and not last_seen.leave(self.target.storage.region, seen):
            return dataclasses.replace(outcome, warnings=(*outcome.warnings, last_seen.not_left()))
        return outcome

    def _last_seen(self) -> LastSeen | None:
        config_dir = self.target.storage.options.config_dir
        return LastSeen(config_dir) if config_dir else None


def _read(states: States, serial: int | None = None) -> State | None:
    """A state of a storage. Raises StateSealed for one that is encrypted, and not decrypted."""
    state = states.read(serial)
    if state:
        refuse_encrypted(state.inventory, states.describe())
    return state


def _account(step: Step, state: State) -> Meta:
    """The account of a step, with what a history of encrypted states does not tell."""
    if state.meta.sha256 == step.meta.sha256:
        return step.meta
    return dataclasses.replace(
        step.meta, sha256=state.meta.sha256, parent=state.meta.parent, input_digest=state.meta.input_digest
    )


@contextlib.contextmanager
def _keeping(target: Storage, states: int) -> t.Iterator[None]:
    """Let the target keep all copied states, whatever it keeps else."""
    options = target.options
    target.options = dataclasses.replace(options, keep=max(options.keep, states))
    try:
        yield
    finally:
        target.options = options


def _without_accounts(target: Storage) -> Notice:
    return Notice(
        f'{target.describe()} keeps neither accounts nor older states: only the newest inventory is copied.',
        help_text='The source keeps the others; do not remove it as long as they are of use.',
    )


def _dropped(target: Storage, count: int) -> Notice:
    return Notice(
        f'{target.describe()} did not keep the {count} oldest states.',
        help_text='The source keeps them; do not remove it as long as they are of use.',
    )


def _more_than_usual(target: Storage, count: int) -> Notice:
    return Notice(
        f"{target.describe()} keeps {target.options.keep} older states (option 'keep'): the next change drops the"
        f' {count} oldest of those copied.',
        help_text="Raise 'keep' in the inventory source if they are of use.",
    )
