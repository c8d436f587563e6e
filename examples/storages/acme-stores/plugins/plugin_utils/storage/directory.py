# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `acme.stores.directory`: each state is a numbered file in a directory, which may be on a file server.

A sample of a storage that can do all that the contract of `osa.inventory` knows.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import os
import pathlib
import time
import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.storage.authoring import (
    Finding,
    History,
    Inventory,
    Lock,
    LockInfo,
    Meta,
    Options,
    State,
    StateConflict,
    StateDamaged,
    StateTooLarge,
    Storage,
    StorageError,
    StorageLocked,
    StorageRefused,
    StorageUnreachable,
    WriteUncertain,
    conflict,
    lock_text,
    locked_by,
    meta_text,
    option,
    pack,
    read_lock,
    read_meta,
    unpack_state,
    wait_for_lock,
)

_SUFFIX = '.state'
_ATTEMPTS = 20


@dataclasses.dataclass(frozen=True, kw_only=True)
class DirectoryOptions(Options):
    """Where the states are."""

    path: str = option(type='path', required=True, description='a directory that is there')


class StorageModule(Storage, History, Lock):
    """One directory for each region; in it `000000000001.state`, `000000000002.state`, … and `lock`.

    A state's file is never changed: two lines, the account and the size of the inventory, then the inventory and, where
    it is kept, its input, both compressed.
    """

    NAME = 'acme.stores.directory'
    OPTIONS = DirectoryOptions
    options: DirectoryOptions

    def register(self, options: dict[str, t.Any]) -> None:
        super().register(options)
        self._root = pathlib.Path(self.options.path)
        self._place = self._root / self.options.tenant / self.options.region

    def describe(self) -> str:
        return f'{self._root}, region {self.region}'

    def read(self, serial: int | None = None) -> State | None:
        for _attempt in range(_ATTEMPTS):
            serials = self._serials()
            wanted = serial if serial is not None else max(serials, default=0)
            if wanted not in serials:
                return None
            data = self._content(self._file(wanted))
            if data is not None:
                return self._state(data, self._where(wanted))
            # Another one pruned it after it was listed.
        raise StateConflict(f'{self._place} is being written all the time.', help_text='Run again.')

    def commit(
        self, inventory: Inventory, meta: Meta, base: Meta | None, source: dict[str, t.Any] | None = None
    ) -> None:
        payload = pack(inventory)
        packed_source = pack(source) if source is not None else b''
        data = b'%s\n%d\n%s%s' % (meta_text(meta).encode(), len(payload), payload, packed_source)
        with self._writing():
            newest = self._newest()
            if newest != base:
                raise conflict(newest, self.region)
            self._publish(self._file(meta.serial), data)
            # The write is done, whatever becomes of the old states; the next write tries again.
            with contextlib.suppress(StorageError, OSError):
                self._drop(self.options.keep)

    def history(self) -> list[Meta]:
        metas = (self._meta(serial) for serial in sorted(self._serials(), reverse=True))
        return [meta for meta in metas if meta]

    def prune(self, keep: int) -> list[Meta]:
        with self._writing():
            return self._drop(keep)

    def recover(self) -> Meta | None:
        with self._writing():
            for serial in sorted(self._serials(), reverse=True):
                try:
                    return self._meta(serial)
                except StateDamaged:
                    file = self._file(serial)
                    file.rename(file.with_suffix('.damaged'))
        return None

    def lock(self, info: LockInfo, timeout: float) -> None:
        def attempt() -> LockInfo | None:
            with self._writing():
                holder = self.holder()
                if holder is None:
                    self._publish(self._lock_file, lock_text(info).encode())
                return holder

        wait_for_lock(attempt, timeout)

    def holder(self) -> LockInfo | None:
        data = self._content(self._lock_file)
        return read_lock(data, str(self._lock_file)) if data is not None else None

    def break_lock(self, lock_id: str) -> None:
        with self._writing():
            holder = self.holder()
            if holder and holder.id != lock_id:
                raise locked_by(holder)
            self._lock_file.unlink(missing_ok=True)

    def check(self) -> list[Finding]:
        try:
            states = self.history()
            self.read()
        except StorageError as error:
            return [Finding('error', error.message, error.help_text)]
        findings = [Finding('ok', f'{self._place} can be read and holds {len(states)} states.')]
        if not os.access(self._root, os.W_OK):
            findings.append(Finding('warning', f'{self._root} cannot be written.', 'Give this user the right.'))
        return findings

    # Files

    @property
    def _lock_file(self) -> pathlib.Path:
        return self._place / 'lock'

    def _file(self, serial: int) -> pathlib.Path:
        return self._place / f'{serial:012}{_SUFFIX}'

    def _where(self, serial: int) -> str:
        return f"serial {serial} of region '{self.region}' in {self._root}"

    def _serials(self) -> set[int]:
        """The serials of all states; nothing is there before the first write, but the root always is."""
        with self._failures('read'):
            names = os.listdir(self._place) if self._place.is_dir() else os.listdir(self._root) and []
        return {int(name.removesuffix(_SUFFIX)) for name in names if name.endswith(_SUFFIX)}

    def _content(self, file: pathlib.Path) -> bytes | None:
        """The bytes of a file, None where there is none."""
        with self._failures('read'):
            try:
                return file.read_bytes()
            except FileNotFoundError:
                self._root.stat()
                return None

    def _meta(self, serial: int) -> Meta | None:
        data = self._content(self._file(serial))
        return read_meta(data.partition(b'\n')[0], self._where(serial)) if data is not None else None

    def _newest(self) -> Meta | None:
        return self._meta(max(self._serials(), default=0))

    def _state(self, data: bytes, where: str) -> State:
        account, _newline, rest = data.partition(b'\n')
        size, _newline, content = rest.partition(b'\n')
        meta = read_meta(account, where)
        if not size.isdigit():
            raise StateDamaged(f'The content of {where} is not complete.', help_text='Restore an older state.')
        return unpack_state(meta, content[: int(size)], content[int(size) :], where)

    def _drop(self, keep: int) -> list[Meta]:
        dropped = [self._meta(serial) for serial in sorted(self._serials(), reverse=True)[keep + 1 :]]
        # The oldest first: killed in between, the history has no gap.
        for meta in reversed(dropped):
            if meta:
                self._file(meta.serial).unlink()
        return [meta for meta in dropped if meta]

    def _publish(self, file: pathlib.Path, data: bytes) -> None:
        """Make a file, whole and on disk, or not at all; whoever does that must hold the write lock."""
        new = file.with_name('new')
        with open(new, 'wb', opener=_private) as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        new.rename(file)
        try:
            _sync(file.parent)
        except OSError as error:
            raise WriteUncertain(f"'{file}' is written, but perhaps not on disk: {error.strerror}.") from error

    @contextlib.contextmanager
    def _writing(self) -> t.Iterator[None]:
        """Shut out other writers while the block runs."""
        with self._failures('write'):
            self._root.stat()
            for directory in (self._place.parent, self._place):
                if not directory.is_dir():
                    directory.mkdir(mode=0o700, exist_ok=True)
                    _sync(directory.parent)
            with open(self._place / 'writing', 'wb', opener=_private) as stream:
                self._take(stream.fileno())
                yield

    def _take(self, descriptor: int) -> None:
        deadline = time.monotonic() + self.options.timeout
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StorageLocked(f'Another run writes to {self._place}.', help_text='Run again.') from None
            time.sleep(0.01)

    @contextlib.contextmanager
    def _failures(self, action: str) -> t.Iterator[None]:
        """Turn what the system refuses into the errors of the contract."""
        try:
            yield
        except OSError as error:
            message = f"Cannot {action} '{self._root}': {error.strerror or error}."
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise StateTooLarge(message, help_text='Nothing was written. Free some space there.') from error
            if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise StorageRefused(message, help_text='Give this user the right to do that.') from error
            raise StorageUnreachable(message, help_text='See that the directory is there.') from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(directory: pathlib.Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
