# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`migrate`: all kept states from one storage to another."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import typing as t

from ansible.utils.vars import load_extra_vars

from ...module_utils.errors import SourceNotFound, StorageOptionError
from ...module_utils.management.migration import Migration, regions_of
from ...module_utils.words import counted
from ..operators.api import InventoryManager
from ..source.options import SUFFIXES, Source, open_source
from .arguments import add_format
from .command import Command
from .exit_codes import DONE
from .session import Session

_BAR = 30
_STORAGE = "a storage by name, or as '{class: NAME, OPTION: VALUE}' (leave secrets to the environment)"
_ENDPOINT = f'another inventory source, or {_STORAGE}'


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--from', dest='origin', metavar='SOURCE', help=f'{_ENDPOINT} (default: the inventory source)')
    parser.add_argument('--to', required=True, metavar='SOURCE', help=_ENDPOINT)
    parser.add_argument('--keep', type=int, metavar='N', help='copy at most N older states (default: all)')
    parser.add_argument('--all-regions', action='store_true', help='every region that the storage lists, not one')
    parser.add_argument('--dry-run', action='store_true', help='only read, and show what would be copied')
    add_format(parser, 'csv')


def migrate(session: Session, options: argparse.Namespace) -> int:
    """Copy what the target lacks, and verify it."""
    origin = _endpoint(session, options.origin) if options.origin else session.manager.source
    target = _endpoint(session, options.to)
    records = []
    for here, there in _regions(origin, target, options.all_regions):
        with Progress(f'{here.tenant}/{here.region}') as progress:
            done = InventoryManager(here).migrate(
                InventoryManager(there), options.keep, preview=options.dry_run, progress=progress
            )
        session.warn(*done.warnings)
        if options.format == 'table':
            session.console.bold(_sentence(done, options.dry_run))
        records.append(_record(here, there, done))
    if options.format != 'table':
        session.console.data(records, options.format)
    return DONE


def _regions(origin: Source, target: Source, every: bool) -> list[tuple[Source, Source]]:
    """Which region of the one goes to which of the other."""
    if not every:
        return [(origin, target)]
    pairs = (name.split('/') for name in regions_of(origin.open_storage()))
    return [
        (
            dataclasses.replace(origin, tenant=tenant, region=region),
            dataclasses.replace(target, tenant=tenant, region=region),
        )
        for tenant, region in pairs
    ]


def _endpoint(session: Session, text: str) -> Source:
    """The inventory source in a file, or that of the session with another storage."""
    if text.endswith(SUFFIXES) and not os.path.exists(text):
        raise SourceNotFound(f"There is no inventory source '{text}'.", help_text=f'Name {_ENDPOINT}.')
    if os.path.exists(text):
        return open_source(text, session.loader, load_extra_vars(session.loader))
    storage: t.Any = text
    if text.lstrip().startswith('{'):
        import yaml

        try:
            storage = yaml.safe_load(text)
        except yaml.YAMLError as error:
            # Not with the text, which may hold a secret.
            raise StorageOptionError('The storage is not a mapping in YAML.', help_text=f'Write {_STORAGE}.') from error
    return dataclasses.replace(session.manager.source, storage=storage)


def _sentence(done: Migration, dry_run: bool) -> str:
    if not done.copied:
        return f'{done.target} has what {done.source} has: {counted(len(done.present), "state")}, all of them compared.'
    states = counted(len(done.copied), 'state')
    first, last = done.copied[0].serial, done.copied[-1].serial
    which = f'serial {last}' if first == last else f'serials {first} to {last}'
    if dry_run:
        return f'{states} would be copied from {done.source} to {done.target}: {which}. Nothing was changed.'
    return f'{states} copied from {done.source} to {done.target}, and verified: {which}.'


def _record(here: Source, there: Source, done: Migration) -> dict[str, t.Any]:
    return {
        'source': done.source,
        'target': done.target,
        'region': f'{here.tenant}/{here.region}',
        'target_region': f'{there.tenant}/{there.region}',
        'copied': [meta.serial for meta in done.copied],
        'present': [meta.serial for meta in done.present],
        'newest': done.newest.serial,
        'lineage': done.newest.lineage,
    }


class Progress:
    """A bar on standard error, where that is a terminal."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._shown = sys.stderr.isatty()

    def __call__(self, phase: str, done: int, total: int) -> None:
        if self._shown:
            filled = _BAR * done // total
            line = '#' * filled + '.' * (_BAR - filled)
            sys.stderr.write(f'\r{self._region} {phase:6} [{line}] {done}/{total}')
            sys.stderr.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._shown:
            sys.stderr.write('\r\033[K')
            sys.stderr.flush()


COMMANDS = (
    Command(
        'migrate',
        'copy all kept states to another storage; the source stays as it is, and it can be interrupted and run again',
        (
            ('migrate --to postgresql.yml --dry-run', 'what would be copied'),
            ('migrate --to postgresql.yml', 'to the storage that another inventory source names'),
            ('migrate --from file --to redis', 'between two storages, with their options from the environment'),
        ),
        migrate,
        _arguments,
    ),
)
