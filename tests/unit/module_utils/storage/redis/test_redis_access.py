# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `redis`: URLs, rights, TLS, servers that must not be used, replicas, and no secret in any text."""

from __future__ import annotations

import contextlib
import functools
import logging
import re
import traceback
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    StorageError,
    StorageOptionError,
    StorageRefused,
    StorageUnreachable,
    WriteUncertain,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.connection import Credentials, parse_url
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.server import attempts
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.storage import StorageModule
from ansible_collections.osa.inventory.tests.servers.base import Login
from ansible_collections.osa.inventory.tests.servers.plugin import ProxyMaker
from ansible_collections.osa.inventory.tests.servers.redis_server import READER_RULES, WRITER_RULES, Redis
from ansible_collections.osa.inventory.tests.servers.sentinel import Sentinel

CONTENT: dict[str, t.Any] = {'_meta': {'hostvars': {'a': {'secret_variable': 'hush-hush'}}}}


def opened(url: str, region: str = 'default', **options: t.Any) -> StorageModule:
    storage = StorageModule()
    storage.register({'url': url, 'region': region, 'timeout': 3, **options})
    return storage


@pytest.mark.parametrize(
    ('url', 'shown'),
    [
        ('redis://localhost', 'redis://localhost:6379/0'),
        ('redis://user:p%40ss%2F@db.example.org:7000/3', 'redis://db.example.org:7000/3'),
        ('rediss://:word@[fd00::1]:7000', 'rediss://[fd00::1]:7000/0'),
        ('unix:///run/redis/redis.sock?db=2', 'unix:///run/redis/redis.sock?db=2'),
        ('unix://me:word@/run/redis.sock', 'unix:///run/redis.sock?db=0'),
        ('redis+sentinel://a,b:7001/osa/1', 'redis+sentinel://a:26379,b:7001/osa/1'),
        ('rediss+sentinel://u:word@a:1,[::1]:2/osa', 'rediss+sentinel://a:1,[::1]:2/osa/0'),
    ],
)
def test_a_url_names_a_server_and_is_shown_without_credentials(url: str, shown: str) -> None:
    endpoint = parse_url(url)
    assert str(endpoint) == shown
    assert 'word' not in repr(endpoint)
    assert str(parse_url(shown)) == shown


def test_special_characters_of_a_password_are_percent_encoded_in_a_url() -> None:
    assert parse_url('redis://u%3As:p%40s%2Fs%23@h').credentials == Credentials('u:s', 'p@s/s#')


@pytest.mark.parametrize(
    'url',
    [
        'http://user:hush-hush@host',
        'redis://user:hush-hush#1@host',
        'redis://user:hush-hush/1@host',
        'redis://user:hush-hush@host?ssl_cert_reqs=none',
        'redis://user:hush-hush@a,b',
        'redis://user:hush-hush@host/one',
        'redis://user:hush-hush@',
        'redis://user:hush-hush@host:port',
        'redis://user:hush-hush@[host',
        'redis+sentinel://user:hush-hush@host',
        'unix://user:hush-hush@host/path',
        'hush-hush',
    ],
)
def test_what_is_no_redis_url_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(StorageOptionError) as caught:
        opened(url)
    assert 'hush' not in ''.join(traceback.format_exception(caught.value))


@pytest.mark.parametrize('options', [{}, {'url': 'redis://h', 'replicas': -1}, {'url': 'redis://h', 'ssl': True}])
def test_wrong_options_are_refused(options: dict[str, t.Any]) -> None:
    with pytest.raises(StorageOptionError):
        StorageModule().register(options)


def test_the_reader_reads_all_and_may_not_write(redis_server: Redis, fresh_region: str) -> None:
    writer = opened(redis_server.socket_url(redis_server.writer), fresh_region)
    writer.write(CONTENT)
    writer.write({})
    reader = opened(redis_server.socket_url(redis_server.reader), fresh_region)
    older = reader.read(1)
    assert reader.load() == {}
    assert older is not None
    assert older.inventory == CONTENT
    assert len(reader.history()) == 2
    assert reader.holder() is None
    for attempt in (lambda: reader.write(CONTENT), lambda: reader.prune(0)):
        with pytest.raises(StorageRefused, match='does not allow'):
            attempt()
    assert writer.load() == {}
    assert [finding.level for finding in reader.check()] == ['ok', 'ok', 'warning', 'ok', 'ok']


@contextlib.contextmanager
def user(server: Redis, rules: str) -> t.Iterator[Login]:
    """A user with these rules, for a while."""
    login = Login('osa_other')
    with server.client() as admin:
        admin.execute_command('ACL', 'SETUSER', login.user, 'on', f'>{login.password}', *rules.split())
        yield login
        admin.execute_command('ACL', 'DELUSER', login.user)


def test_the_documented_rights_are_exactly_those_that_the_check_tries() -> None:
    def granted(rules: str) -> set[str]:
        return set(re.findall(r'\+(\S+)', rules))

    tried = {attempt.name for attempt in attempts('scratch', replicas=1)}
    assert granted(WRITER_RULES) == tried | {'ping'}
    reading = {attempt.name for attempt in attempts('scratch', replicas=1) if not attempt.for_writing}
    assert granted(READER_RULES) == reading | {'ping', 'info'}


@pytest.mark.parametrize('command', sorted({attempt.name for attempt in attempts('scratch', replicas=1)}))
def test_the_check_names_each_command_that_is_not_allowed(redis_server: Redis, command: str) -> None:
    with user(redis_server, f'{WRITER_RULES} -{command}') as login:
        findings = opened(redis_server.socket_url(login), replicas=1).check()
    wrong = [finding for finding in findings if finding.level != 'ok']
    assert re.search(rf': {command} refused', wrong[0].what)
    assert f"'+{command}'" in (wrong[0].remedy or '')


def test_a_user_of_one_tenant_cannot_reach_another(redis_server: Redis, fresh_region: str) -> None:
    with user(redis_server, f'{WRITER_RULES} resetkeys ~osa:{{acme/*}}:*') as login:
        mine = opened(redis_server.socket_url(login), fresh_region, tenant='acme')
        mine.write(CONTENT)
        assert mine.load() == CONTENT
        other = opened(redis_server.socket_url(login), fresh_region, tenant='acme2')
        for attempt in (other.load, lambda: other.write(CONTENT)):
            with pytest.raises(StorageRefused):
                attempt()


def test_a_writer_who_may_not_ask_the_server_is_refused_unless_volatile_is_allowed(
    redis_server: Redis, fresh_region: str
) -> None:
    with user(redis_server, f'{WRITER_RULES} -info') as login:
        url = redis_server.socket_url(login)
        with pytest.raises(StorageRefused, match="'info'"):
            opened(url, fresh_region).write(CONTENT)
        opened(url, fresh_region, allow_volatile=True).write(CONTENT)
        assert opened(url, fresh_region).load() == CONTENT


@pytest.mark.parametrize(
    ('settings', 'reason'),
    [
        ({'maxmemory_policy': 'allkeys-lru'}, 'allkeys-lru'),
        ({'maxmemory_policy': 'allkeys-random', 'maxmemory': '100mb'}, 'allkeys-random'),
        ({'appendonly': 'no'}, 'keeps nothing on disk'),
    ],
)
def test_a_server_that_loses_states_is_refused_unless_that_is_allowed(
    redis_server: Redis, settings: dict[str, str], reason: str
) -> None:
    with redis_server.variant(requirepass=True, **settings) as server:
        url = server.socket_url(server.admin)
        storage = opened(url)
        with pytest.raises(StorageRefused, match=reason) as caught:
            storage.write(CONTENT)
        assert 'allow_volatile' in (caught.value.help_text or '')
        assert storage.load() is None
        assert [finding.what for finding in storage.check() if finding.level == 'error'] == [
            finding.what for finding in opened(url, allow_volatile=True).check() if finding.level == 'warning'
        ]
        opened(url, allow_volatile=True).write(CONTENT)
        assert storage.load() == CONTENT


@pytest.mark.parametrize(
    ('settings', 'warning'),
    [
        ({'maxmemory_policy': 'volatile-lru', 'appendfsync': 'always'}, None),
        ({'appendfsync': 'everysec'}, 'power cut'),
        ({'appendonly': 'no', 'save': '3600 1'}, 'snapshots only'),
    ],
)
def test_a_server_that_keeps_states_is_used_and_its_weakness_named(
    redis_server: Redis, settings: dict[str, str], warning: str | None
) -> None:
    with redis_server.variant(requirepass=True, **settings) as server:
        storage = opened(server.socket_url(server.admin))
        storage.write(CONTENT)
        wrong = [finding for finding in storage.check() if finding.level != 'ok']
    assert [finding.level for finding in wrong] == (['warning'] if warning else [])
    assert warning is None or warning in wrong[0].what


def test_snapshots_that_the_user_may_not_see_do_not_count(redis_server: Redis) -> None:
    with (
        redis_server.variant(appendonly='no', save='3600 1') as server,
        pytest.raises(StorageRefused, match='does not tell'),
    ):
        opened(server.socket_url(server.writer)).write(CONTENT)


def test_tls_verifies_the_server(redis_server: Redis, fresh_region: str) -> None:
    login, files = redis_server.writer, redis_server.certificates
    url = f'rediss://{redis_server.host}:{redis_server.tls_port}/0'
    known = {'username': login.user, 'password': login.password}
    storage = opened(url, fresh_region, tls_ca_file=str(files.ca), **known)
    storage.write(CONTENT)
    assert storage.load() == CONTENT
    mutual = {'tls_cert_file': str(files.certificate), 'tls_key_file': str(files.key)}
    assert opened(url, fresh_region, tls_ca_file=str(files.ca), **mutual, **known).load() == CONTENT
    for stranger in ({'tls_ca_file': str(files.stranger)}, {}):
        with pytest.raises(StorageRefused, match='certificate that cannot be verified'):
            opened(url, fresh_region, **stranger, **known).load()


def test_tls_files_that_are_not_there_are_named(redis_server: Redis) -> None:
    url = f'rediss://{redis_server.host}:{redis_server.tls_port}/0'
    with pytest.raises(StorageError, match='no such file'):
        opened(url, tls_ca_file='/nowhere/ca.pem').load()


def test_plain_words_to_a_tls_port_and_tls_to_a_plain_port_are_unreachable(redis_server: Redis) -> None:
    for url in (
        f'redis://{redis_server.host}:{redis_server.tls_port}',
        f'rediss://{redis_server.host}:{redis_server.port}',
    ):
        with pytest.raises(StorageUnreachable):
            opened(url, timeout=0.3).load()


def test_a_connection_that_leaves_the_machine_unencrypted_is_warned_about() -> None:
    assert parse_url('redis://db.example.org').leaves_machine
    assert not parse_url('redis://127.0.0.1').leaves_machine
    assert not parse_url('unix:///run/redis.sock').leaves_machine


def test_a_replica_takes_no_writes(redis_server: Redis) -> None:
    with redis_server.variant(requirepass=True, replicaof=f'127.0.0.1 {redis_server.port}') as server:
        storage = opened(server.socket_url(server.admin))
        with pytest.raises(StorageRefused, match='replica'):
            storage.write(CONTENT)
        assert any(finding.level == 'error' and 'replica' in finding.what for finding in storage.check())


def test_a_write_that_too_few_replicas_confirm_is_uncertain(redis_server: Redis, fresh_region: str) -> None:
    storage = opened(redis_server.socket_url(redis_server.writer), fresh_region, replicas=1, timeout=0.4)
    with pytest.raises(WriteUncertain, match='0 of 1 replicas') as caught:
        storage.write(CONTENT)
    assert [notice.message for notice in storage.take_notices()] == [caught.value.message]
    assert storage.load() == CONTENT


def opened_by(sentinel: Sentinel, password: str) -> StorageModule:
    """A storage that asks Sentinels for the primary, and wants each write on the replica, too."""
    authority = str(sentinel.servers[0].certificates.ca)
    url = sentinel.url(sentinel.writer)
    return opened(url, sentinel_password=password, replicas=1, tls_ca_file=authority)


def test_sentinels_lead_to_the_primary_also_after_a_failover(sentinel: Sentinel) -> None:
    storage = opened_by(sentinel, sentinel.login.password)
    assert storage.load() is None
    storage.write(CONTENT)
    assert storage.take_notices() == ()
    assert [finding.what for finding in storage.check() if finding.level != 'ok'] == []
    sentinel.primary().kill()
    with pytest.raises(StorageUnreachable):
        storage.load()
    sentinel.fail_over()
    assert storage.load() == CONTENT
    with pytest.raises(WriteUncertain, match='0 of 1 replicas'):
        storage.write({})
    assert opened_by(sentinel, sentinel.login.password).load() == {}


def test_sentinels_with_tls_lead_to_the_primary_and_want_their_password(tls_sentinel: Sentinel) -> None:
    storage = opened_by(tls_sentinel, tls_sentinel.login.password)
    storage.write(CONTENT)
    assert storage.load() == CONTENT
    with pytest.raises(StorageUnreachable, match='no Sentinel'):
        opened_by(tls_sentinel, 'wrong').load()


def test_wrong_credentials_are_refused(redis_server: Redis) -> None:
    host, port = redis_server.host, redis_server.port
    for options in (
        {},
        {'username': redis_server.writer.user, 'password': 'wrong'},
        {'username': 'nobody', 'password': 'wrong'},
        {'password': 'wrong'},
    ):
        storage = opened(f'redis://{host}:{port}', **options)
        for attempt in (storage.load, functools.partial(storage.write, CONTENT)):
            with pytest.raises(StorageRefused, match='refused the user name or the password'):
                attempt()
        assert [finding.level for finding in storage.check()] == ['error']


def test_no_secret_is_in_any_text(
    redis_server: Redis, fresh_region: str, fault_proxy: ProxyMaker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy = fault_proxy(redis_server.host, redis_server.port)
    password = 'hush-hush-password'
    texts: list[str] = []

    def note(attempt: t.Callable[[], t.Any]) -> None:
        try:
            attempt()
        except StorageError as error:
            texts.extend([repr(error), error.help_text or '', *traceback.format_exception(error)])

    rules = f'{WRITER_RULES} -hset >{password}'
    with user(redis_server, rules):
        for name, secret in (('osa_other', password), ('osa_wrong', password)):
            options: dict[str, t.Any] = {'username': name, 'password': secret, 'timeout': 0.1}
            places = (
                f'redis://127.0.0.1:{proxy.port}',
                f'rediss://127.0.0.1:{proxy.port}',
                f'redis+sentinel://127.0.0.1:{proxy.port}/osa',
                f'redis://{name}:{secret}@127.0.0.1:{proxy.port}',
            )
            for url in places:
                storage = opened(url, fresh_region, **options, sentinel_password=secret)
                texts += [repr(storage), str(vars(storage)['_access']), storage.describe()]
                note(storage.load)
                proxy.mode = 'refuse'
                note(storage.load)
                proxy.mode = 'pass'
                note(functools.partial(storage.write, CONTENT))
                proxy.mode = 'drop_answer'
                note(storage.history)
                proxy.mode = 'pass'
                texts += [str(finding) for finding in storage.check()]
    everything = '\n'.join([*texts, caplog.text])
    assert 'cannot be reached' in everything
    assert 'does not allow' in everything
    assert 'hush' not in everything
