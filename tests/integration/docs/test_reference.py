# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of options is what the documentation in the code gives, and has every option that there is."""

from __future__ import annotations

import importlib.util
import pathlib
import re

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible_collections.osa.inventory.plugins.module_utils.storage.lookup.names import BUILT_IN
from ansible_collections.osa.inventory.plugins.plugin_utils.source.options import read_source
from support.console import Block, blocks

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
SCRIPT = CHECKOUT / 'scripts' / 'generate_reference.py'
PAGE = CHECKOUT / 'docs' / 'options.md'

_specification = importlib.util.spec_from_file_location('generate_reference', SCRIPT)
assert _specification and _specification.loader
script = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(script)

SOURCES = [
    (page.name, block)
    for page in sorted((CHECKOUT / 'docs').glob('*.md'))
    for block in blocks(page.read_text('utf-8'))
    if block.language == 'yaml' and 'plugin: osa.inventory.osa' in block.text
]


def test_the_committed_page_is_up_to_date() -> None:
    assert PAGE.read_text('utf-8') == script.render(), 'Run: python scripts/generate_reference.py'


def test_every_option_of_the_plugin_is_on_it() -> None:
    plugin = inventory_loader.get('osa.inventory.osa')
    headings = set(re.findall(r'^## ([a-z_]+)$', PAGE.read_text('utf-8'), re.MULTILINE))
    of_ansible = {name for names in script.ANSIBLES.values() for name in names}
    assert headings | of_ansible == set(plugin.option_definitions)


def test_every_storage_is_on_it() -> None:
    assert set(script.STORAGES) == set(BUILT_IN)


@pytest.mark.parametrize(('page', 'block'), SOURCES, ids=[f'{page}:{block.line}' for page, block in SOURCES])
def test_every_inventory_source_in_the_docs_is_accepted(page: str, block: Block, tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'osa.yml'
    path.write_text(block.text, 'utf-8')
    assert isinstance(yaml.safe_load(path.read_text('utf-8')), dict)
    plugin = inventory_loader.get('osa.inventory.osa')
    plugin.loader = DataLoader()
    source = read_source(plugin, str(path), {})
    setting = source.storage if isinstance(source.storage, str) else source.storage['class']
    if setting in ('file', 'none'):
        assert setting == source.open_storage().NAME
