# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page about the configuration files: its examples load, its tables have every key."""

from __future__ import annotations

import dataclasses
import pathlib

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import load_deployment
from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import (
    Deployment,
    HostEntry,
    ProviderNetwork,
)
from ansible_collections.osa.inventory.plugins.module_utils.configuration.names import GENERATED_VARIABLES
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from support.console import Block, blocks

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
PAGE = CHECKOUT / 'docs' / 'configuration.md'
TEXT = PAGE.read_text('utf-8')
BLOCKS = [block for block in blocks(TEXT) if block.language == 'yaml']
FRAGMENTS = [block for block in BLOCKS if block.kind == 'fragment']
KEYS = {
    'network': 'ip_from_q',
    'container_mtu': 'container_mtu',
    'is_management': 'is_management_address',
}
"""Fields of the model whose key has another name."""


def load(directory: pathlib.Path, *fragments: Block) -> Deployment:
    """The smallest deployment of the page with some of its fragments."""
    (base,) = [block for block in BLOCKS if block.argument == 'openstack_user_config.yml']
    for block in (base, *fragments):
        file = directory / block.argument
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, 'utf-8')
    return load_deployment(str(directory), str(CHECKOUT / 'environment'))


def partners(fragment: Block) -> list[Block]:
    """A fragment with those of the same file name, which belong to it."""
    name = pathlib.Path(fragment.argument).name
    return [block for block in FRAGMENTS if pathlib.Path(block.argument).name == name]


@pytest.mark.parametrize('fragment', FRAGMENTS, ids=lambda block: f'line {block.line}')
def test_an_example_loads_and_generates_without_a_warning(fragment: Block, tmp_path: pathlib.Path) -> None:
    deployment = load(tmp_path, *partners(fragment))
    result = generate(deployment, None, Choice())
    assert [notice.message for notice in result.warnings] == []
    assert deployment.digest != load(tmp_path / 'base').digest


def test_every_example_is_loaded() -> None:
    assert [block.line for block in BLOCKS if block.kind not in ('file', 'fragment')] == []
    assert len(FRAGMENTS) >= 10


def test_files_count_in_the_order_that_is_said(tmp_path: pathlib.Path) -> None:
    fragments = [block for block in FRAGMENTS if 'compute' in pathlib.Path(block.argument).name]
    assert list(load(tmp_path, *fragments).configuration.host_groups['compute_hosts']) == ['compute2', 'compute1']


@pytest.mark.parametrize('model', [HostEntry, ProviderNetwork])
def test_every_key_is_in_a_table(model: type) -> None:
    fields = {field.name for field in dataclasses.fields(model)} - {'name', 'place', 'places', 'label'}
    keys = {KEYS.get(name, name) for name in fields}
    first_cells = {line.split('|')[1] for line in TEXT.splitlines() if line.startswith('|')}
    assert sorted(key for key in keys if not any(f'`{key}`' in cell for cell in first_cells)) == []


def test_the_variables_of_the_generator_are_named() -> None:
    sentence = TEXT[TEXT.index('Variables that the generator owns') :].split('\n\n')[0]
    assert {name for name in GENERATED_VARIABLES if f'`{name}`' not in sentence} == set()
