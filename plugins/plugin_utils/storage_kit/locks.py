# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock between operators."""

from __future__ import annotations

import dataclasses
import threading
import time
import uuid

from ...module_utils.errors import StorageLocked
from ...module_utils.storage.contract import LockInfo
from .hooks import Hooks, demand, part
from .inventories import adding, giving, sample
from .processes import Job

_WAIT = 0.4
_LONGEST_WAIT = 20.0


def new_lock(owner: str = 'alice@deploy1') -> LockInfo:
    """The account of a lock that nobody has taken yet."""
    return LockInfo(str(uuid.uuid4()), owner, 'osa-inventory remove', 'deploy1', '2024-01-02T03:04:05Z')


class Locks(Hooks):
    """Parts about the lock between operators."""

    @part('locks: exclusive, with an owner, broken by id', needs='lock')
    def test_a_lock_is_exclusive_and_says_whose_it_is(self) -> None:
        mine = new_lock()
        self.locking(self.writer).lock(mine, 0)
        holder = self.locking(self.reader).holder()
        demand(holder == mine, f'{mine} took the lock, and its holder is {holder}.')
        with self.raising(StorageLocked, 'Taking a lock that is held'):
            self._take_named(mine)
        with self.raising(StorageLocked, 'Breaking a lock with another id'):
            self.locking(self.reader).break_lock(str(uuid.uuid4()))
        demand(self.locking(self.reader).holder() == mine, 'A lock was broken with another id.')
        self.locking(self.writer).break_lock(mine.id)
        demand(self.locking(self.reader).holder() is None, 'A lock that was broken by its id is still held.')
        self.locking(self.writer).break_lock(mine.id)
        other = new_lock('bob@deploy2')
        self.locking(self.reader).lock(other, 0)
        demand(self.locking(self.reader).holder() == other, 'A lock that was broken cannot be taken by another one.')

    def _take_named(self, holder: LockInfo) -> None:
        try:
            self.locking(self.reader).lock(new_lock('bob@deploy2'), 0)
        except StorageLocked as error:
            demand(holder.owner in str(error), f'The error does not say who holds the lock: {error}')
            demand(holder.id in str(error), f'The error does not say by which id the lock can be broken: {error}')
            raise

    @part('locks: waiting', needs='lock')
    def test_a_lock_is_waited_for_as_long_as_is_said(self) -> None:
        mine = new_lock()
        self.locking(self.writer).lock(mine, 0)
        started = time.monotonic()
        with self.raising(StorageLocked, 'Waiting for a lock'):
            self.locking(self.reader).lock(new_lock(), _WAIT)
        seconds = time.monotonic() - started
        demand(_WAIT <= seconds < _WAIT + _LONGEST_WAIT, f'A lock was waited for {seconds:.1f} instead of {_WAIT} s.')
        releasing = threading.Timer(_WAIT, self.locking(self.writer).break_lock, [mine.id])
        releasing.start()
        other = new_lock()
        try:
            self.locking(self.reader).lock(other, _LONGEST_WAIT)
        finally:
            releasing.join()
        demand(self.locking(self.reader).holder() == other, 'A lock that was waited for is held by another one.')

    @part('locks: raced', needs='lock')
    def test_of_many_who_want_a_lock_at_once_one_gets_it(self) -> None:
        wanted = [new_lock(f'user{number}@deploy') for number in range(self.scale.processes)]
        jobs = [Job('take_lock', self.storage(), {'lock': dataclasses.asdict(lock)}) for lock in wanted]
        granted = [lock for lock, outcome in zip(wanted, self.run(*jobs), strict=True) if outcome.told == [True]]
        demand(len(granted) == 1, f'{len(granted)} of {len(wanted)} got the lock at once.')
        demand(self.locking(self.reader).holder() == granted[0], 'The lock is held by another one than got it.')

    @part('locks: a held lock refuses the changes of others', needs='lock')
    def test_a_held_lock_refuses_changes_and_nothing_else(self) -> None:
        self.store(self.writer).update(giving(sample('one')))
        holder = self.store(self.writer)
        lock = holder.lock('osa-inventory remove', 0)
        other = self.store(self.reader)
        with self.raising(StorageLocked, 'A change while another one holds the lock'):
            other.update(adding('two'))
        other.update(giving(sample('one')))
        demand(other.load() is not None, 'A held lock stops readers.')
        holder.update(adding('mine'))
        holder.break_lock(lock.id)
        other.update(adding('two'))
        self.demand_stored(sample('one', 'mine', 'two'), 'After a lock was released')
