# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions do, and what they leave alone: check mode, diff mode, locks, names, sources."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import typing as t

import pytest
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible_collections.osa.inventory.plugins.module_utils.management.difference import differences
from ansible_collections.osa.inventory.tests.unit.action.conftest import STORED, Actions

CHANGES: dict[str, tuple[str, dict[str, t.Any]]] = {
    'host': ('host', {'name': 'hyp-1', 'state': 'absent'}),
    'host with containers': ('host', {'name': ['ctl-b'], 'state': 'absent', 'with_containers': True}),
    'group': ('group', {'name': 'cinder_all', 'state': 'absent'}),
    'addresses': ('addresses', {'state': 'cleared', 'limit': 'ctl-a-g*'}),
    'restored': ('state', {'state': 'restored', 'serial': 1}),
    'pruned': ('state', {'state': 'pruned', 'keep': 0}),
}
STORING = [name for name in CHANGES if name != 'pruned']
TOLD = ('changed', 'summary', 'changes', 'copied', 'dropped', 'containers')


def told(result: dict[str, t.Any]) -> dict[str, t.Any]:
    return {key: result[key] for key in TOLD if key in result}


@pytest.mark.parametrize('name', CHANGES)
def test_check_mode_tells_what_would_be_done_and_does_nothing(actions: Actions, name: str) -> None:
    action, arguments = CHANGES[name]
    before = actions.files()
    foretold = actions(action, check=True, **arguments)
    assert foretold['changed'] and actions.files() == before
    assert told(actions(action, **arguments)) == told(foretold)
    assert actions.files() != before


@pytest.mark.parametrize('name', STORING)
def test_a_change_is_one_serial(actions: Actions, name: str) -> None:
    action, arguments = CHANGES[name]
    result = actions(action, **arguments)
    history = actions.manager.history()
    assert [meta.serial for meta in history] == [3, 2, 1]
    assert result['serial'] == 3 and history[0].message


@pytest.mark.parametrize('name', STORING)
def test_the_history_says_why(actions: Actions, name: str) -> None:
    action, arguments = CHANGES[name]
    actions(action, **arguments, message='as the supervisor wished')
    assert actions.manager.history()[0].message == 'as the supervisor wished'


@pytest.mark.parametrize('name', CHANGES)
@pytest.mark.parametrize('check', [True, False])
def test_diff_mode_shows_both_sides_and_other_modes_nothing(actions: Actions, name: str, check: bool) -> None:
    action, arguments = CHANGES[name]
    assert 'diff' not in actions(action, check=True, **arguments)
    (diff,) = actions(action, check=check, diff=True, **arguments)['diff']
    assert diff['before'] != diff['after']
    if name != 'pruned':
        assert diff['before_header'] == f'{actions.stored} (serial 2)'
        assert diff['after_header'] == f'{actions.stored} ({"not stored" if check else "serial 3"})'


def test_the_lines_of_a_diff_are_the_differences_between_the_states(actions: Actions) -> None:
    (diff,) = actions('state', diff=True, state='restored', serial=1)['diff']
    manager = actions.manager
    found = differences(manager.show(2).inventory, manager.show(3).inventory)
    assert diff['before'] == ''
    assert diff['after'].splitlines() == [str(one).removeprefix('+ ') for one in found]
    assert 'host vol-2' in diff['after'].splitlines()


def test_a_changed_variable_is_on_both_sides_of_a_diff(actions: Actions) -> None:
    container = 'ctl-a-galera-container-94b1e759'
    address = actions.manager.inventory()['_meta']['hostvars'][container]['ansible_host']
    (diff,) = actions('addresses', check=True, diff=True, state='cleared', limit=container)['diff']
    assert f'host {container} ansible_host: "{address}"' in diff['before'].splitlines()
    assert f'host {container}' not in diff['after']


@pytest.mark.parametrize(
    ('action', 'arguments'),
    [
        ('host', {'name': [], 'state': 'absent'}),
        ('state', {'state': 'restored', 'serial': 2}),
        ('state', {'state': 'pruned', 'keep': 1}),
        ('state', {'state': 'pruned'}),
    ],
)
@pytest.mark.parametrize('check', [True, False])
def test_where_nothing_is_to_be_done_nothing_is_changed(
    actions: Actions, action: str, arguments: dict[str, t.Any], check: bool
) -> None:
    before = actions.files()
    result = actions(action, check=check, diff=True, **arguments)
    assert result['changed'] is False
    assert [diff['before'] for diff in result['diff']] == [diff['after'] for diff in result['diff']]
    assert actions.files() == before


def test_addresses_are_cleared_once(actions: Actions) -> None:
    assert actions('addresses', state='cleared')['changed'] is True
    assert actions('addresses', state='cleared')['changed'] is False


@pytest.mark.parametrize('with_containers', [True, False])
def test_containers_of_a_removed_host_are_named_and_go_only_if_wanted(actions: Actions, with_containers: bool) -> None:
    own = [name for name in actions.manager.containers() if name.startswith('ctl-b-')]
    result = actions('host', name='ctl-b', state='absent', with_containers=with_containers)
    assert result['containers'] == {'ctl-b': own}
    left = actions.manager.containers()
    assert 'ctl-b' not in left
    assert [name for name in own if name in left] == ([] if with_containers else own)


def test_containers_are_named_before_anything_happens(actions: Actions, capsys: pytest.CaptureFixture[str]) -> None:
    actions.manager.lock('maintenance')
    before = actions.files()
    with pytest.raises(AnsibleError, match='maintenance'):
        actions('host', name='ctl-b', state='absent', with_containers=True)
    assert 'The containers of ctl-b go with it: ctl-b-barbican-container-' in capsys.readouterr().err
    assert actions.files() == before


@pytest.mark.parametrize('name', CHANGES)
def test_a_lock_stops_changes_but_for_those_under_it(actions: Actions, name: str) -> None:
    action, arguments = CHANGES[name]
    lock = actions.manager.lock('maintenance')
    assert actions(action, check=True, **arguments)['changed']
    with pytest.raises(AnsibleError, match='maintenance'):
        actions(action, **arguments)
    assert actions(action, **arguments, lock_id=lock.id)['changed']


@pytest.mark.parametrize(
    ('action', 'arguments', 'expected'),
    [
        ('host', {'name': 'ctl-aa', 'state': 'absent'}, "'ctl-aa' is not a host of the inventory. Did you mean 'ctl-"),
        ('host', {'name': 'ctl-a,none', 'state': 'absent'}, "'none' is not a host of the inventory."),
        ('group', {'name': 'cinder_al', 'state': 'absent'}, "Did you mean 'cinder_all'?"),
        ('group', {'name': 'all', 'state': 'absent'}, "Group 'all' belongs to every inventory"),
        ('addresses', {'state': 'cleared', 'limit': 'x*'}, "Pattern 'x*' does not match"),
        ('state', {'state': 'restored', 'serial': 7}, 'Serial 7 is not kept in'),
        ('state', {'state': 'pruned', 'keep': -1}, '-1 is not a number of states to keep. Name 0 or more.'),
    ],
)
@pytest.mark.parametrize('check', [True, False])
def test_what_cannot_be_done_fails_with_a_remedy_and_changes_nothing(
    actions: Actions, action: str, arguments: dict[str, t.Any], expected: str, check: bool
) -> None:
    before = actions.files()
    with pytest.raises(AnsibleActionFail) as caught:
        actions(action, check=check, **arguments)
    assert expected in caught.value.message
    assert caught.value.__cause__ is None
    assert actions.files() == before


@pytest.mark.parametrize(
    ('action', 'arguments', 'expected'),
    [
        ('host', {'name': 'ctl-a'}, 'missing required arguments: state'),
        ('host', {'name': 'ctl-a', 'state': 'present'}, 'value of state must be one of: absent'),
        ('host', {'state': 'absent', 'name': 'ctl-a', 'with_container': True}, 'with_container. Supported parameters'),
        ('state', {'state': 'restored'}, 'state is restored but all of the following are missing: serial'),
        ('state', {'state': 'restored', 'serial': 1, 'keep': 3}, "'keep' has no meaning with state 'restored'"),
        ('state', {'state': 'pruned', 'serial': 1}, "'serial' has no meaning with state 'pruned'"),
        ('state', {'state': 'migrated'}, 'state is migrated but all of the following are missing: to'),
        ('state', {'state': 'restored', 'serial': 1, 'to': 'x'}, "'to' has no meaning with state 'restored'"),
        ('state', {'state': 'migrated', 'to': 'x', 'lock_id': 'x'}, "'lock_id' has no meaning with state 'migrated'"),
        ('state', {'state': 'pruned', 'message': 'x'}, "'message' has no meaning with state 'pruned'"),
        ('info', {'gather': ['host']}, 'value of gather must be one or more of'),
    ],
)
def test_wrong_arguments_are_refused(actions: Actions, action: str, arguments: dict[str, t.Any], expected: str) -> None:
    with pytest.raises(AnsibleActionFail) as caught:
        actions(action, **arguments)
    assert expected in caught.value.message


def test_a_preview_of_a_restore_leaves_no_note_of_what_it_saw(actions: Actions) -> None:
    (actions.source.parent / '.osa_inventory_seen.json').unlink()
    before = actions.files()
    assert actions('state', check=True, state='restored', serial=1)['changed']
    assert actions.files() == before


def another_source(actions: Actions) -> pathlib.Path:
    """A source whose inventory would be stored in a file of its own, where there is none yet."""
    directory = actions.source.parent.parent / 'another'
    directory.mkdir()
    (directory / 'osa.yml').write_text(f'plugin: osa.inventory.osa\nconfig_dir: {directory}\n')
    return directory / 'osa.yml'


def test_migration_copies_what_is_not_there_yet(actions: Actions) -> None:
    to = another_source(actions)
    foretold = actions('state', check=True, state='migrated', to=str(to))
    assert foretold['changed'] and not (to.parent / STORED).exists()
    result = actions('state', diff=True, state='migrated', to=str(to))
    assert told(result) == told(foretold)
    assert [meta['serial'] for meta in result['copied']] == [1, 2]
    assert (to.parent / STORED).read_bytes() == actions.stored.read_bytes()
    assert result['target'] == str(to.parent / STORED)
    (diff,) = result['diff']
    assert (diff['before'], len(diff['after'].splitlines())) == ('', 2)
    assert actions('state', state='migrated', to=str(to))['changed'] is False


def test_migration_takes_a_number_of_older_states(actions: Actions) -> None:
    to = another_source(actions)
    assert [meta['serial'] for meta in actions('state', state='migrated', to=str(to), keep=0)['copied']] == [2]


def test_migration_takes_no_negative_number_of_states(actions: Actions) -> None:
    with pytest.raises(AnsibleActionFail, match='-1 is not a number of states to keep'):
        actions('state', state='migrated', to=str(another_source(actions)), keep=-1)


def test_migration_to_the_same_place_is_refused(actions: Actions) -> None:
    with pytest.raises(AnsibleActionFail, match='Source and target are the same'):
        actions('state', state='migrated', to=str(actions.source))


@pytest.mark.parametrize('content', ['{"truncated', None])
def test_a_damaged_or_lost_inventory_is_restored(actions: Actions, content: str | None) -> None:
    actions.stored.unlink()
    if content:
        actions.stored.write_text(content)
    wanted = actions.manager.show(1).inventory
    assert actions('state', check=True, diff=True, state='restored', serial=1)['changed']
    assert actions('state', state='restored', serial=1)['changed']
    assert json.loads(actions.stored.read_text()) == wanted


def test_the_source_is_the_first_of_ansibles_own_that_is_ours(actions: Actions) -> None:
    result = actions('info', gather=['history'])
    assert result['source'] == str(actions.source)
    assert result['storage'] == str(actions.stored)


def test_a_relative_source_starts_at_the_current_directory(
    actions: Actions, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / 'elsewhere'
    elsewhere.mkdir()
    (elsewhere / 'other.yml').write_text('plugin: osa.inventory.osa\nconfig_dir: ../openstack_deploy\n')
    monkeypatch.chdir(tmp_path)
    result = actions('info', gather=['history'], source=os.path.join('elsewhere', 'other.yml'))
    assert result['source'] == str(elsewhere / 'other.yml')
    assert [meta['serial'] for meta in result['history']] == [2, 1]


@pytest.mark.parametrize('source', ['nowhere.yml', 'openstack_user_config.yml'])
def test_a_source_that_is_none_is_refused(actions: Actions, source: str) -> None:
    with pytest.raises(AnsibleActionFail, match='There is no inventory source'):
        actions('info', source=str(actions.source.parent / source))


def test_a_mistake_of_the_configuration_is_shown_at_its_place(actions: Actions) -> None:
    path = actions.source.parent / 'openstack_user_config.yml'
    text = path.read_text()
    path.write_text(f'{text}used_ips: []\n')
    with pytest.raises(AnsibleError) as caught:
        actions('info', gather=['networks'])
    assert f'{path}:{len(text.splitlines()) + 1}:1' in str(caught.value._formatted_source_context)


def test_info_tells_what_the_api_does(actions: Actions) -> None:
    result = actions('info')
    manager = actions.manager
    assert result['hosts'] == [dataclasses.asdict(row) for row in manager.hosts()]
    assert (result['groups'], result['containers']) == (manager.groups(), manager.containers())
    assert result['machines'] == [dataclasses.asdict(machine) for machine in manager.machines()]
    assert result['history'] == [meta.as_dict() for meta in manager.history()]
    network = manager.networks()[0]
    assert result['networks'][0] == {**dataclasses.asdict(network), 'used': network.used, 'reserved': network.reserved}


def test_info_gives_all_variables_only_when_asked(actions: Actions) -> None:
    assert {'per_host', 'inventory'}.isdisjoint(actions('info'))
    result = actions('info', gather=['per_host', 'inventory'])
    assert result['inventory'] == json.loads(actions.stored.read_text())
    assert result['per_host'] == actions.manager.export_hosts()


def test_info_changes_nothing_also_in_check_mode(actions: Actions) -> None:
    before = actions.files()
    assert actions('info', check=True) == actions('info')
    assert actions.files() == before


def test_with_persist_never_changes_are_only_foretold(actions: Actions) -> None:
    actions.source.write_text('plugin: osa.inventory.osa\npersist: never\n')
    action, arguments = CHANGES['host']
    assert actions(action, check=True, **arguments)['changed']
    with pytest.raises(AnsibleActionFail, match="The inventory source has 'persist: never'"):
        actions(action, **arguments)


@pytest.mark.parametrize(('form', 'name'), [('static', 'static'), ('bundle', 'cloud.tgz')])
def test_an_export_is_written_once_for_its_owner_alone(
    actions: Actions, tmp_path: pathlib.Path, form: str, name: str
) -> None:
    dest = tmp_path / 'out' / name
    dest.parent.mkdir()
    before = actions.files()
    assert actions('export', check=True, dest=str(dest), form=form)['changed'] and not dest.exists()
    written = actions('export', dest=str(dest), form=form)
    assert written['changed'] and dest.stat().st_mode & 0o077 == 0
    assert {path.relative_to(dest).as_posix() for path in dest.rglob('*.*')} == set(written['files'])
    assert not actions('export', dest=str(dest), form=form)['changed']
    assert actions.files() == before


def test_a_static_export_leaves_what_is_there_alone(actions: Actions, tmp_path: pathlib.Path) -> None:
    (tmp_path / 'mine').write_text('x')
    with pytest.raises(AnsibleActionFail, match='is not empty'):
        actions('export', dest=str(tmp_path), form='static')
    with pytest.raises(AnsibleActionFail, match='kind of archive'):
        actions('export', dest=str(tmp_path / 'cloud'), form='bundle')
