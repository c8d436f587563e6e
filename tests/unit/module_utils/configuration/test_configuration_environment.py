# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment: sections, entries, names and relations of `env.d`."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.configuration.environment import read_environment
from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import Environment
from ansible_collections.osa.inventory.plugins.module_utils.configuration.problems import Problems
from ansible_collections.osa.inventory.plugins.module_utils.configuration.reader import load_mapping
from ansible_collections.osa.inventory.plugins.module_utils.errors import ConfigurationError, ConfigurationErrors

SOUND = (
    'cidr_networks: {management: 10.0.0.0/22}\n'
    'global_overrides: {provider_networks: []}\n'
    'identity_hosts: {a: {ip: 10.0.0.1}}\n'
)


def environment(text: str) -> Environment:
    """The environment of one sound file."""
    problems = Problems()
    result = read_environment(load_mapping(text, 'e'), problems)
    problems.raise_errors()
    return result


def told(text: str) -> list[str]:
    """Mistakes, then warnings, of one file."""
    problems = Problems()
    read_environment(load_mapping(text, 'e'), problems)
    errors: t.Sequence[ConfigurationError] = ()
    try:
        problems.raise_errors()
    except ConfigurationErrors as error:
        errors = error.errors
    except ConfigurationError as error:
        errors = [error]
    assert all(each.help_text for each in (*errors, *problems.warnings))
    return [f'{each.place} {each.message}'.removeprefix('e:') for each in (*errors, *problems.warnings)]


MISTAKES = {
    'component_skel: [x]\n': ["1:17 Value 'component_skel' is a list instead of a mapping."],
    'component_skel: {x: }\n': ["1:18 Entry 'component_skel.x' is empty: 'belongs_to' is missing."],
    'container_skel: {x: }\n': ["1:18 Entry 'container_skel.x' is empty."],
    'physical_skel: {x_hosts: hosts}\n': [
        "1:26 Value 'physical_skel.x_hosts' is the text 'hosts' instead of a mapping."
    ],
    'physical_skel: {x_hosts: {}}\n': ["1:17 Entry 'physical_skel.x_hosts' has no 'belongs_to'."],
    'physical_skel: {x_hosts: {belongs_to: }}\n': ["1:39 Entry 'physical_skel.x_hosts' has no 'belongs_to'."],
    'component_skel: {x: {contains: [y]}}\n': ["1:18 Entry 'component_skel.x' has no 'belongs_to'."],
    'container_skel: {x: {contains: [y]}}\n': ["1:18 Entry 'container_skel.x' has no 'belongs_to'."],
    'component_skel: {x: {belongs_to: {y: 1}}}\n': [
        "1:34 Value 'component_skel.x.belongs_to' is a mapping instead of a list."
    ],
    'component_skel: {x: {belongs_to: 5}}\n': [
        "1:34 Value 'component_skel.x.belongs_to' is 5 (a whole number) instead of a list."
    ],
    'component_skel: {x: {belongs_to: [y, no]}}\n': [
        "1:38 Value 'component_skel.x.belongs_to[1]' is false (a boolean) instead of text."
    ],
    'component_skel: {x: {belongs_to: "{{ y }}"}}\n': [
        "1:34 Value 'component_skel.x.belongs_to' is a template instead of text."
    ],
    'component_skel: {x: {belongs_to: [y z]}}\n': [
        "1:34 Value 'component_skel.x.belongs_to' contains 'y z', which cannot be the name of a group."
    ],
    'component_skel: {x: {belongs_to: [all]}}\n': [
        "1:34 Value 'component_skel.x.belongs_to' contains the group 'all', which is Ansible's own."
    ],
    'component_skel: {_meta: {belongs_to: [x]}}\n': [
        "1:18 Value 'component_skel' contains the group '_meta', which is Ansible's own."
    ],
    'component_skel: {x y: {belongs_to: [x]}}\n': [
        "1:18 Value 'component_skel' contains 'x y', which cannot be the name of a group."
    ],
    'component_skel: {5: {belongs_to: [x]}}\n': [
        "1:18 Value 'component_skel' contains 5 (a whole number), which cannot be the name of a group."
    ],
    'container_skel: {x: {belongs_to: [y], contains: 5}}\n': [
        "1:49 Value 'container_skel.x.contains' is 5 (a whole number) instead of a list."
    ],
    'container_skel: {x: {belongs_to: [y], properties: [z]}}\n': [
        "1:51 Value 'container_skel.x.properties' is a list instead of a mapping."
    ],
    'container_skel: {x: {belongs_to: [y], properties: {is_metal: "false"}}}\n': [
        "1:62 Value 'container_skel.x.properties.is_metal' is the text 'false' instead of true or false."
    ],
    'container_skel: {x: {belongs_to: [y], properties: {is_nest: 1}}}\n': [
        "1:61 Value 'container_skel.x.properties.is_nest' is 1 (a whole number) instead of true or false."
    ],
    'component_skel: {x: {belongs_to: [x]}}\n': ["1:18 Group 'x' belongs to itself."],
    'component_skel:\n  x-y: {belongs_to: [x_y]}\n': ["2:3 Group 'x_y' belongs to itself."],
    'component_skel:\n  a: {belongs_to: [b]}\n  b: {belongs_to: [c]}\n  c: {belongs_to: [b]}\n': [
        "4:3 Groups belong to each other in a circle: 'b' -> 'c' -> 'b'."
    ],
    'component_skel:\n  a: {belongs_to: [b]}\nphysical_skel:\n  b: {belongs_to: [c]}\n'
    'container_skel:\n  c: {belongs_to: [a]}\n': [
        "2:3 Groups belong to each other in a circle: 'b' -> 'c' -> 'a' -> 'b'."
    ],
}


@pytest.mark.parametrize('text', MISTAKES)
def test_mistakes_in_the_environment(text: str) -> None:
    assert told(text) == MISTAKES[text]


WARNINGS = {
    'contianer_skel: {}\n': ["1:1 Section 'contianer_skel' of the environment is not known and not used."],
    'component_skel: {x: {belongs_to: [y]}}\ncontainer_skel: {z: {belongs_to: [q], contains: [x, w]}}\n': [
        "2:49 Value 'container_skel.z.contains' has 'w', which is not a component of the environment; its group is"
        ' made.'
    ],
    'container_skel: {x: {properties: {is_metal: true}}}\n': [
        "1:18 Container group 'container_skel.x' has neither 'belongs_to' nor 'contains', so it holds nothing."
    ],
    'component_skel: {x: {belongs_to: [y], belong_to: [z]}}\n': [
        "1:39 Key 'component_skel.x.belong_to' is not known and not used."
    ],
}


@pytest.mark.parametrize('text', WARNINGS)
def test_warnings_about_the_environment(text: str) -> None:
    assert told(text) == WARNINGS[text]


def test_text_alone_is_a_list_of_one_and_an_empty_mapping_an_empty_list() -> None:
    found = environment('component_skel: {x: {belongs_to: y}}\ncontainer_skel: {z: {belongs_to: q, contains: {}}}\n')
    assert found.components['x'].belongs_to == ('y',)
    assert found.containers['z'].belongs_to == ('q',)
    assert found.containers['z'].contains == ()


def test_a_nest_needs_no_parents() -> None:
    nest = environment('container_skel: {x_containers: {properties: {is_nest: true, when: 2024-01-02}}}\n').containers
    assert nest['x_containers'].is_nest is True
    assert nest['x_containers'].is_metal is None
    assert nest['x_containers'].properties == {'is_nest': True, 'when': '2024-01-02'}


def test_a_name_is_spelled_as_the_environment_does_and_with_underscores_where_it_has_both() -> None:
    found = environment(
        'physical_skel: {my-own_hosts: {belongs_to: [hosts]}, two_hosts: {belongs_to: [hosts]}}\n'
        'component_skel: {x: {belongs_to: [two-hosts, other-all]}, y-z: {belongs_to: [my_own-hosts]}}\n'
        'container_skel: {c: {belongs_to: [q], contains: [y_z]}}\n'
    )
    assert list(found.physical) == ['my-own_hosts', 'two_hosts']
    assert found.components['x'].belongs_to == ('two_hosts', 'other-all')
    assert found.components['y_z'].belongs_to == ('my-own_hosts',)
    assert found.containers['c'].contains == ('y_z',)
    assert [found.spell(name) for name in ('my_own_hosts', 'other_all', 'un-known')] == [
        'my-own_hosts',
        'other-all',
        'un_known',
    ]


def test_two_spellings_of_an_entry_are_one_entry() -> None:
    found = environment(
        'container_skel:\n  x-c: {belongs_to: [a], contains: [k]}\n  y: {belongs_to: [a]}\n'
        '  x_c: {belongs_to: [b], properties: {p: 1}}\n'
    ).containers
    assert list(found) == ['x_c', 'y']
    assert (found['x_c'].belongs_to, found['x_c'].contains, found['x_c'].properties) == (('b',), ('k',), {'p': 1})


def test_a_long_chain_of_groups_is_no_circle() -> None:
    entries = ''.join(f'  g{number}: {{belongs_to: [g{number + 1}]}}\n' for number in range(3000))
    assert told(f'component_skel:\n{entries}') == []


def test_a_section_that_is_emptied_causes_no_warnings_but_its_own(description: t.Any) -> None:
    for section, count in (('component_skel', 100), ('container_skel', 58), ('physical_skel', 124)):
        (warning,) = description.warnings({'openstack_user_config.yml': SOUND, 'env.d/e.yml': f'{section}: {{}}\n'})
        assert warning.startswith(
            f"env.d/e:1:{len(section) + 3} Section '{section}' is empty here and so replaces all "
        )
        assert warning.endswith(f'{count} entries it had before.')


def test_a_component_below_a_group_that_has_hosts_is_warned_about(description: t.Any) -> None:
    text = 'component_skel: {foo: {belongs_to: [identity-hosts]}}\n'
    assert description.warnings({'openstack_user_config.yml': SOUND, 'env.d/e.yml': text}) == [
        "env.d/e:1:18 Entry 'component_skel.foo' belongs to 'identity_hosts', which has hosts of its own."
    ]


def test_a_group_with_child_groups_may_be_configured_without_hosts(description: t.Any) -> None:
    text = 'physical_skel: {compute_hosts: {belongs_to: [shelf_hosts]}}\n'
    files = {'openstack_user_config.yml': SOUND + 'shelf_hosts: \n', 'env.d/e.yml': text}
    assert description.errors(files) == []
    files['openstack_user_config.yml'] += '  b: {ip: 10.0.0.2}\n'
    assert description.errors(files) == [
        "user:4:1 Group 'shelf_hosts' has child groups ('compute_hosts'), so it cannot have hosts of its own."
    ]
