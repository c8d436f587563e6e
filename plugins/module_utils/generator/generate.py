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
from .containers import make_containers
from .draft import Draft
from .draw import Draw
from .finish import complete_hosts, set_lxc_hosts
from .hosts import add_hosts, set_global_variables
from .networks import assign_networks
from .skeleton import add_groups


def generate(deployment: Deployment, stored: Inventory | None, draw: Draw) -> Result:
    """The inventory of a deployment.

    stored: the inventory of the run before, which is not altered; every name, address and membership in it is kept.
    None or an empty mapping when there is none.
    draw: how new names and addresses are drawn.

    Raises GenerationError when the deployment cannot be carried out, such as on a network without a free address,
    ConfigurationError for an unknown `reference_group`, and ConfigurationErrors for several of a kind.
    """
    configuration = deployment.configuration
    draft = Draft(stored)
    pools = Pools(configuration.networks, configuration.reserved, draft.possible_addresses, draw)
    set_global_variables(draft, configuration)
    add_hosts(draft, configuration)
    add_groups(draft, deployment.environment)
    make_containers(draft, deployment, draw, pools)
    assign_networks(draft, configuration, pools)
    complete_hosts(draft)
    set_lxc_hosts(draft)
    inventory = draft.inventory()
    return Result(
        inventory,
        (*draft.changes, *_altered(stored or {}, inventory)),
        (*deployment.warnings, *draft.warnings),
    )


def _altered(stored: Inventory, inventory: Inventory) -> list[Change]:
    """Hosts and groups that were stored and came out different."""
    before, after = hostvars_of(stored), hostvars_of(inventory)
    hosts = [name for name, variables in before.items() if variables != after[name]]
    groups = [name for name, group in groups_of(stored).items() if group != inventory[name]]
    return [Change(Kind.ALTERED_HOST, name) for name in hosts] + [Change(Kind.ALTERED_GROUP, name) for name in groups]
