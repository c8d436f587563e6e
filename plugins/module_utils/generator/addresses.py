# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pools of addresses: what is free on a network, at a cost that does not depend on the size of the network."""

from __future__ import annotations

import bisect
import collections.abc
import dataclasses
import itertools
import typing as t

from ..addresses import address_of, text_of
from ..configuration.model import AddressRange, Network
from ..errors import GenerationError
from .choice import Choice

PROPOSALS = 16
"""How many are tried before the free addresses are counted: on a half-full network all fail once in 65,536 times."""


@dataclasses.dataclass
class Taken:
    """All addresses that must not be given out, of every network, as numbers by IP version.

    Made once, when the first address is drawn: a run that draws none never pays for it.
    """

    singles: dict[int, set[int]]
    ranges: dict[int, list[tuple[int, int]]]

    @classmethod
    def collect(
        cls, reserved: collections.abc.Iterable[AddressRange], stored: collections.abc.Iterable[t.Any]
    ) -> Taken:
        """From the reserved ranges of the configuration and the values of the stored inventory, addresses or not."""
        taken = cls({4: set(), 6: set()}, {4: [], 6: []})
        for item in reserved:
            taken.ranges[item.version].append((item.first, item.last))
        for text in set(filter(_may_be_address, stored)):
            found = address_of(text)
            if found:
                taken.singles[found.version].add(found.number)
        return taken


def _may_be_address(value: t.Any) -> bool:
    return isinstance(value, str) and (value[:1].isdigit() or ':' in value)


class Pool:
    """The addresses of one network; `take` gives a free one away."""

    def __init__(self, network: Network, taken: Taken, choice: Choice) -> None:
        """taken is shared between pools: networks may overlap."""
        self.network = network
        self._choice = choice
        self._taken = taken.singles[network.version]
        self._first, self._last = network.first + 1, network.last - 1  # never the network or broadcast address
        self._ranges = _merged(self._clipped(taken.ranges[network.version]))
        self._starts = [first for first, _last in self._ranges]
        self._in_ranges = sum(last - first + 1 for first, last in self._ranges)
        self._counted: list[tuple[int, int]] = []
        self._ends: list[int] = []

    @property
    def size(self) -> int:
        """How many addresses the network has for hosts, free or not."""
        return max(0, self._last - self._first + 1)

    def free(self) -> int:
        """How many addresses can still be given out."""
        return sum(last - first + 1 for first, last in self._gaps())

    def has(self, count: int) -> bool:
        """Whether so many can still be given out; they are only counted where that is in doubt."""
        return self.size - self._in_ranges - len(self._taken) >= count or self.free() >= count

    def take(self, host: str) -> str:
        """A free address, in text form, for the host; it is not free afterwards.

        Raises GenerationError when none is left.
        """
        if self.size:
            for offset in self._choice.offsets(self.network.name, host, self.size, PROPOSALS):
                if self._is_free(self._first + offset):
                    return self._give(self._first + offset)
        return self._give(self._pick(host))

    def _is_free(self, number: int) -> bool:
        if number in self._taken:
            return False
        position = bisect.bisect_right(self._starts, number) - 1
        return position < 0 or number > self._ranges[position][1]

    def _give(self, number: int) -> str:
        self._taken.add(number)
        return text_of(self.network.version, number)

    def _pick(self, host: str) -> int:
        """One of the free addresses, for networks that are nearly full.

        They are counted once, and again only when most of those counted have been given away since: so the cost of one
        address stays small to the last.
        """
        while True:
            if not self._counted:
                self._counted = self._gaps()
                self._ends = list(itertools.accumulate(last - first + 1 for first, last in self._counted))
            if not self._counted:
                raise self._exhausted(host)
            for index in self._choice.offsets(self.network.name, host, self._ends[-1], PROPOSALS):
                position = bisect.bisect_right(self._ends, index)
                number = self._counted[position][1] - (self._ends[position] - 1 - index)
                if number not in self._taken:
                    return number
            self._counted = []

    def _gaps(self) -> list[tuple[int, int]]:
        """The free addresses as ranges."""
        singles = ((number, number) for number in self._taken if self._first <= number <= self._last)
        gaps, start = [], self._first
        for first, last in _merged([*self._ranges, *singles]):
            if first > start:
                gaps.append((start, first - 1))
            start = last + 1
        if start <= self._last:
            gaps.append((start, self._last))
        return gaps

    def _clipped(self, ranges: collections.abc.Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        clipped = ((max(first, self._first), min(last, self._last)) for first, last in ranges)
        return [(first, last) for first, last in clipped if first <= last]

    def _exhausted(self, host: str) -> GenerationError:
        return GenerationError(
            f"Network '{self.network.name}' ({self.network.cidr}) has no free address for '{host}': "
            f'1 needed, 0 left of {self.size}.',
            self.network.place,
            f"Give 'cidr_networks.{self.network.name}' a wider network, or take ranges out of 'used_ips'.",
        )


def _merged(ranges: collections.abc.Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same addresses as disjoint ranges in ascending order."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


class Pools:
    """The pools of a deployment by name of their network, each made when it is first asked for."""

    def __init__(
        self,
        networks: dict[str, Network],
        reserved: collections.abc.Iterable[AddressRange],
        stored: collections.abc.Callable[[], collections.abc.Iterable[t.Any]],
        choice: Choice,
    ) -> None:
        """stored gives the values of the inventory that may be addresses; it is called when the first pool is made."""
        self._networks = networks
        self._reserved = reserved
        self._stored = stored
        self._choice = choice
        self._taken: Taken | None = None
        self._pools: dict[str, Pool] = {}

    def __getitem__(self, name: str) -> Pool:
        if name not in self._pools:
            if self._taken is None:
                self._taken = Taken.collect(self._reserved, self._stored())
            self._pools[name] = Pool(self._networks[name], self._taken, self._choice)
        return self._pools[name]
