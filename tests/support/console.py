# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running what a Markdown page shows: its files are written, its commands run in order, their output compared.

An HTML comment in the line before a fenced block says what becomes of the block:

    <!-- file: conf.d/compute.yml -->   written to this file, below the directory that the shell is in at that point
    <!-- skip: why -->                  not run, for this reason

Blocks of the language `console` are run: lines that begin with `$ ` are commands, `> ` continues one, a command may
also go on after a backslash. What follows is the output that must come, standard error included. `...` stands for
anything; where nothing follows, any output will do. A command must succeed, unless the output that is shown has an
`[ERROR]`; then it must fail.

White space does not count in the comparison, as Ansible breaks lines to fit. What differs from run to run does not
either: container suffixes, addresses that no file of the page names, times, and who runs it on which machine.

Pages name directories that only root may write to, as operators have them: `PLACES` stand for directories below the
home directory of the test.
"""

from __future__ import annotations

import collections.abc as c
import dataclasses
import getpass
import os
import pathlib
import re
import socket
import subprocess
import threading
import uuid

from ansible_collections.osa.inventory.tests.support.leaks import look

PLACES = {'/home/operator': '', '/etc/openstack_deploy': 'etc/openstack_deploy', '/tmp': 'tmp'}
"""Directories as pages show them -> where they are below the test's home directory."""

LONGEST = 300
"""Seconds after which a command is given up."""

_FENCE = re.compile(r'^(?P<indent> *)(?P<fence>```+)(?P<language>\S*) *$')
_DIRECTIVE = re.compile(r'^ *<!-- (?P<kind>file|skip|fragment): (?P<argument>.+?) -->$')
_ADDRESS = re.compile(r'\b\d{1,3}(?:\.\d{1,3}){3}\b')
_SUFFIX = re.compile(r'-[0-9a-f]{8}(?![0-9a-f]{4}-)')
_VARYING = (
    (re.compile(r'\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b'), '<uuid>'),
    (re.compile(r'\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?'), '<time>'),
    (re.compile(r'\b\d{8}_\d{6}\b'), '<stamp>'),
    (re.compile(r'\b\d+ ms\b'), '<n> ms'),
    (re.compile(r'\b(pid|process) \d+\b'), r'\1 <n>'),
    (re.compile(r'\b[0-9a-f]{64}\b'), '<sha256>'),
)


class Mismatch(AssertionError):
    """A page shows something else than what happens; the text says where and how."""


@dataclasses.dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    line: of the opening fence, from 1. kind, argument: of the directive before it; both empty without one.
    """

    language: str
    text: str
    line: int
    kind: str = ''
    argument: str = ''


@dataclasses.dataclass(frozen=True)
class Command:
    """A command of a console block with the output that is shown for it; line: in the page, from 1."""

    text: str
    output: str
    line: int

    @property
    def fails(self) -> bool:
        """Whether the page shows it failing."""
        return '[ERROR]' in self.output


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a Markdown text. Raises ValueError for a fence that is not closed."""
    found: list[Block] = []
    lines = page.splitlines()
    number = 0
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        if opening:
            end = _closing(lines, number, opening)
            indent = len(opening['indent'])
            text = ''.join(f'{line[indent:]}\n' for line in lines[number + 1 : end])
            directive = _DIRECTIVE.match(lines[number - 1]) if number else None
            kind, argument = directive.groups() if directive else ('', '')
            found.append(Block(opening['language'], text, number + 1, kind, argument))
            number = end
        number += 1
    return found


def _closing(lines: list[str], start: int, opening: re.Match[str]) -> int:
    for number in range(start + 1, len(lines)):
        if lines[number].strip() == opening['fence']:
            return number
    raise ValueError(f'The block that begins in line {start + 1} is not closed.')


def commands(block: Block) -> list[Command]:
    """The commands of a console block. Raises ValueError for output before the first command."""
    found: list[Command] = []
    continues = False
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if line.startswith('$ '):
            found.append(Command(line[2:], '', number))
            continues = True
        elif not found:
            raise ValueError(f'Line {number} is output of no command.')
        elif continues and (line.startswith('> ') or line == '>' or found[-1].text.endswith('\\')):
            found[-1] = dataclasses.replace(
                found[-1], text=f'{found[-1].text}\n{line.removeprefix(">").removeprefix(" ")}'
            )
        else:
            found[-1] = dataclasses.replace(found[-1], output=f'{found[-1].output}{line}\n')
            continues = False
    return found


def run_page(page: pathlib.Path, home: pathlib.Path, path: str, directory: pathlib.Path | None = None) -> int:
    """Run what a page shows; returns the number of commands.

    home: an empty or prepared directory that becomes the home directory. path: the PATH. directory: where the commands
    begin, by default the home directory. Raises Mismatch for the first command that fails or whose output differs.
    """
    count = 0
    for place in PLACES.values():
        (home / place).mkdir(parents=True, exist_ok=True)
    with _Shell(home, path, directory or home) as shell:
        for block in blocks(page.read_text('utf-8')):
            if block.kind == 'file':
                shell.write(block.argument, block.text)
            elif block.language == 'console' and block.kind != 'skip':
                for command in commands(block):
                    output, status = shell.run(command.text)
                    count += 1
                    _compare(page.name, command, output, status, home)
    return count


class _Shell:
    """One bash, so that `cd` and variables last from command to command."""

    def __init__(self, home: pathlib.Path, path: str, directory: pathlib.Path) -> None:
        self._home = home
        self._mark = f'--- {uuid.uuid4()} ---'
        environment = {'HOME': str(home), 'PATH': path, 'LANG': 'C.UTF-8', 'TERM': 'dumb', 'ANSIBLE_NOCOLOR': '1'}
        environment |= {'USER': getpass.getuser(), 'TMPDIR': str(home / 'tmp'), **_packages()}
        checkout = pathlib.Path('/opt/openstack-ansible/inventory')
        if checkout.exists():  # a machine that has one would show other groups
            own = home / '.ansible/collections/ansible_collections/osa/inventory/environment'
            environment['OSA_INVENTORY_ENVIRONMENT_DIR'] = str(own)
        self._process = subprocess.Popen(
            ['bash', '--noprofile', '--norc'],
            cwd=directory,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> _Shell:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.communicate()

    def run(self, command: str) -> tuple[str, int]:
        """Output and exit status of a command, which names places as pages do."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{{ {_real(command, self._home)}\n}} </dev/null\nprintf '\\n{self._mark}%d\\n' $?\n")
        self._process.stdin.flush()
        output: list[str] = []
        watchdog = threading.Timer(LONGEST, self._process.kill)
        watchdog.start()
        try:
            for line in self._process.stdout:
                if line.startswith(self._mark):
                    look(''.join(output), f'the output of {command!r}')
                    return ''.join(output).removesuffix('\n'), int(line.removeprefix(self._mark))
                output.append(line)
        finally:
            watchdog.cancel()
        raise Mismatch(f'The shell ended, or took {LONGEST} seconds, at the command: {command}\n{"".join(output)}')

    def write(self, name: str, text: str) -> None:
        """Write a file below the working directory; its directory is made."""
        directory, _status = self.run('pwd')
        file = pathlib.Path(directory.strip(), _real(name, self._home))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, 'utf-8')


def _packages() -> dict[str, str]:
    """What this machine needs to install Python packages, which the home directory of a test has not."""
    settings = {name: value for name, value in os.environ.items() if name.startswith('PIP_') or name.endswith('_proxy')}
    if 'PIP_CONSTRAINT' in settings:  # which holds for build back-ends up to pip 25.2 only
        settings['PIP_BUILD_CONSTRAINT'] = settings['PIP_CONSTRAINT']
    own = pathlib.Path.home() / '.config' / 'pip' / 'pip.conf'
    if own.exists():
        settings.setdefault('PIP_CONFIG_FILE', str(own))
    return settings


def _real(text: str, home: pathlib.Path) -> str:
    """The text of a page with every place as it is in the test."""
    pattern = '|'.join(rf'(?<![\w.~]){re.escape(place)}(?![\w-])' for place in PLACES)
    return re.sub(pattern, lambda match: str(home / PLACES[match[0]]), text)


def _compare(page: str, command: Command, output: str, status: int, home: pathlib.Path) -> None:
    if command.fails != (status != 0):
        raise Mismatch(f'{page}:{command.line}: `{command.text}` ends with status {status}. Its output:\n{output}')
    if command.output and not matches(command.output, output, home):
        raise Mismatch(
            f'{page}:{command.line}: `{command.text}` prints something else than is shown.\n'
            f'--- shown\n{command.output}--- printed\n{output}'
        )


def matches(shown: str, printed: str, home: pathlib.Path) -> bool:
    """Whether the printed output is what the page shows."""
    written = _written_addresses(home)
    # As a character of its own, for white space goes: a line `...` may follow a full stop.
    wildcard = '\N{HORIZONTAL ELLIPSIS}'
    pattern = re.escape(_settled(_real(shown.replace('...', wildcard), home), written)).replace(wildcard, '.*')
    return re.fullmatch(pattern, _settled(printed, written), re.DOTALL) is not None


def _settled(text: str, written: c.Container[str]) -> str:
    """The text without white space, with one word for each thing that differs from run to run."""
    text = _ADDRESS.sub(lambda match: match[0] if match[0] in written else '<address>', text)
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    text = re.sub(r'\s', '', text)
    text = text.replace(f'{getpass.getuser()}@{socket.gethostname()}', 'operator@deploy')
    return _SUFFIX.sub('-<suffix>', text)


def _written_addresses(home: pathlib.Path) -> set[str]:
    """The addresses that stand in the files of the page, such as those of the physical hosts."""
    found: set[str] = set()
    for directory, directories, files in os.walk(home):
        directories[:] = [name for name in directories if not name.startswith('.')]
        for name in files:
            if name.endswith(('.yml', '.yaml')):
                found.update(_ADDRESS.findall(pathlib.Path(directory, name).read_text('utf-8')))
    return found
