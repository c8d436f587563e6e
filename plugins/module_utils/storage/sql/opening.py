# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the storage's options to a database of a known engine."""

from __future__ import annotations

import os
import typing as t

from ...errors import StorageOptionError
from ...libraries import require
from .engine import Access, Database, Engine, TLSFiles
from .mysql import MySQL
from .options import SQLOptions
from .postgresql import PostgreSQL
from .sqlite import SQLite

if t.TYPE_CHECKING:
    import sqlalchemy

PACKAGE = 'sqlalchemy>=2.0.43'

_ENGINES: tuple[type[Engine], ...] = (SQLite, PostgreSQL, MySQL)
_FORMS = (
    'Use sqlite:////ABSOLUTE/PATH, postgresql://USER:PASSWORD@HOST/DATABASE or mysql://USER:PASSWORD@HOST/DATABASE; '
    'write special characters of a password percent-encoded.'
)


def open_database(options: SQLOptions) -> Database:
    """The database that the options name; no I/O but the import of its libraries.

    Raises StorageOptionError, whose text has no part of the URL but its scheme; LibraryMissing.
    """
    require('sqlalchemy', PACKAGE)
    url = _parse(options.url)
    scheme = url.drivername.partition('+')[0]
    engine = next((engine for engine in _ENGINES if scheme in engine.SCHEMES), None)
    if engine is None or url.drivername not in (scheme, f'{scheme}+{engine.DRIVER.partition("+")[2]}'):
        known = ', '.join(f"'{name}'" for known in _ENGINES for name in known.SCHEMES)
        raise _refusal(f"its scheme is '{url.drivername}' instead of one of {known}")
    require(*engine.PACKAGE)
    url = url.set(drivername=engine.DRIVER)
    if engine is SQLite:
        url = url.set(database=_file(url, options.config_dir))
    tls = TLSFiles(options.tls_ca_file, options.tls_cert_file, options.tls_key_file)
    return Database(engine(Access(url, tls, options.timeout)))


def _parse(text: str) -> sqlalchemy.URL:
    import sqlalchemy as sa

    try:
        return sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        # The cause may quote a part of the URL that is a password.
        raise _refusal('it cannot be taken apart') from None


def _file(url: sqlalchemy.URL, base: str | None) -> str:
    if not url.database or url.database.startswith((':memory:', 'file:')):
        raise _refusal('it names no database file')
    if url.query:
        raise _refusal("it has parameters after '?'")
    return os.path.abspath(os.path.join(base or '', url.database))


def _refusal(reason: str) -> StorageOptionError:
    return StorageOptionError(f"Value of 'url' of the storage 'sql' is not usable: {reason}.", help_text=_FORMS)
