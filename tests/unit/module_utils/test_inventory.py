# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of an inventory: what stands where, and what is missing or null."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.inventory import (
    META,
    Inventory,
    children_of,
    groups_of,
    hosts_of,
    hostvars_if_sound,
    hostvars_of,
    make,
    vars_of,
)

PLUGINS = pathlib.Path(__file__).parents[3] / 'plugins'


def test_what_is_made_has_the_form_of_script_inventories_and_comes_apart_again():
    hosts, groups = {'b': {'x': 1}, 'a': {}}, {'g': {'hosts': ['b']}, 'all': {'vars': {'y': 2}}}
    made = make(hosts, groups)
    assert made == {'_meta': {'hostvars': hosts}, **groups}
    assert list(made) == ['_meta', 'g', 'all']
    assert hostvars_of(made) is hosts
    assert groups_of(made) == groups and list(groups_of(made)) == ['g', 'all']


@pytest.mark.parametrize('inventory', [{}, {'_meta': None}, {'_meta': {}}, {'_meta': {'hostvars': None}}, make({})])
def test_an_inventory_without_hosts_has_none(inventory: Inventory):
    assert hostvars_of(inventory) == {}
    assert not hostvars_if_sound(inventory)


@pytest.mark.parametrize('meta', [None, [], 'text', {}, {'hostvars': None}, {'hostvars': ['a']}])
def test_what_is_not_a_mapping_of_hosts_is_told_from_an_empty_one(meta: t.Any):
    assert hostvars_if_sound({META: meta}) is None
    assert hostvars_if_sound({META: {'hostvars': {}}}) == {}


@pytest.mark.parametrize('group', [None, {}, {'hosts': None, 'children': None, 'vars': None}])
def test_null_in_a_group_is_empty(group: dict[str, t.Any] | None):
    assert (hosts_of(group), children_of(group), vars_of(group)) == ([], [], {})


def test_a_group_has_hosts_children_and_variables():
    group = {'hosts': ['a'], 'children': ['c'], 'vars': {'v': 1}}
    assert (hosts_of(group), children_of(group), vars_of(group)) == (['a'], ['c'], {'v': 1})


def test_no_other_module_spells_the_key_out():
    spelt = re.compile(r"""['"]_meta\b""")
    found = {path.name for path in PLUGINS.rglob('*.py') if spelt.search(path.read_text())}
    assert found == {'inventory.py'}
