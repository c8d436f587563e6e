# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filling Ansible's inventory: what is refused, and that it is all or nothing."""

from __future__ import annotations

import typing as t

import pytest
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible_collections.osa.inventory.plugins.module_utils.errors import InventoryError
from ansible_collections.osa.inventory.plugins.plugin_utils.run.fill import all_or_nothing, check, fill, shadows
from ansible_collections.osa.inventory.plugins.plugin_utils.run.trust import TrustRule


def inventory(groups: dict[str, t.Any], **hostvars: t.Any) -> dict[str, t.Any]:
    return {'_meta': {'hostvars': hostvars}, **groups}


def filled(content: dict[str, t.Any]) -> InventoryData:
    target = InventoryData()
    check(content, target)
    fill(content, target, TrustRule(DataLoader()))
    target.reconcile_inventory()
    return target


def test_groups_hosts_children_and_variables_arrive() -> None:
    target = filled(
        inventory(
            {
                'all': {'vars': {'region': 'north'}},
                'infra_hosts': {'hosts': ['infra1'], 'children': ['more_hosts']},
                'more_hosts': {'hosts': ['infra2']},
            },
            infra1={'ansible_host': '10.0.0.1'},
            infra2={},
        )
    )
    assert [host.name for host in target.groups['infra_hosts'].get_hosts()] == ['infra1', 'infra2']
    assert target.groups['all'].vars == {'region': 'north'}
    assert target.hosts['infra1'].vars['ansible_host'] == '10.0.0.1'


def test_groups_come_in_the_order_of_their_names() -> None:
    target = filled(inventory({'b': {'hosts': ['x']}, 'a': {'hosts': ['y']}}, x={}, y={}))
    assert list(target.groups) == ['all', 'ungrouped', 'a', 'b']
    assert list(target.hosts) == ['y', 'x']


def test_null_is_an_empty_list_or_mapping() -> None:
    target = filled(inventory({'a': {'hosts': None, 'children': None, 'vars': None}}))
    assert target.groups['a'].get_hosts() == [] and target.groups['a'].vars == {}


def test_hosts_without_a_group_are_left_out() -> None:
    assert list(filled(inventory({'a': {'hosts': ['x']}}, x={}, lonely={})).hosts) == ['x']


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (inventory({'x': {'hosts': ['x']}}), "'x' is the name of a host and of a group."),
        (inventory({'a': {'hosts': ['all']}}), "'all' is the name of a host and of a group."),
        (inventory({'a': {'children': ['b']}, 'b': {'children': ['a']}}), 'Groups contain each other: '),
        (inventory({'a': {'children': ['a']}}), "Groups contain each other: 'a' > 'a'."),
        (inventory({'a': {'children': ['all']}}), 'Groups contain each other: '),
        (inventory({'a': []}), "Value contains 'a' which is 'list' instead of 'dict'."),
        (inventory({'a': {'hosts': 'x'}}), "Value contains 'a.hosts' which is 'str' instead of 'list'."),
        (inventory({'a': {'hosts': [1]}}), "Value contains 'a.hosts' with the member 1 instead of a name."),
        (inventory({'a': {'children': ['']}}), "Value contains 'a.children' with the member '' instead of a name."),
        (inventory({'a': {'vars': ['x']}}), "Value contains 'a.vars' which is 'list' instead of 'dict'."),
        (inventory({'': {'hosts': []}}), 'A group has an empty name.'),
        (inventory({}, x=None), "Value contains '_meta.hostvars.x' which is 'NoneType' instead of 'dict'."),
        (
            inventory({'all': {'vars': {'ansible_group_priority': 'high'}}}),
            "Value contains 'all.vars.ansible_group_priority' which is 'high' instead of a whole number.",
        ),
    ],
)
def test_what_ansible_cannot_show_is_refused(content: dict[str, t.Any], message: str) -> None:
    with pytest.raises(InventoryError) as caught:
        check(content, InventoryData())
    assert caught.value.message.startswith(message)
    assert caught.value.help_text


def test_names_from_a_storage_cannot_write_to_the_terminal() -> None:
    with pytest.raises(InventoryError) as caught:
        check(inventory({'\x1b[31m': {'hosts': ['\x1b[31m']}}), InventoryData())
    assert '\x1b' not in str(caught.value)


def test_all_flaws_are_reported_together() -> None:
    content = inventory({name: {'hosts': [name]} for name in 'abcdefg'})
    with pytest.raises(
        InventoryError, match=r"has 7 flaws: 'a' is .* 'e' is the name of a host and of a group\. and 2"
    ):
        check(content, InventoryData())


def test_clashes_with_other_sources_are_refused() -> None:
    other = InventoryData()
    other.add_group('rack1')
    other.add_host('console', 'rack1')
    with pytest.raises(InventoryError, match=r"'rack1' is the name of a host and of a group\."):
        check(inventory({'a': {'hosts': ['rack1']}}), other)
    with pytest.raises(InventoryError, match=r"'console' is the name of a host and of a group\."):
        check(inventory({'console': {'hosts': ['x']}}), other)


def test_a_cycle_closed_by_another_source_is_refused() -> None:
    other = InventoryData()
    for name in ('a', 'b'):
        other.add_group(name)
    other.add_child('a', 'b')
    with pytest.raises(InventoryError, match=r"Groups contain each other: ('a' > 'b' > 'a'|'b' > 'a' > 'b')\."):
        check(inventory({'b': {'children': ['a']}}), other)


def test_a_host_named_localhost_is_shown_with_a_warning_unless_it_says_how_to_connect() -> None:
    groups = {'a': {'hosts': ['localhost', '127.0.0.1']}}
    content = inventory(groups, localhost={}, **{'127.0.0.1': {'ansible_connection': 'local'}})
    assert [notice.message.split("'")[1] for notice in shadows(content)] == ['localhost']
    assert filled(content).localhost.name == 'localhost'


def test_a_failure_leaves_nothing_behind() -> None:
    target = InventoryData()
    target.add_group('own_hosts')
    target.add_host('kept', 'own_hosts')
    content = inventory(
        {
            'all': {'vars': {'x': 1}},
            'own_hosts': {'hosts': ['kept', 'new'], 'children': ['below']},
            'below': {'hosts': []},
        },
        kept={'y': 1},
        new={},
    )
    with pytest.raises(ZeroDivisionError), all_or_nothing(target):
        fill(content, target, TrustRule(DataLoader()))
        raise ZeroDivisionError
    assert set(target.groups) == {'all', 'ungrouped', 'own_hosts'}
    assert [host.name for host in target.groups['own_hosts'].get_hosts()] == ['kept']
    assert target.groups['own_hosts'].child_groups == [] and target.groups['all'].vars == {}
    assert set(target.hosts) == {'kept'} and 'y' not in target.hosts['kept'].vars
