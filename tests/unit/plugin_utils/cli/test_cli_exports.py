# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`export --static` and `export --bundle`: what is written, and what never is."""

from __future__ import annotations

import tarfile
import zipfile

import pytest
import yaml


def test_a_static_inventory_is_a_directory_for_its_owner_alone(cloud, command, tmp_path):
    assert command('export', '--static', tmp_path / 'static').code == 0
    files = {path.relative_to(tmp_path / 'static').as_posix() for path in (tmp_path / 'static').rglob('*.*')}
    assert {'hosts.yml', 'ansible.cfg', 'group_vars/all.yml', 'host_vars/hyp-1.yml'} <= files
    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / 'static').rglob('*')}
    assert modes == {0}


def test_a_directory_with_something_in_it_is_left_alone(cloud, command, tmp_path):
    (tmp_path / 'static').mkdir()
    (tmp_path / 'static' / 'mine').write_text('x')
    done = command('export', '--static', tmp_path / 'static')
    assert done.code == 1 and 'is not empty' in done.err
    assert [path.name for path in (tmp_path / 'static').iterdir()] == ['mine']


def test_a_static_inventory_of_changes_that_were_not_stored_is_told(new_cloud, command, tmp_path):
    done = command('export', '--static', tmp_path / 'static')
    assert done.code == 0
    assert 'changes that no run has stored yet' in done.err and 'containers' in done.err


def test_stored_variables_that_decide_how_ansible_connects_stay_out(cloud, command, tmp_path):
    text = cloud.stored.read_text()
    cloud.stored.write_text(text.replace('"is_metal": true', '"ansible_ssh_executable": "/tmp/x", "is_metal": true', 1))
    done = command('export', '--static', tmp_path / 'static')
    assert 'ansible_ssh_executable' in done.err
    written = ''.join(path.read_text() for path in (tmp_path / 'static').rglob('*.yml'))
    assert 'ansible_ssh_executable' not in written


def test_stored_templates_are_written_as_text(cloud, command, tmp_path):
    text = cloud.stored.read_text()
    planted = '"is_metal": true, "planted": "{{ lookup(\'pipe\', \'id\') }}"'
    cloud.stored.write_text(text.replace('"is_metal": true', planted))
    command('export', '--static', tmp_path / 'static')
    assert 'planted: !unsafe "{{' in (tmp_path / 'static' / 'host_vars' / 'hyp-1.yml').read_text()


@pytest.mark.parametrize('name', ['cloud.tgz', 'cloud.zip'])
def test_a_bundle_is_the_same_each_time_and_has_no_secret(cloud, command, tmp_path, name):
    (cloud.directory / 'group_vars').mkdir()
    (cloud.directory / 'group_vars' / 'all.yml').write_text('password: s3cret\n')
    paths = [tmp_path / str(number) / name for number in range(2)]
    for path in paths:
        path.parent.mkdir()
        assert command('export', '--bundle', path).code == 0
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    members = unpacked(paths[0])
    assert {
        'cloud/inventory.json',
        'cloud/hosts.json',
        'cloud/history.json',
        'cloud/static/hosts.yml',
    } <= members.keys()
    assert members['cloud/inventory.json'] == cloud.stored.read_bytes()
    assert not any(b's3cret' in content for content in members.values())
    hosts = yaml.safe_load(members['cloud/static/hosts.yml'])
    assert 'hyp-1' in hosts['compute_hosts']['hosts']


def unpacked(path):
    if path.suffix == '.zip':
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(path) as archive:
        return {info.name: archive.extractfile(info).read() for info in archive}


def test_a_bundle_needs_a_kind(cloud, command, tmp_path):
    done = command('export', '--bundle', tmp_path / 'cloud')
    assert done.code == 1 and 'kind of archive' in done.err


def test_a_bundle_needs_a_state(new_cloud, command, tmp_path):
    done = command('export', '--bundle', tmp_path / 'cloud.tgz')
    assert done.code == 1 and 'No inventory' in done.err
