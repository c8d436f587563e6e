# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process in which the kit's workers are forked: nothing runs in it but this, so that a fork is safe.

It imports a storage's class and libraries once. An order comes as a line of JSON on standard input, with the jobs that
are to run at once; the answer goes to standard output as another line, when all have ended.
"""

from __future__ import annotations

import dataclasses
import json
import os
import select
import signal
import sys
import tempfile
import time
import traceback
import typing as t

from .factory import Factory
from .tasks import TASKS, fits_json


class Worker:
    """A forked process that runs one job; `tasks.Signals` on its side."""

    def __init__(self, job: dict[str, t.Any], ready: int, gates: tuple[int, int]) -> None:
        self.told = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the outcome)
        self.ended = False
        self.status = 0
        self.pid = os.fork()
        if not self.pid:
            self._ready, self._gate = ready, gates[0]
            # Whoever keeps the other end open keeps the gate shut.
            os.close(gates[1])
            self._run(job)

    def begin(self) -> None:
        """Say that all is prepared, and wait until the gate opens."""
        os.write(self._ready, b'.')
        os.read(self._gate, 1)

    def tell(self, value: t.Any) -> None:
        """Write it without a buffer: a killed process flushes none."""
        os.write(self.told.fileno(), fits_json(value).encode())

    def kill(self) -> None:
        """End it as a crash would."""
        os.kill(self.pid, signal.SIGKILL)

    def has_ended(self) -> bool:
        """Whether the process is gone; its status is known then."""
        if not self.ended:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.ended, self.status = True, os.waitstatus_to_exitcode(status)
        return self.ended

    def outcome(self) -> dict[str, t.Any]:
        """What it told, and its exit status, which is negative for a signal."""
        self.told.seek(0)
        lines = [json.loads(line) for line in self.told.read().splitlines()]
        self.told.close()
        failure = next((line['failure'] for line in lines if isinstance(line, dict) and 'failure' in line), None)
        told = [line for line in lines if not (isinstance(line, dict) and 'failure' in line)]
        return {'told': told, 'status': self.status, 'failure': failure}

    def _run(self, job: dict[str, t.Any]) -> t.NoReturn:
        status = 70
        try:
            storage = Factory(**job['factory']).make()
            TASKS[job['task']](storage, self, **job['arguments'])
            status = 0
        except BaseException:
            self.tell({'failure': traceback.format_exc()})
        finally:
            os._exit(status)


@dataclasses.dataclass
class Order:
    """Jobs that are to run at once.

    kill_after: seconds after the start at which the first job's process is killed; None to let it end. timeout: seconds
    for all.
    """

    jobs: list[dict[str, t.Any]]
    kill_after: float | None
    timeout: float

    def carry_out(self) -> list[dict[str, t.Any]]:
        """The outcome of each job."""
        factory = Factory(**self.jobs[0]['factory'])
        if factory.module not in sys.modules:
            factory.make()  # for the libraries that it imports
        ready_end, ready = os.pipe()
        gate, gate_end = os.pipe()
        workers = [Worker(job, ready, (gate, gate_end)) for job in self.jobs]
        os.close(ready)
        os.close(gate)
        deadline = time.monotonic() + self.timeout
        _await_ready(ready_end, workers, deadline)
        os.close(ready_end)
        started = time.monotonic()
        os.close(gate_end)
        if self.kill_after is not None:
            time.sleep(self.kill_after)
            if not workers[0].has_ended():
                workers[0].kill()
        _await_end(workers, deadline)
        seconds = time.monotonic() - started
        return [{**worker.outcome(), 'seconds': seconds} for worker in workers]


def _await_ready(ready_end: int, workers: list[Worker], deadline: float) -> None:
    """Return when all are ready, or one has ended before it was."""
    waiting = len(workers)
    while waiting and time.monotonic() < deadline:
        if select.select([ready_end], [], [], 0.2)[0]:
            waiting -= len(os.read(ready_end, waiting)) or waiting
        elif any(worker.has_ended() for worker in workers):
            return


def _await_end(workers: list[Worker], deadline: float) -> None:
    pause = 0.001
    while not all(worker.has_ended() for worker in workers):
        if time.monotonic() > deadline:
            for worker in workers:
                if not worker.has_ended():
                    worker.kill()
            deadline = float('inf')
        time.sleep(pause)
        pause = min(pause * 1.3, 0.02)


def main() -> None:
    """Carry out orders until standard input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), 'w')
    # What a storage prints must not be taken for an answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        try:
            answer: dict[str, t.Any] = {'outcomes': Order(**json.loads(line)).carry_out()}
        except Exception:
            # Foreign code is imported here, which may raise anything.
            answer = {'failure': traceback.format_exc()}
        answers.write(json.dumps(answer) + '\n')
        answers.flush()
