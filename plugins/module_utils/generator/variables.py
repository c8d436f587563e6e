# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`container_vars`: variables that a host's entry gives to the host and to all of its containers."""

from __future__ import annotations

from ..configuration.model import HostEntry, Variables
from ..configuration.variables import LIMIT
from .builder import InventoryBuilder


class ContainerVariables:
    """Sets `container_vars`: of two host groups that set one key, the one processed last wins."""

    def __init__(self, builder: InventoryBuilder) -> None:
        self._builder = builder
        self._processed: dict[str, dict[str, Variables]] = {}
        self._last_components: dict[str, str | None] = {}

    def set(self, host_group: str, entry: HostEntry) -> None:
        """The entry of a host group was processed: set its variables on the host.

        A limit is met by the component that the host has at this moment, or had at the end of the pass before.
        """
        if entry.container_vars:
            processed = self._processed.setdefault(entry.name, {})
            processed.pop(host_group, None)
            processed[host_group] = entry.container_vars
            variables = self._builder.hostvars[entry.name]
            _set(variables, entry.container_vars, {_component(variables), self._last_components.get(entry.name)})

    def end_pass(self) -> None:
        """All entries were processed: set their variables on the containers, too."""
        for host, processed in self._processed.items():
            self._last_components[host] = _component(self._builder.hostvars[host])
            for name in self._builder.containers_of.get(host, ()):
                variables = self._builder.hostvars[name]
                for container_vars in processed.values():
                    _set(variables, container_vars, {_component(variables)})


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
