# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single rules of the generator that the conformance cases do not show."""

from __future__ import annotations

import random
import types

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    ConfigurationError,
    ConfigurationErrors,
    GenerationError,
)
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.places import ConfiguredTemplate, ConfiguredVault, Place
from ansible_collections.osa.inventory.plugins.module_utils.results import Change
from support.deployments import HERE, deployment, environment, host, provider_network


def run(described, stored=None, seed=0, **ways):
    return generate(described, stored, Choice(rng=random.Random(seed), **ways))


def identity(*names, **settings):
    return {'identity_hosts': [host(name, f'10.0.1.{number}', **settings) for number, name in enumerate(names, 1)]}


def variables_of(result, stem):
    return next(v for name, v in result.inventory['_meta']['hostvars'].items() if name.startswith(stem))


def messages(result):
    return [warning.message for warning in result.warnings]


def test_an_unknown_reference_group_is_an_error_with_the_nearest_name():
    place = types.MappingProxyType({'': HERE, 'reference_group': HERE})
    described = deployment(
        identity('a'), provider_networks=[provider_network(reference_group='identity', places=place)]
    )
    with pytest.raises(ConfigurationError, match="reference_group: 'identity' is not a group") as error:
        run(described)
    assert 'identity_' in error.value.help_text


def test_unknown_reference_groups_are_told_all_at_once():
    def network(line):
        place = types.MappingProxyType({'': Place('user', line, 1), 'reference_group': Place('user', line, 1)})
        return provider_network(reference_group=f'rack{line}', places=place)

    with pytest.raises(ConfigurationErrors) as error:
        run(deployment(identity('a'), provider_networks=[network(7), provider_network(), network(3)]))
    assert [each.place.line for each in error.value.errors] == [3, 7]


def test_an_unknown_bound_group_is_passed_over_with_a_warning():
    result = run(deployment(identity('a'), provider_networks=[provider_network(group_binds=('keystne', 'keystone'))]))
    assert messages(result) == [
        "provider_networks[0].group_binds: 'keystne' is not a group, so nothing is bound by it."
    ]
    assert result.warnings[0].help_text == "Did you mean 'keystone'?"
    assert 'management_address' in variables_of(result, 'a-keystone')['container_networks']


def test_an_affinity_beyond_all_addresses_is_refused_before_anything_is_made():
    described = deployment(
        identity('infra1', affinity={'keystone_container': 100000}), networks={'management': '10.0.0.0/22'}
    )
    with pytest.raises(
        GenerationError, match=r"Affinity 100000 of 'identity_hosts.infra1'.*'management' has 1021 free"
    ):
        run(described)


def test_an_exhausted_network_names_network_and_container():
    described = deployment(
        identity('infra1'), networks={'management': '10.0.0.0/30'}, reserved=['10.0.0.1', '10.0.0.2']
    )
    with pytest.raises(GenerationError, match=r"'management'.*no free address for 'infra1-keystone-container-"):
        run(described)


def test_exhausted_networks_are_told_all_at_once_and_each_once():
    described = deployment(
        identity('infra1'),
        networks={'management': '10.0.0.0/30', 'tunnel': '10.0.1.0/30', 'storage': '10.0.2.0/24'},
        reserved=['10.0.0.1', '10.0.0.2', '10.0.1.1', '10.0.1.2'],
        provider_networks=[
            provider_network(),
            provider_network(address_prefix='more'),
            *(provider_network(name, is_management=False) for name in ('storage', 'tunnel')),
        ],
    )
    with pytest.raises(ConfigurationErrors) as error:
        run(described)
    assert [each.message.split()[1] for each in error.value.errors] == ["'management'", "'tunnel'"]


def test_affinities_without_addresses_are_told_all_at_once_and_each_once():
    described = deployment(
        {
            'identity_hosts': [
                host(name, f'10.0.1.{number}', affinity={'keystone_container': 5000}, place=Place('user', number, 1))
                for number, name in enumerate(('b', 'a'), 1)
            ]
        },
        networks={'management': '10.0.0.0/22'},
    )
    with pytest.raises(ConfigurationErrors) as error:
        run(described)
    assert [each.message.split()[3] for each in error.value.errors] == ["'identity_hosts.b'", "'identity_hosts.a'"]


def test_a_changed_cidr_keeps_addresses_and_warns_once_for_each_network():
    stored = run(deployment(identity('a', 'b'))).inventory
    moved = run(deployment(identity('a', 'b'), networks={'management': '10.9.0.0/24'}), stored)
    for name in stored['keystone']['hosts']:
        assert moved.inventory['_meta']['hostvars'][name] == stored['_meta']['hostvars'][name]
    assert len(messages(moved)) == 1
    assert 'and 1 more' in messages(moved)[0]


def test_provider_networks_on_one_changed_network_are_warned_about_together():
    both = [provider_network(), provider_network(group_binds=('keystone',)), provider_network(address_prefix='other')]
    stored = run(deployment(identity('a'), provider_networks=both)).inventory
    moved = deployment(identity('a'), networks={'management': '10.9.0.0/24'}, provider_networks=both)
    (message,) = messages(run(moved, stored))
    assert message.endswith("outside network 'management' (10.9.0.0/24) and 1 more; it is kept.")


def test_two_networks_that_share_a_key_are_both_a_home_for_addresses():
    def rack(number):
        return provider_network(
            f'rack{number}', address_prefix='management', is_management=True, reference_group=f'rack{number}_hosts'
        )

    hosts = {**identity('a', 'b'), 'rack1_hosts': [host('a', '10.0.1.1')], 'rack2_hosts': [host('b', '10.0.1.2')]}
    networks = {'rack1': '10.1.0.0/24', 'rack2': '10.2.0.0/24'}
    described = deployment(hosts, networks=networks, provider_networks=[rack(1), rack(2)])
    first = run(described)
    assert variables_of(first, 'a-keystone')['ansible_host'].startswith('10.1.0.')
    assert variables_of(first, 'b-keystone')['ansible_host'].startswith('10.2.0.')
    assert messages(run(described, first.inventory)) == []


def test_a_network_without_a_pool_gives_an_entry_without_an_address_until_it_has_one():
    flat = provider_network(None, container_interface='eth12', container_bridge='br-ext', is_management=False)
    first = run(deployment(identity('a'), provider_networks=[provider_network(), flat]))
    entry = variables_of(first, 'a-keystone')['container_networks']['eth12_address']
    assert entry == {'bridge': 'br-ext', 'interface': 'eth12', 'netmask': None, 'type': 'veth'}
    pooled = provider_network('ext', address_prefix='eth12', container_bridge='br-ext', is_management=False)
    networks = {'management': '10.0.0.0/16', 'ext': '10.7.0.0/24'}
    described = deployment(identity('a'), networks=networks, provider_networks=[provider_network(), pooled])
    entry = variables_of(run(described, first.inventory), 'a-keystone')['container_networks']['eth12_address']
    assert entry['address'].startswith('10.7.0.') and entry['netmask'] == '255.255.255.0'


def test_a_network_without_any_name_is_warned_about():
    bare = provider_network(None, container_interface=None, is_management=False)
    result = run(deployment(identity('a'), provider_networks=[provider_network(), bare]))
    assert 'None_address' in variables_of(result, 'a-keystone')['container_networks']
    assert "named 'None_address'" in messages(result)[0]


def test_a_host_that_left_the_configuration_keeps_its_management_entry_and_is_named():
    stored = run(deployment(identity('a', 'b'))).inventory
    result = run(deployment(identity('a')), stored)
    assert result.inventory['_meta']['hostvars']['b'] == stored['_meta']['hostvars']['b']
    assert messages(result) == ["Host 'b' is no longer configured, and kept in the inventory with 1 container."]
    assert Change('unconfigured host', 'b') in result.changes


def test_a_null_physical_host_never_gets_into_lxc_hosts():
    result = run(deployment({**identity('a'), 'log_hosts': [host('log1', '10.0.1.9')]}))
    assert result.inventory['lxc_hosts'] == {'hosts': ['a']}
    assert result.inventory['_meta']['hostvars']['log1']['physical_host'] is None


def test_the_name_of_a_container_is_never_that_of_a_host_or_group():
    class Rigged(random.Random):
        values = iter([1, 1, 2])

        def getrandbits(self, bits):
            return next(self.values)

        def randrange(self, size):
            return 7

    described = deployment(identity('a', affinity={'keystone_container': 2}), provider_networks=[])
    inventory = generate(described, None, Choice(rng=Rigged())).inventory
    assert inventory['keystone']['hosts'] == ['a-keystone-container-00000001', 'a-keystone-container-00000002']


def test_stored_shapes_of_older_releases_are_taken():
    described = deployment(identity('a'))
    stored = run(described).inventory
    hostvars = stored['_meta']['hostvars']
    container = next(name for name in hostvars if name != 'a')
    hostvars[container]['container_networks'] = None
    address = hostvars[container]['management_address']
    hostvars['a']['physical_host'] = None
    del stored['all_containers']['children'], stored['hosts']
    result = run(described, stored, seed=1)
    assert (
        result.inventory['_meta']['hostvars'][container]['container_networks']['management_address']['address']
        == address
    )
    assert result.inventory['_meta']['hostvars']['a']['physical_host'] == 'a'
    assert 'identity_hosts' in result.inventory['hosts']['children']


@pytest.mark.parametrize('stored', [None, {}, {'_meta': {}}, {'_meta': {'hostvars': None}}])
def test_nothing_stored_is_a_fresh_inventory(stored):
    assert len(run(deployment(identity('a')), stored).inventory['_meta']['hostvars']) == 2


def test_text_of_the_configuration_keeps_its_trust_in_stored_properties():
    template, vault = ConfiguredTemplate('{{ x }}', HERE), ConfiguredVault('$ANSIBLE_VAULT;1.1', HERE)

    def described(properties):
        sections = {
            'physical_skel': {
                'identity_containers': {'belongs_to': ['all_containers']},
                'identity_hosts': {'belongs_to': ['hosts']},
            },
            'component_skel': {'keystone': {'belongs_to': ['keystone_all']}},
            'container_skel': {
                'keystone_container': {
                    'belongs_to': ['identity_containers'],
                    'contains': ['keystone'],
                    'properties': properties,
                }
            },
        }
        return deployment(identity('a'), environment=environment(sections))

    stored = run(described({'a': '{{ x }}', 'b': ['{{ x }}'], 'c': '{{ y }}', 'v': dict(vault)})).inventory
    result = run(described({'a': template, 'b': [template], 'c': template, 'v': vault}), stored)
    properties = variables_of(result, 'a-keystone')['properties']
    assert properties == {'a': '{{ x }}', 'b': ['{{ x }}'], 'c': '{{ y }}', 'v': dict(vault)}
    assert properties['a'] is template and properties['b'][0] is template and properties['v'] is vault
    assert not isinstance(properties['c'], ConfiguredTemplate)


def test_changes_name_what_was_made_and_what_came_out_different():
    first = run(deployment(identity('a')))
    kinds = [change.kind for change in first.changes]
    assert kinds.count('host') == 1 and kinds.count('container') == 1 and kinds.count('address') == 1
    second = run(deployment(identity('a', host_vars={'rack': 1})), first.inventory)
    assert second.changes == (Change('altered host', 'a'),)
    assert second.summary() == '1 altered host'


def both_networks(second):
    """The management network with a key of its own, and another network whose key is that of management addresses."""
    management = provider_network(address_prefix='container')
    other = provider_network('other', address_prefix='management', is_management=False, container_bridge='br-x')
    networks = {'management': '10.0.0.0/16', 'other': '10.7.0.0/24'}
    both = [management, other] if second else [other, management]
    return deployment(identity('a'), networks=networks, provider_networks=both)


@pytest.mark.parametrize('second', [True, False])
@pytest.mark.parametrize('grown', [True, False])
def test_the_management_address_on_one_network_is_no_former_address_on_another(second, grown):
    described = both_networks(second)
    before = deployment(identity('a'), provider_networks=[provider_network(address_prefix='container')])
    first = run(described, run(before).inventory if grown else None, seed=1)
    variables = variables_of(first, 'a-keystone')
    assert variables['container_networks']['management_address']['address'].startswith('10.7.0.')
    assert variables['management_address'] == variables['container_networks']['container_address']['address']
    assert run(described, first.inventory, seed=2).changes == ()


def test_a_management_network_with_a_new_key_keeps_the_addresses_it_gave():
    stored = run(deployment(identity('a'), provider_networks=[provider_network(address_prefix='container')])).inventory
    address = variables_of(types.SimpleNamespace(inventory=stored), 'a-keystone')['management_address']
    variables = variables_of(run(deployment(identity('a')), stored, seed=1), 'a-keystone')
    assert variables['container_networks']['management_address']['address'] == variables['ansible_host'] == address


def test_a_former_management_address_of_a_host_is_not_given_out_by_the_run_that_changes_it():
    def described(address, *networks):
        hosts = {'identity_hosts': [host('a', '10.0.1.1', management_ip=address)]}
        return deployment(hosts, networks={'management': '10.0.0.0/29'}, provider_networks=networks)

    management = provider_network(group_binds=('hosts', 'all_containers'))
    stored = run(described('10.0.0.1', provider_network(group_binds=('hosts',)))).inventory
    seen = {
        variables_of(run(described('10.0.0.2', management), stored, seed=seed), 'a-keystone')['ansible_host']
        for seed in range(40)
    }
    assert seen == {'10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6'}


def test_a_host_that_left_the_configuration_keeps_the_gateway_of_its_management_network():
    storage = provider_network('storage', container_bridge='br-st', is_management=False, gateway='10.7.0.1')
    management = provider_network(gateway='10.0.0.254')
    networks = {'management': '10.0.0.0/16', 'storage': '10.7.0.0/24'}

    def described(*names):
        return deployment(identity(*names), networks=networks, provider_networks=[storage, management])

    stored = run(described('a', 'b')).inventory
    assert run(described('a'), stored).inventory['_meta']['hostvars']['b'] == stored['_meta']['hostvars']['b']


def test_container_variables_are_set_when_their_entry_is_processed():
    """Of what a component on metal sets, too, the last one processed wins."""
    hosts = {
        'database_hosts': [host('a', '10.0.1.1', no_containers=True, container_vars={'container_name': 'own', 'w': 1})],
        'image_hosts': [host('a', '10.0.1.1', no_containers=True)],
    }
    for groups, name in ((hosts, 'a'), (dict(list(hosts.items())[:1]), 'own')):
        variables = run(deployment(groups)).inventory['_meta']['hostvars']['a']
        assert (variables['container_name'], variables['w']) == (name, 1)


def test_a_component_that_container_variables_set_counts_at_once():
    described = deployment(identity('a', container_vars={'component': 'keystone'}))
    first = run(described)
    assert first.inventory['keystone']['hosts'][-1] == 'a'
    assert run(described, first.inventory).changes == ()


def test_a_physical_host_is_no_container_of_the_one_that_its_variable_names():
    hosts = {
        'identity_hosts': [host('a', '10.0.1.1', container_vars={'w': 1})],
        'compute_hosts': [
            host('b', '10.0.1.2', host_vars={'physical_host': 'a'}, affinity={'nova_compute_container': 0})
        ],
    }
    first = run(deployment(hosts))
    second = run(deployment(hosts), first.inventory)
    assert 'w' not in second.inventory['_meta']['hostvars']['b']
    assert second.changes == ()


def test_an_empty_text_is_a_field_that_is_not_set():
    network = provider_network(container_bridge='', container_type='', container_mtu=0, container_interface='')
    variables = variables_of(run(deployment(identity('a'), provider_networks=[network])), 'a-keystone')
    entry = variables['container_networks']['management_address']
    assert entry.pop('address') and entry == {'interface': '', 'mtu': 0, 'netmask': '255.255.0.0'}
