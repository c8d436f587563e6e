# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the file storage keeps of the input of states (`keep_input`): one file per input, named by its digest."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import re
import typing as t

from ...canonical import canonical, digest_of_text
from ...errors import StateDamaged
from ..filesystem import Ownership, read_file, replace
from ..formats import json_text

_NAME = re.compile(r'\.?[0-9a-f]{64}\.json(\.new)?')
"""A kept input, or what is left of one that was being written."""


class Inputs:
    """The directory of kept inputs; it exists from the first one on. States with the same input share a file."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def keep(self, source: dict[str, t.Any], ownership: Ownership) -> str:
        """Store an input, if it is not there; returns its name. Raises OSError."""
        text = canonical(source)
        name = digest_of_text(text)
        path = self._path(name)
        if os.path.islink(self._directory):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), self._directory)
        if not os.path.exists(path):
            with contextlib.suppress(FileExistsError):
                os.mkdir(self._directory, 0o700)
                # Whatever the umask has left of that.
                os.chmod(self._directory, 0o700)
            self._follow(ownership)
            replace(path, text.encode('ascii'), ownership)
        return name

    def read(self, name: str) -> dict[str, t.Any]:
        """A kept input. Raises StateDamaged when it is gone or changed."""
        path, help_text = self._path(name), 'Put it back from a backup; the inventory itself does not need it.'
        data = read_file(path) if self._is_there() else None
        if data is None:
            raise StateDamaged(f"The kept input '{path}' is gone.", help_text=help_text)
        source = json_text.parse(data, path, help_text)
        if digest_of_text(canonical(source)) != name:
            raise StateDamaged(f"The kept input '{path}' was changed.", help_text=help_text)
        return source

    def sweep(self, names: t.Container[str | None]) -> None:
        """Remove the inputs that no state names. Raises OSError."""
        if self._is_there():
            for entry in os.listdir(self._directory):
                if _NAME.fullmatch(entry) and entry.removesuffix('.json') not in names:
                    os.unlink(os.path.join(self._directory, entry))

    def _is_there(self) -> bool:
        """Whether there is the directory, and not a link to another one."""
        return os.path.isdir(self._directory) and not os.path.islink(self._directory)

    def _follow(self, ownership: Ownership) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            # A user who may read the files may enter.
            mode = ownership.mode | (ownership.mode & 0o444) >> 2
            dataclasses.replace(ownership, mode=mode).apply(descriptor)
        finally:
            os.close(descriptor)

    def _path(self, name: str) -> str:
        return os.path.join(self._directory, f'{os.path.basename(name)}.json')
