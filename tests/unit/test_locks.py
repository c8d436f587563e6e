# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The locks hold exact versions with hashes, satisfy what they are made from, and name no index."""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import re
import sys
import tomllib
import urllib.request

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
LOCKS = CHECKOUT / 'locks'
PROJECT = tomllib.loads((CHECKOUT / 'pyproject.toml').read_text('utf-8'))['project']
PRODUCT = PROJECT['dependencies']
EXTRAS = [line for lines in PROJECT['optional-dependencies'].values() for line in lines]


def lines_of(path: pathlib.Path) -> list[str]:
    """The lines of an input, or of constraints, that are not comments."""
    return [line for line in path.read_text('utf-8').splitlines() if line and not line.lstrip().startswith('#')]


def inputs(*names: str) -> list[str]:
    return [line for name in names for line in lines_of(LOCKS / f'{name}.in')]


WANTED = {
    'ansible-oldest': [*PRODUCT, *EXTRAS, *inputs('ansible-oldest', 'tests', 'lint')],
    'ansible-latest': [*PRODUCT, *EXTRAS, *inputs('tests')],
    'quickstart': PRODUCT,
    'atheris': [*PRODUCT, *EXTRAS, *inputs('ansible-oldest', 'tests', 'atheris')],
    'lock': inputs('lock'),
}
"""What each lock must satisfy."""

PYTHONS = {name: {'ansible-latest': '3.12'}.get(name, '3.11') for name in WANTED}
"""The oldest Python that each lock is for."""


def pinned(lines: list[str], python: str) -> dict[str, str]:
    """What lines of a lock or of constraints pin for a version of Python on Linux, by name."""
    found: dict[str, str] = {}
    linux = {'python_version': python, 'python_full_version': f'{python}.0', 'sys_platform': 'linux'}
    for line in lines:
        requirement = Requirement(line)
        (version,) = requirement.specifier
        assert version.operator == '==' and not requirement.url, line
        if requirement.marker is None or requirement.marker.evaluate(linux):
            assert found.setdefault(canonicalize_name(requirement.name), version.version) == version.version, line
    return found


def requirements_of(name: str) -> dict[str, list[str]]:
    """Each requirement of a lock, with its hashes."""
    text = (LOCKS / f'{name}.txt').read_text('utf-8').replace('\\\n', '')
    split = (line.split(' --hash=') for line in text.splitlines() if not line.strip().startswith('#'))
    return {requirement.strip(): [each.strip() for each in hashes] for requirement, *hashes in split}


def test_every_lock_is_known_here_and_made_by_the_script() -> None:
    assert {path.stem for path in LOCKS.glob('*.txt')} == set(WANTED)
    script = (CHECKOUT / 'scripts' / 'lock').read_text('utf-8')
    assert dict(re.findall(r'^write_lock (\S+) (\S+) ', script, re.MULTILINE)) == PYTHONS


@pytest.mark.parametrize('name', WANTED)
def test_a_lock_pins_what_its_inputs_ask_for(name: str) -> None:
    versions = pinned(list(requirements_of(name)), PYTHONS[name])
    for requirement in map(Requirement, WANTED[name]):
        version = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f'{requirement} is locked as {version}'


@pytest.mark.parametrize('name', WANTED)
def test_every_requirement_of_a_lock_has_hashes(name: str) -> None:
    locked = requirements_of(name)
    assert locked
    for requirement, hashes in locked.items():
        assert hashes and all(re.fullmatch('sha256:[0-9a-f]{64}', each) for each in hashes), requirement


@pytest.mark.parametrize('name', WANTED)
def test_a_lock_names_no_index_and_no_place(name: str) -> None:
    text = (LOCKS / f'{name}.txt').read_text('utf-8')
    assert re.findall(r'.*(?:://|index-url|find-links|trusted-host| @ |(?<!\S)/).*', text) == []


def test_the_packages_of_the_environment_are_those_of_the_constraints_that_pip_is_given() -> None:
    """An environment that scripts/test did not make has none, and then nothing is promised."""
    if 'PIP_CONSTRAINT' not in os.environ:
        pytest.skip('scripts/test prepare makes environments with constraints')
    file = pathlib.Path(urllib.request.url2pathname(os.environ['PIP_CONSTRAINT'].removeprefix('file://')))
    expected = pinned(lines_of(file), '{}.{}'.format(*sys.version_info))
    found = {canonicalize_name(each.name): each.version for each in importlib.metadata.distributions(path=places())}
    assert {name: version for name, version in found.items() if expected.get(name) != version} == {}


def places() -> list[str]:
    """Where the packages of this environment are, without what tests have put before it."""
    return [path for path in sys.path if path.startswith(sys.prefix) and path.endswith('site-packages')]
