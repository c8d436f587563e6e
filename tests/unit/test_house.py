# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the house that no linter knows: how long a file may be, and that an exception to a rule gives its reason."""

from __future__ import annotations

import collections.abc
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[2]
MOST_LINES = 400
PRODUCT = ('plugins', 'scripts', 'migrations', 'examples')
FOLDERS = (*PRODUCT, 'tests')

STILL_TOO_LONG = {
    'tests/unit/module_utils/management/test_migration.py',
    'tests/unit/module_utils/storage/driver/test_store.py',
    'tests/unit/module_utils/storage/file/test_file_storage.py',
    'tests/unit/module_utils/storage/redis/test_redis.py',
    'tests/unit/module_utils/storage/sql/test_sql_storage.py',
    'tests/unit/module_utils/storage/swift/test_swift.py',
    'tests/unit/plugin_utils/cli/test_manager.py',
}
"""Tests that are yet to be divided. Nothing is added here."""

EXCEPTION = re.compile(r'#\s*(?:noqa\b|type:\s*ignore\b).*')
REASONED = re.compile(
    r'# (?:noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*|type: ignore\[[a-z-]+(?:, [a-z-]+)*\])'  # what is off, by its code
    r'(?:  # | - | \(|  )\w.{5,}'  # why
)


def sources(folders: collections.abc.Iterable[str]) -> list[pathlib.Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob('*.py'))]


def test_no_file_is_longer_than_can_be_read_at_once():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources(FOLDERS)}
    assert len(lengths) > 300
    too_long = {path: length for path, length in lengths.items() if length > MOST_LINES}
    assert too_long.keys() <= STILL_TOO_LONG, too_long


def test_every_exception_to_a_rule_of_ruff_or_mypy_has_its_code_and_its_reason():
    found = {
        f'{path.relative_to(ROOT)}:{number}': match[0]
        for path in sources(PRODUCT)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (match := EXCEPTION.search(line))
    }
    assert len(found) > 10
    assert {place: text for place, text in found.items() if not REASONED.fullmatch(text)} == {}


@pytest.mark.parametrize(
    'text',
    [
        '# noqa',
        '# type: ignore',
        '# noqa: B027',
        '# type: ignore[misc]',
        '# noqa  # because',
        '# type: ignore  # so it is',
    ],
)
def test_an_exception_without_code_or_reason_is_found(text: str):
    assert EXCEPTION.fullmatch(text) and not REASONED.fullmatch(text)
