# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two inventories."""

from __future__ import annotations

import collections.abc
import dataclasses
import json
import typing as t

from ..inventory import Inventory, groups_of, hostvars_of, vars_of
from ..words import printable

ABSENT = object()
"""Stands for a value that one side does not have."""


@dataclasses.dataclass(frozen=True)
class Difference:
    """One difference.

    subject: `host` or `group`. name: of the host or group. key: the variable, `hosts` or `children`; '' for the whole.
    before, after: the values, `ABSENT` where there is none. Members of groups are single: one difference for each.
    """

    subject: t.Literal['host', 'group']
    name: str
    key: str
    before: t.Any
    after: t.Any

    def __str__(self) -> str:
        """One line, such as `~ host infra1 rack: "r1" -> "r2"`."""
        sign = '+' if self.before is ABSENT else '-' if self.after is ABSENT else '~'
        head = printable(f'{sign} {self.subject} {self.name}{" " + self.key if self.key else ""}')
        if not self.key:
            return head
        values = [json.dumps(value, sort_keys=True) for value in (self.before, self.after) if value is not ABSENT]
        return f'{head}: {" -> ".join(values)}'


def differences(before: Inventory, after: Inventory) -> list[Difference]:
    """All differences, hosts first, in the order of their names; the order of members does not count."""
    return [
        *_compare('host', hostvars_of(before), hostvars_of(after), _variables),
        *_compare('group', groups_of(before), groups_of(after), _parts),
    ]


_Compare = collections.abc.Callable[[t.Any, t.Any], collections.abc.Iterator[tuple[str, t.Any, t.Any]]]


def _compare(
    subject: t.Literal['host', 'group'], old: dict[str, t.Any], new: dict[str, t.Any], compare: _Compare
) -> collections.abc.Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield Difference(subject, name, '', ABSENT, new[name])
        elif name not in new:
            yield Difference(subject, name, '', old[name], ABSENT)
        else:
            for key, one, other in compare(old[name] or {}, new[name] or {}):
                yield Difference(subject, name, key, one, other)


def _variables(old: dict[str, t.Any], new: dict[str, t.Any]) -> collections.abc.Iterator[tuple[str, t.Any, t.Any]]:
    for key in sorted(old.keys() | new.keys()):
        one, other = old.get(key, ABSENT), new.get(key, ABSENT)
        if one is ABSENT or other is ABSENT or not _same(one, other):
            yield key, one, other


def _parts(old: dict[str, t.Any], new: dict[str, t.Any]) -> collections.abc.Iterator[tuple[str, t.Any, t.Any]]:
    for kind in ('hosts', 'children'):
        one, other = old.get(kind) or [], new.get(kind) or []
        lost, gained = set(one).difference(other), set(other).difference(one)
        yield from ((kind, name, ABSENT) for name in one if name in lost)
        yield from ((kind, ABSENT, name) for name in other if name in gained)
    yield from _variables(vars_of(old), vars_of(new))


def _same(one: t.Any, other: t.Any) -> bool:
    """Equal as JSON: 1, 1.0 and true differ, and so do mappings that only Python takes for equal."""
    return one == other and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
