# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures as text."""

from __future__ import annotations

import typing as t

from ansible_collections.osa.inventory.tests.benchmarks import plugin, storages
from ansible_collections.osa.inventory.tests.benchmarks.growth import Growth
from ansible_collections.osa.inventory.tests.benchmarks.targets import Target

Rows = t.Sequence[t.Sequence[str]]


def table(header: t.Sequence[str], rows: Rows) -> str:
    """Columns in Markdown: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ['-' * widths[0], *('-' * (width - 1) + ':' for width in widths[1:])]

    def line(cells: t.Sequence[str]) -> str:
        aligned = [cells[0].ljust(widths[0]), *map(str.rjust, cells[1:], widths[1:])]
        return f'| {" | ".join(aligned)} |'

    return '\n'.join(map(line, (header, rule, *rows)))


def of_storages(figures: t.Sequence[storages.Figure], operation: str) -> str:
    """One operation on all storages."""
    chosen = [figure for figure in figures if figure.operation == operation]
    floors = {figure.hosts: figure for figure in chosen if figure.storage == storages.FLOOR}
    header = ['hosts, storage', 'elapsed', '/ file', 'CPU here', '/ file', 'peak', '/ file', 'requests', 'rows']
    rows = [
        [
            f'{figure.hosts} {figure.storage}',
            *(_seconds(figure.cost.elapsed), _ratio(figure.cost.elapsed, floor.cost.elapsed)),
            *(_seconds(figure.cost.cpu), _ratio(figure.cost.cpu, floor.cost.cpu)),
            *(_size(figure.peak), _ratio(figure.peak, floor.peak)),
            *(str(number or '') for number in (figure.requests, figure.rows)),
        ]
        for figure in chosen
        for floor in [floors[figure.hosts]]
    ]
    return table(header, rows)


def of_parts(figures: t.Sequence[plugin.Figure], floor: str) -> str:
    """Whole runs, phases and commands; floor: the part that the others are compared with."""
    floors = {figure.hosts: figure for figure in figures if figure.part == floor}
    rows = [
        [
            f'{figure.hosts} {figure.part}',
            *(_seconds(figure.cost.cpu), _ratio(figure.cost.cpu, least.cost.cpu)),
            *(_size(figure.peak), _ratio(figure.peak, least.peak)),
        ]
        for figure in figures
        for least in [floors[figure.hosts]]
    ]
    return table(['hosts, part', 'CPU', '/ floor', 'peak', '/ floor'], rows)


def of_growth(growths: t.Sequence[Growth]) -> str:
    """Time by size, with exponents."""
    sizes = [f'{hosts} hosts' for hosts in growths[0].hosts]
    rows = [
        [growth.what, *map(_seconds, growth.seconds), f'{growth.exponent:.2f}', f'{growth.last:.2f}']
        for growth in growths
    ]
    return table(['CPU (plugin) or elapsed', *sizes, 'exponent', 'of the last step'], rows)


def of_targets(targets: t.Sequence[Target]) -> str:
    """What is met and what is missed."""
    rows = [
        [target.what, f'{target.value:.3g}', f'{target.limit:g}', 'met' if target.met else 'MISSED']
        for target in targets
    ]
    return table(['target', 'value', 'at most', ''], rows)


def _seconds(value: float) -> str:
    return f'{value:.2f} s' if value >= 1 else f'{value * 1000:.1f} ms'


def _size(value: int | None) -> str:
    return '' if value is None else f'{value / 1e6:.1f} MB'


def _ratio(value: float | None, floor: float | None) -> str:
    return f'{value / floor:.2f}' if value is not None and floor else ''
