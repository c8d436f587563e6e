# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command on every storage that keeps states, against real servers, with 64 hosts and with 2,000."""

from __future__ import annotations

import collections.abc
import json
import pathlib
import shutil
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.storage.lookup import catalogue
from ansible_collections.osa.inventory.plugins.plugin_utils.cli.commands import COMMANDS
from ansible_collections.osa.inventory.tests.benchmarks.clouds import make_cloud
from ansible_collections.osa.inventory.tests.unit.plugin_utils.cli.clouds import Cloud, Command, Done

KeptIn = collections.abc.Callable[[str], str]

KINDS = ('file', 'sqlite', 'postgresql', 'redis')
MANY = 2000


class Operator:
    """Runs commands that must go well, and keeps in mind which."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self.used: set[str] = set()

    def do(self, *arguments: object, code: int = 0) -> Done:
        """What came of a command; it may warn, nothing else."""
        self.used.add(str(arguments[0]))
        done = self._command(*arguments)
        assert done.code == code and '[ERROR]' not in done.err, done
        return done

    def look(self, *arguments: object, code: int = 0) -> str:
        """What a command prints; it must not warn either."""
        done = self.do(*arguments, code=code)
        assert done.err == ''
        return done.out

    def records(self, *arguments: object) -> list[dict[str, t.Any]]:
        return t.cast('list[dict[str, t.Any]]', json.loads(self.look(*arguments, '--format', 'json')))


@pytest.fixture
def operator(command: Command) -> Operator:
    return Operator(command)


@pytest.mark.parametrize('kind', KINDS)
def test_a_day_in_the_life_of_an_inventory(
    new_cloud: Cloud, operator: Operator, command: Command, kept_in: KeptIn, kind: str, tmp_path: pathlib.Path
) -> None:
    new_cloud.configure(kept_in(kind))
    look = operator.look
    look('storage', 'upgrade')
    assert look('history') == 'No state is kept.\n'
    announced = json.loads(look('plan', '--format', 'json', code=2))
    assert announced['summary'] == new_cloud.run().summary()
    look('plan')
    first = operator.records('hosts')
    (galera,) = [row['container_name'] for row in first if row['container_name'].startswith('ctl-a-galera')]
    assert f'- host {galera}' in look('remove', galera, '--dry-run')
    assert operator.records('hosts') == first
    look('remove', galera, '--yes', '--message', 'it is broken')
    assert len(operator.records('hosts')) == len(first) - 1
    assert f'- host {galera}\n' in look('diff', 1, 2, code=2)
    look('restore', 1, '--yes')
    assert operator.records('hosts') == first
    (tmp_path / 'inventory.json').write_text(look('export', '--complete'))
    look('clear-ips', '--limit', 'ctl-a-*', '--yes')
    look('remove-group', 'memcached', '--yes')
    look('import', tmp_path / 'inventory.json', '--yes')
    assert operator.records('hosts') == first
    history = operator.records('history', '--columns', 'serial,message')
    assert [row['serial'] for row in history] == [6, 5, 4, 3, 2, 1]
    assert history[4]['message'] == 'it is broken'
    assert json.loads(look('show', 1, '--format', 'json'))['meta']['serial'] == 1
    look_at_everything(operator, 'ctl-a', tmp_path, 'json', 'yaml', 'csv')
    (tmp_path / 'copy').mkdir()
    look('migrate', '--to', f'{{class: file, path: {tmp_path}/copy/openstack_inventory.json}}')
    look('prune', '--keep', 2, '--yes')
    assert len(operator.records('history')) == 3
    look('lock', 'a test')
    assert command('clear-ips', '--yes').code == 4
    look('unlock')
    assert command('forget', '--yes').code == 1
    checked = command('storage', 'check')
    # The servers of the tests are not all durable.
    assert checked.code == (1 if '\nerror ' in checked.out else 0)
    assert {one.name for one in COMMANDS} - operator.used == {'forget'}


def look_at_everything(operator: Operator, host: str, directory: pathlib.Path, *forms: str) -> None:
    """Every command that only looks, and its tables in these forms, too."""
    tables = ('hosts', 'groups', 'containers', 'networks', 'history', 'check')
    for name in (*tables, 'tree', 'plan', 'show', 'export'):
        assert operator.look(name)
    for form in forms:
        for name in tables:
            assert operator.look(name, '--format', form)
    assert operator.look('networks', '--addresses') and operator.look('lock', '--show')
    assert f'{host} ' in operator.look('show', 1)
    assert 'ansible_host = ' in operator.look('explain', host)
    operator.look('topology', directory / 'cloud.html')
    operator.do('export', '--static', directory / 'static')
    operator.do('export', '--bundle', directory / 'cloud.tgz')


@pytest.mark.parametrize('kind', KINDS)
def test_a_removed_host_goes_with_its_containers_and_comes_back_only_if_configured(
    new_cloud: Cloud, operator: Operator, kept_in: KeptIn, kind: str
) -> None:
    new_cloud.configure(kept_in(kind))
    operator.look('storage', 'upgrade')
    new_cloud.add_host('ctl-d', '10.20.0.49', 'identity_hosts')
    new_cloud.run()
    first = {row['container_name'] for row in operator.records('hosts')}
    containers = {name for name in first if name.startswith('ctl-d-')}
    assert containers
    (new_cloud.directory / 'conf.d' / 'ctl-d.yml').unlink()
    done = operator.look('remove', 'ctl-d', '--with-containers', '--yes').splitlines()
    named = {line.split()[0] for line in done[1 : len(containers) + 1]}
    assert (done[0].split()[:2], named) == (['ctl-d', 'has'], containers)
    operator.look('plan')
    assert new_cloud.run().changes == ()
    assert {row['container_name'] for row in operator.records('hosts')} == first - containers - {'ctl-d'}
    operator.do('remove', 'hyp-1', '--yes')
    announced = json.loads(operator.look('plan', '--format', 'json', code=2))
    assert announced['summary'] == new_cloud.run().summary()
    assert 'hyp-1' in {row['container_name'] for row in operator.records('hosts')}


NEEDING_A_STATE: tuple[tuple[object, ...], ...] = (
    ('hosts',),
    ('groups', '--format', 'json'),
    ('containers',),
    ('tree',),
    ('networks',),
    ('plan',),
    ('check',),
    ('explain', 'hyp-1'),
    ('show',),
    ('export',),
    ('export', '--static', '/nowhere'),
    ('export', '--bundle', '/nowhere.tgz'),
    ('topology', '/nowhere.svg'),
    ('remove', 'hyp-1', '--yes'),
    ('remove-group', 'galera', '--yes'),
    ('clear-ips', '--yes'),
    ('storage', 'check'),
    ('migrate', '--to', '{class: file, path: /nowhere/copy.json}'),
)
NEEDING_A_SERVER = (*NEEDING_A_STATE, ('history',), ('restore', 1, '--yes'), ('prune', '--yes'), ('lock',), ('unlock',))
GONE = {
    'sqlite': '{class: sql, url: "sqlite:////nowhere/state.sqlite"}',
    'postgresql': '{class: sql, url: "postgresql+psycopg://osa:pass@127.0.0.1:1/osa", timeout: 1}',
    'redis': '{class: redis, url: "redis://127.0.0.1:1/0", timeout: 1}',
}


@pytest.mark.parametrize('kind', KINDS)
def test_where_the_inventory_is_lost_no_command_that_needs_it_exits_0(
    cloud: Cloud, command: Command, kept_in: KeptIn, kind: str
) -> None:
    cloud.configure(kept_in(kind).partition('\n')[2])
    command('storage', 'upgrade')
    if kind == 'file':
        cloud.manager.remove_hosts(['hyp-2'])
        cloud.stored.unlink()
    codes = {arguments: command(*arguments).code for arguments in NEEDING_A_STATE if arguments[0] != 'migrate'}
    assert codes == dict.fromkeys(codes, 6)


@pytest.mark.parametrize('kind', GONE)
def test_where_the_storage_is_out_of_reach_no_command_exits_0(new_cloud: Cloud, command: Command, kind: str) -> None:
    new_cloud.configure(f'storage: {GONE[kind]}\n')
    assert {arguments: command(*arguments).code for arguments in NEEDING_A_SERVER} == dict.fromkeys(NEEDING_A_SERVER, 5)


@pytest.fixture(scope='session')
def big_directory(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The configuration of a deployment with 2,000 hosts and containers."""
    return make_cloud(tmp_path_factory.mktemp('big') / 'openstack_deploy', MANY).directory


class TestManyHosts:
    """The same with 2,000 hosts."""

    @pytest.fixture
    def new_cloud(self, big_directory: pathlib.Path, tmp_path: pathlib.Path) -> Cloud:
        return Cloud(pathlib.Path(shutil.copytree(big_directory, tmp_path / 'openstack_deploy')))

    @pytest.mark.parametrize('kind', ['file', 'sqlite', 'redis'])
    def test_every_command(
        self, new_cloud: Cloud, operator: Operator, kept_in: KeptIn, kind: str, tmp_path: pathlib.Path
    ) -> None:
        new_cloud.configure(kept_in(kind))
        operator.look('storage', 'upgrade')
        new_cloud.run()
        assert len(operator.look('hosts').splitlines()) == MANY + 1
        look_at_everything(operator, 'infra1', tmp_path)
        assert '- host compute00001\n' in operator.do('remove', 'compute00001', '--dry-run').out
        operator.look('clear-ips', '--limit', 'infra1-*', '--yes')
        plan = json.loads(operator.look('plan', '--format', 'json', code=2))
        assert plan['summary'] == new_cloud.run().summary()
        assert operator.look('diff', 1, code=2)
        operator.look('restore', 1, '--yes')
        operator.look('migrate', '--to', f'{{class: file, path: {tmp_path}/copy.json}}', '--dry-run')
        operator.look('prune', '--keep', 1, '--yes')


def test_storages_of_collections_are_listed_without_importing_them(tmp_path: pathlib.Path) -> None:
    directory = tmp_path / 'ansible_collections' / 'acme' / 'stores' / 'plugins' / 'plugin_utils' / 'storage'
    directory.mkdir(parents=True)
    for name in ('etcd', '_common'):
        (directory / f'{name}.py').write_text('raise RuntimeError')
    found = catalogue.storages([str(tmp_path), str(tmp_path)])
    assert [one for one in found if 'acme' in one.name] == [
        catalogue.Listed('acme.stores.etcd', 'collection acme.stores')
    ]
