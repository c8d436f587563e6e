# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays over the inventory: templates of the configuration work, planted ones do not, vaulted text is opened on use."""

from __future__ import annotations

import json
import pathlib

from ansible_collections.osa.inventory.tests.integration.installed import Ansible

STORED = 'openstack_inventory.json'
PLAY = """\
- hosts: ctl-a
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        content: "{{ dict(greeting=greeting, password=password, planted=planted) | to_json }}"
        dest: "{{ out }}"
      delegate_to: localhost
      vars: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}
"""


def test_a_planted_template_stays_text_with_one_warning_that_names_it(
    ansible: Ansible, deployment: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    ansible.inventory(deployment / 'osa.yml', '--list')
    stored = json.loads((deployment / STORED).read_text())
    container = next(name for name, values in stored['_meta']['hostvars'].items() if values['physical_host'] != name)
    witness = tmp_path / 'witness'
    planted = f"{{{{ lookup('ansible.builtin.pipe', 'touch {witness}') }}}}"
    stored['_meta']['hostvars'][container]['planted'] = planted
    (deployment / STORED).write_text(json.dumps(stored, indent=4, sort_keys=True))
    done = ansible.run('ansible-inventory', '-i', deployment / 'osa.yml', '--list')
    assert done.returncode == 0
    assert json.loads(done.stdout)['_meta']['hostvars'][container]['planted'] == {'__ansible_unsafe': planted}
    assert done.stderr.count(f"'planted' of '{container}'") == 1
    debug = ('-c', 'local', '-m', 'ansible.builtin.debug', '-a', 'var=planted')
    shown = ansible.run('ansible', container, '-i', deployment / 'osa.yml', *debug)
    assert shown.returncode == 0, shown.stdout
    assert 'touch' in shown.stdout and not witness.exists()


def test_templates_and_vaulted_text_of_the_configuration_work_in_plays(
    ansible: Ansible, deployment: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    password = tmp_path / 'password'
    password.write_text('secret')
    sealed = ansible.run('ansible-vault', 'encrypt_string', '--vault-password-file', password, 'hush').stdout
    (deployment / 'conf.d').mkdir()
    (deployment / 'conf.d' / 'variables.yml').write_text(
        'global_overrides:\n'
        '  greeting: "{{ inventory_hostname }} is {{ 1 + 1 }}"\n'
        f'  password: {sealed.replace(chr(10), chr(10) + "  ")}\n'
        '  planted: !unsafe "{{ 1 + 1 }}"\n'
    )
    play, out = tmp_path / 'play.yml', tmp_path / 'out.json'
    play.write_text(PLAY)
    done = ansible.run(
        'ansible-playbook', '-i', deployment / 'osa.yml', play, '-e', f'out={out}', '--vault-password-file', password
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(out.read_text()) == {'greeting': 'ctl-a is 2', 'password': 'hush', 'planted': '{{ 1 + 1 }}'}
    assert 'hush' not in (deployment / STORED).read_text()
    assert '$ANSIBLE_VAULT' in (deployment / STORED).read_text()


def test_a_deployment_with_vaulted_files_is_read_and_never_stored_open(
    ansible: Ansible, deployment: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    password = tmp_path / 'password'
    password.write_text('secret')
    files = (deployment / 'openstack_user_config.yml', deployment / 'osa.yml')
    assert ansible.run('ansible-vault', 'encrypt', '--vault-password-file', password, *files).returncode == 0
    listed = ansible.inventory(deployment / 'osa.yml', '--list', '--vault-password-file', password)
    assert 'ctl-a' in json.loads(listed)['_meta']['hostvars']
    assert files[0].read_text().startswith('$ANSIBLE_VAULT')


def test_group_vars_beside_the_source_and_a_second_source_are_found(
    ansible: Ansible, deployment: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (deployment / 'group_vars').mkdir()
    (deployment / 'group_vars' / 'all.yml').write_text('beside: true\n')
    second = tmp_path / 'inventory.ini'
    second.write_text('[infra_hosts]\nextra1\n')
    listed = json.loads(ansible.inventory(deployment / 'osa.yml', '-i', second, '--list'))
    assert listed['_meta']['hostvars']['ctl-a']['beside'] is True
    assert listed['infra_hosts']['hosts'][-1] == 'extra1'
