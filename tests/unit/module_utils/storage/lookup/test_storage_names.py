# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the name in an inventory source to a storage."""

from __future__ import annotations

import importlib
import os
import pathlib
import shutil
import sys
import textwrap

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    LibraryMissing,
    StorageError,
    StorageNotFound,
    StorageOptionError,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Ephemeral, capability
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.file import storage as file
from ansible_collections.osa.inventory.plugins.module_utils.storage.file.storage import StorageModule
from ansible_collections.osa.inventory.plugins.module_utils.storage.lookup.names import (
    find_class,
    open_storage,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.lookup.three_methods import Minimal
from support.storage_samples import adding, hosts_of

MINIMAL = '''
class {name}:
    """Keeps the inventory in a module of Python."""

    kept = None

    def register(self, options):
        self.options = options

    def load(self):
        return type(self).kept

    def write(self, inventory):
        type(self).kept = inventory
'''

BROKEN = MINIMAL.format(name='Vault')


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Write Python modules that can be imported during a test."""
    root = tmp_path / 'python'
    root.mkdir()
    monkeypatch.syspath_prepend(os.fspath(root))
    known = set(sys.modules)

    def write(path, text):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text))
        importlib.invalidate_caches()

    yield write
    for name in set(sys.modules) - known:
        del sys.modules[name]


@pytest.fixture
def opened(tmp_path):
    def opened(setting, **options):
        return open_storage(setting, config_dir=os.fspath(tmp_path), **options)

    return opened


@pytest.mark.parametrize('setting', [None, 'file', 'osa.inventory.file', {'class': 'file'}, ' file '])
def test_file_is_built_in_and_the_default(opened, setting, tmp_path):
    storage = opened(setting, tenant='acme', region='west')
    assert isinstance(storage, StorageModule)
    assert storage.region == 'acme/west'
    assert storage.describe() == os.fspath(tmp_path / 'openstack_inventory.json')


def test_options_stand_beside_the_class(opened, tmp_path):
    storage = opened({'class': 'file', 'path': 'sub/x.json', 'keep': 3}, source_dir='/srv/source')
    assert storage.describe() == '/srv/source/sub/x.json'
    assert storage.options.keep == 3
    assert opened({'class': 'file', 'path': 'x.json'}).describe() == os.fspath(tmp_path / 'x.json')
    with pytest.raises(StorageOptionError, match="no option 'pth'"):
        opened({'class': 'file', 'pth': 'x'})


@pytest.mark.parametrize('setting', ['', 7, [], {}, {'path': 'x'}, {'class': None}, {'class': ['file']}])
def test_a_setting_that_names_nothing_is_refused(opened, setting):
    with pytest.raises(StorageOptionError) as caught:
        opened(setting)
    assert caught.value.help_text


def test_none_needs_stable_names_or_consent(opened):
    with pytest.raises(StorageOptionError) as caught:
        opened('none')
    assert 'stable' in caught.value.help_text
    assert 'ephemeral' in caught.value.help_text
    assert capability(opened('none', stable=True), Ephemeral)
    assert capability(opened({'class': 'none', 'ephemeral': True}), Ephemeral)


def test_an_unknown_name_tells_all_that_was_tried():
    with pytest.raises(StorageNotFound) as caught:
        find_class('acme.cloud.vault')
    for word in (
        'file, none, sql, redis, swift',
        'ansible_collections.acme.cloud.plugins.plugin_utils.storage.vault',
        'ansible_collections.acme.cloud.plugins.module_utils.storage.vault',
        "entry point 'acme.cloud.vault' of group 'osa.inventory.storage'",
    ):
        assert word in caught.value.message
    with pytest.raises(StorageNotFound) as caught:
        find_class('no_such_package.module:Class')
    assert "import path 'no_such_package.module:Class'" in caught.value.message


def test_a_misspelt_name_tells_the_nearest():
    with pytest.raises(StorageNotFound) as caught:
        find_class('reddis')
    assert caught.value.help_text == "Did you mean 'redis'?"


@pytest.fixture
def collections():
    """The directory of collections that this test run uses."""
    [root] = [parent for parent in pathlib.Path(file.__file__).parents if parent.name == 'ansible_collections']
    yield root
    shutil.rmtree(root / 'acme', ignore_errors=True)


@pytest.mark.parametrize('place', ['plugin_utils', 'module_utils'])
def test_a_class_of_a_collection(collections, place):
    module = collections / 'acme' / f'cloud_{place}' / 'plugins' / place / 'storage' / 'vault.py'
    module.parent.mkdir(parents=True)
    module.write_text(MINIMAL.format(name='StorageModule'))
    found = find_class(f'acme.cloud_{place}.vault')
    assert found.__module__ == f'ansible_collections.acme.cloud_{place}.plugins.{place}.storage.vault'


def test_an_entry_point_of_a_package(modules, opened, tmp_path):
    modules('acme_vault.py', MINIMAL.format(name='Vault'))
    modules('acme_vault-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\nName: acme-vault\nVersion: 1.0\n')
    modules('acme_vault-1.0.dist-info/entry_points.txt', '[osa.inventory.storage]\nvault = acme_vault:Vault\n')
    storage = opened({'class': 'vault', 'keep': 3, 'colour': 'blue'}, tenant='acme')
    assert isinstance(storage, Minimal)
    inner = storage._storage
    assert inner.options == {
        'keep': 3,
        'colour': 'blue',
        'tenant': 'acme',
        'region': 'default',
        'config_dir': os.fspath(tmp_path),
    }


def test_an_import_path(modules, opened, tmp_path):
    modules('acme/stores.py', MINIMAL.format(name='Vault'))
    store = Store(opened('acme.stores:Vault'), os.fspath(tmp_path))
    store.update(adding('a'))
    assert hosts_of(store.load().inventory) == {'a'}


def test_only_the_chosen_one_is_imported(modules):
    modules('acme_good.py', MINIMAL.format(name='Vault'))
    modules('acme_bad.py', 'raise RuntimeError("imported")\n')
    assert find_class('acme_good:Vault').__name__ == 'Vault'
    assert 'acme_bad' not in sys.modules


@pytest.mark.parametrize(
    ('text', 'error', 'words'),
    [
        ('import no_such_library\n', LibraryMissing, "needs the Python module 'no_such_library'"),
        ('raise RuntimeError("boom")\n', StorageNotFound, 'RuntimeError: boom'),
        ('this is no Python\n', StorageNotFound, 'SyntaxError'),
        ('Vault = 7\n', StorageNotFound, "has no class 'Vault'"),
        ('', StorageNotFound, "has no class 'Vault'"),
        ('class Vault:\n    def load(self): ...\n', StorageNotFound, "has no method 'register'"),
        (f'{BROKEN}\n    def __init__(self):\n        raise KeyError(1)\n', StorageError, 'KeyError'),
    ],
)
def test_a_class_that_cannot_be_used_is_told(modules, opened, text, error, words):
    modules('acme_broken.py', text)
    with pytest.raises(error) as caught:
        opened('acme_broken:Vault')
    assert words in caught.value.message


def test_a_class_of_ours_by_another_name_takes_that_name(modules, opened):
    modules(
        'acme_file.py',
        """
        from ansible_collections.osa.inventory.plugins.module_utils.storage.file.storage import StorageModule

        class Named(StorageModule):
            NAME = ''
        """,
    )
    storage = opened('acme_file:Named')
    assert storage.NAME == 'acme_file:Named'
