# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the files of a deployment: from their text to values that know their places.

One pass over the events of the YAML parser. Nothing is built from the text but mappings, lists and scalars, whatever
tags it has; what it costs is bounded by the size of the text and by the limits below.
"""

from __future__ import annotations

import collections.abc as c
import typing as t

from ..errors import ConfigurationError
from ..libraries import require
from ..places import (
    ConfiguredTemplate,
    ConfiguredUnsafe,
    ConfiguredVault,
    Place,
    PlacedDict,
    PlacedList,
    looks_like_template,
)
from .merge_keys import MERGE_KEY, MergeKeys
from .problems import Problems, kind, nearest, path_text, quoted
from .scalars import CORE, MERGE_TAG, Scalars
from .syntax import TEMPLATE_HELP, refuse_control_characters, syntax_error

DEEPEST = 100
"""How deep mappings and lists may be nested."""

MOST_COPIES = 1_000_000
"""How many values the aliases of one file may add up to."""

MOST_SUGGESTIONS = 20
"""With how many mistakes in a file an alias without anchor is still compared with the anchors that there are."""

_UNSAFE_TAG = '!unsafe'
_VAULT_TAGS = frozenset({'!vault', '!vault-encrypted'})
_VAULT_HEADER = '$ANSIBLE_VAULT;'
_MAPPING_TAG = f'{CORE}map'
_SET_TAG = f'{CORE}set'
_SEQUENCE_TAG = f'{CORE}seq'
_UNUSABLE_KEYS = (dict, list, set)
_KEY = '?'
"""Stands in a key path for a key that is being read."""


def load_mapping(text: str, path: str, merge_keys: MergeKeys | None = None) -> PlacedDict:
    """The mapping that a YAML file holds; of an empty file an empty one.

    text: what stands in the file; path: its name, for places. merge_keys: notes where they could be read otherwise.
    Raises ConfigurationError, or ConfigurationErrors for several mistakes, if it is not YAML, has several documents,
    keys given twice, unknown tags, aliases that grow without measure, or anything but a mapping at the top level.
    """
    value = load_value(text, path, merge_keys)
    if value is None:
        return PlacedDict(Place(path, 1, 1))
    if not isinstance(value, PlacedDict):
        place = value.place if isinstance(value, PlacedList) else Place(path, 1, 1)
        message = f'The file holds {kind(value)} instead of a mapping at the top level.'
        raise ConfigurationError(message, place, "Write lines such as 'key: value'.")
    return value


def load_value(text: str, path: str, merge_keys: MergeKeys | None = None) -> t.Any:
    """What a YAML file with one document holds; raises as `load_mapping` does."""
    text = str(text).removeprefix('\ufeff')
    refuse_control_characters(text, path)
    return _Reader(text, path, merge_keys or MergeKeys()).read()


class _Anchor(t.NamedTuple):
    """What an alias stands for; size counts its values, height its levels. It is open while it is being read."""

    value: t.Any
    size: int
    height: int
    place: Place
    is_open: bool


class _Reader:
    """One walk over one file. The path of the value at hand is kept for messages."""

    def __init__(self, text: str, path: str, merge_keys: MergeKeys) -> None:
        yaml = require('yaml', 'PyYAML>=6.0')
        self._yaml = yaml
        self._text = text
        self._file = path
        self._loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)(text)
        self._next = self._loader.get_event
        self._scalar_event = yaml.ScalarEvent
        self._scalars = Scalars()
        self._problems = Problems()
        self._merge_keys = merge_keys
        self._anchors: dict[str, _Anchor] = {}
        self._path: list[t.Any] = []
        self._size = 0
        self._copies = 0
        self._deepest = 0

    def read(self) -> t.Any:
        """The value of the only document, None without one. Raises what was found wrong, all of it."""
        try:
            value = self._document()
        except self._yaml.YAMLError as error:
            self._problems.add(self._refusal_before(error) or syntax_error(error, self._text, self._file))
        except ConfigurationError as error:
            self._problems.add(error)
        finally:
            self._loader.dispose()
        self._problems.raise_errors()
        return value

    def _refusal_before(self, error: t.Any) -> ConfigurationError | None:
        """The error of ours that ends the reading before the place where the parser gave up, if there is one.

        The parser looks ahead, up to a limit for nesting that differs between releases and may come before ours. So it
        is given what stands before that place alone.
        """
        mark = getattr(error, 'problem_mark', None)
        if mark is None:
            return None
        before = _Reader(self._text[: mark.index], self._file, MergeKeys())
        try:
            before._document()
        except ConfigurationError as refusal:
            return refusal
        except self._yaml.YAMLError:
            return None
        finally:
            before._loader.dispose()
        return None

    def _document(self) -> t.Any:
        value = None
        self._next()  # the start of the stream
        event = self._next()
        if isinstance(event, self._yaml.DocumentStartEvent):
            event = self._next()
            value = self._value(event, 1, False, self._place(event))
            self._next()  # the end of the document
            event = self._next()
        if isinstance(event, self._yaml.DocumentStartEvent):
            raise ConfigurationError(
                'The file holds more than one YAML document.',
                self._place(event),
                "Remove the line '---', or split the file.",
            )
        return value

    def _place(self, event: t.Any) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1)

    def _error(self, message: str, place: Place, help_text: str) -> None:
        self._problems.error(message, place, '', help_text)

    def _value(  # noqa: C901  # Every value comes through here: the most frequent kinds first, and no calls between.
        self, event: t.Any, depth: int, unsafe: bool, place: Place
    ) -> t.Any:
        """The value that begins with the event: the events up to its end are consumed."""
        event_type = type(event)
        if event_type is self._scalar_event and event.anchor is None:
            if event.implicit[0]:
                value = self._scalars.get(event.value)
                if value is not None and '{' not in event.value:
                    return value
            return self._scalar(event, unsafe, place)
        if event_type is self._yaml.AliasEvent:
            return self._copy_of_anchor(event, depth, unsafe, place)
        self._size += 1
        if event_type is self._scalar_event:
            value = self._scalar(event, unsafe, place)
            self._open_anchor(event.anchor, place)
            self._anchors[event.anchor] = _Anchor(value, 1, 0, place, False)
            return value
        if depth > self._deepest:
            if depth > DEEPEST:
                raise self._too_deep(place)
            self._deepest = depth
        if event.anchor is not None:
            return self._anchored_collection(event, depth, unsafe, place)
        if event.tag is not None:
            return self._tagged_collection(event, depth, unsafe, place)
        if event_type is self._yaml.MappingStartEvent:
            return self._mapping(depth, unsafe, place)
        return self._sequence(depth, unsafe, place)

    def _anchored_collection(self, event: t.Any, depth: int, unsafe: bool, place: Place) -> t.Any:
        self._open_anchor(event.anchor, place)
        size, deepest = self._size, self._deepest
        self._deepest = depth
        value = self._tagged_collection(event, depth, unsafe, place)
        self._anchors[event.anchor] = _Anchor(value, self._size - size + 1, self._deepest - depth + 1, place, False)
        self._deepest = max(self._deepest, deepest)
        return value

    def _tagged_collection(self, event: t.Any, depth: int, unsafe: bool, place: Place) -> t.Any:
        tag = event.tag
        is_mapping = isinstance(event, self._yaml.MappingStartEvent)
        unsafe = unsafe or tag == _UNSAFE_TAG
        value = self._mapping(depth, unsafe, place) if is_mapping else self._sequence(depth, unsafe, place)
        if tag is None or tag in ('!', _UNSAFE_TAG, _MAPPING_TAG if is_mapping else _SEQUENCE_TAG):
            return value
        if is_mapping and tag == _SET_TAG:
            return set(value)
        self._wrong_tag(tag, kind(value), place)
        return value

    def _sequence(self, depth: int, unsafe: bool, place: Place) -> PlacedList:
        sequence = PlacedList(place)
        next_event, end = self._next, self._yaml.SequenceEndEvent
        self._path.append(None)
        event = next_event()
        while not isinstance(event, end):
            item_place = self._place(event)
            self._path[-1] = len(sequence)
            sequence.add(self._value(event, depth + 1, unsafe, item_place), item_place)
            event = next_event()
        self._path.pop()
        self._size += len(sequence)
        return sequence

    def _mapping(self, depth: int, unsafe: bool, place: Place) -> PlacedDict:
        mapping = PlacedDict(place)
        key_places, value_places = mapping.key_places, mapping.value_places
        sources: list[c.Sequence[PlacedDict]] = []
        next_event, value_of, file, path = self._next, self._value, self._file, self._path
        scalar_event, end = self._scalar_event, self._yaml.MappingEndEvent
        path.append(_KEY)
        depth += 1
        event = next_event()
        while not isinstance(event, end):
            mark = event.start_mark
            key_place = Place(file, mark.line + 1, mark.column + 1)
            if isinstance(event, scalar_event) and event.value == '<<' and self._is_merge(event):
                path[-1] = MERGE_KEY
                sources.append(self._merge_sources(next_event(), depth, unsafe))
                event = next_event()
                continue
            path[-1] = _KEY
            key = value_of(event, depth, unsafe, key_place)
            path[-1] = key
            event = next_event()
            mark = event.start_mark
            value_place = Place(file, mark.line + 1, mark.column + 1)
            value = value_of(event, depth, unsafe, value_place)
            if isinstance(key, _UNUSABLE_KEYS) or key in mapping:
                self._refuse_key(key, key_place, mapping)
            else:
                mapping[key], key_places[key], value_places[key] = value, key_place, value_place
            event = next_event()
        path.pop()
        self._size += 2 * len(mapping)
        return self._merge_keys.apply(mapping, sources, path) if sources else mapping

    @staticmethod
    def _is_merge(event: t.Any) -> bool:
        return bool(event.implicit[0]) or event.tag == MERGE_TAG

    def _refuse_key(self, key: t.Any, place: Place, mapping: PlacedDict) -> None:
        if isinstance(key, _UNUSABLE_KEYS):
            if self._text_at(mapping.place).startswith('{{'):
                message = f"Value '{path_text(self._path[:-1])}' begins with a template that is not in quotes."
                raise ConfigurationError(message, mapping.place, TEMPLATE_HELP)
            self._error(f'A mapping has {kind(key)} as key.', place, 'Keys are text: put the key in quotes.')
        else:
            lines = f'in line {mapping.key_places[key].line} and in line {place.line}'
            message = f"Key '{path_text(self._path)}' is given twice, {lines}."
            self._error(message, place, 'Remove one of the two, or join them.')

    def _text_at(self, place: Place) -> str:
        return self._text.splitlines()[place.line - 1][place.column - 1 :]

    def _merge_sources(self, event: t.Any, depth: int, unsafe: bool) -> c.Sequence[PlacedDict]:
        """The mappings that one merge key names."""
        place = self._place(event)
        value = self._value(event, depth, unsafe, place)
        sources = value if isinstance(value, PlacedList) else [value]
        if all(isinstance(source, PlacedDict) for source in sources):
            return sources
        message = f"Merge key '<<' has {kind(value)} instead of a mapping or a list of mappings."
        self._error(message, place, "Write '<<: *name', where '&name' marks a mapping.")
        return []

    def _scalar(self, event: t.Any, unsafe: bool, place: Place) -> t.Any:
        if event.implicit[0]:
            try:
                value = self._scalars[event.value]
            except ValueError as error:
                return self._not_valid(event.value, error, place)
        elif event.tag is None:
            value = event.value
        else:
            unsafe = unsafe or event.tag == _UNSAFE_TAG
            value = self._tagged_scalar(event.tag, event, place)
        if isinstance(value, str) and ('{' in value or value[:1] == '#') and looks_like_template(value):
            return ConfiguredUnsafe(value) if unsafe else ConfiguredTemplate(value, place)
        return value

    def _tagged_scalar(self, tag: str, event: t.Any, place: Place) -> t.Any:
        text = event.value
        try:
            if tag == _UNSAFE_TAG and not event.style:
                return self._scalars[text]
            if tag in ('!', _UNSAFE_TAG):
                return text
            if tag in _VAULT_TAGS:
                return self._vault(text, place)
            return self._scalars.tagged(tag, text)
        except LookupError:
            return self._wrong_tag(tag, 'a scalar', place)
        except ValueError as error:
            return self._not_valid(text, error, place)

    def _not_valid(self, text: str, error: ValueError, place: Place) -> None:
        message = f"Value '{path_text(self._path)}' is {quoted(text)}: {error}."
        self._error(message, place, 'Put it in quotes if it is meant as text.')

    def _vault(self, text: str, place: Place) -> ConfiguredVault:
        if not text.lstrip().startswith(_VAULT_HEADER):
            self._error(
                f"Value '{path_text(self._path)}' is tagged '!vault' and does not begin with '{_VAULT_HEADER}'.",
                place,
                "Paste what 'ansible-vault encrypt_string' prints.",
            )
        return ConfiguredVault(text, place)

    def _wrong_tag(self, tag: str, words: str, place: Place) -> None:
        name = tag.replace(CORE, '!!', 1)
        known = {'!!str', '!!int', '!!float', '!!bool', '!!null', '!!map', '!!seq', '!unsafe', '!vault'}
        if name in known:
            self._error(f"Tag '{name}' does not go with {words}.", place, 'Remove the tag.')
        else:
            self._error(f"Tag '{name}' is not known.", place, f'{nearest(name, known)}Remove the tag.')

    def _open_anchor(self, name: str, place: Place) -> None:
        former = self._anchors.get(name)
        if former:
            message = f"Anchor '&{name}' is given twice, in line {former.place.line} and in line {place.line}."
            self._error(message, place, 'Give each anchor a name of its own.')
        self._anchors[name] = _Anchor(None, 0, 0, place, True)

    def _copy_of_anchor(self, event: t.Any, depth: int, unsafe: bool, place: Place) -> t.Any:
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            # To compare each of many with all the others would take minutes.
            suggestion = nearest(event.anchor, self._anchors) if len(self._problems) < MOST_SUGGESTIONS else ''
            help_text = f"{suggestion}Put '&{event.anchor}' before the value that is meant."
            self._error(f"Alias '*{event.anchor}' has no anchor before it.", place, help_text)
            return None
        if anchor.is_open:
            message = f"Alias '*{event.anchor}' stands inside of its own anchor, so it has no end."
            self._error(message, place, 'Remove the alias.')
            return None
        self._copies += anchor.size
        self._size += anchor.size
        if self._copies > MOST_COPIES:
            message = f'The aliases of this file add up to more than {MOST_COPIES} values.'
            raise ConfigurationError(message, place, 'Use fewer aliases of aliases.')
        if anchor.height:
            if depth + anchor.height - 1 > DEEPEST:
                raise self._too_deep(place)
            self._deepest = max(self._deepest, depth + anchor.height - 1)
        return _copy(anchor.value, unsafe)

    def _too_deep(self, place: Place) -> ConfigurationError:
        message = f'Mappings and lists are nested more than {DEEPEST} levels deep.'
        return ConfigurationError(message, place, 'Remove some of the levels.')


def _copy(value: t.Any, unsafe: bool) -> t.Any:
    """A copy with mappings and lists of its own; `unsafe` makes its templates plain text."""
    if isinstance(value, PlacedDict):
        mapping = PlacedDict(value.place)
        mapping.update((key, _copy(item, unsafe)) for key, item in value.items())
        mapping.key_places.update(value.key_places)
        mapping.value_places.update(value.value_places)
        return mapping
    if isinstance(value, PlacedList):
        sequence = PlacedList(value.place)
        sequence.extend(_copy(item, unsafe) for item in value)
        sequence.places.extend(value.places)
        return sequence
    if isinstance(value, set):
        return set(value)
    if unsafe and isinstance(value, ConfiguredTemplate):
        return ConfiguredUnsafe(value)
    return value
