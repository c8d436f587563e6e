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
from fuzz.deployments import mutated
from fuzz.targets import TARGETS, Run, seed_deployment
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
def inventory(tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    """The inventory of the deployment that the target `state` runs on."""
    return seed_deployment(tmp_path_factory.mktemp('deployment'))[1]


@hypothesis.given(data=st.data())
def test_an_altered_state_gives_an_inventory_that_obeys_the_laws_or_a_clear_error(
    runs: t.Callable[[str], Run], inventory: dict[str, t.Any], data: st.DataObject
) -> None:
    altered = data.draw(mutated(st.just(inventory)))
    runs('state')(json.dumps(altered, default=str, skipkeys=True).encode('ascii'))


@pytest.mark.parametrize('target', TARGETS)
def test_what_fuzzing_begins_with_gives_no_other_error(runs: t.Callable[[str], Run], target: str) -> None:
    seeds = sorted(TARGETS[target].seeds())
    for seed in random.Random(0).sample(seeds, min(len(seeds), 12)):
        runs(target)(seed)


@pytest.mark.parametrize('path', sorted(FOUND.glob('*/*')), ids=lambda path: f'{path.parent.name}-{path.name}')
def test_what_fuzzing_has_found_is_mended(runs: t.Callable[[str], Run], path: pathlib.Path) -> None:
    runs(path.parent.name)(path.read_bytes())
