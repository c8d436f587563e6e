# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`storage list`, `doc`, `check`, `upgrade`, `rekey`: where inventories are kept."""

from __future__ import annotations

import argparse

from ...module_utils.errors import StorageError
from ...module_utils.storage.lookup.catalogue import Option
from ..operators.api import describe_storage, storages
from .arguments import add_format
from .command import Command
from .exit_codes import DONE, FAILED, exit_code
from .migrate import Progress
from .output import Table
from .session import Session

STORAGES = ('name', 'origin')
OPTIONS = ('option', 'type', 'default', 'environment')
FINDINGS = ('level', 'what', 'remedy')


def list_(session: Session, options: argparse.Namespace) -> int:
    """Every storage that can be named."""
    session.console.table(Table(STORAGES, [(one.name, one.origin) for one in storages()]), options.format)
    return DONE


def _doc_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('name', metavar='NAME', help='as in `class` of the option storage')


def doc(session: Session, options: argparse.Namespace) -> int:
    """What a storage is, and its options."""
    found = describe_storage(options.name)
    session.console.bold(found.name)
    for line in found.text.splitlines():
        session.console.line(line)
    for title, listed in (('Options', found.options), ('Options of every storage', found.common)):
        if listed:
            session.console.line()
            session.console.bold(title)
            session.console.table(Table(OPTIONS, [_option(one) for one in listed]))
    if found.page:
        session.console.line()
        session.console.line(f'More: {found.page}')
    return DONE


def _option(option: Option) -> tuple[object, ...]:
    kind = f'{option.kind}, secret' if option.secret else option.kind
    return (option.name, kind, 'required' if option.required else option.default, list(option.environment))


def check(session: Session, options: argparse.Namespace) -> int:
    """What the storage finds out about itself."""
    manager = session.manager
    found = manager.storage_check()
    session.console.table(Table(FINDINGS, [(one.level, one.what, one.remedy) for one in found]), options.format)
    if not any(one.level == 'error' for one in found):
        return DONE
    # The kind of what is wrong decides about the exit code; the findings have the words.
    try:
        manager.show()
    except StorageError as error:
        return exit_code(error)
    return FAILED


def upgrade(session: Session, options: argparse.Namespace) -> int:
    """Make or migrate the tables of a storage that has some."""
    done = session.manager.storage_upgrade()
    where = session.manager.store.storage.describe()
    if done is None:
        session.console.line(f'{where} has no tables, so there is nothing to upgrade.')
        return DONE
    if done.before == done.after:
        session.console.bold(f'{where} is up to date (revision {done.after}).')
    else:
        session.console.bold(f'{where}: from revision {done.before or "none"} to {done.after}.')
    for region in done.renewed:
        session.console.line(f'The relations of {region} were made anew.')
    return DONE


def _rekey_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--dry-run', action='store_true', help='only read, and show which states have another form')
    parser.add_argument('--lock-id', metavar='ID', help='the lock under which you work, if you hold one')


def rekey(session: Session, options: argparse.Namespace) -> int:
    """Seal all kept states with the first vault secret, or unseal them."""
    region = f'{session.manager.source.tenant}/{session.manager.source.region}'
    with Progress(region) as progress:
        done = session.manager.rekey(preview=options.dry_run, progress=progress)
    where = session.manager.store.storage.describe()
    form = 'sealed with the first vault secret' if done.encrypted else 'plain'
    if options.dry_run:
        serials = ', '.join(str(meta.serial) for meta in done.changed) or 'none'
        session.console.bold(f'{where}: of {done.kept} kept states, these would be rewritten: {serials}.')
        session.console.line(f'All of them would then be {form}. Nothing was changed.')
        return DONE
    session.console.bold(f'{where}: {len(done.changed)} of {done.kept} kept states were rewritten; all are {form}.')
    return DONE


COMMANDS = (
    Command(
        'storage',
        'list, explain, check, upgrade and seal storages',
        (('storage check', 'whether the storage of the inventory source is fit for use'),),
        parts=(
            Command(
                'list',
                'list the storages that can be named in an inventory source',
                (('storage list', 'built in, in collections, in Python packages'),),
                list_,
                add_format,
            ),
            Command(
                'doc',
                'explain a storage and its options',
                (('storage doc sql', 'the storage sql'),),
                doc,
                _doc_arguments,
            ),
            Command(
                'check',
                'check that the storage can be reached, read and written, and keeps what it acknowledges',
                (('storage check', 'exit code 0 unless something is wrong'),),
                check,
                add_format,
            ),
            Command(
                'upgrade',
                "make or migrate a database's tables",
                (('storage upgrade', 'before the first run, and after each update of the collection'),),
                upgrade,
            ),
            Command(
                'rekey',
                'seal all kept states with the first vault secret, or unseal them, as the option encrypt says',
                (
                    ('storage rekey', 'after setting encrypt to true, or back to false'),
                    ('--vault-id new@FILE --vault-id old@FILE storage rekey', 'another password; the first one seals'),
                ),
                rekey,
                _rekey_arguments,
            ),
        ),
    ),
)
