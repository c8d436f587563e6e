# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The default environment: merged in the order of its files it is the one that OpenStack-Ansible deployments have."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import load_deployment

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
DIRECTORY = CHECKOUT / 'environment' / 'env.d'
FILES = sorted(DIRECTORY.iterdir(), key=lambda path: path.name)
SECTIONS = ['component_skel', 'container_skel', 'physical_skel']


def expected() -> dict[str, t.Any]:
    return json.loads((CHECKOUT / 'tests' / 'data' / 'conformance' / 'environment.json').read_text('utf-8'))


def load(path: pathlib.Path) -> dict[str, dict[str, t.Any]]:
    return yaml.safe_load(path.read_text('utf-8'))


def test_merged_in_the_order_of_the_files_it_is_the_environment_of_the_conformance_cases_order_included() -> None:
    merged: dict[str, t.Any] = {}
    for path in FILES:
        for section, entries in load(path).items():
            merged.setdefault(section, {}).update(entries)
    assert json.dumps(merged, indent=1) == json.dumps(expected(), indent=1)


def test_the_reader_of_the_configuration_merges_it_to_the_same() -> None:
    example = CHECKOUT / 'examples' / 'single-machine'
    source = load_deployment(str(example), str(DIRECTORY.parent)).source
    assert json.dumps(source['environment'], indent=1) == json.dumps(expected(), indent=1)


def test_no_entry_is_in_two_files() -> None:
    names = [(section, name) for path in FILES for section, entries in load(path).items() for name in entries]
    assert len(names) == sum(len(entries) for entries in expected().values())
    assert len(names) == len(set(names))


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_a_file_has_a_licence_a_comment_and_its_sections_in_order(path: pathlib.Path) -> None:
    lines = path.read_text('utf-8').splitlines()
    assert path.suffix == '.yml'
    assert lines[0] == '---'
    assert lines[3] == '# SPDX-License-Identifier: GPL-3.0-or-later'
    assert lines[4] == '#' and len(lines[5]) > 40, 'A sentence says what the groups are for.'
    sections = list(load(path))
    assert sections and sections == [name for name in SECTIONS if name in sections]


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_the_comment_names_every_host_group_of_its_file(path: pathlib.Path) -> None:
    text = path.read_text('utf-8')
    comment = ' '.join(line for line in text.splitlines() if line.startswith('#'))
    groups = [name for name in load(path).get('physical_skel', {}) if name.endswith('_hosts')]
    assert [name for name in groups if f'`{name}`' not in comment] == []
