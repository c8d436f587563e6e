# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A MariaDB server for tests, alone or as a node of a Galera cluster (`galera`)."""

from __future__ import annotations

import typing as t

from . import sql
from .base import HOST, Address, Login
from .certificates import issue
from .process import Directory, Process, await_ready, find_program, run

_HOSTS = {HOST: 'REQUIRE SSL', 'localhost': 'REQUIRE NONE'}
"""An account is one for each way in: `localhost` is the unix socket."""

_PLAIN = {'ssl_disabled': 'true'}
"""PyMySQL takes TLS, unverified, whenever a server has it and nothing is said."""


class MariaDB(sql.SQLServer):
    """MariaDB; survives the kill of its process with all it acknowledged, but not a power cut.

    settings: further lines of its configuration file, by name; sections: what follows them.
    """

    INSTALL = 'apt-get install -y --no-install-recommends mariadb-server && pip install pymysql trustme'
    ACCOUNTS = ('mysql',)
    COMMIT = b'\x03COMMIT'  # the first byte tells it from `SET AUTOCOMMIT`

    def __init__(
        self,
        directory: Directory,
        ports: t.Sequence[int],
        settings: t.Mapping[str, object] | None = None,
        sections: str = '',
    ) -> None:
        super().__init__(directory, ports)
        self._make_logins()
        self.administrator = Login('root')
        self.settings = dict(settings or {})
        self.sections = sections
        self.certificates = issue(directory)
        configuration = directory.path / 'mariadb.cnf'
        self.process = Process('mariadb', [find_program('mariadbd'), f'--defaults-file={configuration}'], directory)

    @property
    def processes(self) -> list[Process]:
        return [self.process]

    @property
    def socket(self) -> str:
        return str(self.directory.path / 'socket')

    def set_up(self) -> None:
        self.configure()
        self.fill_data_directory()

    def configure(self) -> None:
        """Write the configuration."""
        settings: dict[str, object] = {
            'datadir': self.directory.make('data'),
            'tmpdir': self.directory.path,
            'socket': self.socket,
            'pid_file': self.directory.path / 'pid',
            'port': self.port,
            'bind_address': HOST,
            'skip_name_resolve': 'ON',
            'performance_schema': 'OFF',
            'max_connections': 60,
            'character_set_server': 'utf8mb4',
            'innodb_buffer_pool_size': '64M',
            'innodb_log_file_size': '32M',
            'innodb_use_native_aio': 0,
            'innodb_flush_log_at_trx_commit': 2,
            'innodb_flush_method': 'nosync',
            'innodb_doublewrite': 0,
            'ssl_ca': self.certificates.ca,
            'ssl_cert': self.certificates.certificate,
            'ssl_key': self.certificates.key,
            **self.settings,
        }
        lines = ''.join(f'{name} = {value}\n' for name, value in settings.items())
        self.directory.write('mariadb.cnf', f'[mariadbd]\n{lines}{self.sections}')

    def fill_data_directory(self) -> None:
        """Make the system tables, with the administrator's password."""
        script = (
            f"USE mysql;\nFLUSH PRIVILEGES;\nALTER USER root@localhost IDENTIFIED BY '{self.administrator.password}';\n"
        )
        run(
            [
                *[find_program('mariadb-install-db'), '--no-defaults', '--force', '--skip-test-db'],
                *[f'--datadir={self.directory.path}/data', f'--tmpdir={self.directory.path}'],
                *[f'--extra-file={self.directory.write("accounts.sql", script)}'],
                *['--auth-root-authentication-method=normal', '--skip-name-resolve', '--innodb-log-file-size=32M'],
            ],
            self.directory,
        )

    def launch(self) -> None:
        self.process.start()
        await_ready(self._answers, self.process)

    def create_accounts(self) -> None:
        self.administer(
            *(
                f"CREATE USER {login.user}@'{host}' IDENTIFIED BY '{login.password}' {requirement}"
                for login in (self.owner, self.writer, self.reader)
                for host, requirement in _HOSTS.items()
            )
        )

    def create_database(self, name: str) -> None:
        rights = {
            sql.OWNER: ('ALL', 'WITH GRANT OPTION'),
            sql.WRITER: ('SELECT', ''),
            sql.READER: ('SELECT', ''),
        }
        self.administer(
            f'CREATE DATABASE {name}',
            *(
                f"GRANT {privileges} ON {name}.* TO {user}@'{host}' {option}"
                for user, (privileges, option) in rights.items()
                for host in _HOSTS
            ),
        )

    def drop_database(self, name: str) -> None:
        self.administer(f'DROP DATABASE IF EXISTS {name}')

    def administer(self, *statements: str) -> None:
        self.query(*statements)

    def query(self, *statements: str) -> tuple[tuple[t.Any, ...], ...]:
        """Run statements as the administrator; the rows of the last one."""
        import pymysql

        rows: tuple[tuple[t.Any, ...], ...] = ()
        with (
            pymysql.connect(
                unix_socket=self.socket,
                user=self.administrator.user,
                password=self.administrator.password,
                connect_timeout=5,
                read_timeout=20,
                ssl_disabled=True,  # else each connection loads the system's authorities
                autocommit=True,
            ) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
                rows = cursor.fetchall()
        return rows

    def _answers(self) -> bool:
        import pymysql

        try:
            self.administer('SELECT 1')
        except pymysql.OperationalError:
            return False
        return True

    def url(self, login: Login, database: str, address: Address, *, tls: bool) -> str:
        if isinstance(address, str):
            query = {'unix_socket': address, **_PLAIN}
            return sql.url('mysql+pymysql', login, 'localhost', database, query)
        # No `ssl_verify_cert`: with it SQLAlchemy's dialect loses the authority on the way to PyMySQL.
        verified = {'ssl_ca': str(self.certificates.ca), 'ssl_check_hostname': 'true'}
        query = verified if tls else _PLAIN
        return sql.url('mysql+pymysql', login, f'{address[0]}:{address[1]}', database, query)
