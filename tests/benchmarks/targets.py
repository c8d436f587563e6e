# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the figures must show."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.osa.inventory.tests.benchmarks import commands, plugin, storages
from ansible_collections.osa.inventory.tests.benchmarks.growth import Growth

LOAD_RATIO = 2.0
MANY = 2000
RUN_RATIO = 1.0
TABLE_RATIO = 1.0
EXPONENT = 1.15
REQUESTS = {'sqlite': 1, 'postgresql': 1, 'mariadb': 1, 'redis': 1, 'swift': 4}
"""Of an unchanged run, once connected."""


@dataclasses.dataclass(frozen=True)
class Target:
    """Whether something is as it must be."""

    what: str
    value: float
    limit: float

    @property
    def met(self) -> bool:
        return self.value <= self.limit


def of_storages(figures: t.Sequence[storages.Figure]) -> t.Iterator[Target]:
    """Loading compared with `file`; the requests of an unchanged run; the rows for one host more."""
    yield from _loads([figure for figure in figures if figure.operation == storages.LOAD])
    unchanged = [figure for figure in figures if figure.operation == storages.UNCHANGED]
    for name, limit in REQUESTS.items():
        requests = [figure.requests for figure in unchanged if figure.storage == name]
        if requests:
            yield Target(f'requests of an unchanged run, {name}', max(requests), limit)
    yield Target('unchanged runs that write', sum(figure.writes for figure in unchanged), 0)
    yield from _rows([figure for figure in figures if figure.operation == storages.GROWN])


def _loads(figures: t.Sequence[storages.Figure]) -> t.Iterator[Target]:
    floors = {figure.hosts: figure.cost.elapsed for figure in figures if figure.storage == storages.FLOOR}
    for figure in figures:
        if figure.storage != storages.FLOOR and figure.hosts >= MANY:
            ratio = figure.cost.elapsed / floors[figure.hosts]
            yield Target(f'load / file, {figure.storage}, {figure.hosts} hosts', ratio, LOAD_RATIO)


def _rows(figures: t.Sequence[storages.Figure]) -> t.Iterator[Target]:
    """No more rows among many hosts than among few."""
    fewest = min(figure.hosts for figure in figures)
    few = {figure.storage: figure.rows for figure in figures if figure.hosts == fewest}
    for figure in figures:
        if figure.rows and figure.hosts > fewest:
            what = f'rows for one host more, {figure.storage}, {figure.hosts} hosts (limit: as for {fewest})'
            yield Target(what, figure.rows, few[figure.storage])


def of_plugin(figures: t.Sequence[plugin.Figure]) -> t.Iterator[Target]:
    """The whole run compared with a ready-made JSON file."""
    return _over_floor(figures, plugin.FLOOR, plugin.UNCHANGED, RUN_RATIO)


def of_commands(figures: t.Sequence[plugin.Figure]) -> t.Iterator[Target]:
    """A table of many hosts compared with a ready-made JSON file; with few, the time goes into starting the program."""
    figures = [figure for figure in figures if figure.hosts >= MANY]
    return _over_floor(figures, commands.FLOOR, commands.TABLE, TABLE_RATIO)


def _over_floor(figures: t.Sequence[plugin.Figure], floor: str, part: str, limit: float) -> t.Iterator[Target]:
    floors = {figure.hosts: figure.cost for figure in figures if figure.part == floor}
    for figure in figures:
        if figure.part == part:
            ratio = figure.cost.cpu / floors[figure.hosts].cpu
            yield Target(f'{part} / {floor}, {figure.hosts} hosts', ratio, limit)


def of_growth(growths: t.Iterable[Growth]) -> t.Iterator[Target]:
    """Near linear."""
    for growth in growths:
        yield Target(f'exponent of growth, {growth.what}', growth.exponent, EXPONENT)
