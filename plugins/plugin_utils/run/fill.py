# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an inventory to Ansible's hosts, groups and variables: all of it, or an error and nothing."""

from __future__ import annotations

import contextlib
import copy
import graphlib
import typing as t

from ansible import constants as C
from ansible.inventory.data import InventoryData
from ansible.inventory.group import to_safe_group_name

from ...module_utils.configuration.names import is_group_name, is_host_name
from ...module_utils.errors import InventoryError
from ...module_utils.inventory import HOSTVARS, META, Inventory, children_of, groups_of, hosts_of, hostvars_of, vars_of
from ...module_utils.results import Notice
from ...module_utils.words import listed
from .trust import TrustRule

PRIORITY = 'ansible_group_priority'
LONGEST_NAME = 80
"""How many characters of a wrong name a message shows."""


def check(inventory: Inventory, target: InventoryData) -> None:
    """Raise InventoryError unless Ansible can show the inventory beside what `target` already has."""
    flaws = [*_misshapen(inventory)]
    if not flaws:
        flaws = [*_misnamed(inventory), *_clashes(inventory, target), *_cycles(inventory, target)]
    refuse(
        flaws,
        help_text='Nothing was written. Rename or remove what is named here, in the configuration where it stands'
        ' there, else in the stored inventory.',
    )


def refuse(flaws: t.Sequence[str], help_text: str) -> None:
    """Raise InventoryError with all flaws of an inventory, if there are any; help_text: what to do about them."""
    if flaws:
        raise InventoryError(
            flaws[0] if len(flaws) == 1 else f'The inventory has {len(flaws)} flaws: {listed(flaws, " ")}',
            help_text=help_text,
        )


def _misshapen(inventory: Inventory) -> t.Iterator[str]:
    """What is not of the form of Ansible's `script` inventories; null stands for an empty list or mapping."""
    for name, variables in hostvars_of(inventory).items():
        if not isinstance(variables, dict):
            yield _contains(f'{META}.{HOSTVARS}.{name}', variables, dict)
    for name, group in groups_of(inventory).items():
        if not name:
            yield 'A group has an empty name.'
        if not isinstance(group, dict):
            yield _contains(name, group, dict)
            continue
        for part, wanted in (('hosts', list), ('children', list), ('vars', dict)):
            yield from _wrong_part(f'{name}.{part}', group.get(part) or wanted(), wanted)
        yield from _wrong_priority(name, group.get('vars'))


def _wrong_part(where: str, value: t.Any, wanted: type) -> t.Iterator[str]:
    """A part of a group that is not a list or mapping as it must be, and members of a list that are not names."""
    if not isinstance(value, wanted):
        yield _contains(where, value, wanted)
    elif isinstance(value, list):
        for member in value:
            if not isinstance(member, str) or not member:
                yield f'Value contains {where!r} with the member {member!r} instead of a name.'


def _misnamed(inventory: Inventory) -> t.Iterator[str]:
    """Names that mean something else to Ansible, or to what it starts: paths of files, patterns, options, templates."""
    for name in hostvars_of(inventory):
        if not is_host_name(name):
            yield f'{name[:LONGEST_NAME]!r} cannot be the name of a host.'
    children = (child for group in groups_of(inventory).values() for child in children_of(group))
    for name in dict.fromkeys((*inventory, *children)):
        if not is_group_name(name):
            yield f'{name[:LONGEST_NAME]!r} cannot be the name of a group.'


def _wrong_priority(name: str, variables: t.Any) -> t.Iterator[str]:
    """Ansible takes the priority of a group as a number at once."""
    if not isinstance(variables, dict) or PRIORITY not in variables:
        return
    try:
        int(variables[PRIORITY])
    except (TypeError, ValueError, OverflowError):
        where = f'{name}.vars.{PRIORITY}'
        yield f'Value contains {where!r} which is {variables[PRIORITY]!r} instead of a whole number.'


def _contains(where: str, value: t.Any, wanted: type) -> str:
    return f'Value contains {where!r} which is {type(value).__name__!r} instead of {wanted.__name__!r}.'


def _clashes(inventory: Inventory, target: InventoryData) -> t.Iterator[str]:
    """Names that stand for both a host and a group: Ansible would set the host's variables on the group."""
    groups = groups_of(inventory)
    safe = {*map(_safe, groups), *target.groups}
    hosts = {host for group in groups.values() for host in hosts_of(group)}
    for name in sorted(hosts & safe | {safe_name for safe_name in safe if safe_name in target.hosts}):
        yield f'{name!r} is the name of a host and of a group.'


def _cycles(inventory: Inventory, target: InventoryData) -> t.Iterator[str]:
    """Groups that are below themselves, counting what Ansible puts below `all`, and other sources' groups."""
    below: dict[str, set[str]] = {
        name: {child.name for child in group.child_groups} for name, group in target.groups.items()
    }
    for name, group in groups_of(inventory).items():
        below.setdefault(_safe(name), set()).update(map(_safe, children_of(group)))
    every = {*below, *(child for children in below.values() for child in children)} - {'all'}
    try:
        graphlib.TopologicalSorter({**below, 'all': every}).prepare()
    except graphlib.CycleError as error:
        yield f'Groups contain each other: {" > ".join(map(repr, error.args[1][::-1]))}.'


def _safe(name: str) -> str:
    """The name under which Ansible will have the group."""
    if C.TRANSFORM_INVALID_GROUP_CHARS in ('never', 'ignore'):
        return name
    return str(to_safe_group_name(name, silent=True))


def shadows(inventory: Inventory) -> t.Iterator[Notice]:
    """A warning for each host that stands in for Ansible's own localhost without saying how to connect to it."""
    members = {host for group in groups_of(inventory).values() for host in hosts_of(group)}
    for name in C.LOCALHOST:
        if name in members and 'ansible_connection' not in hostvars_of(inventory).get(name, {}):
            yield Notice(
                f"The host '{name}' of the deployment takes the place of Ansible's implicit localhost, so that plays "
                'on localhost connect to it by SSH.',
                help_text="Give the host another name, or set 'ansible_connection' in its host_vars.",
            )


def fill(inventory: Inventory, target: InventoryData, rule: TrustRule) -> list[str]:
    """Add a checked inventory to Ansible's, in the order of Ansible's `script` plugin; returns the hosts added.

    Groups come in the order of their names, as in the stored form. Hosts without a group are left out, as `script`
    does. Variables are set on the objects themselves: `set_variable` of the inventory that a plugin is given visits
    every value once more, and writes to the group where a group has the host's name.
    """
    groups = dict(sorted(groups_of(inventory).items()))
    members = dict.fromkeys(host for group in groups.values() for host in hosts_of(group))
    hostvars = hostvars_of(inventory)
    variables = {host: rule.variables(host, hostvars.get(host, {})) for host in members}
    group_variables = {name: rule.variables(name, vars_of(group)) for name, group in groups.items()}
    for name, group in groups.items():
        actual = target.add_group(name)
        for host in hosts_of(group):
            target.add_host(host, actual)
        for key, value in group_variables[name].items():
            target.groups[actual].set_variable(key, value)
        for child in children_of(group):
            target.add_child(actual, target.add_group(child))
    for host, values in variables.items():
        for key, value in values.items():
            target.hosts[host].set_variable(key, value)
    return list(members)


def check_constructed(names: t.Container[str]) -> None:
    """Raise InventoryError for a group, made by an expression of the source, by which plays mean the deploy host.

    Other names that mean something else cannot come of expressions: Ansible replaces all but letters and digits.
    """
    refuse(
        [f"An expression of the inventory source makes the group '{name}'." for name in C.LOCALHOST if name in names],
        help_text="That is Ansible's own localhost. See 'keyed_groups' and 'groups' of the source, and what is stored"
        ' in the variables that they use. Nothing of this run is shown to Ansible.',
    )


@contextlib.contextmanager
def all_or_nothing(target: InventoryData) -> t.Iterator[None]:
    """When what happens within it fails, `target` has again the hosts and groups that it had before."""
    before = copy.deepcopy((target.hosts, target.groups, target.localhost))
    try:
        yield
    except Exception:
        target.hosts, target.groups, target.localhost = before
        raise
