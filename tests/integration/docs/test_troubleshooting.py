# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every message that the code can show has an entry in the page about troubleshooting, and no entry is left over."""

from __future__ import annotations

import pathlib
import re

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql import faults
from support.messages import messages_of

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
PAGE = (CHECKOUT / 'docs' / 'troubleshooting.md').read_text('utf-8')
FOR_AUTHORS = 'plugin_utils/storage_kit/'
"""The kit by which authors of storages test theirs; its findings are for them."""

ANSWERS = 'plugin_utils/cli/'
"""The command `osa-inventory`, which prints sentences that are neither errors nor warnings."""

MESSAGES = [
    one
    for one in messages_of(CHECKOUT / 'plugins')
    if not one.place.startswith(FOR_AUTHORS) and (one.is_raised or not one.place.startswith(ANSWERS))
]
OF_ANSIBLE = "## Ansible's own messages"

NO_MESSAGES = {
    'The file is left as it is. …': 'a remedy',
    'Interrupted.': 'whoever pressed Control-C knows',
    'The … …: ….': 'the faults of databases, whose words are in a table',
}
"""Sentences of the code that are no messages, and what they are."""


TEXTS = {message.text for message in MESSAGES} | {
    f'The … {words}: ….' for _error, words, _help in faults._TEXTS.values()
}


def entries(text: str) -> list[str]:
    """The messages in the first columns of the tables."""
    return re.findall(r'^\| (?:`` (.+?) ``|`(.+?)`) \|', text, re.MULTILINE)  # type: ignore[return-value]


def ours() -> list[str]:
    before, _mark, rest = PAGE.partition(OF_ANSIBLE)
    return [one or other for one, other in entries(before + rest[rest.index('\n## ') :])]


def test_every_message_has_an_entry() -> None:
    known = {*ours(), *NO_MESSAGES}
    places = {message.text: message.place for message in MESSAGES}
    missing = [f'{places.get(text, "sql/faults.py")}: {text}' for text in sorted(TEXTS - known)]
    assert missing == [], '\n'.join(missing)


def test_every_entry_is_a_message() -> None:
    assert [entry for entry in ours() if entry not in TEXTS] == []
    assert [text for text in NO_MESSAGES if text not in TEXTS] == []


def test_no_message_has_two_entries() -> None:
    assert sorted({entry for entry in ours() if ours().count(entry) > 1}) == []


@pytest.mark.parametrize(
    ('code', 'text'),
    [
        ("raise StorageError(f'{where} is gone', help_text='Find it again.')", '… is gone'),
        ("problems.error(f\"Value '{path}' is wrong.\", place, key, 'It is easily put right.')", "Value '…' is wrong."),
        ("message = f'{a}{b} is wrong.'\nproblems.error(message, place, key, HELP)", '… is wrong.'),
        ("yield 'One thing is wrong.'", 'One thing is wrong.'),
        ("NAME = 'x'\nraise StorageError(f\"'{NAME}' is wrong.\")", "'x' is wrong."),
        ("display.error(f'The output is {what}')", 'The output is …'),
        ("Finding('warning', f'{what} may break', 'Mend it.')", '… may break'),
    ],
)
def test_a_message_is_found(code: str, text: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / 'code.py').write_text(code, 'utf-8')
    assert [message.text for message in messages_of(tmp_path)] == [text]


@pytest.mark.parametrize(
    'code',
    [
        "'''A docstring is no message.'''",
        "_HELP = 'This is how it is done.'",
        "def suggestion():\n    return 'This is how it is done.'",
        "display.vv('This was read.')",
        "Finding('ok', 'All is well.')",
        "text = 'Write something else.'",
    ],
)
def test_nothing_else_is(code: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / 'code.py').write_text(code, 'utf-8')
    assert messages_of(tmp_path) == []
