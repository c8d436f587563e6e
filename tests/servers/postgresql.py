# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL server for tests."""

from __future__ import annotations

import pathlib
import signal
import typing as t

from . import sql
from .base import HOST, Address, Login
from .certificates import issue
from .process import Directory, Process, await_ready, find_program, run

_TEMPLATE = 'osa_template'


def _programs() -> str:
    """The directory with the programs of the newest version that is installed the way Debian does it, or ''."""
    found = sorted(pathlib.Path('/usr/lib/postgresql').glob('*/bin'), key=lambda path: int(path.parent.name))
    return str(found[-1]) if found else ''


class PostgreSQL(sql.SQLServer):
    """PostgreSQL; survives the kill of its process with all it acknowledged, but not a power cut (`fsync` is off)."""

    INSTALL = 'apt-get install -y --no-install-recommends postgresql && pip install "psycopg[binary]" trustme'
    ACCOUNTS = ('postgres',)
    COMMIT = b'COMMIT\0'  # the last byte tells it from `READ COMMITTED`

    def __init__(self, directory: Directory, ports: t.Sequence[int]) -> None:
        super().__init__(directory, ports)
        self._make_logins()
        self.administrator = Login('postgres')
        self.certificates = issue(directory)
        self._data = directory.path / 'data'
        self.process = Process(
            'postgresql',
            [find_program('postgres', _programs()), '-D', str(self._data)],
            directory,
            stop_signal=signal.SIGINT,  # SIGTERM would wait for clients
            death_signal=signal.SIGQUIT,  # takes the children along, which are in sessions of their own
        )

    @property
    def processes(self) -> list[Process]:
        return [self.process]

    @property
    def socket(self) -> str:
        return str(self.directory.path / f'.s.PGSQL.{self.port}')

    def set_up(self) -> None:
        password = self.directory.write('password', self.administrator.password)
        run(
            [
                *[find_program('initdb', _programs()), '-D', str(self._data), '-U', self.administrator.user],
                *['-A', 'scram-sha-256', '--pwfile', str(password), '-E', 'UTF8', '--locale=C.UTF-8'],
                *['--no-sync', '--no-instructions'],
            ],
            self.directory,
        )
        settings = {
            'listen_addresses': HOST,
            'port': self.port,
            'unix_socket_directories': self.directory.path,
            'max_connections': 60,
            'shared_buffers': '32MB',
            'ssl': 'on',
            'ssl_ca_file': self.certificates.ca,
            'ssl_cert_file': self.certificates.certificate,
            'ssl_key_file': self.certificates.key,
            'fsync': 'off',
            'full_page_writes': 'off',
        }
        lines = ''.join(f"{name} = '{value}'\n" for name, value in settings.items())
        self.directory.write('data/postgresql.auto.conf', lines)
        rules = f'local all all scram-sha-256\nhostssl all all {HOST}/32 scram-sha-256\n'
        self.directory.write('data/pg_hba.conf', rules)

    def launch(self) -> None:
        self.process.start()
        await_ready(self._answers, self.process)

    def create_accounts(self) -> None:
        roles = [
            f"CREATE ROLE {login.user} LOGIN PASSWORD '{login.password}'"
            for login in (self.owner, self.writer, self.reader)
        ]
        self.administer(
            *roles,
            f'ALTER ROLE {sql.READER} SET default_transaction_read_only = on',
            f'CREATE DATABASE {_TEMPLATE} OWNER {sql.OWNER}',
        )
        self._execute(
            _TEMPLATE,
            'REVOKE ALL ON SCHEMA public FROM PUBLIC',
            f'GRANT USAGE ON SCHEMA public TO {sql.WRITER}, {sql.READER}',
            f'ALTER DEFAULT PRIVILEGES FOR ROLE {sql.OWNER} IN SCHEMA public'
            f' GRANT SELECT ON TABLES TO {sql.WRITER}, {sql.READER}',
        )

    def create_database(self, name: str) -> None:
        self.administer(
            f'CREATE DATABASE {name} OWNER {sql.OWNER} TEMPLATE {_TEMPLATE} STRATEGY FILE_COPY',
            f'REVOKE ALL ON DATABASE {name} FROM PUBLIC',
            f'GRANT CONNECT ON DATABASE {name} TO {sql.WRITER}, {sql.READER}',
        )

    def drop_database(self, name: str) -> None:
        self.administer(f'DROP DATABASE IF EXISTS {name} WITH (FORCE)')

    def administer(self, *statements: str) -> None:
        self._execute('postgres', *statements)

    def url(self, login: Login, database: str, address: Address, *, tls: bool) -> str:
        if isinstance(address, str):
            query = {'host': str(pathlib.Path(address).parent), 'port': str(self.port)}
            return sql.url('postgresql+psycopg', login, '', database, query)
        verified = {'sslmode': 'verify-full', 'sslrootcert': str(self.certificates.ca)}
        query = verified if tls else {'sslmode': 'disable'}
        return sql.url('postgresql+psycopg', login, f'{address[0]}:{address[1]}', database, query)

    def _execute(self, database: str, *statements: str) -> None:
        import psycopg

        with psycopg.connect(
            host=str(self.directory.path),
            port=self.port,
            user=self.administrator.user,
            password=self.administrator.password,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        ) as connection:
            for statement in statements:
                connection.execute(statement)

    def _answers(self) -> bool:
        import psycopg

        try:
            self.administer('SELECT 1')
        except psycopg.OperationalError:
            return False
        return True
