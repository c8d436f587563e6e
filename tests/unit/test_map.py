# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The map for contributors names files and functions that are there."""

from __future__ import annotations

import ast
import pathlib
import re

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
MAP = CHECKOUT / 'docs' / 'contributing' / 'map.md'
ROWS = re.findall(r'^\| (.+?) \| `([\w/]+\.py)` \| `(\w+)` \|$', MAP.read_text('utf-8'), re.MULTILINE)
OF_PLUGIN_UTILS = ('run/', 'source/', 'operators/', 'cli/')


def names_in(path: pathlib.Path) -> set[str]:
    """Functions, classes and constants at the top level of a module, imported names included."""
    found: set[str] = set()
    for node in ast.parse(path.read_text('utf-8')).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.ImportFrom):
            found.update(alias.asname or alias.name for alias in node.names)
    return found


def test_every_row_of_the_tables_is_read() -> None:
    rows = [line for line in MAP.read_text('utf-8').splitlines() if line.startswith('| ') and '---' not in line]
    heads = [line for line in rows if line.startswith('| question or rule')]
    assert len(ROWS) == len(rows) - len(heads) > 40


@pytest.mark.parametrize(('question', 'file', 'name'), ROWS, ids=[row[0] for row in ROWS])
def test_the_file_has_the_function(question: str, file: str, name: str) -> None:
    room = 'plugin_utils' if file.startswith(OF_PLUGIN_UTILS) else 'module_utils'
    assert name in names_in(CHECKOUT / 'plugins' / room / file), question
