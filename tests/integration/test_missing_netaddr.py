# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as `ansible-galaxy` installs it, without packages, where netaddr is not there."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.osa.inventory.tests.integration.installed import Ansible

STARTER = pathlib.Path('ansible_collections', 'osa', 'inventory', 'scripts', 'osa-inventory')
MESSAGE = "The Python package 'netaddr>=1.0' is not installed or cannot be imported: No module named 'netaddr'."
REMEDY = "python3 -m pip install 'netaddr>=1.0'"


@pytest.fixture
def without(tmp_path: pathlib.Path) -> dict[str, str]:
    """Environment variables that hide netaddr from a program."""
    hiding = tmp_path / 'hiding'
    hiding.mkdir()
    (hiding / 'netaddr.py').write_text('raise ModuleNotFoundError("No module named \'netaddr\'", name="netaddr")\n')
    return {'PYTHONPATH': str(hiding)}


@pytest.fixture
def stored(ansible: Ansible, deployment: pathlib.Path) -> pathlib.Path:
    """The source of a deployment of IPv4 addresses whose inventory is stored."""
    ansible.inventory(deployment / 'osa.yml', '--list')
    return deployment / 'osa.yml'


def test_ansible_says_once_what_to_install(ansible: Ansible, deployment: pathlib.Path, without: dict[str, str]) -> None:
    done = ansible.run('ansible-inventory', '-i', deployment / 'osa.yml', '--list', **without)
    assert done.returncode != 0
    said = ' '.join(done.stderr.split())
    assert MESSAGE in said
    assert said.count(REMEDY) == 1
    assert 'Traceback' not in said
    assert not (deployment / 'openstack_inventory.json').exists()


def test_the_command_says_once_what_to_install(
    ansible: Ansible, deployment: pathlib.Path, without: dict[str, str]
) -> None:
    done = ansible.run(ansible.collections / STARTER, '-i', deployment / 'osa.yml', 'check', **without)
    assert (done.returncode, done.stdout) == (1, '')
    assert done.stderr.count(MESSAGE) == done.stderr.count('[ERROR]') == done.stderr.count(REMEDY) == 1
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize(
    'arguments', [['hosts'], ['hosts', '--sort', 'container_name'], ['groups'], ['history']], ids=' '.join
)
def test_what_only_shows_what_is_stored_does_without(
    ansible: Ansible, stored: pathlib.Path, without: dict[str, str], arguments: list[str]
) -> None:
    done = ansible.run(ansible.collections / STARTER, '-i', stored, *arguments, **without)
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout
