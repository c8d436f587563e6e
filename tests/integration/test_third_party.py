# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Storages of third parties: installed as their users install them, named in `osa.yml`, held to the contract."""

from __future__ import annotations

import ast
import dataclasses
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import StorageError
from ansible_collections.osa.inventory.plugins.module_utils.storage import authoring
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Storage
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import StorageContract
from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.hooks import Hooks
from ansible_collections.osa.inventory.tests.integration.installed import CHECKOUT, Ansible, deploy
from support.console import blocks, commands

SAMPLES = CHECKOUT / 'examples' / 'storages'
STATE = 'openstack_inventory.json'
SEEN = '.osa_inventory_seen.json'


@dataclasses.dataclass(frozen=True)
class ThirdParties:
    """Ansible with the sample collection and the sample package; packages: where pip put the latter."""

    ansible: Ansible
    packages: pathlib.Path

    def inventory(self, source: pathlib.Path, *arguments: object, **extra: str) -> str:
        """What `ansible-inventory` prints; it must succeed and be silent on stderr."""
        return self.ansible.inventory(source, *arguments, PYTHONPATH=str(self.packages), **extra)

    def refusal(self, source: pathlib.Path, **extra: str) -> str:
        """What `ansible-inventory` says when it fails."""
        done = self.ansible.run('ansible-inventory', '-i', source, '--list', PYTHONPATH=str(self.packages), **extra)
        assert done.returncode == 1, done.stdout
        assert 'Traceback' not in done.stderr
        return ' '.join(done.stderr.split())


@pytest.fixture(scope='session')
def third_parties(ansible: Ansible, tmp_path_factory: pytest.TempPathFactory) -> ThirdParties:
    place = tmp_path_factory.mktemp('third-parties')
    done = ansible.run('ansible-galaxy', 'collection', 'build', SAMPLES / 'acme-stores', '--output-path', place)
    assert done.returncode == 0, done.stderr
    (tarball,) = place.glob('acme-stores-*.tar.gz')
    options = ('-p', place / 'collections', '--offline', '--no-deps')
    done = ansible.run('ansible-galaxy', 'collection', 'install', tarball, *options)
    assert done.returncode == 0, done.stderr
    pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-index', '--no-build-isolation', '--target']
    subprocess.run([sys.executable, *pip, place / 'packages', SAMPLES / 'osa-inventory-gzip'], check=True)
    with_stores = dataclasses.replace(ansible, more_collections=(place / 'collections',))
    return ThirdParties(with_stores, place / 'packages')


def deployed(directory: pathlib.Path, storage: str) -> pathlib.Path:
    """The source of a deployment with an `osa.yml` that names a storage."""
    (directory.parent / 'states').mkdir()
    deploy('02-three-controllers', directory, f'plugin: osa.inventory.osa\nstorage: {storage}\n')
    return directory / 'osa.yml'


NAMED = {
    'in a collection': ('acme.stores.directory', 'default/default/000000000001.state'),
    'at an entry point': ('gzip', 'default+default.json.gz'),
    'by import path': ('osa_inventory_gzip:Gzip', 'default+default.json.gz'),
}
"""How a storage is found: its name, and the file in which it keeps its first state."""


@pytest.fixture(params=NAMED.values(), ids=NAMED)
def named(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """The source of a deployment that names a storage, and the file of its first state."""
    name, file = request.param
    states = tmp_path / 'states'
    return deployed(tmp_path / 'openstack_deploy', f'{{class: "{name}", path: "{states}"}}'), states / file


def test_a_storage_that_is_named_is_used_with_nothing_else_configured(
    third_parties: ThirdParties, named: tuple[pathlib.Path, pathlib.Path]
) -> None:
    source, file = named
    shown = third_parties.inventory(source, '--list')
    stored = file.read_bytes()
    assert third_parties.inventory(source, '--list') == shown
    assert [path.read_bytes() for path in file.parent.iterdir() if path.name == file.name] == [stored]
    assert json.loads(shown)['_meta']['hostvars']
    assert not (source.parent / STATE).exists()


def test_a_state_that_is_gone_is_lost_and_nothing_new_is_drawn(
    third_parties: ThirdParties, named: tuple[pathlib.Path, pathlib.Path]
) -> None:
    source, file = named
    third_parties.inventory(source, '--list')
    file.unlink()
    said = third_parties.refusal(source)
    assert 'but there was one (seen in ' in said and str(source.parent / SEEN) in said
    assert not file.exists()


def test_the_same_state_gives_the_same_inventory_as_the_file_storage(
    third_parties: ThirdParties, tmp_path: pathlib.Path
) -> None:
    with_file = deploy('02-three-controllers', tmp_path / 'with-file')
    shown = third_parties.inventory(with_file / 'osa.yml', '--list')
    source = deployed(tmp_path / 'with-gzip', f'{{class: gzip, path: "{tmp_path}/states"}}')
    stored = gzip.compress((with_file / STATE).read_bytes())
    (tmp_path / 'states' / 'default+default.json.gz').write_bytes(stored)
    assert third_parties.inventory(source, '--list') == shown


def test_options_are_checked_completed_by_the_environment_and_relative_to_the_source(
    third_parties: ThirdParties, tmp_path: pathlib.Path
) -> None:
    source = deployed(tmp_path / 'openstack_deploy', 'acme.stores.directory')
    variable = 'OSA_INVENTORY_ACME_STORES_DIRECTORY_PATH'
    assert variable in third_parties.refusal(source)
    third_parties.inventory(source, '--list', **{variable: str(tmp_path / 'states')})
    assert (tmp_path / 'states/default/default/000000000001.state').exists()
    source.write_text('plugin: osa.inventory.osa\nstorage: {class: acme.stores.directory, pth: ../states}\n')
    assert "Did you mean 'path'?" in third_parties.refusal(source)
    source.write_text('plugin: osa.inventory.osa\nstorage: {class: acme.stores.directory, path: ../states}\n')
    third_parties.inventory(source, '--list')


def test_a_storage_that_is_not_installed_is_an_error_that_lists_what_was_tried(
    ansible: Ansible, tmp_path: pathlib.Path
) -> None:
    source = deployed(tmp_path / 'openstack_deploy', 'acme.stores.directory')
    done = ansible.run('ansible-inventory', '-i', source, '--list')
    assert done.returncode == 1
    for tried in ('built-in storages', 'plugins.plugin_utils.storage.directory', "group 'osa.inventory.storage'"):
        assert tried in ' '.join(done.stderr.split()), done.stderr


CLAIMS = {
    'acme-stores': {
        'a large state',
        'compare and swap',
        'damaged',
        'disk full',
        'history and older states',
        'locks: raced',
        'lost',
        'many writers',
        'reading leaves nothing behind',
        'restore',
        'tenants and regions with similar names',
        'the first write raced',
        'too new',
        'unreachable',
        'writers killed at random points',
    },
    'osa-inventory-gzip': {
        'a large state',
        'damaged',
        'disk full',
        'lost',
        'no write without a change',
        'readers while a writer writes',
        'reading leaves nothing behind',
        'tenants and regions with similar names',
        'unreachable',
        'writers killed at random points',
    },
}
"""Some of what the tests that come with a sample must check."""


@pytest.mark.parametrize('sample', CLAIMS)
def test_each_sample_passes_the_part_of_the_contract_that_it_claims(
    sample: str, third_parties: ThirdParties, tmp_path: pathlib.Path
) -> None:
    collections = (*third_parties.ansible.more_collections, third_parties.ansible.collections)
    path = os.pathsep.join(map(str, (*collections, third_parties.packages)))
    tests = tmp_path / 'tests'
    tests.mkdir()
    for file in (SAMPLES / sample / 'tests').glob('*.py'):
        (tests / file.name).write_bytes(file.read_bytes())
    done = subprocess.run(
        [sys.executable, '-m', 'pytest', '-q', tests],
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': path},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    said = ' '.join(done.stdout.split())
    assert 'BROKEN' not in said
    (checked,) = re.findall(r' checked: (.*?) not claimed, as ', said)
    assert CLAIMS[sample] <= set(checked.split('; '))
    if sample == 'osa-inventory-gzip':
        assert re.search('not claimed, as the class has only register, load and write: .*compare and swap', said)


GUIDE = CHECKOUT / 'docs' / 'writing-a-storage.md'


def test_every_class_and_test_in_the_guide_is_a_file_that_its_commands_use() -> None:
    """The commands themselves are run by the test of all pages."""
    text = GUIDE.read_text('utf-8')
    python = [block for block in blocks(text) if block.language == 'python']
    assert [block.line for block in python if block.kind != 'file'] == []
    run = ' '.join(command.text for block in blocks(text) if block.language == 'console' for command in commands(block))
    assert [
        block.argument for block in python if block.argument.startswith('test_') and block.argument not in run
    ] == []


def test_the_guide_names_every_hook_method_and_error() -> None:
    text = GUIDE.read_text('utf-8')
    inner = {'storage', 'store', 'put', 'put_several', 'state', 'demand_stored', 'run', 'raising', 'note', 'note_error'}
    inner |= {'listening', 'locking', 'proxy', 'open', 'register'}
    hooks = {name for name in vars(Hooks) if not name.startswith('_')} - inner
    methods = set(Storage.__abstractmethods__)
    kinds = {kind.__name__ for kind in StorageError.__subclasses__()} - {'StorageNotFound', 'StorageOptionError'}
    kinds -= {'StateRegressed'}  # only the driver can tell
    assert sorted(name for name in hooks | methods | kinds if not re.search(rf'`{name}\b|, `?{name}\b', text)) == []


FACE = authoring.__name__
KIT = StorageContract.__module__
IMPORTED = {
    'directory.py': {FACE},
    'test_directory.py': {FACE, KIT},
    'osa_inventory_gzip.py': set(),
    'test_gzip.py': {FACE, KIT},
    'json_file.py': set(),
    'test_json_file.py': {KIT},
    'lite.py': {FACE},
    'test_lite.py': {KIT},
}
"""Of this collection, by the samples and by the programs of the guide."""


def test_the_samples_and_the_guide_import_what_is_made_for_authors_and_nothing_else() -> None:
    programs = {path.name: path.read_text('utf-8') for path in SAMPLES.rglob('*.py')}
    texts = blocks(GUIDE.read_text('utf-8'))
    programs |= {block.argument: block.text for block in texts if block.language == 'python'}
    assert {name: _imported(text) for name, text in programs.items()} == IMPORTED


def _imported(program: str) -> set[str]:
    """The modules of this collection that a program imports."""
    nodes = list(ast.walk(ast.parse(program)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name for name in names if name.startswith('ansible_collections.osa.inventory')}


def test_the_guide_names_all_that_authors_may_import() -> None:
    text = GUIDE.read_text('utf-8')
    assert [name for name in authoring.__all__ if not re.search(rf'`{name}[`(]', text)] == []
    public = {name for name in vars(authoring) if not name.startswith('_')} - {'annotations'}
    assert sorted(authoring.__all__) == sorted(public)
