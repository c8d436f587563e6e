# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Child processes of the tests: an account, a directory and ports of their own, and an end when the tests end."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import typing as t

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class ServerMissing(Exception):
    """A program or library that a server needs is not installed; the text says which."""


class StartFailed(Exception):
    """A server ended or did not answer in time; the text has the end of its log."""


@dataclasses.dataclass(frozen=True)
class Account:
    """Whom a child runs as. PostgreSQL and MariaDB refuse to run as root."""

    uid: int
    gid: int

    @classmethod
    def unprivileged(cls, *names: str) -> Account | None:
        """The first of the named accounts that exists, `nobody` at the end; None unless the tests run as root."""
        if os.geteuid() != 0:
            return None
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        entry = next(known[name] for name in (*names, 'nobody') if name in known)
        return cls(entry.pw_uid, entry.pw_gid)


class Directory:
    """A server's own directory right below /tmp, or in that of a server it is a part of, owned by its account.

    Short, as the path of a unix socket has 107 bytes at most; enterable for others, which pytest's `tmp_path` is not.
    """

    def __init__(self, account: Account | None, parent: pathlib.Path | None = None) -> None:
        self.account = account
        self.path = pathlib.Path(tempfile.mkdtemp(prefix='osa-', dir=parent or '/tmp'))
        self.path.chmod(0o755)
        self.own(self.path)

    def own(self, path: pathlib.Path) -> None:
        """Hand a file or directory to the account."""
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)

    def make(self, name: str) -> pathlib.Path:
        """A new directory inside."""
        path = self.path / name
        path.mkdir(0o700)
        self.own(path)
        return path

    def write(self, name: str, content: str | bytes, mode: int = 0o600) -> pathlib.Path:
        """A file inside, readable for the account only unless `mode` says otherwise."""
        path = self.path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        self.own(path)
        return path

    def remove(self) -> None:
        """Remove it with all it holds."""
        shutil.rmtree(self.path, ignore_errors=True)


def find_program(name: str, *places: str) -> str:
    """Path of a program in one of the directories given, on PATH or where Debian keeps servers.

    Raises ServerMissing.
    """
    path = shutil.which(name, path=os.pathsep.join([*places, os.environ.get('PATH', os.defpath), '/usr/sbin']))
    if path is None:
        raise ServerMissing(f"The program '{name}' is not installed.")
    return path


def free_ports(count: int) -> list[int]:
    """Free loopback ports, outside the ephemeral range, so that no outgoing connection takes one meanwhile."""
    chooser = random.SystemRandom()  # pytest-randomly gives each xdist worker the same seed
    ports: list[int] = []
    with contextlib.ExitStack() as held:
        while len(ports) < count:
            port = chooser.randint(20000, 32767)
            holder = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                holder.bind(('127.0.0.1', port))
                ports.append(port)
    return ports


class Process:
    """One child with a log file; it ends when the thread that started it does, even if that is killed.

    name: of its log file. executable: the file to run, where `argv[0]` is to be another word.
    stop_signal: asks for an orderly end. death_signal: sent by `kill` and when the tests die.
    """

    def __init__(
        self,
        name: str,
        argv: t.Sequence[str],
        directory: Directory,
        *,
        executable: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.directory = directory
        self.executable = executable
        self.stop_signal = stop_signal
        self.death_signal = death_signal
        self.log_path = directory.path / f'{name}.log'
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the child has been started and has not ended."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """The child's process id."""
        assert self._child, 'It has not been started.'
        return self._child.pid

    def start(self, *, extra: t.Sequence[str] = ()) -> None:
        """Start the child, with `extra` arguments this time; it need not be ready when this returns."""
        with self.log_path.open('ab') as log:
            self._child = subprocess.Popen(
                [*self.argv, *extra],
                executable=self.executable,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: _LIBC.prctl(_PR_SET_PDEATHSIG, int(self.death_signal)),
                **surroundings(self.directory),
            )

    def stop(self, patience: float = 15) -> None:
        """End the child in an orderly way; by force when that takes longer than `patience` seconds."""
        if self._child is None or not self.running:
            return
        self.thaw()
        self._child.send_signal(self.stop_signal)
        try:
            self._child.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()

    def kill(self) -> None:
        """End the child like a crash; nothing is flushed or said goodbye to."""
        self._signal_all(self.death_signal)
        if self._child is not None:
            self._child.wait()

    def freeze(self) -> None:
        """Let the child neither run nor answer, with its connections open."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen child go on."""
        self._signal_all(signal.SIGCONT)

    def log(self, lines: int = 40) -> str:
        """The last lines of the log."""
        if not self.log_path.exists():
            return ''
        return '\n'.join(self.log_path.read_text(errors='replace').splitlines()[-lines:])

    def _signal_all(self, number: signal.Signals) -> None:
        if self._child is not None and self.running:
            os.killpg(self._child.pid, number)


def await_ready(ready: t.Callable[[], bool], *processes: Process, timeout: float = 30) -> None:
    """Wait until `ready` says so. Raises StartFailed when a process ends before that, or it takes too long."""
    end = time.monotonic() + timeout
    while not ready():
        for process in processes:
            if not process.running:
                raise StartFailed(f"'{process.name}' ended while starting.\n{process.log()}")
        if time.monotonic() > end:
            names, logs = zip(*((process.name, process.log()) for process in processes), strict=True)
            raise StartFailed('\n'.join([f'No answer from {", ".join(names)} within {timeout:g} seconds.', *logs]))
        time.sleep(0.05)


def surroundings(directory: Directory) -> dict[str, t.Any]:
    """Arguments for `subprocess` that every child of a server gets: account, directory and environment.

    TMPDIR is the directory, as two MariaDBs that share one delete each other's temporary tables.
    """
    place = str(directory.path)
    arguments: dict[str, t.Any] = {
        'cwd': place,
        'env': {'PATH': f'{os.environ["PATH"]}:/usr/sbin', 'LC_ALL': 'C.UTF-8', 'HOME': place, 'TMPDIR': place},
    }
    if directory.account:
        arguments |= {'user': directory.account.uid, 'group': directory.account.gid, 'extra_groups': []}
    return arguments


def run(argv: t.Sequence[str], directory: Directory) -> None:
    """Run a program that sets a server up. Raises StartFailed with what it printed."""
    done = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **surroundings(directory),
    )
    if done.returncode:
        raise StartFailed(f"'{argv[0]}' failed with {done.returncode}.\n{done.stdout}\n{done.stderr}")
