# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the worker processes of the kit do: each is a function that gets a storage of its own.

A task prepares, then calls `signals.begin()`, which returns when all that are to run at once have come so far. What it
tells by `signals.tell()` is known even if it is killed right afterwards.
"""

from __future__ import annotations

import json
import resource
import time
import typing as t

from ...module_utils.errors import StateConflict, StorageError, StorageLocked
from ...module_utils.inventory import Inventory
from ...module_utils.storage.contract import History, Lock, LockInfo, Meta, Storage, capability
from ...module_utils.storage.driver.store import Store
from ...module_utils.storage.formats.metadata import account
from .inventories import adding, giving, large, number_of, numbered, sample

ENDLESS = 1_000_000
"""More writes than a writer gets to before it is killed."""


class Signals(t.Protocol):
    """How a task is heard."""

    def begin(self) -> None:
        """Wait for the others."""

    def tell(self, value: t.Any) -> None:
        """Hand something that fits JSON to the kit, at once."""


def write_first(storage: Storage, signals: Signals, name: str) -> None:
    """Try to store a first state; tells whether it was accepted."""
    inventory = sample(name)
    meta = account(inventory, None, name)
    signals.begin()
    signals.tell(_accepted(storage, inventory, meta, None))


def grow(storage: Storage, signals: Signals, config_dir: str, name: str, count: int) -> None:
    """Add hosts one by one by the driver; tells name, serial, parent and digest of each write that was accepted."""
    store = Store(storage, config_dir)
    signals.begin()
    for number in range(count):
        host = f'{name}-{number}'
        while True:
            try:
                outcome = store.update(adding(host), host)
            except StateConflict:
                continue
            break
        meta = t.cast(Meta, outcome.after)
        signals.tell({'host': host, 'serial': meta.serial, 'parent': meta.parent, 'sha256': meta.sha256})


def write_numbers(storage: Storage, signals: Signals, count: int) -> None:
    """Store the numbered inventories that follow the one that is stored, so many; tells each number that is stored."""
    state = storage.read()
    base = state.meta if state else None
    stored = (number_of(state.inventory) or 0) if state else 0
    signals.begin()
    signals.tell(stored)
    for number in range(stored + 1, stored + 1 + count):
        inventory = numbered(number)
        meta = account(inventory, base, str(number))
        storage.commit(inventory, meta, base)
        signals.tell(number)
        base = meta


def watch(storage: Storage, signals: Signals, seconds: float) -> None:
    """Read until the time is up; tells each number that is new, or what is wrong."""
    signals.begin()
    deadline = time.monotonic() + seconds
    last = 0
    while time.monotonic() < deadline:
        number = watched_number(storage)
        if number is None:
            signals.tell('an inventory that nobody wrote')
            return
        if number != last:
            signals.tell(number)
        last = number


def watched_number(storage: Storage) -> int | None:
    """Which of the numbered inventories is stored, 0 for none; None when it is no whole one, or has a wrong account."""
    state = storage.read()
    if state is None:
        return 0
    number = number_of(state.inventory)
    fits = capability(storage, History) is None or state.meta.message == str(number)
    return number if fits else None


def take_lock(storage: Storage, signals: Signals, lock: dict[str, str]) -> None:
    """Try to take the lock at once; tells whether it was granted."""
    signals.begin()
    try:
        t.cast(Lock, storage).lock(LockInfo(**lock), 0)
    except StorageLocked:
        signals.tell(False)
    else:
        signals.tell(True)


def write_with_small_files(storage: Storage, signals: Signals, config_dir: str, limit: int, size: int) -> None:
    """Store a state of `size` bytes where no file may have more than `limit`; tells the name of the error and its text.

    That limit stands for a full disk: both cut a write short.
    """
    inventory = large(size, compressible=False)
    signals.begin()
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        Store(storage, config_dir).update(giving(inventory))
    except StorageError as error:
        signals.tell([type(error).__name__, str(error)])
    else:
        signals.tell(None)


def _accepted(storage: Storage, inventory: Inventory, meta: Meta, base: Meta | None) -> bool:
    try:
        storage.commit(inventory, meta, base)
    except StateConflict:
        return False
    return True


TASKS: dict[str, t.Callable[..., None]] = {
    task.__name__: task for task in (write_first, grow, write_numbers, watch, take_lock, write_with_small_files)
}
"""The tasks by name, as they are asked for by another process."""


def fits_json(value: t.Any) -> str:
    """The one line in which a task is heard."""
    return json.dumps(value) + '\n'
