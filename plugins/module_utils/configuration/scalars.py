# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scalars of YAML 1.1: from the text of a scalar to its value, exactly as PyYAML's safe loader does it."""

from __future__ import annotations

import typing as t

CORE = 'tag:yaml.org,2002:'
"""The beginning of the tags that YAML itself defines; `!!int` is short for `tag:yaml.org,2002:int`."""

MERGE_TAG = f'{CORE}merge'

LONGEST_NUMBER = 1000
"""Characters of the longest scalar that is read as a number; longer ones take time that grows with the square."""

TEXT_TAG = f'{CORE}str'

_TEXT_TAGS = frozenset({TEXT_TAG, f'{CORE}value', MERGE_TAG})
_TYPED_TAGS = {f'{CORE}{name}': name for name in ('null', 'bool', 'int', 'float', 'timestamp', 'binary')}


class Scalars(dict[str, t.Any]):
    """Turns scalars into values.

    As a mapping: text of a scalar that has neither quotes nor tag -> its value: text, number, boolean, null or date.
    Each is worked out when it is first asked for, as a configuration repeats most of them. Raises ValueError where
    it has the form of one of these and is none, such as the date `2024-02-31`.
    """

    def __init__(self) -> None:
        import yaml

        super().__init__()
        self._node = yaml.ScalarNode
        self._constructor = yaml.constructor.SafeConstructor()
        self._resolvers: dict[str | None, list[tuple[str, t.Any]]] = yaml.SafeLoader.yaml_implicit_resolvers
        self._wrong = (ValueError, KeyError, AttributeError, OverflowError, yaml.YAMLError)

    def __missing__(self, text: str) -> t.Any:
        tag = self._tag_of(text)
        value = self[text] = text if tag == TEXT_TAG else self.tagged(tag, text)
        return value

    def _tag_of(self, text: str) -> str:
        """The tag that YAML 1.1 gives to a plain scalar by its form."""
        for tag, pattern in self._resolvers.get(text[:1], ()):
            if pattern.match(text):
                return tag
        return TEXT_TAG

    def tagged(self, tag: str, text: str) -> t.Any:
        """The value of a scalar with a tag that YAML defines.

        Raises ValueError where text and tag do not fit, LookupError for other tags.
        """
        if tag in _TEXT_TAGS:
            return text
        name = _TYPED_TAGS[tag]
        if name in ('int', 'float') and len(text) > LONGEST_NUMBER:
            raise ValueError(f'{len(text)} characters are too many for a number')
        try:
            return getattr(self._constructor, f'construct_yaml_{name}')(self._node(tag, text))
        except self._wrong as error:
            raise ValueError(f"not a valid '{name}'") from error
