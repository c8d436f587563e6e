# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where values come from: the line in the configuration, the rule, or the stored inventory and since when."""

from __future__ import annotations

import copy
import pathlib
import random

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import load_deployment, load_written
from ansible_collections.osa.inventory.plugins.module_utils.errors import InventoryError
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.generator.reasons import Reasons
from ansible_collections.osa.inventory.plugins.module_utils.management.explanation import explain
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import State
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.metadata import account
from support.deployments import CONFORMANCE

ENVIRONMENT = str(pathlib.Path(__file__).resolve().parents[4] / 'environment')
CONFIGURATION = """\
cidr_networks:
  management: 10.0.0.0/24
  storage: 10.1.0.0/24
global_overrides:
  greeting: hello
  management_bridge: br-mgmt
  provider_networks:
    - network:
        container_bridge: br-mgmt
        container_interface: eth1
        ip_from_q: management
        is_management_address: true
        gateway: 10.0.0.1
        group_binds: [all_containers, hosts]
shared_infra_hosts:
  ctl1:
    ip: 10.0.0.11
    host_vars:
      rack: r1
    container_vars:
      color: blue
      limited:
        limit_container_types: galera
        tuned: true
identity_hosts:
  ctl1:
    ip: 10.0.0.11
    management_ip: 10.0.0.12
    host_vars:
      rack: r2
    container_vars:
      color: red
compute_hosts:
  cmp1:
    ip: 10.0.0.21
"""
LINES = CONFIGURATION.splitlines()


class Site:
    """A deployment with what was generated for it."""

    def __init__(self, directory: pathlib.Path, stored=None) -> None:
        self.deployment = load_deployment(str(directory), ENVIRONMENT)
        self.written = load_written(str(directory), ENVIRONMENT)
        self.stored = stored
        self.inventory = generate(self.deployment, stored, Choice(rng=random.Random(1))).inventory
        self.states: list[State] = []

    @property
    def hostvars(self):
        return self.inventory['_meta']['hostvars']

    def container(self, component):
        return next(
            name
            for name, values in self.hostvars.items()
            if values['component'] == component and values['physical_host'] != name
        )

    def explain(self, host, variable=None, states=None):
        reasons = Reasons(host)
        inventory = generate(self.deployment, self.stored, Choice(rng=random.Random(1)), reasons).inventory
        assert inventory == self.inventory
        return explain(self.written, inventory, reasons, variable, self.states if states is None else states)

    def one(self, host, variable):
        (found,) = self.explain(host, variable)
        return found


@pytest.fixture
def site(tmp_path):
    (tmp_path / 'openstack_user_config.yml').write_text(CONFIGURATION)
    return Site(tmp_path)


def line(found):
    return LINES[found.place.line - 1].strip()


@pytest.mark.parametrize('case', ['03-affinity', '07-routed-racks', '12-host-vars', '28-vars', '31-name-prefixes'])
def test_whatever_is_generated_from_nothing_is_explained(case):
    site = Site(CONFORMANCE / case / 'config')
    for host, variables in site.hostvars.items():
        found = site.explain(host)
        assert {each.variable.partition('.')[0] for each in found} >= variables.keys() - {'container_networks'}
        assert {each.origin for each in found} <= {'configured', 'generated'}
        assert all(each.place for each in found if each.origin == 'configured')


def test_a_host_variable_is_explained_by_the_group_that_comes_last(site):
    found = site.one('ctl1', 'rack')
    assert (found.value, found.origin, line(found)) == ('r2', 'configured', 'rack: r2')
    assert found.reason == "host_vars of 'ctl1' in 'identity_hosts'"


def test_container_vars_say_which_host_group_won(site):
    for host in ('ctl1', site.container('keystone'), site.container('galera')):
        found = site.one(host, 'color')
        lost = {'blue': 'identity_hosts', 'red': 'shared_infra_hosts'}[found.value]
        assert line(found) == f'color: {found.value}'
        assert f"which comes after '{lost}' that set it, too" in found.reason


def test_a_limited_variable_says_its_limit_and_stands_where_it_holds(site):
    found = site.one(site.container('galera'), 'limited')
    assert (found.value, line(found)) == ({'tuned': True}, 'limited:')
    assert "for components with 'galera' in their name" in found.reason
    with pytest.raises(InventoryError, match="has no variable 'limited'"):
        site.explain(site.container('keystone'), 'limited')


def test_addresses_of_physical_hosts_are_those_of_the_configuration(site):
    assert line(site.one('ctl1', 'ansible_host')) == 'ip: 10.0.0.11'
    assert line(site.one('ctl1', 'container_networks.management_address.address')) == 'management_ip: 10.0.0.12'
    assert line(site.one('cmp1', 'management_address')) == 'ip: 10.0.0.21'


def test_addresses_of_containers_are_drawn_from_a_network(site):
    galera = site.container('galera')
    found = site.one(galera, 'container_networks.management_address.address')
    assert (found.origin, line(found)) == ('generated', 'management: 10.0.0.0/24')
    assert "drawn from network 'management'" in found.reason
    assert 'container_networks.management_address' in site.one(galera, 'ansible_host').reason


def test_an_entry_of_container_networks_is_explained_field_by_field(site):
    found = {each.variable.rpartition('.')[2]: each for each in site.explain('ctl1', 'container_networks')}
    assert found.keys() == {'address', 'bridge', 'gateway', 'netmask'}
    assert line(found['bridge']) == 'container_bridge: br-mgmt'
    assert line(found['gateway']) == line(site.one('ctl1', 'gateway')) == 'gateway: 10.0.0.1'
    assert line(found['netmask']) == 'management: 10.0.0.0/24'


def test_properties_and_components_of_containers_come_from_the_environment(site):
    galera = site.container('galera')
    properties = site.one(galera, 'properties')
    assert (properties.origin, pathlib.Path(properties.place.file).name) == ('configured', 'galera.yml')
    assert "made for container group 'galera_container'" in site.one(galera, 'component').reason
    metal = site.one('cmp1', 'component')
    assert metal.origin == 'generated' and 'runs on the host itself' in metal.reason


def test_global_variables_are_explained_too_unless_the_host_has_its_own(site):
    greeting = site.one('ctl1', 'greeting')
    assert (greeting.owner, line(greeting)) == ('all', 'greeting: hello')
    assert line(site.one('ctl1', 'container_cidr')) == 'management: 10.0.0.0/24'
    assert [each.owner for each in site.explain('ctl1', 'gateway')] == ['ctl1']


def stored_history(inventories):
    """States of these inventories, newest first."""
    metas = []
    for each in inventories:
        metas.append(account(each, metas[-1] if metas else None, ''))
    return [State(each, meta) for each, meta in zip(inventories, metas, strict=True)][::-1]


def test_what_left_the_configuration_is_stored_since_a_serial(site, tmp_path):
    first = copy.deepcopy(site.inventory)
    second = copy.deepcopy(first)
    second['_meta']['hostvars']['ctl1']['old'] = 1
    third = copy.deepcopy(second)
    third['_meta']['hostvars']['ctl1']['older'] = 2
    grown = Site(tmp_path, third)
    grown.states = stored_history([first, second, third])
    old = grown.one('ctl1', 'old')
    assert (old.origin, old.since.meta.serial, old.since.exact) == ('stored', 2, True)
    grown.states = grown.states[:2]
    assert (grown.one('ctl1', 'old').since.meta.serial, grown.one('ctl1', 'old').since.exact) == (2, False)
    assert grown.one('ctl1', 'older').since.meta.serial == 3
    grown.states = []
    assert grown.one('ctl1', 'old').since is None


def test_drawn_addresses_tell_since_when_and_the_history_is_read_only_as_far_as_needed(site):
    galera = site.container('galera')
    before = copy.deepcopy(site.inventory)
    del before['_meta']['hostvars'][galera]
    site.states = stored_history([before, before, site.inventory])

    def states():
        yield from site.states[:2]
        raise AssertionError('read too far')

    address = 'container_networks.management_address.address'
    (found,) = site.explain(galera, address, states())
    assert (found.since.meta.serial, found.since.exact) == (3, True)
    site.explain(galera, 'color', iter(lambda: pytest.fail('read'), 0))


def test_an_address_from_before_a_network_was_changed_is_stored(site, tmp_path):
    galera = site.container('galera')
    (tmp_path / 'openstack_user_config.yml').write_text(
        CONFIGURATION.replace('management: 10.0.0', 'management: 10.9.0')
    )
    found = Site(tmp_path, site.inventory).one(galera, 'container_networks.management_address.address')
    assert found.origin == 'stored' and "outside network 'management' (10.9.0.0/24)" in found.reason


def test_a_host_that_is_no_longer_configured_has_stored_values(site, tmp_path):
    (tmp_path / 'openstack_user_config.yml').write_text(CONFIGURATION.partition('compute_hosts')[0])
    shrunk = Site(tmp_path, site.inventory)
    assert shrunk.one('cmp1', 'is_metal').origin == 'stored'
    assert shrunk.one('cmp1', 'physical_host_group').origin == 'stored'
    assert {each.origin for each in shrunk.explain('cmp1', 'container_networks')} == {'stored'}


def test_of_several_host_groups_the_one_that_counts_is_named(tmp_path):
    (tmp_path / 'openstack_user_config.yml').write_text(CONFIGURATION.replace('shared_infra', 'load_balancer'))
    site = Site(tmp_path)
    assert site.one('ctl1', 'physical_host_group').value == 'load_balancer_hosts'
    assert site.one('ctl1', 'ansible_host').reason == "ip of 'ctl1' in 'load_balancer_hosts'"


def test_networks_that_host_vars_replace_are_configured_there(tmp_path):
    own = CONFIGURATION.replace('rack: r2', 'container_networks: {own_address: {bridge: br-own}}')
    (tmp_path / 'openstack_user_config.yml').write_text(own)
    found = {each.variable: each for each in Site(tmp_path).explain('ctl1', 'container_networks')}
    assert found['container_networks.own_address.bridge'].reason == "host_vars of 'ctl1' in 'identity_hosts'"
    assert line(found['container_networks.management_address.bridge']) == 'container_bridge: br-mgmt'


def test_a_variable_stays_as_stored_when_its_limit_no_longer_holds(site, tmp_path):
    galera = site.container('galera')
    changed = CONFIGURATION.replace('limit_container_types: galera', 'limit_container_types: keystone')
    (tmp_path / 'openstack_user_config.yml').write_text(changed)
    later = Site(tmp_path, site.inventory)
    assert later.one(galera, 'limited').origin == 'stored'
    assert later.one(later.container('keystone'), 'limited').origin == 'configured'


def test_unknown_names_are_errors_with_the_nearest_known(site):
    with pytest.raises(InventoryError) as caught:
        site.explain('ctl')
    assert (caught.value.message, caught.value.help_text) == (
        "'ctl' is not a host of the inventory.",
        "Did you mean 'ctl1'?",
    )
    with pytest.raises(InventoryError) as caught:
        site.explain('ctl1', 'colour')
    assert caught.value.help_text == "Did you mean 'color'?"
