# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that commands write: for their owner alone, as inventories say how a cloud is reached."""

from __future__ import annotations

import os
import typing as t

from ...module_utils.errors import InventoryError


def write_file(path: str, content: bytes) -> None:
    """Write a file, over one that is there. Raises InventoryError."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'wb') as file:
            file.write(content)
    except OSError as error:
        raise InventoryError(f"'{path}' cannot be written: {error.strerror}.") from error


def write_directory(directory: str, files: t.Mapping[str, bytes]) -> None:
    """Write files below a directory, which must be empty or new. Raises InventoryError."""
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        if os.listdir(directory):
            raise InventoryError(
                f"The directory '{directory}' is not empty, and what is in it could be taken for a part of the export.",
                help_text='Name a new directory, or empty this one.',
            )
        for folder in sorted({os.path.dirname(path) for path in files} - {''}):
            os.makedirs(os.path.join(directory, folder), mode=0o700, exist_ok=True)
    except OSError as error:
        raise InventoryError(f"'{directory}' cannot be written: {error.strerror}.") from error
    for path, content in files.items():
        write_file(os.path.join(directory, path), content)
