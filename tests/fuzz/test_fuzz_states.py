# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored inventories that hypothesis has altered: taken over, refused clearly, never anything else.

Also what the coverage-guided fuzzers found once: each of it is tried again.
"""

from __future__ import annotations

import json
import pathlib
import random
import typing as t

import hypothesis
import pytest
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import Deployment
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.invariants import bounded_depth, check_stored
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats import json_text
from ansible_collections.osa.inventory.plugins.plugin_utils.run.connection_variables import check_connections, hand_over
from ansible_collections.osa.inventory.plugins.plugin_utils.run.fill import check, fill
from ansible_collections.osa.inventory.plugins.plugin_utils.run.trust import TrustRule
from fuzz.deployments import mutated
from fuzz.directories import seed_deployment
from fuzz.targets import TARGETS, Run, outcome
from hypothesis import strategies as st

FOUND = pathlib.Path(__file__).resolve().parent / 'found'


@pytest.fixture(scope='module')
def runs(tmp_path_factory: pytest.TempPathFactory) -> t.Callable[[str], Run]:
    """The targets by name, each opened once."""
    opened: dict[str, Run] = {}

    def run(name: str) -> Run:
        if name not in opened:
            opened[name] = TARGETS[name].open(tmp_path_factory.mktemp(name))
        return opened[name]

    return run


@pytest.fixture(scope='module')
def seed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Deployment, Inventory]:
    """The deployment that the target `state` runs on, and its inventory."""
    return seed_deployment(tmp_path_factory.mktemp('deployment'))


def altered(data: st.DataObject, inventory: Inventory) -> str:
    """The JSON text of an inventory with something in it replaced."""
    return json.dumps(data.draw(mutated(st.just(inventory))), default=str, skipkeys=True)


@hypothesis.given(data=st.data())
def test_an_altered_state_gives_an_inventory_that_obeys_the_laws_or_a_clear_error(
    runs: t.Callable[[str], Run], seed: tuple[Deployment, Inventory], data: st.DataObject
) -> None:
    runs('state')(altered(data, seed[1]).encode('ascii'))


@hypothesis.given(data=st.data())
def test_an_altered_state_is_shown_to_ansible_without_its_connection_variables_or_refused(
    seed: tuple[Deployment, Inventory], data: st.DataObject
) -> None:
    deployment, inventory = seed
    target = InventoryData()
    with outcome(), bounded_depth('the storage'):
        stored = json_text.parse(altered(data, inventory).encode('ascii'), 'x', '')
        check_stored(stored, 'x')
        result = generate(deployment, stored, Choice(rng=random.Random(0))).inventory
        check(result, target)
        check_connections(result, deployment)
        hosts = fill(hand_over(result, deployment.configuration)[0], target, TrustRule(DataLoader()))
        assert set(hosts) <= result['_meta']['hostvars'].keys()
        connecting = {key for host in hosts for key in target.hosts[host].vars if key.startswith('ansible_')}
        assert connecting <= {'ansible_host'}


@pytest.mark.parametrize('target', TARGETS)
def test_what_fuzzing_begins_with_gives_no_other_error(runs: t.Callable[[str], Run], target: str) -> None:
    seeds = sorted(TARGETS[target].seeds())
    for seed in random.Random(0).sample(seeds, min(len(seeds), 12)):
        runs(target)(seed)


@pytest.mark.parametrize('path', sorted(FOUND.glob('*/*')), ids=lambda path: f'{path.parent.name}-{path.name}')
def test_what_fuzzing_has_found_is_mended(runs: t.Callable[[str], Run], path: pathlib.Path) -> None:
    runs(path.parent.name)(path.read_bytes())
