# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merge keys (`<<`): what they give a mapping, and where PyYAML 6.0.4 would give it another value.

They mean what they meant in PyYAML up to 6.0.3, whatever is installed: existing deployments were made with that. PyYAML
6.0.4 has another rule. It is applied here only to warn, as files of `group_vars` are read by it.
"""

from __future__ import annotations

import collections.abc as c
import itertools
import typing as t

from .. import words
from ..places import Place, PlacedDict, PlacedList
from .problems import Problems, path_text


class _MergeKey:
    def __str__(self) -> str:
        return '<<'


MERGE_KEY: t.Final = _MergeKey()
"""Stands for a merge key in a key path; the text '<<' in quotes is a key as any other."""


class _Pair(t.NamedTuple):
    """A key with its value, and where the value stands."""

    key: t.Any
    value: t.Any
    value_place: Place
    identity: t.Any
    """By this PyYAML 6.0.4 takes keys for the same."""


class MergeKeys:
    """Applies the merge keys of one or several files, and notes the values that differ in PyYAML 6.0.4."""

    def __init__(self) -> None:
        self._differing: list[tuple[str, Place]] = []
        self._later_pairs: dict[Place, list[_Pair]] = {}
        """What PyYAML 6.0.4 makes of a mapping, by its place, unless that is the pairs that it has here."""

    def apply(
        self, own: PlacedDict, sources: c.Sequence[c.Sequence[PlacedDict]], path: c.Sequence[t.Any]
    ) -> PlacedDict:
        """The mapping with what its merge keys add.

        own: the keys of the mapping itself; path: its key path; sources: what each `<<` names, all as they are written.
        The first of a list and the last of several `<<` count, and the mapping's own keys count more than both. Those
        that count less stand before those that count more; a key keeps its first position.
        """
        merged = PlacedDict(own.place)
        for source in (*(source for listed in sources for source in reversed(listed)), own):
            merged.update(source)
            merged.key_places.update(source.key_places)
            merged.value_places.update(source.value_places)
        self._compare(merged, self._read_by_later_pyyaml(own, itertools.chain.from_iterable(sources)), path)
        return merged

    def warn(self, problems: Problems) -> None:
        """One warning for all values that differ in PyYAML 6.0.4."""
        if not self._differing:
            return
        names = words.listed(f"'{path}'" for path, _place in self._differing)
        problems.warn(
            f"With PyYAML 6.0.4, merge keys ('<<') give another value than here and in earlier releases to {names}.",
            self._differing[0][1],
            "Write the key in the mapping itself, beside '<<': its value is then the same in every release.",
        )

    def _read_by_later_pyyaml(self, own: PlacedDict, sources: c.Iterable[PlacedDict]) -> list[_Pair]:
        """What PyYAML 6.0.4 makes of it, keys that stand in it twice included: of those the last counts.

        Of all pairs that are merged it drops those whose key is, as an object in memory, the text of an earlier one.
        """
        pairs: dict[t.Any, _Pair] = {}
        for source in sources:
            for pair in self._later_pairs.get(source.place) or _pairs(source):
                pairs.setdefault(pair.identity, pair)
        return [*pairs.values(), *_pairs(own)]

    def _compare(self, merged: PlacedDict, pairs: list[_Pair], path: c.Sequence[t.Any]) -> None:
        later = {pair.key: pair for pair in pairs}
        places = merged.value_places
        others = [key for key in merged if key not in later or later[key].value_place != places[key]]
        if others or len(pairs) > len(merged):
            self._later_pairs[merged.place] = pairs
        if _is_merged_itself(path):
            return
        for key in others:
            if key not in later or not _same(later[key].value, merged[key]):
                self._differing.append((path_text((*path, key)), merged.place))


def _is_merged_itself(path: c.Sequence[t.Any]) -> bool:
    """Whether a mapping stands below a merge key, alone or in its list: then only what is made of it is a value."""
    in_list = bool(path) and isinstance(path[-1], int)
    return path[-2 if in_list else -1 :][:1] == [MERGE_KEY]


def _pairs(mapping: PlacedDict) -> list[_Pair]:
    key_places, value_places = mapping.key_places, mapping.value_places
    return [_Pair(key, value, value_places[key], _identity(key, key_places[key])) for key, value in mapping.items()]


def _identity(key: t.Any, place: Place) -> t.Any:
    """What stands for the object in memory that has the text of a key.

    Python has one object for each text of at most one character, up to U+00FF. Every other text is an object of its
    own, so that a key is the same only when it comes from the same place, through two mappings that merge one.
    """
    text = key if isinstance(key, str) else str(key)
    return str(text) if len(text) < 2 and text <= '\xff' else place


def _same(one: t.Any, other: t.Any) -> bool:
    """Whether two values are the same in JSON: 1, 1.0 and true differ, the order of keys does not count."""
    if isinstance(one, PlacedDict) and isinstance(other, PlacedDict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, PlacedList) and isinstance(other, PlacedList):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)
