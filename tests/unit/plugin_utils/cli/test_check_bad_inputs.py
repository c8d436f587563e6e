# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `osa-inventory check` says of inputs that go wrong in practice."""

from __future__ import annotations

import gzip
import json
import os
import pathlib

import pytest
from ansible_collections.osa.inventory.tests.support.bad_inputs import CASES, Outcome
from ansible_collections.osa.inventory.tests.unit.plugin_utils.cli.clouds import Cloud, Command

Tree = dict[str, tuple[int, int, int, bytes]]


@pytest.fixture
def new_cloud(tmp_path: pathlib.Path) -> Cloud:
    """The directory that a case is copied to, for the command."""
    return Cloud(tmp_path / 'openstack_deploy')


def tree(directory: pathlib.Path) -> Tree:
    """Everything in a directory: mode, size, time of the last change, content."""
    found: Tree = {}
    for parent, directories, files in os.walk(directory):
        for name in ('.', *directories, *files):
            path = pathlib.Path(parent, name)
            status = path.lstat()
            data = path.read_bytes() if path.is_file() else b''
            found[str(path)] = (status.st_mode, status.st_size, status.st_mtime_ns, data)
    return found


@pytest.mark.parametrize('name', CASES)
def test_an_input_that_goes_wrong_in_practice_is_told_with_its_place_and_nothing_is_written(
    name: str, new_cloud: Cloud, command: Command
) -> None:
    case = CASES[name]
    case.copy(new_cloud.directory)
    before = tree(new_cloud.directory)
    done = command('check', '--format', 'json')
    rows = json.loads(done.out)
    levels = {Outcome.REFUSED: ['error'], Outcome.WARNED: ['warning'], Outcome.ACCEPTED: []}[case.outcome]
    assert [row['level'] for row in rows] == levels, rows
    assert (done.code != 0) == (case.outcome is Outcome.REFUSED)
    for row in rows:
        assert case.fragment in row['message']
        assert row['remedy']
        place = f'{row["file"]}:{row["line"]}:{row["column"]}' if row['file'] else ''
        assert place.removeprefix(f'{new_cloud.directory}/') == case.place
    plainly = command('check')
    assert plainly.code == done.code and 'Traceback' not in plainly.err
    assert case.fragment.replace("'", '') in plainly.err.replace("'", '') and bool(plainly.err) == bool(rows)
    assert tree(new_cloud.directory) == before


DEPTH = 10_000
STATES = {
    'nothing': (b'', 'File is empty and not valid JSON.'),
    'zeros': (bytes(100), 'not valid JSON'),
    'not-utf-8': (b'{"a": "\xe9"}', 'Text is not UTF-8.'),
    'compressed': (gzip.compress(b'{}'), 'Text is not UTF-8.'),
    'a-page': (b'<html><body>502 Bad Gateway</body></html>', 'not valid JSON'),
    'two': (b'{"_meta": {"hostvars": {}}}{}', 'not valid JSON: Extra data'),
    'conflict': (b'<<<<<<< HEAD\n{}', 'not valid JSON'),
    'deep': (b'[' * DEPTH, 'not valid JSON'),
    'nan': (b'{"_meta": {"hostvars": {"a": {"x": NaN}}}}', 'NaN is not a number'),
    'infinite': (b'{"_meta": {"hostvars": {"a": {"x": -Infinity}}}}', '-Infinity is not a number'),
    'too-large': (b'{"_meta": {"hostvars": {"a": {"x": 1e999}}}}', '1e999 is too large a number'),
    'too-long': (b'{"_meta": {"hostvars": {"a": {"x": %s}}}}' % (b'1' * 5000), 'not valid JSON'),
    'list': (b'[]', 'a list instead of an object'),
    'text': (b'"x"', 'text instead of an object'),
    'another-product': (b'{"version": 4, "resources": []}', "no '_meta' with 'hostvars'"),
    'meta-null': (b'{"_meta": null}', "no '_meta' with 'hostvars'"),
    'meta-list': (b'{"_meta": []}', "no '_meta' with 'hostvars'"),
    'hostvars-null': (b'{"_meta": {"hostvars": null}}', "no '_meta' with 'hostvars'"),
    'hostvars-number': (b'{"_meta": {"hostvars": 5}}', "no '_meta' with 'hostvars'"),
    'host-list': (b'{"_meta": {"hostvars": {"a": []}}}', "'_meta.hostvars.a' is not an object"),
    'networks-list': (b'{"_meta": {"hostvars": {"a": {"container_networks": [1]}}}}', 'not an object of objects'),
    'group-list': (b'{"_meta": {"hostvars": {}}, "g": []}', "group 'g' is not an object"),
    'members-text': (b'{"_meta": {"hostvars": {}}, "g": {"hosts": "a"}}', "'hosts' of group 'g' is not a list"),
    'member-null': (b'{"_meta": {"hostvars": {}}, "g": {"children": [null]}}', 'an item that is not text'),
    'ghosts': (
        b'{"_meta": {"hostvars": {}}, "g": {"hosts": ["a", "b"]}}',
        "'a', which has no hostvars (and 1 more",
    ),
}
"""What stands in the place of a stored inventory, and what the message has."""


@pytest.mark.parametrize('name', STATES)
def test_a_damaged_inventory_is_told_and_left_as_it_is(name: str, new_cloud: Cloud, command: Command) -> None:
    data, message = STATES[name]
    CASES['082-cidr-v6-64'].copy(new_cloud.directory)
    new_cloud.stored.write_bytes(data)
    before = tree(new_cloud.directory)
    done = command('check')
    assert done.code == 6 and message in done.err and 'Traceback' not in done.err
    assert tree(new_cloud.directory) == before


def test_the_storage_may_be_left_alone(new_cloud: Cloud, command: Command) -> None:
    CASES['139-inv-garbage'].copy(new_cloud.directory)
    assert command('check').code == 6
    assert command('check', '--configuration-only').code == 0
    assert command('check', '--configuration-only', '--format', 'csv').lines == [
        'level,message,file,line,column,remedy'
    ]
