# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments, help and wrong usage."""

from __future__ import annotations

import collections.abc
import shlex

import pytest
from ansible_collections.osa.inventory.plugins.plugin_utils.cli.command import Command, build_parser
from ansible_collections.osa.inventory.plugins.plugin_utils.cli.commands import COMMANDS


def single(
    commands: collections.abc.Iterable[Command], above: str = ''
) -> collections.abc.Iterator[tuple[str, Command]]:
    """Every command that does something, with its full name."""
    for command in commands:
        if command.parts:
            yield from single(command.parts, f'{above}{command.name} ')
        else:
            yield f'{above}{command.name}', command


ALL = dict(single(COMMANDS))
EXAMPLES = [(name, example) for name, command in ALL.items() for example, _meaning in command.examples]


@pytest.mark.parametrize(('name', 'example'), EXAMPLES, ids=[example for _name, example in EXAMPLES])
def test_every_example_is_a_use_of_its_command(name: str, example: str) -> None:
    words = shlex.split(example.partition(' > ')[0])
    assert name in example
    assert build_parser(COMMANDS).parse_args(words).command is ALL[name]


@pytest.mark.parametrize('name', ALL)
def test_every_command_has_help_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        build_parser(COMMANDS).parse_args([*name.split(), '--help'])
    shown = capsys.readouterr().out
    assert left.value.code == 0
    assert 'examples:\n  osa-inventory ' in shown and 'usage: osa-inventory' in shown


def test_the_help_lists_commands_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser(COMMANDS).parse_args(['--help'])
    shown = capsys.readouterr().out
    assert [command.name for command in COMMANDS if f'\n    {command.name} ' not in shown] == []
    assert '\n  4  locked by somebody else\n' in shown


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        ('hots', "Did you mean 'hosts'?"),
        ('storage chek', "Did you mean 'check'?"),
        ('hosts --sort component_', "Did you mean 'component'?"),
        ('hosts --columns component,ansible_hots', "there is no column 'ansible_hots'; did you mean 'ansible_host'?\n"),
        ('hosts --format jsn', "Did you mean 'json'?"),
        ('', 'COMMAND'),
        ('show eleven', "invalid int value: 'eleven'"),
        ('remove', 'HOST'),
        ('remove a --yes --dry-run', 'not allowed with'),
        ('hosts --inventry x', '--inventry'),
        ('storage list --inventry', 'usage: osa-inventory storage list '),
        ('hosts -i x', 'such as -i stand before the command'),
    ],
)
def test_wrong_usage_is_an_error_with_exit_code_1(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        build_parser(COMMANDS).parse_args(shlex.split(words))
    shown = capsys.readouterr()
    assert left.value.code == 1
    assert shown.out == '' and said in shown.err and shown.err.count('[ERROR]') == 1


def test_extra_variables_are_trusted_as_those_of_ansible_are() -> None:
    from ansible.template import is_trusted_as_template

    (given,) = build_parser(COMMANDS).parse_args(['-e', 'a={{ 1 }}', 'hosts']).extra_vars
    assert is_trusted_as_template(given)
