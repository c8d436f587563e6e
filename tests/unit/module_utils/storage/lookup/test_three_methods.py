# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storages of third parties with nothing but `register`, `load` and `write`."""

from __future__ import annotations

import copy
import json
import os

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    StateConflict,
    StateDamaged,
    StateLost,
    StateRegressed,
    StorageError,
    StorageOptionError,
    StorageUnreachable,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import History, Lock, Regions, capability
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.lookup.three_methods import Minimal
from support.storage_samples import NAME, SEEN, adding, file_store, giving, hosts_of, inventory


class Kept:
    """What a third party keeps, shared by all objects of its class."""

    def __init__(self, shelf):
        self.shelf = shelf

    def register(self, options):
        self.options = options

    def load(self):
        return copy.deepcopy(self.shelf.get('inventory'))

    def write(self, wanted):
        self.shelf['inventory'] = json.loads(json.dumps(wanted))


@pytest.fixture
def shelf():
    return {}


def minimal(inner, directory, **options):
    storage = Minimal('vault', inner)
    storage.register({'tenant': 'default', 'region': 'default', 'config_dir': os.fspath(directory), **options})
    return storage


@pytest.fixture
def store(tmp_path, shelf):
    return Store(minimal(Kept(shelf), tmp_path), os.fspath(tmp_path), sleep=lambda seconds: None)


def test_it_serves_the_driver(store, shelf):
    assert store.load() is None
    done = store.update(adding('a'))
    assert done.written
    store.update(adding('b'))
    assert hosts_of(shelf['inventory']) == {'a', 'b'}
    assert store.load().meta == store.history()[0]
    done = store.update(giving(shelf['inventory']))
    assert not done.written
    assert hosts_of(store.preview(adding('c')).inventory) == set('abc')
    assert hosts_of(store.load().inventory) == {'a', 'b'}


def test_the_driver_sees_that_it_is_lost(store, shelf, tmp_path):
    store.update(adding('a'))
    assert json.loads((tmp_path / SEEN).read_text())['regions']['default/default']['storage'] == 'vault'
    shelf.clear()
    with pytest.raises(StateLost):
        store.update(adding('b'))


def test_it_is_not_taken_for_the_storage_before(store, shelf, tmp_path):
    file_store(tmp_path).update(adding('a'))
    shelf['inventory'] = inventory('b')
    with pytest.raises(StateRegressed):
        store.load()
    (tmp_path / SEEN).unlink()
    shelf.clear()
    with pytest.raises(StateLost, match=NAME):
        store.load()


def test_what_somebody_else_wrote_is_built_upon(tmp_path, shelf):
    class Overtaken(Kept):
        overtaken = False

        def load(self):
            loaded = super().load()
            if not Overtaken.overtaken:
                Overtaken.overtaken = True
                self.shelf['inventory'] = inventory('theirs')
            return loaded

    store = Store(minimal(Overtaken(shelf), tmp_path), os.fspath(tmp_path), sleep=lambda seconds: None)
    assert hosts_of(store.update(adding('ours')).inventory) == {'ours', 'theirs'}


def test_what_is_not_read_back_is_not_believed(tmp_path, shelf):
    class Forgetful(Kept):
        def write(self, wanted):
            pass

    store = Store(minimal(Forgetful(shelf), tmp_path), os.fspath(tmp_path), sleep=lambda seconds: None)
    with pytest.raises(StateConflict):
        store.update(adding('a'))
    assert store.load() is None


@pytest.mark.parametrize('given', [[], 'text', 7])
def test_what_is_no_inventory_is_damage(tmp_path, shelf, given):
    shelf['inventory'] = given
    with pytest.raises(StateDamaged):
        minimal(Kept(shelf), tmp_path).read()


def test_its_failures_are_ours_without_its_secrets(tmp_path, shelf):
    class Failing(Kept):
        def load(self):
            raise RuntimeError(f'cannot reach {self.options["url"]}')

    storage = minimal(Failing(shelf), tmp_path, url='https://user:hidden@host')
    with pytest.raises(StorageError) as caught:
        storage.read()
    assert 'hidden' not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "'load' of the storage 'vault' failed: RuntimeError: cannot reach ***" in caught.value.message


def test_its_own_use_of_our_errors_is_respected(tmp_path, shelf):
    class Unreachable(Kept):
        def load(self):
            raise StorageUnreachable('no route')

    with pytest.raises(StorageUnreachable, match='no route'):
        minimal(Unreachable(shelf), tmp_path).read()


def test_the_names_of_regions_are_checked_for_it(tmp_path, shelf):
    with pytest.raises(StorageOptionError, match="'tenant'"):
        minimal(Kept(shelf), tmp_path, tenant='a/b')


def test_check_names_it_as_what_it_is(store, shelf):
    assert [finding.level for finding in store.check()] == ['warning', 'ok']
    assert 'only register, load and write' in store.check()[0].what
    assert store.prune(0) == []
    assert [capability(store.storage, kind) for kind in (History, Lock, Regions)] == [None] * 3
    with pytest.raises(StorageError, match='no locks'):
        store.lock('x', 0)
    store.break_lock('x')
