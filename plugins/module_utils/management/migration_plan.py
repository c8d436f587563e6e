# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which states a migration copies, under which accounts, and from where it goes on in a target that has some."""

from __future__ import annotations

import dataclasses
import typing as t
import uuid

from ..errors import StateConflict
from ..results import Notice
from ..storage.contract import Meta

_NAMESPACE = uuid.UUID('7f3b0a52-5d0c-5a3e-9d55-1f0c6f0a9b11')
"""For ids of states that were stored without: the same each time, so that a migration can be run again."""


@dataclasses.dataclass(frozen=True)
class Step:
    """A state to be copied. serial: under which the source has it. meta: its account in the target."""

    serial: int
    meta: Meta


@dataclasses.dataclass(frozen=True)
class Steps:
    """All states that a target is to have, oldest first, at least one; and what to tell about those left out."""

    steps: tuple[Step, ...]
    warnings: tuple[Notice, ...] = ()

    @property
    def newest(self) -> Meta:
        return self.steps[-1].meta

    def following(self, there: t.Sequence[Meta], where: str) -> int:
        """How many of the steps a target has behind it.

        there: the accounts of its states, newest first; where: the target, for people.
        Raises StateConflict unless they are the beginning of the steps.
        """
        if not there:
            return 0
        own = {step.meta.serial: step.meta for step in self.steps}
        for meta in there:
            pruned = meta.serial < self.steps[0].meta.serial and meta.lineage == self.newest.lineage
            if not pruned and _identity(own.get(meta.serial)) != _identity(meta):
                raise self._refusal(meta, there[0], where)
        return sum(step.meta.serial <= there[0].serial for step in self.steps)

    def _refusal(self, meta: Meta, newest: Meta, where: str) -> StateConflict:
        if newest.lineage != self.newest.lineage:
            what = 'the states of another lineage'
        elif newest.serial > self.newest.serial:
            what = 'newer states than the source'
        else:
            what = f'another serial {meta.serial} than the source'
        about = f' ({newest.message})' if newest.message else ''
        return StateConflict(
            f'{where} holds {what}: {newest.writer} wrote serial {newest.serial} at {newest.written_at}{about}.',
            help_text='Nothing was changed. Choose an empty region of the target (options tenant and region), or copy'
            ' in the other direction if the target is right.',
        )


def steps_of(history: t.Sequence[Meta], keep: int | None = None) -> Steps:
    """The steps for the states of a source.

    history: their accounts, newest first, at least one. keep: how many older states to copy at most; None for all.
    States without lineage or `write_id`, such as those of OSA's own script, get some that follow from what they are.
    """
    chosen = list(reversed(history if keep is None else history[: keep + 1]))
    if not history[0].lineage:
        return Steps(_numbered(chosen))
    lineage = history[0].lineage
    fitting = [meta for meta in chosen if meta.serial >= 0 and meta.lineage in (lineage, '')]
    left_out = len(chosen) - len(fitting)
    warnings = (_left_out(left_out),) if left_out else ()
    return Steps(tuple(Step(meta.serial, _accounted(meta, lineage)) for meta in fitting), warnings)


def _numbered(metas: t.Sequence[Meta]) -> tuple[Step, ...]:
    """Steps for states that were never given an account, numbered from the oldest on."""
    lineage = str(uuid.uuid5(_NAMESPACE, metas[0].sha256))
    steps: list[Step] = []
    for number, meta in enumerate(metas, start=1):
        parent = steps[-1].meta.sha256 if steps else None
        numbered = dataclasses.replace(meta, serial=number, parent=parent)
        steps.append(Step(meta.serial, _accounted(numbered, lineage)))
    return tuple(steps)


def _accounted(meta: Meta, lineage: str) -> Meta:
    write_id = meta.write_id or str(uuid.uuid5(_NAMESPACE, f'{lineage} {meta.serial} {meta.sha256}'))
    return dataclasses.replace(meta, lineage=lineage, write_id=write_id)


def _identity(meta: Meta | None) -> tuple[str, int, str] | None:
    """What is the same in every storage; the digest is not, where states are encrypted."""
    return (meta.lineage, meta.serial, meta.write_id) if meta else None


def _left_out(count: int) -> Notice:
    subject = 'One older state has' if count == 1 else f'{count} older states have'
    return Notice(
        f'{subject} no account, and cannot be copied before states that have one.',
        help_text='They stay in the source; keep it as long as they are of use.',
    )
