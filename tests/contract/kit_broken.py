# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storages that are broken in one way each, for the tests of the contract's test kit; other processes import them."""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import sys
import time
import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    StateDamaged,
    StorageError,
    StorageUnreachable,
    WriteUncertain,
)
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Finding, LockInfo, Meta, State
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.records import (
    conflict,
    lock_text,
    locked_by,
    meta_text,
    pack,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis import storage as redis

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / 'examples' / 'storages'


def sample(path: str) -> t.Any:
    """A module of the samples, which is not installed here."""
    spec = importlib.util.spec_from_file_location(pathlib.Path(path).stem, SAMPLES / path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look for the module that they stand in.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


Directory: t.Any = sample('acme-stores/plugins/plugin_utils/storage/directory.py').StorageModule
Gzip: t.Any = sample('osa-inventory-gzip/osa_inventory_gzip.py').Gzip


class Sound(Directory):
    """As it is; a class of this module, which other processes can import."""


class SoundGzip(Gzip):
    """As it is."""


class AcceptsAnyBase(Directory):
    """Replaces whatever is stored."""

    def commit(self, inventory: Inventory, meta: Meta, base: Meta | None, source: t.Any = None) -> None:
        self.publish(inventory, meta)

    def publish(self, inventory: Inventory, meta: Meta) -> None:
        payload = pack(inventory)
        with self._writing():
            self._publish(self._file(meta.serial), b'%s\n%d\n%s' % (meta_text(meta).encode(), len(payload), payload))


class ComparesBeforeItLocks(AcceptsAnyBase):
    """Two writers may both find that theirs is the next state."""

    def commit(self, inventory: Inventory, meta: Meta, base: Meta | None, source: t.Any = None) -> None:
        newest = self._newest()
        if newest != base:
            raise conflict(newest, self.region)
        time.sleep(0.05)
        self.publish(inventory, meta)


class ComparesSerialsOnly(Directory):
    """Takes another write with the same serial for the base."""

    def commit(self, inventory: Inventory, meta: Meta, base: Meta | None, source: t.Any = None) -> None:
        newest = self._newest()
        same = newest and base and newest.serial == base.serial
        super().commit(inventory, meta, newest if same else base, source)


class SaysNothingOfOthers(Directory):
    """Does not say who wrote in between."""

    def commit(self, inventory: Inventory, meta: Meta, base: Meta | None, source: t.Any = None) -> None:
        try:
            super().commit(inventory, meta, base, source)
        except StorageError as error:
            raise type(error)('Somebody wrote.', help_text='Run again.') from None


class WritesBlindly(Directory):
    """Its `write` replaces what somebody else wrote since `load`."""

    def write(self, inventory: Inventory) -> None:
        self.load()
        super().write(inventory)


class WritesInPlace(Directory):
    """A reader may see a part of a state, and a killed writer leaves one."""

    def _publish(self, file: pathlib.Path, data: bytes) -> None:
        with open(file, 'wb', buffering=0) as stream:
            for start in range(0, len(data), 100):
                stream.write(data[start : start + 100])
                time.sleep(0.001)


class ReadsTheOneBefore(Directory):
    """Every third reading is one state behind."""

    readings = 0

    def read(self, serial: int | None = None) -> State | None:
        self.readings += 1
        newest = max(self._serials(), default=0)
        late = serial is None and self.readings % 3 == 0 and newest > 1
        return super().read(newest - 1 if late else serial)  # type: ignore[no-any-return]


class TakesErrorsForNothing(Directory):
    """What cannot be read was never stored."""

    def read(self, serial: int | None = None) -> State | None:
        try:
            return super().read(serial)  # type: ignore[no-any-return]
        except StorageError:
            return None


class ReadsLaterFormats(Directory):
    """Does not look at the format."""

    def _content(self, file: pathlib.Path) -> bytes | None:
        data: bytes | None = super()._content(file)
        return data and data.replace(b'"format": 2', b'"format": 1')


class MakesDirectoriesToRead(Directory):
    """Reading leaves something behind."""

    def read(self, serial: int | None = None) -> State | None:
        self._place.mkdir(parents=True, exist_ok=True)
        return super().read(serial)  # type: ignore[no-any-return]


class ChangesNumbers(Directory):
    """Whole numbers in the place of those with a point."""

    def _state(self, data: bytes, where: str) -> State:
        state = super()._state(data, where)
        changed = json.loads(json.dumps(state.inventory), parse_float=lambda text: int(float(text)))
        return State(changed, state.meta, state.source)


class SharesWhatItRead(Directory):
    """Gives the same object twice."""

    kept: State | None = None

    def _state(self, data: bytes, where: str) -> State:
        if self.kept is None:
            self.kept = super()._state(data, where)
        return self.kept


class CutsLargeStates(Directory):
    """Has only so much room and does not say so."""

    def _publish(self, file: pathlib.Path, data: bytes) -> None:
        super()._publish(file, data[:10_000])


class IgnoresFullDisks(Directory):
    """Acknowledges what is not stored."""

    def _publish(self, file: pathlib.Path, data: bytes) -> None:
        try:
            super()._publish(file, data)
        except OSError:
            file.with_name('new').unlink()


class ForgetsTheInput(Directory):
    """Keeps no input."""

    def commit(self, inventory: Inventory, meta: Meta, base: Meta | None, source: t.Any = None) -> None:
        super().commit(inventory, meta, base, None)


class OldestFirst(Directory):
    """Its history is the wrong way round."""

    def history(self) -> list[Meta]:
        return super().history()[::-1]  # type: ignore[no-any-return]


class KeepsOneLess(Directory):
    """Keeps fewer older states than it is told to."""

    def _drop(self, keep: int) -> list[Meta]:
        return super()._drop(max(keep - 1, 0))  # type: ignore[no-any-return]


class PrunesAll(Directory):
    """Drops the newest state, too."""

    def prune(self, keep: int) -> list[Meta]:
        with self._writing():
            return self._drop(keep - 1)  # type: ignore[no-any-return]


class CannotRecover(Directory):
    """A damaged newest state stops a restore."""

    def recover(self) -> Meta | None:
        raise StateDamaged('It is damaged.', help_text='Nothing can be done.')


class GivesLocksAway(Directory):
    """Everybody gets the lock."""

    def lock(self, info: LockInfo, timeout: float) -> None:
        self._lock_file.unlink(missing_ok=True)
        super().lock(info, timeout)


class LooksBeforeItLocks(Directory):
    """Two may get the lock at once."""

    def lock(self, info: LockInfo, timeout: float) -> None:
        holder = self.holder()
        if holder:
            raise locked_by(holder)
        time.sleep(0.1)
        with self._writing():
            self._publish(self._lock_file, lock_text(info).encode())


class NeverWaitsForALock(Directory):
    """Refuses a lock at once, however long one would wait."""

    def lock(self, info: LockInfo, timeout: float) -> None:
        super().lock(info, 0)


class BreaksAnyLock(Directory):
    """Does not look at the id."""

    def break_lock(self, lock_id: str) -> None:
        self._lock_file.unlink(missing_ok=True)


class MixesRegions(Directory):
    """Two regions have one place."""

    def register(self, options: dict[str, t.Any]) -> None:
        super().register(options)
        self._place = self._root / 'states' / f'{self.options.tenant}-{self.options.region}'


class MixesLetters(Directory):
    """Names that differ only in the case of their letters are one."""

    def register(self, options: dict[str, t.Any]) -> None:
        super().register(options)
        self._place = self._root / self.options.tenant.lower() / self.options.region.lower()


class TellsItsPath(Directory):
    """Shows in a message what must not be shown."""

    def check(self) -> list[Finding]:
        return [Finding('ok', f'All is well with {self.options.path}.')]


class TakesAnyOption(Directory):
    """Passes over options that it does not know."""

    def register(self, options: dict[str, t.Any]) -> None:
        super().register({key: value for key, value in options.items() if key != 'timeouts'})


class OffersNoRemedy(Directory):
    """Its errors do not say what to do."""

    def read(self, serial: int | None = None) -> State | None:
        try:
            return super().read(serial)  # type: ignore[no-any-return]
        except StorageError as error:
            raise type(error)(error.message) from None


class FindsNothing(Directory):
    """Its check says nothing."""

    def check(self) -> list[Finding]:
        return []


class RaisesForeignErrors(Directory):
    """Lets through what the system raises."""

    def load(self) -> Inventory | None:
        os.stat(self._root)
        return super().load()  # type: ignore[no-any-return]


class GzipInPlace(Gzip):
    """A minimal class that does not replace its file at once."""

    def write(self, inventory: Inventory) -> None:
        text = json.dumps(inventory).encode()
        with open(self._file, 'wb', buffering=0) as stream:
            for start in range(0, len(text), 1000):
                stream.write(text[start : start + 1000])
                time.sleep(0.001)

    def load(self) -> Inventory | None:
        return json.loads(self._file.read_bytes()) if self._file.exists() else None


class GzipThatTakesMissingForNew(Gzip):
    """A minimal class for which a directory that is missing is one without a state."""

    def load(self) -> Inventory | None:
        return super().load() if self._file.exists() else None  # type: ignore[no-any-return]


class DeniesLostAnswers(redis.StorageModule):
    """Says that nothing was written where nobody knows."""

    def commit(self, inventory: Inventory, meta: Meta, base: Meta | None, source: t.Any = None) -> None:
        try:
            super().commit(inventory, meta, base, source)
        except WriteUncertain as error:
            raise StorageUnreachable('Nothing was written.', help_text='Run again.') from error
