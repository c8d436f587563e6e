# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole run of the inventory plugin, compared with Ansible's own way to read the same hosts ready-made."""

from __future__ import annotations

import dataclasses
import pathlib
import shlex
import typing as t

from ansible.inventory.data import InventoryData
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import Deployment
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.results import Result
from ansible_collections.osa.inventory.plugins.plugin_utils.run.fill import check, fill
from ansible_collections.osa.inventory.plugins.plugin_utils.run.trust import TrustRule
from ansible_collections.osa.inventory.plugins.plugin_utils.source.options import Source, open_source
from ansible_collections.osa.inventory.tests.benchmarks.clouds import Cloud
from ansible_collections.osa.inventory.tests.benchmarks.measuring import (
    Cost,
    cheapest,
    cost_of,
    own_garbage_only,
    peak_of,
)

FLOOR = 'script with ready-made JSON'
UNCHANGED = 'whole run, nothing changed'
FIRST = 'whole run, nothing stored'
PHASES = ('read', 'generate', 'load and compare', 'check and fill')


@dataclasses.dataclass(frozen=True)
class Figure:
    """One part of a run; peak: bytes, None where it was not measured."""

    hosts: int
    part: str
    cost: Cost
    peak: int | None = None


def measure(cloud: Cloud, repeats: int, *, peaks: bool) -> list[Figure]:
    """The floor, the whole run and its phases, in turns; peaks: whether memory is measured, too, which takes long."""
    script = ready_made(cloud)

    def first_run() -> object:
        cloud.forget()
        return parse(cloud.source, cloud.hosts)

    wholes: dict[str, t.Callable[[], object]] = {
        FIRST: first_run,
        FLOOR: lambda: parse(script, cloud.hosts),
        UNCHANGED: lambda: parse(cloud.source, cloud.hosts),
    }
    first_run()  # imports and compiles what all of them need
    costs: dict[str, list[Cost]] = {}
    for _number in range(repeats):
        for part, call in wholes.items():
            costs.setdefault(part, []).append(cost_of(call))
        with own_garbage_only():
            phases = _phases(cloud)
        for part, cost in phases.items():
            costs.setdefault(part, []).append(cost)
    memory = {part: peak_of(call) for part, call in wholes.items()} if peaks else {}
    return [Figure(cloud.hosts, part, cheapest(found), memory.get(part)) for part, found in costs.items()]


def ready_made(cloud: Cloud) -> pathlib.Path:
    """An inventory script that has nothing to do but to print what the run stored."""
    path = cloud.directory / 'ready_made'
    path.write_text(f'#!/bin/sh\nexec cat {shlex.quote(str(cloud.stored))}\n', 'utf-8')
    path.chmod(0o755)
    return path


def parse(source: pathlib.Path, hosts: int) -> InventoryManager:
    """Ansible's inventory from a source, as every program of Ansible makes it at its start."""
    manager = InventoryManager(loader=DataLoader(), sources=[str(source)])
    if len(manager.hosts) != hosts:
        raise AssertionError(f'{source} gave {len(manager.hosts)} hosts instead of {hosts}.')
    return manager


def _phases(cloud: Cloud) -> dict[str, Cost]:
    """The phases of an unchanged run, by the functions that the plugin calls."""
    loader, target, costs = DataLoader(), InventoryData(), {}

    def read() -> tuple[Source, Deployment]:
        source = open_source(str(cloud.source), loader, {})
        return source, source.deployment()

    costs['read'], (source, deployment) = _timed(read)
    generated: list[tuple[Cost, Result]] = []

    def transform(stored: Inventory | None) -> Result:
        generated.append(_timed(lambda: generate(deployment, stored, source.choice)))
        return generated[0][1]

    update, result = _timed(lambda: source.open_store().update(transform, deployment_digest=deployment.digest))
    costs['generate'] = generated[0][0]
    costs['load and compare'] = update - generated[0][0]

    def show() -> None:
        check(result.inventory, target)
        fill(result.inventory, target, TrustRule(loader))

    costs['check and fill'] = _timed(show)[0]
    return costs


T = t.TypeVar('T')


def _timed(call: t.Callable[[], T]) -> tuple[Cost, T]:
    start = Cost.now()
    result = call()
    return Cost.now() - start, result
