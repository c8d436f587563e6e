# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the SQL servers have in common: three accounts with least privileges, and a fresh database per test."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import secrets
import typing as t
import urllib.parse

from .base import HOST, Address, Login, Server
from .certificates import Certificates
from .proxy import FaultProxy

if t.TYPE_CHECKING:
    import sqlalchemy

READER = 'osa_reader'
WRITER = 'osa_writer'
OWNER = 'osa_owner'

WRITER_GRANTS: dict[str, str] = {
    'tenant': 'INSERT',
    'region': 'INSERT',
    'state_version': 'INSERT, DELETE',  # no UPDATE: append-only; DELETE is for prune
    'state_change': 'INSERT',
    'region_lock': 'INSERT, DELETE',
    **dict.fromkeys(
        ('host', 'host_variable', 'group', 'group_host', 'group_child', 'group_variable', 'address'),
        'INSERT, UPDATE, DELETE',
    ),
}
"""Privileges of the writer besides SELECT, by table."""


@dataclasses.dataclass(frozen=True)
class Database:
    """A database of one test: its name, and a SQLAlchemy URL for each account.

    owner: may do all in this database; runs the migrations. writer: reads all, writes what `grant_writer` allows.
    reader: reads only. The URLs carry the passwords and demand TLS with a verified certificate, unless made by
    `local` or `through`.
    """

    name: str
    owner: str = dataclasses.field(repr=False)
    writer: str = dataclasses.field(repr=False)
    reader: str = dataclasses.field(repr=False)
    server: SQLServer = dataclasses.field(repr=False, compare=False)

    @property
    def local(self) -> Database:
        """The same over the server's unix socket, without TLS."""
        return self.server.database_at(self.name, self.server.socket, tls=False)

    def through(self, proxy: FaultProxy) -> Database:
        """The same through a proxy; with TLS if that leads to the server's port, without if to its unix socket."""
        return self.server.database_at(self.name, (proxy.host, proxy.port), tls=not isinstance(proxy.target, str))


class SQLServer(Server):
    """A SQL server with an administrator and the accounts `osa_owner`, `osa_writer` and `osa_reader`.

    Its port takes TLS only, its unix socket takes connections without.
    COMMIT: the bytes of the driver's commit, for `FaultProxy.arm`.
    """

    COMMIT: t.ClassVar[bytes]

    owner: Login
    writer: Login
    reader: Login
    certificates: Certificates

    def _make_logins(self) -> None:
        self.owner, self.writer, self.reader = Login(OWNER), Login(WRITER), Login(READER)

    @property
    def host(self) -> str:
        """Where it listens; the certificate is for this address."""
        return HOST

    @property
    def port(self) -> int:
        """The port that takes TLS only."""
        return self.ports[0]

    @property
    @abc.abstractmethod
    def socket(self) -> str:
        """Path of its unix socket: the target of a proxy that is to see what is said."""

    @abc.abstractmethod
    def url(self, login: Login, database: str, address: Address, *, tls: bool) -> str:
        """A SQLAlchemy URL."""

    @abc.abstractmethod
    def administer(self, *statements: str) -> None:
        """Run statements as the administrator, outside a transaction."""

    @abc.abstractmethod
    def create_database(self, name: str) -> None:
        """Make an empty database with the rights of the three accounts."""

    @abc.abstractmethod
    def drop_database(self, name: str) -> None:
        """Remove a database, also while somebody is connected."""

    def database_at(self, name: str, address: Address, *, tls: bool) -> Database:
        """A database's URLs, by way of that address."""
        owner, writer, reader = (
            self.url(login, name, address, tls=tls) for login in (self.owner, self.writer, self.reader)
        )
        return Database(name, owner, writer, reader, self)

    @contextlib.contextmanager
    def database(self) -> t.Iterator[Database]:
        """A fresh database, empty, dropped at the end."""
        name = f'osa_{secrets.token_hex(6)}'
        self.create_database(name)
        try:
            yield self.database_at(name, (self.host, self.port), tls=True)
        finally:
            self.drop_database(name)


def grant_writer(owner: sqlalchemy.Engine) -> None:
    """Give the writer its rights on the tables, which must be there: call it after the migrations.

    owner: an engine made from `Database.owner`.
    """
    import sqlalchemy

    quote = owner.dialect.identifier_preparer.quote
    hosts = [f"{WRITER}@'{host}'" for host in (HOST, 'localhost')]
    accounts = hosts if owner.dialect.name in ('mysql', 'mariadb') else [WRITER]
    with owner.begin() as connection:
        for table, privileges in WRITER_GRANTS.items():
            for account in accounts:
                connection.execute(sqlalchemy.text(f'GRANT {privileges} ON {quote(table)} TO {account}'))


def url(scheme: str, login: Login, authority: str, database: str, query: t.Mapping[str, str]) -> str:
    """A SQLAlchemy URL with everything quoted that needs it."""
    password = urllib.parse.quote(login.password, safe='')
    return f'{scheme}://{login.user}:{password}@{authority}/{database}?{urllib.parse.urlencode(query)}'
