# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generator: a deployment and the stored inventory in, the inventory that should be stored out.

A pure function: no files, no clock, no chance but the one passed in. Called again on its own result, with the same
deployment, it changes nothing.
"""

from __future__ import annotations

from ..configuration.model import Deployment
from ..inventory import Inventory, groups_of, hostvars_of
from ..results import Change, Kind, Result
from .addresses import Pools
from .builder import InventoryBuilder
from .choice import Choice
from .containers import make_containers
from .finish import complete_hosts, set_lxc_hosts
from .hosts import add_hosts, set_global_variables
from .networks import assign_networks
from .reasons import Reasons
from .skeleton import add_groups


def generate(
    deployment: Deployment, stored: Inventory | None, choice: Choice, reasons: Reasons | None = None
) -> Result:
    """The inventory of a deployment.

    stored: the inventory of the run before, which is not altered; every name, address and membership in it is kept.
    None or an empty mapping when there is none.
    choice: how new names and addresses are drawn.
    reasons: takes note of why a host has its values; the inventory is the same without it.

    Raises GenerationError when the deployment cannot be carried out, such as on a network without a free address,
    ConfigurationError for an unknown `reference_group`, and ConfigurationErrors for several of a kind.
    """
    configuration = deployment.configuration
    builder = InventoryBuilder(stored, reasons)
    pools = Pools(configuration.networks, configuration.reserved, builder.possible_addresses, choice)
    set_global_variables(builder, configuration)
    add_hosts(builder, configuration)
    add_groups(builder, deployment.environment)
    make_containers(builder, deployment, choice, pools)
    assign_networks(builder, configuration, pools)
    complete_hosts(builder)
    set_lxc_hosts(builder)
    inventory = builder.inventory()
    return Result(
        inventory,
        (*builder.changes, *_altered(stored or {}, inventory)),
        (*deployment.warnings, *builder.warnings),
    )


def _altered(stored: Inventory, inventory: Inventory) -> list[Change]:
    """Hosts and groups that were stored and came out different."""
    before, after = hostvars_of(stored), hostvars_of(inventory)
    hosts = [name for name, variables in before.items() if variables != after[name]]
    groups = [name for name, group in groups_of(stored).items() if group != inventory[name]]
    return [Change(Kind.ALTERED_HOST, name) for name in hosts] + [Change(Kind.ALTERED_GROUP, name) for name in groups]
