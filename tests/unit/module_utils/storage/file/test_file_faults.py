# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `file` when things break: killed at every step, refused by the system at every step, disk full."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import sys
import tempfile
import time

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.canonical import digest
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    StateTooLarge,
    StorageError,
    StorageRefused,
    StorageUnreachable,
    WriteUncertain,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage import filesystem
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats import metadata
from support.storage_samples import ARCHIVE, NAME, SIDE, adding, file_storage, file_store, giving, inventory, leftovers

STEPS = ('open', 'rename', 'unlink', 'fsync', 'fchmod', 'fchown', 'ftruncate', 'pwrite', 'mkdir', 'close', 'stat')
OLD, NEW = inventory('a', n=1), inventory('a', 'b', n=2)


def nothing(directory):
    """A first write."""


def taken_over(directory):
    (directory / NAME).write_text(json.dumps(OLD))


def tracked(directory):
    for number in (0, 1):
        file_store(directory, keep=1).update(giving(inventory('a', n=number)))


def by_hand(directory):
    file_store(directory).update(giving(inventory('z')))
    (directory / NAME).write_text(json.dumps(OLD))


def damaged_archive(directory):
    tracked(directory)
    (directory / ARCHIVE).write_bytes(b'x' * 700)


STARTS = (nothing, taken_over, tracked, by_hand, damaged_archive)


def commit(directory):
    storage = file_storage(directory, keep=1)
    state = storage.read()
    base = state.meta if state else None
    storage.commit(NEW, metadata.account(NEW, base, ''), base, {'source': 1})


@contextlib.contextmanager
def at_step(number, act):
    """Do something in the place of the n-th step that touches the file system; gives the steps made so far.

    A file is closed even if the system tells of an error then.
    """
    made = []
    originals = {name: getattr(os, name) for name in STEPS}

    def wrapped(name):
        def step(*args, **kwargs):
            made.append(name)
            result = originals[name](*args, **kwargs) if name == 'close' else None
            if len(made) == number:
                act(name)
            return result if name == 'close' else originals[name](*args, **kwargs)

        return step

    for name in STEPS:
        setattr(os, name, wrapped(name))
    try:
        yield made
    finally:
        for name, original in originals.items():
            setattr(os, name, original)


def in_child(function):
    """Run in a forked process; its exit status, negative for a signal."""
    pid = os.fork()
    if not pid:
        status = 70
        try:
            function()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def check_whole(directory, start):
    """The old or the new state is there, whole, with a fitting account; and work goes on."""
    storage = file_storage(directory)
    state = storage.read()
    if state is None:
        assert start is nothing
    else:
        assert state.inventory in ((NEW,) if start is nothing else (OLD, NEW))
        assert state.meta.sha256 == digest(state.inventory)
    stored = NEW if state and state.inventory == NEW else OLD
    store = file_store(directory)
    store.update(adding('later'))
    serials = [meta.serial for meta in store.history()]
    assert len(set(serials)) == len(serials)
    assert store.load().inventory['_meta']['hostvars'].keys() >= {'later'}
    if state:
        assert store.storage.read(state.meta.serial).inventory == stored
    assert leftovers(directory) == []
    return stored


@pytest.mark.parametrize('start', STARTS)
def test_killed_at_any_step(quick, start):
    template = quick / 'template'
    template.mkdir()
    start(template)

    def kill(name):
        os.kill(os.getpid(), signal.SIGKILL)

    outcomes = []
    for number in range(1, 200):
        directory = quick / str(number)
        shutil.copytree(template, directory)

        def child(directory=directory, number=number):
            with at_step(number, kill):
                commit(directory)

        status = in_child(child)
        outcomes.append(check_whole(directory, start) == NEW)
        shutil.rmtree(directory)
        if status == 0:
            break
        assert status == -signal.SIGKILL
    assert number > 20
    assert outcomes == sorted(outcomes), 'once the new state is there it stays'
    assert outcomes[-1]
    assert not outcomes[0]


@pytest.mark.parametrize('start', STARTS)
@pytest.mark.parametrize('code', [errno.EIO, errno.ENOSPC])
def test_refused_at_any_step(quick, start, code):
    """An error means not written, but for an uncertain one; what was begun is gone, and the error is one of ours."""
    template = quick / 'template'
    template.mkdir()
    start(template)

    def refuse(name):
        # Closing and removing do not fail for want of space.
        if code == errno.EIO or name not in ('close', 'unlink'):
            raise OSError(code, os.strerror(code))

    for number in range(1, 200):
        directory = quick / str(number)
        shutil.copytree(template, directory)
        error = None
        with at_step(number, refuse) as made:
            try:
                commit(directory)
            except StorageError as caught:
                error = caught
        state = file_storage(directory).read()
        written = state is not None and state.inventory == NEW
        if error is None:
            assert written
        elif not isinstance(error, WriteUncertain):
            assert not written, f'step {number}, {made[number - 1]}: {error}'
            assert error.help_text
        check_whole(directory, start)
        shutil.rmtree(directory)
        if len(made) < number:
            break
    assert number > 20


@pytest.mark.parametrize('seed', range(4))
def test_killed_at_a_random_moment_nothing_acknowledged_is_lost(tmp_path, seed):
    rng = random.Random(seed)
    acknowledged = 0
    for _round in range(8):
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                for number in range(acknowledged + 1, acknowledged + 1000):
                    file_store(tmp_path).update(giving(inventory('a', n=number)))
                    os.write(writing, f'{number}\n'.encode())
            finally:
                os._exit(70)
        os.close(writing)
        time.sleep(rng.uniform(0.005, 0.08))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with open(reading, encoding='ascii') as pipe:
            acknowledged = max([acknowledged, *map(int, pipe.read().split())])
        store = file_store(tmp_path)
        state = store.load()
        stored = state.inventory['all']['vars']['n'] if state else 0
        assert stored in (acknowledged, acknowledged + 1)
        acknowledged = stored
        assert [meta.serial for meta in store.history()][:1] == ([stored] if stored else [])
    assert acknowledged > 0


def test_an_uncertain_write_is_settled_by_reading_back(tmp_path, monkeypatch):
    """The rename is done, and the directory cannot be synced: nobody knows, but the state is there."""
    file_store(tmp_path).update(giving(OLD))
    sync = filesystem.sync_directory
    calls = []

    def fail_the_last(path):
        calls.append(path)
        if len(calls) == 3:
            raise OSError(errno.EIO, 'Input/output error')
        sync(path)

    monkeypatch.setattr(filesystem, 'sync_directory', fail_the_last)
    storage = file_storage(tmp_path)
    base = storage.read().meta
    with pytest.raises(WriteUncertain):
        storage.commit(NEW, metadata.account(NEW, base, ''), base)
    assert storage.load() == NEW
    calls.clear()
    done = file_store(tmp_path).update(giving(inventory('c')))
    assert done.written
    assert file_store(tmp_path).load().meta == done.after


# The system says no


def test_a_full_disk_is_refused_and_leaves_nothing(tmp_path):
    """A limit for the size of files stands for the disk: both cut a write short."""
    file_store(tmp_path).update(giving(OLD))

    def child():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        big = inventory(*(f'host{number}' for number in range(1000)))
        try:
            file_store(tmp_path).update(giving(big))
        except StateTooLarge as error:
            os._exit(42 if 'Nothing was written' in str(error) else 43)

    assert in_child(child) == 42
    assert file_storage(tmp_path).load() == OLD
    assert leftovers(tmp_path) == []


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != 'linux', reason='only root can mount')
def test_a_full_file_system_is_refused_and_leaves_nothing(tmp_path):
    mounted = tmp_path / 'mounted'
    mounted.mkdir()
    if os.system(f'mount -t tmpfs -o size=64k,mode=0700 tmpfs {mounted} 2>/dev/null'):
        pytest.skip('mounting is not allowed here')
    try:
        store = file_store(mounted)
        store.update(giving(OLD))
        big = inventory(*(f'host{number}' for number in range(1000)))
        with pytest.raises(StorageRefused, match='No space left'):
            store.update(giving(big))
        assert file_storage(mounted).load() == OLD
        assert leftovers(mounted) == []
        store.update(giving(NEW))
        assert file_storage(mounted).load() == NEW
    finally:
        os.system(f'umount {mounted}')


def as_nobody(function):
    """Run without root's rights; the exit status."""

    def child():
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        function()

    return in_child(child)


@pytest.fixture
def readable(tmp_path):
    """A directory that others may read and not write, outside the private ones of pytest."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix='osa-'))
    yield directory
    directory.chmod(0o700)
    shutil.rmtree(directory)


def test_without_the_right_to_write_an_unchanged_run_works_and_a_changed_one_tells_what_is_pending(readable):
    (readable / NAME).write_text(json.dumps(OLD))
    (readable / NAME).chmod(0o644)
    file_store(readable).update(giving(OLD))
    file_store(readable).update(giving(inventory('x')))
    readable.chmod(0o555)

    def child():
        store = file_store(readable)
        assert store.load().inventory == inventory('x')
        done = store.update(giving(inventory('x')))
        assert not done.written
        assert store.preview(adding('y')).changes
        try:
            store.update(adding('y'))
        except StorageRefused as error:
            assert error.message.startswith('1 container cannot be stored. Cannot write')
            assert 'persist' in error.help_text
            os._exit(42)

    assert as_nobody(child) == 42
    assert sorted(path.name for path in readable.iterdir() if path.name.endswith('.new')) == []


def test_a_file_that_cannot_be_read_is_refused_not_new(readable):
    file_store(readable).update(giving(OLD))
    readable.chmod(0o755)

    def child():
        try:
            file_storage(readable).read()
        except StorageRefused:
            os._exit(42)

    if os.geteuid() != 0:
        (readable / NAME).chmod(0)
    assert as_nobody(child) == 42


@pytest.mark.skipif(os.geteuid() != 0, reason='needs two users')
@pytest.mark.parametrize(('mode', 'status'), [(0o660, 0), (0o640, 42)])
def test_another_user_may_write_where_the_group_keeps_its_access(readable, mode, status):
    (readable / NAME).write_text(json.dumps(OLD))
    (readable / NAME).chmod(mode)
    os.chown(readable / NAME, 1234, 65534)
    os.chown(readable, 1234, 65534)
    readable.chmod(0o770)

    def child():
        try:
            file_store(readable).update(giving(NEW))
        except StorageRefused:
            os._exit(42)

    assert as_nobody(child) == status
    assert file_storage(readable).load() == (OLD if status else NEW)
    assert (readable / NAME).stat().st_gid == 65534


def test_a_disk_that_fails_is_unreachable(tmp_path, monkeypatch):
    file_store(tmp_path).update(giving(OLD))

    def fail(*args, **kwargs):
        raise OSError(errno.EIO, 'Input/output error')

    monkeypatch.setattr(os, 'open', fail)
    with pytest.raises(StorageUnreachable, match='Input/output error'):
        file_storage(tmp_path).read()


def test_the_side_file_is_there_before_the_data(tmp_path, monkeypatch):
    """Where there is new data, there is its account."""
    seen = []
    rename = os.rename

    def watch(source, target):
        seen.append(os.path.basename(target))
        rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, 'rename', watch)
        commit(tmp_path)
        file_store(tmp_path).update(giving(inventory('c')))
    data = [position for position, name in enumerate(seen) if name == NAME]
    assert len(data) == 2
    assert SIDE in seen[: data[0]]
    assert seen[data[1] - 2 : data[1]] == [SIDE, ARCHIVE]
