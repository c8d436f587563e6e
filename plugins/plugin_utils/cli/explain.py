# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`explain`: where the values of a host's variables come from."""

from __future__ import annotations

import argparse
import json
import typing as t

from ...module_utils.management.explanation import Explanation, Since
from ...module_utils.places import VAULT_KEY
from .arguments import add_format
from .command import Command
from .exit_codes import DONE
from .output import Table
from .session import Session

COLUMNS = ('owner', 'variable', 'value', 'origin', 'reason', 'file', 'line', 'column', 'since')
_LONGEST = 60


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('host', metavar='HOST', help='a physical host or container')
    parser.add_argument(
        'variable',
        metavar='VARIABLE',
        nargs='?',
        help='one variable, or a part of container_networks such as container_networks.management_address',
    )
    add_format(parser)


def explain(session: Session, options: argparse.Namespace) -> int:
    """Each value with its origin."""
    found = session.manager.explain(options.host, options.variable)
    if options.format == 'table':
        for each in found:
            _show(session, each, whole=options.variable is not None)
    else:
        session.console.table(Table(COLUMNS, [_row(each, options.format) for each in found]), options.format)
    return DONE


def _show(session: Session, found: Explanation, whole: bool) -> None:
    value = _value(found.value)
    if not whole and len(value) > _LONGEST:
        value = f'{value[: _LONGEST - 1]}…'
    session.console.bold(f'{found.variable} = {value}')
    session.console.line(f'    {found.origin}: {found.reason}')
    if found.place:
        session.console.line(f'    {found.place}')
    if found.since:
        session.console.line(f'    {_age(found.since)}, {found.since.meta.written_at} by {found.since.meta.writer}')


def _value(value: t.Any) -> str:
    if isinstance(value, dict) and VAULT_KEY in value:
        return '(vaulted)'
    return json.dumps(value, ensure_ascii=False)


def _age(since: Since) -> str:
    return f'since serial {since.meta.serial}{"" if since.exact else " or before"}'


def _row(found: Explanation, form: str) -> tuple[t.Any, ...]:
    value = _value(found.value) if form == 'csv' and isinstance(found.value, (dict, list)) else found.value
    place = found.place or (None, None, None)
    since = found.since.meta.serial if found.since else None
    return (found.owner, found.variable, value, found.origin, found.reason, *place, since)


COMMANDS = (
    Command(
        'explain',
        'say where the values of a host come from: file and line, a rule of the generator, or the stored inventory',
        (
            ('explain infra1', 'every variable of the host'),
            ('explain infra1 ansible_host', 'one of them'),
            ('explain infra1 container_networks.management_address', 'one network of the host'),
        ),
        explain,
        _arguments,
    ),
)
