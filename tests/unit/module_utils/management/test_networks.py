# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How full the networks are, and who has which address."""

from __future__ import annotations

import random

from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.management.networks import usage
from support.deployments import deployment, host, provider_network


def test_size_is_used_and_reserved_and_free_and_addresses_have_their_owners():
    networks = {'management': '10.0.0.0/24', 'spare': 'fd00::/64'}
    entry = host('a', '10.0.0.5', affinity={'keystone_container': 3})
    described = deployment(
        {'identity_hosts': [entry]},
        networks=networks,
        provider_networks=[provider_network()],
        reserved=['10.0.0.7', '10.0.0.8', '10.0.9.9'],
    )
    inventory = generate(described, None, Choice(rng=random.Random(1))).inventory
    management, spare = usage(described.configuration, inventory)
    assert (management.size, management.used, management.reserved, management.free) == (254, 4, 2, 248)
    assert management.holdings[0].host == 'a' and management.holdings[0].key == 'management_address'
    assert {holding.host for holding in management.holdings} == inventory['_meta']['hostvars'].keys()
    assert (spare.size, spare.used, spare.holdings) == (2**64 - 2, 0, ())
