# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fitting values to JSON: what the inventory, and the storages of it, can hold."""

from __future__ import annotations

import datetime
import math
import typing as t

from ..places import ConfiguredTemplate, ConfiguredUnsafe, ConfiguredVault, Place, PlacedDict, PlacedList
from .problems import Problems, kind, path_text

_SCALARS = frozenset({str, int, bool, type(None), ConfiguredTemplate, ConfiguredUnsafe, ConfiguredVault})


def fit_mapping(mapping: PlacedDict, problems: Problems) -> dict[str, t.Any]:
    """A copy of plain dictionaries and lists with text keys.

    Dates become text; so do keys that are numbers, booleans, null or dates. Text that may be a template, and vaulted
    text, keep their classes. Into `problems`, as errors: numbers that JSON does not have, sets, binary data, and keys
    that become the same text.
    """
    return _Fitting(problems).mapping(mapping)


class _Fitting:
    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._path: list[t.Any] = []

    def mapping(self, mapping: PlacedDict) -> dict[str, t.Any]:
        fitted: dict[str, t.Any] = {}
        for key, value in mapping.items():
            if type(value) in _SCALARS and isinstance(key, str):
                fitted[key] = value
                continue
            self._path.append(key)
            text = self._key(key, mapping.key_places[key])
            if len(mapping) > 1 and text != key and text in mapping:
                self._error(f"Keys {text} and '{text}' of one mapping are the same as text.", mapping.key_places[key])
            fitted[text] = self._value(value, mapping.value_places[key])
            self._path.pop()
        return fitted

    def _sequence(self, sequence: PlacedList) -> list[t.Any]:
        fitted: list[t.Any] = []
        for number, value in enumerate(sequence):
            self._path.append(number)
            fitted.append(value if type(value) in _SCALARS else self._value(value, sequence.places[number]))
            self._path.pop()
        return fitted

    def _value(self, value: t.Any, place: Place) -> t.Any:
        if isinstance(value, PlacedDict):
            return self.mapping(value)
        if isinstance(value, PlacedList):
            return self._sequence(value)
        if type(value) in _SCALARS or (isinstance(value, float) and math.isfinite(value)):
            return value
        if isinstance(value, datetime.date):
            return value.isoformat()
        shown = str(value) if isinstance(value, float) else kind(value)
        self._error(f"Value '{path_text(self._path)}' is {shown}, which JSON cannot hold.", place)
        return None

    def _key(self, key: t.Any, place: Place) -> str:
        """The text of a key: for booleans and null that of JSON."""
        if isinstance(key, str):
            return key
        if key is None:
            return 'null'
        if isinstance(key, bool):
            return str(key).lower()
        if isinstance(key, datetime.date):
            return key.isoformat()
        if not isinstance(key, (int, float)) or not math.isfinite(key):
            self._error(f"Key '{path_text(self._path)}' is {kind(key)} that JSON cannot hold.", place)
        return str(key)

    def _error(self, message: str, place: Place) -> None:
        self._problems.error(message, place, str(self._path[-1]), 'Write it as text in quotes, or as a list.')
