# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stored file's JSON: written in the reference's form, read with the place of what is wrong."""

from __future__ import annotations

import json
import math
import re
import typing as t
from json.encoder import encode_basestring_ascii as quoted

from ...errors import StateDamaged, StateTooLarge
from ...places import Place

MOST_VALUES = 20_000_000
"""How many values a stored text may have: an inventory of some 500,000 hosts has as many."""

_INDENT = ' ' * 4
_CONSTANTS = {None: 'null', True: 'true', False: 'false'}
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


def dump(inventory: t.Any) -> str:
    """`json.dumps(inventory, indent=4, separators=(',', ': '), sort_keys=True)`, to the letter but much faster.

    inventory: what `canonical.canonical` accepts.
    """
    return _Writer().text(inventory, '\n')


class _Writer:
    """The standard library indents in Python, token by token; this writer puts together whole containers."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}

    def text(self, value: t.Any, newline: str) -> str:
        if isinstance(value, str):
            return quoted(value)
        if isinstance(value, dict):
            return self._mapping(value, newline)
        if isinstance(value, (list, tuple)):
            return self._sequence(value, newline)
        if value is None or isinstance(value, bool):
            return _CONSTANTS[value]
        return json.dumps(value)

    def _mapping(self, value: dict[str, t.Any], newline: str) -> str:
        if not value:
            return '{}'
        inner = newline + _INDENT
        text = self.text
        parts = [
            self._key(key) + (quoted(part) if isinstance(part, str) else text(part, inner))
            for key, part in sorted(value.items())
        ]
        return f'{{{inner}{f",{inner}".join(parts)}{newline}}}'

    def _sequence(self, value: t.Sequence[t.Any], newline: str) -> str:
        if not value:
            return '[]'
        inner = newline + _INDENT
        text = self.text
        return f'[{inner}{f",{inner}".join([text(part, inner) for part in value])}{newline}]'

    def _key(self, key: t.Any) -> str:
        if not isinstance(key, str):
            return json.dumps({key: 0})[1:-2]
        known = self._keys.get(key)
        if known is None:
            known = self._keys[key] = quoted(key) + ': '
        return known


def parse(data: bytes, file: str, help_text: str) -> dict[str, t.Any]:
    """The JSON object in the bytes of a file.

    file: its name, for the place. help_text: the remedy that errors carry.
    Raises StateDamaged with the place, StateTooLarge.
    """
    try:
        text = data.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        before = data[: error.start].decode('utf-8-sig')
        raise StateDamaged('Text is not UTF-8.', _place(file, before, len(before)), help_text) from error
    refuse_flood(text, f"'{file}'")
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=finite)
    except json.JSONDecodeError as error:
        open_at = _unclosed(text)
        if open_at is not None and _ends_early(text, error):
            message = 'File is not valid JSON: it ends before what starts here is closed (truncated?).'
            raise StateDamaged(message, _place(file, text, open_at), help_text) from error
        message = f'File is not valid JSON: {error.msg}.' if text.strip() else 'File is empty and not valid JSON.'
        raise StateDamaged(message, _place(file, text, error.pos), help_text) from error
    except (ValueError, RecursionError) as error:
        raise StateDamaged(f'File is not valid JSON: {error}.', Place(file, 1, 1), help_text) from error
    if not isinstance(value, dict):
        message = f'File contains {_kind(value)} instead of an object.'
        raise StateDamaged(message, Place(file, 1, 1), help_text)
    return value


def refuse_flood(text: str, where: str) -> None:
    """Raise StateTooLarge for JSON text whose values would take many times its own size in memory.

    where: what the text is, for people.
    """
    if len(text) > MOST_VALUES and sum(map(text.count, ',[{')) > MOST_VALUES:
        raise StateTooLarge(
            f'{where[:1].upper()}{where[1:]} has more than {MOST_VALUES} values, and no run makes such an inventory.',
            help_text='It is left as it is. Restore an older state (osa-inventory restore).',
        )


def _refuse_constant(name: str) -> t.NoReturn:
    raise ValueError(f'{name} is not a number that JSON knows')


def finite(text: str) -> float:
    """The number in a text, such as `1e3`. Raises ValueError for one that is too large."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(f'{text[:40]} is too large a number')
    return number


def _place(file: str, text: str, position: int) -> Place:
    before = text[:position]
    return Place(file, before.count('\n') + 1, position - (before.rfind('\n') + 1) + 1)


def _unclosed(text: str) -> int | None:
    """Where the innermost object or list starts that the text never closes."""
    opened: list[int] = []
    for token in _TOKEN.finditer(text):
        if token[0] in '[{':
            opened.append(token.start())
        elif token[0] in ']}' and opened:
            opened.pop()
    return opened[-1] if opened else None


def _ends_early(text: str, error: json.JSONDecodeError) -> bool:
    return error.pos >= len(text.rstrip()) or error.msg.startswith('Unterminated string')


def _kind(value: t.Any) -> str:
    kinds = {list: 'a list', str: 'text', bool: 'a boolean'}
    return 'null' if value is None else kinds.get(type(value), 'a number')
