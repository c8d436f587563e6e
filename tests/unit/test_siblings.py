# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same mistakes at other places: each is told with its place and the nearest name, all of them at once."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import load_deployment
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.tests.support.siblings import DATA, STABLE, Sibling, outcome, siblings


@pytest.mark.parametrize('sibling', [pytest.param(sibling, id=sibling.name) for sibling in siblings()])
def test_a_mistake_is_told_wherever_it_is(sibling: Sibling, tmp_path: pathlib.Path) -> None:
    directory = tmp_path / 'config'
    sibling.write(directory)
    found, result = outcome(directory)
    assert found == sibling.expected
    if result:
        again = generate(load_deployment(str(directory), str(DATA)), result.inventory, STABLE)
        assert again.inventory == result.inventory
