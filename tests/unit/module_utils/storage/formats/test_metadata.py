# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canonical texts, digests and accounts; the file's JSON, written and read."""

from __future__ import annotations

import datetime
import json
import os

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.canonical import canonical, digest, same
from ansible_collections.osa.inventory.plugins.module_utils.errors import InventoryError, StateDamaged
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Meta
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats import json_text, metadata
from hypothesis import given
from hypothesis import strategies as st
from support.storage_samples import inventory

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


@given(VALUES)
def test_the_file_is_what_the_reference_writes(value):
    assert json_text.dump(value) == json.dumps(value, indent=4, separators=(',', ': '), sort_keys=True)


def test_keys_that_are_no_text_are_written_as_json_does():
    value = {1: {2.5: 'a'}, 3: (), 0: {True: [], False: {}}, -1: {None: 1}}
    assert json_text.dump(value) == json.dumps(value, indent=4, separators=(',', ': '), sort_keys=True)


@given(VALUES)
def test_canonical_text_is_ascii_and_reads_back(value):
    text = canonical(value)
    assert text.isascii()
    assert canonical(json.loads(text)) == text


@given(VALUES, VALUES)
def test_same_means_the_same_canonical_text(one, other):
    assert same(one, other) == (canonical(one) == canonical(other))


@given(VALUES)
def test_a_copy_is_the_same(value):
    assert same(value, json.loads(canonical(value)))


@pytest.mark.parametrize('pair', [(1, 1.0), (1, True), (0, False), (0.0, -0.0), ('1', 1), (None, False), ([], {})])
def test_numbers_and_booleans_that_python_takes_for_equal_differ(pair):
    one, other = ({'a': [{'b': value}]} for value in pair)
    assert not same(one, other)
    assert digest(one) != digest(other)


@pytest.mark.parametrize(
    ('value', 'words'),
    [
        ({'a': [{'b': float('nan')}]}, "'a[0].b' is nan"),
        ({'a': float('inf')}, "'a' is inf"),
        ({'a': {1, 2}}, "'a' is of type set"),
        ({'a': {1: 1, 'b': 2}}, "'a.1' is a key of type int"),
    ],
)
def test_what_json_cannot_hold_is_refused_with_its_key(value, words):
    with pytest.raises(InventoryError) as caught:
        canonical(value)
    assert words in caught.value.message


def test_first_account_starts_a_lineage(monkeypatch):
    monkeypatch.delenv('SUDO_USER', raising=False)
    now = datetime.datetime(2026, 7, 1, 10, 0, 5, 999, tzinfo=datetime.UTC)
    monkeypatch.setattr(metadata, '_now', lambda: now)
    meta = metadata.account(inventory('a', 'b'), None, 'why', 'd1')
    assert (meta.serial, meta.parent, meta.message, meta.input_digest) == (1, None, 'why', 'd1')
    assert meta.written_at == '2026-07-01T10:00:05Z'
    assert meta.counts == {'hosts': 2, 'groups': 2}
    assert meta.sha256 == digest(inventory('a', 'b'))
    assert meta.writer.endswith(f'(pid {os.getpid()})')
    assert '@' in meta.writer


def test_next_account_continues_it(monkeypatch):
    monkeypatch.setenv('SUDO_USER', 'alice')
    first = metadata.account(inventory(), None, '')
    second = metadata.account(inventory('a'), first, '')
    assert (second.lineage, second.serial, second.parent) == (first.lineage, 2, first.sha256)
    assert second.write_id != first.write_id
    assert '(sudo alice, pid' in second.writer


def test_account_survives_json_and_later_keys():
    meta = metadata.account(inventory('a'), None, 'why')
    values = json.loads(json.dumps({**meta.as_dict(), 'of a later version': 1}))
    assert Meta.from_dict(values) == meta


@pytest.mark.parametrize(
    ('data', 'place', 'words'),
    [
        (b'{"_meta": {"hostv', (1, 11), 'truncated'),
        (b'{\n  "a": [1,\n', (2, 8), 'truncated'),
        (b'{"a": "]}", "b": [', (1, 18), 'truncated'),
        (b'garbage', (1, 1), 'not valid JSON'),
        (b'{"a": 1}\n x', (2, 2), 'not valid JSON'),
        (b'{"a" 1}', (1, 6), 'not valid JSON'),
        (b'', (1, 1), 'empty'),
        (b'null', (1, 1), 'contains null instead of an object'),
        (b'[1]', (1, 1), 'contains a list instead of an object'),
        (b'true', (1, 1), 'contains a boolean instead of an object'),
        (b'{"a": NaN}', (1, 1), 'NaN'),
        (b'{"a": "\xff"}', (1, 8), 'not UTF-8'),
        (b'[' * 100000, (1, 1), 'recursion'),
    ],
)
def test_damage_is_told_with_its_place(data, place, words):
    with pytest.raises(StateDamaged) as caught:
        json_text.parse(data, '/x/file.json', 'Restore it.')
    assert (caught.value.place.line, caught.value.place.column) == place
    assert caught.value.place.file == '/x/file.json'
    assert words in caught.value.message
    assert caught.value.help_text == 'Restore it.'


def test_utf8_and_a_byte_order_mark_are_read():
    assert json_text.parse('\ufeff{"a": "é"}'.encode(), 'f', '') == {'a': 'é'}
