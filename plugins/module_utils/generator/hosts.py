# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Physical hosts and global variables: what the configuration says outright."""

from __future__ import annotations

import typing as t

from ..configuration.model import Configuration, HostEntry
from ..results import Change, Kind, Notice
from ..words import counted, listed
from .builder import InventoryBuilder, is_metal


def set_global_variables(builder: InventoryBuilder, configuration: Configuration) -> None:
    """`all.vars`: the container CIDR, then every global override; what else is stored there goes."""
    builder.groups['all'] = {'vars': {'container_cidr': configuration.container_cidr, **configuration.global_overrides}}
    if builder.reasons:
        builder.reasons.global_variables(configuration)


def add_hosts(builder: InventoryBuilder, configuration: Configuration) -> None:
    """Every configured host into its group, with the variables that the configuration gives it."""
    for group, entries in configuration.host_groups.items():
        builder.ensure_group(group, with_children=False)
        for entry in entries.values():
            builder.add_host(group, entry.name)
            builder.ensure_host(entry.name)
    set_host_variables(builder, configuration)
    _report_unconfigured(builder, configuration)


def set_host_variables(builder: InventoryBuilder, configuration: Configuration) -> None:
    """What the configuration gives every host, over what it has; of two host groups the later one wins."""
    reasons = builder.reasons
    for group, entries in configuration.host_groups.items():
        for entry in entries.values():
            _set_variables(builder.hostvars[entry.name], group, entry)
            if reasons:
                reasons.host_entry(group, entry)


def _set_variables(variables: dict[str, t.Any], group: str, entry: HostEntry) -> None:
    properties = variables.get('properties')
    variables['ansible_host'] = entry.ip
    variables['management_address'] = entry.management_ip or entry.ip
    variables['is_metal'] = True
    variables['physical_host_group'] = group
    variables['properties'] = {**(properties if isinstance(properties, dict) else {}), 'is_metal': True}
    variables.update(entry.host_vars)


def _report_unconfigured(builder: InventoryBuilder, configuration: Configuration) -> None:
    """Physical hosts that are stored but not configured: they stay, and their operator is told."""
    configured = {name for entries in configuration.host_groups.values() for name in entries}
    left = [name for name, variables in builder.hostvars.items() if name not in configured and is_metal(variables)]
    for name in left:
        builder.changes.append(Change(Kind.UNCONFIGURED, name))
    if left:
        builder.warnings.append(_unconfigured(left, sum(len(builder.containers_of.get(name, ())) for name in left)))


def _unconfigured(hosts: list[str], containers: int) -> Notice:
    names = listed(f"'{name}'" for name in hosts)
    subject = f'Host {names} is' if len(hosts) == 1 else f'Hosts {names} are'
    kept = f' with {counted(containers, "container")}' if containers else ''
    return Notice(
        f'{subject} no longer configured, and kept in the inventory{kept}.',
        help_text='Put back what was taken out by mistake, and remove what is gone for good (osa-inventory remove'
        ' --with-containers).',
    )
