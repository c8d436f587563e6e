# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The groups of hosts: from mappings to entries with checked settings."""

from __future__ import annotations

import typing as t

from ..addresses import Address, address_of
from ..places import Place, PlacedDict
from .addresses import read_address
from .fields import Fields
from .model import Environment, HostEntry, Variables, normalised
from .names import LONGEST_HOST_NAME, is_host_name
from .problems import Problems, instead_of_kind, misspelt, nearest, quoted, shown
from .sections import is_host_group
from .variables import check_container_variables, check_host_variables

_HOST_KEYS = ('ip', 'management_ip', 'host_vars', 'container_vars', 'affinity', 'no_containers')
_IP_HELP = "Write the address that the host is reached by, such as 'ip: 172.29.236.21'."

HostGroups = dict[str, dict[str, HostEntry]]


def read_host_groups(
    sections: PlacedDict, plain: dict[str, t.Any], environment: Environment, problems: Problems
) -> HostGroups:
    """The groups of hosts by the name that the inventory uses, in the order of the configuration.

    sections: by normalised name. plain: the same, fitted to JSON. What is wrong goes into `problems`, and is left out.
    """
    reader = _HostReader(environment, problems)
    groups: HostGroups = {}
    for name in sections:
        if is_host_group(name) and name != 'lxc_hosts':
            entries = Fields(sections, '', problems).mapping_at(name) or PlacedDict(sections.place)
            groups[environment.spell(name)] = reader.read_group(name, entries, plain.get(name) or {})
    return groups


class _HostReader:
    """Reads hosts, and remembers the addresses of those before."""

    def __init__(self, environment: Environment, problems: Problems) -> None:
        self._problems = problems
        self._container_groups = {normalised(name) for name in environment.containers}
        self._addresses = _AddressBook(problems)
        self._refused: set[t.Any] = set()

    def read_group(self, group: str, entries: PlacedDict, plain: dict[str, t.Any]) -> dict[str, HostEntry]:
        """The hosts of one group; group: its name for messages."""
        hosts: dict[str, HostEntry] = {}
        for name, settings in entries.items():
            place = entries.key_places[name]
            if not self._is_name(name, group, place):
                continue
            if not isinstance(settings, PlacedDict) or not settings:
                self._refuse_settings(f'{group}.{name}', settings, place, entries.value_places[name])
                continue
            host = self._read_host(name, Fields(settings, f'{group}.{name}', self._problems), plain[name], place)
            if host:
                hosts[str(name)] = host
        return hosts

    def _is_name(self, name: t.Any, group: str, place: Place) -> bool:
        """Whether a host may have the name; if not, that is said once, wherever the host is met."""
        if is_host_name(name) and len(name) <= LONGEST_HOST_NAME:
            return True
        if name in self._refused:
            return False
        self._refused.add(name)
        if not isinstance(name, str):
            message = f"Group '{group}' has a host with the name {shown(name)} instead of text."
            help_text = 'Put the name in quotes: YAML reads no, on and the like as booleans, and digits as numbers.'
        elif is_host_name(name):
            message = f"Host name {quoted(name)} in '{group}' has {len(name)} characters."
            help_text = f'Use a name of at most {LONGEST_HOST_NAME} characters.'
        else:
            message = f"Host name {quoted(name)} in '{group}' cannot be the name of a host."
            help_text = 'Use letters a to z, digits, dashes, dots and underscores; dashes and dots not at the ends.'
        self._problems.error(message, place, str(name), help_text)
        return False

    def _refuse_settings(self, path: str, settings: t.Any, place: Place, value_place: Place) -> None:
        name = path.rpartition('.')[2]
        if settings is None or settings == {}:
            message = f"Host '{path}' has no settings: 'ip' is missing."
            self._problems.error(message, place, 'ip', _indentation(name) + _IP_HELP)
        else:
            message = instead_of_kind(path, settings, 'a mapping')
            self._problems.error(message, value_place, name, _indentation(name) + _IP_HELP)

    def _read_host(self, name: str, fields: Fields, plain: dict[str, t.Any], place: Place) -> HostEntry | None:
        settings = fields.mapping
        self._warn_about_unknown_keys(fields)
        if settings.get('ip') is None:
            state = 'is empty' if 'ip' in settings else 'is missing'
            help_text = f'{_indentation(name)}{misspelt("ip", settings, _HOST_KEYS)}{_IP_HELP}'
            self._problems.error(f"Host '{fields.path}' cannot be reached: 'ip' {state}.", place, 'ip', help_text)
        ip = read_address(fields, 'ip')
        management_ip = read_address(fields, 'management_ip')
        self._addresses.note(name, fields, ip, management_ip)
        entry = HostEntry(
            name=name,
            ip=ip or '',
            management_ip=management_ip,
            affinity=self._affinity(fields) if 'affinity' in settings else {},
            no_containers=fields.boolean('no_containers'),
            host_vars=self._variables(fields, plain, 'host_vars'),
            container_vars=self._variables(fields, plain, 'container_vars'),
            place=place,
        )
        return entry if ip else None

    def _warn_about_unknown_keys(self, fields: Fields) -> None:
        for key, place in fields.mapping.key_places.items():
            if key not in _HOST_KEYS:
                known = ', '.join(f"'{name}'" for name in _HOST_KEYS)
                help_text = f'{nearest(str(key), _HOST_KEYS)}Known keys: {known}.'
                self._problems.warn_once('Key {} is not known and not used.', fields.path_of(key), place, help_text)

    def _variables(self, fields: Fields, plain: dict[str, t.Any], key: str) -> Variables:
        if key not in fields.mapping:
            return {}
        variables = fields.mapping_at(key)
        if not variables:
            return {}
        check = check_host_variables if key == 'host_vars' else check_container_variables
        check(variables, fields.path_of(key), self._problems)
        return t.cast(Variables, plain[key])

    def _affinity(self, fields: Fields) -> dict[str, int]:
        """OSA documentation: affinity, how many containers of a kind a host is to have."""
        affinity: dict[str, int] = {}
        counts = fields.mapping_at('affinity') or PlacedDict(fields.mapping.place)
        for key, count in counts.items():
            path, place = f'{fields.path}.affinity.{key}', counts.value_places[key]
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                message = instead_of_kind(path, count, 'a whole number from 0 on')
                help_text = 'Write how many containers there are to be, without quotes.'
                self._problems.error(message, place, str(key), help_text)
                continue
            name = normalised(str(key))
            if name in affinity:
                message = f"Value '{path}' is given twice, with dashes and with underscores."
                self._problems.error(message, place, name, 'Remove one of the two.')
            elif self._container_groups and name not in self._container_groups:
                message, help_text = 'Value {} names no container group of the environment.', 'Remove it.'
                suggestion = nearest(name, self._container_groups)
                self._problems.warn_once(message, path, counts.key_places[key], suggestion + help_text)
            affinity[name] = count
        return affinity


def _indentation(name: str) -> str:
    """What to say of a host that is named like a setting of hosts."""
    return f"Indent '{name}' further if it is a setting of the host above. " if name in _HOST_KEYS else ''


class _Use(t.NamedTuple):
    """Where a host has an address."""

    host: str
    path: str
    place: Place
    text: str


class _AddressBook:
    """One address, one host; one host, one `ip`."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._owners: dict[Address | None, _Use] = {}
        self._ips: dict[str, _Use] = {}

    def note(self, host: str, fields: Fields, ip: str | None, management_ip: str | None) -> None:
        """Enter the addresses of a host, as one of its groups has them."""
        if ip is not None:
            use = _Use(host, fields.path_of('ip'), fields.place('ip'), ip)
            before = self._ips.setdefault(host, use)
            if address_of(before.text) != address_of(ip):
                first = f"{before.text} in '{before.path}' ({before.place})"
                message = f"Host '{host}' has {first} and {ip} in '{use.path}'."
                self._problems.error(message, use.place, 'ip', "Give a host the same 'ip' in all groups.")
            self._own(use)
        if management_ip is not None:
            self._own(_Use(host, fields.path_of('management_ip'), fields.place('management_ip'), management_ip))

    def _own(self, use: _Use) -> None:
        owner = self._owners.setdefault(address_of(use.text), use)
        if owner.host != use.host:
            message = (
                f"Address {use.text} is given to two hosts: to '{owner.host}' as '{owner.path}' ({owner.place}) "
                f"and to '{use.host}' as '{use.path}'."
            )
            key = use.path.rpartition('.')[2]
            self._problems.error(message, use.place, key, 'Give each host addresses of its own.')
