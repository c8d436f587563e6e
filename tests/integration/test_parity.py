# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible shows the same, to the letter, as for a script that prints the stored inventory."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest
from ansible_collections.osa.inventory.tests.integration.installed import CASES, SCRIPTS_ONLY, Ansible, deploy

FORMS = [
    ['--list'],
    ['--list', '--export'],
    ['--graph'],
    ['--graph', '--vars'],
    ['--list', '--yaml'],
    ['--host', 'HOST'],
]
"""The ways to look at an inventory; HOST stands for a container."""

once_for_all_forms = pytest.mark.xdist_group('parity-forms')
once_for_all_cases = pytest.mark.xdist_group('parity-cases')
"""In one process: the runs that the tests look at take longer than the tests."""

NAMES = sorted(path.name for path in CASES.iterdir() if (path / 'config').is_dir())
OF_ALL_KINDS = ['06-zones', '09-dashed-groups', '11-ipv6', '16-old-names', '28-vars', '31-name-prefixes']


@pytest.fixture(scope='module')
def rich(ansible: Ansible, tmp_path_factory: pytest.TempPathFactory) -> tuple[pathlib.Path, pathlib.Path]:
    """Our source, and a script that prints what it stored: templates, vaulted text and odd values."""
    directory = deploy('12-host-vars', tmp_path_factory.mktemp('rich') / 'openstack_deploy')
    (directory / 'password').write_text('secret')
    sealing = ('ansible-vault', 'encrypt_string', '--vault-password-file', directory / 'password', 'hush')
    sealed = ansible.run(*sealing).stdout.replace('\n', '\n  ')
    (directory / 'conf.d').mkdir(exist_ok=True)
    (directory / 'conf.d' / 'more.yml').write_text(
        'global_overrides:\n'
        '  motd: "{{ inventory_hostname }} of {{ region | default(\'ü 😀\') }}"\n'
        f'  sealed: {sealed}\n'
        '  big: 123456789012345678901234567890\n'
        '  odd: ["\\u0001 \\u2028", 1.5e+30, null, true, {z: {}, a: []}]\n'
        '  ansible_group_priority: 7\n'
    )
    ansible.inventory(directory / 'osa.yml', '--list')
    return directory / 'osa.yml', script(directory)


def script(directory: pathlib.Path) -> pathlib.Path:
    """A `script` inventory that prints what is stored."""
    path = directory / 'dynamic_inventory'
    path.write_text(f'#!/bin/sh\nexec cat {directory}/openstack_inventory.json\n')
    path.chmod(0o755)
    return path


@once_for_all_forms
@pytest.mark.parametrize('form', FORMS, ids=' '.join)
def test_every_form_equals_that_of_a_script(
    ansible: Ansible, rich: tuple[pathlib.Path, pathlib.Path], form: list[str]
) -> None:
    source, printed = rich
    stored = json.loads((source.parent / 'openstack_inventory.json').read_text())
    container = next(name for name, values in stored['_meta']['hostvars'].items() if values['physical_host'] != name)
    form = [container if word == 'HOST' else word for word in form]
    form += ['--vault-password-file', str(source.parent / 'password')]
    ours = ansible.start('ansible-inventory', '-i', source, *form)
    theirs = ansible.configured(SCRIPTS_ONLY).start('ansible-inventory', '-i', printed, *form)
    outputs = [process.communicate(timeout=60) for process in (ours, theirs)]
    assert outputs[0] == outputs[1]
    assert outputs[0][0] and ours.returncode == 0


FORKED_RUNS = """
import json, os, sys
from ansible.cli.inventory import InventoryCLI
runs = json.load(open(sys.argv[1]))
for number, (arguments, output) in enumerate(runs):
    if number > 1:
        os.wait()
    if os.fork() == 0:
        sys.stdout = open(output, 'w')
        InventoryCLI.cli_executor(['ansible-inventory', *arguments])
for _run in runs[-2:]:
    os.wait()
"""
"""`ansible-inventory` several times, two at once, its modules imported once."""


def run_all(ansible: Ansible, directory: pathlib.Path, sources: list[pathlib.Path]) -> list[str]:
    """What `ansible-inventory --list` prints for each source."""
    outputs = [directory / f'{number}.out' for number in range(len(sources))]
    runs = directory / 'runs.json'
    pairs = zip(sources, outputs, strict=True)
    runs.write_text(json.dumps([(['-i', str(source), '--list'], str(output)) for source, output in pairs]))
    subprocess.run([sys.executable, '-c', FORKED_RUNS, runs], check=True, env=ansible.environment(), cwd=directory)
    return [output.read_text() for output in outputs]


@pytest.fixture(scope='module')
def lists(ansible: Ansible, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[pathlib.Path, str]]:
    """For each conformance case its directory and our `--list`."""
    root = tmp_path_factory.mktemp('cases')
    directories = [deploy(name, root / name) for name in NAMES]
    ours = run_all(ansible, tmp_path_factory.mktemp('ours'), [directory / 'osa.yml' for directory in directories])
    return dict(zip(NAMES, zip(directories, ours, strict=True), strict=True))


@once_for_all_cases
@pytest.mark.parametrize('case', NAMES)
def test_every_conformance_case_is_stored_as_expected(lists: dict[str, tuple[pathlib.Path, str]], case: str) -> None:
    directory, ours = lists[case]
    assert '_meta' in ours
    arguments = [CASES / case / 'expected.json', directory / 'openstack_inventory.json', '--config', directory]
    if (CASES / case / 'previous.json').exists():
        arguments += ['--previous', CASES / case / 'previous.json']
    command = [sys.executable, CASES / 'compare.py', *arguments]
    compared = subprocess.run(command, capture_output=True, text=True, check=False)
    assert compared.returncode == 0, compared.stdout


@once_for_all_cases
def test_cases_of_all_kinds_are_listed_as_by_a_script(
    ansible: Ansible, lists: dict[str, tuple[pathlib.Path, str]], tmp_path: pathlib.Path
) -> None:
    scripts = [script(lists[case][0]) for case in OF_ALL_KINDS]
    theirs = run_all(ansible.configured(SCRIPTS_ONLY), tmp_path, scripts)
    assert {case: lists[case][1] for case in OF_ALL_KINDS} == dict(zip(OF_ALL_KINDS, theirs, strict=True))


@once_for_all_cases
def test_a_template_of_a_host_that_left_the_configuration_is_all_that_differs_from_a_script(
    ansible: Ansible, lists: dict[str, tuple[pathlib.Path, str]], tmp_path: pathlib.Path
) -> None:
    directory, ours = lists['14-shrink']
    (theirs,) = run_all(ansible.configured(SCRIPTS_ONLY), tmp_path, [script(directory)])
    shown = json.loads(ours)['_meta']['hostvars']
    assert {host for host, values in shown.items() if '__ansible_unsafe' in str(values)} == {'vol-1', 'vol-2'}
    assert json.loads(ours, object_hook=lambda value: value.get('__ansible_unsafe', value)) == json.loads(theirs)
