# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Histories to be copied, and storages to copy them to."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import typing as t

import sqlalchemy
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.management import migration
from ansible_collections.osa.inventory.plugins.module_utils.management.migration import Migration
from ansible_collections.osa.inventory.plugins.module_utils.results import Result
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Meta, State, Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.states import States
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.file.storage import StorageModule as FileStorage
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.storage import StorageModule as SQLStorage

NAME = 'openstack_inventory.json'


def inventory(number: int) -> Inventory:
    """An inventory that differs from those of other numbers, with text that must come through as it is."""
    hosts = {
        f'host{index}': {
            'container_networks': {'management_address': {'address': f'10.0.{index}.1'}},
            'note': 'Grüße 🚀 {{ "text" }}',
        }
        for index in range(1, number + 2)
    }
    return {
        '_meta': {'hostvars': hosts},
        'all': {'vars': {'number': number}},
        'all_containers': {'children': [], 'hosts': list(hosts)[::-1]},
        'empty': {'hosts': []},
    }


def file_storage(directory: pathlib.Path, **options: t.Any) -> FileStorage:
    """The file storage in a configuration directory, which is made if need be."""
    directory.mkdir(parents=True, exist_ok=True)
    storage = FileStorage()
    storage.register({'config_dir': os.fspath(directory), 'keep': 50, **options})
    return storage


def sqlite_storage(directory: pathlib.Path, **options: t.Any) -> SQLStorage:
    """The storage `sql` in a file of a configuration directory, with its tables."""
    directory.mkdir(parents=True, exist_ok=True)
    storage = SQLStorage()
    url = f'sqlite:///{directory / "inventory.sqlite"}'
    storage.register({'url': url, 'config_dir': os.fspath(directory), 'keep': 50, **options})
    if not (directory / 'inventory.sqlite').exists():
        storage.upgrade()
    return storage


def sqlite_template(directory: pathlib.Path) -> bytes:
    """An empty database with the tables, for many tests."""
    sqlite_storage(directory)
    with sqlalchemy.create_engine(f'sqlite:///{directory / "inventory.sqlite"}').connect() as connection:
        connection.exec_driver_sql('PRAGMA wal_checkpoint(TRUNCATE)')
    return (directory / 'inventory.sqlite').read_bytes()


def grow(storage: Storage, serials: int) -> Store:
    """Store that many states, each with an input of its own."""
    store = Store(storage, storage.options.config_dir)
    storage.options = dataclasses.replace(storage.options, keep_input=True)
    for number in range(serials):
        wanted = Result(inventory(number))
        store.update(
            lambda stored, wanted=wanted: wanted, f'change {number}', 'd' * 64, {'configuration': {'n': number}}
        )
    return store


def contents(storage: Storage) -> list[State]:
    """All kept states with accounts and inputs, newest first."""
    return [t.cast(State, storage.read(meta.serial)) for meta in storage.history()]


def next_run(storage: Storage) -> Meta:
    """Let the next run on a storage change what is there; its account."""
    store = Store(storage, storage.options.config_dir)
    done = store.update(lambda stored: Result({**t.cast(Inventory, stored), 'later': {'hosts': []}}))
    return t.cast(Meta, done.after)


def migrate(source: Storage, target: Storage, **options: t.Any) -> Migration:
    """Copy the states of one storage to another, neither of them encrypted."""
    return migration.migrate(States(source), States(target), **options)


class Faulty:
    """A storage that fails at one of the calls that come to it, before or after it was carried out.

    It has the capabilities of the storage.
    """

    CALLS = ('read', 'commit', 'history', 'holder')

    def __init__(
        self, storage: Storage, fail_at: int, after: bool = False, error: type[BaseException] = KeyboardInterrupt
    ) -> None:
        self._storage, self._fail_at, self._after, self._error = storage, fail_at, after, error
        self.calls: list[str] = []

    @property
    def __class__(self) -> t.Any:
        return type(self._storage)

    def __getattr__(self, name: str) -> t.Any:
        value = getattr(self._storage, name)
        return self._wrapped(name, value) if name in self.CALLS else value

    def __setattr__(self, name: str, value: t.Any) -> None:
        if name == 'options':
            self._storage.options = value
        else:
            super().__setattr__(name, value)

    def _wrapped(self, name: str, call: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        def wrapped(*arguments: t.Any) -> t.Any:
            self.calls.append(name)
            failing = len(self.calls) == self._fail_at
            if failing and not self._after:
                raise self._error('injected')
            result = call(*arguments)
            if failing:
                raise self._error('injected')
            return result

        return wrapped


def serials(metas: t.Iterable[Meta]) -> list[int]:
    return [meta.serial for meta in metas]
