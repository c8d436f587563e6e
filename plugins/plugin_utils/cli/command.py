# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command is, and how all of them become one argument parser."""

from __future__ import annotations

import argparse
import dataclasses
import re
import sys
import typing as t

from ansible import constants as C
from ansible.cli.arguments import option_helpers
from ansible.template import trust_as_template

from ...module_utils.words import did_you_mean

if t.TYPE_CHECKING:
    from .session import Session

PROGRAM = 'osa-inventory'

EXIT_CODES = """\
exit codes:
  0  done
  1  error, wrong usage too
  2  differences (plan and diff only)
  3  conflict: somebody else changed the inventory
  4  locked by somebody else
  5  the storage cannot be reached
  6  the inventory is lost, damaged, or older than what was seen before
"""

_DESCRIPTION = 'Look after the inventory of an OpenStack-Ansible deployment, in whatever storage it is kept.'
_INVALID_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")
_MISPLACED = re.compile(r'unrecognized arguments: (-[ieJv]|--(inventory|extra-vars|vault|ask-vault|verbose))')


@dataclasses.dataclass(frozen=True)
class Command:
    """One command, or a group of them.

    summary: one line. examples: arguments, without the program's name, each with what it is good for.
    run: returns the exit code. arguments: adds what the command takes. parts: the commands of a group, which has no
    `run` of its own.
    """

    name: str
    summary: str
    examples: tuple[tuple[str, str], ...]
    run: t.Callable[[Session, argparse.Namespace], int] | None = None
    arguments: t.Callable[[argparse.ArgumentParser], object] | None = None
    parts: tuple[Command, ...] = ()


class Parser(argparse.ArgumentParser):
    """Wrong usage is an error like any other: exit code 1, and the nearest known name."""

    def parse_args(self, args: t.Any = None, namespace: t.Any = None) -> t.Any:
        """As usual, but what is not known is told with the usage of the command that does not know it."""
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            found.parser.error(f'unrecognized arguments: {" ".join(unknown)}')
        return found

    def error(self, message: str) -> t.NoReturn:
        self.print_usage()
        end = '' if message.endswith('?') else '.'
        self.exit(1, f'[ERROR]: {message[:1].upper()}{message[1:]}{end}{_hint(message)}\n')

    def print_usage(self, file: t.Any = None) -> None:
        super().print_usage(file or sys.stderr)


def _hint(message: str) -> str:
    if _MISPLACED.match(message):
        return ' Options such as -i stand before the command.'
    found = _INVALID_CHOICE.search(message)
    hint = found and did_you_mean(found[1], re.findall(r'[\w-]+', found[2]))
    return f' {hint}' if hint else ''


def build_parser(commands: t.Iterable[Command]) -> Parser:
    """The parser of the whole program; the chosen command is `command` in what it gives."""
    commands = tuple(commands)
    parser = Parser(
        prog=PROGRAM,
        description=_DESCRIPTION,
        epilog=f'{PROGRAM} COMMAND --help shows what a command takes, with examples.\n\n{EXIT_CODES}',
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        '-i',
        '--inventory',
        dest='source',
        metavar='SOURCE',
        help="the inventory source, such as osa.yml (default: the first of Ansible's own that is one of osa.inventory)",
    )
    parser.add_argument(
        '-e',
        '--extra-vars',
        action='append',
        default=[],
        type=_extra_vars,
        help='variables that the source may use, as key=value, as YAML or JSON, or as @FILE',
    )
    option_helpers.add_vault_options(parser)
    parser.add_argument(
        '-v',
        '--verbose',
        dest='verbosity',
        action='count',
        default=C.DEFAULT_VERBOSITY,
        help='say more, on standard error: -v which source and storage, -vv also what lies behind an error',
    )
    _add_commands(parser, commands)
    return parser


def _extra_vars(value: str) -> str:
    """What the user types may be a template, as in Ansible's own commands; the path of a file is made absolute."""
    trusted: str = trust_as_template(option_helpers.maybe_unfrack_path('@')(value))
    return trusted


def _add_commands(parser: argparse.ArgumentParser, commands: t.Iterable[Command]) -> None:
    choices = parser.add_subparsers(title='commands', metavar='COMMAND', required=True)
    for command in commands:
        lines = [f'  {PROGRAM} {example}\n      {meaning}' for example, meaning in command.examples]
        added = choices.add_parser(
            command.name,
            help=command.summary,
            description=f'{command.summary[:1].upper()}{command.summary[1:]}.',
            epilog='\n'.join(['examples:', *lines]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if command.arguments:
            command.arguments(added)
        if command.parts:
            _add_commands(added, command.parts)
        else:
            added.set_defaults(command=command, parser=added)
