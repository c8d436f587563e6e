# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is fuzzed: each target reads bytes as one of the readers does that take what others wrote.

A target passes over every OSAInventoryError, and lets anything else through: that is a finding. Nothing here needs
atheris or Ansible, so that what was found once can be tried again anywhere.
"""

from __future__ import annotations

import collections.abc as c
import contextlib
import dataclasses
import itertools
import json
import pathlib
import random
import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import Deployment
from ansible_collections.osa.inventory.plugins.module_utils.configuration.reader import load_mapping
from ansible_collections.osa.inventory.plugins.module_utils.configuration.text_files import decode
from ansible_collections.osa.inventory.plugins.module_utils.errors import ConfigurationErrors, OSAInventoryError
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.invariants import violations
from fuzz import served, stored
from fuzz.directories import FILES, SEEDS, SEPARATOR, Directories, seed_deployment
from support.invariants import broken_invariants

DATA = pathlib.Path(__file__).resolve().parents[1] / 'data'
MOST_AFFINITY = 50
"""Deployments with more containers of a kind are read, and not generated: they are right, and take their time."""

Run = c.Callable[[bytes], None]


@dataclasses.dataclass(frozen=True)
class Target:
    """open: with a scratch directory, gives what reads one input. seeds: inputs to begin with."""

    open: c.Callable[[pathlib.Path], Run]
    seeds: c.Callable[[], c.Iterable[bytes]]


@contextlib.contextmanager
def outcome() -> c.Iterator[None]:
    """Passes over the library's errors; they must be fit to be shown."""
    try:
        yield
    except OSAInventoryError as error:
        for each in (error, *(error.errors if isinstance(error, ConfigurationErrors) else ())):
            assert each.message.isprintable(), ascii(each.message)
            assert str(each).encode(), 'a message that cannot be printed'


def read_yaml(_scratch: pathlib.Path) -> Run:
    """One configuration file."""

    def run(data: bytes) -> None:
        with outcome():
            load_mapping(decode(data, 'file.yml'), 'file.yml')

    return run


def read_deployment(scratch: pathlib.Path) -> Run:
    """A whole deployment, read and generated twice; parts after its files are those of the deployment before."""
    directories = Directories(scratch)

    def generated(data: bytes, former: Inventory | None) -> Inventory | None:
        deployment = directories.load(data)
        if not is_small(deployment):
            return None
        inventory = generate(deployment, former, Choice(rng=random.Random(0))).inventory
        if former and set(violations(inventory)) - set(violations(former)):
            # Such as an address that a host has which is no longer configured: the driver refuses that.
            return None
        assert not (broken := broken_invariants(deployment, inventory, former)), broken
        return t.cast(Inventory, json.loads(json.dumps(inventory)))

    def run(data: bytes) -> None:
        parts = data.split(SEPARATOR)
        now, before = (SEPARATOR.join(each) for each in (parts[: len(FILES)], parts[len(FILES) :]))
        former = None
        with outcome():
            former = generated(before, None) if before else None
        with outcome():
            generated(now, former)

    return run


def is_small(deployment: Deployment) -> bool:
    """Whether it has few enough containers to generate it many times a second."""
    entries = (entry for group in deployment.configuration.host_groups.values() for entry in group.values())
    return all(count <= MOST_AFFINITY for entry in entries for count in entry.affinity.values())


def yaml_seeds() -> c.Iterator[bytes]:
    """Every configuration file of the tests that is not large."""
    paths = [*DATA.rglob('*.yml'), *DATA.rglob('*.yaml'), *(SEEDS).iterdir()]
    yield from (data for path in sorted(paths) if path.is_file() and len(data := path.read_bytes()) < 20_000)


def deployment_seeds() -> c.Iterator[bytes]:
    """Those of the fuzzers, each also after the other, and the user configurations of the tests."""
    own = [path.read_bytes() for path in sorted(SEEDS.glob('deployment-*.txt'))]
    whole = [SEPARATOR.join([*each.split(SEPARATOR), b'', b''][: len(FILES)]) for each in own]
    yield from (*own, *map(SEPARATOR.join, itertools.permutations(whole)))
    paths = (path for path in sorted(DATA.rglob(FILES[0])) if path.is_file())
    yield from (data for path in paths if len(data := path.read_bytes()) < 5_000)


def _with_deployment(open_: c.Callable[[pathlib.Path, Deployment], Run]) -> c.Callable[[pathlib.Path], Run]:
    def opened(scratch: pathlib.Path) -> Run:
        deployment, _inventory = seed_deployment(scratch / 'deployment')
        run = open_(scratch, deployment)

        def within(data: bytes) -> None:
            with outcome():
                run(data)

        return within

    return opened


def _from_inventory(make: c.Callable[[Inventory], c.Iterable[bytes]]) -> c.Callable[[], c.Iterable[bytes]]:
    def seeds() -> c.Iterator[bytes]:
        import tempfile

        with tempfile.TemporaryDirectory() as directory:
            _deployment, inventory = seed_deployment(pathlib.Path(directory))
        yield from make(inventory)

    return seeds


def _target(open_: c.Callable[[pathlib.Path, t.Any], Run], make: t.Any) -> Target:
    return Target(_with_deployment(open_), _from_inventory(make))


TARGETS = {
    'yaml': Target(read_yaml, yaml_seeds),
    'deployment': Target(read_deployment, deployment_seeds),
    'state': _target(stored.read_state, stored.state_seeds),
    'files': _target(stored.read_files, stored.files_seeds),
    'archive': _target(stored.read_archive, stored.archive_seeds),
    'redis': _target(served.read_redis, served.redis_seeds),
    'swift': _target(served.read_swift, served.swift_seeds),
    'sql': _target(served.read_sql, served.sql_seeds),
}
"""By name: the readers of configuration files and of what storages hold."""
