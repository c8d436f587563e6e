# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kit's side of its worker processes."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import time
import typing as t

from ...module_utils.storage.contract import Storage
from .factory import Factory

_PACKAGE = __name__.rpartition('.')[0]
_START = f"""\
import json, sys
sys.path[:] = json.loads(sys.stdin.readline())
from {_PACKAGE}.fork_server import main
main()
"""
_PATIENCE = 60.0


@dataclasses.dataclass(frozen=True)
class Job:
    """One worker's task with its arguments, which fit JSON; storage: what it makes one of its own of."""

    task: str
    storage: Storage
    arguments: dict[str, t.Any] = dataclasses.field(default_factory=dict)

    def as_dict(self) -> dict[str, t.Any]:
        """A mapping that fits JSON."""
        return {
            'task': self.task,
            'factory': dataclasses.asdict(Factory.of(self.storage)),
            'arguments': self.arguments,
        }


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of a job.

    told: by the worker. status: of its process, negative for a signal. failure: the traceback it ended with, if any.
    seconds: from the start of all jobs to the end of the last.
    """

    told: list[t.Any]
    status: int
    failure: str | None
    seconds: float


class WorkersFailed(Exception):
    """The worker processes could not be started, or broke down."""


class WorkerProcesses:
    """Worker processes for one storage class; ended by `close`, or with this process."""

    def __init__(self, factory: Factory) -> None:
        self.factory = factory
        self._process = subprocess.Popen(
            [sys.executable, '-c', _START], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self._buffer = b''
        self._send(_import_path(factory))

    def run(self, jobs: list[Job], kill_after: float | None, timeout: float) -> list[Outcome]:
        """Run jobs at once, each in a process of its own.

        kill_after: seconds after the start at which the process of the first is killed. timeout: seconds for all.
        Raises WorkersFailed.
        """
        order = {'jobs': [job.as_dict() for job in jobs], 'kill_after': kill_after, 'timeout': timeout}
        self._send(order)
        answer = self._receive(time.monotonic() + timeout + _PATIENCE)
        if 'failure' in answer:
            raise WorkersFailed(f'The storage cannot be made in another process:\n{answer["failure"]}')
        return [Outcome(**outcome) for outcome in answer['outcomes']]

    def close(self) -> None:
        """End the processes."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                t.cast(t.IO[bytes], stream).close()
        self._process.wait()

    def _send(self, value: t.Any) -> None:
        stream = t.cast(t.IO[bytes], self._process.stdin)
        try:
            stream.write(json.dumps(value).encode() + b'\n')
            stream.flush()
        except BrokenPipeError as error:
            raise WorkersFailed('The worker process has ended; what it printed says why.') from error

    def _receive(self, deadline: float) -> dict[str, t.Any]:
        descriptor = t.cast(t.IO[bytes], self._process.stdout).fileno()
        while b'\n' not in self._buffer:
            if not select.select([descriptor], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise WorkersFailed('The worker processes do not answer.')
            data = os.read(descriptor, 1 << 16)
            if not data:
                raise WorkersFailed('The worker process has ended; what it printed says why.')
            self._buffer += data
        line, _newline, self._buffer = self._buffer.partition(b'\n')
        return t.cast('dict[str, t.Any]', json.loads(line))


_open: list[WorkerProcesses] = []


def processes_for(storage: Storage) -> WorkerProcesses:
    """The workers for a storage's class: those that are there, if the last ones were for it."""
    factory = Factory.of(storage)
    key = (factory.module, factory.qualified_name)
    if not _open or key != (_open[0].factory.module, _open[0].factory.qualified_name):
        end_processes()
        _open.append(WorkerProcesses(factory))
    return _open[0]


@atexit.register
def end_processes() -> None:
    """End the workers that are there."""
    while _open:
        _open.pop().close()


def _import_path(factory: Factory) -> list[str]:
    """Where another process finds the modules: the collections among them may come from Ansible's own importer."""
    roots = [_collections_root(name, file) for name, file in ((__name__, __file__), (factory.module, factory.file))]
    path = [*filter(None, roots), *(entry or os.getcwd() for entry in sys.path)]
    return list(dict.fromkeys(path))


def _collections_root(module: str, file: str | None) -> str | None:
    """The directory that has `ansible_collections`, for a module of a collection."""
    if not file or not module.startswith('ansible_collections.'):
        return None
    return str(pathlib.Path(os.path.abspath(file)).parents[module.count('.')])
