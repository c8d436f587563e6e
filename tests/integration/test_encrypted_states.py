# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sealed states (option `encrypt`) with the real programs and their vault options."""

from __future__ import annotations

import json
import pathlib
import subprocess
import typing as t

import pytest
from ansible_collections.osa.inventory.tests.integration.installed import Ansible, deploy
from ansible_collections.osa.inventory.tests.servers.base import PASSWORD_MARK

SHELF = """
import json, pathlib

class Shelf:
    def register(self, options):
        self.path = pathlib.Path(options['where'])

    def load(self):
        return json.loads(self.path.read_text()) if self.path.exists() else None

    def write(self, inventory):
        self.path.write_text(json.dumps(inventory))
"""


@pytest.fixture
def passwords(tmp_path: pathlib.Path) -> pathlib.Path:
    directory = tmp_path / 'passwords'
    directory.mkdir()
    for name in ('prod', 'wrong'):
        (directory / name).write_text(f'the password {PASSWORD_MARK} of {name}\n')
    return directory


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    return ' '.join(done.stderr.split())


def test_the_inventory_file_is_sealed_with_the_vault_id_of_the_run(
    ansible: Ansible, deployment: pathlib.Path, passwords: pathlib.Path
) -> None:
    source, stored = deployment / 'osa.yml', deployment / 'openstack_inventory.json'
    source.write_text('plugin: osa.inventory.osa\n')
    first = ansible.inventory(source, '--list')
    source.write_text('plugin: osa.inventory.osa\nstorage: {class: file, encrypt: true}\n')
    vault = ('--vault-id', f'prod@{passwords / "prod"}')
    (deployment / 'conf.d').mkdir(exist_ok=True)
    (deployment / 'conf.d' / 'more.yml').write_text('compute_hosts:\n  hyp-9:\n    ip: 10.20.0.49\n')
    grown = ansible.inventory(source, '--list', *vault)
    assert stored.read_bytes().startswith(b'$ANSIBLE_VAULT;1.2;AES256;prod\n')
    before, after = (json.loads(text)['_meta']['hostvars'] for text in (first, grown))
    assert after.keys() - before.keys() == {'hyp-9'}
    assert all(after[name] == values for name, values in before.items())
    assert ansible.inventory(source, '--list', '--vault-password-file', passwords / 'prod') == grown

    sealed = stored.read_bytes()
    without = refusal(ansible.run('ansible-inventory', '-i', source, '--list', '-vvv'))
    assert "is sealed with vault id 'prod', and this run has no vault secret" in without
    wrong = refusal(ansible.run('ansible-inventory', '-i', source, '--list', '--vault-id', f'x@{passwords / "wrong"}'))
    assert (
        "is sealed with vault id 'prod', and none of the vault secrets of this run opens it (vault ids: 'x')" in wrong
    )
    assert stored.read_bytes() == sealed


def test_a_storage_of_somebody_else_and_the_cache_before_it_hold_sealed_text_only(
    ansible: Ansible, tmp_path: pathlib.Path, passwords: pathlib.Path
) -> None:
    deployment = deploy('02-three-controllers', tmp_path / 'openstack_deploy')
    shelf, cache = tmp_path / 'shelf.json', tmp_path / 'cache'
    (tmp_path / 'shelves.py').write_text(SHELF)
    source = deployment / 'osa.yml'
    source.write_text(
        f'plugin: osa.inventory.osa\nstorage: {{class: "shelves:Shelf", where: {shelf}, encrypt: true}}\n'
    )
    variables = {
        'PYTHONPATH': str(tmp_path),
        'ANSIBLE_INVENTORY_CACHE': 'true',
        'ANSIBLE_INVENTORY_CACHE_PLUGIN': 'ansible.builtin.jsonfile',
        'ANSIBLE_INVENTORY_CACHE_CONNECTION': str(cache),
        'ANSIBLE_VAULT_PASSWORD_FILE': str(passwords / 'prod'),
    }

    def listed(*arguments: str) -> t.Any:
        return json.loads(ansible.inventory(source, '--list', *arguments, **variables))

    first = listed()
    assert 'container_networks' in json.dumps(first)
    (cached,) = cache.iterdir()
    for kept in (shelf, cached):
        assert '$ANSIBLE_VAULT;1.1;AES256' in kept.read_text() and 'container' not in kept.read_text()
    shelf.unlink()
    assert listed() == first, 'from the cache alone'
    refusal(ansible.run('ansible-inventory', '-i', source, '--list', '--flush-cache', **variables))
