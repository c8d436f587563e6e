# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command prints: results on standard output, as a table or for other programs."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import re
import shutil
import sys
import typing as t

from ansible import constants as C

from ...module_utils.words import printable
from ..source.options import plain
from .layout import Layout, Row

FORMATS = ('table', 'json', 'yaml', 'csv')

_BOLD, _GREEN, _RED, _YELLOW = '1', '32', '31', '33'
_CODE_UNIT = re.compile('.{4}')
_FORMULA = re.compile(r'[=@]|[+-](?![\w.:/-]*$)')
_SIGNS = {'+': _GREEN, '-': _RED, '~': _YELLOW, '!': _YELLOW}


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows with a value for each column."""

    columns: tuple[str, ...]
    rows: list[Row]

    def records(self) -> list[dict[str, t.Any]]:
        """Each row as a mapping."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Console:
    """Standard output. Colour and width are those of a terminal; `COLUMNS` also sets a width for others."""

    def __init__(self) -> None:
        self._colour = colourful(sys.stdout)
        fixed = os.environ.get('COLUMNS', '')
        terminal = sys.stdout.isatty()
        self.width = shutil.get_terminal_size().columns if terminal or fixed.isdecimal() else None

    def line(self, text: str = '') -> None:
        """A line of text; characters that could steer a terminal are shown by their codes."""
        print(printable(text))

    def bold(self, text: str) -> None:
        """A line that stands out on a terminal."""
        print(self._coloured(printable(text), _BOLD))

    def change(self, line: str) -> None:
        """A line that begins with a sign: `+` for what is new, `-` for what goes, `~` for what becomes different."""
        print(self._coloured(printable(line), _SIGNS.get(line[:1], '')))

    def table(self, table: Table, form: str = 'table') -> None:
        """A table in one of `FORMATS`."""
        if form == 'csv':
            self._csv(table)
        elif form != 'table':
            self.data(table.records(), form)
        elif table.rows:
            layout = Layout(table.columns, table.rows, self.width)
            for line in layout.header():
                print(self._coloured(line, _BOLD))
            sys.stdout.writelines(f'{line}\n' for line in layout.body())

    def data(self, value: t.Any, form: str) -> None:
        """A value made of mappings, lists and scalars, as JSON or YAML."""
        if form == 'yaml':
            import yaml

            readable = json.dumps(value, ensure_ascii=False).isprintable()
            # The quick one fails on half a surrogate pair.
            dumper = getattr(yaml, 'CSafeDumper', yaml.SafeDumper) if readable else yaml.SafeDumper
            yaml.dump(plain(value), sys.stdout, Dumper=dumper, sort_keys=False, allow_unicode=readable, width=120)
        else:
            print(_without_controls(json.dumps(value, indent=2, ensure_ascii=False)))

    def ask(self, question: str) -> bool:
        """Ask for a yes, which Return alone is not."""
        print(f'{question} [y/N] ', end='', flush=True)
        answer = sys.stdin.readline()
        if not answer:
            print()
        return answer.strip().lower() in ('y', 'yes')

    def can_ask(self) -> bool:
        """Whether there is somebody to ask."""
        return sys.stdin.isatty() and sys.stdout.isatty()

    def _csv(self, table: Table) -> None:
        writer = csv.writer(sys.stdout, lineterminator='\n')
        writer.writerow(table.columns)
        writer.writerows([_csv_cell(value) for value in row] for row in table.rows)

    def _coloured(self, text: str, code: str) -> str:
        return f'\033[{code}m{text}\033[0m' if self._colour and code else text


def colourful(stream: t.TextIO) -> bool:
    """Whether colour is wanted: on a terminal, unless the environment says otherwise as it does to Ansible."""
    if C.ANSIBLE_FORCE_COLOR:
        return True
    return not C.ANSIBLE_NOCOLOR and stream.isatty() and os.environ.get('TERM') != 'dumb'


def _csv_cell(value: t.Any) -> t.Any:
    """A value for a spreadsheet, which is not to take text for a formula: an apostrophe keeps it from that."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, (int, float)):
        return value
    text = ' '.join(map(str, value)) if isinstance(value, (list, tuple)) else value
    shown = printable(json.dumps(text) if isinstance(text, dict) else text)
    return f"'{shown}" if _FORMULA.match(shown) else shown


def _without_controls(text: str) -> str:
    """JSON text with whatever could steer a terminal escaped: the same value to who reads it."""
    if text.replace('\n', '').isprintable():
        return text
    return ''.join(c if c == '\n' or c.isprintable() else _CODE_UNIT.sub(r'\\u\g<0>', _utf16(c)) for c in text)


def _utf16(character: str) -> str:
    return character.encode('utf-16-be', 'surrogatepass').hex()
