# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Positions of list members with gaps between them, so that one more member is one more row."""

from __future__ import annotations

import bisect
import collections
import dataclasses
import itertools
import typing as t

STEP = 1 << 20
"""The distance between the positions of neighbours in a list that was written at once."""


@dataclasses.dataclass(frozen=True)
class Rearrangement:
    """How to turn one list of placed members into another.

    removed: positions that are to go, first. added: positions and their members, after that.
    """

    removed: tuple[int, ...]
    added: tuple[tuple[int, str], ...]


def rearrange(placed: t.Sequence[tuple[int, str]], wanted: t.Sequence[str]) -> Rearrangement:
    """The least change that makes the placed members those that are wanted, in that order.

    placed: positions with their members, by position. wanted: the members; a name may come more than once.
    Only where a gap has been used up is everything placed anew.
    """
    kept = _kept([name for _position, name in placed], wanted)
    anchors = [(new, placed[old][0]) for old, new in kept] or [(0, 0)]
    anchors.insert(0, (-1, anchors[0][1] - STEP * (anchors[0][0] + 1)))
    if not kept:
        anchors.pop()
    anchors.append((len(wanted), anchors[-1][1] + STEP * (len(wanted) - anchors[-1][0])))
    added: list[tuple[int, str]] = []
    for (before, low), (after, high) in itertools.pairwise(anchors):
        names = wanted[before + 1 : after]
        if len(names) >= high - low:
            everything = ((index * STEP, name) for index, name in enumerate(wanted))
            return Rearrangement(tuple(position for position, _name in placed), tuple(everything))
        added += [(low + (high - low) * (i + 1) // (len(names) + 1), name) for i, name in enumerate(names)]
    stay = {old for old, _new in kept}
    return Rearrangement(tuple(place[0] for i, place in enumerate(placed) if i not in stay), tuple(added))


def _kept(old: t.Sequence[str], new: t.Sequence[str]) -> list[tuple[int, int]]:
    """The longest list of index pairs (old, new) of equal names, both rising: members that need no move."""
    start = next((i for i, (left, right) in enumerate(zip(old, new, strict=False)) if left != right), None)
    if start is None:
        start = min(len(old), len(new))
    rest = _longest_rise(old[start:], new[start:])
    return [*((i, i) for i in range(start)), *((start + left, start + right) for left, right in rest)]


def _longest_rise(old: t.Sequence[str], new: t.Sequence[str]) -> list[tuple[int, int]]:
    """The same by patience sorting: `tails[n]` is the smallest new index at which n + 1 rising pairs can end."""
    places: dict[str, collections.deque[int]] = collections.defaultdict(collections.deque)
    for index, name in enumerate(new):
        places[name].append(index)
    tails: list[int] = []
    ends: list[int] = []
    pairs: list[tuple[int, int]] = []
    before: list[int | None] = []
    for old_index, name in enumerate(old):
        if not places[name]:
            continue
        new_index = places[name].popleft()
        length = bisect.bisect_left(tails, new_index)
        before.append(ends[length - 1] if length else None)
        tails[length : length + 1] = [new_index]
        ends[length : length + 1] = [len(pairs)]
        pairs.append((old_index, new_index))
    chain: list[tuple[int, int]] = []
    link = ends[-1] if ends else None
    while link is not None:
        chain.append(pairs[link])
        link = before[link]
    return chain[::-1]
