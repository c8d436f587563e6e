# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples are sound: read with the default environment and generated from nothing, they give no warning."""

from __future__ import annotations

import ipaddress
import pathlib
import random
import typing as t

import pytest
import yaml
from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import load_deployment
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path.parent for path in (CHECKOUT / 'examples').glob('*/openstack_user_config.yml'))


def generated(name: str) -> Inventory:
    deployment = load_deployment(str(CHECKOUT / 'examples' / name), str(CHECKOUT / 'environment'))
    result = generate(deployment, None, Choice(rng=random.Random(1)))
    assert (deployment.warnings, result.warnings) == ((), ())
    return result.inventory


def members(inventory: Inventory, group: str) -> set[str]:
    found = set(inventory[group].get('hosts', []))
    return found.union(*(members(inventory, child) for child in inventory[group].get('children', [])))


@pytest.mark.parametrize('example', EXAMPLES, ids=lambda path: path.name)
def test_an_example_gives_an_inventory_without_a_warning(example: pathlib.Path) -> None:
    inventory = generated(example.name)
    assert len(inventory['_meta']['hostvars']) > 15
    assert members(inventory, 'nova_compute') and members(inventory, 'keystone')


@pytest.mark.parametrize('example', EXAMPLES, ids=lambda path: path.name)
def test_an_example_has_a_source_and_a_page_and_nothing_that_was_generated(example: pathlib.Path) -> None:
    source: dict[str, t.Any] = yaml.safe_load((example / 'osa.yml').read_text('utf-8'))
    assert (source['plugin'], source['storage']) == ('osa.inventory.osa', 'file')
    assert (example / 'README.md').is_file()
    assert f'({example.name}/)' in (CHECKOUT / 'examples' / 'README.md').read_text('utf-8')
    names = {path.name for path in example.iterdir()}
    assert names <= {'osa.yml', 'README.md', 'openstack_user_config.yml', 'conf.d', 'env.d', 'group_vars'}


def test_there_are_four() -> None:
    assert len(EXAMPLES) == 4


def test_a_zone_has_its_machines_and_their_containers_and_no_others() -> None:
    inventory = generated('availability-zones')
    zones = {name: members(inventory, f'{name}_all') for name in ('zone1', 'zone2', 'zone3')}
    for name, hosts in zones.items():
        assert hosts and {host[:2] for host in hosts} == {f'z{name[-1]}'}
    assert set().union(*zones.values()) == set(inventory['_meta']['hostvars'])


def test_every_address_of_a_rack_is_of_its_own_subnets() -> None:
    hostvars = generated('routed-racks')['_meta']['hostvars']
    addresses = [
        (host, ipaddress.ip_address(entry['address']))
        for host, variables in hostvars.items()
        for entry in variables['container_networks'].values()
        if entry.get('address')
    ]
    assert len(addresses) > 50
    assert [host for host, address in addresses if address not in ipaddress.ip_network(f'10.{host[1]}.0.0/16')] == []


def test_affinity_keeps_the_utility_container_off_all_but_one_controller() -> None:
    inventory = generated('three-controllers')
    (name,) = members(inventory, 'utility_container')
    assert name.startswith('infra1-utility-container-')
    assert len(members(inventory, 'galera_container')) == 3


def test_the_volume_service_of_three_controllers_has_containers_of_its_own() -> None:
    inventory = generated('three-controllers')
    hosts = members(inventory, 'cinder_volume')
    assert len(hosts) == 3 and all('-cinder-volumes-container-' in host for host in hosts)
    assert all('cinder_backends' in inventory['_meta']['hostvars'][host] for host in hosts)
