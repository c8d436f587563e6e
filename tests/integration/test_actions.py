# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions and playbooks of the installed collection, run by the real `ansible-playbook`."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import typing as t

import pytest
import yaml
from ansible_collections.osa.inventory.tests.integration.installed import Ansible, deploy

STORED = 'openstack_inventory.json'
HOST = {'osa.inventory.host': {'name': 'ctl-b', 'state': 'absent', 'with_containers': True}}
REFRESH = {'ansible.builtin.meta': 'refresh_inventory'}
HISTORY = {'osa.inventory.info': {'gather': ['history']}}


class Play:
    """Runs tasks in a play of their own; `results` are those of the last one."""

    def __init__(self, ansible: Ansible, source: pathlib.Path) -> None:
        self.ansible = ansible
        self.source = source
        self.results: list[dict[str, t.Any]] = []

    def __call__(self, *tasks: dict[str, t.Any], options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        results = self.source.parent.parent / 'results.json'
        results.unlink(missing_ok=True)
        names = [f'result{number}' for number in range(len(tasks))]
        known = ', '.join(name for name, task in zip(names, tasks, strict=True) if task != REFRESH)
        written = {
            'ansible.builtin.copy': {'content': f'{{{{ [{known}] | to_json }}}}', 'dest': str(results)},
            'check_mode': False,
            'diff': False,
        }
        kept = [{'register': name, 'ignore_errors': True} for name in names]
        registered = [task if task == REFRESH else {**task, **more} for task, more in zip(tasks, kept, strict=True)]
        play = {'hosts': 'localhost', 'gather_facts': False, 'tasks': [*registered, written]}
        path = self.source.parent.parent / 'play.yml'
        path.write_text(yaml.safe_dump([play]))
        done = self.ansible.run('ansible-playbook', '-i', self.source, path, *options)
        assert done.returncode == 0, done.stdout + done.stderr
        self.results = json.loads(results.read_text())
        return done

    def playbook(self, name: str, *options: str, source: t.Any = None) -> subprocess.CompletedProcess[str]:
        """Run a playbook of the collection."""
        return self.ansible.run('ansible-playbook', '-i', source or self.source, f'osa.inventory.{name}', *options)

    def hosts(self) -> set[str]:
        """The names of the stored hosts."""
        return set(json.loads((self.source.parent / STORED).read_text())['_meta']['hostvars'])


@pytest.fixture(scope='session')
def stored(ansible: Ansible, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A deployment of three controllers with a stored inventory."""
    directory = deploy('02-three-controllers', tmp_path_factory.mktemp('stored') / 'openstack_deploy')
    ansible.inventory(directory / 'osa.yml', '--graph')
    return directory


@pytest.fixture
def play(ansible: Ansible, stored: pathlib.Path, tmp_path: pathlib.Path) -> Play:
    return Play(ansible, pathlib.Path(shutil.copytree(stored, tmp_path / 'openstack_deploy')) / 'osa.yml')


def unconfigure(play: Play, host: str) -> None:
    """Take a host out of the configuration."""
    path = play.source.parent / 'openstack_user_config.yml'
    configuration = yaml.safe_load(path.read_text())
    for section in configuration.values():
        if isinstance(section, dict):
            section.pop(host, None)
    path.write_text(yaml.safe_dump(configuration))


def test_a_removed_host_is_gone_for_good_once_it_is_no_longer_configured(play: Play) -> None:
    unconfigure(play, 'ctl-b')
    done = play(HOST)
    assert len(play.results[0]['containers']['ctl-b']) == 19
    assert 'The containers of ctl-b go with it: ctl-b-barbican' in done.stderr
    assert 'is still configured' not in done.stderr
    graph = play.ansible.inventory(play.source, '--graph')
    assert 'ctl-b' not in graph and 'ctl-a' in graph


def test_a_removed_host_that_is_configured_comes_back_with_new_containers(play: Play) -> None:
    before = play.hosts()
    done = play(HOST)
    assert "Host 'ctl-b' is still configured, so the next run adds it again." in done.stderr
    play.ansible.inventory(play.source, '--graph')
    assert len(play.hosts()) == len(before) and 'ctl-b' in play.hosts()
    assert not {name for name in before & play.hosts() if name.startswith('ctl-b-')}


def test_the_running_play_sees_a_change_when_it_refreshes_the_inventory(play: Play) -> None:
    unconfigure(play, 'ctl-b')
    seen = {'ansible.builtin.debug': {'msg': "{{ groups['all'] | select('match', 'ctl-b') | length }}"}}
    play(seen, HOST, seen, REFRESH, seen)
    assert [result['msg'] for result in play.results if 'msg' in result] == [20, 20, 0]


def test_check_and_diff_show_and_change_nothing(play: Play) -> None:
    before = {path.name: path.read_bytes() for path in play.source.parent.iterdir()}
    done = play(HOST, options=('--check', '--diff'))
    lines = done.stdout.splitlines()
    stored = play.source.parent / STORED
    assert f'--- before: {stored} (serial 1)' in lines and f'+++ after: {stored} (not stored)' in lines
    assert '-host ctl-b' in lines and '-group galera_all children: "galera_container"' not in lines
    assert play.results[0]['changed'] is True
    assert {path.name: path.read_bytes() for path in play.source.parent.iterdir()} == before


def test_a_failure_has_message_and_remedy_and_no_traceback(play: Play) -> None:
    done = play(
        {'osa.inventory.host': {'name': 'ctl-bb', 'state': 'absent'}},
        {'osa.inventory.info': {'source': '/nowhere/osa.yml'}},
        {'osa.inventory.info': {'gathered': 'hosts'}},
        options=('-vvv',),
    )
    messages = [result['msg'] for result in play.results]
    assert messages[0] == "'ctl-bb' is not a host of the inventory. Did you mean 'ctl-b'?"
    assert messages[1].startswith("There is no inventory source of osa.inventory ('/nowhere/osa.yml': ")
    assert 'gathered. Supported parameters include: gather, source' in messages[2]
    assert all(result['failed'] for result in play.results)
    assert 'Traceback' not in done.stdout + done.stderr


def test_no_secret_is_shown(play: Play) -> None:
    secret = play.source.parent / 'secret.yml'
    url = 'redis://operator:hunter2@127.0.0.1:1/0'
    secret.write_text(f'plugin: osa.inventory.osa\nstorage: {{class: redis, url: "{url}", timeout: 1}}\n')
    done = play(
        {'osa.inventory.info': {'source': str(secret)}},
        {'osa.inventory.state': {'state': 'migrated', 'to': str(secret)}},
        options=('-vvvv',),
    )
    assert [result['failed'] for result in play.results] == [True, True]
    assert 'hunter2' not in done.stdout + done.stderr + json.dumps(play.results)


def test_no_inventory_is_needed(play: Play, tmp_path: pathlib.Path) -> None:
    (tmp_path / 'hosts').write_text('')
    done = play.playbook('export', '-e', f'source={play.source}', '-e', f'dest={tmp_path / "out"}', source='/dev/null')
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(json.loads((tmp_path / 'out').read_text())['hosts']) == play.hosts()


def test_vaulted_and_planted_text_is_looked_up_as_it_is_stored(play: Play, tmp_path: pathlib.Path) -> None:
    password, witness = tmp_path / 'password', tmp_path / 'witness'
    password.write_text('secret')
    options = ('--vault-password-file', str(password))
    sealed = play.ansible.run('ansible-vault', 'encrypt_string', *options, 'hush').stdout
    (play.source.parent / 'conf.d').mkdir()
    text = f'global_overrides:\n  password: {sealed.replace(chr(10), chr(10) + "  ")}\n'
    (play.source.parent / 'conf.d' / 'variables.yml').write_text(text)
    play.source.write_text('plugin: osa.inventory.osa\nnaming_seed: "{{ named }}"\n')
    options = (*options, '-e', 'named=north')
    play(options=options)
    path = play.source.parent / STORED
    stored = json.loads(path.read_text())
    stored['_meta']['hostvars']['ctl-a']['planted'] = f"{{{{ lookup('ansible.builtin.pipe', 'touch {witness}') }}}}"
    path.write_text(json.dumps(stored))
    for complete in ('true', 'false'):
        destination = tmp_path / f'complete-{complete}.json'
        done = play.playbook('export', '-e', f'complete={complete}', '-e', f'dest={destination}', *options)
        assert done.returncode == 0, done.stdout + done.stderr
        assert 'hush' not in destination.read_text()
    assert json.loads((tmp_path / 'complete-true.json').read_text()) == stored
    assert json.loads((tmp_path / 'complete-false.json').read_text())['hosts']['ctl-a']['hostvars']['planted']
    assert not witness.exists()
    assert (tmp_path / 'complete-true.json').stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize('variable', ['host', 'name'])
def test_remove_host_removes_several_and_says_so(play: Play, variable: str) -> None:
    options = ('-e', f'{variable}=ctl-b,hyp-1', '-e', 'with_containers=true', '-e', '{"message": "burnt down"}')
    before = play.hosts()
    foretold = play.playbook('remove_host', *options, '--check')
    assert foretold.returncode == 0, foretold.stdout + foretold.stderr
    assert f'This would be removed from {play.source.parent / STORED}: ctl-b, hyp-1, ctl-b-barbican' in foretold.stdout
    assert play.hosts() == before
    done = play.playbook('remove_host', *options)
    assert f'This was removed from {play.source.parent / STORED}: ctl-b, hyp-1, ctl-b-barbican' in done.stdout
    assert before - play.hosts() == {'hyp-1', *(name for name in before if name.startswith('ctl-b'))}
    play(HISTORY)
    assert 'burnt down' in [meta['message'] for meta in play.results[0]['history']]


def test_migrate_copies_to_another_storage_where_the_next_run_goes_on(play: Play) -> None:
    stored = (play.source.parent / STORED).read_bytes()
    other = play.source.parent / 'other.yml'
    other.write_text('plugin: osa.inventory.osa\nstorage: {class: file, path: state/openstack_inventory.json}\n')
    (play.source.parent / 'state').mkdir()
    foretold = play.playbook('migrate', '-e', f'to={other}', '--check')
    assert 'This would be copied' in foretold.stdout, foretold.stdout + foretold.stderr
    assert list((play.source.parent / 'state').iterdir()) == []
    done = play.playbook('migrate', '-e', f'to={other}', '--diff')
    assert '1 copied state' in done.stdout and '+serial 1, ' in done.stdout, done.stdout + done.stderr
    play.ansible.inventory(other, '--graph')
    assert (play.source.parent / 'state' / STORED).read_bytes() == stored


@pytest.mark.parametrize(('name', 'variable'), [('remove_host', 'host'), ('migrate', 'to'), ('export', 'dest')])
def test_a_playbook_without_its_variable_says_what_to_give(play: Play, name: str, variable: str) -> None:
    done = play.playbook(name)
    assert done.returncode == 2
    assert f'such as: ansible-playbook osa.inventory.{name} -e {variable}=' in done.stdout
    assert 'Traceback' not in done.stdout + done.stderr


def test_ansible_doc_shows_every_action(ansible: Ansible) -> None:
    names = [f'osa.inventory.{name}' for name in ('addresses', 'export', 'group', 'host', 'info', 'state')]
    done = ansible.run('ansible-doc', '--json', '-t', 'module', *names)
    assert (done.returncode, done.stderr) == (0, '')
    found = json.loads(done.stdout)
    assert [bool(found[name]['doc']['has_action']) for name in names] == [True] * len(names)
