# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment with a stored inventory, the Python API on it, and the command in this process."""

from __future__ import annotations

import collections.abc
import json
import pathlib

import pytest
from ansible import constants as C
from ansible import context
from ansible.parsing.vault import VaultSecretsContext
from ansible.utils import color
from ansible.utils.display import Display
from ansible_collections.osa.inventory.plugins.plugin_utils.cli.main import main
from ansible_collections.osa.inventory.tests.integration.installed import deploy
from ansible_collections.osa.inventory.tests.unit.plugin_utils.cli.clouds import Cloud, Command, Done

display = Display()


@pytest.fixture
def new_cloud(tmp_path: pathlib.Path) -> Cloud:
    """Three controllers and two hypervisors, of which nothing is stored yet."""
    return Cloud(deploy('02-three-controllers', tmp_path / 'openstack_deploy'))


@pytest.fixture
def cloud(new_cloud: Cloud) -> Cloud:
    """The same, once stored."""
    new_cloud.run()
    return new_cloud


@pytest.fixture
def command(new_cloud: Cloud, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command on the cloud, in this process."""
    monkeypatch.setattr(display, 'verbosity', 0)
    monkeypatch.setattr(color, 'ANSIBLE_COLOR', False)
    monkeypatch.setattr(C, 'VERBOSE_TO_STDERR', False)
    monkeypatch.delenv('COLUMNS', raising=False)

    def run_command(*arguments: object) -> Done:
        # Each process of Ansible sets these once.
        monkeypatch.setattr(VaultSecretsContext, '_current', None)
        monkeypatch.setattr(context, 'CLIARGS', context.CLIARGS)
        for told in (display._warns, display._errors, display._deprecations):
            told.clear()
        capfd.readouterr()
        code = main(['-i', str(new_cloud.source), *map(str, arguments)])
        return Done(code, *capfd.readouterr())

    return run_command


@pytest.fixture
def kept_in(
    request: pytest.FixtureRequest, tmp_path: pathlib.Path, fresh_region: str
) -> collections.abc.Callable[[str], str]:
    """Gives the options of a source that keeps its states in a kind of storage, in a region of its own."""

    def options(kind: str) -> str:
        if kind == 'sqlite':
            storage = {'class': 'sql', 'url': f'sqlite:///{tmp_path}/state.sqlite'}
        elif kind == 'postgresql':
            storage = {'class': 'sql', 'url': request.getfixturevalue('postgresql_database').local.owner}
        elif kind == 'redis':
            server = request.getfixturevalue('redis_server')
            storage = {'class': 'redis', 'url': server.socket_url(server.writer)}
        else:
            storage = {'class': kind}
        return f'region: {fresh_region}\nstorage: {json.dumps(storage)}\n'

    return options
