# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conformance cases: deployments with the inventory that must come of each, through reader and generator."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import random

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import load_deployment
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate

ROOT = pathlib.Path(__file__).resolve().parents[1] / 'data' / 'conformance'
CASES = sorted(path for path in ROOT.iterdir() if path.is_dir())

_SPEC = importlib.util.spec_from_file_location('compare', ROOT / 'compare.py')
compare = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(compare)


@pytest.fixture(scope='module')
def environment_dir(tmp_path_factory):
    """The base environment of the cases; JSON is YAML."""
    directory = tmp_path_factory.mktemp('environment')
    (directory / 'env.d').mkdir()
    (directory / 'env.d' / 'all.yml').write_bytes((ROOT / 'environment.json').read_bytes())
    return str(directory)


def stored_json(inventory):
    return json.dumps(inventory, indent=4, separators=(',', ': '), sort_keys=True)


@pytest.mark.parametrize('case', CASES, ids=lambda case: case.name)
def test_the_inventory_is_the_expected_one_and_the_fixed_point(case, environment_dir):
    deployment = load_deployment(str(case / 'config'), environment_dir)
    previous = json.loads((case / 'previous.json').read_text()) if (case / 'previous.json').exists() else None
    expected = json.loads((case / 'expected.json').read_text())
    result = generate(deployment, previous, Choice(rng=random.Random(1)))
    stored = json.loads(stored_json(result.inventory))
    assert compare.compare(expected, stored, previous, case / 'config') == []
    again = generate(deployment, stored, Choice(rng=random.Random(2)))
    assert stored_json(again.inventory) == stored_json(result.inventory)


def test_an_unchanged_deployment_gives_the_stored_file_to_the_byte(environment_dir):
    case = ROOT / '15-unchanged'
    deployment = load_deployment(str(case / 'config'), environment_dir)
    stored = (case / 'previous.json').read_text()
    result = generate(deployment, json.loads(stored), Choice(rng=random.Random(1)))
    assert stored_json(result.inventory) == stored
    assert result.changes == ()
