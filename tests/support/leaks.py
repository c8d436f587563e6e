# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin of pytest that looks for passwords in everything that the tests print and that the collection writes.

Every password of the tests' servers and vaults has `PASSWORD_MARK` in it. A test fails if the mark, plain or in base64,
is

- in its standard output, standard error or log, also in what it took out of them with `capsys` and the like;
- in the output of a process that it started and `communicate`d with;
- in an error of the collection, shown or not.

The session fails if the mark is in a file below pytest's temporary directory that the collection writes: states and the
files beside them, archives, notes, locks, caches, bundles, exports, databases. What tests write themselves, such as
inventory sources, has passwords by right, so files are known by their names.
"""

from __future__ import annotations

import base64
import collections.abc as c
import contextlib
import fnmatch
import functools
import io
import os
import pathlib
import sqlite3
import subprocess
import tarfile
import typing as t
import urllib.parse
import zlib

import pytest

from ...plugins.module_utils.errors import OSAInventoryError
from ..servers.base import PASSWORD_MARK

WRITTEN = (
    *('*openstack_inventory*', '*openstack_hostnames_ips*', '.osa_inventory*', '*.json', '*.lock', '*_s_*'),
    *('*.tar', '*.gz', '*.tgz', '*.db', '*.db-*', '*.sqlite*', '*.csv', '*.svg', '*.html', 'hosts.y*ml'),
)
"""Names of files that the collection writes; `*_s_*` are those of Ansible's inventory cache."""

_NAME = 'osa-leaks'


def _forms(mark: bytes) -> tuple[bytes, ...]:
    """The mark as it is, and in base64: by its place in the text, less the characters that it shares with others."""
    coded = (base64.b64encode(b' ' * before + mark) for before in range(3))
    return mark, *(text[-(-8 * n // 6) : 8 * (n + len(mark)) // 6] for n, text in enumerate(coded))


_MARKS = _forms(PASSWORD_MARK.encode())
_LONGEST = 100_000_000
"""Bytes that are looked at: tests of bounds make files without end."""

_found: list[str] = []
"""What the running test has shown."""


def look(text: object, where: str) -> None:
    """Fail the running test if a password is in what somebody gets to see. What is no text or bytes is passed over."""
    data = text.encode('utf-8', 'surrogatepass') if isinstance(text, str) else text
    if isinstance(data, bytes) and _is_marked(data):
        _found.append(where)


def _is_marked(data: bytes) -> bool:
    return any(mark in data for mark in _MARKS)


def leaking_files(root: pathlib.Path) -> list[pathlib.Path]:
    """The files below a directory that the collection wrote and that have a password in them."""
    found = []
    for directory, _directories, names in os.walk(root):
        for name in names:
            path = pathlib.Path(directory, name)
            if any(fnmatch.fnmatch(name, pattern) for pattern in WRITTEN) and path.is_file() and _leaks(path):
                found.append(path)
    return sorted(found)


def _leaks(path: pathlib.Path) -> bool:
    with contextlib.suppress(OSError):
        return any(map(_is_marked, _pieces(path)))
    return False  # a test took the right to read it


def _pieces(path: pathlib.Path) -> c.Iterator[bytes]:
    """What can be read in a file: as it is, and unpacked."""
    with path.open('rb') as file:
        pieces = [*_unpacked(file.read(_LONGEST))]
    yield from pieces
    if pieces[0].startswith(b'SQLite format 3'):
        yield from _values(path)
    for piece in pieces:
        with contextlib.suppress(tarfile.TarError), tarfile.open(fileobj=io.BytesIO(piece), mode='r:') as archive:
            for member in archive:
                content = archive.extractfile(member)
                if content:
                    yield from _unpacked(content.read(_LONGEST))


def _values(path: pathlib.Path) -> c.Iterator[bytes]:
    address = f'file:{urllib.parse.quote(str(path))}?mode=ro'
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(address, uri=True)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):
                for value in row:
                    yield from _unpacked(value if isinstance(value, bytes) else str(value).encode())


def _unpacked(content: bytes) -> c.Iterator[bytes]:
    yield content
    with contextlib.suppress(zlib.error):
        # With the header of zlib or of gzip.
        yield zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(content, _LONGEST)


def _observing(function: t.Any, observe: c.Callable[[t.Any, t.Any], None]) -> t.Any:
    """A method that tells about its object and result."""

    @functools.wraps(function)
    def observed(self: t.Any, *arguments: t.Any, **named: t.Any) -> t.Any:
        result = function(self, *arguments, **named)
        observe(self, result)
        return result

    return observed


def _look_at_process(process: subprocess.Popen[t.Any], streams: tuple[t.Any, t.Any]) -> None:
    program = process.args[0] if isinstance(process.args, (list, tuple)) else process.args
    for text, name in zip(streams, ('standard output', 'standard error'), strict=True):
        look(text, f'{name} of {str(program)!r}')


def _look_at_captured(_fixture: object, captured: tuple[t.Any, t.Any]) -> None:
    for text in captured:
        look(text, 'what was captured')


def _look_at_error(error: OSAInventoryError, _none: None) -> None:
    for text in (error.message, error.help_text, str(error.place)):
        look(text, f'an error of the class {type(error).__name__}')


_PATCHES: tuple[tuple[t.Any, str, t.Any], ...] = (
    (subprocess.Popen, 'communicate', _look_at_process),
    (pytest.CaptureFixture, 'readouterr', _look_at_captured),
    (OSAInventoryError, '__init__', _look_at_error),
)


class Leaks:
    """The plugin's part that lasts as long as a session; files: what this process or its workers found."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.place: pathlib.Path | None = None
        self.patches = pytest.MonkeyPatch()
        for owner, name, observe in _PATCHES:
            self.patches.setattr(owner, name, _observing(getattr(owner, name), observe))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> c.Generator[None, pytest.TestReport, pytest.TestReport]:
        """Fail a test at its end, when all that it printed is known."""
        report = yield
        if call.when == 'teardown':
            for title, text in report.sections:
                look(text, title)
            if _found:
                places = ', '.join(dict.fromkeys(_found))
                _found.clear()
                report.outcome = 'failed'
                report.longrepr = f'{report.longrepr or ""}\n{item.nodeid} shows a password in: {places}'.lstrip()
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Look at the files; a worker of pytest-xdist hands what it finds to the process that prints."""
        output = getattr(session.config, 'workeroutput', None)
        if self.place:
            self.files += map(str, leaking_files(self.place))
        if output is not None:
            output['leaks'] = self.files
        elif self.files and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: t.Any) -> None:
        """Take what a worker found."""
        self.files += getattr(node, 'workeroutput', {}).get('leaks', [])

    def pytest_terminal_summary(self, terminalreporter: t.Any) -> None:
        """Name the files."""
        if self.files:
            terminalreporter.section('files with a password', red=True)
            for path in self.files:
                terminalreporter.line(path)

    def pytest_unconfigure(self) -> None:
        """Leave everything as it was."""
        self.patches.undo()


@pytest.fixture(scope='session', autouse=True)
def _place_of_files(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> None:
    plugin = pytestconfig.pluginmanager.get_plugin(_NAME)
    assert isinstance(plugin, Leaks)
    plugin.place = tmp_path_factory.getbasetemp()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to look."""
    config.pluginmanager.register(Leaks(), _NAME)
