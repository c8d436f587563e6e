# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loading and writing on each storage, compared with the storage `file` in the same run."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import secrets
import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.results import Result
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Meta, Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.metadata import account
from ansible_collections.osa.inventory.tests.benchmarks.clouds import make_cloud
from ansible_collections.osa.inventory.tests.benchmarks.counting import Request, connecting, requests_of, rows_of
from ansible_collections.osa.inventory.tests.benchmarks.measuring import Cost, cheapest, cost_of, peak_of
from ansible_collections.osa.inventory.tests.benchmarks.places import Opener

FLOOR = 'file'
OPERATIONS = ('first write', 'one host more', 'nothing changed', 'load')
LOAD = 'load'
UNCHANGED = 'nothing changed'
GROWN = 'one host more'

_PAYLOAD_TABLE = 'state_version'


@dataclasses.dataclass(frozen=True)
class Figure:
    """One operation on one storage, once connected.

    peak: bytes. requests: to the server; rows: written by them, without that of the payload.
    """

    storage: str
    hosts: int
    operation: str
    cost: Cost
    peak: int
    requests: int
    rows: int
    writes: bool


@dataclasses.dataclass(frozen=True)
class Sample:
    """What is stored: an inventory, the same with a host more as a run makes it, and that once more, made anew."""

    inventory: Inventory
    grown: Inventory
    again: Inventory

    @classmethod
    def of_size(cls, hosts: int, directory: pathlib.Path) -> Sample:
        """From the deployment of that many hosts; the directory is made."""
        inventory = make_cloud(directory / 'cloud', hosts).generate()
        grown = make_cloud(directory / 'grown', hosts + 1).generate(inventory)
        return cls(inventory, grown, json.loads(json.dumps(grown)))


def measure(places: t.Mapping[str, Opener], hosts: int, repeats: int, directory: pathlib.Path) -> list[Figure]:
    """All operations on all storages; the directory is for whatever is written."""
    sample = Sample.of_size(hosts, directory)
    costs = costs_of(places, sample, repeats, directory)
    figures = []
    for name, opener in places.items():
        for operation, call, storage in _operations(opener, sample, directory / f'{name}-peak'):
            with requests_of(storage) as requests:
                peak = peak_of(call)
            figures.append(_figure(name, hosts, operation, costs[name, operation], peak, requests))
    return figures


def costs_of(
    places: t.Mapping[str, Opener], sample: Sample, repeats: int, directory: pathlib.Path
) -> dict[tuple[str, str], Cost]:
    """By storage and operation. The storages take turns, so that a busy moment hits all of them."""
    costs: dict[tuple[str, str], list[Cost]] = {}
    for number in range(repeats):
        for name, opener in places.items():
            for operation, call, storage in _operations(opener, sample, directory / f'{name}-{number}'):
                costs.setdefault((name, operation), []).append(_connected_cost(call, storage))
    return {key: cheapest(found) for key, found in costs.items()}


def _figure(name: str, hosts: int, operation: str, cost: Cost, peak: int, requests: list[Request]) -> Figure:
    rows = rows_of(request for request in requests if request.table != _PAYLOAD_TABLE)
    writes = any(request.rows or request.verb in ('EVAL', 'PUT', 'DELETE') for request in requests)
    return Figure(name, hosts, operation, cost, peak, len(requests), rows, writes)


def _operations(
    opener: Opener, sample: Sample, directory: pathlib.Path
) -> t.Iterator[tuple[str, t.Callable[[], object], Storage]]:
    """The operations on a new region, each to be called once, before the next is asked for; with their storage.

    directory: a new one, for the driver's breadcrumb.
    """
    directory.mkdir()
    storage = opener(f'r{secrets.token_hex(6)}')
    storage.holder()  # connects where a storage stays connected
    first = account(sample.inventory, None, 'first')
    yield OPERATIONS[0], lambda: storage.commit(sample.inventory, first, None), storage
    second = account(sample.grown, first, 'one host more')
    yield GROWN, lambda: storage.commit(sample.grown, second, first), storage
    store = Store(storage, str(directory))
    yield UNCHANGED, lambda: _run_unchanged(store, sample.again, second), storage
    yield LOAD, storage.load, storage


def _run_unchanged(store: Store, inventory: Inventory, stored: Meta) -> None:
    done = store.update(lambda _stored: Result(inventory))
    if done.written or done.after != stored:
        raise AssertionError('An unchanged run wrote something.')


def _connected_cost(call: t.Callable[[], object], storage: Storage) -> Cost:
    with connecting(storage) as connections:
        cost = cost_of(call)
    return cost - sum(connections, Cost())
