# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library's errors and warnings as Ansible shows them."""

from __future__ import annotations

import pathlib

import pytest
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    ConfigurationError,
    ConfigurationErrors,
    OSAInventoryError,
    StorageRefused,
    StorageUnreachable,
)
from ansible_collections.osa.inventory.plugins.module_utils.places import Place
from ansible_collections.osa.inventory.plugins.module_utils.results import Notice
from ansible_collections.osa.inventory.plugins.plugin_utils.errors import as_ansible_errors, combined, warn


@pytest.fixture
def file(tmp_path: pathlib.Path) -> str:
    path = tmp_path / 'compute.yml'
    path.write_text('compute_hosts:\n  compute1:\n    ip: 10.0.0.300\n')
    return str(path)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Display(), 'columns', 1000)


def raised(error: OSAInventoryError) -> AnsibleParserError:
    with pytest.raises(AnsibleParserError) as caught, as_ansible_errors(DataLoader()):
        raise error
    return caught.value


def test_an_error_keeps_message_place_and_remedy_apart(file: str) -> None:
    shown = raised(ConfigurationError('The address is wrong.', Place(file, 3, 9), 'Write an address.'))
    assert (shown.message, shown._help_text) == ('The address is wrong.', 'Write an address.')
    assert f'{file}:3:9' in shown._formatted_source_context


def test_an_error_without_place_leaves_it_to_ansible() -> None:
    assert raised(StorageUnreachable('No answer.')).obj is None


def test_the_cause_is_chained_and_errors_of_the_library_among_the_causes_are_not() -> None:
    refused = StorageRefused('Not stored.')
    refused.__cause__ = StorageUnreachable('No answer.')
    refused.__cause__.__cause__ = ConnectionRefusedError(111, 'refused')
    shown = raised(refused)
    assert isinstance(shown.__cause__, ConnectionRefusedError)
    assert shown.message == 'Not stored: [Errno 111] refused'


def test_an_error_with_a_place_says_it_all(file: str) -> None:
    error = ConfigurationError('No UTF-8: byte 0xe9.', Place(file, 1, 1))
    error.__cause__ = UnicodeDecodeError('utf-8', b'', 0, 1, 'invalid')
    assert raised(error).message == 'No UTF-8: byte 0xe9.'


def test_several_errors_are_shown_together_each_with_its_place(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    parts = [ConfigurationError(f'Mistake {line}.', Place(file, line, 1), f'Remedy {line}.') for line in (1, 2)]
    shown = raised(ConfigurationErrors(parts))
    assert isinstance(shown, ExceptionGroup) and isinstance(shown, AnsibleError)
    Display().error_as_warning('Failed.', shown)
    text = capsys.readouterr().err
    assert 'The configuration has 2 mistakes.' in text
    for line in (1, 2):
        assert f'Mistake {line}.' in text and f'Remedy {line}.' in text and f'Origin: {file}:{line}:1' in text


def test_a_single_one_of_several_is_shown_by_itself(file: str) -> None:
    shown = raised(ConfigurationErrors([ConfigurationError('Wrong.', Place(file, 1, 1))]))
    assert not isinstance(shown, ExceptionGroup) and shown.message == 'Wrong.'


def test_errors_can_be_split_as_groups_can() -> None:
    group = combined('Two.', [AnsibleParserError('a'), AnsibleParserError('b')])
    assert isinstance(group, ExceptionGroup)
    part = group.subgroup(lambda error: getattr(error, 'message', '') == 'b')
    assert type(part) is type(group) and [str(error) for error in part.exceptions] == ['b']


def test_other_errors_pass() -> None:
    with pytest.raises(ZeroDivisionError), as_ansible_errors(DataLoader()):
        raise ZeroDivisionError


def test_a_warning_shows_place_and_remedy(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    warn(Notice('Odd.', Place(file, 2, 3), 'Change it.'), DataLoader())
    text = capsys.readouterr().err
    assert '[WARNING]: Odd.' in text and f'Origin: {file}:2:3' in text and 'Change it.' in text
