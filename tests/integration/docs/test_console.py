# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs the pages finds what is wrong with them."""

from __future__ import annotations

import os
import pathlib

import pytest
from support.console import Mismatch, blocks, commands, matches, run_page

PATH = os.environ['PATH']


def run(text: str, directory: pathlib.Path) -> int:
    page = directory / 'page.md'
    home = directory / 'home'
    home.mkdir()
    page.write_text(text, 'utf-8')
    return run_page(page, home, PATH)


def console(*lines: str) -> str:
    return '\n'.join(['```console', *lines, '```', ''])


def test_commands_run_in_order_in_one_shell(tmp_path: pathlib.Path) -> None:
    page = console('$ mkdir cloud', '$ cd cloud') + 'Then:\n\n' + console('$ basename $PWD', 'cloud')
    assert run(page, tmp_path) == 3


def test_a_command_may_go_on_in_the_next_lines(tmp_path: pathlib.Path) -> None:
    page = console('$ echo one \\', '    two', 'one two', '$ cat <<END', '> text', '> END', 'text')
    assert run(page, tmp_path) == 2


def test_a_file_block_is_written_where_the_shell_is(tmp_path: pathlib.Path) -> None:
    file = '<!-- file: conf.d/a.yml -->\n```yaml\na: 1\n```\n'
    assert (
        run(console('$ mkdir cloud && cd cloud') + file + console('$ cat ~/cloud/conf.d/a.yml', 'a: 1'), tmp_path) == 2
    )


def test_a_skipped_block_is_not_run(tmp_path: pathlib.Path) -> None:
    assert run('<!-- skip: needs a cloud -->\n' + console('$ false'), tmp_path) == 0


@pytest.mark.parametrize('output', ['something else', 'one', 'one\ntwo\nthree'])
def test_other_output_than_is_shown_is_found(tmp_path: pathlib.Path, output: str) -> None:
    with pytest.raises(Mismatch, match=r'page\.md:2: `printf'):
        run(console("$ printf 'one\\ntwo\\n'", output), tmp_path)


def test_where_no_output_is_shown_any_will_do(tmp_path: pathlib.Path) -> None:
    assert run(console('$ echo one', '$ echo two', 'two'), tmp_path) == 2


def test_places_of_root_are_below_the_home_directory(tmp_path: pathlib.Path) -> None:
    file = '<!-- file: /etc/openstack_deploy/a.yml -->\n```yaml\na: 1\n```\n'
    page = console('$ cd /etc/openstack_deploy', '$ ls $PWD/*', '/etc/openstack_deploy/a.yml', '$ cp a.yml /tmp/b.yml')
    assert run(console('$ cd /etc/openstack_deploy') + file + page, tmp_path) == 4
    assert (tmp_path / 'home' / 'tmp' / 'b.yml').exists()


def test_a_command_that_fails_is_found(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Mismatch, match='status 1'):
        run(console('$ false'), tmp_path)


def test_a_command_shown_with_an_error_must_fail(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Mismatch, match='status 0'):
        run(console("$ echo '[ERROR]: no'", '[ERROR]: no'), tmp_path)


def test_a_command_shown_with_an_error_may_fail(tmp_path: pathlib.Path) -> None:
    assert run(console("$ echo '[ERROR]: no' >&2; false", '[ERROR]: no'), tmp_path) == 1


def test_a_shell_that_ends_is_found(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Mismatch, match='The shell ended'):
        run(console('$ exit 0'), tmp_path)


@pytest.mark.parametrize(
    ('shown', 'printed'),
    [
        ('a ... c', 'a b b c'),
        ('first\n...\nlast', 'first\nmore\nmore\nlast'),
        ('first\n...\nlast', 'first\nlast'),
        ('first.\n...\nlast', 'first.\nmore\nlast'),
        ('infra1-keystone-container-1a2b3c4d', 'infra1-keystone-container-ffffffff'),
        ('address 172.29.236.77', 'address 172.29.239.1'),
        ('2026-01-02T03:04:05Z', '2031-12-31T23:59:59Z'),
        ('12 ms', '3 ms'),
        ('a line that\n  is broken', 'a line\nthat is broken'),
        ('/home/operator/cloud/x.yml:1:2', '{home}/cloud/x.yml:1:2'),
    ],
)
def test_what_differs_from_run_to_run_does_not_count(tmp_path: pathlib.Path, shown: str, printed: str) -> None:
    assert matches(shown, printed.replace('{home}', str(tmp_path)), tmp_path)


@pytest.mark.parametrize(
    ('shown', 'printed'),
    [
        ('a ... c', 'a b b d'),
        ('infra1-keystone-container-1a2b3c4d', 'infra2-keystone-container-1a2b3c4d'),
        ('infra1-keystone-container-1a2b3c4d', 'infra1-keystone-container'),
        ('address 172.29.236.11', 'address 172.29.236.12'),
        ('x.yml:1:2', 'x.yml:1:3'),
    ],
)
def test_everything_else_counts(tmp_path: pathlib.Path, shown: str, printed: str) -> None:
    (tmp_path / 'cloud').mkdir()
    (tmp_path / 'cloud' / 'hosts.yml').write_text('infra1: {ip: 172.29.236.11}\n', 'utf-8')
    assert not matches(shown, printed, tmp_path)


def test_a_block_that_is_not_closed_is_refused() -> None:
    with pytest.raises(ValueError, match='line 2 is not closed'):
        blocks('text\n```console\n$ true\n')


def test_output_without_a_command_is_refused() -> None:
    (block,) = blocks('```console\noutput\n```\n')
    with pytest.raises(ValueError, match='Line 2 is output of no command'):
        commands(block)
