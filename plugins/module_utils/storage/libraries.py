# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries that only some storages need."""

from __future__ import annotations

import importlib
import types

from ..errors import LibraryMissing


def require(module: str, package: str) -> types.ModuleType:
    """Import a third-party module, such as `require('sqlalchemy', 'sqlalchemy>=2')`.

    package: what pip is to install. Raises LibraryMissing, which names it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise LibraryMissing(
            f"The Python package '{package}' is not installed or cannot be imported: {error}.",
            help_text=f"Install it into the Python that runs Ansible: python3 -m pip install '{package}'.",
        ) from error
