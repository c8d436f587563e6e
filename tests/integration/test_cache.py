# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's inventory cache before a storage of another collection."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import typing as t

import pytest
from ansible_collections.osa.inventory.tests.integration.installed import Ansible

STORAGE = '''
"""A storage of three methods that notes every time it is asked."""
import json, pathlib

class StorageModule:
    def register(self, options):
        self.path = pathlib.Path(options['where'])

    def load(self):
        with open(f'{self.path}.asked', 'a') as log:
            log.write('load\\n')
        return json.loads(self.path.read_text()) if self.path.exists() else None

    def write(self, inventory):
        self.path.write_text(json.dumps(inventory))
'''


@dataclasses.dataclass(frozen=True)
class Remote:
    """A deployment that is kept in that storage, with the cache on."""

    ansible: Ansible
    deployment: pathlib.Path
    state: pathlib.Path
    cache: pathlib.Path

    def run(self, *arguments: str) -> t.Any:
        variables = {
            'ANSIBLE_INVENTORY_CACHE': 'true',
            'ANSIBLE_INVENTORY_CACHE_PLUGIN': 'ansible.builtin.jsonfile',
            'ANSIBLE_INVENTORY_CACHE_CONNECTION': str(self.cache),
        }
        source = self.deployment / 'osa.yml'
        done = self.ansible.run('ansible-inventory', '-i', source, '--list', *arguments, **variables)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout[done.stdout.index('{\n') :])

    def asked(self) -> int:
        """How often the storage was read since the last call."""
        log = pathlib.Path(f'{self.state}.asked')
        count = len(log.read_text().splitlines()) if log.exists() else 0
        log.unlink(missing_ok=True)
        return count


@pytest.fixture
def remote(ansible: Ansible, deployment: pathlib.Path, tmp_path: pathlib.Path) -> Remote:
    collection = tmp_path / 'collections' / 'ansible_collections' / 'acme' / 'stores'
    module = collection / 'plugins' / 'plugin_utils' / 'storage' / 'remote.py'
    module.parent.mkdir(parents=True)
    module.write_text(STORAGE)
    state = tmp_path / 'state.json'
    (deployment / 'osa.yml').write_text(
        f'plugin: osa.inventory.osa\nstorage: {{class: acme.stores.remote, where: {state}}}\n'
    )
    both = dataclasses.replace(ansible, more_collections=(tmp_path / 'collections',))
    return Remote(both, deployment, state, tmp_path / 'cache')


def test_an_unchanged_run_does_not_ask_the_storage_until_the_cache_is_flushed(remote: Remote) -> None:
    first = remote.run()
    assert remote.asked() > 0
    assert remote.run() == first
    assert remote.asked() == 0
    stored = json.loads(remote.state.read_text())
    stored['_meta']['hostvars']['ctl-a']['note'] = 'from afar'
    remote.state.write_text(json.dumps(stored))
    assert 'note' not in remote.run()['_meta']['hostvars']['ctl-a']
    assert remote.run('--flush-cache')['_meta']['hostvars']['ctl-a']['note'] == 'from afar'
    assert remote.asked() > 0
    assert remote.run()['_meta']['hostvars']['ctl-a']['note'] == 'from afar'
    assert remote.asked() == 0


def test_a_changed_configuration_asks_the_storage(remote: Remote) -> None:
    remote.run()
    remote.asked()
    (remote.deployment / 'conf.d').mkdir()
    (remote.deployment / 'conf.d' / 'more.yml').write_text('global_overrides: {more: true}\n')
    assert remote.run()['_meta']['hostvars']['ctl-a']['more'] is True
    assert remote.asked() > 0


def test_trust_is_not_restored_from_the_cache(remote: Remote, tmp_path: pathlib.Path) -> None:
    remote.run()
    (file,) = remote.cache.iterdir()
    planted = f"{{{{ lookup('ansible.builtin.pipe', 'touch {tmp_path}/witness') }}}}"
    cached = json.loads(json.loads(json.loads(file.read_text())['__payload__']))
    cached['inventory']['_meta']['hostvars']['ctl-a']['planted'] = planted
    trusted = {
        '__ansible_type': '_AnsibleTaggedStr',
        'value': json.dumps(cached),
        'tags': [{'__ansible_type': 'TrustedAsTemplate'}],
    }
    file.write_text(json.dumps({'__payload__': json.dumps(trusted)}))
    remote.asked()
    assert remote.run()['_meta']['hostvars']['ctl-a']['planted'] == {'__ansible_unsafe': planted}
    assert remote.asked() == 0 and not (tmp_path / 'witness').exists()


def test_what_belongs_to_something_else_or_is_no_inventory_is_not_used(remote: Remote) -> None:
    first = remote.run()
    (file,) = remote.cache.iterdir()
    written = file.read_text()
    for changed in (written.replace('default/default', 'default/elsewhere'), written.replace('hostvars', 'nothing')):
        assert changed != written
        file.write_text(changed)
        remote.asked()
        assert remote.run() == first
        assert remote.asked() > 0


def test_the_file_storage_is_not_cached(remote: Remote) -> None:
    (remote.deployment / 'osa.yml').write_text('plugin: osa.inventory.osa\n')
    remote.run()
    assert not remote.cache.exists() or not list(remote.cache.iterdir())
