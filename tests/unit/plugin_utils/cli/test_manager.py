# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python API on real stored inventories."""

from __future__ import annotations

import dataclasses
import json
import pathlib

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    ConfigurationErrors,
    InventoryError,
    OSAInventoryError,
    SourceNotFound,
    StateConflict,
    StateLost,
    StateRegressed,
    StorageError,
    StorageLocked,
    StorageRefused,
)
from ansible_collections.osa.inventory.plugins.module_utils.results import Change, Kind
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import LockInfo
from ansible_collections.osa.inventory.plugins.plugin_utils.operators.api import (
    InventoryManager,
    describe_storage,
    find_source,
    storages,
)
from ansible_collections.osa.inventory.plugins.plugin_utils.run.report import detail
from ansible_collections.osa.inventory.tests.unit.plugin_utils.cli.clouds import Cloud

STABLE = 'container_naming: stable\naddress_allocation: stable\n'


def containers_of(cloud: Cloud, host: str) -> list[str]:
    (machine,) = [one for one in cloud.manager.machines() if one.name == host]
    return [row.container_name for row in machine.containers]


# Looking


def test_what_is_listed_is_what_is_stored(cloud: Cloud) -> None:
    inventory = json.loads(cloud.stored.read_text())
    manager = cloud.manager
    assert manager.inventory() == inventory
    assert [row.container_name for row in manager.hosts()] == sorted(inventory['_meta']['hostvars'])
    assert manager.groups()['compute_hosts'] == inventory['compute_hosts']['hosts']
    assert 'compute_hosts' in manager.containers()['hyp-1']
    assert manager.export_hosts()['hosts']['hyp-1']['hostvars'] == inventory['_meta']['hostvars']['hyp-1']
    assert {one.name for one in manager.machines()} == {'ctl-a', 'ctl-b', 'ctl-c', 'hyp-1', 'hyp-2', 'vol-1', 'vol-2'}


def test_before_the_first_run_there_is_nothing_to_list_and_the_way_to_it_is_named(new_cloud: Cloud) -> None:
    with pytest.raises(StorageError, match="No inventory of 'default/default' is stored") as caught:
        new_cloud.manager.hosts()
    assert f'ansible-inventory -i {new_cloud.source}' in (caught.value.help_text or '')
    assert {usage.used for usage in new_cloud.manager.networks()} == {0}


def test_looking_changes_no_file_with_persist_never(cloud: Cloud) -> None:
    (cloud.directory / '.osa_inventory_seen.json').unlink()
    cloud.configure('persist: never\n')
    before = cloud.files()
    manager = cloud.manager
    manager.hosts(), manager.show(), manager.networks(), manager.plan(), manager.history()
    manager.remove_hosts(['hyp-1'], preview=True)
    assert cloud.files() == before


def test_nothing_is_changed_with_persist_never(cloud: Cloud) -> None:
    cloud.configure('persist: never\n')
    manager = cloud.manager
    for change in (
        lambda: manager.remove_hosts(['hyp-1']),
        lambda: manager.restore(1),
        lambda: manager.prune(0),
        lambda: manager.lock('a test'),
        manager.unlock,
        manager.forget,
    ):
        with pytest.raises(StorageRefused, match='persist: never'):
            change()


def test_where_nothing_is_kept_the_next_run_is_shown(new_cloud: Cloud) -> None:
    new_cloud.configure(f'storage: none\n{STABLE}')
    manager = new_cloud.manager
    assert [row.container_name for row in manager.hosts()] == [row.container_name for row in new_cloud.manager.hosts()]
    assert manager.notices() == ()
    with pytest.raises(StorageRefused, match='keeps nothing'):
        manager.remove_hosts(['hyp-1'], preview=True)


def test_where_names_are_drawn_anew_each_time_that_is_said(new_cloud: Cloud) -> None:
    new_cloud.configure('storage: {class: none, ephemeral: true}\n')
    manager = new_cloud.manager
    manager.hosts()
    assert 'other names and addresses' in manager.notices()[0].message


# Planning


def test_a_plan_of_what_is_stored_is_empty(cloud: Cloud) -> None:
    plan = cloud.manager.plan()
    assert (plan.differs, plan.made, plan.differences, plan.summary) == (False, (), (), 'no changes')


def test_a_plan_writes_nothing(new_cloud: Cloud) -> None:
    before = new_cloud.files()
    assert new_cloud.manager.plan().differs
    assert new_cloud.files() == before


def test_a_stable_plan_is_what_the_run_does_to_the_letter(cloud: Cloud) -> None:
    cloud.configure(STABLE)
    cloud.add_host('ctl-d', '10.20.0.49', 'identity_hosts')
    plan = cloud.manager.plan()
    done = cloud.run()
    altered = (Kind.ALTERED_HOST, Kind.ALTERED_GROUP)
    assert plan.made == tuple(change for change in done.changes if change.kind not in altered)
    assert plan.differences == tuple(one for one in cloud.manager.diff(1) if one.key)
    assert any(change.kind == Kind.CONTAINER for change in plan.made)


def test_a_random_plan_has_the_counts_of_the_run_and_no_names_that_will_be_others(cloud: Cloud) -> None:
    cloud.add_host('ctl-d', '10.20.0.49', 'identity_hosts')
    cloud.manager.clear_addresses('ctl-a-galera-*')
    plan = cloud.manager.plan()
    done = cloud.run()
    assert plan.summary == done.summary()
    made = {change.name for change in done.changes if change.kind == Kind.CONTAINER}
    drawn = {change.address for change in done.changes if change.kind == Kind.ADDRESS}
    shown = [f'{one.name} {detail(one)}' for one in plan.made] + [str(one) for one in plan.differences]
    assert made and drawn
    assert [line for line in shown if any(name in line for name in made)] == []
    assert [line for line in shown if any(f'"{address}"' in line for address in drawn)] == []
    assert Change(Kind.CONTAINER, 'ctl-d-keystone-container-*', host='ctl-d') in plan.made
    assert any(line.startswith('+ host ctl-a-galera-container') and '"address": "*"' in line for line in shown)


def test_hosts_that_left_the_configuration_are_no_difference(cloud: Cloud) -> None:
    cloud.add_host('hyp-3', '10.20.0.23')
    cloud.run()
    (cloud.directory / 'conf.d' / 'hyp-3.yml').unlink()
    plan = cloud.manager.plan()
    assert (plan.differs, plan.unconfigured) == (False, ('hyp-3',))
    assert any('no longer configured' in notice.message for notice in plan.warnings)


def test_all_mistakes_of_the_configuration_are_found_at_once(cloud: Cloud) -> None:
    cloud.add_host('hyp-3', '10.20.0.300')
    cloud.add_host('hyp-4', 'nowhere')
    with pytest.raises(ConfigurationErrors) as caught:
        cloud.manager.check()
    assert len(caught.value.errors) == 2


# Changing


def test_a_preview_changes_nothing_and_the_change_is_what_it_announced(cloud: Cloud) -> None:
    before = cloud.files()
    preview = cloud.manager.remove_hosts(['ctl-a'], True, preview=True)
    assert cloud.files() == before
    done = cloud.manager.remove_hosts(['ctl-a'], True, announced=preview)
    assert done.changes == preview.changes
    assert done.after and done.after.message == 'remove ctl-a'
    assert not any(row.physical_host == 'ctl-a' for row in cloud.manager.hosts())


def test_a_host_that_is_still_configured_is_warned_about_where_it_stands(cloud: Cloud) -> None:
    result = cloud.manager.remove_hosts(['hyp-1'], preview=True)
    (notice,) = result.warnings
    assert "'hyp-1' is still configured" in notice.message
    assert notice.place and notice.place.file == str(cloud.directory / 'openstack_user_config.yml')


def test_a_container_is_not_warned_about_and_the_next_run_makes_another(cloud: Cloud) -> None:
    (galera,) = [name for name in containers_of(cloud, 'ctl-a') if 'galera' in name]
    assert cloud.manager.remove_hosts([galera]).warnings == ()
    assert cloud.run().summary().startswith('1 container, ')
    assert galera not in containers_of(cloud, 'ctl-a')


def test_a_removed_host_does_not_come_back_unless_configured(cloud: Cloud) -> None:
    cloud.add_host('hyp-3', '10.20.0.23')
    cloud.run()
    (cloud.directory / 'conf.d' / 'hyp-3.yml').unlink()
    assert cloud.manager.remove_hosts(['hyp-3'], True).warnings == ()
    assert cloud.run().changes == ()
    cloud.manager.remove_hosts(['hyp-2'], True)
    cloud.run()
    names = {row.container_name for row in cloud.manager.hosts()}
    assert 'hyp-3' not in names and 'hyp-2' in names


def test_mistakes_of_the_configuration_do_not_stop_a_removal(cloud: Cloud) -> None:
    cloud.add_host('hyp-3', 'nowhere')
    (notice,) = cloud.manager.remove_hosts(['hyp-1']).warnings
    assert 'not known' in notice.message


def test_unknown_names_are_errors_and_nothing_happens(cloud: Cloud) -> None:
    before = cloud.files()
    with pytest.raises(InventoryError, match="'hyp-9' is not a host") as caught:
        cloud.manager.remove_hosts(['hyp-1', 'hyp-9'])
    assert caught.value.help_text and "'hyp-" in caught.value.help_text
    with pytest.raises(InventoryError, match="'keyston' is not a group"):
        cloud.manager.remove_groups(['keyston'])
    with pytest.raises(InventoryError, match='does not match'):
        cloud.manager.clear_addresses('nothing*')
    assert cloud.files() == before


def test_what_a_preview_did_not_announce_is_not_done(cloud: Cloud) -> None:
    preview = cloud.manager.remove_hosts(['ctl-a'], True, preview=True)
    cloud.manager.remove_hosts(containers_of(cloud, 'ctl-a')[:1])
    serial = cloud.manager.history()[0].serial
    with pytest.raises(StateConflict, match='since the preview'):
        cloud.manager.remove_hosts(['ctl-a'], True, announced=preview)
    assert cloud.manager.history()[0].serial == serial


def test_groups_and_addresses_go_as_their_transforms_say(cloud: Cloud) -> None:
    cloud.manager.remove_groups(['memcached'], message='not needed')
    assert 'memcached' not in cloud.manager.inventory()
    cloud.manager.clear_addresses('ctl-a-*')
    rows = {row.container_name: row for row in cloud.manager.hosts()}
    assert {row.ansible_host for name, row in rows.items() if name.startswith('ctl-a-')} == {None}
    assert rows['ctl-a'].ansible_host
    messages = [meta.message for meta in cloud.manager.history()]
    assert messages[:2] == ["clear addresses of 'ctl-a-*'", 'not needed']


# History


def test_states_are_shown_compared_and_restored(cloud: Cloud) -> None:
    first = cloud.stored.read_bytes()
    cloud.manager.remove_hosts(['hyp-1'])
    manager = cloud.manager
    assert [meta.serial for meta in manager.history()] == [2, 1]
    assert 'hyp-1' in manager.show(1).inventory['_meta']['hostvars']
    assert 'hyp-1' not in manager.show().inventory['_meta']['hostvars']
    assert '- host hyp-1' in [str(one) for one in manager.diff(1)]
    assert '+ host hyp-1' in [str(one) for one in manager.diff(2, 1)]
    assert Change(Kind.HOST, 'hyp-1') in manager.restore(1, preview=True).changes
    assert cloud.manager.show().meta.serial == 2
    manager.restore(1)
    assert cloud.stored.read_bytes() == first
    assert cloud.manager.show().meta.serial == 3


def test_a_serial_that_is_not_kept_is_an_error(cloud: Cloud) -> None:
    for look in (cloud.manager.show, cloud.manager.restore, lambda serial: cloud.manager.restore(serial, preview=True)):
        with pytest.raises(StorageError, match='Serial 99 is not kept'):
            look(99)


def test_a_lost_state_can_be_restored_and_the_preview_says_what_there_is(cloud: Cloud) -> None:
    cloud.manager.clear_addresses('ctl-a-galera-*')
    first = cloud.manager.show(1).inventory
    cloud.stored.unlink()
    with pytest.raises(StateLost):
        cloud.manager.hosts()
    preview = cloud.manager.restore(1, preview=True)
    assert 'no newest state to compare with' in preview.warnings[0].message
    cloud.manager.restore(1)
    assert cloud.manager.inventory() == first


def test_prune_drops_what_its_preview_lists(cloud: Cloud) -> None:
    for name in ('hyp-1', 'hyp-2', 'ctl-a'):
        cloud.manager.remove_hosts([name])
    assert cloud.manager.prune(preview=True) == []
    preview = cloud.manager.prune(1, preview=True)
    assert [meta.serial for meta in preview] == [2, 1]
    assert cloud.manager.prune(1) == preview
    assert [meta.serial for meta in cloud.manager.history()] == [4, 3]
    with pytest.raises(StorageError, match='-1 is not a number'):
        cloud.manager.prune(-1)


# Starting anew


def test_a_sound_or_new_state_has_nothing_to_forget(new_cloud: Cloud) -> None:
    with pytest.raises(StorageError, match='Nothing was ever stored'):
        new_cloud.manager.forget()
    new_cloud.run()
    with pytest.raises(StorageError, match='Serial 1 is stored in'):
        new_cloud.manager.forget()


def test_forgetting_a_lost_state_puts_files_aside_and_the_next_run_starts_anew(cloud: Cloud) -> None:
    cloud.manager.clear_addresses('ctl-a-*')
    before = {row.container_name for row in cloud.manager.hosts()}
    kept = (cloud.directory / 'backup_openstack_inventory.tar').read_bytes()
    cloud.stored.unlink()
    files = cloud.files()
    preview = cloud.manager.forget(preview=True)
    assert cloud.files() == files
    assert preview.lost
    done = cloud.manager.forget()
    assert done.files.keys() == preview.files.keys()
    aside = done.files[str(cloud.directory / 'backup_openstack_inventory.tar')]
    assert pathlib.Path(aside).read_bytes() == kept
    cloud.run()
    assert {row.container_name for row in cloud.manager.hosts()} != before
    assert [meta.serial for meta in cloud.manager.history()] == [1]


def test_forgetting_a_newer_state_accepts_the_older_one(cloud: Cloud) -> None:
    old = {name: content for name, content in cloud.files().items() if '.osa_inventory_seen' not in name}
    cloud.manager.remove_hosts(['hyp-1'])
    for name, content in old.items():
        pathlib.Path(name).write_bytes(content)
    (cloud.directory / 'backup_openstack_inventory.tar').unlink()
    with pytest.raises(StateRegressed):
        cloud.manager.hosts()
    before = cloud.files().keys()
    done = cloud.manager.forget()
    assert (done.lost, done.files) == (False, {})
    assert cloud.files().keys() == before - {str(cloud.directory / '.osa_inventory_seen.json')}
    assert cloud.manager.show().meta.serial == 1


# Importing


def test_what_is_exported_can_be_imported_and_is_the_same(cloud: Cloud) -> None:
    data = json.dumps(cloud.manager.inventory()).encode()
    assert cloud.manager.import_inventory(data, 'x.json').changes == ()
    assert cloud.manager.show().meta.serial == 1
    cloud.manager.remove_hosts(['hyp-1'])
    preview = cloud.manager.import_inventory(data, 'x.json', preview=True)
    assert Change(Kind.HOST, 'hyp-1') in preview.changes
    cloud.manager.import_inventory(data, 'x.json', announced=preview)
    assert json.dumps(cloud.manager.inventory()).encode() == data
    assert cloud.manager.history()[0].message == "import of 'x.json'"


def test_an_inventory_can_be_the_first_one(cloud: Cloud, tmp_path: pathlib.Path) -> None:
    data = cloud.stored.read_bytes()
    cloud.configure(f'storage: {{class: file, path: {tmp_path}/new/state.json}}\n')
    (tmp_path / 'new').mkdir()
    for name in ('openstack_inventory.json', '.osa_inventory_seen.json'):
        (cloud.directory / name).unlink()
    cloud.manager.import_inventory(data, 'x.json')
    assert (tmp_path / 'new' / 'state.json').read_bytes() == data


def test_other_order_of_members_is_a_change(cloud: Cloud) -> None:
    inventory = cloud.manager.inventory()
    inventory['compute_hosts']['hosts'].reverse()
    result = cloud.manager.import_inventory(json.dumps(inventory).encode(), 'x.json', preview=True)
    assert result.changes == (Change(Kind.ALTERED_GROUP, 'compute_hosts'),)


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('', 'empty'),
        ('{"_meta": {"hostvars": {}}, ', 'truncated'),
        ('[]', 'a list instead of an object'),
        ('{}', "no '_meta'"),
        ('{"_meta": {"hostvars": {"a": {}}}, "x": {"hosts": ["b"]}}', "unknown host 'b'"),
        ('{"_meta": {"hostvars": {"a": {}}}, "a": {"hosts": ["a"]}}', "'a' is the name of a host and of a group"),
        ('{"_meta": {"hostvars": {"a": {}, "a": {}}}}', "the key 'a' twice"),
        ('{"_meta": {"hostvars": {}}, "x": {"children": ["y"]}, "y": {"children": ["x"]}}', 'contain each other'),
        ('{"_meta": {"hostvars": {"a": {"b": NaN}}}}', 'NaN'),
    ],
)
def test_what_is_no_sound_inventory_is_refused_and_says_why(cloud: Cloud, text: str, said: str) -> None:
    before = cloud.files()
    with pytest.raises(InventoryError, match=said):
        cloud.manager.import_inventory(text.encode(), 'x.json')
    assert cloud.files() == before


# The lock


def test_a_lock_stops_others_until_it_is_released(cloud: Cloud) -> None:
    info = cloud.manager.lock('moving')
    with pytest.raises(StorageLocked, match="'moving'") as caught:
        cloud.manager.remove_hosts(['hyp-1'])
    assert f'osa-inventory unlock {info.id}' in (caught.value.help_text or '')
    assert cloud.manager.holder() == info
    own = InventoryManager(cloud.manager.source, lock_id=info.id)
    own.remove_hosts(['hyp-1'])
    assert cloud.manager.unlock() == info
    assert cloud.manager.holder() is None and cloud.manager.unlock() is None
    cloud.manager.remove_hosts(['hyp-2'])


def test_the_lock_of_somebody_else_needs_its_id(cloud: Cloud) -> None:
    info = LockInfo('id-of-alice', 'alice@deploy2', 'a long one', 'deploy2', '2026-01-02T03:04:05Z')
    cloud.manager.store.storage.lock(info, 0)
    for lock_id in (None, 'another-id'):
        with pytest.raises(StorageLocked, match='alice@deploy2'):
            cloud.manager.unlock(lock_id)
    assert cloud.manager.unlock('id-of-alice') == info


# Sources and storages


def test_the_first_source_that_is_ours_is_found_in_files_and_directories(cloud: Cloud, tmp_path: pathlib.Path) -> None:
    (tmp_path / 'hosts').write_text('localhost\n')
    assert find_source([str(tmp_path / 'hosts'), str(cloud.directory), '/x/osa.yml']) == str(cloud.source)


def test_without_a_source_of_ours_all_that_was_tried_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / 'a.yml').write_text('plugin: other\n')
    with pytest.raises(SourceNotFound) as caught:
        find_source(['/nowhere/osa.yml', str(tmp_path)])
    assert "'/nowhere/osa.yml': it is not there" in caught.value.message
    assert "a.yml': its key 'plugin' is 'other'" in caught.value.message


def test_the_storages_are_listed_and_described() -> None:
    assert [one.name for one in storages()][:5] == ['file', 'none', 'sql', 'redis', 'swift']
    sql = describe_storage('sql')
    (url,) = [option for option in sql.options if option.name == 'url']
    assert dataclasses.astuple(url)[1:5] == ('str', True, None, True)
    assert url.environment == ('OSA_INVENTORY_SQL_URL',)
    assert {option.name for option in sql.common} == {'keep', 'keep_input', 'encrypt', 'timeout'}
    assert sql.page and sql.page.endswith('storage-sql.md')
    assert describe_storage('osa.inventory.file').options == describe_storage('file').options
    with pytest.raises(OSAInventoryError, match="no storage 'sqlite'"):
        describe_storage('sqlite')


def test_a_storage_without_tables_has_nothing_to_upgrade(cloud: Cloud) -> None:
    assert cloud.manager.storage_upgrade() is None


def test_the_cache_of_ansible_is_told_of_where_it_may_be_stale(cloud: Cloud, tmp_path: pathlib.Path) -> None:
    data = cloud.stored.read_bytes()
    cloud.configure(
        f'storage: {{class: sql, url: "sqlite:///{tmp_path}/state.sqlite"}}\nregion: north\n'
        f'cache: true\ncache_plugin: jsonfile\ncache_connection: {tmp_path}/cache\n'
    )
    cloud.stored.unlink()
    (cloud.directory / '.osa_inventory_seen.json').unlink()
    (cloud.directory / '.openstack_inventory.meta.json').unlink()
    assert cloud.manager.storage_upgrade()
    (notice,) = cloud.manager.import_inventory(data, 'x.json').warnings
    assert 'cache' in notice.message and '--flush-cache' in (notice.help_text or '')
    assert cloud.manager.import_inventory(data, 'x.json').warnings == ()
