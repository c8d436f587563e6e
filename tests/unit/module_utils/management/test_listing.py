# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of an inventory."""

from __future__ import annotations

from ansible_collections.osa.inventory.plugins.module_utils.management import listing


def test_hosts_have_a_row_each_in_order_and_say_when_a_component_is_missing(inventory):
    rows = listing.hosts(inventory)
    assert [row.container_name for row in rows] == sorted(inventory['_meta']['hostvars'])
    hypervisor = next(row for row in rows if row.container_name == 'hyp-1')
    assert hypervisor == listing.HostRow(
        'hyp-1', True, 'nova_compute', 'hyp-1', None, '10.20.0.21', 'hyp-1_host_containers'
    )
    inventory['_meta']['hostvars']['hyp-1'] = {}
    bare = next(row for row in listing.hosts(inventory) if row.container_name == 'hyp-1')
    assert bare == listing.HostRow('hyp-1', False, '-undefined-', None, None, None, None)


def test_members_and_groups_are_two_views_of_the_same(inventory):
    members, groups = listing.members(inventory), listing.groups(inventory)
    assert {(group, name) for group, names in members.items() for name in names} == {
        (group, name) for name, of in groups.items() for group in of
    }
    assert 'compute_hosts' in groups['hyp-1']


def test_containers_stand_below_their_host_and_hosts_without_any_are_there(inventory):
    containers = listing.containers(inventory)
    assert containers['hyp-1'] == []
    assert containers['ctl-a'] == sorted(inventory['ctl-a_host_containers']['hosts'])


def test_export_has_the_variables_and_groups_of_each_host(inventory):
    export = listing.export_hosts(inventory)
    assert export['hosts']['hyp-1']['hostvars'] == inventory['_meta']['hostvars']['hyp-1']
    assert export['all'] == inventory['all']
