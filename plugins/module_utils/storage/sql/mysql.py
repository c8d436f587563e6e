# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MariaDB, MySQL and Galera, by PyMySQL."""

from __future__ import annotations

import ssl
import typing as t

from ...errors import StorageOptionError
from ..contract import Finding
from .engine import Engine
from .faults import Fault

if t.TYPE_CHECKING:
    import pymysql
    import sqlalchemy

_LOST = (0, 1047, 1053, 1158, 1159, 1160, 1161, 1180, 1927, 2006, 2013, 2055)
"""After these, in answer to COMMIT, the transaction may have been kept."""

_FAULTS = {
    Fault.UNREACHABLE: (1040, 1203, 1205, 2002, 2003, *_LOST),
    Fault.NO_TABLE: (1054, 1146),
    Fault.CONFLICT: (1020, 1062, 1213, 1452),
    Fault.TOO_LARGE: (1153, 1301),
    Fault.FULL: (1021, 1114),
    Fault.DAMAGED: (126, 1034, 1194, 1877),
}
"""By error number (MariaDB documentation: Error Codes; from 2000 on: the driver's own)."""

_FAULT_OF = {number: fault for fault, numbers in _FAULTS.items() for number in numbers}
_UNKNOWN_VARIABLE = 1193
_OTHER = 1105


class MySQL(Engine):
    """MariaDB, MySQL, and a Galera cluster of either."""

    SCHEMES = ('mysql', 'mariadb')
    DRIVER = 'mysql+pymysql'
    PACKAGE = ('pymysql', 'pymysql')

    def connect(self, parameters: dict[str, t.Any], *, writing: bool) -> pymysql.Connection[t.Any]:
        """A connection with time limits that, on a Galera node, waits for what other nodes have acknowledged."""
        import pymysql

        parameters = {**parameters, **self._tls(parameters.pop('ssl', None) or {})}
        for verification in ('ssl_verify_cert', 'ssl_verify_identity'):
            parameters.pop(verification, None)
        limits = dict.fromkeys(('connect_timeout', 'read_timeout', 'write_timeout'), self.access.timeout)
        connection: pymysql.Connection[t.Any] = pymysql.connect(**{**parameters, **limits})
        try:
            with connection.cursor() as cursor:
                cursor.execute('SET SESSION wsrep_sync_wait = 1')
        except pymysql.Error as error:
            if error.args[0] != _UNKNOWN_VARIABLE:
                connection.close()
                raise
        return connection

    def fault(self, error: BaseException, *, committing: bool) -> Fault:
        """What an error means, by its number."""
        number = error.args[0] if error.args else 0
        text = str(error).lower()
        if number == _OTHER and 'writeset size' in text:
            return Fault.TOO_LARGE
        if committing and number in _LOST:
            return Fault.UNCERTAIN
        if number in (2003, 2006, 2013) and 'certificate' in text:
            return Fault.REFUSED
        return _FAULT_OF.get(number, Fault.REFUSED)

    def largest_packet(self) -> sqlalchemy.ColumnElement[t.Any]:
        """The server's own limit; past it, PyMySQL reports a server that has gone away."""
        import sqlalchemy as sa

        return sa.literal_column('@@max_allowed_packet')

    def durability(self, connection: sqlalchemy.Connection) -> list[Finding]:
        """Whether an acknowledged write survives a crash and a power cut, and what the cluster says."""
        findings = []
        rows = connection.exec_driver_sql("SHOW STATUS LIKE 'wsrep_cluster_s%%'")
        cluster = {row[0]: row[1] for row in rows}
        size = int(cluster.get('wsrep_cluster_size') or 0)
        name = 'innodb_flush_log_at_trx_commit'
        flush = int(connection.exec_driver_sql(f'SELECT @@{name}').scalar_one())
        if flush != 1:
            consequence = 'a power cut' if flush == 2 else 'a crash of the server'
            level: t.Literal['error', 'warning'] = 'warning' if flush == 2 or size > 1 else 'error'
            what = f'The server acknowledges writes that {consequence} can undo: {name} is {flush}.'
            findings.append(Finding(level, what, f'Set {name} to 1.'))
        else:
            findings.append(Finding('ok', 'The server acknowledges a write when it is on the disk.'))
        if not int(connection.exec_driver_sql('SELECT @@innodb_doublewrite').scalar_one() in (1, '1', 'ON')):
            what = 'A power cut can damage the database: innodb_doublewrite is off.'
            findings.append(Finding('warning', what, 'Set innodb_doublewrite to ON.'))
        if size:
            status = cluster.get('wsrep_cluster_status')
            findings.append(Finding('ok', f'Galera cluster of {size}, {status}.'))
        if size == 2:
            what = 'Two Galera nodes: when one dies, the other stops too.'
            findings.append(Finding('warning', what, 'Add a third node or an arbitrator (garbd).'))
        return findings

    def is_encrypted(self, connection: sqlalchemy.Connection) -> bool:
        """Whether this connection uses TLS."""
        row = connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Ssl_cipher'").first()
        return bool(row and row[1])

    @property
    def is_verified(self) -> bool:
        """Whether a certificate authority is given, in the options or in the URL."""
        return bool(self.access.tls.authority or self.access.url.query.get('ssl_ca'))

    def _tls(self, url_files: dict[str, t.Any]) -> dict[str, t.Any]:
        """The driver's TLS parameter: a context of our own, as the driver's by a URL may verify nothing.

        url_files: `ca`, `cert` and `key`, if the URL has them.
        """
        files = self.access.tls
        authority = files.authority or url_files.get('ca')
        certificate, key = files.certificate or url_files.get('cert'), files.key or url_files.get('key')
        if not authority and not certificate:
            return {}
        try:
            context = ssl.create_default_context(cafile=authority)
            # As the driver's own context: certificates that servers make for themselves lack what it asks for.
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
            if certificate:
                context.load_cert_chain(certificate, key)
        except OSError as error:
            names = ', '.join(f"'{name}'" for name in (authority, certificate, key) if name)
            raise StorageOptionError(
                f'The certificates for the database cannot be read ({names}): {error.strerror or error}.',
                help_text='Correct tls_ca_file, tls_cert_file or tls_key_file.',
            ) from error
        return {'ssl': context}
