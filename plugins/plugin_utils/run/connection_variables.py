# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stored data must not decide: where and how Ansible connects, and as whom.

Whoever can write to a storage can put any variable there, and some need no template to do harm: they name the program
that Ansible starts on the deploy host, or its arguments. So they count only with the value that the configuration
gives now.
"""

from __future__ import annotations

import collections
import typing as t

from ansible import constants as C

from ...module_utils.addresses import address_of
from ...module_utils.configuration.container_vars import ContainerVariable
from ...module_utils.configuration.model import Configuration, Deployment, HostEntry
from ...module_utils.configuration.names import RESERVED_VARIABLES, is_host_name
from ...module_utils.generator.builder import host_of_container
from ...module_utils.inventory import Inventory, children_of, groups_of, hostvars_of, make, vars_of
from .fill import refuse

ADDRESSES = ('ansible_host', 'management_address', 'physical_host_addr')
HOST_NAMES = ('container_name', 'physical_host')
"""With the addresses, the variables that every host has and that lead to it."""

_LEADING = frozenset((*ADDRESSES, *HOST_NAMES))
_PREFIXES = ('ansible_', '_ansible_', 'delegated_vars')
_OF_CONNECTION = frozenset(('container_user', 'physical_host_addrs'))
"""Options of the connection plugin of OpenStack-Ansible."""

_MAGIC = frozenset(
    """
    group_names groups hostvars inventory_dir inventory_file inventory_hostname inventory_hostname_short play_hosts
    playbook_dir role_name role_names role_path role_uuid vars
    """.split()  # noqa: SIM905 - as with the reserved names
)
"""What Ansible says of itself (Ansible documentation: special variables). An inventory could replace some of it, such
as the directory from which plays include files."""

_OTHERS = _OF_CONNECTION | _MAGIC | RESERVED_VARIABLES

_LONGEST = 80

Variables = dict[str, t.Any]
Withheld = list[tuple[str, str]]


def check_connections(inventory: Inventory, deployment: Deployment) -> None:
    """Raise InventoryError when a generated inventory leads Ansible where the configuration does not.

    That is: to something else than an address or a host name, or by a host that shadows Ansible's own localhost.
    """
    flaws = [*_misleading(inventory, _Given(deployment.configuration)), *_shadows(inventory, deployment)]
    refuse(
        flaws,
        help_text='Nothing was written. Somebody may have put it into the storage. Remove what is named here'
        ' (osa-inventory remove), restore an older state (osa-inventory restore), or give it in the configuration.',
    )


def hand_over(
    inventory: Inventory, configuration: Configuration, allowed: t.Iterable[str] = ()
) -> tuple[Inventory, Withheld]:
    """The inventory as Ansible may have it, and what it may not have: owner (host or group) and variable.

    allowed: names of variables that are handed over no matter who gave them. The inventory itself is left as it is.
    """
    given, spared = _Given(configuration), frozenset(allowed)
    hosts = hostvars_of(inventory)
    groups = {name: vars_of(group) for name, group in groups_of(inventory).items() if vars_of(group)}
    shown_hosts, shown_groups = dict(hosts), groups_of(inventory)
    withheld: Withheld = []
    acting = _acting(hosts.values()) - {'ansible_host'} - spared
    for name, variables in hosts.items() if acting else ():
        refused = [key for key in sorted(variables.keys() & acting) if not given.to_host(name, variables, key)]
        if refused:
            shown_hosts[name] = _without(variables, refused)
            withheld += [(name, key) for key in refused]
    # Every host of ours has the leading variables itself: of a group, they would reach those of other sources.
    acting = (_acting(groups.values()) | _LEADING) - spared
    for name, variables in groups.items():
        refused = [key for key in sorted(variables.keys() & acting) if not given.to_group(name, variables, key)]
        if refused:
            shown_groups[name] = {**inventory[name], 'vars': _without(variables, refused)}
            withheld += [(name, key) for key in refused]
    return make(shown_hosts, shown_groups), withheld


def _acting(owners: t.Iterable[Variables]) -> set[str]:
    """The names among all variables that have power over how Ansible connects, that are its own, or nobody's.

    Ansible shows the latter on the terminal as they are, control characters included.
    """
    names: set[str] = set().union(*owners)
    return {name for name in names if name.startswith(_PREFIXES) or name in _OTHERS or not name.isidentifier()}


def _without(variables: Variables, names: t.Collection[str]) -> Variables:
    return {key: value for key, value in variables.items() if key not in names}


class _Given:
    """What the configuration gives now."""

    def __init__(self, configuration: Configuration) -> None:
        self._everywhere = configuration.global_overrides
        self._entries: dict[str, list[HostEntry]] = collections.defaultdict(list)
        for entries in configuration.host_groups.values():
            for entry in entries.values():
                if entry.host_vars or entry.container_vars:
                    self._entries[entry.name].append(entry)

    def to_group(self, group: str, variables: Variables, key: str) -> bool:
        """Whether the group has this variable from the configuration, which gives some to `all` only."""
        return group == 'all' and key in self._everywhere and self._everywhere[key] == variables[key]

    def to_host(self, host: str, variables: Variables, key: str) -> bool:
        """Whether the configuration gives the host this variable with the value that it has."""
        return any(variables[key] == value for value in self._values(host, variables, key))

    def _values(self, host: str, variables: Variables, key: str) -> t.Iterator[t.Any]:
        if key in self._everywhere:
            yield self._everywhere[key]
        for entry in self._entries.get(host, ()):
            if key in entry.host_vars:
                yield entry.host_vars[key]
            if key in entry.container_vars:
                yield ContainerVariable.of(key, entry.container_vars[key]).value
        owner = host_of_container(host, variables)
        for entry in self._entries.get(owner, ()) if owner is not None else ():
            if key in entry.container_vars:
                given = ContainerVariable.of(key, entry.container_vars[key])
                if given.reaches(variables.get('component')):
                    yield given.value


def _misleading(inventory: Inventory, given: _Given) -> t.Iterator[str]:
    """Leading variables that are no address or host name, and that the configuration does not give."""
    hosts = hostvars_of(inventory)
    for keys, is_sound, wanted in ((ADDRESSES, address_of, 'an IP address'), (HOST_NAMES, is_host_name, 'a host name')):
        sound: set[str] = set()
        for host, variables in hosts.items():
            for key in keys:
                value = variables.get(key)
                if value is None or (isinstance(value, str) and value in sound):
                    continue
                if is_sound(value):
                    sound.add(value)
                elif not (given.to_host(host, variables, key) or _follows(hosts, variables, key, given)):
                    yield (
                        f'Variable {key!r} of {host!r} is {_shown(value)} instead of {wanted}, and the configuration'
                        ' does not give it.'
                    )


def _follows(hosts: dict[str, Variables], variables: Variables, key: str, given: _Given) -> bool:
    """Whether it is the address of the physical host, which the configuration gives as something else."""
    physical_host = variables.get('physical_host')
    if key != 'physical_host_addr' or not isinstance(physical_host, str) or physical_host not in hosts:
        return False
    its_own = hosts[physical_host]
    is_same = its_own.get('ansible_host') == variables[key]
    return is_same and given.to_host(physical_host, its_own, 'ansible_host')


def _shadows(inventory: Inventory, deployment: Deployment) -> t.Iterator[str]:
    """Hosts and groups by whose names plays mean the deploy host itself, unless the configuration has them."""
    host_groups = deployment.configuration.host_groups
    hosts = hostvars_of(inventory)
    groups = {child for group in groups_of(inventory).values() for child in children_of(group)}
    groups.update(inventory)
    for name in C.LOCALHOST:
        if name in hosts and not any(name in entries for entries in host_groups.values()):
            yield f"Host '{name}' takes the place of Ansible's own localhost, and the configuration does not have it."
        if name in groups and name not in host_groups and name not in deployment.environment.spellings.values():
            yield f"Group '{name}' takes the place of Ansible's own localhost, and the configuration does not have it."


def _shown(value: t.Any) -> str:
    """A value on one line, of bounded length and without control characters."""
    if isinstance(value, (dict, list)):
        return f'a value of type {type(value).__name__!r}'
    text = repr(value[: _LONGEST + 1]) if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST else f'{text[:_LONGEST]}…'
