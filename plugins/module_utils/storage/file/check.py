# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `check` finds out about the file storage."""

from __future__ import annotations

import os

from ...errors import StorageError
from ..contract import Finding
from .reader import Files, observe
from .writer import writing

_VOLATILE = ('tmpfs', 'ramfs')


def findings(path: str, region: str, timeout: float) -> list[Finding]:
    """Whether the inventory file can be read and written, and whether it stays there."""
    try:
        files = Files.around(path, region)
        head = observe(files)
    except StorageError as error:
        return [Finding('error', error.message, error.help_text)]
    found = [_reading(path, head.lost, head.data is not None), _writing(files, timeout), _durable(files.data)]
    problem = files.archive.contents().problem
    if problem:
        remedy = 'Nothing: the next changed write moves it aside and starts a new one with what can be read.'
        found.append(Finding('warning', f"archive '{files.archive.path}' is damaged: {problem}", remedy))
    else:
        found.append(Finding('ok', f"archive '{files.archive.path}' can be read"))
    return found


def _reading(path: str, lost: bool, stored: bool) -> Finding:
    if lost:
        return Finding('error', f"'{path}' is gone", 'Restore it from the archive or a backup.')
    return Finding('ok', f"'{path}' can be read" if stored else f"'{path}' was never written")


def _writing(files: Files, timeout: float) -> Finding:
    directories = {os.path.dirname(files.data), os.path.dirname(files.archive.path)}
    refused = sorted(directory for directory in directories if not os.access(directory, os.W_OK | os.X_OK))
    if refused:
        return Finding('warning', f"'{refused[0]}' cannot be written", 'Run changes as a user who may write there.')
    try:
        with writing(files, timeout):
            return Finding('ok', f"'{files.path}' can be written")
    except StorageError as error:
        return Finding('error', error.message, error.help_text)


def _durable(path: str) -> Finding:
    kind = _file_system(os.path.dirname(path))
    if kind in _VOLATILE:
        return Finding('error', f"'{path}' is on {kind}, which is empty after a restart", 'Use a directory on disk.')
    return Finding('ok', f"'{path}' is on disk{f' ({kind})' if kind else ''}")


def _file_system(directory: str) -> str | None:
    """The kind of file system that a directory is on, where the machine can tell."""
    try:
        with open('/proc/self/mountinfo', encoding='utf-8') as file:
            lines = file.readlines()
    except OSError:
        return None
    device = os.stat(directory).st_dev
    wanted = f'{os.major(device)}:{os.minor(device)}'
    return next((line.partition(' - ')[2].split()[0] for line in lines if line.split()[2] == wanted), None)
