# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files make up a deployment description, in the order in which they count."""

from __future__ import annotations

import dataclasses
import os

from ..errors import ConfigurationError
from ..places import Place

USER_CONFIGURATION = 'openstack_user_config.yml'
CONFIGURATION_PARTS = 'conf.d'
ENVIRONMENT_PARTS = 'env.d'
SUFFIXES = ('.yml', '.yaml')


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

    Only the directories given are looked at. Raises ConfigurationError if one of them is missing, if there is no
    configuration at all, or if something that should be a file or directory is none.
    """
    _check_directory(config_dir, 'configuration directory')
    base = os.path.join(environment_dir, ENVIRONMENT_PARTS)
    _check_directory(base, 'directory of the base environment')
    own = os.path.join(config_dir, ENVIRONMENT_PARTS)

    skipped: list[str] = []
    user_configuration = _user_configuration(config_dir)
    parts = _walk(os.path.join(config_dir, CONFIGURATION_PARTS), skipped)
    if not user_configuration and not parts:
        raise ConfigurationError(
            f"There is neither a file '{os.path.join(config_dir, USER_CONFIGURATION)}' nor a YAML file in "
            f"'{os.path.join(config_dir, CONFIGURATION_PARTS)}'.",
            None,
            "Write one of them, or name the directory that has them as 'config_dir'.",
        )
    environment = _walk(base, skipped)
    if os.path.realpath(own) != os.path.realpath(base):
        environment += _walk(own, skipped)
    return Sources(user_configuration, tuple(parts), tuple(environment), tuple(skipped))


def _user_configuration(config_dir: str) -> tuple[str, ...]:
    path = os.path.join(config_dir, USER_CONFIGURATION)
    if not os.path.lexists(path):
        return ()
    if os.path.isdir(path):
        message = f"'{path}' is a directory instead of a file."
        raise ConfigurationError(message, Place(path, 1, 1), f"Files in it belong into '{CONFIGURATION_PARTS}'.")
    _check_file(path)
    return (path,)


def _walk(directory: str, skipped: list[str]) -> list[str]:
    """The YAML files below a directory: those of each directory by name, then its sub-directories by name.

    Names of what is passed over are added to `skipped`: hidden entries, other suffixes, and directories that were
    there already, by a symbolic link.
    """
    if not os.path.lexists(directory):
        return []
    _check_directory(directory, 'directory')
    files: list[str] = []
    visited: set[tuple[int, int]] = set()
    waiting = [directory]
    while waiting:
        current = waiting.pop()
        status = os.stat(current)
        if (status.st_dev, status.st_ino) in visited:
            skipped.append(current)
            continue
        visited.add((status.st_dev, status.st_ino))
        subdirectories: list[str] = []
        for entry in _entries(current):
            if entry.name.startswith('.'):
                skipped.append(entry.path)
            elif entry.is_dir():
                subdirectories.append(entry.path)
            elif entry.name.endswith(SUFFIXES):
                _check_file(entry.path)
                files.append(entry.path)
            else:
                skipped.append(entry.path)
        waiting.extend(reversed(subdirectories))
    return files


def _entries(directory: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        message = f"The directory '{directory}' cannot be read: {error.strerror}."
        raise ConfigurationError(message, None, 'Give the user who runs this the right to read it.') from error


def _check_directory(path: str, what: str) -> None:
    if os.path.isdir(path):
        return
    if os.path.exists(path):
        raise ConfigurationError(f"The {what} '{path}' is not a directory.", None, 'Name or make a directory.')
    raise ConfigurationError(f"The {what} '{path}' does not exist.", None, 'Name or make the directory.')


def _check_file(path: str) -> None:
    if os.path.isfile(path):
        return
    what = 'a symbolic link to nothing' if os.path.islink(path) else 'neither a file nor a directory'
    raise ConfigurationError(f"'{path}' is {what}.", Place(path, 1, 1), 'Remove it, or put a file there.')
