# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two inventories."""

from __future__ import annotations

import copy

from ansible_collections.osa.inventory.plugins.module_utils.management.difference import differences


def lines(before, after):
    return [str(difference) for difference in differences(before, after)]


def test_equal_inventories_have_no_differences(inventory):
    assert lines(inventory, copy.deepcopy(inventory)) == []


def test_hosts_variables_groups_and_members_are_told_apart(inventory):
    after = copy.deepcopy(inventory)
    hostvars = after['_meta']['hostvars']
    del hostvars['hyp-1']['mtu' if 'mtu' in hostvars['hyp-1'] else 'component']
    hostvars['hyp-2']['rack'] = 'r9'
    hostvars['hyp-2']['is_metal'] = 1
    hostvars['new'] = {}
    after['fresh'] = {'hosts': []}
    after['nova_compute']['hosts'] = [*reversed(after['nova_compute']['hosts']), 'new']
    after['all']['vars']['internal_lb_vip_address'] = '10.20.0.10'
    assert lines(inventory, after) == [
        '- host hyp-1 component: "nova_compute"',
        '~ host hyp-2 is_metal: true -> 1',
        '+ host hyp-2 rack: "r9"',
        '+ host new',
        '~ group all internal_lb_vip_address: "10.20.0.9" -> "10.20.0.10"',
        '+ group fresh',
        '+ group nova_compute hosts: "new"',
    ]
    assert '- host new' in lines(after, inventory)
