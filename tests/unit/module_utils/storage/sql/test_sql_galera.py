# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `sql` on a Galera cluster of two nodes, with writers on both."""

from __future__ import annotations

import pathlib
import secrets
import typing as t

import pytest
import sqlalchemy
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    StateConflict,
    StorageLocked,
    StorageUnreachable,
    WriteUncertain,
)
from ansible_collections.osa.inventory.plugins.module_utils.results import Result
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import LockInfo
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.storage import StorageModule
from ansible_collections.osa.inventory.tests.servers import sql
from ansible_collections.osa.inventory.tests.servers.galera import Galera
from ansible_collections.osa.inventory.tests.support.sql_samples import (
    assert_nothing_lost,
    cloud,
    commit,
    opened,
    raced,
    relations_differ,
)


class Cluster(t.NamedTuple):
    """One region by way of each node."""

    galera: Galera
    urls: tuple[str, str]
    region: str
    storages: tuple[StorageModule, StorageModule]


@pytest.fixture
def cluster(galera: Galera, galera_databases: tuple[sql.Database, sql.Database]) -> Cluster:
    owner = galera_databases[0].local.owner
    opened(owner).upgrade()
    sql.grant_writer(sqlalchemy.create_engine(owner, poolclass=sqlalchemy.NullPool))
    galera.settle()
    one, two = (database.local.writer for database in galera_databases)
    region = f'r-{secrets.token_hex(6)}'
    return Cluster(galera, (one, two), region, (opened(one, region=region), opened(two, region=region)))


def test_nothing_is_lost_between_writers_on_both_nodes(cluster: Cluster) -> None:
    written = raced(cluster.urls, cluster.region, processes=8, writes=3)
    assert len(written) == 24
    for storage in cluster.storages:
        assert_nothing_lost(storage, written)


def test_what_one_node_acknowledged_the_other_reads_at_once(cluster: Cluster) -> None:
    base = None
    for number in range(20):
        writer, reader = cluster.storages[number % 2], cluster.storages[1 - number % 2]
        base = commit(writer, cloud(range(number * 10)), base)
        state = reader.read()
        assert state
        assert state.meta == base
        assert reader.history()[0] == base


def test_conflict_between_nodes_names_the_writer(cluster: Cluster) -> None:
    first = commit(cluster.storages[0], cloud([1]), None, 'by the first node')
    with pytest.raises(StateConflict, match='by the first node'):
        commit(cluster.storages[1], cloud([2]), None)
    second = commit(cluster.storages[1], cloud([1, 2]), first)
    with pytest.raises(StateConflict, match='serial 2'):
        commit(cluster.storages[0], cloud([1, 3]), first)
    assert cluster.storages[0].history() == [second, first]


def test_one_lock_for_both_nodes(cluster: Cluster) -> None:
    info = LockInfo('1', 'alice@deploy1', 'test', 'deploy1', '2026-01-02T03:04:05Z')
    cluster.storages[0].lock(info, 0)
    with pytest.raises(StorageLocked, match='alice@deploy1'):
        cluster.storages[1].lock(LockInfo('2', 'bob@deploy2', 'test', 'deploy2', '2026-01-02T03:04:05Z'), 0)
    cluster.storages[1].break_lock('1')
    assert cluster.storages[0].holder() is None


def test_killed_node_stops_the_other_and_nothing_is_lost(cluster: Cluster, tmp_path: pathlib.Path) -> None:
    storage = cluster.storages[0]
    first = commit(storage, cloud([1]), None)
    cluster.galera.nodes[1].kill()
    with pytest.raises((StorageUnreachable, WriteUncertain)) as caught:
        commit(storage, cloud([1, 2]), first)
    with pytest.raises(StorageUnreachable):
        storage.read()
    with pytest.raises(StorageUnreachable):
        cluster.storages[1].read()
    cluster.galera.launch()
    newest = storage.read()
    assert newest
    assert newest.meta == first or isinstance(caught.value, WriteUncertain)
    Store(cluster.storages[1], str(tmp_path)).update(lambda stored: Result(cloud([1, 2, 3])), 'after')
    assert storage.load() == cloud([1, 2, 3])
    assert not relations_differ(storage)


def test_node_that_takes_its_leave_does_not_stop_the_other(cluster: Cluster) -> None:
    first = commit(cluster.storages[0], cloud([1]), None)
    cluster.galera.nodes[1].stop()
    commit(cluster.storages[0], cloud([1, 2]), first)
    cluster.galera.launch()
    assert cluster.storages[1].load() == cloud([1, 2])


def test_check_tells_of_the_cluster(cluster: Cluster) -> None:
    texts = {finding.what: finding.level for finding in cluster.storages[0].check()}
    assert texts['Galera cluster of 2, Primary.'] == 'ok'
    assert texts['States can be written.'] == 'ok'
    assert [text for text in texts if 'Two Galera nodes' in text]
