# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How costs grow with the number of hosts."""

from __future__ import annotations

import dataclasses
import math
import typing as t


@dataclasses.dataclass(frozen=True)
class Growth:
    """Seconds that one operation takes at N, 2N, 4N hosts."""

    what: str
    hosts: tuple[int, ...]
    seconds: tuple[float, ...]

    @property
    def exponent(self) -> float:
        """What the number of hosts is raised to, from the first size to the last: 1 is linear, 2 quadratic."""
        return _exponent(self.hosts[0], self.hosts[-1], self.seconds[0], self.seconds[-1])

    @property
    def last(self) -> float:
        """The same over the last doubling, where what is the same for every size weighs least."""
        return _exponent(*self.hosts[-2:], *self.seconds[-2:])


def _exponent(fewer: int, more: int, before: float, after: float) -> float:
    return math.log(after / before) / math.log(more / fewer)


def growths(seconds: t.Iterable[tuple[str, int, float]]) -> list[Growth]:
    """From what, hosts and seconds."""
    found: dict[str, dict[int, float]] = {}
    for what, hosts, value in seconds:
        found.setdefault(what, {})[hosts] = value
    return [Growth(what, tuple(sorted(by)), tuple(by[hosts] for hosts in sorted(by))) for what, by in found.items()]
