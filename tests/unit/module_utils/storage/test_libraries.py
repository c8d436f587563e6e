# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries that only some storages need."""

from __future__ import annotations

import importlib

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import LibraryMissing
from ansible_collections.osa.inventory.plugins.module_utils.storage.libraries import require


def test_a_missing_library_names_the_package_to_install():
    assert require('json', 'json') is importlib.import_module('json')
    with pytest.raises(LibraryMissing) as caught:
        require('no_such_library', 'no-such-library>=2')
    assert 'no-such-library>=2' in caught.value.message
    assert "pip install 'no-such-library>=2'" in caught.value.help_text
