# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `file`: what is beside what, who is believed, and what is refused."""

from __future__ import annotations

import dataclasses
import json
import os
import stat

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.canonical import digest
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    StateConflict,
    StateDamaged,
    StateLost,
    StateTooNew,
    StorageLocked,
    StorageOptionError,
    StorageRefused,
    StorageUnreachable,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import LockInfo
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats import metadata
from support.storage_samples import ARCHIVE, LOCK, NAME, SIDE, file_storage, inventory, leftovers

AS_WRITTEN = {'indent': 4, 'separators': (',', ': '), 'sort_keys': True}


@pytest.fixture
def directory(tmp_path):
    return tmp_path


def write(storage, wanted, message='', source=None):
    """Store an inventory on what is stored now; returns its account."""
    state = storage.read()
    base = state.meta if state else None
    meta = metadata.account(wanted, base, message)
    storage.commit(wanted, meta, base, source)
    return meta


def test_never_stored_is_none_and_reading_makes_nothing(directory):
    storage = file_storage(directory)
    assert storage.read() is None
    assert storage.load() is None
    assert storage.history() == []
    assert storage.holder() is None
    assert list(directory.iterdir()) == []


def test_register_does_not_look_at_the_directory(directory):
    file_storage(directory / 'missing')


def test_a_place_is_needed():
    from ansible_collections.osa.inventory.plugins.module_utils.storage.file.storage import StorageModule

    with pytest.raises(StorageOptionError, match="'path'"):
        StorageModule().register({})


def test_a_missing_directory_is_not_never_stored(directory):
    storage = file_storage(directory / 'not mounted')
    with pytest.raises(StorageUnreachable, match='not mounted'):
        storage.read()
    with pytest.raises(StorageUnreachable):
        storage.commit(inventory(), metadata.account(inventory(), None, ''), None)


def test_the_file_is_what_the_reference_writes(directory):
    wanted = inventory('a', 'ü', note='ß "quoted" \\ \u2028', empty={}, nothing=[], number=1.5)
    write(file_storage(directory), wanted)
    assert (directory / NAME).read_bytes() == json.dumps(wanted, **AS_WRITTEN).encode()


def test_a_state_comes_back_with_its_account(directory):
    meta = write(file_storage(directory), inventory('a'), 'first')
    state = file_storage(directory).read()
    assert state.inventory == inventory('a')
    assert state.meta == meta
    assert state.source is None
    assert sorted(path.name for path in directory.iterdir()) == [LOCK, SIDE, NAME]


def test_the_three_methods_work(directory):
    storage = file_storage(directory)
    storage.write(inventory('a'))
    storage.write(inventory('a', 'b'))
    assert file_storage(directory).load() == inventory('a', 'b')
    other = file_storage(directory)
    other.load()
    storage.write(inventory('c'))
    with pytest.raises(StateConflict):
        other.write(inventory('d'))
    assert file_storage(directory).load() == inventory('c')


def test_a_conflict_names_who_wrote_what(directory):
    storage = file_storage(directory)
    first = write(storage, inventory('a'))
    second = write(storage, inventory('a', 'b'), 'one more')
    with pytest.raises(StateConflict) as caught:
        storage.commit(inventory('c'), metadata.account(inventory('c'), first, ''), first)
    for word in ('Serial 2', second.writer, second.written_at, 'one more', 'serial 1'):
        assert word in caught.value.message
    with pytest.raises(StateConflict, match='nothing was stored'):
        storage.commit(inventory('c'), metadata.account(inventory('c'), None, ''), None)
    assert storage.read().meta == second


def test_an_account_of_another_write_with_the_same_serial_conflicts(directory):
    storage = file_storage(directory)
    meta = write(storage, inventory('a'))
    stranger = dataclasses.replace(meta, write_id='x')
    with pytest.raises(StateConflict):
        storage.commit(inventory('c'), metadata.account(inventory('c'), stranger, ''), stranger)


# Data and side file


def test_taken_over_from_the_reference(directory):
    (directory / NAME).write_text(json.dumps(inventory('a'), **AS_WRITTEN))
    storage = file_storage(directory)
    state = storage.read()
    assert (state.meta.serial, state.meta.lineage, state.meta.write_id, state.meta.writer) == (0, '', '', 'unknown')
    assert state.meta.sha256 == digest(inventory('a'))
    assert [path.name for path in directory.iterdir()] == [NAME]
    meta = write(storage, inventory('a', 'b'))
    assert (meta.serial, meta.parent) == (1, state.meta.sha256)
    assert meta.lineage
    assert [kept.serial for kept in storage.history()] == [1, 0]
    assert storage.read(0).inventory == inventory('a')
    assert storage.take_notices() == ()


def test_changed_by_hand_becomes_a_serial_of_its_own(directory):
    storage = file_storage(directory)
    first = write(storage, inventory('a'))
    (directory / NAME).write_text(json.dumps(inventory('by hand')))
    state = storage.read()
    assert (state.meta.serial, state.meta.lineage, state.meta.parent) == (2, first.lineage, first.sha256)
    assert state.meta.writer == 'unknown'
    assert storage.take_notices() == ()
    assert write(storage, inventory('c')).serial == 3
    (notice,) = storage.take_notices()
    assert 'changed by hand' in notice.message
    assert 'serial 2' in notice.help_text
    assert [meta.serial for meta in storage.history()] == [3, 2]
    assert [storage.read(serial).inventory for serial in (3, 2)] == [inventory('c'), inventory('by hand')]
    assert storage.read(1) is None
    write(storage, inventory('d'))
    assert storage.take_notices() == ()


def test_another_layout_of_the_same_data_is_no_change(directory):
    storage = file_storage(directory)
    meta = write(storage, inventory('a'))
    (directory / NAME).write_text(json.dumps(inventory('a')))
    assert storage.read().meta == meta
    write(storage, inventory('b'))
    assert storage.read(1).inventory == inventory('a')
    assert storage.take_notices() == ()


def test_a_side_file_ahead_of_its_data_tells_the_old_state(directory):
    storage = file_storage(directory)
    first = write(storage, inventory('a'))
    old = (directory / NAME).read_bytes()
    write(storage, inventory('b'))
    (directory / NAME).write_bytes(old)
    assert storage.read().meta == first


def test_data_is_not_serialised_to_be_recognised(directory, monkeypatch):
    write(file_storage(directory), inventory('a'))
    monkeypatch.setattr('ansible_collections.osa.inventory.plugins.module_utils.canonical.canonical', None)
    assert file_storage(directory).read().inventory == inventory('a')


def test_another_region_is_refused(directory):
    write(file_storage(directory, tenant='acme', region='one'), inventory('a'))
    other = file_storage(directory, tenant='acme', region='two')
    with pytest.raises(StorageRefused, match="'acme/one' instead of 'acme/two'"):
        other.read()
    with pytest.raises(StorageRefused):
        other.commit(inventory('b'), metadata.account(inventory('b'), None, ''), None)
    assert file_storage(directory, tenant='acme', region='one').load() == inventory('a')


def test_a_path_of_its_own(directory):
    config, elsewhere = directory / 'config', directory / 'state'
    config.mkdir()
    elsewhere.mkdir()
    storage = file_storage(config, path=os.fspath(elsewhere / 'west.json'))
    write(storage, inventory('a'))
    write(storage, inventory('b'))
    assert list(config.iterdir()) == []
    names = {path.name for path in elsewhere.iterdir()}
    assert names == {'west.json', '.west.meta.json', '.west.lock', 'backup_west.tar'}
    assert storage.describe() == os.fspath(elsewhere / 'west.json')


# Lost and damaged


def test_a_removed_file_is_lost_not_new(directory):
    storage = file_storage(directory)
    write(storage, inventory('a'))
    (directory / NAME).unlink()
    with pytest.raises(StateLost) as caught:
        storage.read()
    assert SIDE in caught.value.message
    assert 'forget' in caught.value.help_text
    with pytest.raises(StateLost):
        storage.commit(inventory('b'), metadata.account(inventory('b'), None, ''), None)
    assert not (directory / NAME).exists()
    assert storage.proofs() == [os.fspath(directory / SIDE)]


def test_a_backup_without_its_file_is_lost_too(directory):
    storage = file_storage(directory)
    write(storage, inventory('a'))
    write(storage, inventory('b'))
    (directory / NAME).unlink()
    (directory / SIDE).unlink()
    with pytest.raises(StateLost, match=r'backup_openstack_inventory\.tar'):
        storage.read()


@pytest.mark.parametrize('data', [b'', b'{"_meta": {"hostv', b'garbage', b'null', b'\xff'])
def test_damage_has_a_place_and_a_remedy_and_stays_as_it_is(directory, data):
    storage = file_storage(directory)
    write(storage, inventory('a'))
    write(storage, inventory('b'))
    (directory / NAME).write_bytes(data)
    with pytest.raises(StateDamaged) as caught:
        storage.read()
    assert caught.value.place.file == os.fspath(directory / NAME)
    assert ARCHIVE in caught.value.help_text
    assert 'left as it is' in caught.value.help_text
    with pytest.raises(StateDamaged):
        storage.commit(inventory('c'), metadata.account(inventory('c'), None, ''), None)
    assert (directory / NAME).read_bytes() == data


def test_a_directory_in_the_place_of_the_file(directory):
    (directory / NAME).mkdir()
    with pytest.raises(StateDamaged, match='is a directory'):
        file_storage(directory).read()


def test_a_pipe_in_the_place_of_the_file(directory):
    os.mkfifo(directory / NAME)
    with pytest.raises(StateDamaged, match='not a regular file'):
        file_storage(directory).read()


def test_utf8_is_read(directory):
    (directory / NAME).write_text('{"_meta":{"hostvars":{"infra1":{"x":"é"}}}}', encoding='utf-8')
    assert file_storage(directory).load()['_meta']['hostvars']['infra1']['x'] == 'é'


@pytest.mark.parametrize('data', [b'garbage', b'{}', b'{"format": 1, "states": [{"meta": {}}]}'])
def test_a_damaged_side_file_is_told(directory, data):
    storage = file_storage(directory)
    write(storage, inventory('a'))
    (directory / SIDE).write_bytes(data)
    with pytest.raises(StateDamaged) as caught:
        storage.read()
    assert SIDE in str(caught.value)


def test_a_side_file_of_a_later_version_is_too_new(directory):
    storage = file_storage(directory)
    write(storage, inventory('a'))
    values = json.loads((directory / SIDE).read_text())
    (directory / SIDE).write_text(json.dumps({**values, 'format': 2}))
    with pytest.raises(StateTooNew, match='format 2'):
        storage.read()


def test_recover_moves_damage_aside(directory):
    storage = file_storage(directory)
    write(storage, inventory('a'))
    meta = write(storage, inventory('b'))
    (directory / NAME).write_bytes(b'garbage')
    assert storage.recover() == meta
    assert not (directory / NAME).exists()
    (aside,) = directory.glob(f'{NAME}.damaged-*')
    assert aside.read_bytes() == b'garbage'
    assert storage.take_notices()
    kept = storage.read(1)
    storage.commit(kept.inventory, metadata.account(kept.inventory, meta, ''), meta)
    assert storage.read().meta.serial == 3


def test_recover_leaves_a_sound_state_alone(directory):
    storage = file_storage(directory)
    meta = write(storage, inventory('a'))
    assert storage.recover() == meta
    assert storage.load() == inventory('a')


# Rights


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize('umask', [0o000, 0o777, 0o022])
def test_new_files_are_private_whatever_the_umask(directory, umask):
    before = os.umask(umask)
    try:
        storage = file_storage(directory, keep_input=True)
        write(storage, inventory('a'), source={'x': 1})
        write(storage, inventory('b'), source={'x': 2})
    finally:
        os.umask(before)
    for name in (NAME, SIDE, LOCK, ARCHIVE):
        assert mode(directory / name) == 0o600, name
    kept = directory / '.openstack_inventory.inputs'
    assert mode(kept) == 0o700
    assert {mode(path) for path in kept.iterdir()} == {0o600}


def test_an_existing_file_keeps_its_mode_and_the_others_follow(directory):
    (directory / NAME).write_text(json.dumps(inventory('a')))
    (directory / NAME).chmod(0o640)
    storage = file_storage(directory, keep_input=True)
    write(storage, inventory('b'), source={'x': 1})
    for name in (NAME, SIDE, LOCK, ARCHIVE):
        assert mode(directory / name) == 0o640, name
    assert mode(directory / '.openstack_inventory.inputs') == 0o750


@pytest.mark.skipif(os.geteuid() != 0, reason='only root can give files away')
def test_an_existing_file_keeps_owner_and_group_and_the_others_follow(directory):
    (directory / NAME).write_text(json.dumps(inventory('a')))
    os.chown(directory / NAME, 1234, 4321)
    write(file_storage(directory), inventory('b'))
    for name in (NAME, SIDE, LOCK, ARCHIVE):
        status = (directory / name).stat()
        assert (status.st_uid, status.st_gid) == (1234, 4321), name


@pytest.mark.parametrize('what', ['file', 'directory'])
def test_what_everybody_can_write_is_refused(directory, what):
    storage = file_storage(directory)
    meta = write(storage, inventory('a'))
    path = directory / NAME if what == 'file' else directory
    path.chmod(0o777)
    with pytest.raises(StorageRefused) as caught:
        storage.read()
    assert 'chmod o-w' in caught.value.help_text
    with pytest.raises(StorageRefused):
        storage.commit(inventory('b'), metadata.account(inventory('b'), meta, ''), meta)
    path.chmod(0o700)
    assert storage.load() == inventory('a')


def test_a_link_stays_and_its_target_is_replaced(directory):
    config, elsewhere = directory / 'config', directory / 'state'
    config.mkdir()
    elsewhere.mkdir()
    (elsewhere / 'real.json').write_text(json.dumps(inventory('a')))
    (config / NAME).symlink_to('../state/real.json')
    storage = file_storage(config)
    write(storage, inventory('b'))
    assert os.readlink(config / NAME) == '../state/real.json'
    assert json.loads((elsewhere / 'real.json').read_text()) == inventory('b')
    assert {path.name for path in elsewhere.iterdir()} == {'real.json', '.real.meta.json', '.real.lock'}
    assert {path.name for path in config.iterdir()} == {NAME, ARCHIVE}
    assert [meta.serial for meta in storage.history()] == [1, 0]


def test_a_planted_link_is_not_followed_when_writing(directory):
    precious = directory / 'precious'
    precious.write_text('precious')
    for name in (f'.{NAME}.new', f'{SIDE}.new', f'.{ARCHIVE}.new'):
        (directory / name).symlink_to(precious)
    storage = file_storage(directory)
    write(storage, inventory('a'))
    write(storage, inventory('b'))
    assert precious.read_text() == 'precious'
    assert leftovers(directory) == []


# Kept inputs


def test_the_input_is_kept_with_its_state(directory):
    storage = file_storage(directory, keep=1)
    write(storage, inventory('a'), source={'n': 1})
    write(storage, inventory('b'), source={'n': 2})
    write(storage, inventory('c'), source={'n': 2})
    assert [storage.read(serial).source for serial in (3, 2, 1)] == [{'n': 2}, {'n': 2}, {'n': 1}]
    kept = directory / '.openstack_inventory.inputs'
    assert len(list(kept.iterdir())) == 2
    write(storage, inventory('d'), source={'n': 2})
    assert len(list(kept.iterdir())) == 1


def test_a_lost_input_does_not_stop_anybody(directory):
    storage = file_storage(directory)
    write(storage, inventory('a'), source={'n': 1})
    (path,) = (directory / '.openstack_inventory.inputs').iterdir()
    path.write_text('{"n": 3}')
    assert storage.read().source is None
    path.unlink()
    state = storage.read()
    assert (state.inventory, state.source) == (inventory('a'), None)
    changed, gone = storage.take_notices()
    assert 'was changed' in changed.message
    assert 'is gone' in gone.message


# Locks


def info(number):
    return LockInfo(f'id-{number}', f'user{number}@host', 'osa-inventory edit', 'host', '2026-07-01T10:00:00Z')


def test_the_lock_has_one_holder(directory):
    storage = file_storage(directory)
    storage.lock(info(1), 0)
    assert storage.holder() == info(1)
    with pytest.raises(StorageLocked) as caught:
        file_storage(directory).lock(info(2), 0.1)
    assert 'user1@host' in caught.value.message
    assert 'id-1' in caught.value.help_text


def test_the_lock_is_broken_by_its_id(directory):
    storage = file_storage(directory)
    storage.break_lock('never taken')
    storage.lock(info(1), 0)
    with pytest.raises(StorageLocked):
        storage.break_lock('id-2')
    storage.break_lock('id-1')
    assert storage.holder() is None
    storage.lock(info(2), 0)
    assert storage.holder() == info(2)


def test_another_write_is_not_waited_for_for_ever(directory):
    import fcntl

    storage = file_storage(directory, timeout=0.2)
    write(storage, inventory('a'))
    with open(directory / LOCK, 'rb') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(StorageLocked, match='another write'):
            write(storage, inventory('b'))
        assert storage.load() == inventory('a')


def test_the_lock_file_stays(directory):
    storage = file_storage(directory)
    write(storage, inventory('a'))
    inode = (directory / LOCK).stat().st_ino
    write(storage, inventory('b'))
    assert (directory / LOCK).stat().st_ino == inode


# Check


def levels(findings):
    return [finding.level for finding in findings]


def test_check_of_a_sound_storage(directory):
    storage = file_storage(directory)
    assert 'error' not in levels(storage.check())
    write(storage, inventory('a'))
    assert set(levels(storage.check())) == {'ok'} or 'tmpfs' in str(storage.check())


@pytest.mark.parametrize('fault', ['damaged', 'lost', 'archive', 'open'])
def test_check_finds_what_is_wrong_with_a_remedy(directory, fault):
    storage = file_storage(directory)
    write(storage, inventory('a'))
    write(storage, inventory('b'))
    if fault == 'damaged':
        (directory / NAME).write_text('x')
    elif fault == 'lost':
        (directory / NAME).unlink()
    elif fault == 'archive':
        (directory / ARCHIVE).write_text('x' * 600)
    else:
        directory.chmod(0o777)
    bad = [finding for finding in storage.check() if finding.level != 'ok' and 'tmpfs' not in finding.what]
    assert len(bad) == 1
    assert bad[0].remedy


def test_damage_without_an_archive_says_that_there_is_none(directory):
    (directory / NAME).write_bytes(b'{"_meta": {"hostv')
    with pytest.raises(StateDamaged) as caught:
        file_storage(directory).read()
    assert (caught.value.place.line, caught.value.place.column) == (1, 11)
    assert f"There is no '{directory / ARCHIVE}'" in caught.value.help_text
