# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases for the tests of the SQL storage; test modules name this one in `pytest_plugins`."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible_collections.osa.inventory.tests.servers import sql
from ansible_collections.osa.inventory.tests.support.sql_samples import (
    ENGINES,
    Site,
    fresh,
    grant_writer,
    opened,
    sqlite_url,
)

SHARED = {'sqlite': 'sqlite_file_site', 'postgresql': 'postgresql_site', 'mariadb': 'mariadb_site'}
"""The fixtures with a database of each engine for all tests."""


@pytest.fixture(scope='session')
def sqlite_file_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    url = sqlite_url(tmp_path_factory.mktemp('sql') / 'inventory.db')
    opened(url).upgrade()
    return Site('sqlite', url, url, url)


def _server_site(server: sql.SQLServer, engine: str) -> t.Iterator[Site]:
    with server.database() as database:
        # The socket is quicker than TLS; TLS has tests of its own.
        site = Site(engine, database.local.owner, database.local.writer, database.local.reader, database)
        opened(site.owner).upgrade()
        grant_writer(site)
        yield site


@pytest.fixture(scope='session')
def postgresql_site(postgresql: sql.SQLServer) -> t.Iterator[Site]:
    yield from _server_site(postgresql, 'postgresql')


@pytest.fixture(scope='session')
def mariadb_site(mariadb: sql.SQLServer) -> t.Iterator[Site]:
    yield from _server_site(mariadb, 'mariadb')


@pytest.fixture
def sqlite_site(sqlite_file_site: Site) -> Site:
    """A region in a database file that has tables."""
    return fresh(sqlite_file_site)


@pytest.fixture(params=ENGINES)
def site(request: pytest.FixtureRequest) -> Site:
    """A region in a database of each engine that has tables."""
    shared: Site = request.getfixturevalue(SHARED[request.param])
    return fresh(shared)


@pytest.fixture(params=ENGINES[1:])
def server_site(request: pytest.FixtureRequest) -> Site:
    """A region in a database of each server that has tables."""
    shared: Site = request.getfixturevalue(SHARED[request.param])
    return fresh(shared)


@pytest.fixture(params=ENGINES)
def empty_site(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Site:
    """A database of each engine without tables; on SQLite no file yet."""
    if request.param == 'sqlite':
        url = sqlite_url(tmp_path / 'inventory.db')
        return Site('sqlite', url, url, url)
    database: sql.Database = request.getfixturevalue(f'{request.param}_database')
    return Site(request.param, database.local.owner, database.local.writer, database.local.reader, database)


@pytest.fixture
def own_site(empty_site: Site) -> Site:
    """A database of each engine with tables that no other test uses."""
    opened(empty_site.owner).upgrade()
    if empty_site.database:
        grant_writer(empty_site)
    return empty_site
