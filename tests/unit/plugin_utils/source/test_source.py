# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading an inventory source: where values come from, and what is refused and where."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret, VaultSecretsContext
from ansible.plugins.loader import inventory_loader
from ansible.template import trust_as_template
from ansible_collections.osa.inventory.plugins.module_utils.errors import ConfigurationError
from ansible_collections.osa.inventory.plugins.plugin_utils.source import options
from ansible_collections.osa.inventory.plugins.plugin_utils.source.options import Source, open_source, plain, refusal

SECRETS = [('default', VaultSecret(b'password'))]


class Reader:
    """Reads sources in a directory of its own."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        self.path = directory / 'osa.yml'
        self.loader = DataLoader()
        self.loader.set_vault_secrets(SECRETS)

    def __call__(self, text: str = '', **extra_vars: t.Any) -> Source:
        self.path.write_text(f'plugin: osa.inventory.osa\n{text}')
        return open_source(str(self.path), self.loader, extra_vars)

    def failing(self, text: str) -> AnsibleError:
        with pytest.raises(AnsibleError) as caught:
            self(text)
        return caught.value


@pytest.fixture
def read(tmp_path: pathlib.Path) -> Reader:
    return Reader(tmp_path)


def shown(error: AnsibleError) -> str:
    return f'{error.message}\n{error._formatted_source_context}\n{error._help_text}'


def test_defaults(read: Reader) -> None:
    source = read()
    assert source.config_dir == '/etc/openstack_deploy'
    assert pathlib.Path(source.environment_dir, 'env.d').is_dir()
    assert (source.storage, source.tenant, source.region, source.persist) == ('file', 'default', 'default', 'auto')
    assert (source.choice.naming, source.choice.allocation, source.choice.seed) == (
        'random',
        'random',
        'default/default',
    )


@pytest.mark.parametrize('name', ['openstack_user_config.yml', 'conf.d'])
def test_the_directory_of_the_source_is_the_deployment_if_it_holds_one(read: Reader, name: str) -> None:
    (read.directory / name).mkdir() if name == 'conf.d' else (read.directory / name).touch()
    assert read().config_dir == str(read.directory)


def test_without_any_deployment_both_places_are_named(read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = str(read.directory / 'nowhere')
    monkeypatch.setattr(options, 'DEFAULT_CONFIG_DIR', nowhere)
    with pytest.raises(ConfigurationError, match=f"neither in '{read.directory}' nor in '{nowhere}'"):
        read().deployment()


def test_the_environment_of_a_checkout_comes_before_our_own(read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, 'CHECKOUT_ENVIRONMENT_DIR', str(read.directory))
    assert read().environment_dir == str(options.OWN_ENVIRONMENT_DIR)
    (read.directory / 'env.d').mkdir()
    assert read().environment_dir == str(read.directory)


def test_relative_paths_start_at_the_source(
    read: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp('elsewhere'))
    source = read('config_dir: ../clouds/north\nenvironment_dir: ./base/\n')
    assert source.config_dir == str(read.directory.parent / 'clouds' / 'north')
    assert source.environment_dir == str(read.directory / 'base')


def test_values_may_be_templates_lookups_and_extra_variables(read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('CLOUD', 'north')
    source = read(
        "tenant: \"{{ lookup('ansible.builtin.env', 'CLOUD') }}\"\n"
        'region: "{{ city }}-{{ 3 + 4 }}"\n'
        'storage: {class: file, path: "{{ city }}.json"}\n',
        city=trust_as_template('oslo'),
    )
    assert (source.tenant, source.region, source.choice.seed) == ('north', 'oslo-7', 'north/oslo-7')
    assert source.storage == {'class': 'file', 'path': 'oslo.json'}


def test_values_may_be_vaulted(read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VaultSecretsContext, '_current', VaultSecretsContext(SECRETS))
    sealed = VaultLib(secrets=SECRETS).encrypt('north').decode().replace('\n', '\n  ')
    assert read(f'tenant: !vault |\n  {sealed}\n').tenant == 'north'


def test_values_are_plain_for_the_library(read: Reader) -> None:
    source = read('tenant: "{{ \'north\' }}"\nstorage: {class: file, path: [x, {y: z}]}\n')
    texts = [source.tenant, source.region, source.config_dir, *source.storage, source.storage['path'][0]]
    assert {type(text) for text in texts} == {str}


SCALARS = {
    name: definition
    for name, definition in yaml.safe_load(
        __import__(
            'ansible_collections.osa.inventory.plugins.doc_fragments.source', fromlist=['x']
        ).ModuleDocFragment.DOCUMENTATION
    )['options'].items()
    if name != 'plugin'
}


@pytest.mark.parametrize('name', SCALARS)
def test_every_option_can_be_given_by_environment_cfg_and_extra_variable(name: str) -> None:
    definition = SCALARS[name]
    assert {'name': f'OSA_INVENTORY_{name.upper()}'} in definition['env']
    assert {'section': 'osa_inventory', 'key': name} in definition['ini']
    assert definition['vars'] == [{'name': f'osa_inventory_{name}'}]


def test_the_environment_fills_what_the_source_leaves_out(read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('OSA_INVENTORY_TENANT', 'environment')
    monkeypatch.setenv('OSA_INVENTORY_REGION', 'environment')
    source = read('tenant: source\n')
    assert (source.tenant, source.region) == ('source', 'environment')


def test_an_extra_variable_comes_before_the_environment(read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('OSA_INVENTORY_PERSIST', 'auto')
    assert read(osa_inventory_persist='never').persist == 'never'
    assert read(osa_inventory_storage={'class': 'none'}).storage == {'class': 'none'}


def test_our_own_variable_for_the_directory_comes_before_the_general_one(
    read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('OSA_CONFIG_DIR', '/srv/general')
    assert read().config_dir == '/srv/general'
    monkeypatch.setenv('OSA_INVENTORY_CONFIG_DIR', '/srv/own')
    assert read().config_dir == '/srv/own'


def test_null_counts_as_left_out(read: Reader) -> None:
    source = read('tenant:\nstorage: null\n')
    assert (source.tenant, source.storage) == ('default', 'file')


def test_an_unknown_option_is_refused_with_the_nearest_name_and_its_place(read: Reader) -> None:
    text = shown(read.failing('tennant: north\n'))
    assert "has the unknown option 'tennant'." in text
    assert f'Origin: {read.path}:2:1' in text and '^ column 1' in text
    assert "Did you mean 'tenant'?" in text


def test_all_unknown_options_are_refused_together(read: Reader) -> None:
    error = read.failing('tennant: north\nqqq: 1\n')
    assert isinstance(error, ExceptionGroup)
    assert [str(part.obj) for part in error.exceptions] == ['tennant', 'qqq']
    assert 'Known options: address_allocation, cache, ' in shown(error.exceptions[1])


def test_wrong_values_are_refused_together_where_they_stand(read: Reader) -> None:
    error = read.failing('persist: sometimes\ncompose: 1\nconfig_dir: [x]\n')
    assert isinstance(error, ExceptionGroup)
    persist, compose, config_dir = map(shown, error.exceptions)
    assert "'sometimes'" in persist and 'Valid values are: auto, never' in persist and 'osa.yml:2:10' in persist
    assert 'osa.yml:3:1' in compose and 'osa.yml:4:1' in config_dir


def test_a_failing_template_shows_its_place(read: Reader) -> None:
    text = shown(read.failing('tenant: "{{ nowhere }}"\n'))
    assert "'nowhere' is undefined" in text and f'Origin: {read.path}:2:9' in text


@pytest.mark.parametrize('mistake', ['regoin: north', 'persist: sometimes', 'tenant: "{{ nowhere }}"'])
def test_an_error_never_shows_what_stands_among_the_options_of_the_storage(read: Reader, mistake: str) -> None:
    text = shown(read.failing(f'storage:\n  class: file\n  password: hush\n{mistake}\n'))
    assert mistake.split(':')[0] in text and 'hush' not in text


@pytest.mark.parametrize(('text', 'kind'), [('', 'empty'), ('- x\n', 'list'), ('x\n', 'str')])
def test_a_source_that_is_no_mapping_is_refused(read: Reader, text: str, kind: str) -> None:
    read.path.write_text(text)
    with pytest.raises(AnsibleError, match=f"The inventory source is '{kind}' instead of a mapping"):
        open_source(str(read.path), read.loader, {})


def test_expressions_over_hosts_are_left_alone(read: Reader) -> None:
    read.path.write_text('plugin: osa.inventory.osa\ncompose: {x: "{{ nowhere }}"}\ngroups: {y: nowhere}\n')
    plugin = inventory_loader.get('osa.inventory.osa')
    plugin.loader = read.loader
    options.read_source(plugin, str(read.path), {})
    assert plugin.get_option('compose') == {'x': '{{ nowhere }}'}


def test_a_source_does_not_show_what_its_storage_is_given(read: Reader) -> None:
    assert 'hush' not in repr(read('storage: {class: file, password: hush}\n'))


def test_a_vaulted_file_of_the_deployment_is_decrypted(read: Reader) -> None:
    file = read.directory / 'openstack_user_config.yml'
    file.write_bytes(VaultLib(secrets=SECRETS).encrypt('used_ips: []\n'))
    assert read()._read(str(file)) == 'used_ips: []\n'
    read.loader.set_vault_secrets([])
    with pytest.raises(ConfigurationError, match=r'vaulted file cannot be decrypted: .*--ask-vault-pass'):
        read()._read(str(file))


@pytest.mark.parametrize(
    ('name', 'text', 'reason'),
    [
        ('osa.yml', 'plugin: osa.inventory.osa\n', None),
        ('anything.yaml', '{"plugin": "osa.inventory.osa"}', None),
        ('osa.cfg', 'plugin: osa.inventory.osa\n', 'its name ends in neither .yml nor .yaml'),
        ('osa.yml', 'plugin: constructed\n', "its key 'plugin' is 'constructed' instead of 'osa.inventory.osa'"),
        ('osa.yml', 'all:\n', "its key 'plugin' is None instead of 'osa.inventory.osa'"),
        ('osa.yml', '- plugin\n', 'it is not a mapping'),
        ('osa.yml', 'plugin: "osa\n', 'it cannot be read in line 2: YAML parsing failed'),
    ],
)
def test_why_a_file_is_no_source(tmp_path: pathlib.Path, name: str, text: str, reason: str | None) -> None:
    file = tmp_path / name
    file.write_text(text)
    found = refusal(str(file))
    assert found == reason or (found and reason and found.startswith(reason))


def test_plain_keeps_values_and_drops_tags() -> None:
    tagged = {trust_as_template('a'): [trust_as_template('b'), 1, None, True]}
    assert plain(tagged) == {'a': ['b', 1, None, True]}
    assert type(next(iter(plain(tagged)))) is type(plain(tagged)['a'][0]) is str


def test_plain_drops_the_tags_of_numbers(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'numbers.yml'
    path.write_text('[1, 1.5, true]')
    assert [type(value) for value in plain(DataLoader().load_from_file(str(path)))] == [int, float, bool]
