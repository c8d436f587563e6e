# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What looks for passwords in all that the tests print and the collection writes does find them."""

from __future__ import annotations

import base64
import gzip
import io
import os
import pathlib
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import zlib

import pytest
from ansible_collections.osa.inventory.tests.servers.base import PASSWORD_MARK, Login
from ansible_collections.osa.inventory.tests.support import leaks

TREE = pathlib.Path(leaks.__file__).parents[5]
CONFTEST = "pytest_plugins = ['ansible_collections.osa.inventory.tests.support.leaks']\n"
TESTS = """
import logging, subprocess, sys
import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import StorageRefused
from ansible_collections.osa.inventory.tests.servers.base import PASSWORD_MARK as MARK

def test_sound(tmp_path):
    (tmp_path / 'osa.yml').write_text(f'storage: {{password: {MARK}}}')
    print('nothing')

def test_prints():
    print(MARK)

def test_logs():
    logging.getLogger('x').warning('redis://u:%s@h', MARK)

def test_takes_out_what_it_printed(capsys):
    print(MARK)
    assert MARK in capsys.readouterr().out

def test_starts_a_program():
    subprocess.run([sys.executable, '-c', f'print({MARK!r})'], capture_output=True)

def test_raises():
    with pytest.raises(StorageRefused):
        raise StorageRefused('no', help_text=f'Not {MARK}.')
"""
FILE = """
from ansible_collections.osa.inventory.tests.servers.base import PASSWORD_MARK

def test_writes(tmp_path):
    (tmp_path / '.osa_inventory_seen.json').write_text(PASSWORD_MARK)
"""


def outcome_of(tests: str, *options: str) -> tuple[int, str]:
    """Exit code and output of a session of its own; its files are outside of what is looked at for this one."""
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        (place / 'conftest.py').write_text(CONFTEST)
        (place / 'test_planted.py').write_text(tests)
        command = [sys.executable, '-m', 'pytest', '-c', os.devnull, '--rootdir', place, '-rE', '--tb=line']
        command += ['--show-capture=no', '-p', 'no:cacheprovider', '--basetemp', place / 'base', *options, place]
        environment = {**os.environ, 'PYTHONPATH': str(TREE)}
        done = subprocess.run(
            command, cwd=place, env=environment, check=False, capture_output=True, text=True, timeout=120
        )
        return done.returncode, done.stdout


def test_what_a_test_shows_fails_it() -> None:
    code, output = outcome_of(TESTS)
    assert code == 1 and '6 passed, 5 errors' in output, output
    assert 'test_sound' not in output
    for where in ('Captured stdout call', 'Captured log call', 'what was captured', 'StorageRefused'):
        assert where in output, output


@pytest.mark.parametrize('options', [(), ('-n', '1')], ids=['alone', 'xdist'])
def test_what_the_collection_wrote_fails_the_session(options: tuple[str, ...]) -> None:
    code, output = outcome_of(FILE, *options)
    assert code == 1 and '1 passed' in output, output
    assert 'files with a password' in output and 'test_writes0/.osa_inventory_seen.json' in output


def test_files_are_known_by_name_and_are_unpacked() -> None:
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        leak = f'mysql://u:{PASSWORD_MARK}@h'.encode()
        (place / 'osa.yml').write_bytes(leak)
        (place / 'sound.json').write_text('{}')
        (place / 'state.json').write_bytes(leak)
        (place / 'cloud.tar.gz').write_bytes(gzip.compress(leak))
        with tarfile.open(place / 'backup_openstack_inventory.tar', 'w') as archive:
            member = tarfile.TarInfo('x')
            content = zlib.compress(leak)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        database = sqlite3.connect(place / 'inventory.db')
        database.execute('CREATE TABLE state (payload BLOB)')
        database.execute('INSERT INTO state VALUES (?)', [zlib.compress(leak)])
        database.commit()
        database.close()
        found = [path.name for path in leaks.leaking_files(place)]
    assert found == ['backup_openstack_inventory.tar', 'cloud.tar.gz', 'inventory.db', 'state.json']


@pytest.mark.parametrize('user', ['u', 'us', 'use'])
def test_a_password_in_base64_is_found_wherever_it_begins(user: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, 'state.json')
        path.write_bytes(base64.b64encode(f'{user}:{PASSWORD_MARK}%'.encode()))
        assert leaks.leaking_files(pathlib.Path(directory)) == [path]


def test_every_password_has_the_mark() -> None:
    assert PASSWORD_MARK in Login('someone').password
