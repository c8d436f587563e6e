# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that are not part of Python."""

from __future__ import annotations

import importlib
import sys

import pytest
from ansible_collections.osa.inventory.plugins.module_utils import addresses
from ansible_collections.osa.inventory.plugins.module_utils.addresses import network_of
from ansible_collections.osa.inventory.plugins.module_utils.configuration.reader import load_mapping
from ansible_collections.osa.inventory.plugins.module_utils.errors import LibraryMissing
from ansible_collections.osa.inventory.plugins.module_utils.libraries import require


def test_a_missing_library_names_the_package_to_install():
    assert require('json', 'json') is importlib.import_module('json')
    with pytest.raises(LibraryMissing) as caught:
        require('no_such_library', 'no-such-library>=2')
    assert 'no-such-library>=2' in caught.value.message
    assert "pip install 'no-such-library>=2'" in caught.value.help_text


@pytest.mark.parametrize(
    ('module', 'package', 'use'),
    [
        ('netaddr', 'netaddr>=1.0', lambda: network_of('10.0.0.0/8')),
        ('yaml', 'PyYAML>=6.0', lambda: load_mapping('a: 1', 'a.yml')),
    ],
)
def test_what_reads_a_description_names_what_it_needs(monkeypatch, module, package, use):
    assert use()
    addresses._netaddr.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(LibraryMissing) as caught:
        use()
    assert f"'{package}'" in caught.value.message
