# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawing of a deployment: what is in it, where it stands, and that names cannot do any harm."""

from __future__ import annotations

import functools
import itertools
import pathlib
import random
import re
from xml.etree import ElementTree

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import load_deployment
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.management.topology import topology
from ansible_collections.osa.inventory.plugins.module_utils.management.topology_drawing import page, svg

CHECKOUT = pathlib.Path(__file__).resolve().parents[4]
EXAMPLES = ('single-machine', 'three-controllers', 'availability-zones', 'routed-racks')
SVG = '{http://www.w3.org/2000/svg}'


@functools.cache
def deployed(example):
    deployment = load_deployment(str(CHECKOUT / 'examples' / example), str(CHECKOUT / 'environment'))
    return deployment, generate(deployment, None, Choice(rng=random.Random(1))).inventory


def drawn(example, **changes):
    deployment, inventory = deployed(example)
    return topology(deployment, {**inventory, **changes}, example, 'serial 1')


def boxes(root, kind):
    return [
        tuple(float(box.get(name)) for name in ('x', 'y', 'width', 'height'))
        for box in root.iter(f'{SVG}rect')
        if kind in (box.get('class') or '').split()
    ]


@pytest.mark.parametrize('example', EXAMPLES)
def test_every_host_container_address_and_network_is_in_the_drawing(example):
    deployment, inventory = deployed(example)
    root = ElementTree.fromstring(svg(drawn(example)))
    texts = {text.strip() for text in root.itertext()}
    hostvars = inventory['_meta']['hostvars']
    assert set(hostvars) <= texts
    assert {variables['ansible_host'] for variables in hostvars.values()} <= texts
    networks = deployment.configuration.networks
    assert {text for network in networks.values() for text in (network.name, network.cidr)} <= texts
    assert {'nova_compute', 'keystone'} <= texts


@pytest.mark.parametrize('example', EXAMPLES)
def test_nothing_overlaps_and_nothing_sticks_out(example):
    root = ElementTree.fromstring(svg(drawn(example)))
    width, height = float(root.get('width')), float(root.get('height'))
    cards = boxes(root, 'card')
    assert len(cards) >= 4
    for x, y, wide, high in cards:
        assert x >= 0 and y >= 0 and x + wide <= width and y + high <= height
    for (x, y, wide, high), (other_x, other_y, other_wide, other_high) in itertools.combinations(cards, 2):
        beside = x + wide <= other_x or other_x + other_wide <= x
        assert beside or y + high <= other_y or other_y + other_high <= y


@pytest.mark.parametrize(
    ('example', 'zones'),
    [
        ('single-machine', {None: 1}),
        ('three-controllers', {None: 5}),
        ('availability-zones', {'zone1': 3, 'zone2': 3, 'zone3': 3}),
        ('routed-racks', {'rack1': 3, 'rack2': 3, 'rack3': 3}),
    ],
)
def test_hosts_stand_in_their_racks_and_zones(example, zones):
    assert {zone.name: len(zone.hosts) for zone in drawn(example).zones} == zones


def test_a_host_outside_all_zones_is_drawn_too_and_hosts_with_containers_come_first():
    _deployment, inventory = deployed('availability-zones')
    group = inventory['zone3_hosts']
    found = drawn('availability-zones', zone3_hosts={**group, 'hosts': group['hosts'][1:]})
    assert [zone.name for zone in found.zones] == ['zone1', 'zone2', 'zone3', None]
    assert 'in no zone' in svg(found)
    assert [host.machine.name for host in found.zones[0].hosts] == ['z1infra1', 'z1compute1', 'z1compute2']


def test_hosts_are_in_the_order_of_their_numbers():
    deployment, inventory = deployed('single-machine')
    names = ('infra10', 'infra2', 'infra1', '10', '9', 'a', 'infra1b')
    hosts = {name: {**inventory['_meta']['hostvars']['lab1'], 'physical_host': name} for name in names}
    (zone,) = topology(deployment, {'_meta': {'hostvars': hosts}}, 'x').zones
    assert [host.machine.name for host in zone.hosts] == ['9', '10', 'a', 'infra1', 'infra1b', 'infra2', 'infra10']


def test_the_numbers_of_a_network_are_shown_and_a_full_one_stands_out():
    found = drawn('single-machine')
    management = found.networks[0]
    picture = svg(found)
    assert f'{management.used} used · {management.reserved} reserved' in picture
    assert f'{management.free} of {management.size} free' in picture
    assert 'class="warn' not in picture
    full = type(management)(management.name, management.cidr, management.size, 0, management.holdings)
    assert 'class="warn' in svg(type(found)(found.title, '', found.zones, (full,)))


def test_the_same_deployment_gives_the_same_drawing_to_the_byte():
    assert svg(drawn('routed-racks')) == svg(drawn('routed-racks'))


EVIL = '</text><script>alert(1)</script>"\'&\x1b[31m\x00\ud800🚀'


def test_names_are_text_whatever_is_in_them():
    deployment, inventory = deployed('single-machine')
    meta = {'hostvars': {**inventory['_meta']['hostvars']}}
    meta['hostvars'][EVIL] = {
        'component': EVIL,
        'physical_host': f'host {EVIL}',
        'ansible_host': EVIL,
        'container_networks': {},
    }
    found = topology(deployment, {**inventory, '_meta': meta}, EVIL, EVIL)
    for picture in (svg(found), page(found)):
        assert '<script' not in picture and '\x1b' not in picture and '\x00' not in picture
        picture.encode('utf-8')
    root = ElementTree.fromstring(svg(found))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        'svg', 'title', 'style', 'rect', 'path', 'text', 'g',
    }  # fmt: skip
    assert {name for element in root.iter() for name in element.attrib} <= {
        'class', 'd', 'height', 'role', 'rx', 'viewBox', 'width', 'x', 'y',
    }  # fmt: skip


def test_nothing_comes_from_elsewhere():
    for picture in (svg(drawn('three-controllers')), page(drawn('three-controllers'))):
        assert not re.search(r'url\(|@import|href|src=|<script|\son\w+=', picture)
        assert picture.count('http') - picture.count('http-equiv') == picture.count('http://www.w3.org/2000/svg')
        assert 'prefers-color-scheme: dark' in picture


def test_a_host_that_only_its_containers_name_stands_out():
    deployment, inventory = deployed('single-machine')
    hosts = {name: values for name, values in inventory['_meta']['hostvars'].items() if name != 'lab1'}
    picture = svg(topology(deployment, {**inventory, '_meta': {'hostvars': hosts}}, 'x'))
    assert 'not in the inventory' in picture and 'class="card gone"' in picture


def test_an_empty_inventory_can_be_drawn():
    deployment, _inventory = deployed('single-machine')
    assert '0 hosts, 0 containers' in svg(topology(deployment, {'_meta': {'hostvars': {}}}, 'empty'))
