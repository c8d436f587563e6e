# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single rules of the generator that the conformance cases do not show."""

from __future__ import annotations

import random
import types

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import GenerationError
from ansible_collections.osa.inventory.plugins.module_utils.generator.draw import Draw
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.places import ConfiguredTemplate, ConfiguredVault
from ansible_collections.osa.inventory.plugins.module_utils.results import Change
from support.deployments import HERE, deployment, environment, host, provider_network


def run(described, stored=None, seed=0, **ways):
    return generate(described, stored, Draw(rng=random.Random(seed), **ways))


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
    with pytest.raises(GenerationError, match="reference_group: 'identity' is not a group") as error:
        run(described)
    assert 'identity_' in error.value.help_text


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


def test_a_changed_cidr_keeps_addresses_and_warns_once_for_each_network():
    stored = run(deployment(identity('a', 'b'))).inventory
    moved = run(deployment(identity('a', 'b'), networks={'management': '10.9.0.0/24'}), stored)
    for name in stored['keystone']['hosts']:
        assert moved.inventory['_meta']['hostvars'][name] == stored['_meta']['hostvars'][name]
    assert len(messages(moved)) == 1
    assert 'and 1 more' in messages(moved)[0]


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
    inventory = generate(described, None, Draw(rng=Rigged())).inventory
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
