# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`container_vars`: variables that a host's entry gives to the host and to all of its containers."""

from __future__ import annotations

import typing as t

from ..configuration.container_vars import ContainerVariable
from ..configuration.model import HostEntry
from .builder import InventoryBuilder


class ContainerVariables:
    """Sets `container_vars`: of two host groups that set one key, the one processed last wins."""

    def __init__(self, builder: InventoryBuilder) -> None:
        self._builder = builder
        self._processed: dict[str, dict[str, tuple[HostEntry, list[ContainerVariable]]]] = {}
        self._last_components: dict[str, t.Any] = {}

    def set(self, host_group: str, entry: HostEntry) -> None:
        """The entry of a host group was processed: set its variables on the host.

        A limit is met by the component that the host has at this moment, or had at the end of the pass before.
        """
        if entry.container_vars:
            processed = self._processed.setdefault(entry.name, {})
            given = processed.pop(host_group, None)
            if given is None:
                given = entry, [ContainerVariable.of(name, value) for name, value in entry.container_vars.items()]
            processed[host_group] = given
            self._set(entry.name, entry.name, host_group)

    def end_pass(self) -> None:
        """All entries were processed: set their variables on the containers as well."""
        for host, processed in self._processed.items():
            self._last_components[host] = self._builder.hostvars[host].get('component')
            for name in self._builder.containers_of.get(host, ()):
                for host_group in processed:
                    self._set(name, host, host_group)

    def _set(self, name: str, owner: str, host_group: str) -> None:
        """Set on a host or container what the owner's entry in a host group gives it."""
        variables, reasons = self._builder.hostvars[name], self._builder.reasons
        components = variables.get('component'), self._last_components.get(name)
        entry, all_given = self._processed[owner][host_group]
        for given in all_given:
            if given.reaches(*components):
                variables[given.name] = given.value
                if reasons:
                    reasons.container_variable(name, entry, host_group, given)
