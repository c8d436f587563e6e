# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the real `ansible-inventory` makes of inputs that go wrong in practice, and of wrong options around them."""

from __future__ import annotations

import collections.abc as c
import contextlib
import ipaddress
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.osa.inventory.tests.integration.installed import CHECKOUT, RECOMMENDED, Ansible
from ansible_collections.osa.inventory.tests.support.bad_inputs import CASES, Outcome

Hosts = dict[str, dict[str, t.Any]]
Tree = dict[str, tuple[int, int, int]]


class Done(t.NamedTuple):
    """What came of a run."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything that was printed, without the plugin `ini`, which tries the source after ours has failed."""
        return self.err.partition("[WARNING]: Failed to parse inventory with 'ini' plugin")[0]

    @property
    def inventory(self) -> dict[str, t.Any]:
        found: dict[str, t.Any] = json.loads(self.out[self.out.index('{\n') :])
        return found


Run = c.Callable[..., Done]


@pytest.fixture(scope='session')
def run(ansible: Ansible) -> c.Iterator[Run]:
    """`ansible-inventory` with the recommended ansible.cfg, loaded once for all runs."""
    with contextlib.ExitStack() as stack:
        process = subprocess.Popen(
            [sys.executable, CHECKOUT / 'tests' / 'support' / 'preloaded.py'],
            cwd=ansible.home,
            env=ansible.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(process.wait, 30)
        assert process.stdin and process.stdout
        stack.enter_context(process.stdin)
        asked, answered = process.stdin, process.stdout

        def run_once(*arguments: object) -> Done:
            print(json.dumps([str(each) for each in arguments]), file=asked, flush=True)
            return Done(**json.loads(answered.readline()))

        yield run_once


def tree(directory: pathlib.Path) -> Tree:
    """Everything in a directory: mode, size, time of the last change."""
    found: Tree = {}
    for parent, directories, files in os.walk(directory):
        for name in ('.', *directories, *files):
            path = os.path.join(parent, name)
            status = os.lstat(path)
            found[path] = (status.st_mode, status.st_size, status.st_mtime_ns)
    return found


def containers(hosts: Hosts, physical_host: str) -> list[str]:
    return sorted(name for name, variables in hosts.items() if variables['physical_host'] == physical_host != name)


def hosts_below(inventory: dict[str, t.Any], group: str) -> set[str]:
    below = {host for child in inventory.get(group, {}).get('children', ()) for host in hosts_below(inventory, child)}
    return below | set(inventory.get(group, {}).get('hosts', ()))


def inside(address: str, network: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network)


FACTS: dict[str, c.Callable[[dict[str, t.Any], Hosts], bool]] = {
    '013-vault-tag': lambda _inventory, hosts: '__ansible_vault' in hosts['infra1']['some_secret'],
    '025-confd-over-null': lambda inventory, _hosts: bool(hosts_below(inventory, 'all_containers')),
    '062-affinity-unknown-container': lambda _inventory, hosts: len(containers(hosts, 'infra1')) == 3,
    '064-no-containers-one-host': lambda _inventory, hosts: (
        [len(containers(hosts, host)) for host in ('infra1', 'infra2', 'infra3')] == [1, 0, 1]
    ),
    '070-host-name-underscore': lambda inventory, hosts: (
        set(containers(hosts, 'az1_infra1')) == set(inventory['keystone']['hosts'])
    ),
    '082-cidr-v6-64': lambda _inventory, hosts: all(
        inside(hosts[name]['ansible_host'], 'fd00::/8') for name in containers(hosts, 'infra1')
    ),
    '113-override-date': lambda _inventory, hosts: all(host['when'] == '2024-01-01' for host in hosts.values()),
    '136-env-dashed-group': lambda inventory, hosts: (
        'ex1' in hosts_below(inventory, 'hosts') and hosts['ex1']['management_address'] == '172.29.236.31'
    ),
    '140-inv-non-ascii': lambda _inventory, hosts: bool(hosts),
    '146-inv-networks-null': lambda _inventory, hosts: all(host['container_networks'] for host in hosts.values()),
    '151-stale-group-removed': lambda inventory, hosts: 'c1' in inventory['compute_hosts']['hosts'] and 'c1' in hosts,
    '152-stale-controller-removed': lambda _inventory, hosts: bool(containers(hosts, 'infra2')),
}
"""What must hold of inventories besides being there without a word."""


@pytest.mark.parametrize('name', CASES)
def test_an_input_that_goes_wrong_in_practice(name: str, run: Run, tmp_path: pathlib.Path) -> None:
    case = CASES[name]
    source = case.copy(tmp_path / 'openstack_deploy')
    before = tree(source.parent)
    done = run('-i', source, '--list', '-vvv')
    assert 'Traceback' not in done.err + done.out
    assert (done.code != 0) == (case.outcome is Outcome.REFUSED)
    assert case.fragment in done.said
    if case.place:
        assert f'{source.parent}/{case.place}' in done.said
    if case.outcome is Outcome.REFUSED:
        assert tree(source.parent) == before
        return
    # That one is Ansible's own: a case has a variable with a name that it reserves.
    told = done.err.count('[WARNING]') - done.err.count('[WARNING]: Found variable using reserved name')
    assert told == (case.outcome is Outcome.WARNED), done.err
    inventory = done.inventory
    assert FACTS.get(name, lambda _inventory, hosts: bool(hosts))(inventory, inventory['_meta']['hostvars'])


SOUND = '082-cidr-v6-64'
"""A case with nothing wrong in it."""

OPTIONS = {
    'unknown': ('regoin: north\n', "unknown option 'regoin'", ':2:1', "Did you mean 'region'?"),
    'two-unknown': ('regoin: north\ntennant: x\n', 'has 2 unknown options', ':3:1', "Did you mean 'tenant'?"),
    'choice': ('persist: sometimes\n', 'persist', ':2:10', 'never'),
    'two-wrong': ('persist: sometimes\naddress_allocation: 5\n', 'has 2 mistakes', ':3:1', 'stable'),
    'kind': ('region: [a, b]\n', "Invalid value provided for 'str'", ':2:1', ''),
    'template': ('region: "{{ nowhere }}"\n', "Option 'region' of the inventory source cannot be resolved", ':2:9', ''),
    'region': ('region: a/b\n', "'region' is 'a/b' instead of at most 64", '', ''),
    'directory': ('config_dir: nowhere\n', "The configuration directory '{}/nowhere' does not exist.", '', ''),
    'environment': ('environment_dir: nowhere\n', "'{}/nowhere/env.d' does not exist.", '', ''),
    'storage': ('storage: fiel\n', "There is no storage 'fiel'", '', ''),
    'storage-option': ('storage: {class: file, keap: 5}\n', "The storage 'file' has no option 'keap'", '', "'keep'"),
    'storage-kind': ('storage: [file]\n', "Value of 'storage' is", '', ''),
    'storage-number': ('storage: {class: file, keep: -1}\n', "'keep' of the storage 'file' is -1", '', ''),
    'storage-url': ('storage: {class: sql, url: nonsense}\n', "'url' of the storage 'sql' is not usable", '', ''),
    'yaml': ('region: [\n', 'YAML parsing failed', ':3:1', ''),
}
"""What is wrong with the inventory source: its text, message (`{}`: the directory), place, remedy."""


@pytest.mark.parametrize('name', OPTIONS)
def test_a_wrong_option_of_the_source(name: str, run: Run, tmp_path: pathlib.Path) -> None:
    text, message, place, remedy = OPTIONS[name]
    source = CASES[SOUND].copy(tmp_path / 'openstack_deploy')
    source.write_text(f'plugin: osa.inventory.osa\n{text}')
    before = tree(source.parent)
    done = run('-i', source, '--list', '-vvv')
    assert done.code != 0 and 'Traceback' not in done.err + done.out
    assert message.format(source.parent) in done.err and remedy in done.err, done.err
    assert not place or f'{source}{place}' in done.err, done.err
    assert tree(source.parent) == before


ELSEWHERE = {
    'variable-choice': ({'OSA_INVENTORY_PERSIST': 'sometimes'}, '', 'persist'),
    'variable-directory': ({'OSA_CONFIG_DIR': '/nowhere'}, '', "'/nowhere' does not exist."),
    'variable-storage': ({'OSA_INVENTORY_STORAGE': 'fiel'}, '', "There is no storage 'fiel'"),
    'cfg-choice': ({}, '[osa_inventory]\npersist = sometimes\n', 'persist'),
    'cfg-directory': ({}, '[osa_inventory]\nconfig_dir = /nowhere\n', "'/nowhere' does not exist."),
}
"""Wrong options in the environment and in ansible.cfg, and what the message has."""


@pytest.mark.parametrize('name', ELSEWHERE)
def test_a_wrong_option_in_the_environment_or_in_ansible_cfg(
    name: str, ansible: Ansible, tmp_path: pathlib.Path
) -> None:
    variables, config, message = ELSEWHERE[name]
    source = CASES[SOUND].copy(tmp_path / 'openstack_deploy')
    source.write_text('plugin: osa.inventory.osa\n')  # what it says itself would count
    before = tree(source.parent)
    done = ansible.configured(RECOMMENDED + config).run(
        'ansible-inventory', '-i', source, '--list', '-vvv', **variables
    )
    assert done.returncode != 0 and 'Traceback' not in done.stderr + done.stdout
    assert message in done.stderr
    assert tree(source.parent) == before


@pytest.mark.parametrize('name', ['010-duplicate-host-key', '085-cidr-changed', '137-inv-truncated'])
def test_programs_of_their_own_say_the_same(name: str, ansible: Ansible, run: Run, tmp_path: pathlib.Path) -> None:
    """Neither the preloaded program nor the command within a test is another one."""
    source = CASES[name].copy(tmp_path / 'openstack_deploy')
    source.write_text('plugin: osa.inventory.osa\npersist: never\n')
    alone = ansible.run('ansible-inventory', '-i', source, '--list')
    preloaded = run('-i', source, '--list')
    assert (alone.returncode, alone.stdout) == (preloaded.code, preloaded.out)
    assert CASES[name].fragment in alone.stderr and CASES[name].fragment in preloaded.err
    program = ansible.collections / 'ansible_collections' / 'osa' / 'inventory' / 'scripts' / 'osa-inventory'
    checked = subprocess.run(
        [program, '-i', source, 'check'], env=ansible.environment(), check=False, capture_output=True, text=True
    )
    assert (checked.returncode != 0) == (CASES[name].outcome is Outcome.REFUSED)
    assert CASES[name].fragment in checked.stderr and 'Traceback' not in checked.stderr
