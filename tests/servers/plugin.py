# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real servers as pytest fixtures.

| fixture | gives |
| --- | --- |
| `postgresql`, `mariadb` | the server, one for the session: `sql.SQLServer` |
| `postgresql_database`, `mariadb_database` | a fresh `sql.Database`: URLs for the owner, the writer, the reader |
| `galera` | two nodes that run, whatever an earlier test did to them: `galera.Galera` |
| `galera_databases` | a fresh database on it, by way of each node |
| `redis_server` | the server, one for the session, with its variants: `redis_server.Redis` |
| `sentinel`, `tls_sentinel` | new servers, a primary and a replica, with three Sentinels: `sentinel.Sentinel` |
| `fresh_region` | a region's name that no other test uses |
| `swift_server` | Swift, one for the session: `swift_server.Swift` |
| `swift_container` | the name of a new container on it |
| `fault_proxy` | a function: to a host and port or to a unix socket it makes a `proxy.FaultProxy` |

A server that is not installed skips its tests, says at the end what would install it, and fails them where CI is set.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import typing as t

import pytest

from .base import Server, ServerType, running
from .galera import Galera
from .mariadb import MariaDB
from .postgresql import PostgreSQL
from .process import ServerMissing
from .proxy import FaultProxy
from .redis_server import Redis
from .sentinel import Sentinel
from .sql import Database
from .swift_server import Swift

_MISSING = 'Server missing: '


class ProxyMaker(t.Protocol):
    """Makes a proxy to a host and port, or to a unix socket."""

    def __call__(self, target: str, port: int | None = None) -> FaultProxy: ...


@contextlib.contextmanager
def had(kind: type[ServerType], **settings: t.Any) -> t.Iterator[ServerType]:
    """A running server of that class, or a loud end of the test that wants it."""
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(running(kind, **settings))
        except (ServerMissing, ModuleNotFoundError) as error:
            text = f'{_MISSING}{error} Install it: {kind.INSTALL}'
            if os.environ.get('CI'):
                pytest.fail(text, pytrace=False)
            pytest.skip(text)
        yield server


@pytest.fixture(scope='session')
def postgresql() -> t.Iterator[PostgreSQL]:
    """A PostgreSQL server."""
    with had(PostgreSQL) as server:
        yield server


@pytest.fixture
def postgresql_database(postgresql: PostgreSQL) -> t.Iterator[Database]:
    """A fresh database on PostgreSQL."""
    with postgresql.database() as database:
        yield database


@pytest.fixture(scope='session')
def mariadb() -> t.Iterator[MariaDB]:
    """A MariaDB server."""
    with had(MariaDB) as server:
        yield server


@pytest.fixture
def mariadb_database(mariadb: MariaDB) -> t.Iterator[Database]:
    """A fresh database on MariaDB."""
    with mariadb.database() as database:
        yield database


@pytest.fixture(scope='session')
def _galera() -> t.Iterator[Galera]:
    with had(Galera) as server:
        yield server


@pytest.fixture
def galera(_galera: Galera) -> Galera:
    """A Galera cluster of two nodes that run, whatever an earlier test did to them."""
    _galera.launch()
    return _galera


@pytest.fixture
def galera_databases(galera: Galera) -> t.Iterator[tuple[Database, Database]]:
    """A fresh database on Galera, by way of each node."""
    with galera.database() as databases:
        yield databases


@pytest.fixture(scope='session')
def redis_server() -> t.Iterator[Redis]:
    """A Redis server that keeps what it acknowledges and never evicts."""
    with had(Redis) as server:
        yield server


@pytest.fixture
def sentinel() -> t.Iterator[Sentinel]:
    """A new pair of Redis servers with three Sentinels."""
    with had(Sentinel) as server:
        yield server


@pytest.fixture
def tls_sentinel() -> t.Iterator[Sentinel]:
    """The same with TLS between all."""
    with had(Sentinel, tls=True) as server:
        yield server


@pytest.fixture(scope='session')
def swift_server() -> t.Iterator[Swift]:
    """A Swift with one replica of everything."""
    with had(Swift) as server:
        yield server


@pytest.fixture
def swift_container(swift_server: Swift) -> str:
    """The name of a new, empty container on Swift."""
    return swift_server.container()


@pytest.fixture
def fault_proxy() -> t.Iterator[ProxyMaker]:
    """Makes proxies, which end with the test."""
    with contextlib.ExitStack() as stack:

        def make(target: str, port: int | None = None) -> FaultProxy:
            proxy = FaultProxy(target if port is None else (target, port))
            stack.callback(proxy.close)
            return proxy

        yield make


@pytest.fixture
def fresh_region() -> str:
    """A region's name that no other test uses."""
    return f'region-{secrets.token_hex(6)}'


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have all tests of a server that is slow to start run in one worker (with `--dist loadgroup`)."""
    for item in items:
        for fixture in {'_galera', 'swift_server'}.intersection(getattr(item, 'fixturenames', ())):
            item.add_marker(pytest.mark.xdist_group(fixture))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> t.Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the logs of a failed test's servers to its report."""
    report = yield
    if report.failed:
        used = getattr(item, 'funcargs', {}).values()
        for server in dict.fromkeys(value for value in used if isinstance(value, Server)):
            report.sections.append((f'log of {type(server).__name__}', server.log()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once more what is not installed."""
    texts = {
        str(report.longrepr[2]).partition(_MISSING)[2]
        for report in terminalreporter.stats.get('skipped', ())
        if isinstance(report.longrepr, tuple) and _MISSING in report.longrepr[2]
    }
    if texts:
        terminalreporter.section('servers that are missing, and their tests skipped', yellow=True)
        for text in sorted(texts):
            terminalreporter.line(text)
