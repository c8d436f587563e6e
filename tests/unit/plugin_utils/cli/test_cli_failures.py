# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands when something goes wrong: what they say, and their exit codes."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.osa.inventory.plugins.module_utils import errors
from ansible_collections.osa.inventory.plugins.plugin_utils.cli import exit_codes
from ansible_collections.osa.inventory.plugins.plugin_utils.cli import main as program
from ansible_collections.osa.inventory.plugins.plugin_utils.cli.output import Console
from ansible_collections.osa.inventory.tests.unit.plugin_utils.cli.clouds import Cloud, Command


def test_a_lost_state_is_what_check_exits_with(cloud: Cloud, command: Command) -> None:
    command('remove', 'hyp-1', '--yes')
    cloud.stored.unlink()
    done = command('storage', 'check')
    assert done.code == 6
    assert 'error ' in done.out


def test_a_server_that_does_not_answer(new_cloud: Cloud, command: Command) -> None:
    new_cloud.configure('storage: {class: sql, url: "postgresql+psycopg://osa:secret-word@127.0.0.1:1/x"}\n')
    done = command('hosts')
    assert done.code == 5
    assert done.err.count('[ERROR]') == 1 and 'Traceback' not in done.err and 'secret-word' not in done.err
    checked = command('storage', 'check')
    assert checked.code == 5 and 'secret-word' not in checked.out + checked.err


@pytest.mark.parametrize(
    ('error', 'code'),
    [
        (errors.OSAInventoryError, 1),
        (errors.ConfigurationError, 1),
        (errors.InventoryError, 1),
        (errors.StorageRefused, 1),
        (errors.StateTooNew, 1),
        (errors.StateConflict, 3),
        (errors.StorageLocked, 4),
        (errors.StorageUnreachable, 5),
        (errors.WriteUncertain, 5),
        (errors.StateLost, 6),
        (errors.StateDamaged, 6),
        (errors.StateRegressed, 6),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(error: type[errors.OSAInventoryError], code: int) -> None:
    assert exit_codes.exit_code(error('It failed.')) == code


def test_a_damaged_inventory(cloud: Cloud, command: Command) -> None:
    cloud.stored.write_text('{"_meta": ')
    done = command('hosts')
    assert done.code == 6
    assert f'Origin: {cloud.stored}:1:1' in done.err and done.err.count('[ERROR]') == 1


def test_a_mistake_in_the_source_is_shown_there(cloud: Cloud, command: Command) -> None:
    cloud.configure('tennant: north\n')
    done = command('hosts')
    assert done.code == 1
    assert f'{cloud.source}:2:1' in done.err and "Did you mean 'tenant'?" in done.err and done.err.count('[ERROR]') == 1


def test_a_source_that_is_none_says_why(command: Command, tmp_path: pathlib.Path) -> None:
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'broken.yml').write_text('plugin: [')
    for name, why in (('empty', 'there is no file in it'), ('broken.yml', 'it cannot be read in line 2: YAML')):
        done = command('-i', tmp_path / name, 'hosts')
        assert done.code == 1 and f"('{tmp_path / name}': {why}" in done.err


@pytest.mark.parametrize(
    ('name', 'said'), [('/x', "The file '/x' cannot be used: "), (None, 'The output cannot be written: ')]
)
def test_a_failing_file_is_not_taken_for_the_output(
    cloud: Cloud, command: Command, monkeypatch: pytest.MonkeyPatch, name: str | None, said: str
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(28, 'No space left on device', name)

    monkeypatch.setattr(Console, 'table', fail)
    monkeypatch.setattr(program, '_drop_output', lambda: None)  # here it is pytest's
    done = command('hosts')
    assert done.code == 1 and f'{said}No space left' in done.err
