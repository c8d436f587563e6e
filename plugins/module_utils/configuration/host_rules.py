# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about hosts and groups together: names that clash, names that grow too long, groups that cannot have hosts."""

from __future__ import annotations

import collections

from ..addresses import address_of
from ..places import PlacedDict
from ..words import listed
from .container_plan import ContainerPlan, all_group_of, host_containers
from .hosts import HostGroups
from .model import Environment, HostEntry, normalised
from .names import LONGEST_CONTAINER_STEM, RESERVED_GROUPS
from .problems import Problems

Entries = dict[str, dict[str, HostEntry]]
"""Name of a host -> name of a group -> its entry there."""


def check_hosts(
    host_groups: HostGroups, sections: PlacedDict, environment: Environment, no_containers: bool, problems: Problems
) -> None:
    """All rules of this page. sections: by normalised name, for places. no_containers: that of `global_overrides`."""
    entries: Entries = collections.defaultdict(dict)
    for group, hosts in host_groups.items():
        for name, entry in hosts.items():
            entries[name][group] = entry
    _refuse_names_of_groups(entries, host_groups, environment, problems)
    _warn_about_host_names(entries, problems)
    _refuse_hosts_of_parents(host_groups, sections, environment, problems)
    planned = _PlannedContainers(environment, ContainerPlan(environment, host_groups, no_containers), problems)
    for name, groups in entries.items():
        planned.refuse_long_names(name, groups)
        planned.warn_about_management_addresses(name, groups)


def _refuse_names_of_groups(
    entries: Entries, host_groups: HostGroups, environment: Environment, problems: Problems
) -> None:
    """Ansible takes variables of a host for those of a group of the same name."""
    groups = {*RESERVED_GROUPS, 'lxc_hosts', *host_groups, *environment.spellings.values()}
    for container_group in environment.containers.values():
        groups.update(all_group_of(environment, parent) for parent in container_group.belongs_to)
    groups.update(map(host_containers, entries))
    for name in entries:
        if name in groups:
            group, entry = next(iter(entries[name].items()))
            message = f"Host '{name}' in '{group}' has the name of a group."
            problems.error(message, entry.place, name, 'Use another name: Ansible cannot tell them apart.')


def _warn_about_host_names(entries: Entries, problems: Problems) -> None:
    by_lower_case: dict[str, str] = {}
    for name, groups in entries.items():
        place = next(iter(groups.values())).place
        other = by_lower_case.setdefault(name.lower(), name)
        if other != name:
            message = f"Host names '{other}' and '{name}' differ only by case."
            problems.warn(message, place, 'Use one of them, or names that differ more.')
        if name == 'localhost':
            message = "Host name 'localhost' is Ansible's name for the machine that it runs on itself."
            problems.warn(message, place, "Use another name, or plays for 'localhost' run on this host.")


def _refuse_hosts_of_parents(
    host_groups: HostGroups, sections: PlacedDict, environment: Environment, problems: Problems
) -> None:
    children: dict[str, list[str]] = {}
    for skeleton in environment.physical.values():
        for parent in skeleton.belongs_to:
            children.setdefault(parent, []).append(skeleton.name)
    for group, hosts in host_groups.items():
        if hosts and group in children:
            names = listed(f"'{name}'" for name in children[group])
            message = f"Group '{group}' has child groups ({names}), so it cannot have hosts of its own."
            name = normalised(group)
            problems.error(message, sections.key_places[name], name, 'Put the hosts into one of the child groups.')
    for section, skeletons in (('component_skel', environment.components), ('container_skel', environment.containers)):
        for skeleton in skeletons.values():
            for parent in skeleton.belongs_to:
                if host_groups.get(parent):
                    problems.warn(
                        f"Entry '{section}.{skeleton.name}' belongs to '{parent}', which has hosts of its own.",
                        skeleton.place,
                        'Let it belong to another group: in OSA a group has either hosts or child groups.',
                    )


class _PlannedContainers:
    """Rules that look ahead to what the hosts get from the container groups."""

    def __init__(self, environment: Environment, plan: ContainerPlan, problems: Problems) -> None:
        self._container_groups = [group for group in environment.containers.values() if group.contains]
        self._longest = max((len(group.name) for group in self._container_groups), default=0)
        self._plan = plan
        self._problems = problems

    def refuse_long_names(self, name: str, groups: dict[str, HostEntry]) -> None:
        """Note the longest name of a container that the host would get, if it is too long for a host name."""
        if len(name) + 1 + self._longest <= LONGEST_CONTAINER_STEM:
            return
        made = [
            group.name
            for group in self._container_groups
            if self._plan.wanting(group, name) and not self._plan.is_on_metal(group, name)
        ]
        longest = max(made, key=len, default='')
        length = len(name) + 1 + len(longest)
        if longest and length > LONGEST_CONTAINER_STEM:
            message = (
                f"Host name '{name}' and container group '{longest}' make a name of {length} characters; "
                f'{LONGEST_CONTAINER_STEM} are possible.'
            )
            left = LONGEST_CONTAINER_STEM - 1 - len(longest)
            help_text = f'Use a host name of at most {left} characters.' if left > 0 else 'Use a shorter group name.'
            self._problems.error(message, next(iter(groups.values())).place, name, help_text)

    def warn_about_management_addresses(self, name: str, groups: dict[str, HostEntry]) -> None:
        """Say which of a host's different management addresses counts."""
        if len({address_of(entry.management_ip) for entry in groups.values() if entry.management_ip}) <= 1:
            return
        counting = self._counting_group(name, groups)
        given = ', '.join(
            f"{each.management_ip or each.ip} in '{group}'"
            for group, each in groups.items()
            if each.management_ip or group == counting
        )
        self._problems.warn(
            f"Host '{name}' has different values of 'management_ip': {given}. That of '{counting}' counts.",
            groups[counting].place,
            "Give a host the same 'management_ip' in all groups.",
        )

    def _counting_group(self, name: str, groups: dict[str, HostEntry]) -> str:
        """The group of the last component that the host has itself, outside of containers, or its last group."""
        counting = last = next(reversed(groups))
        for group, entry in groups.items():
            counting = entry.host_vars.get('physical_host_group', group)
        for container_group in self._container_groups:
            wanting = self._plan.wanting(container_group, name)
            if wanting and self._plan.is_on_metal(container_group, name):
                counting = wanting[-1]
        return counting if isinstance(counting, str) and counting in groups else last
