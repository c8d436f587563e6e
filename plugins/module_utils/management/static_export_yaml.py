# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of an inventory as YAML that Ansible reads to the same values: one way to write each, ASCII only."""

from __future__ import annotations

import json
import re
import typing as t

from ..errors import InventoryError
from ..places import VAULT_KEY, ConfiguredTemplate, ConfiguredUnsafe, looks_like_template

UNSAFE_KEY = '__ansible_unsafe'
"""The key under which text that is never a template stands in JSON inventories (Ansible's own convention)."""

_INDENT = '  '
_PLAIN = re.compile(r'[A-Za-z_/][A-Za-z0-9_./-]*|\d{1,3}(\.\d{1,3}){3}(/\d{1,2})?')
"""Text that needs no quotes: it begins with a letter, or is an IPv4 address or network."""
_WORDS = frozenset(('null', 'true', 'false', 'yes', 'no', 'on', 'off', 'y', 'n'))
"""Words that YAML takes for something else than text, in whatever case."""
_LONGEST_KEY = 1000
_SEALED = re.compile(r'\$ANSIBLE_VAULT;[\w.;-]+\n(?:[0-9a-f]+\n?)+')
_SPECIAL = re.compile(r'[^ !#-\[\]-~]')


def mapping_text(mapping: t.Mapping[str, t.Any], indent: str = '') -> str:
    """A mapping with content in block style, in the order of its keys' names.

    Values are what JSON can hold. Text that looks like a template is written `!unsafe`, unless the configuration has it
    as a template (`ConfiguredTemplate`); sealed text is written `!vault`.
    Raises InventoryError for anything else.
    """
    return ''.join(f'{indent}{_key(key, indent)}:{_value(mapping[key], indent)}\n' for key in sorted(mapping))


def text(value: str) -> str:
    """Text on one line, in quotes where it needs them."""
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return str.__str__(value)
    return f'"{_SPECIAL.sub(_escaped, value)}"'


def _key(key: str, indent: str) -> str:
    """A key; one that is longer than YAML allows before a colon has a line of its own."""
    shown = text(key)
    return f'? {shown}\n{indent}' if len(shown) > _LONGEST_KEY else shown


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return f'\\{character}' if character in '"\\' else f'\\U{ord(character):08x}'


def _value(value: t.Any, indent: str) -> str:
    """What stands behind a colon, or behind the dash of an item: a blank and a scalar, or lines of their own."""
    if isinstance(value, str):
        safe = isinstance(value, ConfiguredUnsafe) or (
            looks_like_template(value) and not isinstance(value, ConfiguredTemplate)
        )
        return f' !unsafe {text(value)}' if safe else f' {text(value)}'
    if isinstance(value, dict):
        return _mapping(value, indent)
    if isinstance(value, (list, tuple)):
        inner = indent + _INDENT
        return ''.join(f'\n{inner}-{_value(item, inner)}' for item in value) or ' []'
    if value is None or isinstance(value, (bool, int, float)):
        return f' {_number(value)}'
    raise InventoryError(f'The inventory does not fit YAML: a value is of type {type(value).__name__}.')


def _mapping(value: dict[str, t.Any], indent: str) -> str:
    if isinstance(unsafe := value.get(UNSAFE_KEY), str):
        return f' !unsafe {text(unsafe)}'
    if isinstance(sealed := value.get(VAULT_KEY), str):
        return _vaulted(sealed, indent + _INDENT)
    if not value:
        return ' {}'
    return '\n' + mapping_text(value, indent + _INDENT).removesuffix('\n')


def _vaulted(sealed: str, indent: str) -> str:
    if not _SEALED.fullmatch(sealed):
        return f' !vault {text(sealed)}'
    ending = '|' if sealed.endswith('\n') else '|-'
    return f' !vault {ending}\n' + '\n'.join(indent + line for line in sealed.splitlines())


def _number(value: float | None) -> str:
    """Numbers, booleans and null as in JSON, but for floats without a point, which YAML takes for text."""
    shown = json.dumps(value, allow_nan=False)
    if isinstance(value, float) and 'e' in shown:
        digits, exponent = shown.split('e')
        sign = '' if exponent[0] in '+-' else '+'
        return f'{digits if "." in digits else digits + ".0"}e{sign}{exponent}'
    return shown
