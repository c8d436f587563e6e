# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside the stored inventory: accounts, relations, locks, Ansible's cache, expressions of the source, rights."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import typing as t
import zlib

import pytest
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible.utils.display import Display
from ansible_collections.osa.inventory.plugins.module_utils.configuration.names import is_group_name
from ansible_collections.osa.inventory.plugins.module_utils.errors import StateTooLarge
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats import compression, records
from ansible_collections.osa.inventory.plugins.plugin_utils.operators.api import InventoryManager
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis
from ansible_collections.osa.inventory.tests.servers.sql import Database
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift
from ansible_collections.osa.inventory.tests.support.sql_samples import opened
from support.hostile import BAD_NAMES, ESCAPE, LOOKUP, Hostile, some_of_each
from support.planting import FileGround, RedisGround, SQLGround

CASE = pathlib.Path(__file__).resolve().parents[3] / 'data' / 'conformance' / '01-single-machine'

display = Display()


class Deployment:
    """A deployment with an inventory source."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = pathlib.Path(shutil.copytree(CASE / 'config', directory))
        self.source = self.directory / 'osa.yml'

    def configure(self, storage: dict[str, t.Any], **options: t.Any) -> None:
        self.source.write_text(json.dumps({'plugin': 'osa.inventory.osa', 'storage': storage, **options}))

    def run(self) -> InventoryData:
        display._warns.clear()
        plugin = inventory_loader.get('osa.inventory.osa')
        target = InventoryData()
        plugin.parse(target, DataLoader(), str(self.source))
        if plugin.get_option('cache'):
            plugin.update_cache_if_changed()
        target.reconcile_inventory()
        return target


@pytest.fixture
def deployment(tmp_path: pathlib.Path) -> Deployment:
    return Deployment(tmp_path / 'openstack_deploy')


@pytest.fixture
def sqlite(tmp_path: pathlib.Path) -> SQLGround:
    url = f'sqlite:///{tmp_path}/state.sqlite'
    opened(url).upgrade()
    return SQLGround(url, url)


# Accounts


HOSTILE_ACCOUNTS = {
    'message': ESCAPE,
    'writer': ESCAPE,
    'written_at': ESCAPE,
    'lineage': ESCAPE,
    'counts': json.dumps({'hosts': 10**400, ESCAPE: 1}),
    'write_id': ESCAPE,
}


@pytest.mark.parametrize('column', HOSTILE_ACCOUNTS)
def test_accounts_do_not_steer_the_terminal(
    deployment: Deployment, sqlite: SQLGround, column: str, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment.configure(sqlite.option)
    deployment.run()
    sqlite.execute(f'UPDATE state_version SET {column} = :value', value=HOSTILE_ACCOUNTS[column])
    before, display.verbosity = display.verbosity, 3
    try:
        deployment.run()
    except AnsibleError as error:
        assert error.message.isprintable()
    finally:
        display.verbosity = before
    shown = capsys.readouterr()
    assert f'{shown.out}{shown.err}'.replace('\n', '').isprintable()


@pytest.mark.parametrize('column', ['owner', 'command', 'host', 'since', 'lock_id'])
def test_locks_do_not_steer_the_terminal(deployment: Deployment, sqlite: SQLGround, column: str) -> None:
    deployment.configure(sqlite.option)
    deployment.run()
    InventoryManager.of(str(deployment.source)).lock('test')
    sqlite.execute(f'UPDATE region_lock SET {column} = :value', value=ESCAPE)
    (deployment.directory / 'conf.d').mkdir(exist_ok=True)
    (deployment.directory / 'conf.d' / 'more.yml').write_text('far_hosts: {far1: {ip: 172.29.236.77}}\n')
    with pytest.raises(AnsibleError) as caught:
        deployment.run()
    assert 'is locked by' in caught.value.message and caught.value.message.isprintable()


@pytest.mark.parametrize('serial', [10**9, 2**62])
def test_a_serial_far_away_is_refused_or_gone_on_from(deployment: Deployment, redis_server: Redis, serial: int) -> None:
    ground = RedisGround(redis_server, f'serial-{serial}')
    deployment.configure(ground.option, region=ground.region)
    deployment.run()
    meta = json.loads(t.cast('bytes', ground.client.hget(ground.keys.head, 'meta')))
    account = json.dumps({**meta, 'serial': serial}, sort_keys=True, separators=(',', ':'))
    ground.client.hset(ground.keys.head, 'meta', account)
    (deployment.directory / 'conf.d').mkdir(exist_ok=True)
    (deployment.directory / 'conf.d' / 'more.yml').write_text('far_hosts: {far1: {ip: 172.29.236.77}}\n')
    assert 'far1' in deployment.run().hosts
    assert InventoryManager.of(str(deployment.source)).history()[0].serial == serial + 1


def test_a_small_payload_does_not_become_a_huge_inventory(
    deployment: Deployment, sqlite: SQLGround, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment.configure(sqlite.option)
    deployment.run()
    monkeypatch.setattr(compression, 'LARGEST_TEXT', 1 << 20)
    sqlite.execute('UPDATE state_version SET payload = :payload', payload=zlib.compress(b' ' * (1 << 24)))
    with pytest.raises(AnsibleError, match='has more than 1 MiB'):
        deployment.run()
    with pytest.raises(StateTooLarge, match='no storage keeps more than'):
        records.pack({'x': 'x' * (1 << 20)})


# Relations


def test_rows_beside_the_state_reach_nobody_and_are_found(deployment: Deployment, sqlite: SQLGround) -> None:
    deployment.configure(sqlite.option)
    clean = {name: dict(host.vars) for name, host in deployment.run().hosts.items()}
    sqlite.execute(
        'INSERT INTO host_variable SELECT region_id, id, :name, :value FROM host',
        name='ansible_connection',
        value=json.dumps('local'),
    )
    sqlite.execute("UPDATE host SET ansible_host = '-oProxyCommand=x'")
    sqlite.execute("UPDATE address SET address = '{{ 1 }}' WHERE host_id = (SELECT min(host_id) FROM address)")
    assert {name: dict(host.vars) for name, host in deployment.run().hosts.items()} == clean
    found = InventoryManager.of(str(deployment.source)).storage_check()
    assert any(finding.level == 'error' and 'relations' in finding.what for finding in found)


# Ansible's inventory cache


@pytest.mark.parametrize('hostile', some_of_each()[::2], ids=str)
def test_a_hostile_cache_is_passed_over_or_harmless(
    deployment: Deployment, sqlite: SQLGround, hostile: Hostile, tmp_path: pathlib.Path
) -> None:
    cache = {'cache': True, 'cache_plugin': 'ansible.builtin.jsonfile', 'cache_connection': str(tmp_path / 'cache')}
    deployment.configure(sqlite.option, **cache)
    expected = deployment.run()
    (path,) = (tmp_path / 'cache').iterdir()
    content = json.loads(json.loads(json.loads(path.read_text())['__payload__']))
    text = hostile.text(content['inventory']) or 'null'
    planted = f'{{"identity": {json.dumps(content["identity"])}, "inventory": {text}}}'
    path.write_text(json.dumps({'__payload__': json.dumps(planted)}))
    try:
        target = deployment.run()
    except AnsibleError as error:
        assert 'nested too deeply' in error.message
        return
    names = ('ansible_host', 'physical_host_addr', 'ansible_connection', 'ansible_ssh_common_args')
    for name, host in expected.hosts.items():
        assert [target.hosts[name].vars.get(one) for one in names] == [host.vars.get(one) for one in names]
    assert not {'localhost', '127.0.0.1'} & target.hosts.keys()


# Expressions of the source


@pytest.mark.parametrize('text', [BAD_NAMES['path'], '/etc', '..', ESCAPE, 'localhost', f'x/{LOOKUP}'])
def test_stored_text_does_not_become_a_group_that_leads_elsewhere(
    deployment: Deployment, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('ansible.constants.TRANSFORM_INVALID_GROUP_CHARS', 'ignore')
    ground = FileGround(deployment.directory / 'openstack_inventory.json')
    keyed = [{'key': 'rack', 'prefix': '', 'separator': ''}]
    deployment.configure({'class': 'file'}, keyed_groups=keyed)
    deployment.run()
    stored = json.loads(ground.path.read_text())
    for variables in stored['_meta']['hostvars'].values():
        variables['rack'] = 'r1'
    ground.plant(json.dumps(stored))
    assert 'r1' in deployment.run().groups
    next(iter(stored['_meta']['hostvars'].values()))['rack'] = text
    ground.plant(json.dumps(stored))
    if text == 'localhost':
        with pytest.raises(AnsibleError, match="An expression of the inventory source makes the group 'localhost'"):
            deployment.run()
    else:
        assert all(is_group_name(name) for name in deployment.run().groups)


# Rights


@pytest.fixture
def postgresql_reader(postgresql_database: Database) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    opened(postgresql_database.local.owner).upgrade()
    return tuple(
        {'class': 'sql', 'url': url} for url in (postgresql_database.local.owner, postgresql_database.local.reader)
    )


@pytest.fixture
def redis_reader(redis_server: Redis) -> tuple[dict[str, t.Any], ...]:
    logins = (redis_server.writer, redis_server.reader)
    return tuple({'class': 'redis', 'url': redis_server.socket_url(login)} for login in logins)


@pytest.fixture
def swift_reader(swift_server: Swift, swift_container: str) -> tuple[dict[str, t.Any], ...]:
    return tuple(
        {
            'class': 'swift',
            'container': swift_container,
            'auth_url': swift_server.auth_url(),
            'auth_version': '1',
            'username': login.user,
            'password': login.password,
            'settle': 0.02,
        }
        for login in (swift_server.writer, swift_server.reader)
    )


@pytest.mark.parametrize('credentials', ['postgresql_reader', 'redis_reader', 'swift_reader'])
def test_credentials_that_may_only_read_are_enough_until_something_changes(
    deployment: Deployment,
    credentials: str,
    request: pytest.FixtureRequest,
    fresh_region: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    writer, reader = request.getfixturevalue(credentials)
    deployment.configure(writer, region=fresh_region)
    first = deployment.run()
    deployment.configure(reader, region=fresh_region)
    assert deployment.run().hosts.keys() == first.hosts.keys()
    assert capsys.readouterr().err == ''
    (deployment.directory / 'conf.d').mkdir(exist_ok=True)
    (deployment.directory / 'conf.d' / 'more.yml').write_text('far_hosts: {far1: {ip: 172.29.236.77}}\n')
    with pytest.raises(AnsibleError, match='cannot be stored') as caught:
        deployment.run()
    assert "'persist' with value 'never'" in str(caught.value._help_text)
    deployment.configure(reader, region=fresh_region, persist='never')
    assert 'far1' in deployment.run().hosts
    assert 'did not store it' in ' '.join(capsys.readouterr().err.split())


def test_a_configuration_directory_that_cannot_be_written_needs_no_note(
    deployment: Deployment, sqlite: SQLGround
) -> None:
    deployment.configure(sqlite.option)
    seen = deployment.directory / '.osa_inventory_seen.json'
    deployment.run()
    seen.unlink()
    if os.geteuid() == 0:
        # Root may write everywhere, but into no file that is none.
        seen.mkdir()
    else:
        deployment.directory.chmod(0o555)
    try:
        assert deployment.run().hosts
    finally:
        deployment.directory.chmod(0o755)
