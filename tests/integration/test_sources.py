# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where options come from, and what the source's expressions add."""

from __future__ import annotations

import json
import pathlib

import pytest
from ansible_collections.osa.inventory.tests.integration.installed import RECOMMENDED, Ansible

STABLE = {'OSA_INVENTORY_CONTAINER_NAMING': 'stable', 'OSA_INVENTORY_ADDRESS_ALLOCATION': 'stable'}


@pytest.fixture
def elsewhere(tmp_path: pathlib.Path) -> pathlib.Path:
    """An `osa.yml` outside of the deployment."""
    source = tmp_path / 'inventories' / 'osa.yml'
    source.parent.mkdir()
    source.write_text('plugin: osa.inventory.osa\npersist: never\n')
    return source


def hosts(output: str) -> set[str]:
    return set(json.loads(output[output.index('{\n') :])['_meta']['hostvars'])


def test_options_come_from_environment_cfg_and_extra_variables(
    ansible: Ansible, deployment: pathlib.Path, elsewhere: pathlib.Path
) -> None:
    command = ('ansible-inventory', '-i', elsewhere, '--list')
    options = f'config_dir = {deployment}\ncontainer_naming = stable\naddress_allocation = stable\n'
    configured = ansible.configured(f'{RECOMMENDED}[osa_inventory]\n{options}')
    by_environment = ansible.run(*command, OSA_CONFIG_DIR=str(deployment), **STABLE)
    by_cfg = configured.run(*command)
    by_variable = ansible.run(*command, '-e', f'osa_inventory_config_dir={deployment}', **STABLE)
    assert hosts(by_environment.stdout) == hosts(by_cfg.stdout) == hosts(by_variable.stdout)
    assert 'ctl-a' in hosts(by_cfg.stdout)
    other_seed = ansible.run(*command, OSA_CONFIG_DIR=str(deployment), OSA_INVENTORY_NAMING_SEED='other', **STABLE)
    assert hosts(other_seed.stdout) != hosts(by_cfg.stdout)


def test_the_source_may_use_templates_lookups_and_vaulted_text(
    ansible: Ansible, deployment: pathlib.Path, elsewhere: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    password = tmp_path / 'password'
    password.write_text('secret')
    sealed = ansible.run('ansible-vault', 'encrypt_string', '--vault-password-file', password, 'north').stdout
    elsewhere.write_text(
        'plugin: osa.inventory.osa\n'
        "config_dir: \"../{{ lookup('ansible.builtin.env', 'CLOUD') }}\"\n"
        'persist: "{{ mode }}"\n'
        f'naming_seed: {sealed}'
        'container_naming: stable\naddress_allocation: stable\n'
    )
    command = ('ansible-inventory', '-i', elsewhere, '--list', '--vault-password-file', password, '-e', 'mode=never')
    done = ansible.run(*command, CLOUD=deployment.name)
    assert done.returncode == 0, done.stderr
    elsewhere.write_text('plugin: osa.inventory.osa\npersist: never\n')
    seeded = {'OSA_INVENTORY_NAMING_SEED': 'north', 'OSA_CONFIG_DIR': str(deployment), **STABLE}
    assert hosts(done.stdout) == hosts(ansible.run('ansible-inventory', '-i', elsewhere, '--list', **seeded).stdout)


def test_expressions_make_variables_and_groups_that_are_not_stored(ansible: Ansible, deployment: pathlib.Path) -> None:
    (deployment / 'osa.yml').write_text(
        'plugin: osa.inventory.osa\n'
        'strict: true\n'
        'use_extra_vars: true\n'
        'compose:\n  login_url: site ~ "/" ~ physical_host\n  sees_global_variables: container_cidr is defined\n'
        'groups:\n  only_containers: physical_host != inventory_hostname\n'
        'keyed_groups:\n  - {key: physical_host, prefix: below}\n'
    )
    listed = json.loads(ansible.inventory(deployment / 'osa.yml', '--list', '-e', 'site=oslo'))
    container = listed['only_containers']['hosts'][0]
    variables = listed['_meta']['hostvars'][container]
    assert variables['login_url'] == {'__ansible_unsafe': f'oslo/{variables["physical_host"]}'}
    assert variables['sees_global_variables'] is True
    assert container in listed[f'below_{variables["physical_host"].replace("-", "_")}']['hosts']
    stored = (deployment / 'openstack_inventory.json').read_text()
    assert not any(word in stored for word in ('login_url', 'only_containers', 'below_', 'sees_global_variables'))


def test_a_run_tells_about_itself_step_by_step(ansible: Ansible, deployment: pathlib.Path) -> None:
    first = ansible.run('ansible-inventory', '-i', deployment / 'osa.yml', '--list', '-v')
    lines = [line for line in first.stdout.splitlines() if line.startswith('osa.inventory: ')]
    assert len(lines) == 1
    written = f'written to {deployment}/openstack_inventory.json; '
    assert all(part in lines[0] for part in (' hosts, ', ' groups; this run: ', ' containers, ', written, ' ms'))
    second = ansible.run('ansible-inventory', '-i', deployment / 'osa.yml', '--list', '-vv')
    assert f'; this run: no changes; unchanged in {deployment}/openstack_inventory.json' in second.stdout
    assert f'osa.inventory: read {deployment}/openstack_user_config.yml\n' in second.stdout
    assert 'osa.inventory: serial 1 of lineage ' in second.stdout
    (deployment / 'openstack_inventory.json').unlink()
    (deployment / '.osa_inventory_seen.json').unlink()
    for path in deployment.glob('.openstack_inventory*'):
        path.unlink()
    third = ansible.run('ansible-inventory', '-i', deployment / 'osa.yml', '--list', '-vvv')
    stored = json.loads((deployment / 'openstack_inventory.json').read_text())['_meta']['hostvars']
    for name, variables in stored.items():
        if variables['physical_host'] != name:
            assert f'osa.inventory: container {name} ' in third.stdout
            assert any(
                line.startswith(f'osa.inventory: address {name} ') and line.endswith(variables['management_address'])
                for line in third.stdout.splitlines()
            )


def test_ansible_doc_shows_every_option(ansible: Ansible) -> None:
    done = ansible.run('ansible-doc', '-t', 'inventory', '-j', 'osa.inventory.osa')
    documented = json.loads(done.stdout)['osa.inventory.osa']
    options = {'config_dir', 'storage', 'persist', 'naming_seed', 'keyed_groups', 'cache'}
    assert options <= documented['doc']['options'].keys()
    assert 'plugin: osa.inventory.osa' in documented['examples']
