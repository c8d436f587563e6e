# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations that are enormous, or would become so: each takes little memory and time, or is refused clearly.

With HYPOTHESIS_PROFILE=long the sizes are ten times as large.
"""

from __future__ import annotations

import pathlib
import random

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.configuration.files import LARGEST_FILE
from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import load_deployment
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from fuzz.directories import SEPARATOR, Directories
from support.bounded import IS_LONG, within

MEGABYTES, SECONDS = (700, 120) if IS_LONG else (150, 20)
MANY = 10_000 if IS_LONG else 1000


def configuration(
    more: str = '', *, networks: str = '{management: 10.0.0.0/22}', entry: str = 'ip: 10.0.0.11', host: str = 'a'
) -> str:
    """A small deployment with something in it."""
    return (
        'global_overrides:\n'
        '  provider_networks:\n'
        '    - network: {container_bridge: br-mgmt, container_interface: eth1, ip_from_q: management,\n'
        '        is_management_address: true, group_binds: [all_containers, hosts]}\n'
        f'cidr_networks: {networks}\nidentity_hosts:\n  {host}: {{{entry}}}\n{more}'
    )


def numbered(pattern: str, count: int = MANY) -> str:
    """A text so often, with `#` replaced by a number."""
    return ''.join(pattern.replace('#', str(number)) for number in range(count))


def affinity(count: int, networks: str) -> str:
    entry = f'ip: 10.0.0.11, affinity: {{keystone_container: {count}}}'
    return configuration(networks=networks, entry=entry)


BOMB = 'a: &a [x, x, x, x, x, x, x, x, x]\n' + ''.join(
    f'{name}: &{name} [{", ".join([f"*{before}"] * 9)}]\n' for before, name in zip('abcdefgh', 'bcdefghi', strict=True)
)
MERGES = 'm0: &m0 {a: 1, b: 2}\n' + ''.join(f'm{n}: &m{n} {{<<: *m{n - 1}, <<: *m{n - 1}}}\n' for n in range(1, 60))
USED = ''.join(f'  - 10.{16 + (n >> 16)}.{n >> 8 & 255}.{n & 255}\n' for n in range(100 * MANY))
LARGE_V4, LARGE_V6 = '{management: 10.0.0.0/8}', '{management: "fd00::/64"}'
COMPONENTS = 'component_skel:\n' + numbered('  known#: {belongs_to: [own_all]}\n')
CONTAINERS = 'container_skel:\n  own_container: {belongs_to: [identity_containers], contains: [' + numbered('knwon#, ')

CASES = {
    'aliases of aliases': (configuration(BOMB), 'aliases of this file add up to more than 1000000'),
    'merges of merges': (configuration(MERGES), 'aliases of this file add up to more than 1000000'),
    'mappings and lists in one another': (configuration('x: ' + '[' * 1000 * MANY), 'more than 100 levels deep'),
    'keys in one another': (configuration('? ' * 100 * MANY), 'more than 100 levels deep'),
    'affinity without addresses': (affinity(100_000, '{management: 10.0.0.0/22}'), 'needs more addresses than there'),
    'affinity in a /8': (affinity(100_000, LARGE_V4), 'more than the 10000 containers'),
    'affinity in an IPv6 /64': (affinity(10**18, LARGE_V6), 'more than the 10000 containers'),
    'some containers in a /8': (affinity(300, LARGE_V4), 'inventory'),
    'some containers in an IPv6 /64': (affinity(300, LARGE_V6), 'inventory'),
    'used addresses one by one': (configuration(f'used_ips:\n{USED}', networks=LARGE_V4), 'inventory'),
    'a range of used addresses': (configuration('used_ips: ["10.1.0.0,10.255.0.0"]\n', networks=LARGE_V4), 'inventory'),
    'a number of many digits': (configuration('x: ' + '9' * 100 * MANY), 'too many for a number'),
    'a long text': (configuration('x: "' + 'long ' * 1000 * MANY + '"'), 'inventory'),
    'a long key': (configuration('? ' + 'k' * 1000 * MANY + '\n: 1'), 'inventory'),
    'a long host name': (configuration(host='h' * 1000 * MANY), 'ConfigurationError'),
    'unknown groups': (configuration(numbered('own#_hosts: {a: {ip: 10.0.0.11}}\n')), 'inventory'),
    'hosts': (configuration(numbered('  h#: {ip: "fd00::#"}\n'), networks=LARGE_V4), 'inventory'),
    'unknown sections': (configuration(numbered('section#: 1\n')), 'inventory'),
    'unknown keys': (configuration(entry='ip: 10.0.0.11' + numbered(', afinity#: 1')), 'inventory'),
    'unknown anchors': (configuration('x:\n' + numbered('  - &anchor# 1\n  - *anhcor#\n')), 'has no anchor before it'),
    'keys given twice': (configuration('x:\n' + numbered('  a: 1\n')), 'is given twice'),
    'networks': (
        configuration(
            networks='{management: 10.0.0.0/22, ' + numbered('n#: "fd00:#::/64", ', 1000) + 'z: 10.8.0.0/24}'
        ),
        'inventory',
    ),
    'groups of the environment': (
        SEPARATOR.decode().join([configuration(), '', 'component_skel:\n' + numbered('  c#: {belongs_to: [c1#]}\n')]),
        'inventory',
    ),
    'unknown components': (
        SEPARATOR.decode().join([configuration(), '', COMPONENTS + CONTAINERS + ']}\n']),
        'inventory',
    ),
}


@pytest.mark.parametrize('name', CASES)
def test_what_is_enormous_takes_little_or_is_refused(name: str, tmp_path: pathlib.Path) -> None:
    text, expected = CASES[name]
    directories = Directories(tmp_path)
    data = text.encode()

    def action() -> None:
        generate(directories.load(data), None, Choice(rng=random.Random(0)))

    assert expected in within(MEGABYTES, SECONDS, action)


@pytest.mark.parametrize('size', [LARGEST_FILE + 1, 1 << 40])
def test_a_file_that_is_too_large_is_not_read(tmp_path: pathlib.Path, size: int) -> None:
    Directories(tmp_path)
    with open(tmp_path / 'config' / 'conf.d' / 'part.yml', 'wb') as file:
        file.truncate(size)
    outcome = within(20, 5, lambda: load_deployment(str(tmp_path / 'config'), str(tmp_path / 'base')))
    assert f'has {size >> 20} MiB, and no more than 32 MiB are read' in outcome


def test_what_takes_too_much_would_be_noticed() -> None:
    assert 'MemoryError' in within(20, 5, lambda: bytearray(100 << 20))
    assert within(20, 1, lambda: all(iter(lambda: True, False))) == ''
