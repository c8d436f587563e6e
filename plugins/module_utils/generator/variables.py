# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`container_vars`: variables that a host's entry gives to the host and to all of its containers."""

from __future__ import annotations

import collections

from ..configuration.model import Configuration, HostEntry
from .draft import Draft, Variables

LIMIT = 'limit_container_types'


class ContainerVariables:
    """Notes which entries were processed, in what order, and applies their `container_vars` when all containers exist.

    Of two host groups that set one key the one processed last wins.
    """

    def __init__(self, draft: Draft, configuration: Configuration) -> None:
        self._draft = draft
        self._configuration = configuration
        self._noted: dict[str, dict[tuple[str, str | None], None]] = collections.defaultdict(dict)

    def note(self, host_group: str, entry: HostEntry) -> None:
        """The entry was processed; the host's component at this moment decides about limited variables."""
        if entry.container_vars:
            steps = self._noted[entry.name]
            step = host_group, _component(self._draft.hostvars[entry.name])
            steps.pop(step, None)
            steps[step] = None

    def apply(self) -> None:
        """Set the variables of all entries that were noted."""
        for host, steps in self._noted.items():
            containers = self._draft.containers_of.get(host, ())
            last = _component(self._draft.hostvars[host])
            for host_group, component in steps:
                values = self._configuration.host_groups[host_group][host].container_vars
                _set(self._draft.hostvars[host], values, {component, last})
            for host_group in _by_last(steps):
                values = self._configuration.host_groups[host_group][host].container_vars
                for name in containers:
                    _set(self._draft.hostvars[name], values, {_component(self._draft.hostvars[name])})


def _by_last(steps: dict[tuple[str, str | None], None]) -> list[str]:
    """The host groups in the order in which they were processed last."""
    ordered: dict[str, None] = {}
    for host_group, _component_then in steps:
        ordered.pop(host_group, None)
        ordered[host_group] = None
    return list(ordered)


def _component(variables: Variables) -> str | None:
    component = variables.get('component')
    return component if isinstance(component, str) else None


def _set(variables: Variables, values: Variables, components: set[str | None]) -> None:
    """Set the values on one host; those with a limit only where it is part of one of the host's components."""
    for key, value in values.items():
        if not isinstance(value, dict) or LIMIT not in value:
            variables[key] = value
        elif any(component is not None and value[LIMIT] in component for component in components):
            variables[key] = {name: item for name, item in value.items() if name != LIMIT}
