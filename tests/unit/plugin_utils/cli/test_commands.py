# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands: what they print, and their exit codes."""

from __future__ import annotations

import csv
import io
import json
import pathlib

import pytest
import yaml
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import LockInfo
from ansible_collections.osa.inventory.plugins.plugin_utils.cli.output import Console
from ansible_collections.osa.inventory.tests.unit.plugin_utils.cli.clouds import Cloud, Command

COLUMNS = [
    'container_name',
    'is_metal',
    'component',
    'physical_host',
    'tunnel_address',
    'ansible_host',
    'container_types',
]


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# Tables


def test_hosts_have_the_columns_and_rows_that_operators_know(cloud: Cloud, command: Command) -> None:
    hostvars = json.loads(cloud.stored.read_text())['_meta']['hostvars']
    done = command('hosts')
    assert (done.code, done.err) == (0, '')
    assert done.lines[0].split() == COLUMNS
    assert [line.split()[0] for line in done.lines[1:]] == sorted(hostvars)
    shown = {line.split()[0]: line.split() for line in done.lines[1:]}
    for name, variables in hostvars.items():
        tunnel = variables['container_networks'].get('tunnel_address', {}).get('address')
        assert shown[name] == [
            name,
            str(variables['properties'].get('is_metal', False)).lower(),
            variables['component'] or '-undefined-',
            variables['physical_host'],
            tunnel or '-',
            variables['ansible_host'],
            variables.get('container_types') or '-',
        ]


def test_groups_show_their_hosts_and_containers_their_groups(cloud: Cloud, command: Command) -> None:
    inventory = json.loads(cloud.stored.read_text())
    groups = {row['group']: row['hosts'] for row in json.loads(command('groups', '--format', 'json').out)}
    assert groups == {
        name: group['hosts'] for name, group in sorted(inventory.items()) if name != '_meta' and group.get('hosts')
    }
    containers = json.loads(command('containers', '--format', 'json').out)
    assert [row['container_name'] for row in containers] == sorted(inventory['_meta']['hostvars'])
    for row in containers:
        assert row['groups'] == sorted(name for name, members in groups.items() if row['container_name'] in members)


def test_the_formats_say_the_same(cloud: Cloud, command: Command) -> None:
    as_json = json.loads(command('hosts', '--format', 'json').out)
    assert yaml.safe_load(command('hosts', '--format', 'yaml').out) == as_json
    as_csv = records(command('hosts', '--format', 'csv').out)
    assert list(as_csv[0]) == COLUMNS
    texts = {None: '', True: 'true', False: 'false'}
    assert as_csv == [{key: texts.get(value, value) for key, value in row.items()} for row in as_json]


def test_rows_are_chosen_by_names_and_patterns(cloud: Cloud, command: Command) -> None:
    done = command('hosts', 'hyp-*', 'ctl-a', '--columns', 'container_name', '--format', 'csv')
    assert done.lines == ['container_name', 'ctl-a', 'hyp-1', 'hyp-2']
    assert command('hosts', 'none-*', '--format', 'json').out == '[]\n'
    wrong = command('hosts', 'hyp-')
    assert (wrong.code, wrong.out) == (1, '')
    assert "There is no host 'hyp-'. Did you mean 'hyp-" in wrong.err


def test_rows_are_sorted_by_value_and_columns_chosen(cloud: Cloud, command: Command) -> None:
    cloud.add_host('hyp-10', '10.20.0.50')
    cloud.add_host('hyp-9', '10.20.0.9')
    cloud.run()
    options = ('--sort', 'ansible_host', '--columns', 'ansible_host,container_name', '--format', 'csv')
    done = command('hosts', 'hyp-*', *options)
    assert done.lines[1:] == ['10.20.0.9,hyp-9', '10.20.0.21,hyp-1', '10.20.0.22,hyp-2', '10.20.0.50,hyp-10']
    assert command('hosts', 'hyp-*', *options, '--reverse').lines[1:] == done.lines[:0:-1]


def test_the_width_of_a_terminal_is_kept_to(cloud: Cloud, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = command('hosts').out.split()
    monkeypatch.setenv('COLUMNS', '80')
    for name in ('hosts', 'groups', 'containers', 'tree', 'networks', 'history'):
        done = command(name)
        longest = max(done.lines, key=len)
        assert len(longest) <= 80 or ' ' not in longest.strip(), longest
    assert command('hosts').out.split() == wide


def test_the_tree_shows_containers_below_their_hosts(cloud: Cloud, command: Command) -> None:
    done = command('tree')
    rows = {row['container_name']: row for row in json.loads(command('hosts', '--format', 'json').out)}
    host = ''
    seen = []
    for line in done.lines:
        if line[0] in '├└':
            name, component, address = line[4:].split()
            assert (rows[name]['physical_host'], rows[name]['component']) == (host, component)
            assert rows[name]['ansible_host'] == address
            seen.append(name)
        else:
            host, address = line.split()
            assert rows[host]['ansible_host'] == address
            seen.append(host)
    assert sorted(seen) == sorted(rows)
    assert [one['name'] for one in json.loads(command('tree', 'hyp-*', '--format', 'json').out)] == ['hyp-1', 'hyp-2']


def test_a_host_that_only_its_containers_name_is_shown_as_missing(cloud: Cloud, command: Command) -> None:
    command('remove', 'ctl-a', '--yes')
    assert command('tree').lines[0] == 'ctl-a  (not in the inventory)'


def test_networks_show_how_full_they_are_and_who_has_which_address(cloud: Cloud, command: Command) -> None:
    management = next(
        row for row in records(command('networks', '--format', 'csv').out) if row['network'] == 'management'
    )
    addresses = records(command('networks', 'management', '--addresses', '--format', 'csv').out)
    assert int(management['used']) == len({row['address'] for row in addresses})
    assert int(management['size']) == sum(int(management[key]) for key in ('used', 'free', 'reserved'))
    variables = json.loads(cloud.stored.read_text())['_meta']['hostvars']
    for row in addresses:
        assert variables[row['host']]['container_networks'][row['entry']]['address'] == row['address']


# Plan and check


def test_plan_says_with_its_exit_code_whether_anything_changes(new_cloud: Cloud, command: Command) -> None:
    first = command('plan')
    assert first.code == 2
    assert '+ host hyp-1' in first.lines and first.lines[-1].startswith('The next run changes: ')
    new_cloud.run()
    assert (command('plan').code, command('plan').lines) == (0, ['The next run changes: nothing.'])
    new_cloud.add_host('hyp-3', '10.20.0.23')
    done = command('plan', '--format', 'json')
    assert done.code == 2
    plan = json.loads(done.out)
    assert {'kind': 'host', 'name': 'hyp-3', 'detail': ''} in plan['made']
    assert {'subject': 'group', 'name': 'compute_hosts', 'key': 'hosts', 'after': 'hyp-3'} in plan['differences']


def test_check_finds_a_sound_configuration_and_its_warnings(new_cloud: Cloud, command: Command) -> None:
    before = new_cloud.files()
    assert command('check').out.startswith('The configuration is sound')
    new_cloud.add_host('x', '10.20.0.23', 'computer_hosts')
    done = command('check')
    assert done.code == 0
    assert ', with 1 warning: ' in done.out and 'computer_hosts' in done.err and '[WARNING]' in done.err
    (row,) = records(command('check', '--format', 'csv').out)
    assert (row['level'], row['file'], row['line']) == ('warning', str(new_cloud.directory / 'conf.d' / 'x.yml'), '1')
    (new_cloud.directory / 'conf.d' / 'x.yml').unlink()
    assert new_cloud.files() == before


def test_check_shows_all_mistakes_at_once_and_once(new_cloud: Cloud, command: Command) -> None:
    new_cloud.add_host('x', 'nowhere')
    new_cloud.add_host('y', '10.20.0.300')
    done = command('check')
    assert done.code == 1
    assert done.err.count("'compute_hosts.x.ip' is 'nowhere'") == 1
    assert 'The configuration has 2 mistakes.' in done.err and '^ column 9' in done.err
    rows = json.loads(command('check', '--format', 'json').out)
    assert [(row['level'], row['line'], row['column']) for row in rows] == [('error', 3, 9), ('error', 3, 9)]
    assert command('check', '--format', 'yaml').code == 1


# States


def test_history_tells_who_wrote_what_and_why(cloud: Cloud, command: Command) -> None:
    command('remove', 'hyp-1', '--yes', '--message', 'the board is broken')
    done = command('history', '--format', 'json', '--columns', 'serial,message,hosts')
    rows = json.loads(done.out)
    assert [row['serial'] for row in rows] == [2, 1]
    assert rows[0]['message'] == 'the board is broken'
    assert rows[0]['hosts'] == rows[1]['hosts'] - 1


def test_diff_says_with_its_exit_code_whether_anything_differs(cloud: Cloud, command: Command) -> None:
    command('remove', 'hyp-1', '--yes')
    done = command('diff', 1, 2)
    assert done.code == 2 and '- host hyp-1' in done.lines
    assert (command('diff', 2).code, command('diff', 2).out) == (0, '')
    row = next(row for row in records(command('diff', 1, '--format', 'csv').out) if row['subject'] == 'host')
    assert json.loads(row['before'])['ansible_host'] == '10.20.0.21' and row['after'] == ''
    assert command('diff', 1, 9).code == 1


def test_show_has_the_account_and_the_hosts_or_everything(cloud: Cloud, command: Command) -> None:
    command('remove', 'hyp-1', '--yes')
    done = command('show', 1)
    assert done.lines[0].split() == ['serial', '1'] and any(line.startswith('hyp-1 ') for line in done.lines)
    assert not any(line.startswith('hyp-1 ') for line in command('show').lines)
    whole = json.loads(command('show', 1, '--format', 'json').out)
    assert whole['meta']['serial'] == 1 and 'hyp-1' in whole['inventory']['_meta']['hostvars']


def test_restore_shows_what_it_changes_and_does_it(cloud: Cloud, command: Command) -> None:
    first = cloud.stored.read_bytes()
    command('remove', 'hyp-1', '--yes')
    preview = command('restore', 1, '--dry-run')
    assert preview.code == 0 and '+ host hyp-1' in preview.lines and cloud.stored.read_bytes() != first
    done = command('restore', 1, '--yes')
    assert done.code == 0 and 'Serial 3 is stored' in done.out
    assert cloud.stored.read_bytes() == first
    assert 'nothing to change' in command('restore', 1, '--yes').out


def test_prune_lists_what_it_drops(cloud: Cloud, command: Command) -> None:
    command('remove', 'hyp-1', '--yes')
    assert 'nothing to drop' in command('prune', '--yes').out
    assert command('prune', '--keep', 0, '--dry-run').lines[1].split()[0] == '1'
    assert command('prune', '--keep', 0, '--yes').lines[-1] == 'Done: 1 state was dropped.'
    assert [row['serial'] for row in records(command('history', '--format', 'csv').out)] == ['2']


def test_forget_says_what_it_means(cloud: Cloud, command: Command) -> None:
    assert command('forget', '--yes').code == 1
    command('remove', 'hyp-1', '--yes')
    cloud.stored.unlink()
    preview = command('forget', '--dry-run')
    assert preview.code == 0 and 'NEW names and addresses' in preview.out
    assert '.forgotten-' in preview.out
    assert command('hosts').code == 6
    assert command('forget', '--yes').code == 0
    assert command('plan').code == 2


# Changes


def test_remove_names_the_containers_before_anything_happens(cloud: Cloud, command: Command) -> None:
    before = cloud.stored.read_bytes()
    containers = [row.container_name for row in cloud.manager.hosts() if row.physical_host == 'ctl-a'][1:]
    for arguments, fate in ((), 'stay'), (('--with-containers',), 'go with it'):
        done = command('remove', 'ctl-a', '--dry-run', *arguments)
        assert done.code == 0 and cloud.stored.read_bytes() == before
        assert done.lines[0] == f'ctl-a has {len(containers)} containers, which {fate}:'
        assert [line.split()[0] for line in done.lines[1 : len(containers) + 1]] == containers
        assert '- host ctl-a' in done.lines[len(containers) + 1 :]
    assert f'- host {containers[0]}' in done.lines and '- group ctl-a_host_containers' in done.lines
    assert "'ctl-a' is still configured" in done.err


def test_without_a_yes_and_without_a_terminal_nothing_is_done(cloud: Cloud, command: Command) -> None:
    before = cloud.files()
    done = command('remove', 'hyp-1')
    assert done.code == 1
    assert 'nobody to ask. Say --yes' in done.err and '- host hyp-1' in done.lines
    assert cloud.files() == before


@pytest.mark.parametrize(('answer', 'code'), [('y\n', 0), ('Yes\n', 0), ('n\n', 1), ('\n', 1), ('', 1)])
def test_a_person_is_asked(
    cloud: Cloud, command: Command, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    monkeypatch.setattr(Console, 'can_ask', lambda self: True)
    monkeypatch.setattr('sys.stdin', io.StringIO(answer))
    done = command('remove', 'hyp-1')
    assert done.code == code
    assert 'Remove this from the inventory? [y/N]' in done.out
    assert ('hyp-1' in json.loads(cloud.stored.read_text())['_meta']['hostvars']) == bool(code)


def test_remove_group_and_clear_ips(cloud: Cloud, command: Command) -> None:
    done = command('remove-group', 'memcached', '--yes')
    assert done.lines[0] == '- group memcached' and done.lines[-1].startswith('Done: 1 removed group. Serial 2 ')
    done = command('clear-ips', '--limit', 'ctl-a-galera-*', '--yes')
    assert done.lines[0].startswith('~ host ctl-a-galera-container-') and 'loses ansible_host' in done.lines[0]
    assert command('clear-ips', '--limit', 'ctl-a-galera-*', '--yes').lines == ['There is nothing to change.']


@pytest.mark.parametrize(
    'arguments',
    [('remove', 'nope'), ('remove-group', 'nope'), ('clear-ips', '--limit', 'nope'), ('remove-group', 'all')],
)
def test_unknown_names_are_errors(cloud: Cloud, command: Command, arguments: tuple[str, ...]) -> None:
    done = command(*arguments, '--yes')
    assert (done.code, done.out) == (1, '')
    assert done.err.startswith('[ERROR]: ') and done.err.count('[ERROR]') == 1


# Files


def test_export_and_import(cloud: Cloud, command: Command, tmp_path: pathlib.Path) -> None:
    stored = json.loads(cloud.stored.read_text())
    exported = command('export').out
    assert json.loads(exported) == cloud.manager.export_hosts()
    assert yaml.safe_load(command('export', '--complete', '--format', 'yaml').out) == stored
    file = tmp_path / 'inventory.json'
    file.write_text(command('export', '--complete').out)
    assert json.loads(file.read_text()) == stored
    command('remove', 'hyp-1', '--yes')
    assert '+ host hyp-1' in command('import', file, '--dry-run').lines
    assert command('import', file, '--yes').code == 0
    assert json.loads(cloud.stored.read_text()) == stored
    file.write_text(exported)
    wrong = command('import', file, '--yes')
    assert wrong.code == 1 and "no '_meta'" in wrong.err and 'export --complete' in wrong.err
    assert "nowhere.json' cannot be read: No such file" in command('import', tmp_path / 'nowhere.json').err


# The lock


def test_lock_and_unlock(cloud: Cloud, command: Command) -> None:
    assert command('lock', '--show').lines == ['Nobody holds the lock.']
    done = command('lock', 'moving')
    lock_id = done.lines[0].rpartition(' ')[2].rstrip('.')
    assert f"for 'moving', id {lock_id}" in command('lock', '--show').out
    refused = command('remove', 'hyp-1', '--yes')
    assert refused.code == 4 and f'osa-inventory unlock {lock_id}' in refused.err
    assert command('lock').code == 4
    assert command('hosts').code == 0
    assert command('remove', 'hyp-1', '--yes', '--lock-id', lock_id).code == 0
    assert command('unlock').lines[0].startswith('Released: ')
    assert command('unlock').lines == ['Nobody holds the lock.']


def test_the_lock_of_somebody_else_is_broken_by_its_id_alone(cloud: Cloud, command: Command) -> None:
    info = LockInfo('id-of-alice', 'alice@deploy2', 'a long one', 'deploy2', '2026-01-02T03:04:05Z')
    cloud.manager.store.storage.lock(info, 0)
    assert command('unlock').code == 4
    assert command('unlock', 'id-of-alice').code == 0


# Storages


def test_storages_are_listed_explained_and_checked(cloud: Cloud, command: Command) -> None:
    assert [row['name'] for row in json.loads(command('storage', 'list', '--format', 'json').out)][:2] == [
        'file',
        'none',
    ]
    shown = command('storage', 'doc', 'sql').out
    assert 'OSA_INVENTORY_SQL_URL' in shown and 'str, secret' in shown and 'storage-sql.md' in shown
    assert command('storage', 'doc', 'sqll').code == 1
    done = command('storage', 'check')
    assert done.code == 0 and {line.split()[0] for line in done.lines[1:]} == {'ok'}
    assert 'nothing to upgrade' in command('storage', 'upgrade').out


def test_the_tables_of_a_database_are_made_and_kept_up_to_date(
    new_cloud: Cloud, command: Command, tmp_path: pathlib.Path
) -> None:
    new_cloud.configure(f'storage: {{class: sql, url: "sqlite:///{tmp_path}/state.sqlite"}}\n')
    refused = command('hosts')
    assert refused.code == 5 and 'osa-inventory storage upgrade' in refused.err
    assert 'from revision none to ' in command('storage', 'upgrade').out
    assert 'is up to date' in command('storage', 'upgrade').out
    new_cloud.run()
    assert command('hosts', 'hyp-1').code == 0
    assert command('storage', 'check').code == 0


def test_verbosity_does_not_spoil_the_output(cloud: Cloud, command: Command) -> None:
    quiet = command('hosts', '--format', 'json')
    done = command('-v', 'hosts', '--format', 'json')
    assert done.out == quiet.out
    assert f'the source is {cloud.source}' in done.err and f'the inventory is kept in {cloud.stored}' in done.err
