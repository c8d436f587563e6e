# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The laws that every generated inventory obeys, whatever it was generated from."""

from __future__ import annotations

import random
import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import Deployment
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.invariants import shape_problem, violations
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats import json_text


def broken_invariants(deployment: Deployment, inventory: Inventory, stored: Inventory | None = None) -> list[str]:
    """One sentence for each law that an inventory breaks, which was generated from a deployment.

    stored: the inventory of the run before; what it breaks itself may stay broken, and its containers stay.
    """
    broken = [problem] if (problem := shape_problem(inventory)) else violations(inventory)
    broken = [sentence for sentence in broken if stored is None or sentence not in violations(stored)]
    known = set(stored['_meta']['hostvars'] if stored else ())
    broken += _homeless(deployment, inventory, known)
    if not _is_fixed_point(deployment, inventory):
        broken.append('Another run changes it.')
    return broken


def _homeless(deployment: Deployment, inventory: Inventory, known: t.Container[str]) -> t.Iterator[str]:
    configured = {name for entries in deployment.configuration.host_groups.values() for name in entries}
    for name, variables in inventory['_meta']['hostvars'].items():
        if name not in known and name not in configured and variables['physical_host'] not in configured:
            yield f'Container {name!r} is on no configured host.'


def _is_fixed_point(deployment: Deployment, inventory: Inventory) -> bool:
    """Whether a second run, over what was stored and read back, gives the same bytes."""
    text = json_text.dump(inventory)
    stored = json_text.parse(text.encode('ascii'), 'stored', '')
    again = generate(deployment, stored, Choice(rng=random.Random(1)))
    return json_text.dump(again.inventory) == text
