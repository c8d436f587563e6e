# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command as a user starts it: after ansible-galaxy by the shell starter, after pip by its own name."""

from __future__ import annotations

import json
import os
import pathlib
import pty
import select
import signal
import stat
import subprocess
import sys
import tarfile
import time
import typing as t

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.osa.inventory.tests.integration.installed import CHECKOUT, PROGRAMS, Ansible

STARTER = pathlib.Path('ansible_collections', 'osa', 'inventory', 'scripts', 'osa-inventory')
STORED = 'openstack_inventory.json'


class Command:
    """Runs `osa-inventory` by its starter, with nothing but PATH and an ansible.cfg."""

    def __init__(self, ansible: Ansible, source: pathlib.Path | None) -> None:
        self.starter = ansible.collections / STARTER
        self._ansible = ansible
        self._source = () if source is None else ('-i', source)

    def __call__(self, *arguments: object, **extra: str) -> subprocess.CompletedProcess[str]:
        return self._ansible.run(str(self.starter), *self._source, *arguments, **extra)

    def good(self, *arguments: object, **extra: str) -> str:
        """What it prints; it must succeed and be silent on stderr."""
        done = self(*arguments, **extra)
        assert (done.returncode, done.stderr) == (0, ''), done.stderr
        return done.stdout


@pytest.fixture
def command(ansible: Ansible, deployment: pathlib.Path) -> Command:
    """On a deployment of three controllers, of which nothing is stored yet."""
    return Command(ansible, deployment / 'osa.yml')


@pytest.fixture
def stored(ansible: Ansible, deployment: pathlib.Path) -> pathlib.Path:
    """The stored inventory of that deployment."""
    ansible.inventory(deployment / 'osa.yml', '--list')
    return deployment / STORED


# Starting it


def test_the_starter_is_shipped_and_may_be_run(tarball: pathlib.Path) -> None:
    with tarfile.open(tarball) as archive:
        assert archive.getmember('scripts/osa-inventory').mode & stat.S_IXUSR


def test_it_lists_what_ansible_stored(command: Command, stored: pathlib.Path) -> None:
    rows = json.loads(command.good('hosts', '--format', 'json'))
    assert [row['container_name'] for row in rows] == sorted(json.loads(stored.read_text())['_meta']['hostvars'])


def test_it_works_in_a_collections_path_that_is_not_configured(
    ansible: Ansible, command: Command, stored: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    assert 'hyp-1' in command.good('hosts', ANSIBLE_COLLECTIONS_PATH=str(tmp_path))


def test_a_link_to_the_starter_will_do(
    ansible: Ansible, command: Command, deployment: pathlib.Path, stored: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / 'bin').mkdir()
    (tmp_path / 'bin' / 'first').symlink_to(command.starter)
    (tmp_path / 'bin' / 'osa-inventory').symlink_to('first')
    done = ansible.run(tmp_path / 'bin' / 'osa-inventory', '-i', deployment / 'osa.yml', 'hosts')
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    'first_lines',
    [
        '#!{python}',
        '#! {python} -I',
        "#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''",
        "#!/bin/sh\n'''exec' {python} \"$0\" \"$@\"\n' '''",
        '#!/usr/bin/env python-of-ansible',
    ],
)
def test_the_python_is_that_of_ansible_inventory(
    ansible: Ansible, deployment: pathlib.Path, stored: pathlib.Path, tmp_path: pathlib.Path, first_lines: str
) -> None:
    programs = tmp_path / 'programs'
    programs.mkdir()
    text = first_lines.format(python=sys.executable) + '\nimport sys\n'
    (programs / 'ansible-inventory').write_text(text)
    (programs / 'ansible-inventory').chmod(0o755)
    (programs / 'python-of-ansible').symlink_to(sys.executable)
    (programs / 'python3').write_text('#!/bin/sh\necho the wrong Python >&2; exit 9\n')
    (programs / 'python3').chmod(0o755)
    arguments = (ansible.collections / STARTER, '-i', deployment / 'osa.yml', 'hosts', 'hyp-1')
    if 'env' in first_lines:
        # What a link in a virtual environment stands for is known by its name only.
        os.unlink(programs / 'python-of-ansible')
        (programs / 'python-of-ansible').write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        (programs / 'python-of-ansible').chmod(0o755)
    done = ansible.run(*arguments, PATH=f'{programs}{os.pathsep}/usr/bin{os.pathsep}/bin')
    assert done.returncode == 0, done.stderr


def test_without_ansible_core_it_says_what_is_missing(ansible: Ansible, tmp_path: pathlib.Path) -> None:
    subprocess.run([sys.executable, '-m', 'venv', '--without-pip', tmp_path / 'bare'], check=True)
    done = ansible.run(ansible.collections / STARTER, 'hosts', PATH=f'{tmp_path}/bare/bin{os.pathsep}/usr/bin:/bin')
    assert done.returncode == 1
    assert 'needs ansible-core, which ' in done.stderr and 'Traceback' not in done.stderr


def test_a_mistake_in_ansible_cfg_is_an_error_and_not_what_ansibles_own_exit_code_would_mean(
    command: Command, tmp_path: pathlib.Path
) -> None:
    (tmp_path / 'broken.cfg').write_text('[defaults')
    done = command('hosts', ANSIBLE_CONFIG=str(tmp_path / 'broken.cfg'))
    assert done.returncode == 1 and 'broken.cfg' in done.stderr


def test_in_a_plain_checkout_it_says_where_to_start_it(ansible: Ansible) -> None:
    done = ansible.run(CHECKOUT / 'scripts' / 'osa-inventory', 'hosts')
    assert done.returncode == 1 and 'not an installed collection' in done.stderr


def test_pip_installs_it_by_its_own_name(
    ansible: Ansible, deployment: pathlib.Path, stored: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    pip = [sys.executable, '-m', 'pip', '--quiet', '--disable-pip-version-check']
    offline = ['--no-deps', '--no-index']
    wheel = [*pip, 'wheel', *offline, '--no-build-isolation', '--wheel-dir', tmp_path / 'wheel', CHECKOUT]
    subprocess.run(wheel, check=True, capture_output=True)
    (built,) = (tmp_path / 'wheel').iterdir()
    subprocess.run([*pip, 'install', *offline, '--target', tmp_path / 'site', built], check=True, capture_output=True)
    program = tmp_path / 'site' / 'bin' / 'osa-inventory'
    extra = {'PYTHONPATH': str(tmp_path / 'site'), 'ANSIBLE_COLLECTIONS_PATH': str(tmp_path)}
    done = ansible.run(program, '-i', deployment / 'osa.yml', 'hosts', 'hyp-1', **extra)
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout.splitlines()[1].startswith('hyp-1 ')
    assert ansible.run(program, 'storage', 'list', **extra).stdout.splitlines()[1].split() == ['file', 'built', 'in']


# Where it takes its source and its options from


def test_the_source_is_the_first_of_ansibles_own_that_is_ours(
    ansible: Ansible, deployment: pathlib.Path, stored: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / 'static').write_text('localhost\n')
    without = Command(ansible, None)
    sources = f'{tmp_path}/static,{deployment}/osa.yml'
    assert 'hyp-1' in without.good('hosts', ANSIBLE_INVENTORY=sources)
    cfg = f'[defaults]\ninventory = {sources}\n'
    assert 'hyp-1' in Command(ansible.configured(cfg), None).good('hosts')
    missing = without('hosts', ANSIBLE_INVENTORY=f'{tmp_path}/static')
    assert missing.returncode == 1
    assert 'no inventory source' in missing.stderr and f'{tmp_path}/static' in missing.stderr


def test_extra_variables_vault_and_environment_are_read_as_ansible_does(
    ansible: Ansible, deployment: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    vault = VaultLib(secrets=[('default', VaultSecret(b'word'))])
    sealed = vault.encrypt(f'{tmp_path}/sealed.json').decode().replace('\n', '\n    ')
    (tmp_path / 'word').write_text('word')
    (deployment / 'osa.yml').write_text(
        'plugin: osa.inventory.osa\nregion: "{{ city }}"\n'
        f'storage:\n  class: file\n  path: !vault |\n    {sealed}\n'
    )
    command = Command(ansible, deployment / 'osa.yml')
    options = ('-e', 'city=oslo', '--vault-password-file', tmp_path / 'word')
    ansible.inventory(deployment / 'osa.yml', '--list', *options)
    assert 'hyp-1' in command.good(*options, 'hosts', OSA_INVENTORY_TENANT='default')
    assert 'hyp-1' in command.good(
        '-e', '{"city": "oslo"}', 'hosts', ANSIBLE_VAULT_PASSWORD_FILE=str(tmp_path / 'word')
    )
    assert command(*options, 'hosts', OSA_INVENTORY_TENANT='other').returncode == 1
    refused = command('-e', 'city=oslo', 'hosts')
    assert refused.returncode == 1
    assert refused.stderr.count('[ERROR]') == 1 and 'Traceback' not in refused.stderr


# Parity and speed


@pytest.mark.parametrize('storage', ['file', 'sql'])
def test_a_day_in_the_life_of_an_inventory(
    ansible: Ansible, deployment: pathlib.Path, command: Command, storage: str, tmp_path: pathlib.Path
) -> None:
    source = deployment / 'osa.yml'
    if storage == 'sql':
        source.write_text(
            f'plugin: osa.inventory.osa\nstorage: {{class: sql, url: "sqlite:///{tmp_path}/state.sqlite"}}\n'
        )
    command.good('storage', 'upgrade')
    assert command('plan').returncode == 2
    first = ansible.inventory(source, '--list')
    galera = json.loads(first)['galera_container']['hosts'][0]
    command.good('remove', galera, '--yes')
    assert '1 container, ' in command('plan').stdout.splitlines()[-1]
    second = ansible.inventory(source, '--list')
    assert galera not in second and command('plan').returncode == 0
    assert command('diff', '1').returncode == 2
    command.good('restore', '1', '--yes')
    assert ansible.inventory(source, '--list') == first
    (tmp_path / 'inventory.json').write_text(command.good('export', '--complete'))
    command.good('clear-ips', '--yes')
    command.good('import', tmp_path / 'inventory.json', '--yes')
    assert ansible.inventory(source, '--list') == first
    assert [row['serial'] for row in json.loads(command.good('history', '--format', 'json'))] == [6, 5, 4, 3, 2, 1]
    command.good('prune', '--keep', '1', '--yes')
    command.good('lock', 'a test')
    assert command('clear-ips', '--yes').returncode == 4
    command.good('unlock')
    assert command.good('storage', 'check') and command.good('networks')


def many(hosts: int) -> dict[str, t.Any]:
    """An inventory of physical hosts with nineteen containers each."""
    hostvars = {}
    groups: dict[str, t.Any] = {f'component_{number}': {'hosts': []} for number in range(19)}
    for number in range(hosts):
        host, part = f'compute{number // 20:03}', number % 20
        name = f'{host}-component-{part}-container-{number:08x}' if part else host
        address = f'10.{number // 65536}.{number // 256 % 256}.{number % 256}'
        hostvars[name] = {
            'ansible_host': address,
            'component': f'component_{part - 1}' if part else None,
            'container_name': name,
            'container_networks': {
                'management_address': {'address': address, 'bridge': 'br-mgmt', 'interface': 'eth1'}
            },
            'management_address': address,
            'physical_host': host,
            'physical_host_group': 'compute_hosts',
            'properties': {} if part else {'is_metal': True},
        }
        if part:
            groups[f'component_{part - 1}']['hosts'].append(name)
    return {'_meta': {'hostvars': hostvars}, 'all': {'vars': {}}, **groups}


# Terminals, pipes, interruptions


class Terminal:
    """The command on a terminal of 80 columns."""

    def __init__(self, command: Command, ansible: Ansible, source: pathlib.Path, *arguments: str) -> None:
        environment = {**ansible.environment(), 'TERM': 'xterm'}
        for name in ('ANSIBLE_NOCOLOR', 'COLUMNS'):
            del environment[name]
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [command.starter, '-i', source, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.shown = ''

    def read(self, until: str | None = None) -> str:
        """What is shown up to a text, or up to the end."""
        deadline = time.monotonic() + 60
        while until is None or until not in self.shown:
            assert time.monotonic() < deadline, self.shown
            if not select.select([self._master], [], [], 1)[0]:
                continue
            try:
                data = os.read(self._master, 65536)
            except OSError:
                break
            if not data:
                break
            self.shown += data.decode()
        return self.shown

    def write(self, text: str) -> None:
        os.write(self._master, text.encode())

    def end(self) -> int:
        self.read()
        os.close(self._master)
        return self.process.wait(60)


def test_colour_is_for_terminals_alone(
    ansible: Ansible, command: Command, deployment: pathlib.Path, stored: pathlib.Path
) -> None:
    terminal = Terminal(command, ansible, deployment / 'osa.yml', 'remove', 'hyp-1', '--dry-run')
    assert terminal.end() == 0
    assert '\033[31m- host hyp-1\033[0m' in terminal.shown
    environment = {**ansible.environment(), 'TERM': 'xterm'}
    del environment['ANSIBLE_NOCOLOR']
    arguments = [command.starter, '-i', deployment / 'osa.yml', 'remove', 'hyp-1', '--dry-run']
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True)
    assert '\033' not in done.stdout + done.stderr


@pytest.mark.parametrize(('answer', 'code'), [('y\n', 0), ('n\n', 1), ('\x04', 1)])
def test_a_person_at_a_terminal_is_asked(
    ansible: Ansible, command: Command, deployment: pathlib.Path, stored: pathlib.Path, answer: str, code: int
) -> None:
    terminal = Terminal(command, ansible, deployment / 'osa.yml', 'remove', 'hyp-1')
    terminal.read(until='[y/N] ')
    terminal.write(answer)
    assert terminal.end() == code, terminal.shown
    assert ('hyp-1' in json.loads(stored.read_text())['_meta']['hostvars']) == bool(code)


def test_an_interruption_is_clean(
    ansible: Ansible, command: Command, deployment: pathlib.Path, stored: pathlib.Path
) -> None:
    before = stored.read_bytes()
    terminal = Terminal(command, ansible, deployment / 'osa.yml', 'remove', 'hyp-1')
    terminal.read(until='[y/N] ')
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end() == 130
    assert 'Interrupted.' in terminal.shown and 'Traceback' not in terminal.shown
    assert stored.read_bytes() == before


def test_a_reader_that_has_enough_is_no_failure_to_speak_of(command: Command, deployment: pathlib.Path) -> None:
    (deployment / STORED).write_text(json.dumps(many(2000)))
    script = '"$1" -i "$2" hosts | head -n 1; echo "${PIPESTATUS[0]}"'
    environment = {**os.environ, 'PATH': f'{PROGRAMS}{os.pathsep}{os.environ["PATH"]}'}
    done = subprocess.run(
        ['bash', '-c', script, 'bash', command.starter, deployment / 'osa.yml'],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[1] == '141' and done.stderr == ''


def test_a_full_disk_is_an_error(command: Command, ansible: Ansible, stored: pathlib.Path) -> None:
    with open('/dev/full', 'w') as full:
        arguments = [command.starter, '-i', stored.parent / 'osa.yml', 'hosts']
        settings = {'env': ansible.environment(), 'stderr': subprocess.PIPE, 'text': True}
        done = subprocess.run(arguments, stdout=full, check=False, **settings)
    assert done.returncode == 1
    assert 'The output cannot be written: No space left' in done.stderr and 'Traceback' not in done.stderr


def test_a_shell_completes_its_words(command: Command, ansible: Ansible, tmp_path: pathlib.Path) -> None:
    pytest.importorskip('argcomplete')
    line = 'osa-inventory sto'
    extra = {'_ARGCOMPLETE': '1', 'COMP_LINE': line, 'COMP_POINT': str(len(line)), '_ARGCOMPLETE_IFS': '\n'}
    extra['_ARGCOMPLETE_STDOUT_FILENAME'] = str(tmp_path / 'words')
    done = ansible.run(command.starter, **extra)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / 'words').read_text().strip() == 'storage'
