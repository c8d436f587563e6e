# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory as relations and back, without a database."""

from __future__ import annotations

import json
import pathlib
import typing as t

import hypothesis
import pytest
from ansible_collections.osa.inventory.plugins.module_utils.canonical import canonical
from ansible_collections.osa.inventory.plugins.module_utils.errors import InventoryError
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.delta import difference
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.positions import STEP, rearrange
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.relations import (
    Relations,
    check,
    put_together,
    take_apart,
    value_text,
)
from hypothesis import strategies

STATES = sorted((pathlib.Path(__file__).parents[4] / 'data' / 'conformance').glob('*/*.json'))
NAMES = strategies.sampled_from(['a', 'b', 'c', 'd', 'Ä', '名'])


def placed(positions: t.Collection[int], names: t.Sequence[str]) -> list[tuple[int, str]]:
    return list(zip(sorted(positions), names, strict=False))


def carried_out(before: list[tuple[int, str]], wanted: list[str]) -> list[str]:
    change = rearrange(before, wanted)
    rows = {position: name for position, name in before if position not in change.removed}
    for position, name in change.added:
        assert position not in rows
        rows[position] = name
    return [rows[position] for position in sorted(rows)]


class TestPositions:
    @hypothesis.given(
        strategies.lists(strategies.integers(-20, 20), unique=True, max_size=8),
        strategies.lists(NAMES, min_size=8, max_size=8),
        strategies.lists(NAMES, max_size=8),
    )
    def test_any_list_becomes_any_other(self, positions: list[int], names: list[str], wanted: list[str]) -> None:
        assert carried_out(placed(positions, names), wanted) == wanted

    @pytest.mark.parametrize('index', [0, 1, 250, 499, 500])
    def test_one_more_is_one_row_and_one_less_too(self, index: int) -> None:
        names = [f'host{number}' for number in range(500)]
        before = [(number * STEP, name) for number, name in enumerate(names)]
        change = rearrange(before, [*names[:index], 'new', *names[index:]])
        assert (len(change.removed), len(change.added)) == (0, 1)
        change = rearrange(before, names[:index] + names[index + 1 :])
        assert (len(change.removed), len(change.added)) == (1 if index < 500 else 0, 0)

    def test_scattered_changes_leave_the_others_in_place(self) -> None:
        names = [f'host{number}' for number in range(100)]
        before = [(number * STEP, name) for number, name in enumerate(names)]
        wanted = ['first', *names[:30], 'middle', *names[40:], 'last']
        change = rearrange(before, wanted)
        assert (len(change.removed), len(change.added)) == (10, 3)

    def test_used_up_gap_places_everything_anew(self) -> None:
        names = ['a', 'z']
        rows = [(0, 'a'), (STEP, 'z')]
        for number in range(60):
            names = ['a', str(number), *names[1:]]
            change = rearrange(rows, names)
            rows = sorted([row for row in rows if row[0] not in change.removed] + list(change.added))
            assert [name for _position, name in rows] == names


VALUES = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(max_size=3),
    lambda inner: strategies.lists(inner, max_size=2) | strategies.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)
VARIABLES = strategies.dictionaries(NAMES, VALUES, max_size=3)
GROUPS = strategies.fixed_dictionaries(
    {},
    optional={
        'hosts': strategies.lists(NAMES, max_size=4),
        'children': strategies.lists(NAMES, max_size=4),
        'vars': VARIABLES,
    },
)
INVENTORIES = strategies.builds(
    lambda hosts, groups, more: {'_meta': {'hostvars': hosts}, **groups, **more},
    strategies.dictionaries(NAMES, VARIABLES, max_size=4),
    strategies.dictionaries(NAMES, GROUPS, max_size=4),
    strategies.dictionaries(strategies.sampled_from(['_meta', 'odd']), VALUES, max_size=2),
)


class TestRelations:
    @pytest.mark.parametrize('path', STATES, ids=lambda path: f'{path.parent.name}-{path.stem}')
    def test_real_inventories_survive_with_no_remainder(self, path: pathlib.Path) -> None:
        inventory = json.loads(path.read_text())
        relations = take_apart(inventory)
        if '_meta' in inventory:
            assert not relations.remainder
        check(relations)
        assert canonical(put_together(relations)) == canonical(inventory)

    @hypothesis.given(INVENTORIES)
    def test_any_inventory_survives(self, inventory: dict[str, t.Any]) -> None:
        assert canonical(put_together(take_apart(inventory))) == canonical(inventory)

    @pytest.mark.parametrize(
        'inventory',
        [
            {},
            {'_meta': None},
            {'_meta': {}},
            {'_meta': {'hostvars': {'a': []}}},
            {'_meta': {'hostvars': {}, 'more': 1}},
            {'g': ['a', 'b']},
            {'g': {'hosts': None}},
            {'g': {'hosts': [1]}},
            {'g': {'vars': []}},
            {'g': {'other': 1}},
            {'g': None},
        ],
    )
    def test_odd_shapes_survive(self, inventory: dict[str, t.Any]) -> None:
        relations = take_apart(inventory)
        assert relations.remainder
        assert put_together(relations) == inventory

    def test_columns_of_a_host(self) -> None:
        inventory = {
            '_meta': {
                'hostvars': {
                    'a': {'ansible_host': '10.0.0.1', 'component': 'c', 'properties': {'is_metal': True}},
                    'b': {'ansible_host': None, 'physical_host': ['odd'], 'properties': {}, 'is_metal': True},
                    'c': {},
                }
            },
            'g': {'hosts': ['ghost']},
        }
        rows = take_apart(inventory).host_columns(['a', 'b', 'c'])
        assert rows['a'] == (True, '10.0.0.1', None, None, 'c', True)
        assert rows['b'] == (True, None, None, None, None, False)
        assert rows['c'] == (True, None, None, None, None, None)
        assert rows['ghost'] == (False, None, None, None, None, None)

    @pytest.mark.parametrize('value', [1, 1.0, True, -0.0, 'Zürich', '\ud800', '\0', {'b': [None], 'a': 1 << 80}])
    def test_values_survive_as_text_that_utf8_can_hold(self, value: t.Any) -> None:
        text = value_text(value)
        assert repr(json.loads(text.encode().decode())) == repr(
            dict(sorted(value.items())) if isinstance(value, dict) else value
        )

    def test_text_stays_readable(self) -> None:
        assert value_text('Zürich') == '"Zürich"'


def hosts_with(**addresses: str) -> dict[str, t.Any]:
    networks = {name: {'container_networks': {'n': {'address': address}}} for name, address in addresses.items()}
    return {'_meta': {'hostvars': networks}}


class TestChecks:
    def test_address_used_twice_names_both_hosts(self) -> None:
        with pytest.raises(InventoryError, match=r"'10.0.0.1' of 'n' by 'a', 'c'"):
            check(take_apart(hosts_with(a='10.0.0.1', b='10.0.0.2', c='10.0.0.1')))

    def test_ipv6_address_is_one_however_it_is_spelt(self) -> None:
        with pytest.raises(InventoryError, match=r"'2001:db8::1' of 'n' by 'a', 'b'"):
            check(take_apart(hosts_with(a='2001:db8::1', b='2001:DB8:0:0::1')))

    def test_same_address_on_two_networks_is_sound(self) -> None:
        networks = {'n': {'address': '10.0.0.1'}, 'm': {'address': '10.0.0.1'}, 'none': {'address': None}}
        check(take_apart({'_meta': {'hostvars': {'a': {'container_networks': networks}}}}))

    @pytest.mark.parametrize('name', ['x' * 256, 'a\0b', '\ud800'])
    def test_name_that_no_database_holds_is_refused(self, name: str) -> None:
        for inventory in (
            {'_meta': {'hostvars': {name: {}}}},
            {'_meta': {'hostvars': {'a': {name: 1}}}},
            {'_meta': {'hostvars': {'a': {'container_networks': {name: {'address': '10.0.0.1'}}}}}},
            {'g': {'hosts': [name]}},
            {'g': {'children': [name]}},
            {'g': {'vars': {name: 1}}},
            {name: {}},
        ):
            with pytest.raises(InventoryError, match='cannot hold these names'):
                check(take_apart(inventory))


class TestDelta:
    @pytest.mark.parametrize(('old', 'new'), [(1, True), (1, 1.0), (0, False)])
    def test_values_that_python_takes_for_equal_differ(self, old: t.Any, new: t.Any) -> None:
        before, after = (take_apart({'_meta': {'hostvars': {'a': {'x': value}}}}) for value in (old, new))
        assert difference(before, after).variables.changed == {('a', 'x'): json.dumps(new)}

    def test_changes_are_told_once(self) -> None:
        old = {'_meta': {'hostvars': {'a': {'x': 1}, 'b': {'y': 1}}}, 'g': {'hosts': ['a', 'b']}}
        new = {'_meta': {'hostvars': {'a': {'x': 2}, 'c': {'z': 1}}}, 'g': {'hosts': ['c', 'a']}}
        assert [tuple(change) for change in difference(take_apart(old), take_apart(new)).changes] == [
            ('added', 'host', 'c', None, None, None),
            ('removed', 'host', 'b', None, None, None),
            ('changed', 'host_variable', 'a', 'x', '1', '2'),
            ('added', 'group_host', 'g', 'c', None, None),
            ('removed', 'group_host', 'g', 'b', None, None),
        ]

    def test_nothing_differs_from_itself(self) -> None:
        inventory = json.loads(STATES[0].read_text())
        delta = difference(take_apart(inventory), take_apart(json.loads(canonical(inventory))))
        assert not delta.changes
        assert not delta.members

    def test_first_state_adds_everything(self) -> None:
        delta = difference(Relations({}, {}, {}), take_apart(hosts_with(a='10.0.0.1')))
        assert {(change.action, change.relation) for change in delta.changes} == {
            ('added', 'host'),
            ('added', 'address'),
        }
