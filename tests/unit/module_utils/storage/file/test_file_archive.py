# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup archive of the storage `file`: ours, the reference's, and damaged ones."""

from __future__ import annotations

import datetime
import io
import json
import re
import tarfile

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.canonical import digest
from ansible_collections.osa.inventory.plugins.module_utils.errors import StateDamaged
from ansible_collections.osa.inventory.plugins.module_utils.storage.file import writer
from support.storage_samples import ARCHIVE, NAME, SIDE, file_storage, file_store, giving, inventory

MEMBER = re.compile(r'openstack_inventory\.json-\d{8}_\d{6}\.json')


@pytest.fixture
def directory(quick):
    return quick


@pytest.fixture
def clock(monkeypatch):
    """The time at which states are replaced; it stands still until a test moves it."""

    class Clock:
        now = datetime.datetime(2026, 7, 1, 12, 0, 0, tzinfo=datetime.UTC)

    monkeypatch.setattr(writer, '_now', lambda: Clock.now)
    return Clock


def write(directory, wanted, **options):
    return file_store(directory, **options).update(giving(wanted))


def names(directory):
    with tarfile.open(directory / ARCHIVE, 'r:') as tar:
        return tar.getnames()


def contents(directory):
    with tarfile.open(directory / ARCHIVE, 'r:') as tar:
        return [json.load(tar.extractfile(name))['all']['vars']['n'] for name in tar.getnames()]


def archive_of_the_reference(directory, count, current=True, spread=1):
    """An archive as the reference leaves it: one state per minute, appended with the file's own time."""
    with tarfile.open(directory / ARCHIVE, 'w') as tar:
        for number in range(count):
            data = json.dumps(inventory('a', n=number), indent=4, separators=(',', ': '), sort_keys=True).encode()
            info = tarfile.TarInfo(f'{NAME}-20250101_10{number * spread:02}00.json')
            info.size, info.mtime = len(data), 1735725600.25 + number
            tar.addfile(info, io.BytesIO(data))
    if current:
        (directory / NAME).write_text(json.dumps(inventory('a', n=count)))


def test_the_old_state_goes_into_the_archive(directory, clock):
    write(directory, inventory(n=0))
    assert not (directory / ARCHIVE).exists()
    write(directory, inventory(n=1))
    assert names(directory) == ['openstack_inventory.json-20260701_120000.json']
    with tarfile.open(directory / ARCHIVE, 'r:') as tar:
        data = tar.extractfile(tar.getnames()[0]).read()
    assert data == json.dumps(inventory(n=0), indent=4, separators=(',', ': '), sort_keys=True).encode()


def test_names_tell_the_time_in_utc(directory, clock):
    clock.now = datetime.datetime(2026, 7, 1, 1, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    write(directory, inventory(n=0))
    write(directory, inventory(n=1))
    assert names(directory) == ['openstack_inventory.json-20260630_233000.json']


def test_a_taken_second_gives_the_next_free_one(directory, clock):
    for number in range(4):
        write(directory, inventory(n=number))
    assert names(directory) == [f'openstack_inventory.json-20260701_12000{second}.json' for second in range(3)]


def test_a_clock_set_back_does_not_mix_up_the_order(directory, clock):
    write(directory, inventory(n=0))
    write(directory, inventory(n=1))
    clock.now -= datetime.timedelta(days=300)
    write(directory, inventory(n=2))
    assert contents(directory) == [0, 1]
    assert names(directory) == sorted(names(directory))


def test_fifteen_older_ones_and_the_new_one_are_kept(directory):
    for number in range(20):
        write(directory, inventory(n=number))
    assert contents(directory) == list(range(3, 19))
    assert len(contents(directory)) == 16
    assert all(MEMBER.fullmatch(name) for name in names(directory))


@pytest.mark.parametrize(('keep', 'left'), [(0, [8]), (1, [7, 8]), (3, [5, 6, 7, 8])])
def test_keep_says_how_many(directory, keep, left):
    for number in range(10):
        write(directory, inventory(n=number), keep=keep)
    assert contents(directory) == left
    assert [meta.serial for meta in file_storage(directory).history()] == [10, *(n + 1 for n in reversed(left))]


def test_an_unchanged_run_writes_neither_state_nor_backup(directory):
    write(directory, inventory(n=0))
    write(directory, inventory(n=1))
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in directory.iterdir()}
    assert not write(directory, inventory(n=1)).written
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in directory.iterdir()} == before


def test_history_is_read_and_restored(directory):
    for number in range(4):
        write(directory, inventory(n=number))
    store = file_store(directory)
    assert [(meta.serial, meta.message) for meta in store.history()] == [(n, 'no changes') for n in (4, 3, 2, 1)]
    assert store.storage.read(2).inventory == inventory(n=1)
    result = store.restore(2)
    assert result.inventory == inventory(n=1)
    assert (result.after.serial, result.after.message, result.written) == (5, 'restore of serial 2', True)
    assert store.load().inventory == inventory(n=1)
    assert [meta.serial for meta in store.history()] == [5, 4, 3, 2, 1]
    parents = {meta.serial: meta.parent for meta in store.history()}
    assert parents[5] == digest(inventory(n=3))


def test_an_archive_of_the_reference_is_history(directory):
    archive_of_the_reference(directory, 3)
    store = file_store(directory)
    history = store.history()
    assert [meta.serial for meta in history] == [0, -20250101100200, -20250101100100, -20250101100000]
    assert history[1].written_at == '2025-01-01T10:00:02Z'
    assert history[1].counts == {'hosts': 1, 'groups': 2}
    assert store.storage.read(-20250101100100).inventory == inventory('a', n=1)
    store.restore(-20250101100100)
    assert store.load().inventory == inventory('a', n=1)
    assert [meta.serial for meta in store.history()] == [1, 0, -20250101100200, -20250101100100, -20250101100000]


def test_an_archive_of_the_reference_is_continued(directory):
    archive_of_the_reference(directory, 30)
    write(directory, inventory(n=31))
    assert contents(directory) == list(range(15, 31))


def test_two_states_of_one_second_are_both_kept(directory):
    archive_of_the_reference(directory, 3, spread=0)
    assert [meta.serial for meta in file_storage(directory).history()][1:] == [
        -20250101100002,
        -20250101100001,
        -20250101100000,
    ]
    write(directory, inventory(n=4))
    assert contents(directory) == [0, 1, 2, 3]
    assert len(set(names(directory))) == 4


def test_other_members_are_carried_along(directory):
    with tarfile.open(directory / ARCHIVE, 'w') as tar:
        info = tarfile.TarInfo('notes.txt')
        info.size = 5
        tar.addfile(info, io.BytesIO(b'hello'))
        tar.addfile(tarfile.TarInfo(f'{NAME}-99999999_999999.json'))
        link = tarfile.TarInfo(f'{NAME}-20250101_100000.json')
        link.type, link.linkname = tarfile.SYMTYPE, '/etc/passwd'
        tar.addfile(link)
    (directory / NAME).write_text(json.dumps(inventory('a')))
    assert [meta.serial for meta in file_storage(directory).history()] == [0]
    write(directory, inventory('b'))
    with tarfile.open(directory / ARCHIVE, 'r:') as tar:
        assert tar.extractfile('notes.txt').read() == b'hello'
        assert len(tar.getnames()) == 4


@pytest.mark.parametrize('damage', ['garbage', 'empty', 'truncated', 'header'])
def test_an_unreadable_archive_is_moved_aside_and_the_write_goes_on(directory, damage):
    archive_of_the_reference(directory, 3)
    path = directory / ARCHIVE
    data = path.read_bytes()
    with tarfile.open(path, 'r:') as tar:
        last = tar.getmembers()[-1]
    spoilt = {
        'garbage': b'x' * 2000,
        'empty': b'',
        'truncated': data[: last.offset_data + 10],
        'header': data[: last.offset] + b'x' * 512 + data[last.offset + 512 :],
    }[damage]
    path.write_bytes(spoilt)
    readable = [] if damage in ('garbage', 'empty') else [0, 1]
    store = file_store(directory)
    result = store.update(giving(inventory(n=9)))
    (warning,) = result.warnings
    assert 'cannot be read' in warning.message
    (aside,) = directory.glob(f'{ARCHIVE}.unreadable-*')
    assert aside.name in warning.message
    assert aside.read_bytes() == spoilt
    assert contents(directory) == [*readable, 3]
    assert store.update(giving(inventory(n=10))).warnings == ()


def test_what_nobody_can_read_is_not_in_the_history(directory):
    archive_of_the_reference(directory, 1)
    with tarfile.open(directory / ARCHIVE, 'a') as tar:
        tar.addfile(tarfile.TarInfo(f'{NAME}-20250101_110000.json'))
    storage = file_storage(directory)
    assert [meta.serial for meta in storage.history()] == [0, -20250101100000]
    with pytest.raises(StateDamaged):
        storage.read(-20250101110000)


def test_a_changed_archive_is_noticed(directory):
    write(directory, inventory(n=0))
    write(directory, inventory(n=1))
    data = (directory / ARCHIVE).read_bytes()
    (directory / ARCHIVE).write_bytes(data.replace(b'"n": 0', b'"n": 7'))
    with pytest.raises(StateDamaged, match='not what was stored'):
        file_storage(directory).read(1)


def test_prune_drops_the_oldest(directory):
    for number in range(6):
        write(directory, inventory(n=number))
    store = file_store(directory)
    assert [meta.serial for meta in store.prune(2)] == [3, 2, 1]
    assert [meta.serial for meta in store.history()] == [6, 5, 4]
    assert contents(directory) == [3, 4]
    assert store.prune(2) == []
    assert len(store.prune(0)) == 2
    assert store.load().inventory == inventory(n=5)
    assert len(json.loads((directory / SIDE).read_text())['states']) == 1


def test_the_reference_would_read_ours(directory):
    """A plain tar of regular files with short names, each a JSON document."""
    for number in range(3):
        write(directory, inventory(n=number))
    with tarfile.open(directory / ARCHIVE, 'r') as tar:
        members = tar.getmembers()
        assert all(member.isreg() and not member.pax_headers for member in members)
        assert [json.load(tar.extractfile(member)) for member in members] == [inventory(n=0), inventory(n=1)]
