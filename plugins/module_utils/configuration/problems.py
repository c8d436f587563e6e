# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collecting what is wrong with a configuration, so that all of it is reported together.

Also here: the words in which values and names appear in messages.
"""

from __future__ import annotations

import collections.abc as c
import datetime
import typing as t

from ..errors import ConfigurationError, ConfigurationErrors
from ..places import ConfiguredTemplate, ConfiguredVault, Place, PlacedDict, PlacedList
from ..results import Notice
from ..words import counted, did_you_mean, near

MOST_COMPARED = 1000
"""With how many known names one that is unknown is still compared: a large file may have many unknown ones."""

CLOSE = 0.8
"""How much they must be alike: names of hosts and groups are long and alike anyway, so more than elsewhere."""


class Problems:
    """Mistakes and warnings, as the checks find them."""

    def __init__(self) -> None:
        self._warnings: dict[Notice, None] = {}
        self._repeated: dict[tuple[str, str], _Repeated] = {}
        self._errors: list[ConfigurationError] = []
        self._seen: set[tuple[Place | None, str]] = set()

    def error(self, message: str, place: Place | None, key: str, help_text: str | None = None) -> None:
        """Note a mistake about `key` (the last part of its key path) at `place`.

        The same text can be met several times, by an alias or by two checks: the first mistake found there counts,
        all others would only follow from it.
        """
        if (place, key) not in self._seen:
            self._seen.add((place, key))
            self._errors.append(ConfigurationError(message, place, help_text))

    def add(self, error: ConfigurationError | ConfigurationErrors) -> None:
        """Note an error, or several, that somebody else raised; one that was noted before counts once."""
        for each in error.errors if isinstance(error, ConfigurationErrors) else (error,):
            if (each.place, each.message) not in self._seen:
                self._seen.add((each.place, each.message))
                self._errors.append(each)

    def warn(self, message: str, place: Place | None, help_text: str) -> None:
        """Note something that needs doing; the same notice is kept once."""
        self._warnings[Notice(message, place, help_text)] = None

    def __len__(self) -> int:
        """How many mistakes were noted."""
        return len(self._errors)

    def warn_once(self, message: str, path: str, place: Place, help_text: str) -> None:
        """Note something that many hosts may have in common: one warning says in how many places it is.

        message: with `{}` for the key path. What differs only in the path before the last key is the same.
        """
        repeated = _Repeated(message, path, place, help_text, set())
        self._repeated.setdefault((message, path.rpartition('.')[2]), repeated).places.add(place)

    @property
    def warnings(self) -> tuple[Notice, ...]:
        """The warnings in the order in which they were found, those that say how often last."""
        return (*self._warnings, *(each.notice() for each in self._repeated.values()))

    def raise_errors(self, files: c.Sequence[str] = ()) -> None:
        """Raise what was noted, in the order of `files` and of the lines in them; nothing noted, nothing raised."""
        order = {file: number for number, file in enumerate(files)}

        def position(error: ConfigurationError) -> tuple[int, int, int]:
            if error.place is None:
                return -1, 0, 0
            return order.get(error.place.file, len(order)), error.place.line, error.place.column

        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            raise ConfigurationErrors(sorted(self._errors, key=position))


class _Repeated(t.NamedTuple):
    """A warning with the place where it was met first, and all places where it was met."""

    message: str
    path: str
    place: Place
    help_text: str
    places: set[Place]

    def notice(self) -> Notice:
        """One warning for all of them."""
        more = len(self.places) - 1
        where = f"'{self.path}'" + (f' (and in {counted(more, "more place")})' if more else '')
        return Notice(self.message.replace('{}', where, 1), self.place, self.help_text)


def nearest(name: str, known: c.Iterable[str], ending: str = '') -> str:
    """`Did you mean 'x'? ` with the known name that is most like `name`; empty when none is like it.

    ending: what many of the names have in common, so is not compared, unless nothing is found without it.
    """
    names = list(known)
    suggestion = did_you_mean(name, names, CLOSE, ending) if len(names) <= MOST_COMPARED else ''
    return f'{suggestion} ' if suggestion else ''


def misspelt(wanted: str, given: c.Iterable[t.Any], known: c.Container[t.Any] = ()) -> str:
    """`Rename 'x' if that is meant. ` with the key that stands where `wanted` is missing and is most like it.

    known: keys that mean something else; empty when no other is like it.
    """
    names = [key for key in given if isinstance(key, str) and key not in known]
    found = near(wanted, names, CLOSE) if len(names) <= MOST_COMPARED else None
    return f"Rename '{found}' if that is meant. " if found else ''


def path_text(path: c.Iterable[t.Any]) -> str:
    """A key path as messages show it, such as `compute_hosts.c1.ip` or `used_ips[0]`."""
    return ''.join(map(_part_text, path)).removeprefix('.')


def _part_text(part: t.Any) -> str:
    if part is None or isinstance(part, bool):
        return f'.{_CONSTANTS[part]}'
    return f'[{part}]' if isinstance(part, int) else f'.{part}'


_CONSTANTS = {None: 'null', True: 'true', False: 'false'}


def kind(value: t.Any) -> str:
    """What a value of the configuration is, in words, such as `a list`."""
    for types, words in _KINDS:
        if isinstance(value, types):
            return words
    return f'a value of type {type(value).__name__}'


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), 'null'),
    (bool, 'a boolean'),
    (int, 'a whole number'),
    (float, 'a number'),
    (ConfiguredTemplate, 'a template'),
    (str, 'text'),
    (ConfiguredVault, 'vaulted text'),
    (PlacedDict, 'a mapping'),
    (PlacedList, 'a list'),
    (datetime.date, 'a date'),
    (bytes, 'binary data'),
    (set, 'a set'),
)


def shown(value: t.Any) -> str:
    """A value as messages show it: short ones as they are, with their kind where the text alone would mislead."""
    if isinstance(value, str):
        return quoted(value)
    if value is None or isinstance(value, (PlacedDict, PlacedList, ConfiguredVault, bytes, set)):
        return kind(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f'{text} ({kind(value)})'


def quoted(text: t.Any) -> str:
    """A name or text in single quotes, cut when it is long, line breaks made visible."""
    visible = str(text).encode('unicode_escape').decode() if not str(text).isprintable() else str(text)
    return f"'{visible if len(visible) <= 80 else visible[:77] + '...'}'"


def instead(path: str, value: t.Any, wanted: str) -> str:
    """The sentence for a value that is not what was wanted, such as `a network`."""
    return f"Value '{path}' is {shown(value)} instead of {wanted}."


def instead_of_kind(path: str, value: t.Any, wanted: str) -> str:
    """The same where another kind of value was wanted, such as `a list`: text is called so."""
    text = 'the text ' if isinstance(value, str) else ''
    return f"Value '{path}' is {text}{shown(value)} instead of {wanted}."
