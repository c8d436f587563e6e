# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the next run would change, told without what is left to chance."""

from __future__ import annotations

import dataclasses
import typing as t

from ..canonical import same
from ..generator.choice import Choice
from ..inventory import Inventory
from ..results import Change, Kind, Notice, Result
from .difference import ABSENT, Difference, differences

DRAWN = '*'
"""Stands for a suffix or an address that is drawn at random, and so will be another one in the next run."""

_ALTERED = (Kind.ALTERED_HOST, Kind.ALTERED_GROUP)


@dataclasses.dataclass(frozen=True)
class Plan:
    """What the next run would change.

    differs: whether it would store anything.
    made: what is new, `altered host` and `altered group` left out: those are told by `differences`.
    differences: how hosts and groups that are stored already would change.
    unconfigured: physical hosts that left the configuration; they stay, so they are not a change.
    summary: the changes as counts. warnings: what the run would warn about.
    """

    differs: bool
    made: tuple[Change, ...]
    differences: tuple[Difference, ...]
    unconfigured: tuple[str, ...]
    summary: str
    warnings: tuple[Notice, ...]


def announce(stored: Inventory | None, result: Result, choice: Choice) -> Plan:
    """The plan of a run of the generator that gives `result` for what is stored (None: nothing)."""
    chance = _Chance(result.changes, choice)
    counted = tuple(change for change in result.changes if change.kind != Kind.UNCONFIGURED)
    return Plan(
        differs=stored is None or not same(stored, result.inventory),
        made=tuple(chance.hide_in_change(change) for change in counted if change.kind not in _ALTERED),
        differences=tuple(chance.hide_in_difference(one) for one in _alterations(stored or {}, result)),
        unconfigured=tuple(change.name for change in result.changes if change.kind == Kind.UNCONFIGURED),
        summary=dataclasses.replace(result, changes=counted).summary(),
        warnings=result.warnings,
    )


def _alterations(stored: Inventory, result: Result) -> t.Iterator[Difference]:
    """The differences without those that are hosts and groups as a whole; members in another order also count."""
    told: set[str] = set()
    for difference in differences(stored, result.inventory):
        if difference.key:
            told.add(difference.name)
            yield difference
    for change in result.changes:
        if change.kind == Kind.ALTERED_GROUP and change.name not in told:
            before, after = stored[change.name] or {}, result.inventory[change.name] or {}
            for kind in ('hosts', 'children'):
                if before.get(kind) != after.get(kind):
                    yield Difference('group', change.name, kind, before.get(kind), after.get(kind))


class _Chance:
    """Knows what was drawn at random, and puts `DRAWN` in its place."""

    def __init__(self, changes: t.Iterable[Change], choice: Choice) -> None:
        self._names: dict[str, str] = {}
        self._addresses: dict[str, set[str]] = {}
        for change in changes:
            if change.kind == Kind.CONTAINER and choice.naming == 'random':
                self._names[change.name] = f'{change.name.rpartition("-")[0]}-{DRAWN}'
            if change.kind == Kind.ADDRESS and choice.allocation == 'random':
                self._addresses.setdefault(change.name, set()).add(change.address)

    def hide_in_change(self, change: Change) -> Change:
        drawn = change.kind == Kind.ADDRESS and change.name in self._addresses
        name = self._names.get(change.name, change.name)
        return dataclasses.replace(change, name=name, address=DRAWN if drawn else change.address)

    def hide_in_difference(self, difference: Difference) -> Difference:
        after = difference.after
        if difference.subject == 'group' and isinstance(after, str) and difference.key == 'hosts':
            after = self._names.get(after, after)
        elif difference.subject == 'host' and after is not ABSENT:
            after = _without(after, self._addresses.get(difference.name, set()))
        return dataclasses.replace(difference, after=after)


def _without(value: t.Any, addresses: set[str]) -> t.Any:
    """The value with `DRAWN` in the place of each of the addresses."""
    if isinstance(value, str):
        return DRAWN if value in addresses else value
    if isinstance(value, dict) and addresses:
        return {key: _without(part, addresses) for key, part in value.items()}
    return value
