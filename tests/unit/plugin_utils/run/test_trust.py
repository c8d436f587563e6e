# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trust rule: only text of the configuration can be a template."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import EncryptedString, VaultHelper, VaultLib, VaultSecret
from ansible.template import Templar, is_trusted_as_template, trust_as_template
from ansible_collections.osa.inventory.plugins.module_utils.places import (
    ConfiguredTemplate,
    ConfiguredUnsafe,
    ConfiguredVault,
    Place,
)
from ansible_collections.osa.inventory.plugins.plugin_utils.run.trust import TrustRule, placed
from hypothesis import given
from hypothesis import strategies as st

PLACE = Place('/etc/openstack_deploy/conf.d/compute.yml', 7, 11)
TEMPLATE = "{{ lookup('ansible.builtin.pipe', 'id') }}"


@pytest.fixture
def rule() -> TrustRule:
    return TrustRule(DataLoader())


@given(st.text(alphabet=st.characters(exclude_categories=['Cs'])))
def test_placed_text_is_the_same_text_and_trusted(text: str) -> None:
    value = placed(DataLoader(), PLACE, text)
    assert value == text
    assert is_trusted_as_template(value)


def test_placed_text_shows_file_line_column_and_excerpt(tmp_path) -> None:
    file = tmp_path / 'compute.yml'
    file.write_text('compute_hosts:\n  compute1:\n    ip: 10.0.0.300\n')
    value = placed(DataLoader(), Place(str(file), 3, 9), 'here')
    with pytest.raises(AnsibleError) as caught:
        raise AnsibleError('Wrong.', obj=value)
    context = caught.value._formatted_source_context
    assert f'Origin: {file}:3:9' in context
    assert '3     ip: 10.0.0.300\n          ^ column 9' in context


def test_plain_text_is_trusted(rule: TrustRule) -> None:
    value = rule.value('lxc')
    assert value == 'lxc' and is_trusted_as_template(value)


@pytest.mark.parametrize('text', [TEMPLATE, '{% if true %}x{% endif %}', '{# x #}', "#jinja2: trim_blocks:'yes'\nx"])
def test_stored_text_that_looks_like_a_template_stays_untrusted_and_is_named(rule: TrustRule, text: str) -> None:
    variables = rule.variables('infra1', {'a': 'x', 'planted': text})
    assert variables['planted'] == text
    assert not is_trusted_as_template(variables['planted'])
    assert rule.planted == [('infra1', 'planted')]


def test_planted_text_is_named_wherever_it_is(rule: TrustRule) -> None:
    variables = {'a': {'b': ['x', TEMPLATE]}, 'c': {TEMPLATE: 1}, 'd': TEMPLATE}
    converted = rule.variables('infra1', variables)
    assert rule.planted == [('infra1', 'a.b[1]'), ('infra1', f'c.{TEMPLATE} (key)'), ('infra1', 'd')]
    assert not is_trusted_as_template(next(iter(converted['c'])))


def test_planted_text_is_named_for_each_owner(rule: TrustRule) -> None:
    for owner in ('infra1', 'infra2'):
        rule.variables(owner, {'planted': TEMPLATE})
    assert rule.planted == [('infra1', 'planted'), ('infra2', 'planted')]


def test_template_of_the_configuration_is_trusted_with_its_place(rule: TrustRule) -> None:
    value = rule.variables('infra1', {'greeting': ConfiguredTemplate('{{ 1 + 1 }}', PLACE)})['greeting']
    assert is_trusted_as_template(value)
    assert str(PLACE) in AnsibleError('x', obj=value)._formatted_source_context
    assert Templar(DataLoader()).template(value) == 2
    assert rule.planted == []


def test_planted_text_equal_to_a_template_of_the_configuration_stays_untrusted(rule: TrustRule) -> None:
    values = [rule.value(ConfiguredTemplate(TEMPLATE, PLACE)), rule.value(TEMPLATE)]
    assert [is_trusted_as_template(value) for value in values] == [True, False]


def test_unsafe_text_of_the_configuration_stays_untrusted_silently(rule: TrustRule) -> None:
    value = rule.variables('infra1', {'password': ConfiguredUnsafe(TEMPLATE)})['password']
    assert value == TEMPLATE and not is_trusted_as_template(value)
    assert rule.planted == []


def test_unsafe_mark_in_stored_data_gives_untrusted_text_silently(rule: TrustRule) -> None:
    value = rule.variables('infra1', {'password': {'__ansible_unsafe': TEMPLATE}})['password']
    assert value == TEMPLATE and not is_trusted_as_template(value)
    assert rule.planted == []


def test_trust_that_a_storage_class_gave_is_not_kept(rule: TrustRule) -> None:
    value = rule.variables('infra1', {'planted': trust_as_template(TEMPLATE)})['planted']
    assert not is_trusted_as_template(value)
    assert rule.planted == [('infra1', 'planted')]


@pytest.mark.parametrize('configured', [True, False])
def test_vaulted_text_stays_sealed(rule: TrustRule, configured: bool) -> None:
    loader = DataLoader()
    secrets = [('default', VaultSecret(b'secret'))]
    loader.set_vault_secrets(secrets)
    ciphertext = VaultLib(secrets=secrets).encrypt('hush').decode()
    sealed = ConfiguredVault(ciphertext, PLACE) if configured else {'__ansible_vault': ciphertext}
    value = TrustRule(loader).variables('infra1', {'password': sealed})['password']
    assert isinstance(value, EncryptedString)
    assert VaultHelper.get_ciphertext(value, with_tags=False) == ciphertext


def test_a_mark_of_the_wrong_type_is_an_ordinary_mapping(rule: TrustRule) -> None:
    assert rule.value({'__ansible_unsafe': 1}) == {'__ansible_unsafe': 1}
    assert rule.value({'__ansible_vault': None}) == {'__ansible_vault': None}


def test_containers_are_copies_with_sorted_keys(rule: TrustRule) -> None:
    shared = {'b': [1], 'a': {'z': None, 'y': True}}
    first, second = (rule.variables(host, {'x': shared})['x'] for host in ('infra1', 'infra2'))
    assert first == second == shared
    assert list(first) == ['a', 'b'] and list(first['a']) == ['y', 'z']
    assert first is not second and first['b'] is not second['b'] and first['b'] is not shared['b']


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON))
def test_values_are_kept_to_the_letter(variables: dict) -> None:
    assert TrustRule(DataLoader()).variables('infra1', variables) == variables
