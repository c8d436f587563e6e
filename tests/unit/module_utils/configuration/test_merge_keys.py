# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merge keys: what they give, and a warning where PyYAML 6.0.4 gives something else, whatever PyYAML is installed."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.configuration.merge_keys import MergeKeys
from ansible_collections.osa.inventory.plugins.module_utils.configuration.problems import Problems
from ansible_collections.osa.inventory.plugins.module_utils.configuration.reader import load_mapping
from ansible_collections.osa.inventory.plugins.module_utils.places import Place
from ansible_collections.osa.inventory.plugins.module_utils.results import Notice

ABC = 'a: &a {one: 1, two: 2}\nb: &b {two: 3, six: 6}\n'
SHORT = 'a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\n'
NESTED = 'a: &a {one: 1, x: 1}\nb: &b {<<: *a, one: 2, x: 2}\n'
A_LIST = [1, {'k': 'a', 'l': 'b'}]

Row = tuple[str, list[tuple[t.Any, t.Any]], list[str]]

TABLE: dict[str, Row] = {
    'one': (ABC + 'm: {<<: *a}', [('one', 1), ('two', 2)], []),
    'own key before': (ABC + 'm: {six: 0, two: 0, <<: *a}', [('one', 1), ('two', 0), ('six', 0)], []),
    'own key after': (ABC + 'm: {<<: *a, six: 0, two: 0}', [('one', 1), ('two', 0), ('six', 0)], []),
    'two merge keys': (ABC + 'm: {<<: *a, <<: *b}', [('one', 1), ('two', 3), ('six', 6)], []),
    'two merge keys the other way': (ABC + 'm: {<<: *b, <<: *a}', [('two', 2), ('six', 6), ('one', 1)], []),
    'own key between': (ABC + 'm: {<<: *a, two: 0, <<: *b}', [('one', 1), ('two', 0), ('six', 6)], []),
    'two merge keys, short': (SHORT + 'm: {<<: *a, <<: *b}', [('x', 1), ('y', 3), ('z', 4)], ['m.y']),
    'short with an own key': (SHORT + 'm: {<<: *a, <<: *b, y: 0}', [('x', 1), ('y', 0), ('z', 4)], []),
    'list': (ABC + 'm: {<<: [*a, *b]}', [('two', 2), ('six', 6), ('one', 1)], ['m.two']),
    'list the other way': (ABC + 'm: {<<: [*b, *a]}', [('one', 1), ('two', 3), ('six', 6)], ['m.two']),
    'list with an own key': (ABC + 'm: {<<: [*a, *b], two: 0}', [('two', 0), ('six', 6), ('one', 1)], []),
    'list, short': (SHORT + 'm: {<<: [*a, *b]}', [('y', 2), ('z', 4), ('x', 1)], []),
    'list of one': (ABC + 'm: {<<: [*a]}', [('one', 1), ('two', 2)], []),
    'list of none': ('m: {<<: [], one: 1}', [('one', 1)], []),
    'list by an alias': (
        'l: &l [{one: 1, two: 1}, {two: 2, six: 2}]\nm: {<<: *l}',
        [('two', 1), ('six', 2), ('one', 1)],
        ['m.two'],
    ),
    'list of three': (
        'm: {<<: [{one: 1}, {one: 2, two: 2}, {two: 3, six: 3}]}',
        [('two', 2), ('six', 3), ('one', 1)],
        ['m.two', 'm.one'],
    ),
    'list, then another': (ABC + 'm: {<<: [*a, *b], <<: {two: 9}}', [('two', 9), ('six', 6), ('one', 1)], []),
    'inline': ('m: {<<: {one: 1}, <<: [{two: 2}], one: 3}', [('one', 3), ('two', 2)], []),
    'same value': ('m: {<<: [{one: [1, {k: a, l: b}]}, {one: [1, {l: b, k: a}]}]}', [('one', A_LIST)], []),
    '1 and 1.0': ('m: {<<: [{one: 1}, {one: 1.0}]}', [('one', 1)], ['m.one']),
    '1 and true': ('m: {<<: [{one: [1]}, {one: [true]}]}', [('one', [1])], ['m.one']),
    'other keys below': ('m: {<<: [{one: {k: 1}}, {one: {l: 1}}]}', [('one', {'k': 1})], ['m.one']),
    'longer list below': ('m: {<<: [{one: [1]}, {one: [1, 2]}]}', [('one', [1])], ['m.one']),
    'a letter of Latin-1': ('m: {<<: {é: 1}, <<: {é: 2}}', [('é', 2)], ['m.é']),
    'a letter beyond Latin-1': ('m: {<<: {ж: 1}, <<: {ж: 2}}', [('ж', 2)], []),
    'a key without text': ('m: {<<: {"": 1}, <<: {"": 2}}', [('', 2)], ['m.']),
    'a number of one digit': ('m: {<<: {7: 1}, <<: {7: 2}}', [(7, 2)], ['m[7]']),
    'a number of two digits': ('m: {<<: {70: 1}, <<: {70: 2}}', [(70, 2)], []),
    'a digit as number and as text': ('m: {<<: {7: 1}, <<: {"7": 1}}', [(7, 1), ('7', 1)], ['m.7']),
    'both in one mapping': ('a: &a {7: 1, "7": 2}\nm: {<<: *a}', [(7, 1), ('7', 2)], ['m.7']),
    'merges of merges': (NESTED + 'm: {<<: *b}', [('one', 2), ('x', 2)], ['m.x']),
    'merges of merges with an own key': (NESTED + 'm: {<<: *b, x: 2}', [('one', 2), ('x', 2)], []),
    'the part after the whole': (NESTED + 'm: {<<: *b, <<: *a}', [('one', 1), ('x', 1)], ['m.one']),
    'the part before the whole': (NESTED + 'm: {<<: *a, <<: *b}', [('one', 2), ('x', 2)], ['m.x']),
    'the part first in a list': (NESTED + 'm: {<<: [*a, *b]}', [('one', 1), ('x', 1)], ['m.one']),
    'the whole first in a list': (NESTED + 'm: {<<: [*b, *a]}', [('one', 2), ('x', 2)], ['m.x']),
    'the same several times': (ABC + 'm: {<<: [*a, *a], <<: *a}', [('one', 1), ('two', 2)], []),
    'where it is made and where it is used': (
        ABC + 'c: &c {<<: [*a, *b]}\nm: {<<: *c, one: 0}',
        [('two', 2), ('six', 6), ('one', 0)],
        ['c.two', 'm.two'],
    ),
    'in a mapping that is only merged': (
        ABC + 'm: {<<: {<<: [*a, *b]}, two: 0}',
        [('two', 0), ('six', 6), ('one', 1)],
        [],
    ),
    'short keys in one that is merged': (
        'm: {<<: {<<: {x: 1}, <<: {x: 2}}}',
        [('x', 2)],
        ['m.x'],
    ),
    'in one of a list that is merged': (
        ABC + 'm: {<<: [{<<: [*a, *b]}]}',
        [('two', 2), ('six', 6), ('one', 1)],
        ['m.two'],
    ),
    'deep below': (
        ABC + 'm: {l: [{k: {<<: [*a, *b]}}]}',
        [('l', [{'k': {'two': 2, 'six': 6, 'one': 1}}])],
        ['m.l[0].k.two'],
    ),
    'in a value of a mapping that is merged': (
        ABC + 'm: {<<: {k: {<<: [*a, *b]}}}',
        [('k', {'two': 2, 'six': 6, 'one': 1})],
        ['m.<<.k.two'],
    ),
    'no merge key': ('m: {"<<": 1}', [('<<', 1)], []),
    'below a key in quotes': (
        ABC + 'm: {"<<": {<<: [*a, *b]}}',
        [('<<', {'two': 2, 'six': 6, 'one': 1})],
        ['m.<<.two'],
    ),
}
"""By a name: a text, what its `m` holds, in order, and the values that differ in PyYAML 6.0.4.

Both columns follow from the rules, and were compared once with what PyYAML 6.0.3 and 6.0.4 read.
"""


def read(text: str) -> tuple[dict[t.Any, t.Any], tuple[Notice, ...]]:
    """What a text holds, and the warnings about its merge keys."""
    merge_keys, problems = MergeKeys(), Problems()
    value = load_mapping(text, 'f', merge_keys)
    merge_keys.warn(problems)
    return value, problems.warnings


def in_order(value: t.Any) -> t.Any:
    """Mappings as lists of pairs, and scalars with their types, so that order and 1, 1.0 and true count."""
    if isinstance(value, dict):
        return [(in_order(key), in_order(item)) for key, item in value.items()]
    return [in_order(item) for item in value] if isinstance(value, list) else (type(value), value)


@pytest.mark.usefixtures('parser')
@pytest.mark.parametrize('name', TABLE)
def test_values_and_their_order_are_those_of_the_rule(name: str) -> None:
    text, expected, _differing = TABLE[name]
    assert in_order(read(text)[0]['m']) == in_order(dict(expected))


@pytest.mark.parametrize('name', TABLE)
def test_values_that_differ_in_a_later_release_are_warned_about(name: str) -> None:
    text, _expected, differing = TABLE[name]
    names = ', '.join(f"'{path}'" for path in differing)
    message = f"With PyYAML 6.0.4, merge keys ('<<') give another value than here and in earlier releases to {names}."
    assert [notice.message for notice in read(text)[1]] == ([message] if differing else [])


def test_one_warning_names_the_place_of_the_first_mapping_some_values_and_how_many_more_there_are() -> None:
    text = ABC + ''.join(f'm{number}:\n  <<: [*a, *b]\n' for number in range(9))
    (notice,) = read(text)[1]
    assert notice.message.endswith(" to 'm0.two', 'm1.two', 'm2.two', 'm3.two', 'm4.two' and 4 more.")
    assert notice.place == Place('f', 4, 3)
    assert notice.help_text == (
        "Write the key in the mapping itself, beside '<<': its value is then the same in every release."
    )


def test_what_the_warning_advises_ends_it() -> None:
    text = NESTED + 'm: {<<: [*a, *b]%s}'
    assert len(read(text % '')[1]) == 1
    assert read(text % ', one: 1')[1] == ()


USER_CONFIGURATION = """\
cidr_networks: {management: 10.20.0.0/22}
global_overrides:
  provider_networks:
    - network: {container_bridge: br-mgmt, container_interface: eth1, ip_from_q: management,
        is_management_address: true, group_binds: [all_containers]}
  settings: {<<: [{rack: one, speed: slow}, {speed: fast}]}
"""


def test_all_files_of_a_deployment_have_one_warning(description: t.Any) -> None:
    more = 'global_overrides:\n  more: {<<: [{speed: slow}, {speed: fast}]}\n'
    files = {'openstack_user_config.yml': USER_CONFIGURATION, 'conf.d/more.yml': more}
    assert description.warnings(files) == [
        "user:6:13 With PyYAML 6.0.4, merge keys ('<<') give another value than here and in earlier releases to "
        "'global_overrides.settings.speed', 'global_overrides.more.speed'."
    ]
    settings = description.load(files).configuration.global_overrides['settings']
    assert settings == {'speed': 'slow', 'rack': 'one'}
