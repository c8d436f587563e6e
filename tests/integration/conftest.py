# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection, built and installed as a user has it."""

from __future__ import annotations

import pathlib
import subprocess

import pytest
from ansible_collections.osa.inventory.tests.integration.installed import CHECKOUT, PROGRAMS, Ansible, deploy


@pytest.fixture(scope='session')
def tarball(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The collection as a user gets it."""
    directory = tmp_path_factory.mktemp('tarball')
    command = [PROGRAMS / 'ansible-galaxy', 'collection', 'build', CHECKOUT, '--output-path', directory]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = directory.glob('osa-inventory-*.tar.gz')
    return built


@pytest.fixture(scope='session')
def ansible(tarball: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Ansible:
    """Ansible's programs with the tarball installed into an empty path."""
    installed = Ansible(tmp_path_factory.mktemp('collections'), tmp_path_factory.mktemp('home'))
    done = installed.run('ansible-galaxy', 'collection', 'install', tarball, '-p', installed.collections, '--offline')
    assert done.returncode == 0, done.stderr
    return installed


@pytest.fixture
def deployment(tmp_path: pathlib.Path) -> pathlib.Path:
    """A configuration directory of three controllers with an `osa.yml` in it."""
    return deploy('02-three-controllers', tmp_path / 'openstack_deploy')
