# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test servers do what the tests of the storages take for granted."""

from __future__ import annotations

import typing as t

import pytest
import redis
import redis.sentinel
import requests
import sqlalchemy
import swiftclient
from ansible_collections.osa.inventory.tests.servers import sql
from ansible_collections.osa.inventory.tests.servers.base import Login
from ansible_collections.osa.inventory.tests.servers.galera import Galera
from ansible_collections.osa.inventory.tests.servers.mariadb import MariaDB
from ansible_collections.osa.inventory.tests.servers.plugin import ProxyMaker
from ansible_collections.osa.inventory.tests.servers.postgresql import PostgreSQL
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis
from ansible_collections.osa.inventory.tests.servers.sentinel import Sentinel
from ansible_collections.osa.inventory.tests.servers.sql import Database
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift
from redis.backoff import NoBackoff
from redis.retry import Retry

sql_servers = pytest.mark.parametrize('kind', ['postgresql', 'mariadb'])
Server = PostgreSQL | MariaDB

HAS_TLS = {
    'postgresql': 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    'mariadb': "SELECT variable_value <> '' FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'",
}


def engine(url: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, hide_parameters=True)


def run(url: str, *statements: str) -> list[t.Any]:
    """The first column of the last statement's rows."""
    with engine(url).begin() as connection:
        for statement in statements:
            result = connection.execute(sqlalchemy.text(statement))
        return list(result.scalars()) if result.returns_rows else []


@pytest.fixture
def server(kind: str, request: pytest.FixtureRequest) -> Server:
    return t.cast('Server', request.getfixturevalue(kind))


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest) -> Database:
    return t.cast('Database', request.getfixturevalue(f'{kind}_database'))


@pytest.fixture
def tables(database: Database) -> Database:
    """A database with a table of each name that has grants, and the grants."""
    owner = engine(database.owner)
    with owner.begin() as connection:
        for table in sql.WRITER_GRANTS:
            quoted = owner.dialect.identifier_preparer.quote(table)
            connection.execute(sqlalchemy.text(f'CREATE TABLE {quoted} (id int PRIMARY KEY)'))
    sql.grant_writer(owner)
    return database


@sql_servers
class TestSQL:
    def test_port_takes_verified_tls_only(self, server: Server, database: Database) -> None:
        assert run(database.writer, HAS_TLS[server.process.name]) == [True]
        plain = server.url(server.writer, database.name, (server.host, server.port), tls=False)
        with pytest.raises(sqlalchemy.exc.OperationalError):
            run(plain, 'SELECT 1')
        other = database.writer.replace(server.certificates.ca.name, server.certificates.stranger.name)
        with pytest.raises(sqlalchemy.exc.OperationalError, match='certificate verify failed'):
            run(other, 'SELECT 1')

    def test_wrong_password_is_refused(self, server: Server, database: Database) -> None:
        wrong = server.url(Login(sql.WRITER), database.name, server.socket, tls=False)
        with pytest.raises(sqlalchemy.exc.OperationalError):
            run(wrong, 'SELECT 1')

    def test_database_is_fresh_and_gone_afterwards(self, server: Server) -> None:
        with server.database() as first, server.database() as second:
            for database in (first, second):
                run(database.local.owner, 'CREATE TABLE one (id int PRIMARY KEY)')
        with pytest.raises(sqlalchemy.exc.OperationalError):
            run(first.local.owner, 'SELECT 1')

    def test_reader_reads_only(self, tables: Database) -> None:
        assert run(tables.reader, 'SELECT id FROM host') == []
        with pytest.raises((sqlalchemy.exc.InternalError, sqlalchemy.exc.OperationalError)):
            run(tables.reader, 'INSERT INTO host VALUES (1)')

    def test_writer_only_appends_versions(self, tables: Database) -> None:
        run(tables.writer, 'INSERT INTO state_version VALUES (1)', 'INSERT INTO host VALUES (1)')
        run(tables.local.writer, 'UPDATE host SET id = 2', 'DELETE FROM host', 'DELETE FROM state_version')
        for refused in ('UPDATE state_version SET id = 2', 'DELETE FROM tenant', 'CREATE TABLE other (id int)'):
            with pytest.raises((sqlalchemy.exc.ProgrammingError, sqlalchemy.exc.OperationalError), match='denied'):
                run(tables.writer, refused)

    def test_accounts_of_one_database_see_no_other(self, server: Server, database: Database) -> None:
        with server.database() as other:
            run(other.owner, 'CREATE TABLE one (id int PRIMARY KEY)')
            assert run(other.reader, 'SELECT id FROM one') == []
        assert run(database.reader, 'SELECT 1') == [1]

    def test_answer_lost_at_commit_means_stored(
        self, server: Server, tables: Database, fault_proxy: ProxyMaker
    ) -> None:
        proxy = fault_proxy(server.socket)
        proxy.arm(server.COMMIT)
        with pytest.raises(sqlalchemy.exc.OperationalError) as caught:
            run(tables.through(proxy).writer, 'INSERT INTO state_version VALUES (7)')
        assert caught.value.connection_invalidated
        assert proxy.dropped == 1
        assert run(tables.reader, 'SELECT id FROM state_version') == [7]

    def test_proxy_to_the_port_carries_tls(self, server: Server, tables: Database, fault_proxy: ProxyMaker) -> None:
        proxy = fault_proxy(server.host, server.port)
        assert run(tables.through(proxy).reader, 'SELECT 1') == [1]
        proxy.mode = 'refuse'
        with pytest.raises(sqlalchemy.exc.OperationalError):
            run(tables.through(proxy).reader, 'SELECT 1')

    def test_killed_and_launched_again_it_has_what_it_acknowledged(self, server: Server, tables: Database) -> None:
        run(tables.writer, 'INSERT INTO state_version VALUES (1)')
        server.kill()
        with pytest.raises(sqlalchemy.exc.OperationalError):
            run(tables.reader, 'SELECT 1')
        server.launch()
        assert run(tables.reader, 'SELECT id FROM state_version') == [1]


class TestGalera:
    def test_both_nodes_write_and_read(self, galera: Galera, galera_databases: tuple[Database, Database]) -> None:
        first, second = galera_databases
        run(first.owner, 'CREATE TABLE one (id int PRIMARY KEY)', 'INSERT INTO one VALUES (1)')
        run(second.local.owner, 'SET SESSION wsrep_sync_wait = 1', 'INSERT INTO one VALUES (2)')
        galera.settle()
        for database in galera_databases:
            assert run(database.reader, 'SELECT id FROM one ORDER BY id') == [1, 2]

    @pytest.mark.parametrize('fault', ['kill', 'freeze'])
    def test_one_without_the_other_refuses(
        self, galera: Galera, galera_databases: tuple[Database, Database], fault: str
    ) -> None:
        first, second = galera_databases
        run(first.owner, 'CREATE TABLE one (id int PRIMARY KEY)')
        galera.settle()
        getattr(galera.nodes[0], fault)()
        with pytest.raises(sqlalchemy.exc.OperationalError):
            run(second.owner, 'INSERT INTO one VALUES (1)')
        with pytest.raises(sqlalchemy.exc.OperationalError, match='1047'):
            run(second.owner, 'SELECT id FROM one')
        galera.launch()
        assert run(first.owner, 'SELECT id FROM one') == run(second.owner, 'SELECT id FROM one') == []

    def test_one_goes_on_when_the_other_stopped(
        self, galera: Galera, galera_databases: tuple[Database, Database]
    ) -> None:
        first, second = galera_databases
        galera.nodes[0].stop()
        run(second.owner, 'CREATE TABLE one (id int PRIMARY KEY)', 'INSERT INTO one VALUES (1)')
        galera.nodes[0].launch()
        assert run(first.owner, 'SELECT id FROM one') == [1]

    def test_bootstrap_ends_the_refusal(self, galera: Galera, galera_databases: tuple[Database, Database]) -> None:
        second = galera_databases[1]
        galera.nodes[0].kill()
        with pytest.raises(sqlalchemy.exc.OperationalError):
            run(second.owner, 'CREATE TABLE one (id int PRIMARY KEY)')
        galera.nodes[1].bootstrap()
        assert run(second.owner, 'CREATE TABLE two (id int PRIMARY KEY)', 'SELECT id FROM two') == []

    @pytest.mark.parametrize('end', ['kill', 'stop'])
    def test_both_come_back(self, galera: Galera, galera_databases: tuple[Database, Database], end: str) -> None:
        first, second = galera_databases
        run(first.owner, 'CREATE TABLE one (id int PRIMARY KEY)', 'INSERT INTO one VALUES (1)')
        getattr(galera, end)()
        galera.launch()
        assert run(second.owner, 'SELECT id FROM one') == [1]


class TestRedis:
    @pytest.mark.parametrize('way', ['tls', 'plain', 'socket'])
    def test_users_log_in_by_every_way(self, redis_server: Redis, way: str, fresh_region: str) -> None:
        key = f'osa:{{{fresh_region}}}:head'
        with connected(redis_url(redis_server, redis_server.writer, way)) as writer:
            writer.set(key, 'one')
        with connected(redis_url(redis_server, redis_server.reader, way)) as reader:
            assert reader.get(key) == b'one'
            with pytest.raises(redis.exceptions.NoPermissionError):
                reader.set(key, 'two')

    def test_writer_has_its_own_keys_only(self, redis_server: Redis) -> None:
        with connected(redis_server.url(redis_server.writer)) as writer:
            for command in (('GET', 'other'), ('FLUSHALL',), ('CONFIG', 'GET', '*'), ('KEYS', '*')):
                with pytest.raises(redis.exceptions.NoPermissionError):
                    writer.execute_command(*command)

    def test_no_access_without_the_right_login(self, redis_server: Redis) -> None:
        stranger = Login(redis_server.writer.user)
        for url in (redis_server.url(stranger), f'redis://{redis_server.host}:{redis_server.port}'):
            with connected(url) as client, pytest.raises(redis.exceptions.AuthenticationError):
                client.ping()

    def test_certificate_is_verified(self, redis_server: Redis) -> None:
        certificates = redis_server.certificates
        url = redis_server.url(redis_server.writer).replace(certificates.ca.name, certificates.stranger.name)
        with connected(url) as client, pytest.raises(redis.exceptions.ConnectionError, match='certificate verify'):
            client.ping()

    def test_killed_and_launched_again_it_has_what_it_acknowledged(self, redis_server: Redis) -> None:
        with redis_server.client() as client:
            client.set('kept', 'one')
            redis_server.kill()
            with pytest.raises(redis.exceptions.ConnectionError):
                client.ping()
            redis_server.launch()
            assert client.get('kept') == b'one'

    def test_volatile_variant_forgets(self, redis_server: Redis) -> None:
        with redis_server.variant(appendonly='no') as server, server.client() as client:
            assert client.get('kept') is None
            client.set('lost', 'one')
            server.kill()
            server.launch()
            assert client.get('lost') is None

    def test_evicting_variant_loses_what_it_acknowledged(self, redis_server: Redis) -> None:
        variant = redis_server.variant(maxmemory='3mb', maxmemory_policy='allkeys-lru')
        with variant as server, server.client() as client:
            for number in range(8):
                client.set(str(number), bytes(400_000))
            assert client.dbsize() < 8

    def test_variant_with_one_password(self, redis_server: Redis) -> None:
        with redis_server.variant(requirepass=True) as server, connected(server.url(server.writer)) as client:
            assert client.config_get('requirepass') == {'requirepass': server.writer.password}

    def test_answer_lost_means_done(self, redis_server: Redis, fault_proxy: ProxyMaker, fresh_region: str) -> None:
        key = f'osa:{{{fresh_region}}}:count'
        proxy = fault_proxy(redis_server.host, redis_server.port)
        proxy.arm(b'LPUSH')
        with connected(redis_server.url(redis_server.admin, tls=False, proxy=proxy)) as client:
            with pytest.raises(redis.exceptions.ConnectionError):
                client.lpush(key, 'one')
            assert client.llen(key) == 1


class TestSentinel:
    @pytest.mark.parametrize('fixture', ['sentinel', 'tls_sentinel'])
    def test_fails_over_to_the_replica_with_its_data(self, fixture: str, request: pytest.FixtureRequest) -> None:
        sentinel: Sentinel = request.getfixturevalue(fixture)
        with sentinel.primary().client() as client:
            client.set('kept', 'one')
            assert client.wait(1, 2000) == 1
        tls = {'ssl': True, 'ssl_ca_certs': str(sentinel.servers[0].certificates.ca)} if sentinel.tls else {}
        finder = redis.sentinel.Sentinel(
            sentinel.addresses, sentinel_kwargs={'password': sentinel.login.password, **tls}
        )
        primary = finder.master_for(
            sentinel.service, username=sentinel.admin.user, password=sentinel.admin.password, **tls
        )
        assert primary.get('kept') == b'one'
        other = sentinel.fail_over()
        assert other is sentinel.primary() is sentinel.servers[1]
        assert primary.get('kept') == b'one'
        primary.set('kept', 'two')

    def test_needs_its_password(self, sentinel: Sentinel) -> None:
        host, port = sentinel.addresses[0]
        with connected(f'redis://{host}:{port}') as client, pytest.raises(redis.exceptions.AuthenticationError):
            client.sentinel_masters()


class TestSwift:
    def test_writer_writes_and_reader_reads(self, swift_server: Swift, swift_container: str) -> None:
        swift_server.client(swift_server.writer).put_object(swift_container, 'name', b'one')
        reader = swift_server.client(swift_server.reader)
        assert reader.get_object(swift_container, 'name')[1] == b'one'
        assert [entry['name'] for entry in reader.get_container(swift_container)[1]] == ['name']
        with pytest.raises(swiftclient.ClientException, match='403'):
            reader.put_object(swift_container, 'name', b'two')

    def test_wrong_key_is_refused(self, swift_server: Swift) -> None:
        with pytest.raises(swiftclient.ClientException, match='Unauthorized'):
            swift_server.client(Login(swift_server.writer.user)).get_account()

    def test_if_none_match_refuses_a_second_object(self, swift_server: Swift, swift_container: str) -> None:
        client = swift_server.client()
        client.put_object(swift_container, 'name', b'one', headers={'If-None-Match': '*'})
        with pytest.raises(swiftclient.ClientException, match='412'):
            client.put_object(swift_container, 'name', b'two', headers={'If-None-Match': '*'})

    def test_killed_container_server_makes_the_listing_lag(self, swift_server: Swift, swift_container: str) -> None:
        client = swift_server.client()
        client.put_object(swift_container, 'first', b'one')
        swift_server.container_server.kill()
        client.put_object(swift_container, 'second', b'two')
        swift_server.launch()
        assert [entry['name'] for entry in client.get_container(swift_container)[1]] == ['first']
        assert client.get_object(swift_container, 'second')[1] == b'two'

    def test_killed_object_server_comes_back_with_its_objects(self, swift_server: Swift, swift_container: str) -> None:
        client = swift_server.client()
        client.put_object(swift_container, 'name', b'one')
        swift_server.object_server.kill()
        for request in (client.get_object, client.put_object):
            with pytest.raises(swiftclient.ClientException, match='503'):
                request(swift_container, 'name', b'two')
        swift_server.launch()
        assert client.get_object(swift_container, 'name')[1] == b'one'

    def test_answer_lost_means_stored(self, swift_server: Swift, swift_container: str, fault_proxy: ProxyMaker) -> None:
        proxy = fault_proxy(swift_server.host, swift_server.port)
        proxy.arm(f'{swift_container}/name'.encode())
        login = swift_server.writer
        through = swiftclient.Connection(swift_server.auth_url(proxy), login.user, login.password, retries=0)
        with pytest.raises(requests.ConnectionError):
            through.put_object(swift_container, 'name', b'one')
        assert through.get_object(swift_container, 'name')[1] == b'one'


def redis_url(server: Redis, login: Login, way: str) -> str:
    return server.socket_url(login) if way == 'socket' else server.url(login, tls=way == 'tls')


def connected(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0))
