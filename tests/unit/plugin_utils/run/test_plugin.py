# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin as Ansible's inventory manager drives it, in this process."""

from __future__ import annotations

import json
import pathlib
import shutil

import pytest
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible_collections.osa.inventory.plugins.inventory import osa
from ansible_collections.osa.inventory.plugins.plugin_utils.source.options import OWN_ENVIRONMENT_DIR

CASE = pathlib.Path(__file__).resolve().parents[3] / 'data' / 'conformance' / '01-single-machine' / 'config'
EXAMPLES = [text for text in osa.EXAMPLES.split('---\n') if text.strip()]


@pytest.fixture
def deployment(tmp_path: pathlib.Path) -> pathlib.Path:
    return shutil.copytree(CASE, tmp_path / 'openstack_deploy')


def parsed(directory: pathlib.Path, source: str = 'plugin: osa.inventory.osa\n') -> InventoryData:
    path = directory / 'osa.yml'
    path.write_text(source)
    plugin = inventory_loader.get('osa.inventory.osa')
    assert plugin.verify_file(str(path))
    target = InventoryData()
    plugin.parse(target, DataLoader(), str(path))
    target.reconcile_inventory()
    return target


def files(directory: pathlib.Path) -> set[str]:
    return {path.name for path in directory.rglob('*')}


@pytest.mark.parametrize('example', EXAMPLES)
def test_every_example_works(
    deployment: pathlib.Path, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, example: str
) -> None:
    (tmp_path / 'checkout').mkdir()
    (tmp_path / 'checkout' / 'inventory').symlink_to(OWN_ENVIRONMENT_DIR)
    (deployment / 'state').mkdir()
    monkeypatch.setenv('OSA_CHECKOUT', str(tmp_path / 'checkout'))
    target = parsed(deployment, example.replace('/srv/clouds/north', str(deployment)))
    assert 'lab' in target.hosts


def test_a_clash_of_host_and_group_is_an_error_and_nothing_is_written(deployment: pathlib.Path) -> None:
    (deployment / 'openstack_inventory.json').write_text(
        json.dumps({'_meta': {'hostvars': {'stray': {}}}, 'stray': {'hosts': ['stray']}})
    )
    before = files(deployment)
    with pytest.raises(AnsibleError, match=r"'stray' is the name of a host and of a group\."):
        parsed(deployment)
    assert files(deployment) == before | {'osa.yml'}


def test_stable_names_come_back_after_everything_is_lost(deployment: pathlib.Path, tmp_path: pathlib.Path) -> None:
    source = 'plugin: osa.inventory.osa\ncontainer_naming: stable\naddress_allocation: stable\n'
    again = shutil.copytree(deployment, tmp_path / 'again')
    first, second = parsed(deployment, source), parsed(again, source)
    assert list(first.hosts) == list(second.hosts)
    for name, host in first.hosts.items():
        assert host.vars['ansible_host'] == second.hosts[name].vars['ansible_host']


def test_the_storage_none_needs_no_warning(deployment: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    stable = 'container_naming: stable\naddress_allocation: stable\n'
    for persist in ('auto', 'never'):
        parsed(deployment, f'plugin: osa.inventory.osa\nstorage: none\npersist: {persist}\n{stable}')
    assert '[WARNING]' not in capsys.readouterr().err
    assert 'openstack_inventory.json' not in files(deployment)


def test_a_relative_path_of_a_storage_starts_at_the_source(deployment: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / 'sources').mkdir()
    source = f'plugin: osa.inventory.osa\nconfig_dir: {deployment}\nstorage: {{class: file, path: state.json}}\n'
    parsed(tmp_path / 'sources', source)
    assert (tmp_path / 'sources' / 'state.json').exists()
    assert 'openstack_inventory.json' not in files(deployment)


def test_several_planted_templates_are_one_warning(
    deployment: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parsed(deployment)
    path = deployment / 'openstack_inventory.json'
    stored = json.loads(path.read_text())
    for number in range(7):
        stored['_meta']['hostvars']['lab'][f'planted{number}'] = '{{ 1 }}'
    path.write_text(json.dumps(stored))
    capsys.readouterr()
    parsed(deployment)
    text = capsys.readouterr().err
    assert text.count('looks like a template') == 1
    assert "'planted4' of 'lab' and 2 more." in text and 'planted5' not in text
