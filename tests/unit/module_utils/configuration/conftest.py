# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployment descriptions made of texts, and what is wrong with them."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import load_deployment
from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import Deployment
from ansible_collections.osa.inventory.plugins.module_utils.errors import ConfigurationError, ConfigurationErrors

DATA = pathlib.Path(__file__).resolve().parents[3] / 'data'


@pytest.fixture(params=['C parser', 'Python parser'])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a test with both parsers of PyYAML."""
    if request.param == 'Python parser':
        monkeypatch.delattr(yaml, 'CSafeLoader')


@pytest.fixture(scope='session')
def environment_dir(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A directory with the environment of the conformance cases as its base `env.d`."""
    directory = tmp_path_factory.mktemp('environment')
    merged = json.loads((DATA / 'conformance' / 'environment.json').read_text('utf-8'))
    directory.joinpath('env.d').mkdir()
    directory.joinpath('env.d', 'all.yml').write_text(yaml.safe_dump(merged, sort_keys=False), 'utf-8')
    return str(directory)


class Description:
    """Writes the files of a deployment and loads them."""

    def __init__(self, directory: pathlib.Path, environment_dir: str) -> None:
        self.directory = directory
        self.environment_dir = environment_dir

    def write(self, files: dict[str, str]) -> None:
        """files: path in the configuration directory -> text."""
        for name, text in files.items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, 'utf-8')

    def load(self, files: dict[str, str] | str) -> Deployment:
        """The deployment of the files; text alone is that of `openstack_user_config.yml`."""
        self.write({'openstack_user_config.yml': files} if isinstance(files, str) else files)
        return load_deployment(str(self.directory), self.environment_dir)

    def errors(self, files: dict[str, str] | str) -> list[str]:
        """What is wrong, as `file:line:column message`, the file without `.yml`, `user` for the user configuration."""
        try:
            self.load(files)
        except ConfigurationErrors as error:
            return [self.line(each) for each in error.errors]
        except ConfigurationError as error:
            return [self.line(error)]
        return []

    def warnings(self, files: dict[str, str] | str) -> list[str]:
        """The warnings, as `errors` shows mistakes."""
        return [self.line(each) for each in self.load(files).warnings]

    def line(self, problem: t.Any) -> str:
        """Place and message in one line."""
        assert problem.help_text
        text = f'{problem.place} {problem.message}'.replace(f'{self.directory}/', '')
        return text.replace('openstack_user_config.yml', 'user').replace('.yml', '').removeprefix('None ')


@pytest.fixture
def description(tmp_path: pathlib.Path, environment_dir: str) -> Description:
    """An empty configuration directory."""
    directory = tmp_path / 'config'
    directory.mkdir()
    return Description(directory, environment_dir)
