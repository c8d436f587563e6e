# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The groups that the environment describes."""

from __future__ import annotations

import itertools

from ..configuration.model import Environment
from .builder import InventoryBuilder


def add_groups(builder: InventoryBuilder, environment: Environment) -> None:
    """Every group of the environment, and the tree of the physical and the component groups.

    The tree of the container groups is made together with the containers.
    """
    sections = (environment.physical, environment.components, environment.containers)
    for entry in itertools.chain.from_iterable(section.values() for section in sections):
        builder.ensure_group(entry.name, with_children=not entry.name.endswith('container'))
        for parent in entry.belongs_to:
            builder.ensure_group(parent, with_children=True)
    for entry in itertools.chain(environment.physical.values(), environment.components.values()):
        for parent in entry.belongs_to:
            builder.add_child(parent, entry.name)
