# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merging files, fitting values to JSON, names of sections."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
import yaml
from ansible_collections.osa.inventory.plugins.module_utils.configuration.fit import fit_mapping
from ansible_collections.osa.inventory.plugins.module_utils.configuration.merge import merge_files
from ansible_collections.osa.inventory.plugins.module_utils.configuration.problems import Problems
from ansible_collections.osa.inventory.plugins.module_utils.configuration.reader import load_mapping
from ansible_collections.osa.inventory.plugins.module_utils.configuration.sections import normalise_sections
from ansible_collections.osa.inventory.plugins.module_utils.errors import ConfigurationError, ConfigurationErrors
from ansible_collections.osa.inventory.plugins.module_utils.places import (
    ConfiguredTemplate,
    ConfiguredUnsafe,
    ConfiguredVault,
    Place,
    PlacedDict,
)
from hypothesis import given
from hypothesis import strategies as st


def merged(*texts: str) -> tuple[PlacedDict, Problems]:
    """The files a, b, c … merged, of which all but the first are siblings."""
    problems = Problems()
    names = 'abcdef'[: len(texts)]
    mappings = [load_mapping(text, name) for text, name in zip(texts, names, strict=True)]
    return merge_files(mappings, problems, siblings=names[1:]), problems


def told(problems: Problems) -> list[str]:
    """Mistakes, then warnings."""
    try:
        problems.raise_errors('abcdef')
        errors: t.Sequence[ConfigurationError] = ()
    except ConfigurationErrors as error:
        errors = error.errors
    except ConfigurationError as error:
        errors = [error]
    return [f'{each.place} {each.message}' for each in (*errors, *problems.warnings)]


@pytest.mark.parametrize(
    ('base', 'over', 'expected'),
    [
        ('a: {b: 1, c: 2}', 'a: {c: 3, d: 4}', {'a': {'b': 1, 'c': 3, 'd': 4}}),
        ('a: {b: {c: 1}}', 'a: {b: {d: 2}}', {'a': {'b': {'c': 1, 'd': 2}}}),
        ('a: {b: {c: 1}}', 'a: {b: {}}', {'a': {'b': {}}}),
        ('a: {b: {c: 1}}', 'a: {b: }', {'a': {'b': None}}),
        ('a: {b: {c: 1}}', 'a: {b: x}', {'a': {'b': 'x'}}),
        ('a: {b: {c: 1}}', 'a: {b: [x]}', {'a': {'b': ['x']}}),
        ('a: {b: [1, 2]}', 'a: {b: [3]}', {'a': {'b': [3]}}),
        ('a: {b: [1, 2]}', 'a: {b: {}}', {'a': {'b': {}}}),
        ('a: ', 'a: {b: 1}', {'a': {'b': 1}}),
        ('a: {}', 'a: {b: 1}', {'a': {'b': 1}}),
        ('', 'a: {b: 1}', {'a': {'b': 1}}),
        ('a: 1\nb: 2', 'c: 0\nb: 3\na: 4', {'a': 4, 'b': 3, 'c': 0}),
    ],
)
def test_mappings_with_content_merge_and_everything_else_replaces(base: str, over: str, expected: t.Any) -> None:
    whole, problems = merged(base, over)
    assert json.dumps(whole) == json.dumps(expected)
    assert not len(problems)


def test_places_are_those_of_the_values_that_count() -> None:
    whole, _problems = merged('x: 1\na:\n  b: 1\n', '\n\na:\n  b: 2\n  c: 3\n')
    assert whole.place == Place('a', 1, 1)
    assert whole.value_places['x'] == Place('a', 1, 4)
    assert whole['a'].key_places == {'b': Place('b', 4, 3), 'c': Place('b', 5, 3)}
    assert whole['a'].value_places['b'] == Place('b', 4, 6)


TREES = st.recursive(
    st.one_of(st.integers(0, 3), st.none(), st.lists(st.integers(0, 3), max_size=2)),
    lambda children: st.dictionaries(st.sampled_from('pqrs'), children, max_size=3),
    max_leaves=8,
)
MAPPINGS = st.dictionaries(st.sampled_from('pqrs'), TREES, max_size=4)


def model(base: dict[str, t.Any], over: dict[str, t.Any]) -> dict[str, t.Any]:
    """What the merge of plain mappings is, as far as it is no clash."""
    result = copy.deepcopy(base)
    for key, value in over.items():
        former = result.get(key)
        if isinstance(value, dict) and value and former is not None:
            result[key] = model(former, value) if isinstance(former, dict) else former
        else:
            result[key] = copy.deepcopy(value)
    return result


@given(MAPPINGS, MAPPINGS)
def test_merging_is_what_its_rule_says_and_keeps_a_place_for_every_value(base: t.Any, over: t.Any) -> None:
    whole, _problems = merged(yaml.safe_dump(base, sort_keys=False), yaml.safe_dump(over, sort_keys=False))
    assert json.dumps(whole) == json.dumps(model(base, over) if base else over)
    waiting = [whole]
    while waiting:
        mapping = waiting.pop()
        assert [*mapping] == [*mapping.key_places] == [*mapping.value_places]
        waiting += [value for value in mapping.values() if isinstance(value, PlacedDict)]


@pytest.mark.parametrize(
    ('base', 'over', 'expected'),
    [
        ('a: [1]', 'a: {b: 1}', "b:1:4 Value 'a' is a mapping here and a list in a:1:4."),
        ('a: {b: x}', 'a: {b: {c: 1}}', "b:1:8 Value 'a.b' is a mapping here and text in a:1:8."),
    ],
)
def test_a_mapping_over_a_value_of_another_kind_is_a_mistake(base: str, over: str, expected: str) -> None:
    assert told(merged(base, over)[1]) == [expected]


def test_an_emptied_section_is_warned_about() -> None:
    _whole, problems = merged('a: {x: 1, y: 2}\nb: {x: 1}\nc: \nd: {x: {y: 1}}', 'a: {}\nb: \nc: {}\nd: {x: {}}')
    assert told(problems) == [
        "b:1:4 Section 'a' is empty here and so replaces all 2 entries it had before.",
        "b:2:3 Section 'b' is empty here and so replaces all 1 entries it had before.",
    ]


def test_files_of_one_rank_that_contradict_each_other_are_warned_about_once_for_each_key() -> None:
    first = 'g: {w: x, l: [1], m: {n: 1}, t: true, s: 1}'
    rest = ['g: {w: a, l: [2], m: {n: 1}, t: 1, s: 1}', 'g: {w: b, l: [3], m: {n: 2}, t: true}', 'g: {w: c, s: 1}']
    assert told(merged(first, *rest)[1]) == [
        "d:1:8 Value 'g.w' is set differently in b:1:8, c:1:8 and d:1:8; the last one counts.",
        "c:1:14 Value 'g.l' is set differently in b:1:14 and c:1:14; the last one counts.",
        "c:1:26 Value 'g.m.n' is set differently in b:1:26 and c:1:26; the last one counts.",
        "c:1:33 Value 'g.t' is set differently in b:1:33 and c:1:33; the last one counts.",
    ]


def fitted(text: str) -> tuple[dict[str, t.Any], list[str]]:
    problems = Problems()
    return fit_mapping(load_mapping(text, 'a'), problems), told(problems)


def test_what_fits_json_stays_and_dates_and_keys_become_text() -> None:
    text = 'a: [1, 1.5, true, ~, x, {}, []]\nd: [2024-01-02, 2024-01-02 03:04:05]\nm: {100: a, true: b, ~: c, 1.5: d}\n'
    value, problems = fitted(text + '2024-01-02: e')
    assert json.dumps(value) == (
        '{"a": [1, 1.5, true, null, "x", {}, []], "d": ["2024-01-02", "2024-01-02T03:04:05"], '
        '"m": {"100": "a", "true": "b", "null": "c", "1.5": "d"}, "2024-01-02": "e"}'
    )
    assert not problems
    assert value.__class__ is value['m'].__class__ is dict and value['a'].__class__ is list


def test_templates_unsafe_and_vaulted_text_keep_their_classes() -> None:
    value, _problems = fitted('a: "{{ b }}"\nc: [!unsafe "{{ d }}"]\ne: {f: !vault $ANSIBLE_VAULT;1}\n"{{ g }}": 1\n')
    assert isinstance(value['a'], ConfiguredTemplate)
    assert isinstance(value['c'][0], ConfiguredUnsafe)
    assert isinstance(value['e']['f'], ConfiguredVault)
    assert json.dumps(value['e']) == '{"f": {"__ansible_vault": "$ANSIBLE_VAULT;1"}}'


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('a: {b: [.nan]}', "a:1:9 Value 'a.b[0]' is nan, which JSON cannot hold."),
        ('a: -.inf', "a:1:4 Value 'a' is -inf, which JSON cannot hold."),
        ('a: !!set {b}', "a:1:4 Value 'a' is a set, which JSON cannot hold."),
        ('a: !!binary aGk=', "a:1:4 Value 'a' is binary data, which JSON cannot hold."),
        ('a: {.nan: b}', "a:1:5 Key 'a.nan' is a number that JSON cannot hold."),
        ('a: {!!binary aGk= : b}', "a:1:5 Key 'a.b'hi'' is binary data that JSON cannot hold."),
        ("a: {100: b, '100': c}", "a:1:5 Keys 100 and '100' of one mapping are the same as text."),
    ],
)
def test_what_does_not_fit_json_is_a_mistake_with_its_key_path(text: str, expected: str) -> None:
    assert fitted(text)[1] == [expected]


def normalised(text: str) -> tuple[dict[str, t.Any], list[str]]:
    problems = Problems()
    return normalise_sections(load_mapping(text, 'a'), problems), told(problems)


def test_dashes_in_names_of_sections_become_underscores_and_both_spellings_are_one() -> None:
    value, problems = normalised(
        'x-y_hosts: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2, k: 1}}\n'
        'used-ips: [x]\n'
        'x_y-hosts: {c: {}, b: {ip: 10.0.0.2}}\n'
    )
    assert json.dumps(value) == json.dumps(
        {'x_y_hosts': {'a': {'ip': '10.0.0.1'}, 'b': {'ip': '10.0.0.2'}, 'c': {}}, 'used_ips': ['x']}
    )
    assert not problems


@pytest.mark.parametrize('text', ['x-hosts: \nx_hosts: {a: 1}', 'x-hosts: {a: 1}\nx_hosts: '])
def test_an_empty_spelling_adds_nothing(text: str) -> None:
    assert normalised(text) == ({'x_hosts': {'a': 1}}, [])


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('x-y: [1]\nx_y: [2]', "a:2:1 Section 'x_y' is given twice, as 'x-y' and as 'x_y'."),
        (
            'x-y: {a: {ip: 10.0.0.1}}\nx_y: {a: {ip: 10.0.0.2}}',
            "a:2:15 Host 'a' has 10.0.0.1 in 'x-y' and 10.0.0.2 in 'x_y'.",
        ),
        ('5: {a: 1}', 'a:1:1 The section name 5 (a whole number) is not text.'),
        ('yes: {a: 1}', 'a:1:1 The section name true (a boolean) is not text.'),
    ],
)
def test_sections_that_cannot_be_told_apart_or_named_are_mistakes(text: str, expected: str) -> None:
    assert normalised(text)[1] == [expected]
