# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the storages share."""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile

import pytest


@pytest.fixture
def quick(tmp_path):
    """A directory in memory where there is one: a killed process does not need a disk, and a test of each step does."""
    memory = pathlib.Path('/dev/shm')
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    directory = pathlib.Path(tempfile.mkdtemp(prefix='osa-', dir=memory))
    yield directory
    shutil.rmtree(directory)
