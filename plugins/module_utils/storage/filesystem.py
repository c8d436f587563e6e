# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are replaced whole or not at all, and that survive a power cut: the ground under the file storage."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import os
import stat
import time
import typing as t

from ..errors import StateDamaged, StateTooLarge, StorageError, StorageLocked, StorageRefused, StorageUnreachable

PRIVATE = 0o600

LARGEST_FILE = 512 * 1024 * 1024
"""Bytes of the largest file that is read into memory: an inventory of some 300,000 hosts."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)
_LINK_HELP = 'Somebody may have put it there to lead elsewhere. Remove the link.'
_LONGEST_CHAIN = 40
"""As many links as the kernel follows."""


@dataclasses.dataclass(frozen=True)
class Ownership:
    """Mode, owner and group of a file; an id of None is whatever a new file gets."""

    mode: int = PRIVATE
    uid: int | None = None
    gid: int | None = None

    @classmethod
    def of(cls, path: str) -> Ownership:
        """What an existing file has, but for the right of all to write; without one, a private file of this user."""
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            return cls()
        if not stat.S_ISREG(status.st_mode):
            return cls()
        return cls(stat.S_IMODE(status.st_mode) & 0o775, status.st_uid, status.st_gid)

    def apply(self, descriptor: int) -> None:
        """Give an open file this ownership. Raises PermissionError where somebody would lose access.

        Another user than the owner cannot hand the file back; that is fine as long as the group may read and write it.
        """
        now = os.fstat(descriptor)
        if self.gid is not None and self.gid != now.st_gid:
            os.fchown(descriptor, -1, self.gid)
        if self.uid is not None and self.uid != now.st_uid:
            try:
                os.fchown(descriptor, self.uid, -1)
            except PermissionError:
                if self.mode & 0o060 != 0o060:
                    raise
        if stat.S_IMODE(now.st_mode) != self.mode:
            os.fchmod(descriptor, self.mode)


@contextlib.contextmanager
def failures_of(action: str) -> t.Iterator[None]:
    """Turn every OSError of the block into the storage error of its kind; action: such as `write '/etc/x'`."""
    try:
        yield
    except OSError as error:
        raise _storage_error(action, error) from error


def _storage_error(action: str, error: OSError) -> StorageError:
    message = f'Cannot {action}: {error.strerror or error}.'
    if error.errno in _FULL:
        return StorageRefused(message, help_text='Nothing was written. Free some space and run again.')
    if error.errno == errno.EFBIG:
        return StateTooLarge(message, help_text='Nothing was written. Raise the limit for the size of files.')
    if error.errno == errno.ELOOP:
        return StorageRefused(f"Cannot {action}: '{error.filename}' is a symbolic link.", help_text=_LINK_HELP)
    if error.errno in _REFUSED:
        return StorageRefused(message, help_text='Run as a user who may do that, or give this user the right.')
    return StorageUnreachable(message, help_text='See that the directory is there, and its file system works.')


def resolved(path: str) -> str:
    """Where a file is that may be named by a link: its path without links.

    A link counts only if this user or root made it: in a directory that several users can write to, somebody else's
    could make this user write where they cannot. Raises StorageRefused, StorageUnreachable.
    """
    here = path
    with failures_of(f"look at '{path}'"), contextlib.suppress(FileNotFoundError):
        for _link in range(_LONGEST_CHAIN):
            status = os.lstat(here)
            if not stat.S_ISLNK(status.st_mode):
                break
            if status.st_uid not in (0, os.geteuid()):
                raise StorageRefused(
                    f"'{here}' is a symbolic link of another user, so where it leads cannot be relied on.",
                    help_text="Name its target in the option 'path', or let root make the link.",
                )
            here = os.path.join(os.path.dirname(here), os.readlink(here))
    return os.path.realpath(path)


def open_file(path: str) -> t.BinaryIO:
    """A regular file, open for reading; a link is not followed, and nothing waits for a pipe.

    Raises OSError, and StateDamaged for anything but a file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return open(descriptor, 'rb')
    os.close(descriptor)
    kind = 'a directory' if stat.S_ISDIR(mode) else 'not a regular file'
    raise StateDamaged(f"'{path}' is {kind}.", help_text='Move it away, and put the file back that belongs there.')


def read_file(path: str) -> bytes | None:
    """The content of a regular file; None where it is missing, but its directory is there.

    Raises StateDamaged for anything but a file, StorageUnreachable without the directory, StorageRefused, for a link
    too, StateTooLarge.
    """
    with failures_of(f"read '{path}'"):
        try:
            opened = open_file(path)
        except FileNotFoundError:
            os.stat(os.path.dirname(path))
            return None
        with opened as file:
            refuse_too_large(path, os.fstat(file.fileno()).st_size)
            return file.read()


def refuse_too_large(what: str, size: int) -> None:
    """Raise StateTooLarge for what is not to be read into memory; size: in bytes."""
    if size > LARGEST_FILE:
        raise StateTooLarge(
            f"'{what}' has {size >> 20} MiB, and no more than {LARGEST_FILE >> 20} MiB are read.",
            help_text='It is left as it is. Restore an older state, or put the file back from a backup.',
        )


def refuse_open_to_all(path: str) -> None:
    """Raise StorageRefused for a file or directory that every user of the machine may write to."""
    with failures_of(f"look at '{path}'"), contextlib.suppress(FileNotFoundError):
        if os.stat(path).st_mode & stat.S_IWOTH:
            raise StorageRefused(
                f"'{path}' can be written by every user, so what it holds cannot be relied on.",
                help_text=f"Take that right away: chmod o-w '{path}'.",
            )


def staged(path: str) -> str:
    """The name under which a new version of the file is prepared; the writer must hold a lock."""
    directory, name = os.path.split(path)
    return os.path.join(directory, f'.{name.lstrip(".")}.new')


@contextlib.contextmanager
def staging(path: str, ownership: Ownership) -> t.Iterator[t.BinaryIO]:
    """A new version of a file, to be written in the block: on disk when the block ends, visible after `publish`.

    Raises OSError; what was begun is removed then.
    """
    new = staged(path)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
    try:
        with open(descriptor, 'wb') as file:
            yield file
            file.flush()
            ownership.apply(file.fileno())
            os.fsync(file.fileno())
    except BaseException:
        discard(path)
        raise


def discard(path: str) -> None:
    """Forget a staged version, if there is one."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(staged(path))


def publish(path: str) -> None:
    """Put the staged version in the place of the file, durably. Raises OSError."""
    os.rename(staged(path), path)
    sync_directory(os.path.dirname(path))


def replace(path: str, data: bytes, ownership: Ownership) -> None:
    """Replace a whole file, durably; the caller must hold a lock. Raises OSError."""
    with staging(path, ownership) as file:
        file.write(data)
    try:
        publish(path)
    except BaseException:
        discard(path)
        raise


def sync_directory(path: str) -> None:
    """Make renames in a directory durable. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def exclusive(path: str, ownership: Ownership, name: str, timeout: float) -> t.Iterator[None]:
    """Hold the write lock: an `flock` on a file that is made once and stays, with `name` of the holder inside.

    Raises OSError, or StorageLocked when somebody else holds it for longer than `timeout` seconds.
    """
    descriptor = _locked(path, time.monotonic() + timeout)
    try:
        # The right to lock is enough: a user who may not change the file's owner leaves it.
        with contextlib.suppress(PermissionError):
            ownership.apply(descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, name.encode(), 0)
        yield
    finally:
        # The lock is gone either way, and what was written under it is not in this file.
        with contextlib.suppress(OSError):
            os.close(descriptor)


def _locked(path: str, deadline: float) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    while True:
        descriptor = os.open(path, flags, PRIVATE)
        try:
            _refuse_foreign(path, os.fstat(descriptor))
            if try_lock(descriptor) and _is_still(path, descriptor):
                return descriptor
            holder = os.pread(descriptor, 200, 0).decode(errors='replace')
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() >= deadline:
            raise StorageLocked(
                f"'{path}' is held by another write{f' of {holder}' if holder else ''}.",
                help_text='Run again when it is done; the lock ends with the process that holds it.',
            )
        time.sleep(0.01)


def _refuse_foreign(path: str, status: os.stat_result) -> None:
    """Raise StorageRefused for a lock file that is not a plain file, or that has a second name: it is written to."""
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        raise StorageRefused(
            f"'{path}' is not a lock file.",
            help_text='Somebody may have put another file in its place. Remove it; the next write makes a new one.',
        )


def try_lock(descriptor: int) -> bool:
    """Take an exclusive `flock` if it is free; it ends when the file is closed. Raises OSError."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(path: str, descriptor: int) -> bool:
    """Whether the locked file is the one that others would lock: somebody may have removed it meanwhile."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False
