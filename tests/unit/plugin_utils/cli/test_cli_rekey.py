# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command on sealed states: `storage rekey`, and the others with and without the password."""

from __future__ import annotations

import json
import tarfile

import pytest
from ansible_collections.osa.inventory.tests.servers.base import PASSWORD_MARK

SEALED = 'storage: {class: file, encrypt: true, keep_input: true}\n'


@pytest.fixture
def vault(tmp_path):
    """Arguments that give passwords by name."""

    def arguments(*names):
        found = []
        for name in names:
            file = tmp_path / name
            file.write_text(f'password {PASSWORD_MARK} of {name}\n')
            found += ['--vault-id', f'{name}@{file}']
        return found

    return arguments


def grow(cloud):
    cloud.add_host('hyp-9', '10.20.0.49')
    cloud.run()


def kept_text(cloud):
    """All that lies in the directory of the deployment, beside the configuration."""
    texts = []
    for path in cloud.directory.iterdir():
        if path.suffix == '.tar':
            with tarfile.open(path) as tar:
                texts += [tar.extractfile(member).read().decode() for member in tar]
        elif path.is_file() and 'inventory' in path.name:
            texts.append(path.read_text())
    return '\n'.join(texts)


def test_what_is_kept_is_sealed_gets_another_key_and_is_unsealed(cloud, command, vault):
    grow(cloud)
    inventory = cloud.manager.inventory()
    cloud.configure(SEALED)
    warned = command(*vault('old'), 'storage', 'check')
    assert warned.code == 0 and 'serial 2, 1' in warned.out and 'osa-inventory storage rekey' in warned.out
    dry = command(*vault('old'), 'storage', 'rekey', '--dry-run')
    assert dry.code == 0 and 'would be rewritten: 1, 2.' in dry.out and 'container_networks' in kept_text(cloud)
    done = command(*vault('old'), 'storage', 'rekey')
    assert (done.code, done.err) == (0, '')
    assert done.out.endswith('2 of 2 kept states were rewritten; all are sealed with the first vault secret.\n')
    assert 'container_networks' not in kept_text(cloud) and kept_text(cloud).count('AES256;old') == 2

    done = command(*vault('new', 'old'), 'storage', 'rekey')
    assert done.code == 0 and 'AES256;old' not in kept_text(cloud)
    assert json.loads(command(*vault('new'), 'export', '--complete').out) == inventory
    assert 'sealed with the first vault secret' in command(*vault('new'), 'storage', 'check').out
    assert command('history').out.count('\n') == 3

    cloud.configure('storage: {class: file}\n')
    assert command(*vault('new'), 'storage', 'rekey').code == 0
    assert cloud.manager.inventory() == inventory
    assert 'ANSIBLE_VAULT' not in kept_text(cloud)


@pytest.mark.parametrize('arguments', [('show',), ('show', '1'), ('hosts',), ('plan',), ('storage', 'rekey')])
def test_without_the_password_each_command_names_the_vault_id(cloud, command, vault, arguments):
    cloud.configure(SEALED)
    assert command(*vault('old'), 'storage', 'rekey').code == 0
    before = kept_text(cloud)
    for given, words in ((), 'this run has no vault secret'), (vault('wrong'), "vault ids: 'wrong'"):
        done = command(*given, *arguments)
        assert done.code == 1 and "vault id 'old'" in done.err and words in done.err, done.err
        assert '--vault-id' in done.err and 'Traceback' not in done.err
    assert kept_text(cloud) == before


def test_history_show_diff_restore_export_and_migrate_on_sealed_states(cloud, command, vault, tmp_path):
    grow(cloud)
    cloud.configure(SEALED)
    password = vault('old')
    assert command(*password, 'storage', 'rekey').code == 0
    assert 'hyp-9' in command(*password, 'show', '2').out
    assert command(*password, 'diff', '1', '2').code == 2
    assert command(*password, 'restore', '1', '--yes').code == 0
    assert 'hyp-9' not in command(*password, 'show').out
    assert 'container_networks' not in kept_text(cloud)
    bundle = tmp_path / 'cloud.tgz'
    assert command(*password, 'export', '--bundle', bundle).code == 0
    with tarfile.open(bundle) as tar:
        assert 'container_networks' in tar.extractfile('cloud/inventory.json').read().decode()
    plain = tmp_path / 'plain.json'
    done = command(*password, 'migrate', '--to', f'{{class: file, path: {plain}}}')
    assert done.code == 0 and '3 states copied' in done.out and 'container_networks' in plain.read_text()
    done = command(
        *password,
        'migrate',
        '--from',
        f'{{class: file, path: {plain}}}',
        '--to',
        SEALED[9:-2] + f', path: {tmp_path}/sealed.json}}',
    )
    assert done.code == 0, done.err
    assert (tmp_path / 'sealed.json').read_text().startswith('$ANSIBLE_VAULT;1.2;AES256;old')


def test_a_lock_of_somebody_else_holds_up_a_change_of_the_key(cloud, command, vault):
    cloud.configure(SEALED)
    lock = cloud.manager.lock('maintenance')
    refused = command(*vault('old'), 'storage', 'rekey')
    assert refused.code == 4 and 'maintenance' in refused.err
    done = command(*vault('old'), 'storage', 'rekey', '--lock-id', lock.id)
    assert done.code == 0 and cloud.manager.holder() == lock


def test_two_sources_that_are_named_get_the_passwords_too(cloud, command, vault, tmp_path):
    cloud.configure(SEALED)
    assert command(*vault('old'), 'storage', 'rekey').code == 0
    target = cloud.directory / 'target.yml'
    target.write_text(
        f'plugin: osa.inventory.osa\nstorage: {{class: file, encrypt: true, path: {tmp_path}/sealed.json}}\n'
    )
    done = command(*vault('new', 'old'), 'migrate', '--from', cloud.source, '--to', target)
    assert done.code == 0, done.err
    assert (tmp_path / 'sealed.json').read_text().startswith('$ANSIBLE_VAULT;1.2;AES256;new')
