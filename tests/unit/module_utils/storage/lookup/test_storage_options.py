# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of storages: what is given, what the environment adds, what is refused and how it is told."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import StorageError, StorageOptionError
from ansible_collections.osa.inventory.plugins.module_utils.storage.lookup.declaration import Options, option
from ansible_collections.osa.inventory.plugins.module_utils.storage.lookup.options import validate


@dataclasses.dataclass(frozen=True, kw_only=True)
class Login:
    token: str | None = option(no_log=True, description='what lets in')
    size: int | None = option(description='how much of it')


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample(Options):
    url: str = option(required=True, no_log=True, env=['SAMPLE_URL'], description='where it is')
    certificate: str | None = option(type='path', description='who it is')
    mode: str = option(choices=['fast', 'safe'], default='safe', description='how it works')
    servers: list[str] | None = option(description='servers to ask in turn')
    nested: Login | None = option(description='how to log in')
    logins: list[Login] = option(default=[], aliases=['others'], description='and how else')


def check(**options):
    return validate('sample', Sample, {'url': 'x://y', **options})


def refusal(**options):
    with pytest.raises(StorageOptionError) as caught:
        check(**options)
    return caught.value


def test_every_option_has_a_value_or_none():
    values = check()
    assert (values.keep, values.timeout, values.keep_input, values.mode) == (15, 10.0, False, 'safe')
    assert (values.certificate, values.servers, values.nested, values.logins) == (None, None, None, [])


def test_values_are_converted():
    values = check(keep='3', keep_input='yes', timeout=2)
    assert (values.keep, values.keep_input, values.timeout) == (3, True, 2.0)


def test_null_is_as_good_as_not_given():
    assert check(mode=None, keep=None).mode == 'safe'


def test_unknown_option_is_refused_with_the_nearest_name():
    error = refusal(certficate='/x')
    assert "has no option 'certficate'" in error.message
    assert "Did you mean 'certificate'?" in error.help_text


def test_option_unlike_any_other_is_refused_with_all_names():
    assert 'Known options: certificate, config_dir' in refusal(zzz=1).help_text


def test_missing_option_names_the_environment_variable(monkeypatch):
    with pytest.raises(StorageOptionError, match='OSA_INVENTORY_SAMPLE_URL'):
        validate('sample', Sample, {'url': None})


@pytest.mark.parametrize('variable', ['OSA_INVENTORY_SAMPLE_URL', 'SAMPLE_URL'])
def test_environment_fills_what_is_not_given(monkeypatch, variable):
    monkeypatch.setenv(variable, 'x://environment')
    assert validate('sample', Sample, {}).url == 'x://environment'
    assert validate('sample', Sample, {'url': 'x://given'}).url == 'x://given'


def test_environment_of_a_storage_with_dots_in_its_name(monkeypatch):
    monkeypatch.setenv('OSA_INVENTORY_ACME_CLOUD_VAULT_KEEP', '4')
    assert validate('acme.cloud.vault', Options, {}).keep == 4


@pytest.mark.parametrize(
    ('option', 'value', 'words'),
    [
        ('url', ['x'], 'a list instead of text'),
        ('url', {'x': 1}, 'a mapping instead of text'),
        ('certificate', ['x'], 'a list instead of a path'),
        ('servers', [['x']], 'a list instead of text'),
        ('keep', True, 'a boolean instead of a whole number'),
        ('keep', -1, '-1 instead of 0 or more'),
        ('timeout', 0, '0.0 instead of seconds above 0'),
        ('timeout', 'nan', 'nan instead of seconds above 0'),
        ('mode', 'quick', 'must be one of'),
        ('tenant', 'a/b', 'at most 64 letters'),
        ('region', '', 'at most 64 letters'),
    ],
)
def test_wrong_values_are_refused(option, value, words):
    assert words in refusal(**{option: value}).message


def test_everything_wrong_is_told_at_once():
    message = refusal(keep=-1, timeout=-2).message
    assert "'keep'" in message
    assert "'timeout'" in message


@pytest.mark.parametrize(
    'options',
    [
        {'url': 'hidden', 'keep': 'hidden'},
        {'url': 'hidden', 'mode': 'hidden'},
        {'url': {'password': 'hidden'}},
        {'nested': {'token': 'hidden', 'size': 'hidden'}},
        {'url': "hid'den", 'keep': "hid'den"},
    ],
)
def test_no_secret_in_a_message(options):
    error = refusal(**options)
    assert 'hid' not in f'{error.message} {error.help_text} {error!r}'


def test_secret_of_the_environment_is_not_told_either(monkeypatch):
    monkeypatch.setenv('OSA_INVENTORY_SAMPLE_URL', 'hidden')
    monkeypatch.setenv('OSA_INVENTORY_SAMPLE_KEEP', 'hidden')
    with pytest.raises(StorageOptionError) as caught:
        validate('sample', Sample, {})
    assert 'hidden' not in str(caught.value)


def test_paths_become_absolute(monkeypatch):
    monkeypatch.setenv('HOME', '/home/operator')
    assert check(config_dir='/etc/deploy', certificate='ca.pem').certificate == '/etc/deploy/ca.pem'
    assert check(config_dir='/etc/deploy', certificate='~/ca.pem').certificate == '/home/operator/ca.pem'


def test_texts_lose_the_marks_of_ansible():
    from ansible.template import trust_as_template

    values = check(mode=trust_as_template('fast'), servers=[trust_as_template('a')])
    assert values.mode.__class__ is str
    assert values.servers[0].__class__ is str


def test_options_of_an_option_have_a_class_of_their_own():
    values = check(nested={'token': 'x', 'size': '2'}, others=[{'size': 1}, {}])
    assert values.nested == Login(token='x', size=2)
    assert values.logins == [Login(size=1), Login()]


def test_what_is_registered_is_not_changed_and_shows_no_secret():
    values = check(url='hidden', nested={'token': 'hidden'}, logins=[{'token': 'hidden'}])
    assert 'hidden' not in repr(values)
    with pytest.raises(dataclasses.FrozenInstanceError):
        values.keep = 3
    check().logins.append('of one storage only')
    assert check().logins == []


@dataclasses.dataclass(frozen=True, kw_only=True)
class OddType(Options):
    when: complex = option(description='no option is like that')


@dataclasses.dataclass(frozen=True, kw_only=True)
class UnknownType(Options):
    when: Nowhere = option(description='nobody knows that type')  # noqa: F821  # pylint: disable=undefined-variable


class NotDecorated(Options):
    path: str = option(description='never seen')


@pytest.mark.parametrize(
    ('declared', 'words'),
    [
        (OddType, "no option has the type '<class 'complex'>'"),
        (UnknownType, "name 'Nowhere' is not defined"),
        (NotDecorated, 'NotDecorated.* not decorated with @dataclasses.dataclass'),
        (Login, "The storage 'sample' does not declare its options as a dataclass derived from Options"),
        ({'path': {'type': 'path'}}, 'as a dataclass derived from Options'),
    ],
)
def test_options_that_are_declared_wrongly_are_the_authors_mistake(declared, words):
    with pytest.raises(StorageError, match=words) as caught:
        validate('sample', declared, {})
    assert not isinstance(caught.value, StorageOptionError)
    assert 'author' in caught.value.help_text


def test_a_plain_field_is_an_option_too_and_needed_without_a_default():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Plain(Options):
        path: str
        depth: int = 3

    assert validate('sample', Plain, {'path': 'x'}).depth == 3
    with pytest.raises(StorageOptionError, match="needs the option 'path'"):
        validate('sample', Plain, {})


def test_an_option_says_nothing_that_has_no_meaning():
    with pytest.raises(TypeError, match='An option has no elements'):
        option(description='x', elements='str')
