# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Laws that hold for every deployment, shown on generated ones."""

from __future__ import annotations

import copy
import json
import random

import hypothesis
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from hypothesis import strategies as st
from support.deployments import deployment as deployment_in
from support.deployments import environment, host, provider_network

GROUPS = ['shared_infra_hosts', 'database_hosts', 'identity_hosts', 'compute_hosts', 'image_hosts', 'other_hosts']
KINDS = ['galera_container', 'keystone_container', 'glance_container', 'nova_compute_container']
NAMES = ['a', 'a1', 'a-b', 'a_b', 'ctl', 'ctl-a']

TYPES = ['shared_infra', 'database', 'identity', 'compute', 'image']
SMALL = environment(
    {
        'physical_skel': {
            f'{name}_{kind}': {'belongs_to': [parent]}
            for name in TYPES
            for kind, parent in [('containers', 'all_containers'), ('hosts', 'hosts')]
        },
        'component_skel': {
            'galera': {'belongs_to': ['galera_all']},
            'keystone': {'belongs_to': ['keystone_all']},
            'glance_api': {'belongs_to': ['glance_all']},
            'nova_compute': {'belongs_to': ['nova_all']},
            'nova_console': {'belongs_to': ['nova_all']},
        },
        'container_skel': {
            'galera_container': {
                'belongs_to': ['database_containers', 'shared_infra_containers'],
                'contains': ['galera'],
            },
            'keystone_container': {'belongs_to': ['identity_containers'], 'contains': ['keystone', 'unknown']},
            'glance_container': {'belongs_to': ['image_containers'], 'contains': ['glance_api']},
            'nova_compute_container': {
                'belongs_to': ['compute_containers'],
                'contains': ['nova_compute', 'nova_console'],
                'properties': {'is_metal': True},
            },
        },
    }
)


def deployment(host_groups, **settings):
    return deployment_in(host_groups, environment=SMALL, **settings)


@st.composite
def host_groups(draw, names=tuple(NAMES)):
    """Host group -> entries, with all that decides about containers."""
    chosen = draw(st.dictionaries(st.sampled_from(GROUPS), st.lists(st.sampled_from(names), unique=True), min_size=1))
    return {
        group: [
            host(
                name,
                f'10.0.1.{NAMES.index(name) + 1}',
                affinity=draw(st.dictionaries(st.sampled_from(KINDS), st.integers(0, 3), max_size=2)),
                no_containers=draw(st.sampled_from([None, None, True, False])),
                container_vars=draw(
                    st.sampled_from([{}, {'v': group}, {'x': {'limit_container_types': 'gal', 'y': 1}}])
                ),
            )
            for name in members
        ]
        for group, members in chosen.items()
    }


@st.composite
def deployments(draw):
    networks = [
        provider_network(),
        provider_network('storage', container_interface='eth2', group_binds=('glance_api', 'nova_compute', 'nowhere')),
    ]
    return deployment(
        draw(host_groups()),
        networks={'management': '10.0.0.0/16', 'storage': draw(st.sampled_from(['10.8.0.0/24', 'fd00::/64']))},
        provider_networks=networks,
        no_containers=draw(st.sampled_from([False, False, True])),
    )


def run(described, stored=None, seed=0, **ways):
    return generate(described, stored, Choice(rng=random.Random(seed), **ways))


def text(inventory):
    return json.dumps(inventory, sort_keys=True)


def addresses(inventory):
    for name, variables in inventory['_meta']['hostvars'].items():
        if variables['physical_host'] not in (None, name):
            yield from (entry['address'] for entry in variables['container_networks'].values() if 'address' in entry)


@hypothesis.given(deployments(), st.integers())
def test_one_run_is_the_fixed_point(described, seed):
    first = run(described, seed=seed)
    second = run(described, first.inventory, seed=seed + 1)
    assert text(second.inventory) == text(first.inventory)
    assert second.changes == ()


@hypothesis.given(deployments(), deployments())
def test_what_is_stored_stays_and_is_not_altered_in_place(before, after):
    stored = run(before).inventory
    kept = copy.deepcopy(stored)
    inventory = run(after, stored, seed=1).inventory
    assert stored == kept
    for name, variables in stored['_meta']['hostvars'].items():
        found = inventory['_meta']['hostvars'][name]
        for key, entry in variables['container_networks'].items():
            assert found['container_networks'][key].get('address') == entry.get('address')
        assert variables['physical_host'] in (None, found['physical_host'])
    for group in stored.keys() - {'_meta', 'all', 'lxc_hosts'}:
        for kind in ('hosts', 'children'):
            members = stored[group].get(kind, [])
            assert inventory[group].get(kind, [])[: len(members)] == members


@hypothesis.given(deployments(), deployments())
def test_no_address_is_given_twice_and_every_member_is_known(before, after):
    inventory = run(after, run(before).inventory, seed=1).inventory
    given = list(addresses(inventory))
    assert len(set(given)) == len(given)
    hosts = inventory['_meta']['hostvars'].keys()
    for name, group in inventory.items():
        if name != '_meta':
            assert set(group.get('hosts', ())) <= hosts
            assert set(group.get('children', ())) <= inventory.keys()
            assert len(set(group.get('hosts', ()))) == len(group.get('hosts', ()))


@hypothesis.given(deployments())
def test_every_container_is_on_a_configured_host_and_in_its_groups(described):
    inventory = run(described).inventory
    configured = {name for entries in described.configuration.host_groups.values() for name in entries}
    for name, variables in inventory['_meta']['hostvars'].items():
        physical = variables['physical_host']
        if physical not in (None, name):
            assert physical in configured
            assert name in inventory[f'{physical}_host_containers']['hosts']
            assert name in inventory[variables['component']]['hosts']


@hypothesis.given(host_groups(names=tuple(NAMES[:3])), host_groups(names=tuple(NAMES[3:])))
def test_adding_hosts_never_changes_others_nor_their_containers(described, added):
    stored = run(deployment(described)).inventory
    both = {group: [*described.get(group, ()), *added.get(group, ())] for group in {**described, **added}}
    inventory = run(deployment(both), stored, seed=1).inventory
    new = {entry.name for entries in added.values() for entry in entries}
    others = {
        name: variables
        for name, variables in inventory['_meta']['hostvars'].items()
        if name not in new and variables['physical_host'] not in new
    }
    assert others == stored['_meta']['hostvars']


@hypothesis.given(deployments(), st.integers(), st.integers())
def test_stable_ways_give_the_same_inventory_from_nothing_whatever_chance_says(described, one, another):
    ways = {'naming': 'stable', 'allocation': 'stable'}
    assert text(run(described, seed=one, **ways).inventory) == text(run(described, seed=another, **ways).inventory)


@hypothesis.given(host_groups(), host_groups())
def test_stable_names_are_the_same_after_growth_and_from_nothing(first, second):
    ways = {'naming': 'stable', 'allocation': 'stable'}
    both = {group: [*first.get(group, ())] for group in {**first, **second}}
    for group, entries in second.items():
        both[group] += [entry for entry in entries if entry.name not in {other.name for other in both[group]}]
    grown = run(deployment(both), run(deployment(first), **ways).inventory, **ways).inventory
    fresh = run(deployment(both), **ways).inventory
    assert fresh['_meta']['hostvars'].keys() <= grown['_meta']['hostvars'].keys()
