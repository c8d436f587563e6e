# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables as text, readable at any width.

Where a row does not fit into one line, texts and lists are broken first; then columns that do not fit are moved below
the first ones, indented. Names, addresses and other single words are never broken.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import itertools
import textwrap
import typing as t

from ...module_utils.words import printable

GAP = '  '
INDENT = '    '
NOTHING = '-'
"""How a missing value is shown, so that other programs can tell the columns apart."""

_NARROWEST = 16
"""A text or list is given at least so much room before columns are moved."""

Row = collections.abc.Sequence[t.Any]


@dataclasses.dataclass(frozen=True)
class _Column:
    """cells: as text, the header first. least: it is not made narrower. most: width of its longest cell."""

    cells: list[str]
    least: int
    most: int
    right: bool


_Band = list[tuple[_Column, int]]
"""Columns side by side, with their widths."""


class Layout:
    """A table laid out for a width.

    headers: names of the columns. rows: a value for each; a list is broken between its items, a text between words.
    width: how many characters a line may have; None for any number.
    """

    def __init__(self, headers: collections.abc.Sequence[str], rows: list[Row], width: int | None) -> None:
        columns = [_column(header, [row[number] for row in rows]) for number, header in enumerate(headers)]
        self._bands = _bands(columns, width)
        self._count = len(rows)

    def header(self) -> list[str]:
        """The lines with the names of the columns."""
        return self._lines(0)

    def body(self) -> collections.abc.Iterator[str]:
        """The lines of all rows."""
        return itertools.chain.from_iterable(self._lines(number) for number in range(1, self._count + 1))

    def _lines(self, number: int) -> list[str]:
        indents = ('', *itertools.repeat(INDENT, len(self._bands) - 1))
        return [
            line
            for band, indent in zip(self._bands, indents, strict=True)
            for line in _band_lines(band, number, indent)
        ]


def text_of(value: t.Any) -> str:
    """A value in a cell."""
    if value is None or value == []:
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return ', '.join(map(text_of, value))
    return printable(str(value)) or NOTHING


def _column(header: str, values: list[t.Any]) -> _Column:
    cells = [header, *map(text_of, values)]
    most = max(map(len, cells))
    words = max((len(word) for cell in cells for word in cell.split()), default=0)
    numbers = bool(values) and all(isinstance(value, int) and not isinstance(value, bool) for value in values)
    return _Column(cells, max(words, min(most, _NARROWEST)), most, numbers)


def _bands(columns: list[_Column], width: int | None) -> list[_Band]:
    """The columns in as few bands as the width allows, each with the room that is left shared out."""
    if width is None or _total([column.most for column in columns]) <= width:
        return [[(column, column.most) for column in columns]]
    groups: list[list[_Column]] = [[]]
    for column in columns:
        room = width - (len(INDENT) if len(groups) > 1 else 0)
        if groups[-1] and _total([*(other.least for other in groups[-1]), column.least]) > room:
            groups.append([])
        groups[-1].append(column)
    return [_shared(group, width - (len(INDENT) if number else 0)) for number, group in enumerate(groups)]


def _shared(columns: list[_Column], width: int) -> _Band:
    """The least widths, and what is left over for those that can use it, the least needy first."""
    sizes = {id(column): column.least for column in columns}
    left = max(0, width - _total(list(sizes.values())))
    needy = sorted((column for column in columns if column.most > column.least), key=lambda one: one.most - one.least)
    for number, column in enumerate(needy):
        given = min(column.most - column.least, left // (len(needy) - number))
        sizes[id(column)] += given
        left -= given
    return [(column, sizes[id(column)]) for column in columns]


def _total(widths: list[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _band_lines(band: _Band, number: int, indent: str) -> collections.abc.Iterator[str]:
    broken = [_broken(column.cells[number], size) for column, size in band]
    for parts in itertools.zip_longest(*broken, fillvalue=''):
        padded = (
            part.rjust(size) if column.right else part.ljust(size)
            for part, (column, size) in zip(parts, band, strict=True)
        )
        yield (indent + GAP.join(padded)).rstrip()


def _broken(cell: str, width: int) -> list[str]:
    if len(cell) <= width:
        return [cell]
    return textwrap.wrap(cell, width, break_long_words=False, break_on_hyphens=False)
