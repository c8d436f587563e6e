# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `sql` on each engine, held to the contract."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import sqlalchemy
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import FORMAT, Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.schema import tables
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.storage import StorageModule
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import (
    FaultProxy,
    StorageContract,
    opened,
)
from ansible_collections.osa.inventory.tests.servers import sql
from ansible_collections.osa.inventory.tests.servers.galera import Galera
from ansible_collections.osa.inventory.tests.servers.mariadb import MariaDB
from ansible_collections.osa.inventory.tests.servers.postgresql import PostgreSQL


@pytest.fixture(scope='class')
def sqlite_tables(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp('sqlite') / 'inventory.db'
    request.cls.path, request.cls.owner = path, f'sqlite:///{path}'
    upgrade(request.cls.owner)


@pytest.fixture(scope='class')
def postgresql_tables(request: pytest.FixtureRequest, postgresql: PostgreSQL) -> t.Iterator[None]:
    with postgresql.database() as database:
        request.cls.use(database)
        yield


@pytest.fixture(scope='class')
def mariadb_tables(request: pytest.FixtureRequest, mariadb: MariaDB) -> t.Iterator[None]:
    with mariadb.database() as database:
        request.cls.use(database)
        yield


@pytest.fixture(scope='class')
def galera_tables(request: pytest.FixtureRequest, _galera: Galera) -> t.Iterator[None]:
    _galera.launch()
    with _galera.database() as databases:
        request.cls.use(databases[0])
        request.cls.databases = databases
        _galera.settle()
        yield


def upgrade(owner: str) -> None:
    """Make the tables."""
    storage = StorageModule()
    storage.register({'url': owner})
    storage.upgrade()


class SQLContract(StorageContract):
    """What all engines have in common. owner: the URL of whoever owns the tables."""

    owner: str

    def run_sql(self, *statements: sqlalchemy.Executable) -> list[t.Any]:
        """Run statements as the owner; the rows of the last, if it has any."""
        engine = sqlalchemy.create_engine(self.owner, poolclass=sqlalchemy.NullPool)
        with engine.begin() as connection:
            results = [connection.execute(statement) for statement in statements]
            return results[-1].fetchall() if results[-1].returns_rows else []

    def newest(self, tenant: str, region: str) -> sqlalchemy.ColumnElement[bool]:
        """The condition for the newest version of a region."""
        known = tables()
        joined = known.state_version.join(known.region).join(known.tenant)
        wanted = sqlalchemy.select(known.state_version.c.region_id, known.state_version.c.serial).select_from(joined)
        named = wanted.where(known.tenant.c.name == tenant, known.region.c.name == region)
        ((number, serial),) = self.run_sql(named.order_by(known.state_version.c.serial.desc()).limit(1))
        return (known.state_version.c.region_id == number) & (known.state_version.c.serial == serial)

    def damage(self, tenant: str, region: str) -> None:
        self.run_sql(sqlalchemy.update(tables().state_version).where(self.newest(tenant, region)).values(payload=b'x'))

    def make_newer(self, tenant: str, region: str) -> None:
        newer = sqlalchemy.update(tables().state_version).values(format=FORMAT + 1)
        self.run_sql(newer.where(self.newest(tenant, region)))

    def remove(self, tenant: str, region: str) -> None:
        known = tables()
        ((number,),) = self.run_sql(sqlalchemy.select(known.region.c.id).where(known.region.c.name == region))
        self.run_sql(*(sqlalchemy.delete(table).where(table.c.region_id == number) for table in of_a_region()))

    def footprint(self) -> object:
        return {
            table.name: sorted(map(repr, self.run_sql(sqlalchemy.select(table))))
            for table in tables().metadata.sorted_tables
        }


def of_a_region() -> list[sqlalchemy.Table]:
    """The tables that hold regions' states, those that refer to others first."""
    return [table for table in reversed(tables().metadata.sorted_tables) if 'region_id' in table.c]


@pytest.mark.usefixtures('sqlite_tables')
class TestSQLite(SQLContract):
    """A file."""

    writes_files = True

    path: pathlib.Path

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        return opened(StorageModule, tenant, region, url=self.owner, **options)

    def open_unreachable(self, tenant: str, region: str) -> Storage:
        return opened(StorageModule, tenant, region, url=f'sqlite:///{self.path.parent}/nowhere/inventory.db')

    def open_refused(self, tenant: str, region: str) -> Storage:
        empty = self.path.with_name('no-tables.db')
        empty.touch(mode=0o600)
        return opened(StorageModule, tenant, region, url=f'sqlite:///{empty}')


class ServerContract(SQLContract):
    """What servers have in common. database: one with tables."""

    database: sql.Database

    @classmethod
    def use(cls, database: sql.Database) -> None:
        """Make the tables."""
        server = database.server
        cls.database, cls.owner = database, database.local.owner
        cls.server, cls.commit_request = server.socket, server.COMMIT
        cls.secrets = [login.password for login in (server.owner, server.writer, server.reader)]
        upgrade(cls.owner)
        sql.grant_writer(sqlalchemy.create_engine(cls.owner, poolclass=sqlalchemy.NullPool))

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        return opened(StorageModule, tenant, region, **{'url': self.database.local.writer, **options})

    def open_unreachable(self, tenant: str, region: str) -> Storage:
        nobody = FaultProxy(self.database.server.socket)
        nobody.close()
        return self.open_at(nobody, tenant, region)

    def open_refused(self, tenant: str, region: str) -> Storage:
        url = sqlalchemy.make_url(self.database.local.writer).set(password='not the password')
        return self.open(tenant, region, url=url.render_as_string(hide_password=False))

    def open_read_only(self, tenant: str, region: str) -> Storage:
        return self.open(tenant, region, url=self.database.local.reader)

    def open_at(self, proxy: FaultProxy, tenant: str, region: str, **options: t.Any) -> Storage:
        return self.open(tenant, region, **{'url': self.database.through(proxy).writer, **options})


@pytest.mark.usefixtures('postgresql_tables')
class TestPostgreSQL(ServerContract):
    """PostgreSQL."""


@pytest.mark.usefixtures('mariadb_tables')
class TestMariaDB(ServerContract):
    """MariaDB."""


@pytest.mark.usefixtures('galera_tables')
class TestGalera(ServerContract):
    """Both nodes of a cluster: each object that is opened uses the other one than the last."""

    databases: tuple[sql.Database, sql.Database]
    turn = 0

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        cls = type(self)
        cls.turn = 1 - cls.turn
        return super().open(tenant, region, **{'url': self.databases[cls.turn].local.writer, **options})
