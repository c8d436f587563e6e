# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command on every storage that keeps states, against real servers."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.storage import catalogue
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis
from ansible_collections.osa.inventory.tests.servers.sql import Database
from ansible_collections.osa.inventory.tests.unit.cli.clouds import Cloud, Command


@pytest.fixture
def file() -> dict[str, t.Any]:
    return {'class': 'file'}


@pytest.fixture
def sqlite(tmp_path: pathlib.Path) -> dict[str, t.Any]:
    return {'class': 'sql', 'url': f'sqlite:///{tmp_path}/state.sqlite'}


@pytest.fixture
def postgresql_owner(postgresql_database: Database) -> dict[str, t.Any]:
    return {'class': 'sql', 'url': postgresql_database.local.owner}


@pytest.fixture
def redis(redis_server: Redis) -> dict[str, t.Any]:
    return {'class': 'redis', 'url': redis_server.socket_url(redis_server.writer)}


@pytest.fixture(params=['file', 'sqlite', 'postgresql_owner', 'redis'])
def storage(request: pytest.FixtureRequest) -> dict[str, t.Any]:
    """The option `storage` of a source."""
    found: dict[str, t.Any] = request.getfixturevalue(request.param)
    return found


def test_a_day_in_the_life_of_an_inventory(
    new_cloud: Cloud, command: Command, storage: dict[str, t.Any], fresh_region: str, tmp_path: pathlib.Path
) -> None:
    new_cloud.configure(f'region: {fresh_region}\nstorage: {json.dumps(storage)}\n')

    def good(*arguments: object, code: int = 0) -> str:
        done = command(*arguments)
        assert (done.code, done.err) == (code, ''), done.err
        return done.out

    def hosts() -> list[dict[str, t.Any]]:
        return t.cast('list[dict[str, t.Any]]', json.loads(good('hosts', '--format', 'json')))

    good('storage', 'upgrade')
    good('plan', code=2)
    new_cloud.run()
    good('plan')
    first = hosts()
    (galera,) = [row['container_name'] for row in first if row['container_name'].startswith('ctl-a-galera')]
    assert f'- host {galera}' in good('remove', galera, '--dry-run')
    assert hosts() == first
    good('remove', galera, '--yes', '--message', 'it is broken')
    assert len(hosts()) == len(first) - 1
    assert f'- host {galera}\n' in good('diff', 1, 2, code=2)
    good('restore', 1, '--yes')
    assert hosts() == first
    (tmp_path / 'inventory.json').write_text(good('export', '--complete'))
    good('clear-ips', '--limit', 'ctl-a-*', '--yes')
    good('remove-group', 'memcached', '--yes')
    good('import', tmp_path / 'inventory.json', '--yes')
    assert hosts() == first
    history = json.loads(good('history', '--format', 'json', '--columns', 'serial,message'))
    assert [row['serial'] for row in history] == [6, 5, 4, 3, 2, 1]
    assert history[4]['message'] == 'it is broken'
    assert json.loads(good('show', 1, '--format', 'json'))['meta']['serial'] == 1
    good('prune', '--keep', 2, '--yes')
    assert len(json.loads(good('history', '--format', 'json'))) == 3
    good('lock', 'a test')
    assert command('clear-ips', '--yes').code == 4
    good('unlock')
    assert command('forget', '--yes').code == 1
    for name in ('groups', 'containers', 'tree', 'networks', 'export', 'check'):
        assert good(name)
    checked = command('storage', 'check')
    # The servers of the tests are not all durable.
    assert checked.code == (1 if '\nerror ' in checked.out else 0)


def test_storages_of_collections_are_listed_without_importing_them(tmp_path: pathlib.Path) -> None:
    directory = tmp_path / 'ansible_collections' / 'acme' / 'stores' / 'plugins' / 'plugin_utils' / 'storage'
    directory.mkdir(parents=True)
    for name in ('etcd', '_common'):
        (directory / f'{name}.py').write_text('raise RuntimeError')
    found = catalogue.storages([str(tmp_path), str(tmp_path)])
    assert [one for one in found if 'acme' in one.name] == [
        catalogue.Listed('acme.stores.etcd', 'collection acme.stores')
    ]
