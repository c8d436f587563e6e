# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test servers start, end and are missed as the tests of the storages take for granted."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from ansible_collections.osa.inventory.tests.servers import base, process
from ansible_collections.osa.inventory.tests.servers.mariadb import MariaDB
from ansible_collections.osa.inventory.tests.servers.postgresql import PostgreSQL
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift

PACKAGE = 'ansible_collections.osa.inventory.tests.servers'
ROOT = pathlib.Path(process.__file__).parents[5]

kinds = pytest.mark.parametrize('kind', [PostgreSQL, MariaDB, Redis, Swift])

HOLD = f"""
import importlib, json, sys, time
from {PACKAGE}.base import running
module, name = sys.argv[1:]
with running(getattr(importlib.import_module(module), name)) as server:
    print(json.dumps([str(server.directory.path), [process.pid for process in server.processes]]), flush=True)
    time.sleep(60)
"""


def run_pytest(directory: pathlib.Path, body: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one test with the fixtures, in a pytest of its own."""
    (directory / 'test_it.py').write_text(body)
    kept = {name: value for name, value in os.environ.items() if name != 'CI' and not name.startswith('PYTEST_')}
    return subprocess.run(
        [sys.executable, '-m', 'pytest', '-p', f'{PACKAGE}.plugin', '-p', 'no:cacheprovider', 'test_it.py'],
        cwd=directory,
        env={**kept, 'PYTHONPATH': str(ROOT), **environment},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


@pytest.fixture
def no_programs(tmp_path: pathlib.Path) -> str:
    """A PATH with no program."""
    empty = tmp_path / 'empty'
    empty.mkdir()
    return str(empty)


USES_REDIS = 'def test_it(redis_server):\n    pass\n'


def test_missing_server_is_a_loud_skip(tmp_path: pathlib.Path, no_programs: str) -> None:
    done = run_pytest(tmp_path, USES_REDIS, PATH=no_programs)
    assert done.returncode == 0 and '1 skipped' in done.stdout
    summary = done.stdout.partition('servers that are missing')[2]
    assert "'redis-check-rdb' is not installed" in summary and Redis.INSTALL in summary


def test_missing_server_fails_under_ci(tmp_path: pathlib.Path, no_programs: str) -> None:
    done = run_pytest(tmp_path, USES_REDIS, PATH=no_programs, CI='true')
    assert done.returncode == 1 and Redis.INSTALL in done.stdout


def test_missing_library_names_what_installs_it(tmp_path: pathlib.Path) -> None:
    (tmp_path / 'trustme.py').write_text("raise ModuleNotFoundError('No module named trustme')")
    done = run_pytest(tmp_path, USES_REDIS, PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]))
    assert '1 skipped' in done.stdout and Redis.INSTALL in done.stdout


def test_failed_test_shows_the_log_of_its_servers(tmp_path: pathlib.Path) -> None:
    done = run_pytest(tmp_path, 'def test_it(redis_server):\n    assert False\n')
    assert done.returncode == 1
    assert 'Ready to accept connections' in done.stdout.partition('log of Redis')[2]


@kinds
def test_taken_port_is_replaced_by_another_and_nothing_is_left_behind(
    kind: type[base.Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    choose, make = process.free_ports, process.Directory
    made: list[process.Directory] = []
    monkeypatch.setattr(base, 'Directory', lambda account: made.append(make(account)) or made[-1])
    with socket.create_server(('127.0.0.1', 0)) as taken:
        offers = [[*choose(kind.PORTS - 1), taken.getsockname()[1]]]
        monkeypatch.setattr(base, 'free_ports', lambda count: offers.pop() if offers else choose(count))
        with base.running(kind) as server:
            assert not offers and taken.getsockname()[1] not in server.ports
            pids = [process.pid for process in server.processes]
            assert all(alive(pid) for pid in pids)
    assert not any(alive(pid) for pid in pids)
    assert len(made) == 2 and not any(directory.path.exists() for directory in made)


@kinds
def test_server_ends_when_the_tests_are_killed(kind: type[base.Server]) -> None:
    holder = subprocess.Popen(
        [sys.executable, '-c', HOLD, kind.__module__, kind.__name__],
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout
        directory, pids = json.loads(holder.stdout.readline())
        assert all(alive(pid) for pid in pids)
        holder.send_signal(signal.SIGKILL)
    try:
        end = time.monotonic() + 10
        while any(alive(pid) for pid in pids):
            assert time.monotonic() < end, 'It is still there after ten seconds.'
            time.sleep(0.05)
    finally:
        shutil.rmtree(directory)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended may stay listed until somebody asks for its exit code."""
    try:
        state = pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in ('Z', 'X')
