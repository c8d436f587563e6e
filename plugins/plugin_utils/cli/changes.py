# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes: shown first, made after a yes."""

from __future__ import annotations

import argparse
import typing as t

from ...module_utils.errors import OSAInventoryError
from ...module_utils.results import Change, Kind
from ...module_utils.storage.driver.outcome import Outcome
from ..run.report import detail
from .exit_codes import DONE, FAILED
from .session import Session

_SHOWN = {
    Kind.REMOVED_HOST: '- host',
    Kind.REMOVED_GROUP: '- group',
    Kind.ALTERED_HOST: '~ host',
    Kind.ALTERED_GROUP: '~ group',
    Kind.CLEARED_HOST: '~ host',
    Kind.UNCONFIGURED: '+ host',
}
"""How kinds of change are shown that are not simply new things."""


def change_line(change: Change) -> str:
    """One change as a line that begins with its sign."""
    told = f'loses {detail(change)}' if change.kind == Kind.CLEARED_HOST else detail(change)
    return f'{_SHOWN.get(change.kind, f"+ {change.kind}")} {change.name} {told}'.rstrip()


def carry_out(
    session: Session,
    options: argparse.Namespace,
    preview: Outcome,
    question: str,
    make: t.Callable[[], Outcome],
) -> int:
    """Show what a preview gave, ask, and make the change; returns the exit code.

    question: for a person, without the question mark's answers.
    """
    for change in preview.changes:
        session.console.change(change_line(change))
    session.warn(*preview.warnings)
    if not preview.changes:
        session.console.line('There is nothing to change.')
        return DONE
    if not confirmed(session, options, question):
        return DONE if options.dry_run else FAILED
    result = make()
    session.warn(*(notice for notice in result.warnings if notice not in preview.warnings))
    where = session.manager.store.storage.describe()
    serial = f' Serial {result.after.serial} is stored in {where}.' if result.after else ''
    session.console.bold(f'Done: {result.summary() if result.changes else preview.summary()}.{serial}')
    return DONE


def confirmed(session: Session, options: argparse.Namespace, question: str) -> bool:
    """Whether to go on: `--yes`, or a person's answer. Says so when not; raises when there is nobody to ask."""
    if options.yes:
        return True
    if options.dry_run:
        session.console.line('Nothing was changed, as this is a dry run.')
        return False
    if not session.console.can_ask():
        raise OSAInventoryError(
            'Nothing was changed, as there is nobody to ask.',
            help_text='Say --yes to do it, or --dry-run to see what would be done.',
        )
    if session.console.ask(question):
        return True
    session.console.line('Nothing was changed.')
    return False
