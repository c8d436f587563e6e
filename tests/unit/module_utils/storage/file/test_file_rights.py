# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a deployment in a directory that several users can write to, and under any umask."""

from __future__ import annotations

import io
import json
import os
import pathlib
import shutil
import stat
import tarfile
import tempfile
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    InventoryError,
    StateDamaged,
    StateRegressed,
    StorageError,
    StorageRefused,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.last_seen import LastSeen, Seen
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats import metadata
from ansible_collections.osa.inventory.plugins.plugin_utils.operators.files import write_directory, write_file
from ansible_collections.osa.inventory.tests.support.sql_samples import opened, sqlite_url
from support.storage_samples import ARCHIVE, LOCK, NAME, SEEN, SIDE, adding, file_storage, file_store, giving, inventory
from support.users import ALICE, NOBODY, as_nobody, as_root

HELD = '.openstack_inventory.held.json'
INPUTS = '.openstack_inventory.inputs'


@pytest.fixture
def shared() -> t.Iterator[pathlib.Path]:
    """A directory that others can reach, outside the private ones of pytest."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix='osa-'))
    directory.chmod(0o755)
    yield directory
    directory.chmod(0o700)
    shutil.rmtree(directory)


@pytest.fixture
def nobodys(shared: pathlib.Path) -> pathlib.Path:
    """A directory of the user nobody."""
    if os.geteuid() == 0:
        os.chown(shared, NOBODY, NOBODY)
    return shared


def modes(directory: pathlib.Path) -> dict[str, int]:
    return {path.relative_to(directory).as_posix(): stat.S_IMODE(path.lstat().st_mode) for path in directory.rglob('*')}


def life(directory: pathlib.Path) -> str:
    """All that writes: two states with their inputs, a lock, a restore, a breadcrumb, exports."""
    store = file_store(directory, keep_input=True)
    for number in (1, 2):
        store.update(adding(f'host{number}'), source={'number': number})
    store.lock('test', 0)
    store.restore(1)
    write_file(str(directory / 'cloud.svg'), b'x')
    write_directory(str(directory / 'a' / 'b' / 'static'), {'hosts.yml': b'x', 'host_vars/a.yml': b'x'})
    return 'done'


@pytest.mark.parametrize('umask', [0o000, 0o777, 0o077])
def test_whatever_the_umask_everything_is_its_owners_alone(
    nobodys: pathlib.Path, tmp_path: pathlib.Path, umask: int
) -> None:
    assert life(tmp_path) == 'done'
    assert as_nobody(lambda: life(nobodys), umask) == 'done'
    found = modes(nobodys)
    assert {NAME, SIDE, LOCK, HELD, ARCHIVE, SEEN, INPUTS, 'cloud.svg', 'a/b/static/host_vars/a.yml'} <= found.keys()
    directories = {name for name in found if (nobodys / name).is_dir()}
    assert {found[name] for name in directories} == {0o700}
    assert {found[name] for name in found.keys() - directories} == {0o600}


# Links and other files that somebody has put there


@as_root
@pytest.mark.parametrize('target', ['precious', 'missing'])
def test_a_link_of_another_user_is_not_followed(shared: pathlib.Path, target: str) -> None:
    (shared / 'precious').write_text('precious')
    (shared / NAME).symlink_to(shared / target)
    os.chown(shared / NAME, ALICE, ALICE, follow_symlinks=False)
    with pytest.raises(StorageRefused, match='is a symbolic link of another user'):
        file_store(shared).update(adding('a'))
    assert (shared / 'precious').read_text() == 'precious' and not (shared / 'missing').exists()


@as_root
def test_a_link_of_root_is_followed_by_others(nobodys: pathlib.Path) -> None:
    (nobodys / NAME).symlink_to(nobodys / 'real.json')
    (nobodys / 'real.json').write_text(json.dumps(inventory('x')))
    os.chown(nobodys / 'real.json', NOBODY, NOBODY)
    assert as_nobody(lambda: file_store(nobodys).update(adding('a')).summary()) == '1 container'
    assert (nobodys / NAME).is_symlink() and (nobodys / 'real.json').is_file()


@pytest.mark.parametrize('name', [SIDE, LOCK, HELD, INPUTS])
def test_links_in_the_place_of_the_files_beside_are_refused(tmp_path: pathlib.Path, name: str) -> None:
    precious = tmp_path / 'elsewhere'
    precious.mkdir()
    (precious / 'file').write_text('{}')
    directory = tmp_path / 'state'
    directory.mkdir()
    (directory / name).symlink_to(precious if name == INPUTS else precious / 'file')
    with pytest.raises(StorageRefused, match='is a symbolic link') as caught:
        file_store(directory, keep_input=True).update(adding('a'), source={'n': 1})
    assert name in caught.value.message and caught.value.help_text
    assert [path.name for path in precious.iterdir()] == ['file'] and (precious / 'file').read_text() == '{}'


def test_a_link_in_the_place_of_the_archive_is_moved_aside(tmp_path: pathlib.Path) -> None:
    store = file_store(tmp_path)
    store.update(adding('a'))
    (tmp_path / 'precious').write_text('precious')
    (tmp_path / ARCHIVE).symlink_to(tmp_path / 'precious')
    result = store.update(adding('b'))
    assert any('it is a symbolic link' in notice.message for notice in result.warnings)
    assert (tmp_path / 'precious').read_text() == 'precious'
    assert [meta.serial for meta in store.history()] == [2, 1]


def test_a_lock_file_with_another_name_is_not_written_to(tmp_path: pathlib.Path) -> None:
    (tmp_path / 'precious').write_text('precious')
    os.link(tmp_path / 'precious', tmp_path / LOCK)
    with pytest.raises(StorageRefused, match='is not a lock file'):
        file_store(tmp_path).update(adding('a'))
    assert (tmp_path / 'precious').read_text() == 'precious'


@pytest.mark.parametrize('name', [SIDE, HELD, LOCK, ARCHIVE])
def test_nothing_waits_for_a_pipe(tmp_path: pathlib.Path, name: str) -> None:
    store = file_store(tmp_path)
    store.update(adding('a'))
    (tmp_path / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / name)
    if name == ARCHIVE:
        store.update(adding('b'))
        assert [meta.serial for meta in store.history()] == [2, 1]
    else:
        with pytest.raises((StateDamaged, StorageRefused), match=r'is not a (regular|lock) file'):
            store.update(adding('b'))


def test_sweeping_inputs_removes_inputs_only(tmp_path: pathlib.Path) -> None:
    store = file_store(tmp_path, keep=1, keep_input=True)
    for number in range(5):
        store.update(adding(f'host{number}'), source={'n': number})
        (tmp_path / INPUTS / 'notes.txt').write_text('mine')
    assert len(list((tmp_path / INPUTS).glob('*.json'))) < 4 and (tmp_path / INPUTS / 'notes.txt').exists()


@pytest.mark.parametrize('stamp', ['99991231_235959', '00010101_000000', '20260101_000000'])
def test_an_archive_with_impossible_times_is_read_and_continued(tmp_path: pathlib.Path, stamp: str) -> None:
    store = file_store(tmp_path)
    store.update(adding('a'))
    with tarfile.open(tmp_path / ARCHIVE, 'w', format=tarfile.PAX_FORMAT) as tar:
        for number, mtime in enumerate((1e300, -1, float('nan'))):
            data = json.dumps(inventory(f'old{number}')).encode()
            info = tarfile.TarInfo(f'{NAME}-{stamp}.json')
            info.size, info.pax_headers = len(data), {'mtime': str(mtime)}
            tar.addfile(info, io.BytesIO(data))
    store.update(adding('b'))
    assert store.history()[0].serial == 2 and len(store.history()) >= 2


SIDE_VALUES: list[t.Any] = [None, 'x', -1, True, [], {}, 1.5]


@pytest.mark.parametrize('value', SIDE_VALUES, ids=repr)
@pytest.mark.parametrize(
    'key', ['format', 'tenant', 'states', 'pending', 'meta', 'serial', 'lineage', 'stamp', 'counts']
)
def test_a_side_file_of_wrong_types_is_damage_or_means_nothing(tmp_path: pathlib.Path, key: str, value: t.Any) -> None:
    store = file_store(tmp_path)
    store.update(adding('a'))
    side = json.loads((tmp_path / SIDE).read_text())
    states = side['states'][-1]
    place = next(one for one in (side, states, states['meta']) if key in one)
    place[key] = value
    (tmp_path / SIDE).write_text(json.dumps(side))
    try:
        file_store(tmp_path).update(adding('b'))
        file_store(tmp_path).history()
    except StorageError as error:
        assert error.help_text


@pytest.mark.parametrize('value', SIDE_VALUES, ids=repr)
@pytest.mark.parametrize('key', ['regions', 'default/default', 'storage', 'lineage', 'serial'])
def test_a_breadcrumb_of_wrong_types_is_no_hint(tmp_path: pathlib.Path, key: str, value: t.Any) -> None:
    store = file_store(tmp_path)
    store.update(adding('a'))
    seen = json.loads((tmp_path / SEEN).read_text())
    entry = seen['regions']['default/default']
    place = next(one for one in (seen, seen['regions'], entry) if key in one)
    place[key] = value
    (tmp_path / SEEN).write_text(json.dumps(seen))
    try:
        file_store(tmp_path).update(adding('b'))
    except StateRegressed as error:
        assert error.help_text


def test_a_planted_breadcrumb_is_not_followed_and_not_left_open(tmp_path: pathlib.Path) -> None:
    (tmp_path / 'precious').write_text('{"regions": {}}')
    (tmp_path / 'precious').chmod(0o666)
    crumb = LastSeen(str(tmp_path))
    (tmp_path / SEEN).symlink_to(tmp_path / 'precious')
    assert crumb.seen('default/default') is None
    assert crumb.leave('default/default', Seen('sql', 'lineage', 1))
    assert not (tmp_path / SEEN).is_symlink() and stat.S_IMODE((tmp_path / SEEN).stat().st_mode) == 0o600
    (tmp_path / SEEN).chmod(0o666)
    assert crumb.leave('default/default', Seen('sql', 'lineage', 2))
    assert stat.S_IMODE((tmp_path / SEEN).stat().st_mode) == 0o664
    assert (tmp_path / 'precious').read_text() == '{"regions": {}}'


# Other users' directories


@as_root
def test_root_in_the_directory_of_another_keeps_owners_and_keeps_new_files(nobodys: pathlib.Path) -> None:
    file_store(nobodys).update(adding('a'))
    assert {path.stat().st_uid for path in nobodys.iterdir()} == {0}
    told = as_nobody(lambda: file_storage(nobodys).load())
    assert told.startswith('StorageRefused') and 'Permission denied' in told
    os.chown(nobodys / NAME, NOBODY, NOBODY)
    file_store(nobodys).update(adding('b'))
    assert {(nobodys / name).stat().st_uid for name in (NAME, SIDE, LOCK, ARCHIVE, SEEN)} == {NOBODY}
    assert as_nobody(lambda: file_store(nobodys).update(adding('c')).summary()) == '1 container'


@pytest.mark.parametrize('what', ['file', 'directory'])
def test_a_database_file_that_everybody_can_write_is_refused(tmp_path: pathlib.Path, what: str) -> None:
    path = tmp_path / 'state.sqlite'
    storage = opened(sqlite_url(path))
    storage.upgrade()
    meta = metadata.account(inventory('a'), None, '')
    storage.commit(inventory('a'), meta, None)
    (path if what == 'file' else tmp_path).chmod(0o777)
    for attempt in (
        storage.read,
        lambda: storage.commit(inventory('b'), metadata.account(inventory('b'), meta, ''), meta),
    ):
        with pytest.raises(StorageRefused, match='can be written by every user'):
            attempt()
    path.chmod(0o600)
    tmp_path.chmod(0o700)
    assert storage.load() == inventory('a')


# What commands write


def test_a_file_of_ones_own_keeps_its_mode_and_a_link_its_target(tmp_path: pathlib.Path) -> None:
    (tmp_path / 'real.svg').write_text('old')
    (tmp_path / 'real.svg').chmod(0o644)
    (tmp_path / 'cloud.svg').symlink_to('real.svg')
    write_file(str(tmp_path / 'cloud.svg'), b'new')
    assert (tmp_path / 'cloud.svg').is_symlink() and (tmp_path / 'real.svg').read_text() == 'new'
    assert modes(tmp_path)['real.svg'] == 0o644


@as_root
def test_what_is_written_is_not_given_to_whoever_had_a_file_there(shared: pathlib.Path) -> None:
    (shared / 'cloud.svg').write_text('old')
    os.chown(shared / 'cloud.svg', ALICE, ALICE)
    (shared / 'cloud.svg').chmod(0o666)
    write_file(str(shared / 'cloud.svg'), b'new')
    status = (shared / 'cloud.svg').stat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (0, 0o600)
    (shared / 'link.svg').symlink_to(shared / 'cloud.svg')
    os.chown(shared / 'link.svg', ALICE, ALICE, follow_symlinks=False)
    with pytest.raises(InventoryError, match='symbolic link of another user'):
        write_file(str(shared / 'link.svg'), b'newer')


def test_a_directory_or_a_pipe_is_not_replaced_by_a_file(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / 'pipe.svg')
    for path in (tmp_path, tmp_path / 'pipe.svg'):
        with pytest.raises(InventoryError, match='is not a file that could be replaced'):
            write_file(str(path), b'x')


def test_read_only_files_are_enough_for_an_unchanged_run(shared: pathlib.Path) -> None:
    store = file_store(shared)
    store.update(giving(inventory('a')))
    for path in shared.iterdir():
        path.chmod(0o444)
    shared.chmod(0o555)

    def read() -> list[t.Any]:
        again = file_store(shared)
        there, told = again.load() is not None, again.update(giving(inventory('a')))
        return [there, told.changes, told.written, told.remembered]

    assert as_nobody(read) == '[True, (), False, True]'
    told = as_nobody(lambda: file_store(shared).update(adding('b')))
    assert told.startswith('StorageRefused: 1 container cannot be stored.') and "'persist' with value 'never'" in told
