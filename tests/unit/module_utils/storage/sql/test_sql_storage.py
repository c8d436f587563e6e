# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `sql` on SQLite, PostgreSQL and MariaDB: what the contract promises, and the relations."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import random
import threading
import time
import typing as t
import uuid

import pytest
import sqlalchemy
from ansible_collections.osa.inventory.plugins.module_utils.canonical import canonical
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    InventoryError,
    StateConflict,
    StateDamaged,
    StateTooNew,
    StorageLocked,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import LockInfo, Meta
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.metadata import account
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.storage import StorageModule
from ansible_collections.osa.inventory.tests.support.sql_samples import (
    Site,
    cloud,
    commit,
    counted_statements,
    host,
    relations_differ,
)

pytest_plugins = ['ansible_collections.osa.inventory.tests.support.sql_fixtures']

STATES = sorted((pathlib.Path(__file__).parents[4] / 'data' / 'conformance').glob('*/*.json'))


@pytest.fixture
def storage(site: Site) -> StorageModule:
    return site.open()


def execute(site: Site, statement: str, **values: t.Any) -> None:
    """Run a statement as the owner, on the rows of the site's region."""
    database = site.open(site.owner)._database
    number = '(SELECT id FROM region WHERE name = :region)'
    text = sqlalchemy.text(statement.replace('REGION', number))
    database.write(lambda connection: connection.execute(text, {'region': site.region, **values}))


class TestContract:
    def test_never_stored_is_none(self, storage: StorageModule) -> None:
        assert storage.read() is None
        assert storage.load() is None
        assert storage.read(3) is None
        assert storage.history() == []
        assert storage.prune(0) == []
        assert storage.holder() is None

    @pytest.mark.parametrize(
        'inventory',
        [
            {},
            {'_meta': {'hostvars': {}}},
            {'_meta': {'hostvars': {'hôte-名': {'ключ': 'Zürich 🌍', 'no': None, 'deep': [[{'a': [1, 1.5, True]}]]}}}},
            {'_meta': {'hostvars': {'a': {}}}, 'empty': {}, 'g': {'hosts': [], 'children': [], 'vars': {}}},
            {'_meta': {'hostvars': {'a': {'x': '\0\ud800'}, 'A': {}}}, 'g': {'hosts': ['ghost', 'a', 'a']}, 'odd': [1]},
        ],
    )
    def test_what_is_stored_comes_back_by_state_and_by_relations(
        self, storage: StorageModule, inventory: dict[str, t.Any]
    ) -> None:
        meta = commit(storage, inventory, None)
        state = storage.read()
        assert state
        assert (canonical(state.inventory), state.meta, state.source) == (canonical(inventory), meta, None)
        assert not relations_differ(storage)

    def test_load_and_write(self, storage: StorageModule) -> None:
        storage.load()
        storage.write(cloud([1]))
        storage.write(cloud([1, 2]))
        assert storage.load() == cloud([1, 2])
        assert [meta.serial for meta in storage.history()] == [2, 1]

    def test_source_is_kept(self, storage: StorageModule) -> None:
        meta = account(cloud([1]), None, 'why', input_digest='0' * 64)
        storage.commit(cloud([1]), meta, None, {'configuration': {'é': [1]}})
        state = storage.read()
        assert state
        assert (state.source, state.meta) == ({'configuration': {'é': [1]}}, meta)

    def test_second_first_state_is_a_conflict_that_names_the_writer(self, storage: StorageModule) -> None:
        first = commit(storage, cloud([1]), None, 'the first one')
        with pytest.raises(StateConflict) as caught:
            commit(storage, cloud([2]), None)
        text = str(caught.value)
        assert all(part in text for part in (first.writer, first.written_at, 'the first one', 'serial 1'))
        assert storage.load() == cloud([1])

    def test_stale_base_is_a_conflict(self, storage: StorageModule) -> None:
        first = commit(storage, cloud([1]), None)
        commit(storage, cloud([1, 2]), first)
        with pytest.raises(StateConflict):
            commit(storage, cloud([1, 3]), first)
        assert storage.load() == cloud([1, 2])

    @pytest.mark.parametrize('change', [{'serial': 5}, {'write_id': 'other'}])
    def test_base_that_is_not_there_is_a_conflict(self, storage: StorageModule, change: dict[str, t.Any]) -> None:
        first = commit(storage, cloud([1]), None)
        with pytest.raises(StateConflict):
            commit(storage, cloud([2]), dataclasses.replace(first, **{'write_id': 'x', **change}))
        assert storage.load() == cloud([1])

    def test_emptied_table_is_a_conflict_for_who_has_read_it(self, site: Site) -> None:
        storage = site.open()
        first = commit(storage, cloud([1]), None)
        execute(site, 'DELETE FROM state_version WHERE region_id = REGION')
        with pytest.raises(StateConflict, match='was removed'):
            commit(storage, cloud([2]), first)
        assert storage.read() is None

    def test_restore_is_a_new_serial_with_old_content(self, storage: StorageModule) -> None:
        first = commit(storage, cloud([1, 2]), None)
        second = commit(storage, cloud([3]), first)
        old = storage.read(1)
        assert old
        commit(storage, old.inventory, second)
        assert storage.load() == cloud([1, 2])
        assert [meta.serial for meta in storage.history()] == [3, 2, 1]
        assert not relations_differ(storage)

    def test_older_states_are_dropped_beyond_keep(self, site: Site) -> None:
        storage = site.open(keep=2)
        metas: list[Meta] = []
        for number in range(5):
            metas.append(commit(storage, cloud([number]), metas[-1] if metas else None))
        assert storage.history() == metas[:1:-1]
        assert storage.prune(1) == [metas[2]]
        assert storage.prune(0) == [metas[3]]
        assert storage.prune(0) == []
        assert storage.history() == [metas[4]]
        assert storage.read(1) is None
        assert storage.load() == cloud([4])

    def test_regions_do_not_see_one_another(self, site: Site) -> None:
        names = [('a', 'b.c'), ('a.b', 'c'), ('A', 'b.c'), ('a', 'B.c')]
        storages = [site.open(tenant=f'{site.region}-{tenant}', region=region) for tenant, region in names]
        for number, storage in enumerate(storages):
            assert storage.read() is None
            commit(storage, cloud([number]), None)
        for number, storage in enumerate(storages):
            assert storage.load() == cloud([number])
            assert len(storage.history()) == 1

    def test_threads_share_a_storage(self, storage: StorageModule) -> None:
        commit(storage, cloud([1]), None)
        loaded: list[t.Any] = []
        threads = [threading.Thread(target=lambda: loaded.append(storage.load())) for _number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert loaded == [cloud([1])] * 6


def info(owner: str = 'alice@deploy1') -> LockInfo:
    return LockInfo(str(uuid.uuid4()), owner, 'osa-inventory migrate', 'deploy1', '2026-01-02T03:04:05Z')


class TestLock:
    def test_one_holds_it_and_others_are_told_who(self, site: Site) -> None:
        storage, other = site.open(), site.open()
        mine = info()
        storage.lock(mine, 0)
        assert other.holder() == mine
        with pytest.raises(StorageLocked, match='alice@deploy1'):
            other.lock(info('bob@deploy2'), 0)
        storage.lock(mine, 0)
        storage.break_lock(mine.id)
        other.lock(info('bob@deploy2'), 0)

    def test_it_is_waited_for_until_the_time_is_up(self, storage: StorageModule) -> None:
        mine, yours = info(), info()
        storage.lock(mine, 0)
        start = time.monotonic()
        with pytest.raises(StorageLocked):
            storage.lock(yours, 0.4)
        assert 0.4 <= time.monotonic() - start < 5
        release = threading.Timer(0.3, storage.break_lock, [mine.id])
        release.start()
        storage.lock(yours, 10)
        release.join()
        assert storage.holder() == yours

    def test_it_is_broken_by_its_id_only(self, storage: StorageModule) -> None:
        mine = info()
        storage.lock(mine, 0)
        with pytest.raises(StorageLocked, match='alice@deploy1'):
            storage.break_lock(str(uuid.uuid4()))
        storage.break_lock(mine.id)
        storage.break_lock(mine.id)
        assert storage.holder() is None

    def test_it_is_the_regions_own(self, site: Site) -> None:
        site.open().lock(info(), 0)
        dataclasses.replace(site, region=f'{site.region}-other').open().lock(info(), 0)


class TestReading:
    def test_load_is_one_statement(self, site: Site) -> None:
        storage = site.open(site.reader)
        commit(site.open(), cloud(range(5)), None)
        with counted_statements(storage, writing=False) as statements:
            storage.load()
        assert [statement.split()[0] for statement, _rows in statements] == ['SELECT']

    def test_reader_needs_no_right_to_write(self, site: Site) -> None:
        first = commit(site.open(), cloud([1]), None)
        reader = site.open(site.reader)
        assert reader.load() == cloud([1])
        assert reader.history() == [first]
        assert reader.holder() is None

    @pytest.mark.parametrize('statement', [
        'UPDATE state_version SET payload = :junk WHERE region_id = REGION',
        "UPDATE state_version SET sha256 = 'other' WHERE region_id = REGION",
        "UPDATE state_version SET counts = '{' WHERE region_id = REGION",
        "UPDATE state_version SET remainder = '{' WHERE region_id = REGION",
    ])  # fmt: skip
    def test_damage_is_found(self, site: Site, statement: str) -> None:
        storage = site.open()
        commit(storage, cloud([1]), None)
        execute(site, statement, **({'junk': b'junk'} if ':junk' in statement else {}))
        with pytest.raises(StateDamaged, match=f"serial 1 of region 'default/{site.region}'"):
            storage.read()

    def test_newer_format_is_too_new(self, site: Site) -> None:
        storage = site.open()
        commit(storage, cloud([1]), None)
        execute(site, 'UPDATE state_version SET format = 2 WHERE region_id = REGION')
        with pytest.raises(StateTooNew, match='format 2'):
            storage.read()

    def test_older_state_is_restored_over_a_damaged_one(self, site: Site) -> None:
        storage = site.open()
        first = commit(storage, cloud([1]), None)
        second = commit(storage, cloud([1, 2]), first)
        execute(site, 'UPDATE state_version SET payload = :junk WHERE region_id = REGION AND serial = 2', junk=b'junk')
        base = storage.recover()
        assert base == second
        old = storage.read(1)
        assert old
        commit(storage, old.inventory, base)
        assert storage.load() == cloud([1])
        assert not relations_differ(storage)


class TestRelations:
    def test_real_inventories_one_after_the_other(self, storage: StorageModule) -> None:
        base = None
        for path in random.Random(7).sample(STATES, 8):
            base = commit(storage, json.loads(path.read_text()), base)
            assert not relations_differ(storage)

    def test_any_change_keeps_them_equal(self, sqlite_site: Site) -> None:
        storage, rng, base = sqlite_site.open(), random.Random(11), None
        for _number in range(40):
            inventory = _random_inventory(rng)
            base = commit(storage, inventory, base)
            assert not relations_differ(storage)
            assert canonical(storage.load()) == canonical(inventory)

    def test_addresses_may_change_hands(self, storage: StorageModule) -> None:
        def inventory(*owners: str) -> dict[str, t.Any]:
            networks = {name: {'n': {'address': f'10.0.0.{number}'}} for number, name in enumerate(owners)}
            return {'_meta': {'hostvars': {name: {'container_networks': value} for name, value in networks.items()}}}

        first = commit(storage, inventory('a', 'b', 'c'), None)
        commit(storage, inventory('b', 'c', 'a'), first)
        assert not relations_differ(storage)

    def test_one_more_host_writes_as_few_rows_among_many(self, site: Site) -> None:
        counts = []
        many = 2000 if site.engine == 'sqlite' else 400
        for size in (64, many):
            storage = dataclasses.replace(site, region=f'{site.region}-{size}').open()
            first = commit(storage, cloud(range(size)), None)
            with counted_statements(storage, writing=True) as statements:
                second = commit(storage, cloud(range(size + 1)), first)
            written = [
                (sql.split()[2], rows) for sql, rows in statements if sql.startswith(('INSERT', 'UPDATE', 'DELETE'))
            ]
            with counted_statements(storage, writing=True) as statements:
                commit(storage, cloud(range(size)), second)
            counts.append((written, len([sql for sql, _rows in statements if not sql.startswith('SELECT')])))
        assert counts[0] == counts[1]
        assert sum(rows for _table, rows in counts[0][0]) < 25

    def test_address_of_two_hosts_is_refused_with_their_names(self, storage: StorageModule) -> None:
        first = commit(storage, cloud([1]), None)
        twice = cloud([1, 2])
        twice['_meta']['hostvars']['host000002']['container_networks'] = host(1)['container_networks']
        with pytest.raises(
            InventoryError, match=r"'10\.0\.0\.1' of 'management_address' by 'host000001', 'host000002'"
        ):
            commit(storage, twice, first)
        assert storage.history() == [first]

    @pytest.mark.parametrize('statement', [
        "INSERT INTO host (region_id, id, name, in_hostvars) VALUES (REGION, 99, 'host000001', true)",
        "INSERT INTO address (region_id, host_id, network, address)"
        " VALUES (REGION, 2, 'tunnel', '10.0.0.1'), (REGION, 1, 'tunnel', '10.0.0.1')",
    ])  # fmt: skip
    def test_database_refuses_double_names_and_addresses(self, site: Site, statement: str) -> None:
        commit(site.open(), cloud([1, 2]), None)
        with pytest.raises(StateConflict, match=r'(?i)unique|duplicate'):
            execute(site, statement)

    def test_rows_of_another_program_stop_a_write_and_are_named(self, own_site: Site) -> None:
        storage = own_site.open()
        first = commit(storage, cloud([1]), None)
        execute(own_site, "INSERT INTO host (region_id, id, name, in_hostvars) VALUES (REGION, 99, 'host000002', true)")
        with pytest.raises(InventoryError, match='host') as caught:
            commit(storage, cloud([1, 2]), first)
        assert 'storage upgrade' in str(caught.value)
        assert storage.history() == [first]
        upgraded = own_site.open(own_site.owner).upgrade()
        assert upgraded.renewed == (f'default/{own_site.region}',)
        commit(storage, cloud([1, 2]), first)

    def test_removed_host_takes_its_rows_along(self, site: Site) -> None:
        storage = site.open()
        commit(storage, cloud([1, 2]), None)
        execute(site, "DELETE FROM host WHERE region_id = REGION AND name = 'host000001'")
        counts = {}
        for table in ('host_variable', 'address', 'group_host'):
            region = '(SELECT id FROM region WHERE name = :r)'
            query = sqlalchemy.text(f'SELECT count(DISTINCT host_id) FROM {table} WHERE region_id = {region}')
            counts[table] = storage._database.read(lambda c, q=query: c.execute(q, {'r': site.region}).scalar())
        assert counts == {'host_variable': 1, 'address': 1, 'group_host': 1}


def _random_inventory(rng: random.Random) -> dict[str, t.Any]:
    hosts = [f'h{number}' for number in rng.sample(range(12), rng.randrange(12))]
    values = [None, True, 1, 1.0, 'x', [], {'a': None}]
    addresses = iter(rng.sample(range(30), 30))
    hostvars = {
        name: {
            **{key: rng.choice(values) for key in rng.sample('abcde', rng.randrange(5))},
            'container_networks': {
                key: {'address': f'10.0.0.{next(addresses)}'} for key in rng.sample('xy', rng.randrange(3))
            },
        }
        for name in hosts
    }
    groups: dict[str, t.Any] = {}
    for name in rng.sample(['g1', 'g2', 'g3', 'g4'], rng.randrange(5)):
        groups[name] = {
            key: value
            for key, value in {
                'hosts': [rng.choice([*hosts, 'ghost']) for _number in range(rng.randrange(8))],
                'children': [rng.choice(['g1', 'g2', 'g3', 'g5']) for _number in range(rng.randrange(4))],
                'vars': {key: rng.choice(values) for key in rng.sample('abc', rng.randrange(4))},
            }.items()
            if rng.random() < 0.8
        }
    return {'_meta': {'hostvars': hostvars}, **groups}


class TestCheck:
    def levels(self, storage: StorageModule) -> dict[str, str]:
        return {finding.what: finding.level for finding in storage.check()}

    def test_writer_can_write_and_leaves_nothing(self, site: Site) -> None:
        storage = site.open()
        commit(storage, cloud([1]), None)
        levels = self.levels(storage)
        assert levels['States can be written.'] == 'ok'
        assert levels['The relations rebuild the stored inventory.'] == 'ok'
        tenants = sqlalchemy.text("SELECT count(*) FROM tenant WHERE name LIKE '.check%'")
        assert storage._database.read(lambda connection: connection.execute(tenants).scalar()) == 0

    def test_reader_cannot_and_is_told_why(self, server_site: Site) -> None:
        commit(server_site.open(), cloud([1]), None)
        findings = server_site.open(server_site.reader).check()
        (finding,) = [finding for finding in findings if finding.what.startswith('States cannot be written')]
        assert finding.level == 'warning'
        assert finding.remedy
        assert 'GRANT' in finding.remedy

    def test_server_that_acknowledges_too_early_is_reported(self, server_site: Site) -> None:
        findings = server_site.open(server_site.reader).check()
        texts = [finding.what for finding in findings if finding.level != 'ok']
        setting = {'postgresql': 'fsync', 'mariadb': 'innodb_flush_log_at_trx_commit'}[server_site.engine]
        assert any(setting in text for text in texts)

    @pytest.mark.parametrize('statement', [
        "DELETE FROM host_variable WHERE region_id = REGION AND name = 'component'",
        "UPDATE host_variable SET value = '1' WHERE region_id = REGION AND name = 'component'",
        "UPDATE host_variable SET value = '{' WHERE region_id = REGION AND name = 'component'",
        'UPDATE group_host SET position = position * -1 WHERE region_id = REGION',
        "DELETE FROM host WHERE region_id = REGION AND name = 'host000001'",
    ])  # fmt: skip
    def test_relations_changed_by_another_program_are_found_and_made_anew(self, own_site: Site, statement: str) -> None:
        storage = own_site.open()
        commit(storage, cloud([1, 2]), None)
        execute(own_site, statement)
        (finding,) = [finding for finding in storage.check() if 'elations' in finding.what and 'differ' in finding.what]
        assert finding.level == 'error'
        assert 'storage upgrade' in (finding.remedy or '')
        assert own_site.open(own_site.owner).upgrade().renewed == (f'default/{own_site.region}',)
        assert not relations_differ(storage)
        assert own_site.open(own_site.owner).upgrade().renewed == ()

    def test_damage_is_a_finding_and_stops_no_upgrade(self, own_site: Site) -> None:
        storage = own_site.open()
        commit(storage, cloud([1]), None)
        execute(own_site, 'UPDATE state_version SET payload = :junk WHERE region_id = REGION', junk=b'junk')
        assert [finding.level for finding in storage.check()][-1] == 'error'
        assert own_site.open(own_site.owner).upgrade().renewed == ()
