# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names: what hosts and groups may be called, and which names of variables and groups are taken."""

from __future__ import annotations

import re
import typing as t

from ..inventory import META

LONGEST_HOST_NAME = 63
"""Characters of a host name (RFC 1123: of one of its labels)."""

LONGEST_CONTAINER_STEM = 52
"""Characters of `{host}-{container group}`; with `-` and the suffix of 8 digits a container's name has 61."""

LONGEST_NAME = 250
"""Characters of any name: as many as the name of its file in `host_vars` or `group_vars` can have."""

RESERVED_GROUPS = frozenset({'all', 'ungrouped', META})
"""Groups that Ansible makes itself, and the key for host variables in its inventories."""

GENERATED_VARIABLES = frozenset(
    {'physical_host', 'physical_host_group', 'properties', 'container_types', 'container_networks', 'component'}
)
"""Host variables that are computed from the configuration."""

RESERVED_VARIABLES = frozenset(
    """
    action always any_errors_fatal args async async_val become become_exe become_flags become_method become_user block
    changed_when check_mode collections connection cycler debugger delay delegate_facts delegate_to dict diff
    environment fact_path failed_when force_handlers gather_facts gather_timeout handlers hosts ignore_errors
    ignore_unreachable joiner lipsum local_action lookup loop loop_control loop_with max_fail_percentage
    module_defaults name namespace no_log notify now omit order poll port post_tasks pre_tasks q query range register
    remote_user rescue retries roles run_once serial strategy tags tasks throttle timeout undef until validate_argspec
    vars_files vars_prompt when with_
    """.split()  # noqa: SIM905 - a list would take eighty lines
)
"""Names that Ansible warns about as variables (ansible-core 2.19 to 2.21; `vars` is its own exception)."""

_HOST_NAME = re.compile(r'[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?')
_GROUP_NAME = re.compile(r'[A-Za-z0-9_][A-Za-z0-9_.-]*')


def is_host_name(name: t.Any) -> bool:
    """Whether it is text that can be the name of a host, in an inventory and, but for underscores, in the DNS."""
    return isinstance(name, str) and len(name) <= LONGEST_NAME and _HOST_NAME.fullmatch(name) is not None


def is_group_name(name: t.Any) -> bool:
    """Whether it is text that can be the name of a group: no white space, no pattern characters, no template."""
    return isinstance(name, str) and len(name) <= LONGEST_NAME and _GROUP_NAME.fullmatch(name) is not None


def is_anchor_section(name: t.Any) -> bool:
    """Whether a key at the top level only holds YAML anchors, by custom."""
    return isinstance(name, str) and name.startswith(('_', '.', 'x_', 'x-'))
