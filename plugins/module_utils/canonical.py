# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one JSON text of an inventory, its digest, and whether two inventories have the same."""

from __future__ import annotations

import hashlib
import json
import math
import typing as t

from .errors import InventoryError


def canonical(inventory: t.Any) -> str:
    """The one JSON text of an inventory: keys sorted, no white space, ASCII.

    Two inventories are the same exactly if these texts are: 1, 1.0 and true differ.
    Raises InventoryError, with the key, for what JSON cannot hold, NaN and infinity included.
    """
    try:
        return json.dumps(inventory, sort_keys=True, separators=(',', ':'), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        where, what = _misfit(inventory, '', 0) or ('it', str(error))
        raise InventoryError(f'The inventory does not fit JSON: {where} is {what}.') from error


def digest(inventory: t.Any) -> str:
    """The sha256 (hex) of the canonical text. Raises InventoryError as `canonical` does."""
    return digest_of_text(canonical(inventory))


def digest_of_text(text: str) -> str:
    """The sha256 (hex) of a canonical text that is at hand already."""
    return hashlib.sha256(text.encode('ascii')).hexdigest()


def same(one: t.Any, other: t.Any) -> bool:
    """Whether the canonical texts of two values that fit JSON are equal, without making them."""
    if isinstance(one, str) or one is None:
        return bool(one == other)
    pairs: t.Iterable[tuple[t.Any, t.Any]]
    if isinstance(one, dict):
        if not isinstance(other, dict) or one.keys() != other.keys():
            return False
        pairs = ((value, other[key]) for key, value in one.items())
    elif isinstance(one, (list, tuple)):
        if not isinstance(other, (list, tuple)) or len(one) != len(other):
            return False
        pairs = zip(one, other, strict=True)
    else:
        return type(one) is type(other) and repr(one) == repr(other)
    for value, peer in pairs:
        if value is not peer and not (value == peer if isinstance(value, str) else same(value, peer)):
            return False
    return True


def _misfit(value: t.Any, path: str, depth: int) -> tuple[str, str] | None:
    """The first key path whose value JSON cannot hold, and what it is."""
    if depth > 200:
        return path or 'it', 'nested too deeply'
    if isinstance(value, dict):
        for key, part in value.items():
            here = f'{path}.{key}' if path else str(key)
            if not isinstance(key, str):
                return f"'{here}'", f'a key of type {type(key).__name__} instead of text'
            if found := _misfit(part, here, depth + 1):
                return found
        return None
    if isinstance(value, (list, tuple)):
        parts = (_misfit(part, f'{path}[{position}]', depth + 1) for position, part in enumerate(value))
        return next((found for found in parts if found), None)
    if isinstance(value, float) and not math.isfinite(value):
        return f"'{path}'", f'{value} instead of a finite number'
    if value is None or isinstance(value, (str, int, float)):
        return None
    return f"'{path}'", f'of type {type(value).__name__}'
