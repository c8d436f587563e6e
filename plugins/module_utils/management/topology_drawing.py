# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawing of a topology, as SVG and as a page around it: no scripts, nothing from elsewhere, every name escaped."""

from __future__ import annotations

import dataclasses
import typing as t

from ..words import plural
from .networks import NetworkUsage
from .topology import Host, Topology, Zone
from .topology_canvas import MONOSPACE, Area, Canvas, Point, escaped

_WIDTH = 1240
_MARGIN = 32
_GAP = 16
_PADDING = 14
_COLUMNS = 3
_NARROWEST = 330
"""What a list of containers needs at least."""

_LINE = 20
_HEAD = 40
_INSET = 8
_BAR = 10
_NETWORK_HEIGHT = 74

_PAGE_STYLE = """\
body { margin: 0; background: #ffffff; }
svg { display: block; margin: 0 auto; max-width: 100%; height: auto; }
@media screen and (prefers-color-scheme: dark) { body { background: #10151d; } }
@page { margin: 10mm; }
"""


def svg(topology: Topology) -> str:
    """The drawing as a file of its own; the same topology always gives the same text."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_drawn(topology)}'


def page(topology: Topology) -> str:
    """The drawing in an HTML page, to be looked at and printed by a browser."""
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{escaped(topology.title)}</title>
<style>
{_PAGE_STYLE}</style>
</head>
<body>
{_drawn(topology)}</body>
</html>
"""


def _drawn(topology: Topology) -> str:
    canvas = Canvas()
    bottom = _draw_heading(canvas, topology)
    bottom = _draw_zones(canvas, topology.zones, bottom + _GAP)
    if topology.networks:
        bottom = _draw_networks(canvas, topology.networks, bottom + 2 * _GAP)
    return canvas.finished(topology.title, _WIDTH, bottom + _MARGIN)


def _draw_heading(canvas: Canvas, topology: Topology) -> float:
    """Title and summary; returns where it ends."""
    canvas.text((_MARGIN, _MARGIN + 20), topology.title, 'title ink', _WIDTH - 2 * _MARGIN, 22)
    summary = f'{_counted(topology.hosts, "host")}, {_counted(topology.containers, "container")}'
    line = f'{summary} · {topology.subtitle}' if topology.subtitle else summary
    canvas.text((_MARGIN, _MARGIN + 42), line, 'muted', _WIDTH - 2 * _MARGIN)
    return _MARGIN + 48


@dataclasses.dataclass(frozen=True)
class _Grid:
    """Where zones stand: so many beside one another, each with so many columns of hosts."""

    abreast: int
    columns: int
    framed: bool

    @classmethod
    def of(cls, zones: t.Sequence[Zone]) -> _Grid:
        abreast = max(min(len(zones), _COLUMNS), 1)
        most = max((len(zone.hosts) for zone in zones), default=1)
        return cls(abreast, min(_COLUMNS // abreast, most), any(zone.name for zone in zones))

    @property
    def zone_width(self) -> float:
        return (_WIDTH - 2 * _MARGIN - (self.abreast - 1) * _GAP) / self.abreast

    @property
    def card_width(self) -> float:
        frame = 2 * _PADDING if self.framed else 0
        return (self.zone_width - frame - (self.columns - 1) * _GAP) / self.columns


def _draw_zones(canvas: Canvas, zones: t.Sequence[Zone], top: float) -> float:
    """All zones, row by row; returns where they end."""
    grid = _Grid.of(zones)
    for first in range(0, len(zones), grid.abreast):
        row = zones[first : first + grid.abreast]
        height = max(_zone_height(zone, grid) for zone in row)
        for place, zone in enumerate(row):
            left = _MARGIN + place * (grid.zone_width + _GAP)
            _draw_zone(canvas, zone, grid, Area(left, top, grid.zone_width, height))
        top += height + _GAP
    return top - _GAP


def _draw_zone(canvas: Canvas, zone: Zone, grid: _Grid, area: Area) -> None:
    left, top, inset = area.left, area.top, 0
    if grid.framed:
        inset = _PADDING
        canvas.box(area, 'panel', 10)
        summary = f'{_counted(len(zone.hosts), "host")}, {_counted(_containers(zone), "container")}'
        end = left + grid.zone_width - inset
        canvas.text((left + inset, top + 25), zone.name or 'in no zone', 'zone ink', grid.zone_width - 170, 15)
        canvas.text((end, top + 25), summary, 'muted end')
    bottoms = [top + (38 if grid.framed else 0)] * grid.columns
    for host, column in _placed(zone, grid):
        x = left + inset + column * (grid.card_width + _GAP)
        _draw_host(canvas, host, x, bottoms[column], grid.card_width)
        bottoms[column] += _host_height(host, grid.card_width) + _GAP


def _zone_height(zone: Zone, grid: _Grid) -> float:
    heights = [0.0] * grid.columns
    for host, column in _placed(zone, grid):
        heights[column] += _host_height(host, grid.card_width) + _GAP
    return max(heights) - _GAP + (38 + _PADDING if grid.framed else 0)


def _placed(zone: Zone, grid: _Grid) -> t.Iterator[tuple[Host, int]]:
    """Each host with its column: the one that is shortest so far."""
    heights = [0] * grid.columns
    for host in zone.hosts:
        column = heights.index(min(heights))
        heights[column] += _host_height(host, grid.card_width) + _GAP
        yield host, column


@dataclasses.dataclass(frozen=True)
class _Line:
    """One line of a card: what it is, a remark, an address. tooltip: the whole name."""

    what: str
    remark: str
    address: str
    tooltip: str = ''
    tone: str = 'ink'


def _lines(host: Host) -> list[_Line]:
    lines = [_Line(component, 'on the host', '') for component in host.components]
    for container in host.containers:
        suffix = container.container_name.rpartition('-')[2]
        address, tone = (container.ansible_host, 'ink') if container.ansible_host else ('no address', 'warn')
        lines.append(_Line(container.component, suffix, address, container.container_name, tone))
    return lines


def _rows(host: Host, width: float) -> int:
    """How many rows the lines of a host need; a wide card has several columns of them."""
    return -(-(len(host.components) + len(host.containers)) // max(int(width // _NARROWEST), 1))


def _host_height(host: Host, width: float) -> int:
    rows = _rows(host, width)
    return _HEAD + (rows * _LINE + 2 * _INSET if rows else 0)


def _draw_host(canvas: Canvas, host: Host, left: float, top: float, width: float) -> None:
    """A card: name and address, what runs on the host itself, then the containers."""
    machine, height = host.machine, _host_height(host, width)
    canvas.box(Area(left, top, width, height), 'card' if machine.known else 'card gone', 8)
    canvas.tab(Area(left + 0.5, top + 0.5, width - 1, _HEAD), 'head', 7.5)
    address, tone = (machine.address or '', 'ink') if machine.known else ('not in the inventory', 'warn')
    room = width - 3 * _PADDING - MONOSPACE * len(address)
    canvas.text((left + _PADDING, top + 25), machine.name, 'host ink', room, 14)
    canvas.text((left + width - _PADDING, top + 25), address, f'mono end {tone}')
    lines, rows = _lines(host), _rows(host, width)
    columns = max(int(width // _NARROWEST), 1)
    column_width = (width - 2 * _PADDING - 3 * _PADDING * (columns - 1)) / columns
    longest = max((len(line.address) for line in lines), default=0)
    for number, line in enumerate(lines):
        column, row = divmod(number, rows)
        x = left + _PADDING + column * (column_width + 3 * _PADDING)
        _draw_line(canvas, line, (x, top + _HEAD + _INSET + 14 + row * _LINE), column_width, longest)


def _draw_line(canvas: Canvas, line: _Line, at: Point, width: float, longest: int) -> None:
    """longest: characters of the longest address beside it, so that remarks stand below one another."""
    left, y = at
    end = left + width
    remark_end = end - MONOSPACE * (longest + 1) if line.address else end
    if line.tooltip:
        canvas.begin(line.tooltip)
    canvas.text((left, y), line.what, 'ink', remark_end - left - MONOSPACE * (len(line.remark) + 1))
    canvas.text((remark_end, y), line.remark, 'mono muted end' if line.address else 'muted end', width / 3)
    if line.address:
        canvas.text((end, y), line.address, f'mono end {line.tone}')
    if line.tooltip:
        canvas.end()


def _draw_networks(canvas: Canvas, networks: t.Sequence[NetworkUsage], top: float) -> float:
    """One bar for each network; returns where they end."""
    canvas.text((_MARGIN, top + 14), 'Networks', 'zone ink')
    for kind, left in (('used', 204), ('reserved', 142), ('free', 50)):
        canvas.box(Area(_WIDTH - _MARGIN - left, top + 5, _BAR, _BAR), kind, 2)
        canvas.text((_WIDTH - _MARGIN - left + 16, top + 14), kind, 'muted')
    columns = 3
    width = (_WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) / columns
    top += 28
    for number, network in enumerate(networks):
        row, column = divmod(number, columns)
        x, y = _MARGIN + column * (width + _GAP), top + row * (_NETWORK_HEIGHT + _GAP)
        _draw_network(canvas, network, x, y, width)
    rows = -(-len(networks) // columns)
    return top + rows * (_NETWORK_HEIGHT + _GAP) - _GAP


def _draw_network(canvas: Canvas, network: NetworkUsage, left: float, top: float, width: float) -> None:
    inner = width - 2 * _PADDING
    canvas.box(Area(left, top, width, _NETWORK_HEIGHT), 'card', 8)
    room = inner - MONOSPACE * len(network.cidr) - _PADDING
    canvas.text((left + _PADDING, top + 23), network.name, 'host ink', room, 14)
    canvas.text((left + width - _PADDING, top + 23), network.cidr, 'mono muted end')
    x = left + _PADDING
    canvas.box(Area(x, top + 33, inner, _BAR), 'free', 3)
    for kind, count in (('used', network.used), ('reserved', network.reserved)):
        part = _share(count, network.size, inner)
        if part:
            canvas.box(Area(x, top + 33, part, _BAR), kind, min(3, part / 2))
            x += part
    canvas.text(
        (left + _PADDING, top + 61), f'{_number(network.used)} used · {_number(network.reserved)} reserved', 'muted'
    )
    kind = 'warn end' if not network.free else 'ink end'
    canvas.text((left + width - _PADDING, top + 61), f'{_number(network.free)} of {_number(network.size)} free', kind)


def _share(count: int, size: int, width: float) -> float:
    """The part of a bar; what there is can be seen."""
    if count <= 0 or size <= 0:
        return 0
    return round(min(max(width * count / size, 2), width), 1)


def _containers(zone: Zone) -> int:
    return sum(len(host.containers) for host in zone.hosts)


def _counted(count: int, word: str) -> str:
    return f'{count:,} {plural(word, count)}'


def _number(number: int) -> str:
    return f'{number:,}' if number < 10**7 else f'{number:.1e}'
