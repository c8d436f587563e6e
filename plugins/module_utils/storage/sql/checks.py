# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `check` looks at: reached, encrypted, readable, writable, durable, relations equal to the state."""

from __future__ import annotations

import dataclasses
import typing as t
import uuid

from ...errors import StorageError, StorageRefused
from ...inventory import Inventory, make
from ..contract import Finding, LockInfo
from ..formats.metadata import account
from ..formats.records import pack
from . import locks, migrations, versions
from .engine import Database
from .faults import UPGRADE
from .relations import take_apart
from .writing import apply

if t.TYPE_CHECKING:
    import sqlalchemy

_FIRST = make(
    {'a': {'x': 1, 'container_networks': {'n': {'address': '192.0.2.1'}}}, 'b': {}},
    {'g': {'hosts': ['a'], 'children': ['h'], 'vars': {'x': 1}}, 'h': {}},
)
_SECOND = make({'a': {'x': 2, 'component': 'c'}}, {'g': {'hosts': [], 'children': [], 'vars': {'x': 2}}})
"""Two inventories between which every table has rows that come, change and go."""


def check(database: Database, region: versions.Region) -> list[Finding]:
    """All findings; an error of the database is one, and ends them."""
    findings: list[Finding] = []
    try:
        for step in (_reach, _network, _read, _write, _durability, _relations):
            findings += step(database, region)
    except StorageError as error:
        findings.append(Finding('error', error.message, error.help_text))
    return findings


def _reach(database: Database, region: versions.Region) -> list[Finding]:
    version = database.read(lambda connection: connection.dialect.server_version_info or ())
    name = database.engine.PACKAGE[0]
    return [Finding('ok', f'The {database.where} answers (version {".".join(map(str, version))}, by {name}).')]


def _network(database: Database, region: versions.Region) -> list[Finding]:
    engine = database.engine
    if not engine.leaves_machine:
        return []
    if not database.read(engine.is_encrypted):
        return [Finding('warning', 'Password and states cross the network unencrypted.', 'Set tls_ca_file.')]
    if not engine.is_verified:
        return [Finding('warning', 'The certificate of the server is not verified.', 'Set tls_ca_file.')]
    return [Finding('ok', 'The connection is encrypted, and the server has proved who it is.')]


def _read(database: Database, region: versions.Region) -> list[Finding]:
    version = database.read(lambda connection: versions.read(connection, region))
    held = f'serial {version.state.meta.serial}' if version else 'nothing yet'
    return [Finding('ok', f"Region '{region.tenant}/{region.name}' can be read and holds {held}.")]


def _write(database: Database, region: versions.Region) -> list[Finding]:
    """Write to every table in a transaction that is taken back."""
    scratch = dataclasses.replace(region, tenant=f'.check-{uuid.uuid4()}')
    try:
        database.attempt(lambda connection: _try_rights(connection, scratch))
    except StorageRefused as error:
        return [Finding('warning', f'States cannot be written: {error.message}', error.help_text)]
    return [Finding('ok', 'States can be written.')]


def _try_rights(connection: sqlalchemy.Connection, region: versions.Region) -> None:
    versions.insert_region(connection, region)
    region_id = versions.find_place(connection, region).number
    before: Inventory = {}
    base = None
    for inventory in (_FIRST, _SECOND):
        meta = account(inventory, base, 'check')
        versions.insert(connection, versions.row_of(region_id, meta, pack(inventory), None, {}))
        apply(connection, region_id, meta.serial, take_apart(before), take_apart(inventory))
        before, base = inventory, meta
    versions.drop_older(connection, region_id, 0, region)
    info = LockInfo(str(uuid.uuid4()), 'check', 'check', 'check', 'check')
    locks.insert(connection, region_id, info)
    locks.delete(connection, region, info.id)


def _durability(database: Database, region: versions.Region) -> list[Finding]:
    return database.read(database.engine.durability)


def _relations(database: Database, region: versions.Region) -> list[Finding]:
    if database.read(lambda connection: migrations.differs(connection, region=region)):
        what = 'The relations differ from the stored state: another program has written to them.'
        return [Finding('error', what, f'{UPGRADE} It makes them anew; the state itself is untouched.')]
    return [Finding('ok', 'The relations rebuild the stored inventory.')]
