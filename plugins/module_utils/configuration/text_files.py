# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of files."""

from __future__ import annotations

from ..errors import ConfigurationError
from ..places import Place


def read_file(path: str) -> str:
    """The text of a file. Raises ConfigurationError if it cannot be read or is not UTF-8."""
    try:
        with open(path, 'rb') as file:
            data = file.read()
    except OSError as error:
        message = f'The file cannot be read: {error.strerror}.'
        raise ConfigurationError(message, Place(path, 1, 1), _help_for(error)) from error
    return decode(data, path)


def decode(data: bytes, path: str) -> str:
    """The text of a file's bytes. Raises ConfigurationError, with line and offset, where they are not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b'\n', 0, error.start) + 1
        column = len(data[data.rfind(b'\n', 0, error.start) + 1 : error.start].decode()) + 1
        message = f'The file is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}.'
        help_text = 'Save the file with the encoding UTF-8.'
        raise ConfigurationError(message, Place(path, line, column), help_text) from error


def _help_for(error: OSError) -> str:
    if isinstance(error, IsADirectoryError):
        return 'A file is expected here: move the directory away.'
    if isinstance(error, PermissionError):
        return 'Give the user who runs this the right to read it.'
    return 'Check that the file is there.'
