# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Typed access to the mappings of a configuration: every value of a wrong kind becomes an error with its key path."""

from __future__ import annotations

import typing as t

from ..places import ConfiguredTemplate, ConfiguredVault, Place, PlacedDict, PlacedList
from .problems import Problems, instead, instead_of_kind

_TEMPLATE_HELP = 'It is needed before templates are evaluated: write the value itself.'
_VAULT_HELP = 'It is needed before anything is decrypted: write the value itself.'
_QUOTE_HELP = 'Write text; put in quotes what YAML would read as a number, a boolean or a date.'


class Fields:
    """One mapping, where it stands, and where its mistakes go.

    All methods return None for a key that is absent or null, and for a value of a wrong kind, which they note.
    """

    def __init__(self, mapping: PlacedDict, path: str, problems: Problems) -> None:
        self.mapping = mapping
        self.path = path
        self.problems = problems

    def path_of(self, key: str) -> str:
        """The key path of one of the fields."""
        return f'{self.path}.{key}' if self.path else key

    def place(self, key: str) -> Place:
        """Where the value of a field stands."""
        return self.mapping.value_places[key]

    def error(self, key: str, message: str, help_text: str | None = None) -> None:
        """Note that the value of a field is wrong."""
        self.problems.error(message, self.place(key), key, help_text)

    def text(self, key: str, wanted: str = 'text', *, template: bool = False) -> str | None:
        """Text; `template` says whether it may be a template."""
        value = self.mapping.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self._wrong(key, wanted, _QUOTE_HELP)
            return None
        if isinstance(value, ConfiguredTemplate) and not template:
            self.error(key, f"Value '{self.path_of(key)}' is a template instead of {wanted}.", _TEMPLATE_HELP)
            return None
        return value

    def boolean(self, key: str) -> bool | None:
        """True or false."""
        value = self.mapping.get(key)
        if value is None or isinstance(value, bool):
            return value
        self._wrong(key, 'true or false', 'Write true or false without quotes.')
        return None

    def mapping_at(self, key: str) -> PlacedDict | None:
        """A mapping."""
        value = self.mapping.get(key)
        if value is None or isinstance(value, PlacedDict):
            return value
        self._wrong(key, 'a mapping', "Write lines such as 'name: value' below it.")
        return None

    def sequence(self, key: str) -> PlacedList | None:
        """A list."""
        value = self.mapping.get(key)
        if value is None or isinstance(value, PlacedList):
            return value
        self._wrong(key, 'a list', "Write each entry on a line of its own, after '- '.")
        return None

    def texts(self, key: str, *, single: bool = False) -> tuple[str, ...] | None:
        """A list of text, none of it templates.

        single: text alone is a list of one, and an empty mapping is an empty list.
        """
        value = self.mapping.get(key)
        if single and isinstance(value, str):
            text = self.text(key)
            return None if text is None else (text,)
        if single and isinstance(value, PlacedDict) and not value:
            return ()
        items = self.sequence(key)
        return None if items is None else tuple(self._items(key, items))

    def _items(self, key: str, items: PlacedList) -> t.Iterator[str]:
        for number, item in enumerate(items):
            if isinstance(item, str) and not isinstance(item, ConfiguredTemplate):
                yield item
            else:
                message = instead(f'{self.path_of(key)}[{number}]', item, 'text')
                self.problems.error(message, items.places[number], key, _QUOTE_HELP)

    def _wrong(self, key: str, wanted: str, help_text: str) -> None:
        value = self.mapping[key]
        if isinstance(value, ConfiguredVault):
            help_text = _VAULT_HELP
        self.error(key, instead_of_kind(self.path_of(key), value, wanted), help_text)
