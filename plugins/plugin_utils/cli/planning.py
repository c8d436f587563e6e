# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`plan` and `check`: what the next run would do, before it does it."""

from __future__ import annotations

import argparse
import typing as t

from ...module_utils.errors import ConfigurationErrors, OSAInventoryError
from ...module_utils.management.difference import ABSENT, Difference
from ...module_utils.management.plan import Plan
from ...module_utils.places import Place
from ...module_utils.results import Notice
from ...module_utils.words import counted
from ..run.report import record
from .arguments import add_format
from .changes import change_line
from .command import Command
from .exit_codes import DIFFERENT, DONE, exit_code
from .layout import Row
from .output import Table
from .session import Session

FINDINGS = ('level', 'message', 'file', 'line', 'column', 'remedy')
DIFFERENCES = ('subject', 'name', 'key', 'before', 'after')


def plan(session: Session, options: argparse.Namespace) -> int:
    """What the next run would change."""
    found = session.manager.plan()
    session.warn(*found.warnings)
    if options.format == 'table':
        _show_plan(session, found)
    else:
        session.console.data(_plan_data(found), options.format)
    return DIFFERENT if found.differs else DONE


def _show_plan(session: Session, found: Plan) -> None:
    for change in found.made:
        session.console.change(change_line(change))
    for difference in found.differences:
        session.console.change(str(difference))
    for name in found.unconfigured:
        session.console.change(f'! {name} is no longer configured; it stays')
    session.console.bold(f'The next run changes: {found.summary if found.differs else "nothing"}.')


def _plan_data(found: Plan) -> dict[str, t.Any]:
    return {
        'differs': found.differs,
        'summary': found.summary,
        'made': [record(one) for one in found.made],
        'differences': [difference_record(one) for one in found.differences],
        'unconfigured': list(found.unconfigured),
        'warnings': [one.message for one in found.warnings],
    }


def difference_record(difference: Difference) -> dict[str, t.Any]:
    """A difference as a mapping; a side that has no value is left out."""
    record = {key: getattr(difference, key) for key in DIFFERENCES}
    return {key: value for key, value in record.items() if value is not ABSENT}


def check(session: Session, options: argparse.Namespace) -> int:
    """The mistakes and warnings of the configuration, and of what the next run makes of it."""
    if options.format == 'table':
        deployment = session.manager.check()
        warnings = _warnings(session, options)
        session.warn(*warnings)
        hosts = {name for entries in deployment.configuration.host_groups.values() for name in entries}
        networks = deployment.configuration.networks
        found = f', with {counted(len(warnings), "warning")}' if warnings else ''
        session.console.bold(
            f'The configuration is sound{found}: {counted(len(deployment.files), "file")},'
            f' {counted(len(hosts), "host")}, {counted(len(networks), "network")}.'
        )
        return DONE
    code = DONE
    rows: list[Row] = []
    try:
        rows = [_finding('warning', one) for one in _warnings(session, options)]
    except OSAInventoryError as error:
        mistakes = error.errors if isinstance(error, ConfigurationErrors) else (error,)
        code, rows = exit_code(error), [_finding('error', one) for one in mistakes]
    session.console.table(Table(FINDINGS, rows), options.format)
    return code


def _warnings(session: Session, options: argparse.Namespace) -> tuple[Notice, ...]:
    """Raises for mistakes."""
    return session.manager.check().warnings if options.configuration_only else session.manager.plan().warnings


def _finding(level: str, found: Notice | OSAInventoryError) -> tuple[t.Any, ...]:
    place: Place | tuple[None, ...] = found.place or (None, None, None)
    return (level, found.message, *place, found.help_text)


def _add_check_arguments(parser: argparse.ArgumentParser) -> None:
    add_format(parser)
    parser.add_argument(
        '--configuration-only',
        action='store_true',
        help='do not look into the storage, nor at what the next run makes of the configuration',
    )


COMMANDS = (
    Command(
        'plan',
        'show what the next run would change, without writing anything',
        (
            ('plan', 'exit code 0 when nothing would change, 2 when something would'),
            ('plan --format json', 'the same for another program'),
        ),
        plan,
        lambda parser: add_format(parser, 'csv'),
    ),
    Command(
        'check',
        'check the configuration, and show all mistakes at once, without writing anything',
        (
            ('check', 'exit code 0 when the next run can go on from what is stored, with warnings or without'),
            ('check --configuration-only', 'the same where the storage is out of reach, such as in a pipeline'),
            ('check --format csv', 'mistakes and warnings as rows, with file, line and column'),
        ),
        check,
        _add_check_arguments,
    ),
)
