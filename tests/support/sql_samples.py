# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases with tables for the tests of the SQL storage, and small inventories to put there."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import itertools
import multiprocessing
import pathlib
import random
import secrets
import time
import typing as t

import sqlalchemy
from ansible_collections.osa.inventory.plugins.module_utils.errors import StateConflict
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Meta
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.metadata import account
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.storage import (
    StorageModule,
    migrations,
    versions,
)
from ansible_collections.osa.inventory.tests.servers import sql

ENGINES = ('sqlite', 'postgresql', 'mariadb')


@dataclasses.dataclass(frozen=True)
class Site:
    """A database with tables, and a region of it that no other test uses.

    owner, writer, reader: URLs. database: on its server; None for SQLite.
    """

    engine: str
    owner: str = dataclasses.field(repr=False)
    writer: str = dataclasses.field(repr=False)
    reader: str = dataclasses.field(repr=False)
    database: sql.Database | None = None
    region: str = dataclasses.field(default_factory=lambda: f'r-{secrets.token_hex(6)}')

    def open(self, url: str | None = None, **options: t.Any) -> StorageModule:
        """A storage on this region, as the writer unless a URL says otherwise."""
        return opened(url or self.writer, **{'region': self.region, **options})


def opened(url: str, **options: t.Any) -> StorageModule:
    """A registered storage."""
    storage = StorageModule()
    storage.register({'url': url, **options})
    return storage


def sqlite_url(path: pathlib.Path) -> str:
    """The URL of a file."""
    return f'sqlite:///{path}'


def commit(storage: StorageModule, inventory: Inventory, base: Meta | None, message: str = 'test') -> Meta:
    """Store an inventory on top of a state; its account."""
    meta = account(inventory, base, message)
    storage.commit(inventory, meta, base)
    return meta


def host(number: int, **variables: t.Any) -> dict[str, t.Any]:
    """Variables like those of a container."""
    address = f'10.{number >> 16}.{number >> 8 & 255}.{number & 255}'
    return {
        'ansible_host': address,
        'component': 'nova_api_container',
        'container_networks': {
            'management_address': {'address': address, 'bridge': 'br-mgmt', 'netmask': '255.0.0.0'},
            'tunnel_address': {'address': address, 'bridge': 'br-overlay'},
        },
        'physical_host': f'host{number:06}',
        'properties': {'is_metal': True},
        **variables,
    }


def cloud(numbers: t.Iterable[int]) -> Inventory:
    """Hosts of these numbers, in three groups; in one of them in reverse order, so that each new host comes first."""
    hosts = {f'host{number:06}': host(number) for number in numbers}
    return {
        '_meta': {'hostvars': hosts},
        'all': {'vars': {'container_cidr': '10.0.0.0/8'}},
        'all_containers': {'children': ['nova'], 'hosts': list(hosts)},
        'lxc_hosts': {'hosts': list(hosts)[::-1]},
        'nova': {'children': [], 'hosts': list(hosts)},
    }


@dataclasses.dataclass(frozen=True)
class Written:
    """An acknowledged write: its account, and the host that it added."""

    meta: Meta
    host: str


def grow(url: str, region: str, process: int, writes: int) -> list[Written]:
    """Add hosts one by one on top of whatever is stored, as one of several processes."""
    storage, rng, written = opened(url, region=region, timeout=60), random.Random(process), []
    for number in range(1, writes + 1):
        name = f'p{process}-{number}'
        while True:
            state = storage.read()
            grown = state.inventory if state else {'_meta': {'hostvars': {}}, 'all_containers': {'hosts': []}}
            grown['_meta']['hostvars'][name] = host(process << 8 | number)
            # In front, so that every write moves what the others wrote.
            grown['all_containers']['hosts'].insert(0, name)
            try:
                written.append(Written(commit(storage, grown, state.meta if state else None), name))
            except StateConflict:
                time.sleep(rng.uniform(0, 0.05))
            else:
                break
    return written


def raced(urls: t.Sequence[str], region: str, processes: int, writes: int) -> list[Written]:
    """The writes of processes that grow one region at once, each by one of the URLs, by serial."""
    context = multiprocessing.get_context('fork')
    arguments = [(urls[number % len(urls)], region, number, writes) for number in range(processes)]
    with concurrent.futures.ProcessPoolExecutor(processes, context) as pool:
        lists = list(pool.map(grow, *zip(*arguments, strict=True)))
    return sorted((one for ones in lists for one in ones), key=lambda one: one.meta.serial)


def assert_nothing_lost(storage: StorageModule, written: list[Written]) -> None:
    """No write lost, none accepted twice on one base, the chain whole, the relations equal to the state."""
    assert [one.meta.serial for one in written] == list(range(1, len(written) + 1))
    assert all(later.meta.parent == one.meta.sha256 for one, later in itertools.pairwise(written))
    assert len({one.meta.lineage for one in written}) == 1
    state = storage.read()
    assert state
    assert state.meta == written[-1].meta
    assert state.inventory['_meta']['hostvars'].keys() == {one.host for one in written}
    assert not relations_differ(storage)


def relations_differ(storage: StorageModule) -> bool:
    """Whether the relations of a storage's region are anything but its newest state."""
    region = versions.Region(storage.options.tenant, storage.options.region, 'the database')
    return storage._database.read(lambda connection: migrations.differs(connection, region=region))


@contextlib.contextmanager
def counted_statements(storage: StorageModule, *, writing: bool) -> t.Iterator[list[tuple[str, int]]]:
    """Every statement that a storage sends after connecting, with how many rows of parameters it has."""
    statements: list[tuple[str, int]] = []
    engine = storage._database._engine(writing)

    def note(*arguments: t.Any) -> None:
        _connection, _cursor, statement, parameters, _context, many = arguments
        statements.append((statement, len(parameters) if many else 1))

    sqlalchemy.event.listen(engine, 'before_cursor_execute', note)
    yield statements
    sqlalchemy.event.remove(engine, 'before_cursor_execute', note)


def fresh(shared: Site) -> Site:
    """The same database with a region that no other test uses."""
    return dataclasses.replace(shared, region=f'r-{secrets.token_hex(6)}')


def grant_writer(site: Site) -> None:
    """Give the writer its rights on tables that are there."""
    assert site.database
    sql.grant_writer(sqlalchemy.create_engine(site.database.local.owner, poolclass=sqlalchemy.NullPool))
