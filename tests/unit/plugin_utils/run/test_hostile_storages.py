# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole table of hostile states on every storage: a clear error, or an inventory in which nothing does harm."""

from __future__ import annotations

import collections
import dataclasses
import json
import os
import pathlib
import shutil
import typing as t

import pytest
from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible.template import is_trusted_as_template
from ansible.utils.display import Display
from ansible_collections.osa.inventory.plugins.module_utils.addresses import address_of
from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import Deployment
from ansible_collections.osa.inventory.plugins.module_utils.configuration.names import is_host_name
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.places import looks_like_template
from ansible_collections.osa.inventory.plugins.plugin_utils.run.connection_variables import ADDRESSES, HOST_NAMES
from ansible_collections.osa.inventory.plugins.plugin_utils.source.options import Source
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis
from ansible_collections.osa.inventory.tests.servers.sql import SQLServer
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift
from ansible_collections.osa.inventory.tests.support.sql_samples import opened
from support.hostile import (
    CONNECTION,
    HOSTILE,
    KINDS,
    LEADING,
    MAGIC,
    NO_NAMES,
    RESERVED_VARIABLES,
    Hostile,
    some_of_each,
)
from support.planting import FileGround, Ground, RedisGround, SQLGround, SwiftGround

CASE = pathlib.Path(__file__).resolve().parents[3] / 'data' / 'conformance' / '01-single-machine'
ACTING = frozenset((*CONNECTION, *MAGIC, *NO_NAMES, *RESERVED_VARIABLES))
PAGE = pathlib.Path(__file__).resolve().parents[4] / 'docs' / 'trust.md'
WARNINGS = ('are not handed to Ansible', 'stays plain text')

display = Display()


@dataclasses.dataclass
class Planted:
    """A deployment whose stored inventory somebody else can write to.

    clean: what is stored before anybody does. expected: what Ansible has then.
    """

    ground: Ground
    directory: pathlib.Path
    region: str

    def __post_init__(self) -> None:
        shutil.copytree(CASE / 'config', self.directory)
        options = {'plugin': 'osa.inventory.osa', 'region': self.region, 'storage': self.ground.option}
        (self.directory / 'osa.yml').write_text(json.dumps(options))
        self.expected = self.run()
        self.clean = self.newest()

    def run(self) -> InventoryData:
        """What Ansible has of the source."""
        display._warns.clear()
        plugin = inventory_loader.get('osa.inventory.osa')
        target = InventoryData()
        plugin.parse(target, DataLoader(), str(self.directory / 'osa.yml'))
        target.reconcile_inventory()
        return target

    def newest(self) -> Inventory:
        from ansible_collections.osa.inventory.plugins.plugin_utils.operators.api import InventoryManager

        return InventoryManager.of(str(self.directory / 'osa.yml')).inventory()


@pytest.fixture(scope='module', autouse=True)
def read_once() -> t.Iterator[None]:
    """The configuration is the same in every run, and reading it takes longer than the rest."""
    read, known = Source.deployment, {}

    def deployment(self: Source) -> Deployment:
        if self.config_dir not in known:
            known[self.config_dir] = read(self)
        return known[self.config_dir]

    patch = pytest.MonkeyPatch()
    patch.setattr(Source, 'deployment', deployment)
    yield
    patch.undo()


@pytest.fixture(scope='module')
def file(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return FileGround(tmp_path_factory.mktemp('state') / 'openstack_inventory.json')


@pytest.fixture(scope='module')
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    url = f'sqlite:///{tmp_path_factory.mktemp("state")}/state.sqlite'
    opened(url).upgrade()
    return SQLGround(url, url)


@pytest.fixture(scope='module')
def redis(redis_server: Redis) -> Ground:
    return RedisGround(redis_server, 'hostile')


@pytest.fixture(scope='module')
def swift(swift_server: Swift) -> Ground:
    return SwiftGround(swift_server, swift_server.container(), 'hostile')


def _database(server: SQLServer) -> t.Iterator[Ground]:
    with server.database() as database:
        opened(database.local.owner).upgrade()
        yield SQLGround(database.local.owner, database.local.owner)


@pytest.fixture(scope='module')
def postgresql_ground(postgresql: SQLServer) -> t.Iterator[Ground]:
    yield from _database(postgresql)


@pytest.fixture(scope='module')
def mariadb_ground(mariadb: SQLServer) -> t.Iterator[Ground]:
    yield from _database(mariadb)


WHOLE = ('file', 'sqlite')
SOME = ('redis', 'swift', 'postgresql_ground', 'mariadb_ground')
SELECTED = HOSTILE if os.environ.get('HYPOTHESIS_PROFILE') == 'long' else some_of_each()


@pytest.fixture(scope='module')
def planted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Planted:
    ground: Ground = request.getfixturevalue(request.param)
    return Planted(ground, tmp_path_factory.mktemp('deployment') / 'openstack_deploy', 'hostile')


@pytest.mark.parametrize('hostile', HOSTILE, ids=str)
@pytest.mark.parametrize('planted', WHOLE, indirect=True)
def test_nothing_planted_does_harm(planted: Planted, hostile: Hostile, capsys: pytest.CaptureFixture[str]) -> None:
    judge(planted, hostile, capsys)


@pytest.mark.parametrize('hostile', SELECTED, ids=str)
@pytest.mark.parametrize('planted', SOME, indirect=True)
def test_nothing_planted_does_harm_where_the_same_way_is_slower(
    planted: Planted, hostile: Hostile, capsys: pytest.CaptureFixture[str]
) -> None:
    judge(planted, hostile, capsys)


def judge(planted: Planted, hostile: Hostile, capsys: pytest.CaptureFixture[str]) -> None:
    """Plant it, run, and see that what comes of it is what the table says, and harmless."""
    planted.ground.plant(hostile.text(planted.clean))
    before = planted.ground.stored()
    capsys.readouterr()
    try:
        target = planted.run()
    except AnsibleError as error:
        assert hostile.outcome.startswith('refused'), error.message
        assert len(error.message) < 5000 and error.message.replace('\n', '').isprintable()
        assert planted.ground.stored() == before
    else:
        assert hostile.outcome != 'refused'
        assert_harmless(target, planted.expected)
        shown = capsys.readouterr().err
        told = [shown.count(warning) for warning in WARNINGS]
        assert told == [hostile.outcome == 'withheld', hostile.outcome == 'plain text'], shown
        assert len(shown) < 10_000 and shown.replace('\n', '').isprintable()


def assert_harmless(target: InventoryData, expected: InventoryData) -> None:
    """Nothing in it decides how Ansible connects, or can be executed, that would not be there anyway."""
    assert target.localhost is None and not {*C.LOCALHOST} & {*target.hosts, *target.groups}
    for name, host in target.hosts.items():
        own = (
            expected.hosts[name].vars if name in expected.hosts else dict.fromkeys(('inventory_file', 'inventory_dir'))
        )
        names = {one for one in host.vars if one in ACTING or one.startswith('ansible_')} - {'ansible_host'}
        assert {one: host.vars[one] for one in names} == {one: own[one] for one in own if one in names}, name
        for one in ADDRESSES:
            assert host.vars.get(one) is None or address_of(host.vars[one]) is not None, name
        for one in HOST_NAMES:
            assert host.vars.get(one) is None or is_host_name(host.vars[one]), name
        if name in expected.hosts and host.vars['physical_host'] == own['physical_host']:
            assert [host.vars.get(one) for one in ADDRESSES] == [own.get(one) for one in ADDRESSES]
    for name, group in target.groups.items():
        own = expected.groups[name].vars if name in expected.groups else {}
        assert {one for one in group.vars if one in ACTING or one in LEADING} <= own.keys(), name
    assert {*executables(target)} <= {*executables(expected)}


def executables(inventory: InventoryData) -> t.Iterator[str]:
    """Every text, keys included, that Ansible would execute."""
    stack: list[t.Any] = [owner.vars for owner in (*inventory.hosts.values(), *inventory.groups.values())]
    while stack:
        one = stack.pop()
        if isinstance(one, str) and is_trusted_as_template(one) and looks_like_template(one):
            yield one
        elif isinstance(one, dict):
            stack += [*one, *one.values()]
        elif isinstance(one, (list, tuple)):
            stack += one


def test_the_documentation_counts_them() -> None:
    rows = []
    for kind in KINDS:
        outcomes = collections.Counter(one.outcome for one in HOSTILE if one.kind == kind)
        shown = ', '.join(f'{count} {outcome}' for outcome, count in sorted(outcomes.items()))
        rows.append(f'| {kind} | {outcomes.total()} | {shown} |')
    table = '\n'.join([*rows, f'| all | {len(HOSTILE)} | |'])
    assert table in PAGE.read_text('utf-8'), f'docs/trust.md should have:\n{table}'
