# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory as static files that Ansible reads to the same result: `hosts.yml`, `group_vars` and `host_vars`."""

from __future__ import annotations

import collections.abc
import dataclasses
import typing as t

from ..configuration.names import is_group_name, is_host_name
from ..errors import InventoryError
from ..inventory import Group, Inventory, groups_of, hosts_of, hostvars_of, vars_of
from .static_export_yaml import mapping_text, text

HOSTS = 'hosts.yml'
CONFIGURATION = 'ansible.cfg'
PRIORITY = 'ansible_group_priority'
"""Ansible takes this from the inventory itself, never from `group_vars`."""

_EXTENSIONS = ('.yml', '.yaml', '.json')
_HEADER = """\
# A static copy of an inventory of osa.inventory. It is read by Ansible's inventory plugin yaml, which ansible.cfg must
# enable; the one beside this file does.
---
"""
_CONFIGURATION = """\
[defaults]
inventory = hosts.yml
force_valid_group_names = ignore

[inventory]
any_unparsed_is_failed = true
enable_plugins = yaml
"""

Files = dict[str, bytes]
"""Path below a directory, with `/`, -> content."""


@dataclasses.dataclass(frozen=True)
class Elsewhere:
    """Hosts and groups that have `host_vars` or `group_vars` of the deployer's own, which count above the inventory's.

    groups: whether there are any for groups.
    """

    hosts: collections.abc.Set[str] = frozenset()
    groups: bool = False


def static_files(inventory: Inventory, elsewhere: Elsewhere | None = None) -> Files:
    """The files of a static inventory, in the order of their names; hosts that are in no group are left out.

    inventory: groups in the order in which Ansible is to meet them. Text that looks like a template is written as one
    only where it is a `ConfiguredTemplate`, so a stored one stays text. elsewhere: for which the variables stand in
    `hosts.yml` instead of files of their own, so that the deployer's, put beside it, count above them.
    Raises InventoryError for names that files or Ansible's YAML inventories cannot have.
    """
    known = elsewhere or Elsewhere()
    groups = groups_of(inventory)
    hostvars = hostvars_of(inventory)
    hosts = dict.fromkeys(host for group in groups.values() for host in hosts_of(group))
    _check_names('host', hosts, is_host_name)
    _check_names('group', groups, is_group_name)
    files = {CONFIGURATION: _CONFIGURATION.encode('ascii')}
    inline_hosts = {name: hostvars.get(name) or {} for name in known.hosts if name in hosts}
    inline_groups = {name: _inline(vars_of(group), known.groups) for name, group in groups.items()}
    files[HOSTS] = _hosts_file(groups, inline_groups, inline_hosts)
    for name, group in groups.items():
        variables = {key: value for key, value in vars_of(group).items() if key not in inline_groups[name]}
        _add(files, f'group_vars/{name}.yml', variables)
    for name in hosts:
        if name not in inline_hosts:
            _add(files, f'host_vars/{name}.yml', hostvars.get(name) or {})
    return dict(sorted(files.items()))


def _add(files: Files, path: str, variables: dict[str, t.Any]) -> None:
    if variables:
        files[path] = f'---\n{mapping_text(variables)}'.encode('ascii')


def _inline(variables: dict[str, t.Any], everything: bool) -> dict[str, t.Any]:
    """Those variables of a group that must stand in `hosts.yml`."""
    return variables if everything else {key: variables[key] for key in variables.keys() & {PRIORITY}}


def _check_names(kind: str, names: collections.abc.Collection[str], fits: t.Callable[[t.Any], bool]) -> None:
    for name in names:
        taken = any(name.endswith(ending) and name.removesuffix(ending) in names for ending in _EXTENSIONS)
        if not fits(name) or taken:
            raise InventoryError(
                f"'{name}' cannot be the name of a {kind} in a static inventory"
                f'{": its file would be taken for that of another one" if taken else ""}.',
                help_text='Remove or rename it, or use another kind of export.',
            )


def _hosts_file(
    groups: dict[str, Group | None],
    group_variables: dict[str, dict[str, t.Any]],
    host_variables: dict[str, dict[str, t.Any]],
) -> bytes:
    """Groups with their members; the variables of a host stand where it is first a member."""
    left = {name: variables for name, variables in host_variables.items() if variables}
    lines = [_HEADER]
    for name, group in groups.items():
        body = []
        for kind in ('hosts', 'children'):
            members = dict.fromkeys((group or {}).get(kind) or ())
            if members:
                body.append(f'  {kind}:\n')
            for member in members:
                variables = left.pop(member, None) if kind == 'hosts' else None
                body.append(f'    {text(member)}:\n{mapping_text(variables, " " * 6) if variables else ""}')
        if group_variables[name]:
            body.append(f'  vars:\n{mapping_text(group_variables[name], " " * 4)}')
        lines += [f'{text(name)}:\n', *body] if body else [f'{text(name)}: {{}}\n']
    return ''.join(lines).encode('ascii')
