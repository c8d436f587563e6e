# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `swift`: logging in, rights, containers, TLS, and no secret in any text."""

from __future__ import annotations

import functools
import logging
import pathlib
import ssl
import traceback
import typing as t

import pytest
import yaml
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    LibraryMissing,
    StateTooLarge,
    StorageError,
    StorageOptionError,
    StorageRefused,
    StorageUnreachable,
    WriteUncertain,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage import libraries
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift import connection, objects
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift.storage import StorageModule
from ansible_collections.osa.inventory.tests.servers.base import Login
from ansible_collections.osa.inventory.tests.servers.plugin import ProxyMaker
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift
from support.keystone import Identity, identity_service

CONTENT: dict[str, t.Any] = {'_meta': {'hostvars': {'a': {'secret_variable': 'hush-hush'}}}}


def opened(**options: t.Any) -> StorageModule:
    storage = StorageModule()
    storage.register({'settle': 0.02, 'timeout': 5, **options})
    return storage


def v1(server: Swift, login: Login, container: str, **others: t.Any) -> StorageModule:
    """A storage of somebody who logs in at Swift itself."""
    given = {'auth_url': server.auth_url(), 'auth_version': 1, 'username': login.user, 'password': login.password}
    return opened(container=container, **{**given, **others})


@pytest.mark.parametrize(
    ('options', 'missing'),
    [
        ({}, 'auth_url'),
        ({'auth_url': 'http://h'}, 'username'),
        ({'auth_url': 'http://h', 'username': 'u'}, 'password'),
        ({'auth_url': 'http://h', 'username': 'u', 'password': 'p'}, 'project_name'),
        ({'auth_url': 'http://h', 'application_credential_id': 'i'}, 'application_credential_secret'),
        ({'cloud': 'c', 'settle': -1}, 'settle'),
        ({'cloud': 'c', 'container': 'a/b'}, 'container'),
        ({'cloud': 'c', 'auth_version': 2}, 'auth_version'),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, t.Any], missing: str) -> None:
    with pytest.raises(StorageOptionError, match=missing):
        opened(**options)


@pytest.mark.parametrize('name', ['auth_url', 'storage_url'])
@pytest.mark.parametrize('url', ['https://u:hush-hush@host/v3', 'ftp://host', 'https://', 'http://[hush-hush', 'hush'])
def test_an_address_with_a_password_or_none_is_refused_without_quoting_it(name: str, url: str) -> None:
    with pytest.raises(StorageOptionError, match=name) as caught:
        opened(**{'auth_url': 'https://host', **PASSWORD, name: url})
    assert 'hush' not in ''.join(traceback.format_exception(caught.value))


def test_the_reader_reads_all_and_may_not_write(swift_server: Swift, swift_container: str) -> None:
    writer = v1(swift_server, swift_server.writer, swift_container)
    writer.write(CONTENT)
    writer.write({'_meta': {'hostvars': {}}})
    reader = v1(swift_server, swift_server.reader, swift_container)
    older = reader.read(1)
    assert reader.load() == {'_meta': {'hostvars': {}}}
    assert older is not None
    assert older.inventory == CONTENT
    assert len(reader.history()) == 2
    assert reader.holder() is None
    for attempt in (lambda: reader.write(CONTENT), lambda: reader.prune(0)):
        with pytest.raises(StorageRefused, match='does not allow'):
            attempt()
    assert len(writer.history()) == 2
    assert [finding.level for finding in reader.check()] == ['ok', 'ok', 'ok', 'warning', 'warning']


def test_a_container_without_rights_for_the_user_is_refused(swift_server: Swift) -> None:
    swift_server.client().put_container('osa-closed')
    for attempt in ('load', 'history', 'holder'):
        with pytest.raises(StorageRefused, match='does not allow'):
            getattr(v1(swift_server, swift_server.writer, 'osa-closed'), attempt)()


def test_a_missing_container_is_refused_and_never_made_by_reading(swift_server: Swift, fresh_region: str) -> None:
    storage = v1(swift_server, swift_server.admin, fresh_region)
    for attempt in (storage.load, lambda: storage.write(CONTENT), storage.history, lambda: storage.prune(1)):
        with pytest.raises(StorageRefused, match='does not exist') as caught:
            attempt()
    assert 'create: true' in (caught.value.help_text or '')
    creating = v1(swift_server, swift_server.admin, fresh_region, create=True)
    assert creating.load() is None
    assert creating.history() == []
    with pytest.raises(StorageRefused, match='does not exist'):
        storage.load()
    creating.write(CONTENT)
    assert storage.load() == CONTENT


def test_a_container_without_room_is_too_small(swift_server: Swift, fresh_region: str) -> None:
    swift_server.client().put_container(fresh_region, {'X-Container-Meta-Quota-Bytes': '20'})
    storage = v1(swift_server, swift_server.admin, fresh_region)
    with pytest.raises(StateTooLarge, match='no room'):
        storage.write(CONTENT)
    assert storage.load() is None


def test_what_arrives_damaged_is_not_written(
    swift_server: Swift, swift_container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = objects._content

    def damaged(body: bytes) -> dict[str, t.Any]:
        return {**content(body), 'contents': body[:-1] + b'?'}

    monkeypatch.setattr(objects, '_content', damaged)
    storage = v1(swift_server, swift_server.writer, swift_container)
    with pytest.raises(StorageUnreachable, match='differs from what was sent'):
        storage.write(CONTENT)
    assert storage.load() is None


def test_wrong_credentials_are_refused(swift_server: Swift, swift_container: str) -> None:
    for login in (Login(swift_server.writer.user, 'wrong'), Login('test:nobody', 'wrong'), Login('nobody', 'wrong')):
        storage = v1(swift_server, login, swift_container)
        for attempt in (storage.load, functools.partial(storage.write, CONTENT)):
            with pytest.raises(StorageRefused, match='refused the credentials'):
                attempt()
        assert [finding.level for finding in storage.check()] == ['error']


@pytest.mark.parametrize('path', ['/nothing/here', ''])
def test_an_address_that_is_no_identity_service_is_not_a_missing_container(swift_server: Swift, path: str) -> None:
    url = f'http://{swift_server.host}:{swift_server.port}{path}'
    for version, others in ((1, {}), (3, {'project_name': 'p'})):
        storage = opened(auth_url=url, auth_version=version, username='u', password='p', create=True, **others)
        with pytest.raises((StorageRefused, StorageUnreachable)) as caught:
            storage.load()
        assert 'container create' not in (caught.value.help_text or '')


@pytest.fixture
def identity(swift_server: Swift) -> t.Iterator[Identity]:
    with identity_service(swift_server, swift_server.writer) as identity:
        yield identity


PASSWORD = {'username': 'u', 'password': 'right', 'project_name': 'p'}
CREDENTIAL = {'application_credential_id': 'i', 'application_credential_secret': 'right'}


@pytest.mark.parametrize('credentials', [PASSWORD, CREDENTIAL])
def test_keystone_lets_a_user_in_by_password_or_application_credential(
    identity: Identity, swift_container: str, credentials: dict[str, str]
) -> None:
    storage = opened(auth_url=identity.url, container=swift_container, **credentials)
    storage.write(CONTENT)
    assert storage.load() == CONTENT
    assert len(identity.bodies) == 1
    if credentials is PASSWORD:
        assert identity.bodies[0]['scope'] == {'project': {'name': 'p', 'domain': {'name': 'Default'}}}
        assert identity.bodies[0]['identity']['password']['user']['domain'] == {'name': 'Default'}
    wrong = {name: value.replace('right', 'wrong') for name, value in credentials.items()}
    with pytest.raises(StorageRefused, match='refused the credentials'):
        opened(auth_url=identity.url, container=swift_container, **wrong).load()


def test_the_catalogue_is_asked_for_the_region(identity: Identity, swift_container: str) -> None:
    identity.region = 'two'
    given = {'auth_url': identity.url, 'container': swift_container, **PASSWORD}
    assert opened(**given, region_name='two').load() is None
    for wrong in ({'region_name': 'one'}, {'interface': 'internal'}):
        with pytest.raises(StorageRefused, match='catalogue has no object store'):
            opened(**given, **wrong).load()


def test_clouds_yaml_lets_a_user_in(
    identity: Identity, swift_container: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip('openstack', reason='pip install openstacksdk')
    auth = {**PASSWORD, 'auth_url': identity.url, 'user_domain_name': 'Default', 'project_domain_name': 'Default'}
    file = tmp_path / 'clouds.yaml'
    file.write_text(yaml.safe_dump({'clouds': {'mine': {'auth': auth, 'region_name': 'RegionOne'}}}))
    monkeypatch.setenv('OS_CLIENT_CONFIG_FILE', str(file))
    storage = opened(cloud='mine', container=swift_container)
    storage.write(CONTENT)
    assert storage.load() == CONTENT
    assert "cloud 'mine'" in storage.describe()
    with pytest.raises(StorageOptionError, match="no usable entry 'other'"):
        opened(cloud='other').load()


def test_an_identity_service_that_is_away_is_unreachable(identity: Identity) -> None:
    identity.server.shutdown()
    identity.server.server_close()
    with pytest.raises(StorageUnreachable, match='identity service'):
        opened(auth_url=identity.url, **PASSWORD).load()


def test_tls_verifies_the_server(swift_server: Swift, swift_container: str, tmp_path: pathlib.Path) -> None:
    trustme = pytest.importorskip('trustme', reason='pip install trustme')
    authority, stranger = trustme.CA(), trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert('127.0.0.1').configure_cert(context)
    files = {name: tmp_path / f'{name}.pem' for name in ('authority', 'stranger')}
    authority.cert_pem.write_to_path(files['authority'])
    stranger.cert_pem.write_to_path(files['stranger'])
    with identity_service(swift_server, swift_server.writer, context) as identity:
        given = {'auth_url': identity.url, 'container': swift_container, **PASSWORD}
        assert opened(**given, tls_ca_file=str(files['authority'])).load() is None
        v1_options = {'auth_url': identity.url, 'auth_version': 1, 'username': 'u', 'password': 'p'}
        for options in (given, {**given, 'tls_ca_file': str(files['stranger'])}, v1_options):
            with pytest.raises(StorageRefused, match='certificate that cannot be verified'):
                opened(**options).load()


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, identity: Identity) -> None:
    def without(name: str) -> t.Callable[[str, str], t.Any]:
        def require(module: str, package: str) -> t.Any:
            if module.startswith(name):
                return libraries.require(f'not_there.{module}', package)
            return libraries.require(module, package)

        return require

    for name, package in (('swiftclient', 'python-swiftclient'), ('keystoneauth1', 'keystoneauth1')):
        monkeypatch.setattr(connection, 'require', without(name))
        with pytest.raises(LibraryMissing, match=package):
            opened(auth_url=identity.url, **PASSWORD).load()


def test_no_secret_is_in_any_text(
    swift_server: Swift,
    swift_container: str,
    identity: Identity,
    fault_proxy: ProxyMaker,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy = fault_proxy(swift_server.host, swift_server.port)
    secret = 'hush-hush-password'
    texts: list[str] = []
    tokens: list[str] = []

    def note(attempt: t.Callable[[], t.Any]) -> None:
        try:
            attempt()
        except StorageError as error:
            texts.extend([repr(error), error.help_text or '', *traceback.format_exception(error)])

    right, url = swift_server.writer, swift_server.auth_url(proxy)
    given: list[dict[str, t.Any]] = [
        {'auth_url': url, 'auth_version': 1, 'username': right.user, 'password': right.password},
        {'auth_url': url, 'auth_version': 1, 'username': right.user, 'password': secret},
        {'auth_url': url.replace('http://', 'https://'), **PASSWORD, 'password': secret},
        {'auth_url': identity.url, **CREDENTIAL, 'application_credential_secret': secret},
        {'auth_url': identity.url, 'username': 'u', 'password': secret, 'project_name': 'p'},
        {'auth_url': identity.url, 'username': 'u', 'password': f'{secret}-right', 'project_name': 'p'},
    ]
    for options in given:
        storage = opened(container=swift_container, **{**options, 'timeout': 0.5})
        texts += [repr(storage), repr(storage._access), storage.describe()]
        note(storage.load)
        tokens += [storage._objects._session.token] if storage._objects._session else []
        proxy.mode = 'drop_answer'
        note(functools.partial(storage.write, CONTENT))
        proxy.mode = 'pass'
        texts += [str(finding) for finding in storage.check()]
    everything = '\n'.join([*texts, caplog.text])
    assert 'cannot be reached' in everything
    assert 'refused the credentials' in everything
    assert 'hush' not in everything
    assert right.password not in everything
    assert tokens
    assert [token for token in tokens if token[:12] in everything] == []


def test_a_write_is_uncertain_only_for_the_claim() -> None:
    access = opened(cloud='c')._access
    assert isinstance(access._answered(503, writing=True, logging_in=False), WriteUncertain)
    for status in (401, 403, 404, 412, 413, 422, 429, 498):
        assert not isinstance(access._answered(status, writing=True, logging_in=False), WriteUncertain)
