# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`plan` and `check`: what the next run would do, before it does it."""

from __future__ import annotations

import argparse
import typing as t

from ...module_utils.errors import ConfigurationError, ConfigurationErrors
from ...module_utils.management.difference import ABSENT, Difference
from ...module_utils.management.plan import Plan
from ...module_utils.places import Place
from .arguments import add_format
from .changes import change_line
from .command import Command
from .failures import DIFFERENT, DONE, FAILED
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
        'made': [{'kind': one.kind, 'name': one.name, 'detail': one.detail} for one in found.made],
        'differences': [difference_record(one) for one in found.differences],
        'unconfigured': list(found.unconfigured),
        'warnings': [one.message for one in found.warnings],
    }


def difference_record(difference: Difference) -> dict[str, t.Any]:
    """A difference as a mapping; a side that has no value is left out."""
    record = {key: getattr(difference, key) for key in DIFFERENCES}
    return {key: value for key, value in record.items() if value is not ABSENT}


def check(session: Session, options: argparse.Namespace) -> int:
    """The mistakes and warnings of the configuration."""
    if options.format == 'table':
        deployment = session.manager.check()
        session.warn(*deployment.warnings)
        hosts = {name for entries in deployment.configuration.host_groups.values() for name in entries}
        networks = deployment.configuration.networks
        warnings = f', with {len(deployment.warnings)} warnings' if deployment.warnings else ''
        session.console.bold(
            f'The configuration is sound{warnings}: {len(deployment.files)} files, {len(hosts)} hosts,'
            f' {len(networks)} networks.'
        )
        return DONE
    try:
        warnings, mistakes = session.manager.check().warnings, ()
    except ConfigurationErrors as error:
        warnings, mistakes = (), error.errors
    except ConfigurationError as error:
        warnings, mistakes = (), (error,)
    rows = [_finding('error', one.message, one.place, one.help_text) for one in mistakes]
    rows += [_finding('warning', one.message, one.place, one.help_text) for one in warnings]
    session.console.table(Table(FINDINGS, list(rows)), options.format)
    return FAILED if mistakes else DONE


def _finding(level: str, message: str, place: Place | None, remedy: str | None) -> tuple[t.Any, ...]:
    return (level, message, *(place or (None, None, None)), remedy)


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
        'check the configuration alone, and show all mistakes at once',
        (
            ('check', 'exit code 0 when it is sound, 1 when it has mistakes'),
            ('check --format csv', 'mistakes and warnings as rows, with file, line and column'),
        ),
        check,
        add_format,
    ),
)
