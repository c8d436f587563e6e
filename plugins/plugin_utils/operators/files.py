# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that operators ask for: for their owner alone, as inventories say how a cloud is reached."""

from __future__ import annotations

import os
import stat
import typing as t

from ...module_utils.errors import InventoryError, StorageError
from ...module_utils.storage.filesystem import Ownership, replace, resolved


def write_file(path: str, content: bytes) -> None:
    """Write a file, in the place of one that is there. Raises InventoryError.

    One that is this user's own keeps its mode and group; a link of this user or root is followed.
    """
    try:
        target = resolved(os.path.abspath(path))
        replace(target, content, _ownership(target))
    except OSError as error:
        raise InventoryError(f"'{path}' cannot be written: {error.strerror}.") from error
    except StorageError as error:
        raise InventoryError(error.message, help_text=error.help_text) from error


def _ownership(path: str) -> Ownership:
    """That of a file of this user; that of a new file else, as nobody else is to be given what is written."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return Ownership()
    if not stat.S_ISREG(status.st_mode):
        raise InventoryError(f"'{path}' is not a file that could be replaced.")
    return Ownership.of(path) if status.st_uid == os.geteuid() else Ownership()


def write_directory(directory: str, files: t.Mapping[str, bytes]) -> None:
    """Write files below a directory, which must be empty or new. Raises InventoryError."""
    top = os.path.abspath(directory)
    try:
        _make(top)
        if os.listdir(top):
            raise InventoryError(
                f"The directory '{directory}' is not empty, and what is in it could be taken for a part of the export.",
                help_text='Name a new directory, or empty this one.',
            )
        for path, content in files.items():
            _make(os.path.dirname(os.path.join(top, path)))
            _write_new(os.path.join(top, path), content)
    except OSError as error:
        raise InventoryError(f"'{error.filename or directory}' cannot be written: {error.strerror}.") from error


def _make(directory: str) -> None:
    """Make a directory for its owner alone, and those above it, whatever the umask. Raises OSError."""
    if os.path.isdir(directory):
        return
    _make(os.path.dirname(directory))
    os.mkdir(directory, 0o700)
    os.chmod(directory, 0o700)


def _write_new(path: str, content: bytes) -> None:
    """Write a file that nobody has made yet. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, 'wb') as file:
        Ownership().apply(descriptor)
        file.write(content)
