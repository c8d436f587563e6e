# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `migrate`: from what to what, what it says, and how it fails."""

from __future__ import annotations

import json
import pathlib

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.results import Result
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.plugin_utils.cli import migrate as migrate_command
from ansible_collections.osa.inventory.plugins.plugin_utils.operators.api import InventoryManager


@pytest.fixture
def database(cloud):
    """An inventory source for the same deployment in an empty database."""
    source = cloud.directory / 'database.yml'
    url = f'sqlite:///{cloud.directory / "inventory.sqlite"}'
    source.write_text(f'plugin: osa.inventory.osa\nstorage:\n  class: sql\n  url: {url}\n')
    InventoryManager.of(str(source)).storage_upgrade()
    return source


def grow(cloud):
    cloud.add_host('hyp-9', '10.20.0.49')
    cloud.run()


def test_the_states_of_a_file_come_into_a_database_and_the_next_run_goes_on_there(cloud, command, database):
    grow(cloud)
    dry = command('migrate', '--to', database, '--dry-run')
    assert dry.code == 0 and 'serials 1 to 2. Nothing was changed.' in dry.out
    assert InventoryManager.of(str(database)).history() == []
    done = command('migrate', '--to', database)
    assert (done.code, done.err) == (0, '')
    assert done.out.startswith('2 states copied from ') and done.out.endswith('and verified: serials 1 to 2.\n')
    moved = InventoryManager.of(str(database))
    assert moved.history() == cloud.manager.history()
    assert moved.inventory() == cloud.manager.inventory()
    assert not moved.plan().differs
    assert ': 2 states, all of them compared.' in command('migrate', '--to', database).out


def test_storages_are_named_directly_too_with_options_from_the_environment(cloud, command, database, monkeypatch):
    url = f'sqlite:///{cloud.directory / "inventory.sqlite"}'
    monkeypatch.setenv('OSA_INVENTORY_SQL_URL', url)
    assert command('migrate', '--from', 'file', '--to', 'sql').code == 0
    copy = cloud.directory / 'copy'
    copy.mkdir()
    mapping = f'{{class: file, path: {copy / "openstack_inventory.json"}}}'
    assert command('migrate', '--from', 'sql', '--to', mapping).code == 0
    assert (copy / 'openstack_inventory.json').read_bytes() == cloud.stored.read_bytes()


def test_other_programs_get_what_was_copied_as_data(cloud, command, database):
    (record,) = json.loads(command('migrate', '--to', database, '--format', 'json').out)
    assert (record['copied'], record['present'], record['newest']) == ([1], [], 1)
    assert (record['region'], record['source']) == ('default/default', str(cloud.stored))


def test_every_region_of_a_storage_that_lists_them(cloud, command, database, tmp_path):
    text = database.read_text()
    for region in ('north', 'south'):
        regional = cloud.directory / f'{region}.yml'
        regional.write_text(f'{text}region: {region}\n')
        assert command('migrate', '--to', regional).code == 0
    other = tmp_path / 'other.yml'
    other.write_text(f'{text.replace("inventory.sqlite", "other.sqlite")}config_dir: {cloud.directory}\n')
    InventoryManager.of(str(other)).storage_upgrade()
    done = command('migrate', '--from', database, '--to', other, '--all-regions', '--format', 'json')
    assert [record['region'] for record in json.loads(done.out)] == ['default/north', 'default/south']


def test_a_target_that_holds_something_else_is_a_conflict(cloud, command, database, tmp_path):
    storage = InventoryManager.of(str(database)).source.open_storage()
    Store(storage, str(tmp_path)).update(lambda stored: Result({'_meta': {'hostvars': {}}}))
    done = command('migrate', '--to', database)
    assert (done.code, done.out) == (3, '')
    assert 'holds the states of another lineage' in done.err


@pytest.mark.parametrize(
    ('arguments', 'code', 'message'),
    [
        (['--to', 'missing.yml'], 1, "There is no inventory source 'missing.yml'. Name another"),
        (['--to', 'flie'], 1, "There is no storage 'flie'"),
        (['--to', '{class: [s3cret'], 1, 'The storage is not a mapping in YAML'),
        (['--to', 'none'], 1, 'names and addresses would change'),
        (['--to', 'file'], 1, 'Source and target are the same'),
        (['--to', 'file', '--keep', '-1'], 1, 'not a number of states to keep'),
        (['--from', 'redis', '--to', 'file'], 1, 'OSA_INVENTORY_REDIS_URL'),
        ([], 1, '--to'),
    ],
)
def test_failures_have_their_exit_code_and_tell_no_secret(cloud, command, arguments, code, message):
    try:
        done = command('migrate', *arguments)
    except SystemExit as left:
        assert left.code == code
        return
    assert done.code == code
    assert message in done.err and 's3cret' not in done.err


def test_a_source_that_must_not_be_changed_is_no_target(cloud, command, database):
    database.write_text(f'{database.read_text()}persist: never\n')
    done = command('migrate', '--to', database)
    assert done.code == 1 and 'persist: never' in done.err
    assert command('migrate', '--to', database, '--dry-run').code == 0


def test_there_is_a_bar_on_a_terminal_only(monkeypatch, capsys):
    for terminal in (True, False):
        monkeypatch.setattr('sys.stderr.isatty', lambda terminal=terminal: terminal, raising=False)
        with migrate_command.Progress('acme/north') as progress:
            progress('copy', 10, 20)
        shown = capsys.readouterr().err
        assert ('acme/north copy   [###############...............] 10/20' in shown) is terminal


def test_the_file_is_left_alone(cloud, command, database):
    before = cloud.stored.read_bytes(), sorted(pathlib.Path(cloud.directory).glob('.openstack*'))
    command('migrate', '--to', database)
    assert before == (cloud.stored.read_bytes(), sorted(pathlib.Path(cloud.directory).glob('.openstack*')))
