# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `sql` in an SQLite file: no trace of reading, rights, crashes, and many readers beside a writer."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pathlib
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    StateConflict,
    StateDamaged,
    StorageOptionError,
    StorageRefused,
    StorageUnreachable,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.storage import StorageModule
from ansible_collections.osa.inventory.tests.support.sql_samples import cloud, commit, opened, sqlite_url

UPGRADE = 'osa-inventory storage upgrade'


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    """A database file with tables, closed."""
    path = tmp_path / 'name with ?# and %41.db'
    opened(f'sqlite:///{tmp_path}/name with %3F%23 and %2541.db').upgrade()
    assert path.exists()
    return path


@pytest.fixture
def storage(path: pathlib.Path) -> StorageModule:
    return opened(quoted(path))


def quoted(path: pathlib.Path) -> str:
    return sqlite_url(path).replace('%', '%25').replace('?', '%3F').replace('#', '%23')


def entries(directory: pathlib.Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything in a directory."""
    return {
        entry.name: (entry.stat().st_mode, entry.stat().st_mtime_ns, entry.read_bytes())
        for entry in directory.iterdir()
    }


class TestFile:
    def test_reading_makes_no_file(self, tmp_path: pathlib.Path) -> None:
        storage = opened(sqlite_url(tmp_path / 'none.db'))
        for read in (storage.read, storage.load, storage.history, storage.holder):
            with pytest.raises(StorageUnreachable, match='is not there') as caught:
                read()
            assert UPGRADE in str(caught.value)
        assert [finding.level for finding in storage.check()] == ['error']
        assert list(tmp_path.iterdir()) == []

    def test_writing_makes_no_file(self, tmp_path: pathlib.Path) -> None:
        with pytest.raises(StorageUnreachable, match='is not there'):
            commit(opened(sqlite_url(tmp_path / 'none.db')), cloud([1]), None)
        assert list(tmp_path.iterdir()) == []

    def test_reading_leaves_no_trace(self, path: pathlib.Path, storage: StorageModule) -> None:
        commit(storage, cloud([1]), None)
        before = entries(path.parent)
        assert list(before) == [path.name]
        opened(quoted(path)).load()
        assert storage.history()
        assert entries(path.parent) == before

    def test_file_and_log_are_their_owners_alone_whatever_the_umask(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / 'inventory.db'
        for mask in (0o000, 0o777):
            before = os.umask(mask)
            try:
                storage = opened(sqlite_url(path))
                storage.upgrade()
                with sqlite3.connect(path) as open_connection:
                    open_connection.execute('SELECT count(*) FROM host')
                    commit(storage, cloud([1]), None)
                    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in tmp_path.iterdir()}
                open_connection.close()
            finally:
                os.umask(before)
            assert modes == dict.fromkeys(('inventory.db', 'inventory.db-wal', 'inventory.db-shm'), 0o600)
            path.unlink()

    def test_mode_that_was_given_stays_and_is_reported(self, path: pathlib.Path, storage: StorageModule) -> None:
        path.chmod(0o664)
        storage.upgrade()
        commit(storage, cloud([1]), None)
        assert stat.S_IMODE(path.stat().st_mode) == 0o664
        assert [finding.level for finding in storage.check() if '0664' in finding.what] == ['warning']

    def test_directory_that_is_not_there(self, tmp_path: pathlib.Path) -> None:
        with pytest.raises(StorageRefused, match='cannot be made'):
            opened(sqlite_url(tmp_path / 'no' / 'inventory.db')).upgrade()

    def test_file_that_is_no_database(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / 'inventory.db'
        path.write_bytes(b'no database ' * 1000)
        storage = opened(sqlite_url(path))
        with pytest.raises(StateDamaged):
            storage.read()
        with pytest.raises(StateDamaged):
            storage.upgrade()

    def test_empty_file_has_no_tables(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / 'inventory.db'
        path.touch()
        with pytest.raises(StorageRefused) as caught:
            opened(sqlite_url(path)).read()
        assert UPGRADE in str(caught.value)

    def test_relative_path_is_relative_to_the_configuration(self, tmp_path: pathlib.Path) -> None:
        storage = opened('sqlite:///here.db', config_dir=str(tmp_path))
        storage.upgrade()
        assert (tmp_path / 'here.db').exists()
        assert str(tmp_path / 'here.db') in storage.describe()

    def test_foreign_keys_are_on_for_who_writes(self, storage: StorageModule) -> None:
        pragmas = storage._database._engine(True).connect()
        with pragmas as connection:
            for pragma, wanted in (('foreign_keys', 1), ('synchronous', 2), ('journal_mode', 'wal')):
                assert connection.exec_driver_sql(f'PRAGMA {pragma}').scalar() == wanted


class TestOptions:
    @pytest.mark.parametrize('url', [
        'sqlite://', 'sqlite:///:memory:', 'sqlite:///file:x?mode=memory', 'sqlite:////x.db?timeout=1', 'oracle://h/d',
        'postgresql+asyncpg://h/d', 'mysql+mysqldb://h/d', 'postgresql://user:s3cr3t@host:port/d', 's3cr3t', '',
    ])  # fmt: skip
    def test_unusable_urls_are_refused_and_not_shown(self, url: str) -> None:
        with pytest.raises(StorageOptionError) as caught:
            opened(url)
        assert 's3cr3t' not in str(caught.value)
        assert caught.value.__cause__ is None

    @pytest.mark.parametrize(('url', 'text'), [
        ('postgresql://u:s3cr3t@db.example.org/osa?sslmode=require', 'postgresql://db.example.org/osa'),
        ('postgres+psycopg://u:s3cr3t@[2001:db8::1]:5433/osa', 'postgresql://[2001:db8::1]:5433/osa'),
        ('postgresql://u:s3cr3t@/osa?host=/run/postgresql', 'postgresql:///run/postgresql/osa'),
        ('mariadb://u:s3cr3t@db.example.org/osa?ssl_ca=x', 'mysql://db.example.org/osa'),
    ])  # fmt: skip
    def test_description_has_no_secret(self, url: str, text: str) -> None:
        storage = opened(url, region='r1')
        assert storage.describe() == f'{text}, region default/r1'
        assert 's3cr3t' not in repr(storage) + repr(storage._database.engine.access)


def other_user(path: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Load as somebody who may only read, in a directory that this user cannot write to."""
    program = (
        'import sys; sys.path.insert(0, sys.argv[1])\n'
        'from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.storage import StorageModule\n'
        's = StorageModule(); s.register({"url": sys.argv[2]})\n'
        'import sqlalchemy.dialects.sqlite, zlib, os; os.setgid(65534); os.setuid(65534)\n'
        'print(sorted(s.load()["_meta"]["hostvars"]))\n'
    )
    tree = next(entry for entry in sys.path if 'osa-inventory-' in entry)
    return subprocess.run(
        [sys.executable, '-c', program, tree, quoted(path)], capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(os.geteuid() != 0, reason='only root can become somebody else')
class TestReadOnly:
    @pytest.fixture
    def shared(self) -> t.Iterator[pathlib.Path]:
        directory = pathlib.Path('/tmp', f'osa-sql-{random.SystemRandom().randrange(10**9)}')
        directory.mkdir(mode=0o755)
        yield directory / 'inventory.db'
        for entry in directory.iterdir():
            entry.unlink()
        directory.rmdir()

    def test_read_only_file_in_a_read_only_directory(self, shared: pathlib.Path) -> None:
        storage = opened(sqlite_url(shared))
        storage.upgrade()
        first = commit(storage, cloud([1]), None)
        shared.chmod(0o644)
        assert other_user(shared).stdout == "['host000001']\n"
        # While a writer is connected, the newest state is in its log.
        with sqlite3.connect(shared) as connection:
            connection.execute('SELECT count(*) FROM host').fetchall()
            commit(storage, cloud([1, 2]), first)
            assert pathlib.Path(f'{shared}-wal').stat().st_size
            assert other_user(shared).stdout == "['host000001', 'host000002']\n"
        connection.close()

    def test_file_of_another_is_refused(self, shared: pathlib.Path) -> None:
        opened(sqlite_url(shared)).upgrade()
        assert shared.stat().st_mode & 0o777 == 0o600
        assert 'StorageUnreachable' in other_user(shared).stderr


class TestBusy:
    def test_locked_database_is_waited_for_until_the_time_is_up(self, path: pathlib.Path) -> None:
        storage = opened(quoted(path), timeout=0.3)
        first = commit(storage, cloud([1]), None)
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute('BEGIN IMMEDIATE')
        start = time.monotonic()
        with pytest.raises(StorageUnreachable, match='locked'):
            commit(storage, cloud([2]), first)
        assert time.monotonic() - start < 5
        assert storage.load() == cloud([1])
        connection.execute('ROLLBACK')
        connection.close()
        commit(storage, cloud([2]), first)

    def test_full_disk_is_refused_and_nothing_is_written(self, path: pathlib.Path, storage: StorageModule) -> None:
        first = commit(storage, cloud([1]), None)
        limit = 'import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n'
        program = (
            'import signal, sys; sys.path.insert(0, sys.argv[1]); signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n'
            'from ansible_collections.osa.inventory.tests.support.sql_samples import cloud, commit, opened\n'
            f's = opened(sys.argv[2]); base = s.read().meta\n{limit}commit(s, cloud(range(3000)), base)\n'
        )
        tree = next(entry for entry in sys.path if 'osa-inventory-' in entry)
        arguments = [sys.executable, '-c', program, tree, quoted(path)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        assert 'StorageRefused' in done.stderr or 'StorageUnreachable' in done.stderr
        assert storage.history() == [first]
        assert storage.load() == cloud([1])


def write_for_ever(path: pathlib.Path, started: t.Any) -> None:
    storage = opened(quoted(path))
    for number in itertools.count(1):
        state = storage.read()
        assert state
        commit(storage, cloud(range(number % 40 + 1)), state.meta)
        started.set()


class TestCrashes:
    def test_writer_killed_at_any_point_leaves_a_whole_state(self, path: pathlib.Path, storage: StorageModule) -> None:
        commit(storage, cloud([1]), None)
        context = multiprocessing.get_context('fork')
        rng = random.Random(5)
        for _attempt in range(15):
            started = context.Event()
            process = context.Process(target=write_for_ever, args=(path, started))
            process.start()
            assert started.wait(30)
            time.sleep(rng.uniform(0, 0.05))
            assert process.pid
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            before = storage.read()
            assert before
            assert [finding.what for finding in storage.check() if finding.level == 'error'] == []
            metas = storage.history()
            assert [meta.serial for meta in metas] == list(range(metas[0].serial, metas[0].serial - len(metas), -1))
            assert all(newer.parent == older.sha256 for newer, older in itertools.pairwise(metas))

    def test_reader_never_goes_backwards_beside_a_writer(self, path: pathlib.Path, storage: StorageModule) -> None:
        commit(storage, cloud([1]), None)
        context = multiprocessing.get_context('fork')
        started = context.Event()
        process = context.Process(target=write_for_ever, args=(path, started))
        process.start()
        assert started.wait(30)
        serials = []
        for _attempt in range(150):
            state = storage.read()
            assert state
            serials.append(state.meta.serial)
        process.kill()
        process.join()
        assert serials == sorted(serials)
        assert serials[-1] > serials[0]

    def test_conflict_is_found_between_connections(self, path: pathlib.Path) -> None:
        one, two = opened(quoted(path)), opened(quoted(path))
        first = commit(one, cloud([1]), None)
        commit(two, cloud([2]), first)
        with pytest.raises(StateConflict):
            commit(one, cloud([3]), first)
