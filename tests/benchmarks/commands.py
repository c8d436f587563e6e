# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operators' commands, compared with Ansible's own program over the same hosts ready-made: whole programs."""

from __future__ import annotations

import functools
import os
import pathlib
import subprocess
import sys
import typing as t

import ansible_collections.osa.inventory as collection
from ansible_collections.osa.inventory.tests.benchmarks import plugin
from ansible_collections.osa.inventory.tests.benchmarks.clouds import Cloud
from ansible_collections.osa.inventory.tests.benchmarks.measuring import Cost, cheapest, cost_of

FLOOR = 'ansible-inventory --list with ready-made JSON'
TABLE = 'osa-inventory hosts'
COMMANDS = (
    TABLE,
    'osa-inventory hosts --format json',
    'osa-inventory groups',
    'osa-inventory containers',
    'osa-inventory networks',
    'osa-inventory tree',
    'osa-inventory history',
    'osa-inventory plan',
    'osa-inventory check',
    'osa-inventory export --complete',
)
"""All of them end with 0 over a stored inventory that the next run does not change."""

_ROOT = pathlib.Path(next(iter(collection.__path__))).parents[2]
_PROGRAMS = {
    'osa-inventory': 'ansible_collections.osa.inventory.plugins.plugin_utils.cli.launch',
    'ansible-inventory': 'ansible.cli.inventory',
}


def measure(cloud: Cloud, repeats: int) -> list[plugin.Figure]:
    """The floor and each command, in turns; memory is not measured."""
    plugin.parse(cloud.source, cloud.hosts)  # stores the inventory
    sources = {FLOOR: plugin.ready_made(cloud), **dict.fromkeys(COMMANDS, cloud.source)}
    costs: dict[str, list[Cost]] = {command: [] for command in sources}
    for _number in range(repeats):
        for command, source in sources.items():
            words = command.partition(' with ')[0].split()
            costs[command].append(cost_of(functools.partial(_run, words, source)))
    return [plugin.Figure(cloud.hosts, command, cheapest(each)) for command, each in costs.items()]


def _run(words: t.Sequence[str], source: pathlib.Path) -> None:
    program, *arguments = words
    start = f'import sys; from {_PROGRAMS[program]} import main; sys.exit(main())'
    subprocess.run(
        [sys.executable, '-c', start, '-i', str(source), *arguments],
        check=True,
        env={**os.environ, 'PYTHONPATH': str(_ROOT), 'ANSIBLE_COLLECTIONS_PATH': str(_ROOT)},
        stdout=subprocess.DEVNULL,
    )
