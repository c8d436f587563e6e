# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command on states that somebody else has written: nothing steers the terminal, nothing is written elsewhere."""

from __future__ import annotations

import csv
import json
import pathlib
import re
import typing as t
from xml.etree import ElementTree

import pytest
import yaml
from ansible_collections.osa.inventory.plugins.module_utils.words import LONGEST_MESSAGE, message, printable
from ansible_collections.osa.inventory.tests.unit.plugin_utils.cli.clouds import Cloud, Command, Done
from support.hostile import BAD_NAMES, ESCAPE, HOSTILE, LOOKUP, Hostile, some_of_each

SIDE = '.openstack_inventory.meta.json'
FORMULA = BAD_NAMES['formula']
MARKUP = BAD_NAMES['markup']
TEXTS = (ESCAPE, FORMULA, MARKUP, 'a\x7f\x9b2J\x85b', '\u202eevil', 'x\ud800', LOOKUP)
COMMANDS = (
    *((name, '--format', form) for name in ('hosts', 'groups', 'containers', 'history') for form in ('table', 'csv')),
    ('hosts', '--format', 'json'),
    ('hosts', '--format', 'yaml'),
    ('tree',),
    ('tree', '--format', 'yaml'),
    ('show',),
    ('show', '1', '--format', 'json'),
    ('diff', '1'),
    ('diff', '1', '--format', 'csv'),
    ('diff', '1', '--format', 'yaml'),
    ('export',),
    ('export', '--complete', '--format', 'yaml'),
    ('networks', '--addresses'),
    ('restore', '1', '--dry-run'),
    ('plan',),
    ('storage', 'check'),
)


def is_harmless(done: Done) -> bool:
    return f'{done.out}{done.err}'.replace('\n', '').isprintable() and 'Traceback' not in done.err


@pytest.fixture
def planted(cloud: Cloud) -> Cloud:
    """A cloud whose state and accounts have such texts wherever the laws of inventories let them be."""
    stored = json.loads(cloud.stored.read_text())
    hosts = stored['_meta']['hostvars']
    for number, text in enumerate(TEXTS):
        hosts[f'{text}{number}'] = {
            'ansible_host': text,
            'component': text,
            'container_types': text,
            'physical_host': text,
            text: [text, {text: text}],
            'container_networks': {text: {'address': text}, 'tunnel_address': {'address': text}},
        }
        stored[f'{text} group'] = {'hosts': [f'{text}{number}'], 'children': [], 'vars': {text: text}}
    # As by hand, so a second state.
    cloud.stored.write_text(json.dumps(stored))
    side = json.loads((cloud.directory / SIDE).read_text())
    side['states'][-1]['meta'] |= {'writer': ESCAPE, 'message': f'{FORMULA}{ESCAPE}', 'written_at': ESCAPE}
    (cloud.directory / SIDE).write_text(json.dumps(side))
    return cloud


def test_no_command_lets_a_state_steer_the_terminal(planted: Cloud, command: Command) -> None:
    command('clear-ips', '--limit', 'hyp-1', '--yes')  # so that there are two states
    for arguments in COMMANDS:
        done = command(*arguments)
        assert is_harmless(done), (arguments, done)
        assert done.out or done.code, arguments


def test_what_other_programs_read_is_complete(planted: Cloud, command: Command) -> None:
    stored = json.loads(planted.stored.read_text())
    assert json.loads(command('export', '--complete').out) == stored
    whole = yaml.safe_load(command('export', '--complete', '--format', 'yaml').out)
    names = {name for name in stored['_meta']['hostvars'] if '\ud800' not in name}
    assert names <= whole['_meta']['hostvars'].keys()


def test_no_cell_is_a_formula(planted: Cloud, command: Command) -> None:
    for arguments in COMMANDS:
        if 'csv' in arguments:
            rows = list(csv.reader(command(*arguments).out.splitlines()))
            cells = [cell for row in rows for cell in row]
            assert not [cell for cell in cells if re.match(r'[=@]|[+-].*[^\w.:/-]', cell)], arguments
    assert f"'{FORMULA}1" in command('hosts', '--format', 'csv').out


@pytest.mark.parametrize('name', ['cloud.svg', 'cloud.html'])
def test_a_drawing_holds_names_as_text(planted: Cloud, command: Command, tmp_path: pathlib.Path, name: str) -> None:
    done = command('topology', tmp_path / name, '--title', f'{MARKUP}{ESCAPE}')
    assert done.code == 0 and is_harmless(done)
    text = (tmp_path / name).read_text('utf-8')
    assert '<script' not in text and 'onload' not in text and '\x1b' not in text
    assert '&lt;script&gt;' in text
    drawing = text[text.index('<svg') : text.index('</svg>') + 6]
    names = {element.tag.rpartition('}')[2] for element in ElementTree.fromstring(drawing).iter()}
    assert names <= {'svg', 'title', 'style', 'rect', 'path', 'text', 'g'}


@pytest.mark.parametrize('hostile', [one for one in HOSTILE if one.kind == 'names'][::5], ids=str)
def test_no_export_is_written_elsewhere(
    cloud: Cloud, command: Command, tmp_path: pathlib.Path, hostile: Hostile
) -> None:
    cloud.stored.write_bytes(hostile.text(json.loads(cloud.stored.read_text())).encode('utf-8', 'surrogatepass'))
    before = set(tmp_path.rglob('*'))
    for arguments in (('--static', tmp_path / 'static'), ('--bundle', tmp_path / 'cloud.tgz')):
        done = command('export', *arguments)
        assert done.code == 1 and is_harmless(done)
    assert set(tmp_path.rglob('*')) == before


@pytest.mark.parametrize('hostile', some_of_each()[::2], ids=str)
def test_a_hostile_file_is_imported_only_if_the_next_run_takes_it(
    cloud: Cloud, command: Command, tmp_path: pathlib.Path, hostile: Hostile
) -> None:
    path = tmp_path / 'import.json'
    path.write_bytes(hostile.text(json.loads(cloud.stored.read_text())).encode('utf-8', 'surrogatepass'))
    before = cloud.stored.read_bytes()
    done = command('import', path, '--yes')
    assert is_harmless(done), done
    if done.code:
        assert hostile.outcome.startswith('refused') and cloud.stored.read_bytes() == before
    else:
        assert hostile.outcome != 'refused'
        assert is_harmless(command('plan'))
        cloud.run()


def test_messages_are_printable_and_never_a_flood() -> None:
    assert printable('a\x1b\x9b\u202e\ud800\n\tü') == r'a\x1b\x9b\u202e\ud800\n\tü'
    assert len(message('x' * 10**6)) == LONGEST_MESSAGE + 1
    texts: list[t.Any] = [message(text) for text in TEXTS]
    assert all(text.isprintable() for text in texts)
