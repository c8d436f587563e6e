# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library without Ansible: the program of ten lines runs where only `ansible.module_utils` can be imported."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest
from ansible_collections.osa.inventory.tests.integration.installed import Ansible, deploy
from support.console import Block, blocks

PAGE = pathlib.Path(__file__).resolve().parents[3] / 'docs' / 'python.md'

WITHOUT_ANSIBLE = """\
import importlib.abc, runpy, sys

ALLOWED = ('ansible.module_utils.', 'ansible._vendor.', 'ansible.release.')  # the last two: ansible/__init__.py

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.startswith('ansible.') and not f'{name}.'.startswith(ALLOWED):
            raise ImportError(f'{name} is refused')

sys.meta_path.insert(0, Refuse())
runpy.run_path(sys.argv.pop(1), run_name='__main__')
"""


def program(name: str) -> Block:
    (block,) = [block for block in blocks(PAGE.read_text('utf-8')) if block.argument == name]
    return block


@pytest.fixture
def home(ansible: Ansible, tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / '.ansible').mkdir()
    (tmp_path / '.ansible' / 'collections').symlink_to(ansible.collections)
    return tmp_path


def run(home: pathlib.Path, code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python code with the home directory given, whatever the exit code."""
    return subprocess.run(
        [sys.executable, '-c', code, *map(str, arguments)],
        env={'HOME': str(home), 'PATH': '/usr/bin:/bin'},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_it_has_ten_lines() -> None:
    assert len(program('generate.py').text.splitlines()) == 10


def test_it_generates_and_stores_without_ansible(home: pathlib.Path) -> None:
    (home / 'generate.py').write_text(program('generate.py').text, 'utf-8')
    config_dir = deploy('02-three-controllers', home / 'openstack_deploy')
    first, second = (run(home, WITHOUT_ANSIBLE, home / 'generate.py', config_dir) for _run in range(2))
    assert (first.returncode, first.stderr) == (0, ''), first.stderr
    assert 'containers' in first.stdout
    assert second.stdout == 'no changes\n', second.stderr
    assert 'ctl-a' in json.loads((config_dir / 'openstack_inventory.json').read_text('utf-8'))['_meta']['hostvars']


def test_ansible_is_refused_there(home: pathlib.Path) -> None:
    (home / 'program.py').write_text('import ansible.errors\n', 'utf-8')
    done = run(home, WITHOUT_ANSIBLE, home / 'program.py')
    assert 'ansible.errors is refused' in done.stderr
