# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shipped: the tarball for ansible-galaxy and the wheel for pip hold what a user needs and nothing else."""

from __future__ import annotations

import configparser
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile

import pytest
import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
METADATA = yaml.safe_load((CHECKOUT / 'galaxy.yml').read_text('utf-8'))
PROJECT = tomllib.loads((CHECKOUT / 'pyproject.toml').read_text('utf-8'))

DIRECTORIES = {'changelogs', 'docs', 'environment', 'examples', 'meta', 'migrations', 'playbooks', 'plugins', 'scripts'}
FILES = {'CHANGELOG.md', 'LICENSE', 'README.md', 'requirements.txt'}
FOR_DEVELOPERS = {f'scripts/{name}' for name in ('common.sh', 'generate_reference.py', 'lock', 'quickstart', 'test')}
ROOT = 'ansible_collections/osa/inventory/'


def run(*command: str, path: pathlib.Path | None = None) -> str:
    """The standard output of a program that must succeed; `path` is put before everything else that Python imports."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith('ANSIBLE_')}
    if path:
        environment['PYTHONPATH'] = str(path)
    done = subprocess.run(
        [sys.executable, '-m', *command],
        cwd=CHECKOUT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def in_checkout(*directories: str) -> set[str]:
    """The files below these directories that belong to the collection, relative to the checkout."""
    paths = (path for name in directories for path in (CHECKOUT / name).rglob('*') if path.is_file())
    names = (path.relative_to(CHECKOUT) for path in paths if path.suffix != '.pyc' and not path.name.endswith('~'))
    return {str(name) for name in names if not any(part.startswith('.') for part in name.parts)} - FOR_DEVELOPERS


@pytest.fixture(scope='module')
def tarball(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    target = tmp_path_factory.mktemp('tarball')
    run('ansible', 'galaxy', 'collection', 'build', '--output-path', str(target))
    return target / f'{METADATA["namespace"]}-{METADATA["name"]}-{METADATA["version"]}.tar.gz'


@pytest.fixture(scope='module')
def wheel(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    target = tmp_path_factory.mktemp('wheel')
    run('pip', 'wheel', '--quiet', '--no-deps', '--no-index', '--no-build-isolation', '--wheel-dir', str(target), '.')
    (found,) = target.iterdir()
    return found


def members(tarball: pathlib.Path) -> set[str]:
    with tarfile.open(tarball) as archive:
        return {member.name for member in archive.getmembers() if member.isfile()}


def test_the_tarball_holds_what_a_user_needs_and_nothing_else(tarball: pathlib.Path) -> None:
    assert members(tarball) == FILES | {'FILES.json', 'MANIFEST.json'} | in_checkout(*DIRECTORIES)


def test_the_tarball_has_no_other_directories_either(tarball: pathlib.Path) -> None:
    with tarfile.open(tarball) as archive:
        directories = {member.name for member in archive.getmembers() if member.isdir()}
    assert {name.partition('/')[0] for name in directories} - {''} <= DIRECTORIES
    assert [name for name in directories if '__pycache__' in name] == []


def test_the_manifest_has_what_galaxy_demands(tarball: pathlib.Path) -> None:
    with tarfile.open(tarball) as archive:
        manifest = json.load(archive.extractfile('MANIFEST.json'))  # type: ignore[arg-type]
    info = manifest['collection_info']
    assert (info['namespace'], info['name'], info['license']) == ('osa', 'inventory', ['GPL-3.0-or-later'])
    assert [name for name in ('version', 'readme', 'authors', 'description', 'repository') if not info[name]] == []


def test_the_wheel_puts_the_collection_where_ansible_finds_it(wheel: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if '.dist-info/' not in name}
    expected = in_checkout(*(DIRECTORIES - {'changelogs', 'scripts'})) | {'galaxy.yml', 'CHANGELOG.md', 'README.md'}
    assert names == {ROOT + name for name in expected}


def test_the_wheel_has_the_command_and_what_it_starts(wheel: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith('.dist-info/entry_points.txt')]
        entries = configparser.ConfigParser()
        entries.read_string(archive.read(name).decode())
        module, _colon, function = entries['console_scripts']['osa-inventory'].partition(':')
        source = archive.read(module.replace('.', '/') + '.py').decode()
    assert f'\ndef {function}(' in source


def test_the_plugin_in_the_wheel_is_found_by_ansible_doc(wheel: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    found = json.loads(run('ansible', 'doc', '--json', '-t', 'inventory', 'osa.inventory.osa', path=tmp_path))
    documentation = found['osa.inventory.osa']['doc']
    assert documentation['collection'] == 'osa.inventory'
    assert documentation['filename'].startswith(str(tmp_path))


def test_the_collection_is_named_and_numbered_alike_in_both_packages() -> None:
    assert PROJECT['project']['name'] == f'{METADATA["namespace"]}-{METADATA["name"]}'
    assert PROJECT['project']['version'] == METADATA['version']
    assert PROJECT['project']['description'] == METADATA['description']
    assert [PROJECT['project']['license']] == METADATA['license']


def test_the_oldest_ansible_core_is_the_same_everywhere() -> None:
    runtime = yaml.safe_load((CHECKOUT / 'meta' / 'runtime.yml').read_text('utf-8'))
    assert runtime['requires_ansible'] == '>=2.19.0'
    assert 'ansible-core>=2.19' in PROJECT['project']['dependencies']
    assert 'ansible-core~=2.19.0\n' in (CHECKOUT / 'locks' / 'ansible-oldest.in').read_text('utf-8')


def test_the_python_requirements_are_the_same_in_both_packages() -> None:
    lines = (CHECKOUT / 'requirements.txt').read_text('utf-8').splitlines()
    requirements = {line for line in lines if line and not line.startswith('#')}
    assert requirements | {'ansible-core>=2.19'} == set(PROJECT['project']['dependencies'])


def test_there_is_no_package_initialisation_that_would_hide_other_collections() -> None:
    assert [path for path in in_checkout(*DIRECTORIES) if path.endswith('__init__.py')] == []


def block_of_the_readme(language: str) -> str:
    (found,) = re.findall(
        rf'^```{language}\n(.*?)^```', (CHECKOUT / 'README.md').read_text('utf-8'), re.MULTILINE | re.DOTALL
    )
    return found


def test_the_readme_recommends_the_configuration_of_the_examples() -> None:
    shown, shipped = configparser.ConfigParser(), configparser.ConfigParser()
    shown.read_string(block_of_the_readme('ini'))
    shipped.read_string((CHECKOUT / 'examples' / 'ansible.cfg').read_text('utf-8'))
    assert {name: dict(shown[name]) for name in shown} == {name: dict(shipped[name]) for name in shipped}


def test_the_readme_recommends_the_source_of_the_smallest_example() -> None:
    source = (CHECKOUT / 'examples' / 'single-machine' / 'osa.yml').read_text('utf-8')
    assert yaml.safe_load(block_of_the_readme('yaml')) == yaml.safe_load(source)
