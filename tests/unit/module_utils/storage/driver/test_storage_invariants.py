# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stored inventory must be like, and the laws that no change may break."""

from __future__ import annotations

import json
import pathlib

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import StateDamaged
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver import invariants
from support.storage_samples import inventory

CASES = sorted((pathlib.Path(__file__).parents[4] / 'data' / 'conformance').glob('*/*.json'))


@pytest.mark.parametrize('path', CASES, ids=lambda path: f'{path.parent.name}-{path.stem}')
def test_what_the_reference_made_is_sound(path):
    stored = json.loads(path.read_text())
    invariants.check_stored(stored, 'the file')
    assert invariants.violations(stored) == []


@pytest.mark.parametrize(
    'stored',
    [
        {'_meta': {'hostvars': {'a': {'container_networks': None}}}},
        {'_meta': {'hostvars': {}}, 'g': {'hosts': []}},
        {'_meta': {'hostvars': {}}, 'lxc_hosts': {'hosts': None, 'children': None, 'vars': None}},
        {'_meta': {'hostvars': {}}},
    ],
)
def test_null_and_missing_stand_for_empty(stored):
    invariants.check_stored(stored, 'the file')
    assert invariants.violations(stored) == []


@pytest.mark.parametrize(
    ('stored', 'words'),
    [
        ({}, "no '_meta' with 'hostvars'"),
        ({'_meta': None}, "no '_meta' with 'hostvars'"),
        ({'_meta': {'hostvars': []}}, "no '_meta' with 'hostvars'"),
        ({'_meta': {'hostvars': {'a': None}}}, "'_meta.hostvars.a' is not an object"),
        ({'_meta': {'hostvars': {'a': {'container_networks': []}}}}, "'_meta.hostvars.a.container_networks'"),
        ({'_meta': {'hostvars': {'a': {'container_networks': {'x': None}}}}}, "'_meta.hostvars.a.container_networks'"),
        ({'_meta': {'hostvars': {}}, 'g': []}, "group 'g' is not an object"),
        ({'_meta': {'hostvars': {}}, 'g': {'hosts': {}}}, "'hosts' of group 'g' is not a list"),
        ({'_meta': {'hostvars': {}}, 'g': {'children': ''}}, "'children' of group 'g' is not a list"),
        ({'_meta': {'hostvars': {}}, 'g': {'vars': []}}, "'vars' of group 'g' is not an object"),
        ({'_meta': {'hostvars': {}}, 'g': {'children': [1]}}, "'children' of group 'g' has an item that is not text"),
        ({'_meta': {'hostvars': {}}, 'g': {'hosts': [[]]}}, "'hosts' of group 'g' has an item that is not text"),
        (
            {'_meta': {'hostvars': {}}, 'keystone': {'children': [], 'hosts': ['ghost']}},
            "group 'keystone' names 'ghost', which has no hostvars",
        ),
    ],
)
def test_other_shapes_are_damage(stored, words):
    with pytest.raises(StateDamaged) as caught:
        invariants.check_stored(stored, "'/x/file.json'")
    assert words in caught.value.message
    assert "'/x/file.json'" in caught.value.message
    assert caught.value.help_text


def address(stored, host, entry, value):
    stored['_meta']['hostvars'][host]['container_networks'][entry] = {'address': value}


def test_an_address_is_used_once_per_entry():
    stored = inventory('a', 'b', 'c')
    address(stored, 'a', 'tunnel_address', '10.0.0.1')
    address(stored, 'b', 'storage_address', '10.0.0.1')
    assert invariants.violations(stored) == []
    address(stored, 'c', 'tunnel_address', '10.0.0.1')
    assert invariants.violations(stored) == ["The address '10.0.0.1' of 'tunnel_address' is used by 'a', 'c'."]


def test_addresses_are_compared_as_addresses():
    stored = inventory('a', 'b')
    address(stored, 'a', 'tunnel_address', '2001:db8::1')
    address(stored, 'b', 'tunnel_address', '2001:0DB8:0::1')
    assert len(invariants.violations(stored)) == 1


def test_hosts_without_an_address_do_not_share_one():
    stored = inventory('a', 'b')
    address(stored, 'a', 'tunnel_address', None)
    address(stored, 'b', 'tunnel_address', None)
    assert invariants.violations(stored) == []


def test_a_host_and_a_group_have_different_names():
    stored = inventory('a')
    stored['a'] = {'hosts': []}
    assert invariants.violations(stored) == ["'a' is the name of a host and of a group."]


def test_container_names_are_unique():
    stored = inventory('a', 'b')
    stored['_meta']['hostvars']['b']['container_name'] = 'a'
    assert invariants.violations(stored) == ["The container name 'a' is used by 'a', 'b'."]


def test_members_are_known():
    stored = inventory('a')
    stored['all_containers'].update(hosts=['a', 'x', 'y'], children=['all', 'ungrouped', 'z'])
    assert invariants.violations(stored) == [
        "The group 'all_containers' has the unknown host 'x', 'y'.",
        "The group 'all_containers' has the unknown group 'z'.",
    ]


def test_many_names_are_cut_short():
    stored = inventory(*'abcdefgh')
    for host in 'abcdefgh':
        address(stored, host, 'tunnel_address', '10.0.0.1')
    assert invariants.violations(stored)[0].endswith("'a', 'b', 'c', 'd', 'e' and 3 more.")
