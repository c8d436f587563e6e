# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's real programs over a storage that somebody else has written to: nothing runs, nothing leads elsewhere."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.plugin_utils.operators.api import InventoryManager
from ansible_collections.osa.inventory.tests.integration.installed import Ansible
from ansible_collections.osa.inventory.tests.support.sql_samples import opened
from support.hostile import CANARY, CONNECTION, HEADER, LOOKUP, MAGIC, NO_NAMES, STATEMENT, Victims
from support.planting import FileGround, Ground, SQLGround

STORED = 'openstack_inventory.json'


@pytest.fixture
def stored(ansible: Ansible, deployment: pathlib.Path) -> dict[str, t.Any]:
    """What the first run stored."""
    ansible.inventory(deployment / 'osa.yml', '--list')
    return json.loads((deployment / STORED).read_text())


def store(deployment: pathlib.Path, inventory: dict[str, t.Any]) -> None:
    (deployment / STORED).write_text(json.dumps(inventory, indent=4, sort_keys=True))


def test_planted_variables_start_nothing_when_ansible_connects(
    ansible: Ansible, deployment: pathlib.Path, stored: dict[str, t.Any], tmp_path: pathlib.Path
) -> None:
    clean = ansible.inventory(deployment / 'osa.yml', '--list')
    hosts = stored['_meta']['hostvars']
    container = next(name for name, values in hosts.items() if values['physical_host'] != name)
    witness = tmp_path / 'witness'
    program = tmp_path / 'program'
    program.write_text(f'#!/bin/sh\ntouch {witness}\n')
    program.chmod(0o755)
    lookup = f"{{{{ lookup('ansible.builtin.pipe', 'touch {witness}') }}}}"
    hosts[container] |= {
        'ansible_ssh_executable': str(program),
        'ansible_ssh_common_args': f'-oProxyCommand={program}',
        'ansible_connection': 'local',
        'ansible_python_interpreter': str(program),
        'ansible_become_exe': str(program),
        'ansible_user': lookup,
        '\x1b[2J': lookup,
    }
    stored['galera_container']['vars'] = {'ansible_shell_executable': str(program), 'ansible_host': '203.0.113.9'}
    store(deployment, stored)
    done = ansible.run('ansible-inventory', '-i', deployment / 'osa.yml', '--list')
    assert done.returncode == 0 and json.loads(done.stdout) == json.loads(clean)
    assert done.stderr.count('are not handed to Ansible') == 1 and '\x1b' not in done.stderr
    ping = ('-m', 'ansible.builtin.ping', '-e', 'ansible_ssh_timeout=1 ansible_ssh_retries=0', '--become')
    ansible.run('ansible', container, '-i', deployment / 'osa.yml', *ping)
    assert not witness.exists()
    allowed = ansible.run(
        'ansible',
        container,
        '-i',
        deployment / 'osa.yml',
        *ping,
        OSA_INVENTORY_STORED_CONNECTION_VARIABLES='ansible_connection,ansible_python_interpreter',
    )
    assert witness.exists(), allowed.stdout  # so the variables would have done what this test is about


@pytest.mark.parametrize('name', ['../../tmp/x', '-oProxyCommand=x', 'localhost', '\x1b[2J'])
def test_a_planted_host_that_means_something_else_is_an_error(
    ansible: Ansible, deployment: pathlib.Path, stored: dict[str, t.Any], name: str
) -> None:
    stored['_meta']['hostvars'][name] = {'ansible_host': '203.0.113.9'}
    stored['galera_container']['hosts'].append(name)
    store(deployment, stored)
    done = ansible.run('ansible-inventory', '-i', deployment / 'osa.yml', '--list', '-vvv')
    assert done.returncode != 0
    assert repr(name) in done.stderr and 'Traceback' not in done.stderr and '\x1b' not in done.stderr


def test_a_stored_address_that_is_an_option_of_ssh_is_an_error(
    ansible: Ansible, deployment: pathlib.Path, stored: dict[str, t.Any]
) -> None:
    stored['_meta']['hostvars']['gone'] = {'ansible_host': '-oProxyCommand=x'}
    stored['strange'] = {'hosts': ['gone']}
    store(deployment, stored)
    done = ansible.run('ansible-inventory', '-i', deployment / 'osa.yml', '--list')
    assert done.returncode != 0
    assert "Variable 'ansible_host' of 'gone' is '-oProxyCommand=x' instead of an IP address" in done.stderr


PLAY = """\
- hosts: "{{ victims }}"
  gather_facts: false
  connection: local
  tasks:
    - ansible.builtin.debug: {msg: "{{ planted | default('') }} {{ inventory_dir }} {{ role_path | default('none') }}"}
    - ansible.builtin.debug: {msg: "{{ hostvars[inventory_hostname] | to_json }}"}
    - ansible.builtin.set_fact: {again: "{{ nested | default({}) }}"}
    - ansible.builtin.debug: {msg: "{{ again | to_nice_yaml }}"}
"""


@pytest.mark.parametrize('storage', ['file', 'sqlite'])
def test_nothing_of_the_table_runs_in_plays(
    ansible: Ansible, deployment: pathlib.Path, tmp_path: pathlib.Path, storage: str
) -> None:
    """All templates and variables at once, each of which would make a file on the deploy host."""
    canary = tmp_path / 'canary'
    ground: Ground = FileGround(deployment / STORED)
    if storage == 'sqlite':
        url = f'sqlite:///{tmp_path}/state.sqlite'
        opened(url).upgrade()
        ground = SQLGround(url, url)
    (deployment / 'osa.yml').write_text(json.dumps({'plugin': 'osa.inventory.osa', 'storage': ground.option}))
    ansible.inventory(deployment / 'osa.yml', '--list')
    inventory = InventoryManager.of(str(deployment / 'osa.yml')).inventory()
    victims = Victims.of(inventory)
    lookup = LOOKUP.replace(CANARY, str(canary))
    for name in (victims.container, victims.metal):
        inventory['_meta']['hostvars'][name] |= {
            **dict.fromkeys((*CONNECTION, *MAGIC, *NO_NAMES), lookup),
            'planted': lookup,
            'nested': {lookup: [HEADER.replace(CANARY, str(canary)), STATEMENT.replace(CANARY, str(canary))]},
        }
    inventory[victims.group]['vars'] = {'planted_too': lookup, 'ansible_connection': lookup}
    ground.plant(json.dumps(inventory))
    done = ansible.run('ansible-inventory', '-i', deployment / 'osa.yml', '--list')
    assert done.returncode == 0 and done.stderr.count('[WARNING]') <= 3 and '\x1b' not in done.stderr
    (tmp_path / 'play.yml').write_text(PLAY)
    names = f'{victims.container},{victims.metal}'
    play = ('-i', deployment / 'osa.yml', '-e', f'victims={names}', tmp_path / 'play.yml')
    done = ansible.run('ansible-playbook', *play)
    assert done.returncode == 0, done.stdout + done.stderr
    assert lookup in done.stdout.replace('\\"', '"') and f'{deployment} none' in done.stdout
    assert not canary.exists()
