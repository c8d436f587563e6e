# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `gzip`: the inventory as one compressed file.

A sample of a storage with no more than the three methods: it imports nothing of `osa.inventory`, not even Ansible.
"""

from __future__ import annotations

import gzip
import json
import os
import pathlib
import tempfile
import typing as t


class Gzip:
    """One file for each region in a directory that must be there: option `path`."""

    def register(self, options: dict[str, t.Any]) -> None:
        """Keep what is needed of the options; no I/O."""
        self._directory = pathlib.Path(options['path'])
        self._file = self._directory / f'{options["tenant"]}+{options["region"]}.json.gz'

    def load(self) -> dict[str, t.Any] | None:
        """The stored inventory, or None when there has never been one; an error for anything else."""
        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            os.stat(self._directory)  # raises where the directory is missing: that is not "never stored"
            return None
        inventory: dict[str, t.Any] = json.loads(gzip.decompress(data))
        return inventory

    def write(self, inventory: dict[str, t.Any]) -> None:
        """Replace the stored inventory: all or nothing, and on disk when it returns."""
        with tempfile.NamedTemporaryFile(dir=self._directory, suffix='.new', delete=False) as new:
            try:
                new.write(gzip.compress(json.dumps(inventory).encode()))
                new.flush()
                os.fsync(new.fileno())
                os.replace(new.name, self._file)
            except BaseException:
                os.unlink(new.name)
                raise
        directory = os.open(self._directory, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)
