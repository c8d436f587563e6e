# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sound description of a few lines, to which tests add what they try."""

from __future__ import annotations

NETWORKS = 'cidr_networks: {management: 10.0.0.0/22, tunnel: 10.0.4.0/22}\n'
MANAGEMENT = (
    '    - network: {ip_from_q: management, container_bridge: br-mgmt, container_interface: eth1,\n'
    '        is_management_address: true, group_binds: [all_containers, hosts]}\n'
)
OVERRIDES = f'global_overrides:\n  provider_networks:\n{MANAGEMENT}'
SOUND = NETWORKS + OVERRIDES
"""Five lines; what a test adds begins in line 6."""

TUNNEL = SOUND + '    - network:\n        ip_from_q: tunnel\n'
"""A second provider network; what a test adds to it begins in line 8."""


def hosts(text: str) -> str:
    """The sound description with groups of hosts, whose first line is line 6."""
    return SOUND + text
