# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merging the files of a deployment: later files over earlier ones, the places of all values carried along."""

from __future__ import annotations

import collections.abc as c
import typing as t

from ..places import Place, PlacedDict, PlacedList
from .problems import Problems, kind, path_text

Path = tuple[t.Any, ...]


def merge_files(mappings: c.Iterable[PlacedDict], problems: Problems, siblings: c.Collection[str] = ()) -> PlacedDict:
    """One mapping out of those of several files, which are used up.

    A mapping with content merges key by key, at any depth; everything else replaces what was there, an empty mapping
    too; lists are never joined.
    siblings: names of files of one rank (those of `conf.d`), which are not meant to correct each other: two of them
    that give one key different values are warned about.
    Into `problems`: mappings over lists or scalars as errors, contradictions and emptied sections as warnings.
    """
    merger = _Merger(problems, frozenset(siblings))
    whole: PlacedDict | None = None
    for mapping in mappings:
        if not whole:
            whole = mapping
        else:
            merger.merge(whole, mapping, ())
    merger.warn_about_contradictions()
    return PlacedDict(Place('', 1, 1)) if whole is None else whole


class _Merger:
    def __init__(self, problems: Problems, siblings: frozenset[str]) -> None:
        self._problems = problems
        self._siblings = siblings
        self._contradictions: dict[Path, list[Place]] = {}

    def merge(self, base: PlacedDict, over: PlacedDict, path: Path) -> None:
        """Merge `over` into `base`."""
        for key, value in over.items():
            here = (*path, key)
            place = over.value_places[key]
            if key in base:
                former, former_place = base[key], base.value_places[key]
                if isinstance(value, PlacedDict) and value and former is not None:
                    self._merge_into(former, former_place, value, place, here)
                    continue
                self._note_replacement(former, former_place, value, place, here)
            base.put(key, value, over.key_places[key], place)

    def _merge_into(self, former: t.Any, former_place: Place, value: PlacedDict, place: Place, path: Path) -> None:
        if isinstance(former, PlacedDict):
            self.merge(former, value, path)
            return
        message = f"Value '{path_text(path)}' is a mapping here and {kind(former)} in {former_place}."
        self._problems.error(message, place, str(path[-1]), f'Write {kind(former)} here too, or remove one of the two.')

    def _note_replacement(self, former: t.Any, former_place: Place, value: t.Any, place: Place, path: Path) -> None:
        is_section = len(path) == 1 and isinstance(former, (PlacedDict, PlacedList)) and former
        if is_section and (value is None or (isinstance(value, (PlacedDict, PlacedList)) and not value)):
            self._problems.warn(
                f"Section '{path[0]}' is empty here and so replaces all {len(former)} entries it had before.",
                place,
                'Remove the key, unless the section is meant to be emptied.',
            )
        elif {place.file, former_place.file} <= self._siblings and _contradict(former, value):
            self._contradictions.setdefault(path, [former_place]).append(place)

    def warn_about_contradictions(self) -> None:
        """One warning for each key that files of one rank disagree on."""
        for path, places in self._contradictions.items():
            *others, last = (str(place) for place in places)
            self._problems.warn(
                f"Value '{path_text(path)}' is set differently in {', '.join(others)} and {last}; the last one counts.",
                places[-1],
                'Set it in one of the files only.',
            )


def _contradict(former: t.Any, value: t.Any) -> bool:
    """Whether they differ; `true` and `1` do."""
    return type(former) is not type(value) or former != value
