# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Syntax errors of YAML, said so that the person who wrote the file can mend it."""

from __future__ import annotations

import re
import typing as t

from ..errors import ConfigurationError
from ..places import Place

_FORBIDDEN = re.compile('[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')

TEMPLATE_HELP = 'Put a value that begins with a template in quotes, such as key: "{{ name }}".'

_CONFLICT = re.compile(r'^(<{7} |={7}$|>{7} )', re.MULTILINE)
_BRACKET_HELP = "Close the bracket, or put a ',' between its entries."
_HELP_BY_PROBLEM = (
    ('document start', "Remove this line, or a line '...' before it: a file holds lines such as 'key: value'."),
    ('incompatible YAML', "Remove the line that begins with '%YAML'."),
    ('end of stream', 'Close the quote that is opened here.'),
    ('a tab character', 'Indent with spaces: YAML does not allow tabs.'),
    ('mapping values are not', "Put a value that contains ': ' in quotes, and check the indentation of this line."),
    ('sequence entries are not', "Put a value that begins with '- ' in quotes, or begin the list on a new line."),
    ('escape', 'Write a backslash in double quotes as two, or use single quotes.'),
    ('tag handle', "Tags that are known: '!vault', '!unsafe' and those of YAML itself, such as '!!str'."),
    ("',' or", _BRACKET_HELP),
    ('node content', _BRACKET_HELP),
    ("'-' indicator", 'Give all entries of the list the same indentation.'),
)
_HELP_BY_CHARACTER = {
    '\t': 'Indent with spaces: YAML does not allow tabs.',
    '@': "Put a value that begins with '@' in quotes.",
    '`': "Put a value that begins with '`' in quotes.",
    '%': "Put a value that begins with '%' in quotes.",
}
_GENERAL_HELP = 'Check the quotes and the indentation of this line and of the line before it.'


def refuse_control_characters(text: str, path: str) -> None:
    """Raise ConfigurationError at the first character that YAML does not allow in a file."""
    found = _FORBIDDEN.search(text)
    if found:
        line = text.count('\n', 0, found.start()) + 1
        column = found.start() - text.rfind('\n', 0, found.start())
        raise ConfigurationError(
            f'The file contains the control character U+{ord(found.group()):04X}, which YAML does not allow.',
            Place(path, line, column),
            'Remove the character; if there are many, the file is damaged or is not text.',
        )


def syntax_error(error: t.Any, text: str, path: str) -> ConfigurationError:
    """The error for what PyYAML raised (a `yaml.YAMLError`) on the text of a file."""
    problem = getattr(error, 'problem', None) or str(error)
    context = getattr(error, 'context', None)
    mark = getattr(error, 'problem_mark', None)
    start = getattr(error, 'context_mark', None)
    if start and mark and not text[_offset(text, mark) :].strip():
        mark = start  # something is never closed: where it begins says more than the end of the file
    message = f'The file is not valid YAML: {problem}{f" {context}" if context else ""}.'
    if mark is None:
        return ConfigurationError(message, Place(path, 1, 1), _GENERAL_HELP)
    place = min(Place(path, mark.line + 1, mark.column + 1), _end(text, path))
    return ConfigurationError(message, place, _help(problem, context or '', text, mark))


def _help(problem: str, context: str, text: str, mark: t.Any) -> str:
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ''
    if re.search(r'(^|[:\-,\[{]\s+)\{\{', line):
        return TEMPLATE_HELP
    if _CONFLICT.search(text):
        return "Resolve the merge conflict: remove the lines of '<<<<<<<', '=======' and '>>>>>>>'."
    if 'alias' in context or 'anchor' in context:
        return "Put a value that begins with '*' or '&' in quotes."
    for words, help_text in _HELP_BY_PROBLEM:
        if words in problem:
            return help_text
    return _HELP_BY_CHARACTER.get(line[mark.column : mark.column + 1], _GENERAL_HELP)


def _end(text: str, path: str) -> Place:
    """The last place of the text that has something in it."""
    lines = text.rstrip().split('\n')
    return Place(path, len(lines), len(lines[-1]) + 1)


def _offset(text: str, mark: t.Any) -> int:
    """Where in the text a mark points to."""
    offset = 0
    for _line in range(mark.line):
        offset = text.find('\n', offset) + 1
    return offset + int(mark.column)
