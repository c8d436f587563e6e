# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`history`, `show`, `diff`, `restore`, `prune`, `forget`: the states that are kept."""

from __future__ import annotations

import argparse
import dataclasses
import typing as t

from ...module_utils.management import listing
from ...module_utils.storage.contract import Meta
from ...module_utils.words import counted
from .arguments import add_change, add_confirmation, add_format, add_table, arranged
from .changes import carry_out, confirmed
from .command import Command
from .exit_codes import DIFFERENT, DONE, FAILED
from .listing import HOSTS
from .output import Table
from .planning import DIFFERENCES, difference_record
from .session import Session

HISTORY = (
    'serial',
    'written_at',
    'writer',
    'message',
    'hosts',
    'groups',
    'sha256',
    'parent',
    'lineage',
    'write_id',
    'input_digest',
)


def history(session: Session, options: argparse.Namespace) -> int:
    """The kept states, newest first."""
    found = session.manager.history()
    if found or options.format != 'table':
        session.console.table(arranged(_history_table(found), options), options.format)
    else:
        session.console.line('No state is kept.')
    return DONE


def _history_table(metas: t.Iterable[Meta]) -> Table:
    rows = []
    for meta in metas:
        values = {**meta.as_dict(), 'hosts': meta.counts.get('hosts'), 'groups': meta.counts.get('groups')}
        rows.append([values[column] if values[column] != '' else None for column in HISTORY])
    return Table(HISTORY, list(rows))


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('serial', nargs='?', type=int, metavar='SERIAL', help='of the history (default: the newest)')
    add_format(parser, 'csv')


def show(session: Session, options: argparse.Namespace) -> int:
    """The account of one state, and its hosts; in the other formats its whole inventory."""
    state = session.manager.show(options.serial)
    if options.format != 'table':
        session.console.data({'meta': state.meta.as_dict(), 'inventory': state.inventory}, options.format)
        return DONE
    for key, value in zip(HISTORY, _history_table([state.meta]).rows[0], strict=True):
        session.console.line(f'{key:<12}  {"-" if value is None else value}')
    session.console.line()
    rows = [dataclasses.astuple(row) for row in listing.hosts(state.inventory)]
    session.console.table(Table(HOSTS, list(rows)))
    return DONE


def _diff_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('before', type=int, metavar='A', help='a serial of the history')
    parser.add_argument('after', nargs='?', type=int, metavar='B', help='another (default: the newest)')
    add_format(parser)


def diff(session: Session, options: argparse.Namespace) -> int:
    """What differs between two states."""
    found = session.manager.diff(options.before, options.after)
    if options.format == 'table':
        for difference in found:
            session.console.change(str(difference))
    elif options.format == 'csv':
        records = [difference_record(one) for one in found]
        session.console.table(Table(DIFFERENCES, [[one.get(key) for key in DIFFERENCES] for one in records]), 'csv')
    else:
        session.console.data([difference_record(one) for one in found], options.format)
    return DIFFERENT if found else DONE


def _restore_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('serial', type=int, metavar='SERIAL', help='of the history')
    add_change(parser)


def restore(session: Session, options: argparse.Namespace) -> int:
    """Store an older state again, as a new serial."""
    manager = session.manager
    return carry_out(
        session,
        options,
        manager.restore(options.serial, preview=True),
        f'Store serial {options.serial} again, as the newest?',
        lambda: manager.restore(options.serial, message=options.message),
    )


def _prune_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--keep', type=int, metavar='N', help='older states to keep (default: option keep)')
    add_confirmation(parser)
    parser.add_argument('--lock-id', metavar='ID', help='the lock under which you work, if you hold one')


def prune(session: Session, options: argparse.Namespace) -> int:
    """Drop old states."""
    dropped = session.manager.prune(options.keep, preview=True)
    if not dropped:
        session.console.line('There is nothing to drop.')
        return DONE
    table = _history_table(dropped)
    session.console.table(Table(HISTORY[:4], [row[:4] for row in table.rows]))
    if not confirmed(session, options, f'Drop {counted(len(dropped), "state")} for good?'):
        return DONE if options.dry_run else FAILED
    gone = len(session.manager.prune(options.keep))
    session.console.bold(f'Done: {counted(gone, "state")} {"was" if gone == 1 else "were"} dropped.')
    return DONE


def forget(session: Session, options: argparse.Namespace) -> int:
    """Start anew where the guards stop a run."""
    found = session.manager.forget(preview=True)
    session.console.line(found.reason)
    for path, aside in found.files.items():
        session.console.change(f'- {path} becomes {aside}')
    consequence = (
        'The next run draws NEW names and addresses: nothing will manage the containers that exist.'
        if found.lost
        else 'The next run goes on with the older state that is there.'
    )
    session.console.bold(consequence)
    if not confirmed(session, options, 'Forget it?'):
        return DONE if options.dry_run else FAILED
    session.manager.forget()
    session.console.bold('Done: it is forgotten.')
    return DONE


COMMANDS = (
    Command(
        'history',
        'list the kept states: who wrote them, when and why',
        (
            ('history', 'newest first'),
            ('history --columns serial,written_at,sha256 --format json', 'for another program'),
        ),
        history,
        lambda parser: add_table(parser, HISTORY, shown=6),
    ),
    Command(
        'show',
        'show one kept state',
        (('show 12', 'its account and its hosts'), ('show 12 --format json', 'the same with the whole inventory')),
        show,
        _show_arguments,
    ),
    Command(
        'diff',
        'show what differs between two kept states',
        (('diff 11 12', 'what serial 12 changed; exit code 2 if it did'), ('diff 11', 'what changed since serial 11')),
        diff,
        _diff_arguments,
    ),
    Command(
        'restore',
        'store an older state again, as a new serial',
        (('restore 11 --dry-run', 'what that would change'), ('restore 11 --yes', 'without a question')),
        restore,
        _restore_arguments,
    ),
    Command(
        'prune',
        'drop old states',
        (('prune --keep 5', 'all but the newest state and five older ones, after a question'),),
        prune,
        _prune_arguments,
    ),
    Command(
        'forget',
        'start anew on purpose, where a lost or older state stops every run',
        (('forget --dry-run', 'what stops it, and which files would be put aside'), ('forget', 'after a question')),
        forget,
        add_confirmation,
    ),
)
