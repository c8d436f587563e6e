# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the test servers have in common: how they start on free ports, restart, fail and end."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import secrets
import typing as t

from .process import Account, Directory, Process, StartFailed, free_ports

Address = tuple[str, int] | str
"""Host and port, or the path of a unix socket."""

HOST = '127.0.0.1'

PASSWORD_MARK = 'c0ffee5ec4e7'
"""It is in every password of the tests: `tests/support/leaks.py` looks for it in all that is printed and written."""

_PORT_TAKEN = ('in use', 'Could not bind')


def new_password() -> str:
    """One that is nowhere else, with the mark of passwords in it."""
    return f'{PASSWORD_MARK}{secrets.token_hex(8)}'


@dataclasses.dataclass(frozen=True)
class Login:
    """User name and password; the password has characters that need quoting in a URL."""

    user: str
    password: str = dataclasses.field(default_factory=lambda: f'{new_password()}%/@:+', repr=False)


class Server(abc.ABC):
    """A real server: one or more child processes in a directory of its own.

    INSTALL: the command that installs what it needs. PORTS: how many it listens on.
    ACCOUNTS: whom it runs as when the tests run as root.
    """

    INSTALL: t.ClassVar[str]
    PORTS: t.ClassVar[int] = 1
    ACCOUNTS: t.ClassVar[tuple[str, ...]] = ()

    def __init__(self, directory: Directory, ports: t.Sequence[int]) -> None:
        self.directory = directory
        self.ports = tuple(ports)

    @classmethod
    def account(cls) -> Account | None:
        """Whom it runs as; None for the user who runs the tests."""
        return Account.unprivileged(*cls.ACCOUNTS)

    @property
    @abc.abstractmethod
    def processes(self) -> t.Sequence[Process]:
        """Its child processes, in the order in which they are to be stopped."""

    @abc.abstractmethod
    def set_up(self) -> None:
        """Write its files and settings, once."""

    @abc.abstractmethod
    def launch(self) -> None:
        """Start it and return when it answers a real login or command; after `stop` or `kill` once more."""

    def create_accounts(self) -> None:  # noqa: B027 (not every server keeps its accounts inside)
        """Make the accounts that live in the server, once it runs."""

    def stop(self) -> None:
        """End it in an orderly way; its data stay."""
        for process in self.processes:
            process.stop()

    def kill(self) -> None:
        """End it like a crash."""
        for process in self.processes:
            process.kill()

    def log(self, lines: int = 40) -> str:
        """The last lines of the log of each process, under its name."""
        return '\n'.join(f'--- {process.name}\n{process.log(lines)}' for process in self.processes)


ServerType = t.TypeVar('ServerType', bound=Server)


@contextlib.contextmanager
def running(kind: type[ServerType], **settings: t.Any) -> t.Iterator[ServerType]:
    """A server of that class, started with nothing in it, and removed afterwards with its data.

    settings: further arguments of the class. Raises ServerMissing, StartFailed.
    """
    with contextlib.ExitStack() as stack:
        yield _start(stack, kind, settings)


def _start(
    stack: contextlib.ExitStack, kind: type[ServerType], settings: dict[str, t.Any], tries: int = 3
) -> ServerType:
    """Between the choice of a port and its use somebody else may take it: then once more with others."""
    with contextlib.ExitStack() as undo:
        directory = Directory(kind.account())
        undo.callback(directory.remove)
        server = kind(directory, free_ports(kind.PORTS), **settings)
        undo.callback(server.stop)
        try:
            server.set_up()
            server.launch()
            server.create_accounts()
        except StartFailed as error:
            if tries == 1 or not any(words in str(error) for words in _PORT_TAKEN):
                raise
        else:
            stack.enter_context(undo.pop_all())
            return server
    return _start(stack, kind, settings, tries - 1)
