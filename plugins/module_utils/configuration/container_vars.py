# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`container_vars`: what a value becomes, and which hosts and containers `limit_container_types` lets it through to."""

from __future__ import annotations

import typing as t

LIMIT = 'limit_container_types'


class ContainerVariable(t.NamedTuple):
    """One of the `container_vars` of a host's entry.

    name, value: as hosts and containers get them.
    limit: the text that their component must have in its name; None where the variable has no limit.
    """

    name: str
    value: t.Any
    limit: str | None

    @classmethod
    def of(cls, name: str, written: t.Any) -> ContainerVariable:
        """The variable from its value as it is written, which has the limit in it."""
        if not isinstance(written, dict) or LIMIT not in written:
            return cls(name, written, None)
        return cls(name, {key: item for key, item in written.items() if key != LIMIT}, written[LIMIT])

    def reaches(self, *components: t.Any) -> bool:
        """Whether a host or container with one of the components gets the variable. (OSA documentation.)"""
        return self.limit is None or any(isinstance(each, str) and self.limit in each for each in components)
