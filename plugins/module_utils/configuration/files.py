# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files make up a deployment description, in the order in which they count."""

from __future__ import annotations

import dataclasses
import errno
import os
import stat

from ..places import Place
from .problems import Problems, nearest

USER_CONFIGURATION = 'openstack_user_config.yml'
CONFIGURATION_PARTS = 'conf.d'
ENVIRONMENT_PARTS = 'env.d'
SUFFIXES = ('.yml', '.yaml')

LARGEST_FILE = 32 * 1024 * 1024
"""Bytes of the largest file that is read: a million addresses in `used_ips` have 18 MB."""


@dataclasses.dataclass(frozen=True)
class Sources:
    """The files of a deployment; each list is in the order in which later files are merged over earlier ones.

    user_configuration: `openstack_user_config.yml`, if it is there. parts: the files of `conf.d`.
    environment: the files of the base `env.d`, then those of the configuration directory's.
    skipped: files and directories that were passed over.
    """

    user_configuration: tuple[str, ...]
    parts: tuple[str, ...]
    environment: tuple[str, ...]
    skipped: tuple[str, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """All files, in the order in which they are read."""
        return (*self.user_configuration, *self.parts, *self.environment)


def find_sources(config_dir: str, environment_dir: str) -> Sources:
    """The files in a configuration directory and in the directory that has the base `env.d`.

    Only the directories given are looked at. Raises ConfigurationError, or ConfigurationErrors for several mistakes, if
    one of them is missing, if there is no configuration at all, or if something that should be a file or directory is
    none.
    """
    search = _Search()
    base = os.path.join(environment_dir, ENVIRONMENT_PARTS)
    own = os.path.join(config_dir, ENVIRONMENT_PARTS)
    search.require_directory(config_dir, 'configuration directory')
    search.require_directory(base, 'directory of the base environment')
    search.problems.raise_errors()

    user_configuration = search.file(os.path.join(config_dir, USER_CONFIGURATION))
    parts = search.walk(os.path.join(config_dir, CONFIGURATION_PARTS))
    if not user_configuration and not parts and not search.problems:
        _refuse_nothing(config_dir, search.problems)
    environment = search.walk(base)
    if os.path.realpath(own) != os.path.realpath(base):
        environment += search.walk(own)
    search.problems.raise_errors()
    return Sources(tuple(user_configuration), tuple(parts), tuple(environment), tuple(search.skipped))


def _refuse_nothing(config_dir: str, problems: Problems) -> None:
    message = (
        f"There is neither a file '{os.path.join(config_dir, USER_CONFIGURATION)}' nor a YAML file in "
        f"'{os.path.join(config_dir, CONFIGURATION_PARTS)}'."
    )
    suggestion = nearest(USER_CONFIGURATION, os.listdir(config_dir))
    problems.error(message, None, '', f"{suggestion}Write one, or name the directory that has them as 'config_dir'.")


class _Search:
    """Looks for files; what is passed over is noted in `skipped`, what is wrong in `problems`."""

    def __init__(self) -> None:
        self.problems = Problems()
        self.skipped: list[str] = []

    def require_directory(self, path: str, what: str) -> None:
        """Note anything but a directory that can be looked into."""
        mode = self._mode(path, what)
        if mode is None and os.path.islink(path):
            self._refuse_dangling(path)
        elif mode is None:
            self._error(path, f"The {what} '{path}' does not exist.", 'Name or make the directory.')
        elif mode and not stat.S_ISDIR(mode):
            self._error(path, f"The {what} '{path}' is not a directory.", 'Name or make a directory.')

    def file(self, path: str) -> list[str]:
        """The path, if it is a file; nothing if nothing is there."""
        mode = self._mode(path, 'file')
        if mode is None and os.path.islink(path):
            self._refuse_dangling(path)
        elif mode and stat.S_ISDIR(mode):
            message = f"'{path}' is a directory instead of a file."
            self._error(path, message, f"Files in it belong into '{CONFIGURATION_PARTS}'.", Place(path, 1, 1))
        elif mode:
            return self._regular(path, mode)
        return []

    def walk(self, directory: str) -> list[str]:
        """The YAML files below a directory: those of each directory by name, then its sub-directories by name.

        Passed over are hidden entries, other suffixes, and directories that were there already, by a symbolic link.
        """
        if not os.path.lexists(directory):
            return []
        self.require_directory(directory, 'directory')
        files: list[str] = []
        visited: set[tuple[int, int]] = set()
        waiting = [directory] if os.path.isdir(directory) else []
        while waiting:
            current = waiting.pop()
            status = os.stat(current)
            if (status.st_dev, status.st_ino) in visited:
                self.skipped.append(current)
                continue
            visited.add((status.st_dev, status.st_ino))
            found, subdirectories = self._sorted_out(current)
            files += found
            waiting.extend(reversed(subdirectories))
        return files

    def _sorted_out(self, directory: str) -> tuple[list[str], list[str]]:
        """The YAML files and the sub-directories of a directory."""
        files: list[str] = []
        subdirectories: list[str] = []
        for path in self._entries(directory):
            name = os.path.basename(path)
            mode = None if name.startswith('.') else self._mode(path, 'file')
            if mode and stat.S_ISDIR(mode):
                subdirectories.append(path)
            elif name.startswith('.') or not name.endswith(SUFFIXES):
                self.skipped.append(path)
            elif mode is None:
                self._refuse_dangling(path)
            elif mode:
                files += self._regular(path, mode)
        return files, subdirectories

    def _entries(self, directory: str) -> list[str]:
        try:
            return [os.path.join(directory, name) for name in sorted(os.listdir(directory))]
        except OSError as error:
            self._refuse_unreadable(directory, 'directory', error)
            return []

    def _mode(self, path: str, what: str) -> int | None:
        """Kind and rights of what is at a path, links followed: None for nothing, 0 where that is a mistake."""
        try:
            return os.stat(path).st_mode
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP):
                return None
            self._refuse_unreadable(path, what, error)
            return 0

    def _regular(self, path: str, mode: int) -> list[str]:
        if stat.S_ISREG(mode):
            self._refuse_too_large(path)
            return [path]
        message = f"'{path}' is neither a file nor a directory."
        self._error(path, message, 'Remove it, or put a file there.', Place(path, 1, 1))
        return []

    def _refuse_too_large(self, path: str) -> None:
        """OSA's files have some kilobytes; whatever is larger by so much would only take memory and time."""
        size = os.stat(path).st_size
        if size > LARGEST_FILE:
            message = f"The file '{path}' has {size >> 20} MiB, and no more than {LARGEST_FILE >> 20} MiB are read."
            self._error(path, message, 'Put a configuration file there.', Place(path, 1, 1))

    def _refuse_dangling(self, path: str) -> None:
        message = f"'{path}' is a symbolic link to nothing."
        self._error(path, message, 'Remove it, or put a file there.', Place(path, 1, 1))

    def _refuse_unreadable(self, path: str, what: str, error: OSError) -> None:
        message = f"The {what} '{path}' cannot be read: {error.strerror}."
        self._error(path, message, 'Give the user who runs this the right to read it.')

    def _error(self, path: str, message: str, help_text: str, place: Place | None = None) -> None:
        self.problems.error(message, place, path, help_text)
