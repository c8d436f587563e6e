# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Last touches: what every host has, and the hosts of LXC containers."""

from __future__ import annotations

from .builder import InventoryBuilder

NULL_UNLESS_SET = (
    'ansible_host',
    'component',
    'management_address',
    'physical_host',
    'physical_host_addr',
    'physical_host_group',
    'properties',
)


def complete_hosts(builder: InventoryBuilder) -> None:
    """Give every host the variables that roles expect of each."""
    reasons = builder.reasons
    for name, variables in builder.hostvars.items():
        for key in NULL_UNLESS_SET:
            variables.setdefault(key, None)
        variables.setdefault('container_tech', 'lxc')
        variables.setdefault('container_name', name)
        if variables.get('container_networks') is None:
            variables['container_networks'] = {}
        if reasons:
            reasons.completed(name, variables, NULL_UNLESS_SET)
    for name, variables in builder.hostvars.items():
        host = variables['physical_host']
        if isinstance(host, str) and host in builder.hostvars:
            variables['physical_host_addr'] = builder.hostvars[host]['ansible_host']
            if reasons:
                reasons.address_of_physical_host(name, host)


def set_lxc_hosts(builder: InventoryBuilder) -> None:
    """`lxc_hosts`: each host that has an LXC container, in the order of the containers' names."""
    containers = (
        (name, variables['physical_host'])
        for name, variables in sorted(builder.hostvars.items())
        if variables['physical_host'] not in (None, name) and variables['container_tech'] == 'lxc'
    )
    hosts = dict.fromkeys(host for _name, host in containers if isinstance(host, str) and host in builder.hostvars)
    builder.ensure_group('lxc_hosts', with_children=False)
    builder.groups['lxc_hosts'] = {'hosts': list(hosts)}
