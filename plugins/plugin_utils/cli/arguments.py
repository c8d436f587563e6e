# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments that several commands take, and what they mean."""

from __future__ import annotations

import argparse
import collections.abc
import fnmatch
import re
import typing as t

from ...module_utils.addresses import stored_address
from ...module_utils.errors import InventoryError
from ...module_utils.words import did_you_mean, near
from .output import FORMATS, Table

T = t.TypeVar('T')

_WILDCARDS = re.compile(r'[*?\[]')


def add_format(parser: argparse.ArgumentParser, *without: str) -> None:
    """`--format`; without: formats that do not suit the command."""
    choices = [form for form in FORMATS if form not in without]
    parser.add_argument('--format', choices=choices, default='table', help='how to print it (default: table)')


def add_table(parser: argparse.ArgumentParser, columns: collections.abc.Sequence[str], shown: int = 0) -> None:
    """`--columns`, `--sort`, `--reverse` and `--format`.

    columns: all there are; shown: how many of the first ones are shown by default (0: all).
    """
    default = list(columns[: shown or None])
    known = f'there are: {", ".join(columns)} (default: {", ".join(default) if shown else "all"})'
    parser.add_argument(
        '--columns',
        metavar='NAME,…',
        type=lambda text: _chosen(text, columns),
        default=default,
        help=f'columns to show, in this order; {known}',
    )
    parser.add_argument('--sort', metavar='COLUMN', choices=columns, help='column to sort the rows by')
    parser.add_argument('--reverse', action='store_true', help='the last row first')
    add_format(parser)


def add_patterns(parser: argparse.ArgumentParser, what: str) -> None:
    """Names or shell patterns that choose among many."""
    parser.add_argument('patterns', nargs='*', metavar='PATTERN', help=f"{what}: names, or patterns such as 'infra1*'")


def add_change(parser: argparse.ArgumentParser) -> None:
    """What every command takes that stores another inventory."""
    add_confirmation(parser)
    parser.add_argument('--message', '-m', help='why, for the history')
    parser.add_argument('--lock-id', metavar='ID', help='the lock under which you work, if you hold one')


def add_confirmation(parser: argparse.ArgumentParser) -> None:
    """`--yes` and `--dry-run`."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument('--yes', '-y', action='store_true', help='do not ask')
    group.add_argument('--dry-run', action='store_true', help='only show what would be done')


def chosen(patterns: collections.abc.Sequence[str], found: collections.abc.Mapping[str, T], what: str) -> dict[str, T]:
    """Those whose names match any of the patterns; all without patterns.

    what: the kind of name, such as `host`. Raises InventoryError for a name without wildcards that is not there.
    """
    unknown = [one for one in patterns if one not in found and not _WILDCARDS.search(one)]
    if unknown:
        raise InventoryError(f"There is no {what} '{unknown[0]}'.", help_text=did_you_mean(unknown[0], found) or None)
    if not patterns:
        return dict(found)
    return {
        name: value
        for name, value in found.items()
        if any(name == one or fnmatch.fnmatchcase(name, one) for one in patterns)
    }


def arranged(table: Table, options: argparse.Namespace) -> Table:
    """The table with the rows and columns as `--sort`, `--reverse` and `--columns` want them."""
    rows = list(table.rows)
    if options.sort:
        position = table.columns.index(options.sort)
        rows.sort(key=lambda row: _sort_key(row[position]))
    if options.reverse:
        rows.reverse()
    positions = [table.columns.index(name) for name in options.columns]
    return Table(tuple(options.columns), [[row[position] for position in positions] for row in rows])


def _chosen(text: str, columns: collections.abc.Sequence[str]) -> list[str]:
    names = [name.strip() for name in text.split(',') if name.strip()]
    for name in names:
        if name not in columns:
            found = near(name, columns)
            hint = f"did you mean '{found}'?" if found else f'there are: {", ".join(columns)}'
            raise argparse.ArgumentTypeError(f"there is no column '{name}'; {hint}")
    return names or list(columns)


def _sort_key(value: t.Any) -> tuple[t.Any, ...]:
    """Numbers and addresses by their value, before texts; missing values last."""
    if value is None:
        return (3,)
    if isinstance(value, (bool, int)):
        return (0, value)
    if isinstance(value, list):
        return (2, ' '.join(value))
    address = stored_address(value)
    return (1, *address) if address else (2, value)
