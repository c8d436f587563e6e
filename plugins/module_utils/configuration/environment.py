# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment: from the merged files of `env.d` to skeletons with checked names and relations."""

from __future__ import annotations

import collections.abc as c
import typing as t

from ..places import Place, PlacedDict, PlacedList
from .fields import Fields
from .fit import fit_mapping
from .merge import merge_files
from .model import ContainerGroup, Environment, Skeleton, normalised
from .names import RESERVED_GROUPS, is_anchor_section, is_group_name
from .problems import Problems, instead_of_kind, misspelt, nearest, quoted, shown

_PHYSICAL, _COMPONENTS, _CONTAINERS = SECTIONS = ('physical_skel', 'component_skel', 'container_skel')
_ENTRY_KEYS = ('belongs_to', 'contains', 'properties')
_PROPERTIES = ('is_metal', 'is_nest')


def read_environment(sections: PlacedDict, problems: Problems) -> Environment:
    """The environment that the merged files of `env.d` describe.

    Two spellings of one name, with dashes and with underscores, are one entry. What is wrong goes into `problems`, and
    is left out.
    """
    _warn_about_unknown_sections(sections, problems)
    raw = [Fields(sections, '', problems).mapping_at(name) or PlacedDict(sections.place) for name in SECTIONS]
    spellings = _spellings(raw)
    physical = _SectionReader(_PHYSICAL, spellings, problems).read(raw[0])
    components = _SectionReader(_COMPONENTS, spellings, problems).read(raw[1])
    containers = _ContainerReader(_CONTAINERS, spellings, problems).read_groups(raw[2], components)
    _refuse_cycles((*physical.values(), *components.values(), *containers.values()), problems)
    return Environment(physical, components, containers, spellings)


def _warn_about_unknown_sections(sections: PlacedDict, problems: Problems) -> None:
    known = ', '.join(f"'{section}'" for section in SECTIONS)
    for name, place in sections.key_places.items():
        if name not in SECTIONS and not is_anchor_section(name):
            message = f'Section {quoted(name)} of the environment is not known and not used.'
            problems.warn(message, place, f'{nearest(str(name), SECTIONS)}Known sections: {known}.')


def _spellings(sections: c.Iterable[PlacedDict]) -> dict[str, str]:
    """Normalised name -> the name as it is written; the normalised itself where it is written too."""
    spellings: dict[str, str] = {}
    for section in sections:
        for name in _mentioned(section):
            plain = normalised(name)
            if plain == name or plain not in spellings:
                spellings[plain] = str(name)
    return spellings


def _mentioned(section: PlacedDict) -> t.Iterator[str]:
    for name, entry in section.items():
        names = [name]
        if isinstance(entry, PlacedDict):
            for key in ('belongs_to', 'contains'):
                value = entry.get(key)
                names += value if isinstance(value, PlacedList) else [value]
        yield from (each for each in names if is_group_name(each))


class _SectionReader:
    """Reads `physical_skel` or `component_skel`, whose entries are groups and the groups they are children of."""

    def __init__(self, section: str, spellings: dict[str, str], problems: Problems) -> None:
        self._section = section
        self._spellings = spellings
        self._problems = problems

    def read(self, entries: PlacedDict) -> dict[str, Skeleton]:
        """The entries by the name that the inventory uses, in their order."""
        return {fields.name: self._skeleton(fields) for fields in self.entries(entries)}

    def entries(self, entries: PlacedDict) -> list[_EntryFields]:
        """Those entries that are mappings with a proper name; a second spelling is merged over the first."""
        found: dict[str, _EntryFields] = {}
        for key, entry in entries.items():
            place = entries.key_places[key]
            if not self._is_entry(key, entry, place, entries.value_places[key]):
                continue
            name = self._spellings[normalised(key)]
            if name in found:
                merge_files([found[name].mapping, entry], self._problems)
            else:
                found[name] = _EntryFields(entry, f'{self._section}.{name}', self._problems, name, place)
        return list(found.values())

    def _is_entry(self, name: t.Any, entry: t.Any, place: Place, value_place: Place) -> bool:
        if not self._is_name(name, self._section, place):
            return False
        if entry is None:
            missing = '' if self._section == _CONTAINERS else ": 'belongs_to' is missing"
            message = f"Entry '{self._section}.{name}' is empty{missing}."
            self._problems.error(message, place, name, "Write 'belongs_to' below it, or remove it.")
        elif not isinstance(entry, PlacedDict):
            message = instead_of_kind(f'{self._section}.{name}', entry, 'a mapping')
            self._problems.error(message, value_place, name, "Write 'belongs_to' below it.")
        return isinstance(entry, PlacedDict)

    def _is_name(self, name: t.Any, path: str, place: Place) -> bool:
        if not is_group_name(name):
            message = f"Value '{path}' contains {shown(name)}, which cannot be the name of a group."
            help_text = 'Names are text of letters, digits, underscores and dashes.'
        elif name in RESERVED_GROUPS:
            message = f"Value '{path}' contains the group '{name}', which is Ansible's own."
            help_text = 'Use another name.'
        else:
            return True
        self._problems.error(message, place, str(name), help_text)
        return False

    def _skeleton(self, fields: _EntryFields) -> Skeleton:
        fields.warn_about_unknown_keys()
        if fields.mapping.get('belongs_to') is None:
            self._refuse_missing_parents(fields)
        return Skeleton(fields.name, self._names(fields, 'belongs_to'), fields.entry_place)

    def _names(self, fields: _EntryFields, key: str) -> tuple[str, ...]:
        """Names of groups, as the inventory spells them; text alone is a list of one."""
        names = fields.texts(key, single=True)
        if not names:
            return ()
        path, place = fields.path_of(key), fields.place(key)
        return tuple(self._spellings[normalised(name)] for name in names if self._is_name(name, path, place))

    def _refuse_missing_parents(self, fields: _EntryFields) -> None:
        help_text = "Write the names of the groups that it is part of, such as 'belongs_to: [hosts]'."
        suggestion = misspelt('belongs_to', fields.mapping, _ENTRY_KEYS)
        place = fields.mapping.value_places.get('belongs_to', fields.entry_place)
        self._problems.error(f"Entry '{fields.path}' has no 'belongs_to'.", place, 'belongs_to', suggestion + help_text)


class _ContainerReader(_SectionReader):
    """Reads `container_skel`, whose entries are kinds of containers with the components in them."""

    def read_groups(self, entries: PlacedDict, components: c.Collection[str]) -> dict[str, ContainerGroup]:
        """The entries by the name that the inventory uses; `components` are the names that `contains` may have."""
        return {fields.name: self._group(fields, components) for fields in self.entries(entries)}

    def _group(self, fields: _EntryFields, components: c.Collection[str]) -> ContainerGroup:
        fields.warn_about_unknown_keys()
        contains = self._names(fields, 'contains')
        written = fields.mapping_at('properties') or PlacedDict(fields.entry_place)
        properties = Fields(written, fields.path_of('properties'), self._problems)
        is_nest = bool(properties.boolean('is_nest'))
        _warn_about_misspelt(properties, _PROPERTIES)
        if fields.mapping.get('belongs_to') is None and not is_nest:
            if contains:
                self._refuse_missing_parents(fields)
            else:
                self._warn_about_leftover(fields)
        if components:
            self._warn_about_unknown_components(fields, contains, components)
        return ContainerGroup(
            name=fields.name,
            belongs_to=self._names(fields, 'belongs_to'),
            place=fields.entry_place,
            contains=contains,
            properties=fit_mapping(written, self._problems),
            is_metal=properties.boolean('is_metal'),
            is_nest=is_nest,
        )

    def _warn_about_leftover(self, fields: _EntryFields) -> None:
        """As after an upgrade, when the service that an own file adjusts has left the base environment."""
        others = [known for known in self._spellings.values() if known != fields.name]
        self._problems.warn(
            f"Container group '{fields.path}' has neither 'belongs_to' nor 'contains', so it holds nothing.",
            fields.entry_place,
            f'{nearest(fields.name, others)}Remove it if it adjusts a group that the base environment no longer has.',
        )

    def _warn_about_unknown_components(
        self, fields: _EntryFields, contains: tuple[str, ...], components: c.Collection[str]
    ) -> None:
        for name in contains:
            if name not in components:
                path = fields.path_of('contains')
                message = (
                    f"Value '{path}' has '{name}', which is not a component of the environment; its group is made."
                )
                help_text = f"{nearest(name, components)}Add it to '{_COMPONENTS}', or take it out of 'contains'."
                self._problems.warn(message, fields.place('contains'), help_text)


class _EntryFields(Fields):
    """The fields of an entry; name: as the inventory spells it; entry_place: where the entry begins."""

    def __init__(self, mapping: PlacedDict, path: str, problems: Problems, name: str, entry_place: Place) -> None:
        super().__init__(mapping, path, problems)
        self.name = name
        self.entry_place = entry_place

    def warn_about_unknown_keys(self) -> None:
        """Warn about keys that are nearly those of an entry."""
        _warn_about_misspelt(self, _ENTRY_KEYS)


def _warn_about_misspelt(fields: Fields, known: tuple[str, ...]) -> None:
    """Warn about keys that are nearly known ones; others may be the deployer's own."""
    for key, place in fields.mapping.key_places.items():
        if key not in known and nearest(str(key), known):
            message = f"Key '{fields.path_of(key)}' is not known and not used."
            fields.problems.warn(message, place, nearest(str(key), known).strip())


def _refuse_cycles(skeletons: c.Iterable[Skeleton], problems: Problems) -> None:
    """Follow `belongs_to` from each group upwards, without recursion; a group met again on the way closes a circle."""
    parents: dict[str, list[str]] = {}
    places: dict[str, Place] = {}
    for skeleton in skeletons:
        parents.setdefault(skeleton.name, []).extend(skeleton.belongs_to)
        places.setdefault(skeleton.name, skeleton.place)
    done: set[str] = set()
    for start in parents:
        way: dict[str, t.Iterator[str]] = {} if start in done else {start: iter(parents[start])}
        while way:
            name, rest = next(reversed(way.items()))
            parent = next(rest, None)
            if parent is None:
                del way[name]
                done.add(name)
            elif parent in way:
                _refuse_cycle([*way][[*way].index(parent) :], places[name], problems)
            elif parent in parents and parent not in done:
                way[parent] = iter(parents[parent])


def _refuse_cycle(names: list[str], place: Place, problems: Problems) -> None:
    circle = ' -> '.join(f"'{name}'" for name in (*names, names[0]))
    if len(names) == 1:
        message, help_text = f"Group '{names[0]}' belongs to itself.", "Take it out of its own 'belongs_to'."
    else:
        message = f'Groups belong to each other in a circle: {circle}.'
        help_text = "Take one of them out of the 'belongs_to' of the one before."
    problems.error(message, place, names[-1], help_text)
