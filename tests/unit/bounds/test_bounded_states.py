# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored states that are enormous, or would become so: each takes little memory and time, or is refused clearly.

With HYPOTHESIS_PROFILE=long the sizes are ten times as large.
"""

from __future__ import annotations

import collections.abc as c
import dataclasses
import hashlib
import json
import pathlib
import sqlite3
import tarfile
import typing as t
import zlib

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.results import Result
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.encryption import cipher
from ansible_collections.osa.inventory.plugins.module_utils.storage.filesystem import LARGEST_FILE
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats import compression, json_text, records
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.metadata import account
from fuzz.directories import SEPARATOR
from fuzz.served import read_redis, read_swift, redis_seeds, swift_seeds
from support.bounded import IS_LONG, within
from support.histories import NAME, file_storage, grow, sqlite_storage

MANY = 100_000 if IS_LONG else 10_000
ARCHIVE = 'backup_openstack_inventory.tar'
MEMBER = 'openstack_inventory.json-20260102_030405.json'


def load(directory: pathlib.Path) -> Inventory:
    """What a run would be given. Raises as the storage does."""
    state = Store(file_storage(directory), str(directory)).load()
    assert state is not None
    return state.inventory


def of_hosts(count: int) -> Inventory:
    """An inventory of hosts that share what they have."""
    variables = {'container_networks': {}, 'note': 'x' * 800, 'properties': {}}
    hosts = {f'host{number}': variables for number in range(count)}
    return {'_meta': {'hostvars': hosts}, 'all': {'vars': {}}, 'hosts': {'hosts': list(hosts)}}


CONTENTS: dict[str, tuple[c.Callable[[], bytes], str]] = {
    'levels': (lambda: b'{"a":' * (10 * MANY), 'StateDamaged'),
    'levels that are closed': (lambda: b'{"a":' * 900 + b'1' + b'}' * 900, 'StateDamaged'),
    'digits': (lambda: b'{"a": ' + b'9' * (100 * MANY) + b'}', 'StateDamaged'),
    'a large exponent': (lambda: b'{"a": 1e999999}', 'too large a number'),
    'a long text that is not closed': (lambda: b'{"a": "' + b'x' * (1000 * MANY), 'truncated?'),
    'values': (lambda: b'{"a": [' + b'0,' * (json_text.MOST_VALUES + 1), f'more than {json_text.MOST_VALUES} values'),
    'mappings': (lambda: b'{"a":[' + b'{' * (json_text.MOST_VALUES + 1), f'more than {json_text.MOST_VALUES} values'),
    'hosts': (lambda: json.dumps(of_hosts(MANY)).encode('ascii'), 'inventory'),
}


@pytest.mark.parametrize('name', CONTENTS)
def test_an_enormous_state_is_read_or_refused(tmp_path: pathlib.Path, name: str) -> None:
    content, expected = CONTENTS[name]
    (tmp_path / NAME).write_bytes(content())
    assert expected in within(2500 if IS_LONG else 300, 60, lambda: load(tmp_path))


@pytest.mark.parametrize('name', [NAME, '.openstack_inventory.meta.json', '.openstack_inventory.held.json'])
def test_a_file_that_is_too_large_is_not_read(tmp_path: pathlib.Path, name: str) -> None:
    grow(file_storage(tmp_path), 1)
    with open(tmp_path / name, 'r+b' if name == NAME else 'wb') as file:
        file.truncate(1 << 40)

    def change() -> None:
        store = Store(file_storage(tmp_path), str(tmp_path))
        store.update(lambda stored: Result({**t.cast(Inventory, stored), 'new': {'hosts': []}}))

    assert 'has 1048576 MiB, and no more than 512 MiB are read' in within(20, 5, change)


def test_a_breadcrumb_that_is_too_large_says_nothing_and_stays(tmp_path: pathlib.Path) -> None:
    grow(file_storage(tmp_path), 1)
    crumb = tmp_path / '.osa_inventory_seen.json'
    with open(crumb, 'wb') as file:
        file.truncate(1 << 40)
    assert within(20, 5, lambda: load(tmp_path)) == 'inventory'


def test_no_state_is_written_that_would_not_be_read(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = file_storage(tmp_path)
    monkeypatch.setattr(
        'ansible_collections.osa.inventory.plugins.module_utils.storage.filesystem.LARGEST_FILE', 1 << 20
    )
    outcome = within(200, 20, lambda: Store(storage, str(tmp_path)).update(lambda _stored: Result(of_hosts(2000))))
    assert 'StateTooLarge: The inventory has 1 MiB, and the file may have 1 MiB. Nothing was written.' in outcome
    assert not (tmp_path / NAME).exists()


# Backup archives


def archive_of(*members: tarfile.TarInfo) -> bytes:
    """The headers of members, with nothing in them."""
    return b''.join(member.tobuf(tarfile.GNU_FORMAT) for member in members)


def member(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info


ARCHIVES: dict[str, tuple[bytes, int, str]] = {
    'a member of a size that no file has': (archive_of(member(MEMBER, 1 << 62)), 10_240, 'unexpected end of data'),
    'a header that is enormous': (archive_of(member('x', 1 << 39, tarfile.XHDTYPE)), 1 << 40, 'header is too large'),
    'a name that is enormous': (
        archive_of(member('././@LongLink', 1 << 39, tarfile.GNUTYPE_LONGNAME)),
        1 << 40,
        'header is too large',
    ),
    'nothing for a long way': (archive_of(member(MEMBER, 0)), 1 << 40, 'MiB behind the last member'),
    'members': (archive_of(*[member('x', 0)] * 10_001), 10_001 * 512 + 1024, 'more than 10000 members'),
}


@pytest.mark.parametrize('name', ARCHIVES)
def test_an_enormous_archive_is_told_and_hinders_nothing(tmp_path: pathlib.Path, name: str) -> None:
    content, size, problem = ARCHIVES[name]
    grow(file_storage(tmp_path), 1)
    (tmp_path / ARCHIVE).write_bytes(content)
    with open(tmp_path / ARCHIVE, 'r+b') as file:
        file.truncate(size)

    def look() -> None:
        storage = file_storage(tmp_path)
        assert storage.read() is not None
        assert len(storage.history()) == 1
        (notice,) = storage.take_notices()
        assert problem in notice.message, notice.message

    assert within(60, 20, look) == 'inventory'


def test_an_archived_state_that_is_too_large_is_not_read(tmp_path: pathlib.Path) -> None:
    grow(file_storage(tmp_path), 1)
    (tmp_path / ARCHIVE).write_bytes(archive_of(member(MEMBER, LARGEST_FILE + 1)))
    with open(tmp_path / ARCHIVE, 'r+b') as file:
        file.truncate(LARGEST_FILE + 10_240)
    outcome = within(20, 5, lambda: file_storage(tmp_path).read(-20260102030405))
    assert f"'{tmp_path / ARCHIVE}({MEMBER})' has 512 MiB, and no more than 512 MiB are read" in outcome


# Compressed payloads


@pytest.fixture
def bomb(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A small payload of 200 MiB, where 8 MiB are the most that is unpacked."""
    monkeypatch.setattr(compression, 'LARGEST_TEXT', 8 << 20)
    packing = zlib.compressobj(1)
    return b''.join([*(packing.compress(b' ' * (1 << 20)) for _number in range(200)), packing.flush()])


@pytest.mark.parametrize('name', ['redis', 'swift'])
def test_a_payload_is_not_unpacked_beyond_measure(tmp_path: pathlib.Path, bomb: bytes, name: str) -> None:
    read, seeds = {'redis': (read_redis, redis_seeds), 'swift': (read_swift, swift_seeds)}[name]
    account = next(iter(seeds(of_hosts(2)))).split(SEPARATOR)[0]
    for payload, source in ((b'r' + bomb, b''), (b'z{}', b'r' + bomb)):
        run = read(tmp_path, t.cast(t.Any, None))
        assert within(60, 10, lambda: run(SEPARATOR.join([account, payload, source]))) == 'inventory'  # noqa: B023


def test_a_row_is_not_unpacked_beyond_measure(tmp_path: pathlib.Path, bomb: bytes) -> None:
    storage = sqlite_storage(tmp_path)
    grow(storage, 1)
    with sqlite3.connect(tmp_path / 'inventory.sqlite') as database:
        database.execute('UPDATE state_version SET payload = ?', [bomb])
    assert 'StateTooLarge' in within(60, 10, storage.read)
    assert 'has more than 8 MiB' in within(60, 10, storage.read)


def test_what_is_encrypted_is_not_unpacked_beyond_measure(bomb: bytes) -> None:
    class Cipher:
        def decrypt(self, text: bytes, where: str) -> bytes:
            return bomb

    outcome = within(60, 10, lambda: cipher.decrypt('text', t.cast(t.Any, Cipher()), 'the storage'))
    assert 'StateTooLarge: The inventory of the storage has more than 8 MiB' in outcome


def test_a_payload_of_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, 'MOST_VALUES', 1000)
    text = json.dumps({'a': [0] * 1001}, sort_keys=True, separators=(',', ':')).encode('ascii')
    meta = dataclasses.replace(account(of_hosts(1), None, 'test'), sha256=hashlib.sha256(text).hexdigest())
    outcome = within(60, 10, lambda: records.unpack_state(meta, zlib.compress(text), None, 'serial 1'))
    assert 'StateTooLarge: The inventory of serial 1 has more than 1000 values' in outcome
