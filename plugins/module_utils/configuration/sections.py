# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sections of the user configuration: their names, with dashes or underscores, and what each is."""

from __future__ import annotations

import typing as t

from ..addresses import address_of
from ..places import Place, PlacedDict
from .model import Environment, normalised
from .names import is_anchor_section, is_group_name
from .problems import Problems, nearest, quoted, shown

GENERAL_SECTIONS = ('cidr_networks', 'used_ips', 'global_overrides')
"""Sections that are not groups of hosts."""

_OF_THE_ENVIRONMENT = ('physical_skel', 'component_skel', 'container_skel')
_ENVIRONMENT_HELP = "Move it to a file in 'env.d': it is a section of the environment."
_ANCHORS_HELP = "A section that only holds YAML anchors is named '_name', without 'hosts' at its end."


def is_host_group(name: str) -> bool:
    """Whether a section is a group of hosts, by its normalised name."""
    return name.endswith('hosts')


def normalise_sections(merged: PlacedDict, problems: Problems) -> PlacedDict:
    """The sections by their normalised names, in their order; those of one name in two spellings are joined.

    Of a host in both spellings the later entry counts. Into `problems`: names that are not text, two spellings that
    cannot be joined, hosts that have two addresses by it.
    """
    sections = PlacedDict(merged.place)
    written: dict[str, str] = {}
    for key, value in merged.items():
        key_place, value_place = merged.key_places[key], merged.value_places[key]
        if not isinstance(key, str):
            message = f'The section name {shown(key)} is not text.'
            problems.error(message, key_place, str(key), 'Put the name in quotes, or remove the section.')
            continue
        name = normalised(key)
        if name in sections and value is not None and sections[name] is not None:
            joint = _Joint(name, written[name], key, problems)
            joint.join(sections, value, key_place)
        elif name not in sections or value is not None:
            sections.put(name, value, key_place, value_place)
        written.setdefault(name, key)
    return sections


class _Joint(t.NamedTuple):
    """One section in two spellings."""

    name: str
    former: str
    later: str
    problems: Problems

    def join(self, sections: PlacedDict, value: t.Any, place: Place) -> None:
        """Add the entries of the later spelling to those of the former."""
        entries = sections[self.name]
        if not isinstance(entries, PlacedDict) or not isinstance(value, PlacedDict):
            message = f"Section '{self.name}' is given twice, as '{self.former}' and as '{self.later}'."
            self.problems.error(message, place, self.name, 'Remove one of the two.')
            return
        for entry_name, entry in value.items():
            entry_place = value.value_places[entry_name]
            self._check_addresses(entry_name, entries.get(entry_name), entry)
            entries.put(entry_name, entry, value.key_places[entry_name], entry_place)

    def _check_addresses(self, host: t.Any, former: t.Any, later: t.Any) -> None:
        if not isinstance(former, PlacedDict) or not isinstance(later, PlacedDict):
            return
        addresses = [each.get('ip') for each in (former, later)]
        if all(isinstance(each, str) for each in addresses) and address_of(addresses[0]) != address_of(addresses[1]):
            message = f"Host '{host}' has {addresses[0]} in '{self.former}' and {addresses[1]} in '{self.later}'."
            self.problems.error(message, later.value_places['ip'], 'ip', 'Give a host the same ip everywhere.')


def check_section_names(sections: PlacedDict, environment: Environment, problems: Problems) -> None:
    """Names that cannot be those of groups and the generated `lxc_hosts` are errors; what nobody uses is a warning."""
    host_groups = sorted(name for name in environment.spellings if is_host_group(name))
    for name, place in sections.key_places.items():
        if name == 'lxc_hosts':
            message = "Group 'lxc_hosts' is generated from the containers and cannot be configured."
            problems.error(message, place, name, 'Remove it.')
        elif is_host_group(name):
            if not is_group_name(name):
                message = f'{quoted(name)} cannot be the name of a group.'
                suggestion = nearest(name, host_groups, ending='_hosts')
                problems.error(message, place, name, f'{suggestion}Use letters a to z, digits, underscores and dashes.')
            elif environment.physical and name not in environment.spellings:
                suggestion = nearest(name, host_groups, ending='_hosts')
                help_text = f"{suggestion}Add it to 'physical_skel' in env.d, or remove it. {_ANCHORS_HELP}"
                problems.warn(f"Group '{name}' is not a group of the environment.", place, help_text)
        elif name not in GENERAL_SECTIONS and not is_anchor_section(name):
            known = (*GENERAL_SECTIONS, *host_groups)
            message = f"Section '{name}' is not used: it is neither a general section nor a group of hosts."
            help_text = f'{nearest(name, known)}Remove it. {_ANCHORS_HELP}'
            problems.warn(message, place, _ENVIRONMENT_HELP if name in _OF_THE_ENVIRONMENT else help_text)
