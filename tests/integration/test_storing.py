# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs write, and when they write nothing."""

from __future__ import annotations

import ctypes
import json
import os
import pathlib
import subprocess

import pytest
from ansible_collections.osa.inventory.tests.integration.installed import PROGRAMS, Ansible, deploy

STORED = 'openstack_inventory.json'


def state(directory: pathlib.Path) -> dict[str, tuple[bytes, int]]:
    """Name, content and time of change of every file below a directory."""
    files = [path for path in directory.rglob('*') if path.is_file()]
    return {str(path.relative_to(directory)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_an_unchanged_run_writes_nothing(ansible: Ansible, tmp_path: pathlib.Path) -> None:
    directory = deploy('15-unchanged', tmp_path / 'openstack_deploy')
    before = state(directory)
    ansible.inventory(directory / 'osa.yml', '--list')
    assert state(directory) == before


def test_a_second_run_shows_the_same_and_writes_nothing(ansible: Ansible, deployment: pathlib.Path) -> None:
    first = ansible.inventory(deployment / 'osa.yml', '--list')
    before = state(deployment)
    assert STORED in before
    assert ansible.inventory(deployment / 'osa.yml', '--list') == first
    assert state(deployment) == before


def test_eight_runs_at_once_on_nothing_show_one_inventory(ansible: Ansible, deployment: pathlib.Path) -> None:
    started = [ansible.start('ansible-inventory', '-i', deployment / 'osa.yml', '--list') for _number in range(8)]
    outputs = [process.communicate(timeout=120) for process in started]
    assert {process.returncode for process in started} == {0}, outputs[0][1]
    assert len({stdout for stdout, _stderr in outputs}) == 1
    shown = json.loads(outputs[0][0])['_meta']['hostvars']
    assert shown.keys() == json.loads((deployment / STORED).read_text())['_meta']['hostvars'].keys()


def test_persist_never_writes_nothing_and_counts_what_it_drew(ansible: Ansible, deployment: pathlib.Path) -> None:
    before = state(deployment)
    done = ansible.run('ansible-inventory', '-i', deployment / 'osa.yml', '--list', OSA_INVENTORY_PERSIST='never')
    assert done.returncode == 0 and '_meta' in done.stdout
    assert done.stderr.count('[WARNING]') == 1
    assert 'did not store it: ' in done.stderr and ' containers, ' in done.stderr and "'persist: auto'" in done.stderr
    assert state(deployment) == before


def drop_rights() -> None:
    """Let modes of files count for root too. From Linux's capabilities(7): 1 and 2 pass over them."""
    if os.geteuid() == 0:
        prctl, drop_from_bounding_set = ctypes.CDLL(None, use_errno=True).prctl, 24
        for capability in (1, 2):
            if prctl(drop_from_bounding_set, capability, 0, 0, 0):
                raise OSError(ctypes.get_errno(), 'prctl')


def make_read_only(directory: pathlib.Path) -> None:
    for path in (directory, *directory.rglob('*')):
        path.chmod(0o555 if path.is_dir() else 0o444)


def test_without_the_right_to_write_an_unchanged_run_works_and_a_changed_one_says_how_to_go_on(
    ansible: Ansible, deployment: pathlib.Path
) -> None:
    command = [PROGRAMS / 'ansible-inventory', '-i', deployment / 'osa.yml', '--list']
    settings = {'env': ansible.environment(), 'preexec_fn': drop_rights, 'capture_output': True, 'text': True}
    make_read_only(deployment)
    try:
        refused = subprocess.run(command, check=False, **settings)
    except subprocess.SubprocessError:
        pytest.skip('This system does not let root give up its rights.')
    assert refused.returncode == 1, refused.stderr
    assert ' containers, ' in refused.stderr and ' cannot be stored. ' in refused.stderr
    assert "option 'persist' with value 'never'" in refused.stderr and 'Traceback' not in refused.stderr
    deployment.chmod(0o755)
    stored = ansible.inventory(deployment / 'osa.yml', '--list')
    make_read_only(deployment)
    allowed = subprocess.run(command, check=False, **settings)
    assert (allowed.returncode, allowed.stdout) == (0, stored), allowed.stderr
