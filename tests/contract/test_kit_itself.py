# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract's test kit finds what it is for: storages that are broken in one way, and the part that must say so."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t

import kit_broken as broken
import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import OSAInventoryError, StorageUnreachable
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis import storage as redis
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.write import Write
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit import factory, summary
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import (
    ContractBroken,
    FaultProxy,
    Scale,
    StorageContract,
    files_below,
    opened,
)
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.processes import end_processes
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis

BROKEN = (
    (broken.AcceptsAnyBase, 'test_a_write_on_anything_but_the_newest_state_is_refused'),
    (broken.AcceptsAnyBase, 'test_of_many_first_writes_one_wins'),
    (broken.AcceptsAnyBase, 'test_a_write_on_a_state_where_nothing_is_stored_is_refused'),
    (broken.ComparesBeforeItLocks, 'test_of_many_first_writes_one_wins'),
    (broken.ComparesBeforeItLocks, 'test_writers_at_once_lose_nothing_and_no_two_write_on_one_base'),
    (broken.ComparesBeforeItLocks, 'test_threads_at_once_lose_nothing'),
    (broken.ComparesSerialsOnly, 'test_a_write_on_anything_but_the_newest_state_is_refused'),
    (broken.SaysNothingOfOthers, 'test_a_write_on_anything_but_the_newest_state_is_refused'),
    (broken.WritesBlindly, 'test_write_refuses_to_replace_what_was_not_loaded'),
    (broken.WritesInPlace, 'test_a_reader_never_sees_a_part_nor_something_older'),
    (broken.WritesInPlace, 'test_a_writer_killed_at_any_point_leaves_a_whole_state'),
    (broken.ReadsTheOneBefore, 'test_a_reader_never_sees_a_part_nor_something_older'),
    (broken.TakesErrorsForNothing, 'test_a_damaged_state_is_an_error_and_stays_as_it_is'),
    (broken.TakesErrorsForNothing, 'test_a_storage_that_is_not_there_is_unreachable_and_not_new'),
    (broken.ReadsLaterFormats, 'test_a_state_of_a_later_version_is_an_error_and_stays_as_it_is'),
    (broken.MakesDirectoriesToRead, 'test_reading_has_no_side_effects'),
    (broken.ChangesNumbers, 'test_awkward_inventories_are_read_back_to_the_letter'),
    (broken.SharesWhatItRead, 'test_what_was_read_can_be_changed_without_changing_what_is_stored'),
    (broken.CutsLargeStates, 'test_a_large_state_is_read_back'),
    (broken.IgnoresFullDisks, 'test_a_disk_that_is_full_is_an_error_and_the_old_state_stays'),
    (broken.ForgetsTheInput, 'test_the_input_is_kept_beside_the_state'),
    (broken.OldestFirst, 'test_older_states_are_kept_and_read_by_serial'),
    (broken.OldestFirst, 'test_each_state_follows_the_one_before_by_serial_parent_and_lineage'),
    (broken.KeepsOneLess, 'test_as_many_older_states_are_kept_as_the_option_says'),
    (broken.PrunesAll, 'test_pruning_drops_old_states_and_never_the_newest'),
    (broken.CannotRecover, 'test_an_older_state_is_restored_where_the_newest_is_damaged'),
    (broken.GivesLocksAway, 'test_a_lock_is_exclusive_and_says_whose_it_is'),
    (broken.GivesLocksAway, 'test_a_lock_is_waited_for_as_long_as_is_said'),
    (broken.LooksBeforeItLocks, 'test_of_many_who_want_a_lock_at_once_one_gets_it'),
    (broken.NeverWaitsForALock, 'test_a_lock_is_waited_for_as_long_as_is_said'),
    (broken.BreaksAnyLock, 'test_a_lock_is_exclusive_and_says_whose_it_is'),
    (broken.MixesRegions, 'test_regions_with_similar_names_never_see_one_another'),
    (broken.MixesLetters, 'test_regions_with_similar_names_never_see_one_another'),
    (broken.TellsItsPath, 'test_no_secret_is_in_any_message_repr_or_log_line'),
    (broken.TakesAnyOption, 'test_an_unknown_option_is_refused_with_the_nearest_known_one'),
    (broken.OffersNoRemedy, 'test_a_damaged_state_is_an_error_and_stays_as_it_is'),
    (broken.FindsNothing, 'test_check_says_what_it_found_and_what_to_do'),
    (broken.RaisesForeignErrors, 'test_a_storage_that_is_not_there_is_unreachable_and_not_new'),
    (broken.GzipInPlace, 'test_a_reader_never_sees_a_part_nor_something_older'),
    (broken.GzipInPlace, 'test_a_writer_killed_at_any_point_leaves_a_whole_state'),
    (broken.GzipThatTakesMissingForNew, 'test_a_storage_that_is_not_there_is_unreachable_and_not_new'),
)
"""A storage, and a part that it must not pass."""


class Sample(StorageContract):
    """The contract for one of the storages above, all regions below one directory."""

    scale = Scale(processes=3, writes=2, kills=8, seconds=0.5, large_state=1_000_000)
    writes_files = True
    found: type[t.Any]

    @property
    def secrets(self) -> t.Sequence[str]:  # type: ignore[override]
        return [str(self.directory)] if self.found is broken.TellsItsPath else []

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        return opened(self.found, tenant, region, path=str(self.directory), **options)

    def open_unreachable(self, tenant: str, region: str) -> Storage:
        return opened(self.found, tenant, region, path=str(self.directory / 'nowhere'))

    def newest(self) -> pathlib.Path:
        return max((self.directory / 'kit' / self.region).glob('*.state'))

    def damage(self, tenant: str, region: str) -> None:
        self.newest().write_bytes(self.newest().read_bytes()[:-10])

    def make_newer(self, tenant: str, region: str) -> None:
        account, _newline, rest = self.newest().read_bytes().partition(b'\n')
        self.newest().write_bytes(json.dumps({**json.loads(account), 'format': 2}).encode() + b'\n' + rest)

    def footprint(self) -> object:
        return files_below(self.directory)


@pytest.fixture(autouse=True, scope='module')
def _workers_end() -> t.Iterator[None]:
    yield
    end_processes()


@pytest.mark.parametrize(('found', 'name'), BROKEN, ids=lambda value: getattr(value, '__name__', None))
def test_what_is_broken_is_found(found: type[t.Any], name: str) -> None:
    contract = type('OfBroken', (Sample,), {'found': found})()
    with pytest.raises((ContractBroken, OSAInventoryError)):
        getattr(contract, name)()


@pytest.mark.parametrize('found', [broken.Sound, broken.SoundGzip], ids=['all', 'three methods'])
def test_what_is_sound_passes(found: type[t.Any]) -> None:
    """Only the parts for which there is no other test of a sound storage with these hooks."""
    contract = type('OfSound', (Sample,), {'found': found})()
    contract.test_a_reader_never_sees_a_part_nor_something_older()
    contract.test_a_storage_that_is_not_there_is_unreachable_and_not_new()


class OfRedis(StorageContract):
    """The contract for a storage of the test's own on a real server."""

    commit_request = b'EVAL'
    found: type[t.Any]

    def __init__(self, server: Redis) -> None:
        self.redis = server
        self.server = (server.host, server.port)

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        return opened(self.found, tenant, region, **{'url': self.redis.socket_url(self.redis.writer), **options})

    def open_at(self, proxy: FaultProxy, tenant: str, region: str, **options: t.Any) -> Storage:
        return self.open(tenant, region, url=self.redis.url(self.redis.writer, tls=False, proxy=proxy), **options)


def test_a_lost_answer_that_is_taken_for_a_failure_is_found(
    redis_server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Write, 'carry_out', Write._send)
    contract = type('OfBroken', (OfRedis,), {'found': broken.DeniesLostAnswers})(redis_server)
    with pytest.raises(StorageUnreachable):
        contract.test_a_write_whose_answer_was_lost_is_stored_once()


def test_a_client_that_waits_for_ever_is_found(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[StorageContract.raising.__module__], '_PATIENCE', 0.5)
    contract = type('OfBroken', (OfRedis,), {'found': redis.StorageModule})(redis_server)
    with pytest.raises(ContractBroken, match='nothing may wait for ever'):
        contract.test_a_silent_server_is_unreachable_before_long()


def test_the_environment_chooses_the_long_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('OSA_INVENTORY_KIT', raising=False)
    assert Scale.chosen(kills=3) == Scale(kills=3)
    monkeypatch.setenv('OSA_INVENTORY_KIT', 'long')
    assert (Scale.chosen(kills=3).kills, Scale.chosen().large_state) == (200, 50_000_000)


def test_a_class_that_other_processes_cannot_import_is_refused(tmp_path: pathlib.Path) -> None:
    class Local(broken.Gzip):
        pass

    with pytest.raises(factory.NotRepeatable, match='top of a module'):
        factory.Factory.of(opened(Local, 'kit', 'kit', path=str(tmp_path)))


NONE = """\
from ansible_collections.osa.inventory.plugins.module_utils.storage.none.storage import StorageModule
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import StorageContract
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import opened

class TestNone(StorageContract):
    def open(self, tenant, region, **options):
        return opened(StorageModule, tenant, region, **options)

    def test_of_ones_own(self):
        pass
"""


@pytest.mark.parametrize('options', [[], ['-n', '1', '-p', summary.__name__]], ids=['alone', 'with xdist'])
def test_pytest_says_at_the_end_what_was_checked_and_what_is_not_claimed(
    options: list[str], tmp_path: pathlib.Path
) -> None:
    (tmp_path / 'test_none.py').write_text(NONE)
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, '-m', 'pytest', '-q', *options, 'test_none.py'],
        cwd=tmp_path,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    said = ' '.join(done.stdout.split())
    assert done.returncode == 0, done.stdout
    assert 'checked: nothing is kept where nothing is to be kept; unknown options are refused; check' in said
    assert 'not claimed, as the storage keeps nothing: ' in said
    assert ' not claimed in ' in said and ' skipped' not in said
