# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments whose files are parts of one input."""

from __future__ import annotations

import json
import os
import pathlib
import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import (
    Written,
    load_deployment,
    load_written,
)
from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import Deployment
from ansible_collections.osa.inventory.plugins.module_utils.configuration.text_files import decode
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory

SEEDS = pathlib.Path(__file__).resolve().parent / 'seeds'
SEPARATOR = b'\n%%%%\n'
"""Between the parts of an input that stands for several files."""

FILES = ('openstack_user_config.yml', 'conf.d/part.yml', 'env.d/own.yml')


class Directories:
    """The directories of a deployment whose files are never written: their text is handed over when it is read."""

    def __init__(self, scratch: pathlib.Path) -> None:
        self.config_dir, self.environment_dir = scratch / 'config', scratch / 'base'
        for path in (*(self.config_dir / name for name in FILES), self.environment_dir / 'env.d' / 'base.yml'):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        self._base = (SEEDS / 'environment.yml').read_text('utf-8')

    def load(self, data: bytes) -> Deployment:
        """The deployment of an input, whose parts are the files in the order of `FILES`."""
        return load_deployment(str(self.config_dir), str(self.environment_dir), self._reader(data))

    def written(self, data: bytes) -> Written:
        """The same with all places."""
        return load_written(str(self.config_dir), str(self.environment_dir), self._reader(data))

    def _reader(self, data: bytes) -> t.Callable[[str], str]:
        parts = dict(zip(FILES, data.split(SEPARATOR), strict=False))

        def read(path: str) -> str:
            if path.startswith(str(self.environment_dir)):
                return self._base
            return decode(parts.get(os.path.relpath(path, self.config_dir), b''), path)

        return read


def seed() -> bytes:
    """A deployment with a bit of everything."""
    return (SEEDS / 'deployment-rich.txt').read_bytes()


def seed_deployment(scratch: pathlib.Path) -> tuple[Deployment, Inventory]:
    """This deployment, and its inventory."""
    deployment = Directories(scratch).load(seed())
    result = generate(deployment, None, Choice(naming='stable', allocation='stable'))
    return deployment, json.loads(json.dumps(result.inventory))
