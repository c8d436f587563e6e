# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that know where they were written.

The configuration reader returns mappings and sequences of these classes. They are dictionaries and lists in every
respect; besides, each remembers the place of its keys and values. Scalars are plain, but for two kinds whose origin
decides what they may do: text that Ansible could take for a template, and vaulted text.
"""

from __future__ import annotations

import typing as t

VAULT_KEY = '__ansible_vault'
"""The key under which vaulted text stands in JSON inventories (Ansible's own convention)."""

TEMPLATE_MARKS = ('{{', '{%', '{#')
TEMPLATE_HEADER = '#jinja2:'


class Place(t.NamedTuple):
    """A place in a file; line and column start at 1. A named tuple, as a configuration has 50,000 of them and more."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f'{self.file}:{self.line}:{self.column}'


class PlacedDict(dict[t.Any, t.Any]):
    """A mapping of the configuration.

    place: where the mapping itself starts.
    key_places, value_places: where each key and each value stands.
    """

    __slots__ = ('key_places', 'place', 'value_places')

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.key_places: dict[t.Any, Place] = {}
        self.value_places: dict[t.Any, Place] = {}

    def put(self, key: t.Any, value: t.Any, key_place: Place, value_place: Place) -> None:
        """Set a value with its places; a key that is there already keeps its position."""
        self[key] = value
        self.key_places[key] = key_place
        self.value_places[key] = value_place


class PlacedList(list[t.Any]):
    """A sequence of the configuration; `places` has one place for each item."""

    __slots__ = ('place', 'places')

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: list[Place] = []

    def add(self, value: t.Any, place: Place) -> None:
        """Append an item with its place."""
        self.append(value)
        self.places.append(place)


class ConfiguredTemplate(str):
    """Text of the deployer's own configuration that looks like a template, so may be one: trusted, with its place."""

    __slots__ = ('place',)
    place: Place

    def __new__(cls, text: str, place: Place) -> ConfiguredTemplate:
        self = super().__new__(cls, text)
        self.place = place
        return self

    def __reduce__(self) -> tuple[type[ConfiguredTemplate], tuple[str, Place]]:
        return type(self), (str(self), self.place)


class ConfiguredUnsafe(str):
    """Text that the deployer marked `!unsafe`: never a template, whatever it looks like."""

    __slots__ = ()


class ConfiguredVault(dict[str, str]):
    """Vaulted text of the configuration, still sealed; it equals the mapping that a stored inventory has for it."""

    __slots__ = ('place',)

    def __init__(self, ciphertext: str, place: Place) -> None:
        super().__init__({VAULT_KEY: ciphertext})
        self.place = place


def looks_like_template(text: str) -> bool:
    """Whether Ansible could take the text for a template."""
    return ('{' in text and any(mark in text for mark in TEMPLATE_MARKS)) or text.startswith(TEMPLATE_HEADER)
