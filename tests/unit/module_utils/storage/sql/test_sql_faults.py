# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `sql` under races, lost answers, silent and killed servers, wrong credentials and limits."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
import pathlib
import random
import signal
import time
import traceback
import typing as t
import urllib.parse

import pytest
import sqlalchemy
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    OSAInventoryError,
    StateTooLarge,
    StorageLocked,
    StorageOptionError,
    StorageRefused,
    StorageUnreachable,
    WriteUncertain,
)
from ansible_collections.osa.inventory.plugins.module_utils.results import Result
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import LockInfo
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.metadata import account
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.storage import StorageModule
from ansible_collections.osa.inventory.tests.servers.plugin import ProxyMaker
from ansible_collections.osa.inventory.tests.servers.proxy import FaultProxy
from ansible_collections.osa.inventory.tests.servers.sql import Database
from ansible_collections.osa.inventory.tests.support.sql_samples import (
    Site,
    assert_nothing_lost,
    cloud,
    commit,
    fresh,
    grow,
    opened,
    raced,
    relations_differ,
)

pytest_plugins = ['ansible_collections.osa.inventory.tests.support.sql_fixtures']

LIMIT = 1.0


class Faulty(t.NamedTuple):
    """A region that is reached through a proxy, and without."""

    proxy: FaultProxy
    storage: StorageModule
    direct: StorageModule
    commit: bytes


@pytest.fixture
def faulty(server_site: Site, fault_proxy: ProxyMaker) -> Faulty:
    assert server_site.database
    proxy = fault_proxy(server_site.database.server.socket)
    url = server_site.database.through(proxy).writer
    # Not `COMMITTED`, which is in PostgreSQL's BEGIN.
    commit_bytes = {'postgresql': b'COMMIT\0', 'mariadb': b'\x03COMMIT'}[server_site.engine]
    return Faulty(proxy, server_site.open(url, timeout=LIMIT), server_site.open(), commit_bytes)


@contextlib.contextmanager
def in_time() -> t.Iterator[None]:
    """Fail if the time limit is not kept, with room for a busy machine."""
    start = time.monotonic()
    yield
    assert time.monotonic() - start < 5 * LIMIT + 5


class TestRaces:
    def test_nothing_is_lost_between_eight_processes(self, site: Site) -> None:
        written = raced([site.writer], site.region, processes=8, writes=3)
        assert len(written) == 24
        assert_nothing_lost(site.open(), written)

    def test_one_of_eight_gets_the_lock(self, site: Site) -> None:
        storages = [site.open(timeout=60) for _number in range(8)]

        def take(number: int) -> bool:
            info = LockInfo(str(number), f'owner{number}', 'test', 'host', '2026-01-02T03:04:05Z')
            try:
                storages[number].lock(info, 0)
            except StorageLocked:
                return False
            return True

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(take, range(8)))
        assert taken.count(True) == 1
        holder = storages[0].holder()
        assert holder
        assert holder.id == str(taken.index(True))


class TestLostAnswers:
    def test_lost_answer_to_commit_is_uncertain_and_settled_by_write_id(self, faulty: Faulty) -> None:
        first = commit(faulty.direct, cloud([1]), None)
        meta = account(cloud([1, 2]), first, 'lost')
        faulty.proxy.arm(faulty.commit)
        with pytest.raises(WriteUncertain):
            faulty.storage.commit(cloud([1, 2]), meta, first)
        assert faulty.proxy.dropped == 1
        state = faulty.storage.read()
        assert state
        assert state.meta.write_id == meta.write_id
        assert not relations_differ(faulty.direct)

    def test_driver_writes_once(self, faulty: Faulty, tmp_path: pathlib.Path) -> None:
        commit(faulty.direct, cloud([1]), None)
        store = Store(faulty.storage, str(tmp_path))
        faulty.proxy.arm(faulty.commit)
        store.update(lambda stored: Result(cloud([1, 2])), 'lost')
        assert faulty.proxy.dropped == 1
        assert faulty.direct.load() == cloud([1, 2])
        assert [meta.message for meta in faulty.direct.history()] == ['lost', 'test']

    @pytest.mark.parametrize('sent', [3000, 20000, 60000])
    def test_cut_in_the_middle_means_not_written(self, faulty: Faulty, sent: int) -> None:
        first = commit(faulty.direct, cloud([1]), None)
        faulty.proxy.cut(up=sent)
        with pytest.raises(StorageUnreachable):
            commit(faulty.storage, cloud(range(400)), first)
        assert faulty.proxy.cuts == 1
        assert faulty.direct.load() == cloud([1])
        assert not relations_differ(faulty.direct)

    def test_connections_that_are_reset_are_made_anew(self, faulty: Faulty) -> None:
        faulty.storage.load()
        faulty.proxy.reset_connections()
        assert faulty.storage.load() is None


class TestSilence:
    def test_silent_server_is_unreachable_when_connecting(self, faulty: Faulty) -> None:
        faulty.proxy.mode = 'blackhole'
        with in_time(), pytest.raises(StorageUnreachable):
            faulty.storage.read()

    def test_server_that_falls_silent_is_unreachable(self, faulty: Faulty) -> None:
        def query(connection: sqlalchemy.Connection) -> None:
            faulty.proxy.mode = 'blackhole'
            connection.exec_driver_sql('SELECT 1')

        for run in (faulty.storage._database.read, faulty.storage._database.write):
            faulty.proxy.mode = 'pass'
            with in_time(), pytest.raises(StorageUnreachable):
                run(query)

    def test_server_that_falls_silent_at_commit_leaves_it_uncertain(self, faulty: Faulty) -> None:
        def action(connection: sqlalchemy.Connection) -> None:
            connection.exec_driver_sql('SELECT 1')
            faulty.proxy.mode = 'blackhole'

        with in_time(), pytest.raises(WriteUncertain):
            faulty.storage._database.write(action)

    def test_refused_connection_is_unreachable(self, faulty: Faulty) -> None:
        faulty.proxy.mode = 'refuse'
        with pytest.raises(StorageUnreachable):
            faulty.storage.read()
        with pytest.raises(StorageUnreachable):
            commit(faulty.storage, cloud([1]), None)
        assert [finding.level for finding in faulty.storage.check()] == ['error']

    def test_port_where_nobody_listens_is_unreachable(self, faulty: Faulty) -> None:
        faulty.proxy.close()
        with in_time(), pytest.raises(StorageUnreachable):
            faulty.storage.read()

    def test_killed_server_is_unreachable_and_has_everything_afterwards(self, server_site: Site) -> None:
        assert server_site.database
        storage = server_site.open(timeout=LIMIT)
        first = commit(storage, cloud([1]), None)
        server_site.database.server.kill()
        try:
            with pytest.raises(StorageUnreachable):
                storage.read()
        finally:
            server_site.database.server.launch()
        assert storage.history() == [first]


class TestKilledWriter:
    def test_whole_state_whenever_a_writer_is_killed(self, server_site: Site) -> None:
        commit(server_site.open(), {'_meta': {'hostvars': {}}, 'all_containers': {'hosts': []}}, None)
        context = multiprocessing.get_context('fork')
        rng = random.Random(3)
        for number in range(6):
            arguments = (server_site.writer, server_site.region, number, 1000)
            process = context.Process(target=grow, args=arguments)
            before = len(server_site.open().history())
            process.start()
            deadline = time.monotonic() + 30
            while len(server_site.open().history()) == before and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(rng.uniform(0, 0.2))
            assert process.pid
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            assert server_site.open().read()
        storage = server_site.open()
        assert len(storage.history()) > 1
        assert not relations_differ(storage)


def refusals(database: Database) -> dict[str, tuple[str, dict[str, t.Any], type[OSAInventoryError]]]:
    """Ways to be turned away: URL, options, and the error."""
    plain = _without_query(database.writer)
    authority = str(database.server.certificates.ca)  # type: ignore[attr-defined]
    stranger = str(database.server.certificates.stranger)  # type: ignore[attr-defined]
    encrypted = {'tls_ca_file': authority}
    url = sqlalchemy.make_url(plain)
    text = {'postgresql': '?sslmode=disable', 'mysql': '?ssl_disabled=true'}[url.get_backend_name()]
    return {
        'wrong password': (_text(url.set(password='wr0ng-s3cr3t')), encrypted, StorageRefused),
        'unknown user': (_text(url.set(username='nobody')), encrypted, StorageRefused),
        'unknown database': (_text(url.set(database='no_such')), encrypted, StorageRefused),
        'no TLS': (plain + text, {}, StorageRefused),
        'strange authority': (plain, {'tls_ca_file': stranger}, StorageRefused),
    }


def _text(url: sqlalchemy.URL) -> str:
    return url.render_as_string(hide_password=False)


def _without_query(url: str) -> str:
    return _text(sqlalchemy.make_url(url).set(query={}))


class TestRefusals:
    @pytest.mark.parametrize(
        'way', ['wrong password', 'unknown user', 'unknown database', 'no TLS', 'strange authority']
    )
    def test_refused_without_a_secret_in_any_text(self, server_site: Site, way: str, caplog: t.Any) -> None:
        assert server_site.database
        url, options, kind = refusals(server_site.database)[way]
        storage = opened(url, region=server_site.region, timeout=5, **options)
        for operation in (storage.read, storage.history, lambda: commit(storage, cloud([1]), None)):
            with pytest.raises(kind) as caught:
                operation()
            _assert_no_secret(url, caught.value, storage, caplog.text)
        findings = storage.check()
        assert [finding.level for finding in findings] == ['error']
        _assert_no_secret(url, None, findings, '')

    def test_missing_certificate_file_is_named(self, server_site: Site) -> None:
        assert server_site.database
        url = _without_query(server_site.database.writer)
        storage = opened(url, region=server_site.region, tls_ca_file='/no/such/ca.pem')
        with pytest.raises((StorageRefused, StorageOptionError), match=r'/no/such/ca\.pem'):
            storage.read()

    def test_tls_by_option_and_by_url(self, server_site: Site) -> None:
        assert server_site.database
        database = server_site.database
        ca = str(database.server.certificates.ca)  # type: ignore[attr-defined]
        by_option = opened(_without_query(database.writer), region=server_site.region, tls_ca_file=ca)
        first = commit(by_option, cloud([1]), None)
        by_url = opened(database.writer, region=server_site.region)
        assert by_url.history() == [first]
        for storage in (by_option, by_url):
            engine = storage._database.engine
            assert storage._database.read(engine.is_encrypted)
            assert engine.is_verified

    def test_error_of_a_statement_shows_no_value(self, server_site: Site) -> None:
        storage = server_site.open(server_site.reader)
        secret = cloud([1])
        secret['_meta']['hostvars']['host000001']['password'] = 'v4lue-s3cr3t'
        with pytest.raises(StorageRefused) as caught:
            commit(storage, secret, None)
        assert 'v4lue-s3cr3t' not in ''.join(traceback.format_exception(caught.value))


def _assert_no_secret(url: str, error: BaseException | None, shown: object, log: str) -> None:
    password = str(sqlalchemy.make_url(url).password)
    text = repr(shown) + log + (''.join(traceback.format_exception(error)) + repr(error) if error else '')
    for form in (password, urllib.parse.quote(password, safe=''), password[:16]):
        assert form not in text


class TestLimits:
    @pytest.fixture
    def small(self, mariadb_site: Site) -> t.Iterator[Site]:
        """A MariaDB that takes packets of at most 1 MB."""
        assert mariadb_site.database
        server = mariadb_site.database.server
        server.administer('SET GLOBAL max_allowed_packet = 1048576')
        yield fresh(mariadb_site)
        server.administer('SET GLOBAL max_allowed_packet = 16777216')

    @pytest.mark.parametrize('text', [random.Random(1).randbytes(400_000).hex(), 'x' * 400_000, 'é' * 200_000])
    def test_what_the_packet_cannot_hold_is_too_large(self, small: Site, text: str) -> None:
        storage = small.open()
        first = commit(storage, {'_meta': {'hostvars': {'a': {'x': text[:100_000]}}}}, None)
        with pytest.raises(StateTooLarge, match='1048576') as caught:
            commit(storage, {'_meta': {'hostvars': {'a': {'x': text}}}}, first)
        assert 'max_allowed_packet' in str(caught.value)
        assert storage.history() == [first]

    def test_many_values_that_are_small_fit(self, small: Site) -> None:
        storage = small.open()
        commit(storage, cloud(range(1500)), None)
        assert storage.load() == cloud(range(1500))

    def test_large_values_come_back_everywhere(self, site: Site) -> None:
        inventory = {'_meta': {'hostvars': {'a': {'x': 'é"\\' * 500_000}}}, 'g': {'vars': {'y': ['z' * 1_000_000]}}}
        storage = site.open()
        commit(storage, inventory, None)
        assert storage.load() == inventory
        assert not relations_differ(storage)
