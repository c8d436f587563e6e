# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the benchmarks: `python tests/benchmarks/run.py`; `--help` says what can be chosen. See docs/benchmarks.md."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import platform
import sys
import tempfile
import typing as t

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]

os.environ |= {
    # The recommended settings, nobody's own; of the two sources that are compared, neither is tried in vain.
    'ANSIBLE_CONFIG': str(CHECKOUT / 'examples' / 'ansible.cfg'),
    'ANSIBLE_INVENTORY_ENABLED': 'script,auto',
}
sys.path[0] = str(CHECKOUT / 'tests')
__import__('conftest')  # makes the checkout importable as a collection
from ansible.release import __version__ as ansible_version  # noqa: E402
from ansible_collections.osa.inventory.tests.benchmarks import (  # noqa: E402
    commands,
    plugin,
    storages,
    tables,
    targets,
)
from ansible_collections.osa.inventory.tests.benchmarks.clouds import make_cloud  # noqa: E402
from ansible_collections.osa.inventory.tests.benchmarks.growth import growths  # noqa: E402
from ansible_collections.osa.inventory.tests.benchmarks.places import PLACES, Opener, opened_places  # noqa: E402

PARTS = ('storages', 'plugin', 'commands', 'growth')
SMALL, LARGE = 1000, 5000
"""With fewer hosts than the first, everything is repeated four times as often; from the second on, less often."""


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix='osa-benchmark-') as name:
        _Run(arguments, pathlib.Path(name)).all()


def _arguments() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(',')]

    def names(known: t.Iterable[str]) -> t.Callable[[str], list[str]]:
        def chosen(text: str) -> list[str]:
            if unknown := set(text.split(',')) - set(known):
                raise argparse.ArgumentTypeError(f'{", ".join(sorted(unknown))}: choose from {", ".join(known)}')
            return [name for name in known if name in text.split(',')]

        return chosen

    parser = argparse.ArgumentParser(description='Measure storages and plugin against floors of the same run.')
    parser.add_argument('--parts', type=names(PARTS), default=list(PARTS), help=f'default: {",".join(PARTS)}')
    parser.add_argument('--storages', type=names(PLACES), default=list(PLACES), help=f'default: {",".join(PLACES)}')
    parser.add_argument('--sizes', type=numbers, default=[64, 2000, 20000], help='hosts on the storages')
    parser.add_argument(
        '--plugin-sizes', type=numbers, default=[64, 2000, 10000], help='hosts in the plugin and the commands'
    )
    parser.add_argument('--growth', type=int, default=2500, help='N of the sizes N, 2N, 4N')
    parser.add_argument(
        '--repeats',
        type=int,
        default=5,
        help=f'of each measurement; more below {SMALL} hosts, at most 3 from {LARGE} on',
    )
    parser.add_argument('--json', type=pathlib.Path, help='write all figures to this file')
    return parser.parse_args()


class _Run:
    """The chosen parts, one after the other; each prints its tables when it is done."""

    def __init__(self, arguments: argparse.Namespace, directory: pathlib.Path) -> None:
        self.arguments = arguments
        self.directory = directory
        self.targets: list[targets.Target] = []
        self.found: dict[str, t.Any] = {'machine': _machine()}

    def all(self) -> None:
        print(', '.join(f'{name} {value}' for name, value in self.found['machine'].items()))
        for part in self.arguments.parts:
            getattr(self, part)()
        _print('Targets', tables.of_targets(self.targets))
        self.found['targets'] = [{**dataclasses.asdict(target), 'met': target.met} for target in self.targets]
        if self.arguments.json:
            self.arguments.json.write_text(json.dumps(self.found, indent=1, sort_keys=True) + '\n', 'utf-8')

    def storages(self) -> None:
        figures = []
        with self._places() as places:
            for hosts in self.arguments.sizes:
                figures += storages.measure(places, hosts, self._repeats(hosts), self._new_directory())
        for operation in storages.OPERATIONS:
            _print(f'Storages: {operation}', tables.of_storages(figures, operation))
        self._keep('storages', figures, targets.of_storages(figures))

    def plugin(self) -> None:
        figures = []
        for hosts in self.arguments.plugin_sizes:
            cloud = make_cloud(self._new_directory(), hosts)
            figures += plugin.measure(cloud, self._repeats(hosts), peaks=True)
        _print('Plugin', tables.of_parts(figures, plugin.FLOOR))
        self._keep('plugin', figures, targets.of_plugin(figures))

    def commands(self) -> None:
        figures = []
        for hosts in self.arguments.plugin_sizes:
            figures += commands.measure(make_cloud(self._new_directory(), hosts), min(self.arguments.repeats, 3))
        _print('Commands', tables.of_parts(figures, commands.FLOOR))
        self._keep('commands', figures, targets.of_commands(figures))

    def growth(self) -> None:
        seconds: list[tuple[str, int, float]] = []
        with self._places() as places:
            for hosts in [self.arguments.growth * factor for factor in (1, 2, 4)]:
                cloud, directory = make_cloud(self._new_directory(), hosts), self._new_directory()
                repeats = self._repeats(hosts)
                parts = plugin.measure(cloud, repeats, peaks=False)
                seconds += ((f'plugin: {figure.part}', hosts, figure.cost.cpu) for figure in parts)
                costs = storages.costs_of(places, storages.Sample.of_size(hosts, directory), repeats, directory)
                seconds += ((': '.join(key), hosts, cost.elapsed) for key, cost in costs.items())
        grown = growths(seconds)
        _print('Growth', tables.of_growth(grown))
        self._keep('growth', grown, targets.of_growth(grown))

    def _places(self) -> contextlib.AbstractContextManager[dict[str, Opener]]:
        names = [storages.FLOOR, *(name for name in self.arguments.storages if name != storages.FLOOR)]
        return opened_places(names, self._new_directory())

    def _repeats(self, hosts: int) -> int:
        repeats: int = self.arguments.repeats
        return min(repeats, 3) if hosts >= LARGE else repeats if hosts >= SMALL else 4 * repeats

    def _new_directory(self) -> pathlib.Path:
        return pathlib.Path(tempfile.mkdtemp(dir=self.directory))

    def _keep(self, part: str, figures: t.Iterable[t.Any], met: t.Iterable[targets.Target]) -> None:
        self.found[part] = [dataclasses.asdict(figure) for figure in figures]
        self.targets += met


def _machine() -> dict[str, t.Any]:
    return {
        'processors': os.cpu_count(),
        'architecture': platform.machine(),
        'system': platform.system(),
        'Python': platform.python_version(),
        'ansible-core': ansible_version,
    }


def _print(title: str, text: str) -> None:
    print(f'\n{title}\n\n{text}', flush=True)


if __name__ == '__main__':
    main()
