# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing hosts and groups, and clearing addresses."""

from __future__ import annotations

import copy
import random

import hypothesis
import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import InventoryError
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.management.removal import (
    clear_addresses,
    remove_groups,
    remove_hosts,
)
from ansible_collections.osa.inventory.plugins.module_utils.results import Change
from hypothesis import strategies as st
from support.deployments import deployment, host


def containers_of(inventory, physical):
    return {
        name
        for name, variables in inventory['_meta']['hostvars'].items()
        if variables['physical_host'] == physical and name != physical
    }


def mentions(inventory, name):
    """Where a name still stands as a host or a member."""
    found = ['hostvars'] if name in inventory['_meta']['hostvars'] else []
    for group, content in inventory.items():
        found += [group for kind in ('hosts', 'children') if group != '_meta' and name in content.get(kind, ())]
    return found


def test_a_removed_host_is_nowhere_and_its_containers_are_named(inventory):
    before = copy.deepcopy(inventory)
    result = remove_hosts(inventory, ['ctl-a'])
    assert inventory == before
    assert mentions(result.inventory, 'ctl-a') == []
    assert containers_of(result.inventory, 'ctl-a') == containers_of(before, 'ctl-a')
    assert 'Containers of removed hosts stay' in result.warnings[0].message
    assert result.changes == (Change('removed host', 'ctl-a'),)


def test_with_containers_they_go_too_and_their_group_with_them(inventory):
    containers = containers_of(inventory, 'ctl-a')
    result = remove_hosts(inventory, ['ctl-a'], with_containers=True)
    assert all(mentions(result.inventory, name) == [] for name in {'ctl-a', *containers})
    assert 'ctl-a_host_containers' not in result.inventory
    assert result.warnings == ()
    assert len(result.changes) == len(containers) + 2
    assert containers_of(result.inventory, 'ctl-b') == containers_of(inventory, 'ctl-b')


def test_the_last_container_takes_its_host_containers_group_along(inventory):
    names = sorted(containers_of(inventory, 'ctl-a'))
    some = remove_hosts(inventory, names[1:]).inventory
    assert some['ctl-a_host_containers']['hosts'] == names[:1]
    assert 'ctl-a_host_containers' not in remove_hosts(some, names[:1]).inventory


def test_only_what_was_asked_for_changes(inventory):
    removed = remove_hosts(inventory, ['hyp-1']).inventory
    for name, group in inventory.items():
        if name != '_meta':
            expected = {kind: [m for m in value if m != 'hyp-1'] for kind, value in group.items() if kind != 'vars'}
            assert {kind: value for kind, value in removed[name].items() if kind != 'vars'} == expected
    assert removed['all'] == inventory['all']


def test_unknown_hosts_are_an_error_with_the_nearest_name(inventory):
    with pytest.raises(InventoryError, match="'hyp-3' is not a host of the inventory") as error:
        remove_hosts(inventory, ['hyp-1', 'hyp-3'])
    assert "'hyp-" in error.value.help_text


def test_a_removed_group_is_no_child_either_and_its_hosts_stay(inventory):
    result = remove_groups(inventory, ['keystone'])
    assert mentions(result.inventory, 'keystone') == [] and 'keystone' not in result.inventory
    assert result.inventory['_meta'] == inventory['_meta']


@pytest.mark.parametrize('name', ['all', '_meta'])
def test_groups_of_every_inventory_are_refused(inventory, name):
    with pytest.raises(InventoryError, match='cannot be removed'):
        remove_groups(inventory, [name])


def test_unknown_groups_are_an_error(inventory):
    with pytest.raises(InventoryError, match="'keystne' is not a group") as error:
        remove_groups(inventory, ['keystne'])
    assert error.value.help_text == "Did you mean 'keystone'?"


def test_clearing_takes_addresses_from_containers_alone(inventory):
    result = clear_addresses(inventory)
    for name, variables in result.inventory['_meta']['hostvars'].items():
        if variables['properties'].get('is_metal'):
            assert variables == inventory['_meta']['hostvars'][name]
        else:
            assert variables.keys().isdisjoint({'container_networks', 'ansible_host', 'management_address'})
    assert {change.kind for change in result.changes} == {'cleared host'}


def test_clearing_follows_a_pattern_and_refuses_one_that_matches_nothing(inventory):
    result = clear_addresses(inventory, 'ctl-a-keystone-*')
    assert len(result.changes) == 1
    with pytest.raises(InventoryError, match="'nothing\\*' does not match the name of a host"):
        clear_addresses(inventory, 'nothing*')
    with pytest.raises(InventoryError, match='physical hosts keep their addresses'):
        clear_addresses(inventory, 'hyp-*')


@hypothesis.given(st.sets(st.sampled_from(['a', 'b', 'c']), min_size=1), st.booleans())
def test_after_a_removal_the_generator_works_and_brings_back_nothing_that_is_not_configured(removed, with_containers):
    def described(names):
        hosts = [host(name, f'10.0.1.{ord(name)}') for name in sorted(names)]
        return deployment({'identity_hosts': hosts, 'image_hosts': hosts})

    choice = Choice(rng=random.Random(1))
    stored = generate(described('abc'), None, choice).inventory
    left = remove_hosts(stored, sorted(removed), with_containers).inventory
    after = generate(described(set('abc') - removed), left, choice).inventory
    hostvars = after['_meta']['hostvars']
    assert removed.isdisjoint(hostvars)
    assert removed.isdisjoint(after['lxc_hosts']['hosts'])
    orphans = {name for name, variables in hostvars.items() if variables['physical_host'] in removed}
    assert bool(orphans) is not with_containers
    assert generate(described(set('abc') - removed), after, choice).inventory == after
