# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema's migrations, by Alembic; and the relations made anew where they differ from the state."""

from __future__ import annotations

import functools
import io
import pathlib
import typing as t

from ...canonical import digest
from ...errors import InventoryError, StateDamaged, StateTooNew, StorageRefused
from ...libraries import require
from ..contract import Upgrade
from . import versions
from .engine import Database
from .rebuild import addresses, rebuild
from .relations import structure, take_apart
from .schema import tables
from .writing import replace

if t.TYPE_CHECKING:
    import alembic.config
    import sqlalchemy

PACKAGE = 'alembic>=1.13'

SCRIPTS = pathlib.Path(__file__).resolve().parents[4] / 'migrations'


def upgrade(database: Database) -> Upgrade:
    """Make or migrate the tables, and make the relations anew of each region where they differ from its state.

    Takes the rights of the tables' owner. Raises StorageError.
    """
    require('alembic', PACKAGE)
    database.engine.create()
    before = current(database)
    if before is not None and before not in revisions():
        versions.check_revision(before, database.where)
    database.write(functools.partial(_run, command='upgrade', revision='head'))
    return Upgrade(before, current(database), tuple(_renew(database)))


def downgrade(database: Database, revision: str, *, discard: bool = False) -> Upgrade:
    """Migrate the tables back to an earlier revision; `base` removes them all.

    discard: whether `base` may remove tables that hold states. Raises StorageError.
    """
    require('alembic', PACKAGE)
    before = current(database)
    if revision == 'base' and before is not None and not discard:
        held = database.read(lambda connection: connection.execute(tables().state_version.select().limit(1)).first())
        if held is not None:
            raise StorageRefused(
                f'The {database.where} holds states, which would be lost with the tables.',
                help_text='Migrate them to another storage first (osa-inventory migrate).',
            )
    database.write(functools.partial(_run, command='downgrade', revision=revision))
    return Upgrade(before, current(database))


def configuration(connection: sqlalchemy.Connection) -> alembic.config.Config:
    """Alembic's configuration, for any of its commands on this connection."""
    import alembic.config

    config = alembic.config.Config(stdout=io.StringIO())
    config.set_main_option('script_location', str(SCRIPTS).replace('%', '%%'))
    config.attributes['connection'] = connection
    config.attributes['metadata'] = tables().metadata
    return config


def current(database: Database) -> str | None:
    """The revision of the database's schema; None when there is none."""
    from alembic.migration import MigrationContext

    return database.read(lambda connection: MigrationContext.configure(connection).get_current_revision())


def revisions() -> tuple[str, ...]:
    """The revisions that the scripts know, oldest first."""
    from alembic.script import ScriptDirectory

    return tuple(script.revision for script in ScriptDirectory(SCRIPTS).walk_revisions())[::-1]


def _run(connection: sqlalchemy.Connection, *, command: str, revision: str) -> None:
    import alembic.command

    if not connection.in_transaction():
        # Inside a transaction Alembic leaves the COMMIT to us.
        connection.begin()
    getattr(alembic.command, command)(configuration(connection), revision)


def _renew(database: Database) -> t.Iterator[str]:
    """Make relations anew; yields the names of the regions where that was needed."""
    import sqlalchemy as sa

    tenants, regions = tables().tenant, tables().region
    query = sa.select(tenants.c.name, regions.c.name).join(regions, regions.c.tenant_id == tenants.c.id)
    for row in database.read(lambda connection: connection.execute(query).all()):
        tenant, name = row
        region = versions.Region(tenant, name, database.where)
        if database.read(functools.partial(differs, region=region)):
            database.write(functools.partial(_renew_region, region=region))
            yield f'{tenant}/{name}'


def differs(connection: sqlalchemy.Connection, *, region: versions.Region) -> bool:
    """Whether the relations of a region are anything but its newest state."""
    while True:
        try:
            version = versions.read(connection, region)
        except (StateDamaged, StateTooNew):
            # Nothing to compare them with; `read` reports it.
            version = None
        if version is None:
            return False
        try:
            same = _fits(connection, version)
        except (StateDamaged, InventoryError):
            same = False
        if same or _is_still(version, versions.read(connection, region)):
            return not same


def _fits(connection: sqlalchemy.Connection, version: versions.Version) -> bool:
    """Whether the relations are those of a version; of an encrypted one, names, memberships and addresses can be."""
    wanted = take_apart(version.state.inventory)
    if not wanted.outlined:
        return digest(rebuild(connection, version.region_id, version.remainder)) == version.state.meta.sha256
    held = rebuild(connection, version.region_id, {})
    found = addresses(connection, version.region_id)
    return digest(held) == digest(structure(wanted)) and found == wanted.addresses(wanted.hosts)


def _is_still(before: versions.Version, now: versions.Version | None) -> bool:
    return now is not None and now.state.meta == before.state.meta


def _renew_region(connection: sqlalchemy.Connection, *, region: versions.Region) -> None:
    place = versions.find_place(connection, region)
    regions = tables().region
    # Writers hold this row, too, by the foreign key of their version: none comes in between.
    connection.execute(regions.select().where(regions.c.id == place.region_id).with_for_update())
    version = versions.read(connection, region)
    if version is not None:
        replace(connection, version.region_id, take_apart(version.state.inventory))
