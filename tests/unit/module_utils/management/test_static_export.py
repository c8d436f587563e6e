# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Static files of an inventory: which there are, and that YAML gives back what was written."""

from __future__ import annotations

import hypothesis
import pytest
import yaml
from ansible_collections.osa.inventory.plugins.module_utils.errors import InventoryError
from ansible_collections.osa.inventory.plugins.module_utils.management.static_export import Elsewhere, static_files
from ansible_collections.osa.inventory.plugins.module_utils.management.static_export_yaml import mapping_text
from ansible_collections.osa.inventory.plugins.module_utils.places import (
    ConfiguredTemplate,
    ConfiguredUnsafe,
    ConfiguredVault,
    Place,
)
from hypothesis import strategies

HERE = Place('test.yml', 1, 1)
SEALED = '$ANSIBLE_VAULT;1.1;AES256\n6231336539\n3766\n'


class Loader(yaml.SafeLoader):
    """Reads Ansible's tags as pairs of tag and text."""


for tag in ('!unsafe', '!vault'):
    Loader.add_constructor(tag, lambda loader, node: (node.tag, loader.construct_scalar(node)))


def read(text):
    return yaml.load(text, Loader)


words = strategies.sampled_from(
    ['yes', 'No', 'on', 'NULL', '~', '', '<<', '=', '1', '0x1f', '1e5', '1:30', '2024-01-02', '10.0.0.1', 'a b', '- x']
)
texts = words | strategies.text(strategies.characters(exclude_categories=['Cs']), max_size=20)
keys = texts.filter(lambda text: text not in ('__ansible_unsafe', '__ansible_vault'))
numbers = strategies.none() | strategies.booleans() | strategies.integers()
scalars = texts | numbers | strategies.floats(allow_nan=False, allow_infinity=False)
values = strategies.recursive(
    scalars, lambda inner: strategies.lists(inner, max_size=4) | strategies.dictionaries(keys, inner, max_size=4)
)


def as_read(value):
    """What a reader of Ansible's tags gets for a value."""
    if isinstance(value, dict):
        return {key: as_read(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [as_read(item) for item in value]
    return ('!unsafe', value) if isinstance(value, str) and is_marked(value) else value


def is_marked(text):
    return any(mark in text for mark in ('{{', '{%', '{#')) or text.startswith('#jinja2:')


@hypothesis.given(strategies.dictionaries(keys, values, min_size=1, max_size=4))
def test_yaml_gives_back_what_was_written(mapping):
    text = mapping_text(mapping)
    assert repr(read(text)) == repr(as_read(mapping))
    assert text.isascii()


def test_only_templates_of_the_configuration_are_templates():
    mapping = {
        'configured': ConfiguredTemplate('{{ here }}', HERE),
        'stored': '{{ there }}',
        'forced': ConfiguredUnsafe('plain'),
        'old': {'__ansible_unsafe': '{{ old }}'},
        'header': '#jinja2: x',
        'nested': [{'deep': '{% if x %}'}],
    }
    assert read(mapping_text(mapping)) == {
        'configured': '{{ here }}',
        'stored': ('!unsafe', '{{ there }}'),
        'forced': ('!unsafe', 'plain'),
        'old': ('!unsafe', '{{ old }}'),
        'header': ('!unsafe', '#jinja2: x'),
        'nested': [{'deep': ('!unsafe', '{% if x %}')}],
    }


@pytest.mark.parametrize('sealed', [SEALED, SEALED.rstrip(), 'what is this\n\x00: ', f'{SEALED}\n\n'])
def test_sealed_text_stays_sealed(sealed):
    vaulted = ('!vault', sealed)
    mapping = {'configured': ConfiguredVault(sealed, HERE), 'list': [{'__ansible_vault': sealed}]}
    assert read(mapping_text(mapping)) == {'configured': vaulted, 'list': [vaulted]}


def test_a_long_key_and_floats_come_through():
    mapping = {'k' * 3000: {'é' * 400: 1}, 'floats': [1e22, 1e-7, -0.0, 1.5e300]}
    assert read(mapping_text(mapping)) == mapping


def test_the_files_are_readable():
    files = static_files(
        {
            '_meta': {'hostvars': {'web1': {'ansible_host': '10.0.0.1', 'note': 'two words'}, 'loose': {'x': 1}}},
            'all': {'vars': {'cidr': '10.0.0.0/24'}},
            'web': {'hosts': ['web1'], 'children': ['empty'], 'vars': {'ansible_group_priority': 7, 'port': 80}},
            'empty': {'hosts': []},
        }
    )
    assert list(files) == ['ansible.cfg', 'group_vars/all.yml', 'group_vars/web.yml', 'host_vars/web1.yml', 'hosts.yml']
    assert files['host_vars/web1.yml'] == b'---\nansible_host: 10.0.0.1\nnote: "two words"\n'
    assert files['group_vars/web.yml'] == b'---\nport: 80\n'
    assert files['hosts.yml'].decode().partition('---\n')[2] == (
        'all: {}\n'
        'web:\n  hosts:\n    web1:\n  children:\n    empty:\n  vars:\n    ansible_group_priority: 7\n'
        'empty: {}\n'
    )


def test_where_the_deployer_has_variables_ours_stand_below_them():
    inventory = {
        '_meta': {'hostvars': {'a': {'x': 1}, 'b': {'x': 2}}},
        'all': {'vars': {'y': 3}},
        'one': {'hosts': ['a', 'b']},
        'two': {'hosts': ['a']},
    }
    files = static_files(inventory, Elsewhere(frozenset({'a', 'unknown'}), groups=True))
    assert list(files) == ['ansible.cfg', 'host_vars/b.yml', 'hosts.yml']
    assert read(files['hosts.yml'].decode()) == {
        'all': {'vars': {'y': 3}},
        'one': {'hosts': {'a': {'x': 1}, 'b': None}},
        'two': {'hosts': {'a': None}},
    }


@pytest.mark.parametrize('name', ['../../etc/passwd', 'a[1:3]', 'a:22', 'a b', '', '.hidden', 'a/b', '{{ x }}', 'a\nb'])
@pytest.mark.parametrize('kind', ['host', 'group'])
def test_names_that_files_or_ansible_cannot_have_are_refused(name, kind):
    inventory = {'_meta': {'hostvars': {}}, 'web': {'hosts': [name]} if kind == 'host' else {}}
    if kind == 'group':
        inventory[name] = {'hosts': []}
    with pytest.raises(InventoryError, match=f'cannot be the name of a {kind}'):
        static_files(inventory)


def test_a_name_whose_file_would_be_taken_for_anothers_is_refused():
    with pytest.raises(InventoryError, match='would be taken for that of another'):
        static_files({'_meta': {'hostvars': {}}, 'web': {'hosts': ['a', 'a.yml']}})


def test_an_inventory_of_a_cloud_has_a_file_for_each_host(inventory):
    files = static_files(inventory)
    hosts = {path for path in files if path.startswith('host_vars/')}
    assert hosts == {f'host_vars/{name}.yml' for name in inventory['_meta']['hostvars']}
    assert {path[10:-4]: read(files[path]) for path in hosts} == as_read(inventory['_meta']['hostvars'])
    assert static_files(inventory) == files
