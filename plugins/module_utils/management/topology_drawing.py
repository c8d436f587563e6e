# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawing of a topology, as SVG and as a page around it: no scripts, nothing from elsewhere, every name escaped.

Lengths are SVG units, which a browser takes for pixels. There is no way to measure text here, so what a width can hold
is counted in characters, and the whole text is in the tooltip.
"""

from __future__ import annotations

import dataclasses
import html
import math
import re
import typing as t

from ..words import plural
from .networks import NetworkUsage
from .topology import Host, Topology, Zone

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
_MONOSPACE = 7.0
_WIDEST = 0.58
"""Width of a character on average, as part of the font size; rather too much than too little."""

_FORBIDDEN = re.compile('[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')
"""Characters that XML does not allow."""

_STYLE = """\
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; font-size: 12px; }
.mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 11.5px; }
.title { font-size: 22px; font-weight: 650; }
.zone { font-size: 15px; font-weight: 650; }
.host { font-size: 14px; font-weight: 650; }
.end { text-anchor: end; }
.paper { fill: #ffffff; }
.ink { fill: #17202e; }
.muted { fill: #5b677d; }
.panel { fill: #f1f4f9; }
.card { fill: #ffffff; stroke: #cfd7e4; }
.head { fill: #e3ebf7; }
.gone { stroke: #b3261e; stroke-dasharray: 5 3; }
.warn { fill: #b3261e; }
.used { fill: #2f6fb7; }
.reserved { fill: #aab6c9; }
.free { fill: #e2e8f1; }
@media screen and (prefers-color-scheme: dark) {
.paper { fill: #10151d; }
.ink { fill: #e7ecf4; }
.muted { fill: #9aa7bd; }
.panel { fill: #18202c; }
.card { fill: #1f2937; stroke: #37445a; }
.head { fill: #2a3a54; }
.gone { stroke: #f2857d; }
.warn { fill: #f2857d; }
.used { fill: #6ea8ea; }
.reserved { fill: #5d6b83; }
.free { fill: #2b3647; }
}
"""

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
<title>{_escaped(topology.title)}</title>
<style>
{_PAGE_STYLE}</style>
</head>
<body>
{_drawn(topology)}</body>
</html>
"""


def _drawn(topology: Topology) -> str:
    canvas = _Canvas()
    bottom = _draw_heading(canvas, topology)
    bottom = _draw_zones(canvas, topology.zones, bottom + _GAP)
    if topology.networks:
        bottom = _draw_networks(canvas, topology.networks, bottom + 2 * _GAP)
    return canvas.finished(topology.title, bottom + _MARGIN)


class _Canvas:
    """Shapes and texts, one below another in the file as they are drawn."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def box(self, x: float, y: float, width: float, height: float, kind: str, radius: float = 0) -> None:
        """A rectangle; kind: its classes."""
        rounded = f' rx="{radius:g}"' if radius else ''
        size = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        self._parts.append(f'<rect {size}{rounded} class="{kind}"/>')

    def tab(self, x: float, y: float, width: float, height: float, kind: str, radius: float) -> None:
        """A rectangle that is rounded at the top."""
        corners = (
            f'a{radius:g} {radius:g} 0 0 1 {radius:g} -{radius:g}',
            f'a{radius:g} {radius:g} 0 0 1 {radius:g} {radius:g}',
        )
        sides = f'v-{height - radius:g}', f'h{width - 2 * radius:g}', f'v{height - radius:g}'
        outline = f'{sides[0]}{corners[0]}{sides[1]}{corners[1]}{sides[2]}z'
        self._parts.append(f'<path d="M{x:g} {y + height:g}{outline}" class="{kind}"/>')

    def text(self, x: float, y: float, text: str, kind: str = 'ink', width: float = math.inf, size: float = 12) -> None:
        """A line of text from x on (or up to x, of kind `end`), cut to a width and whole in the tooltip."""
        shown = _cut(text, width, 7.0 if 'mono' in kind else size * _WIDEST)
        tooltip = f'<title>{_escaped(text)}</title>' if shown != text else ''
        self._parts.append(f'<text x="{x:g}" y="{y:g}" class="{kind}">{_escaped(shown)}{tooltip}</text>')

    def begin(self, tooltip: str) -> None:
        """What follows belongs together, and has a tooltip."""
        self._parts.append(f'<g><title>{_escaped(tooltip)}</title>')

    def end(self) -> None:
        self._parts.append('</g>')

    def finished(self, title: str, height: float) -> str:
        """The whole drawing."""
        size = f'width="{_WIDTH}" height="{height:g}" viewBox="0 0 {_WIDTH} {height:g}"'
        return '\n'.join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
                f'<title>{_escaped(title)}</title>',
                f'<style>\n{_STYLE}</style>',
                f'<rect width="{_WIDTH}" height="{height:g}" class="paper"/>',
                *self._parts,
                '</svg>\n',
            ]
        )


def _draw_heading(canvas: _Canvas, topology: Topology) -> float:
    """Title and summary; returns where it ends."""
    canvas.text(_MARGIN, _MARGIN + 20, topology.title, 'title ink', _WIDTH - 2 * _MARGIN, 22)
    summary = f'{_counted(topology.hosts, "host")}, {_counted(topology.containers, "container")}'
    line = f'{summary} · {topology.subtitle}' if topology.subtitle else summary
    canvas.text(_MARGIN, _MARGIN + 42, line, 'muted', _WIDTH - 2 * _MARGIN)
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


def _draw_zones(canvas: _Canvas, zones: t.Sequence[Zone], top: float) -> float:
    """All zones, row by row; returns where they end."""
    grid = _Grid.of(zones)
    for first in range(0, len(zones), grid.abreast):
        row = zones[first : first + grid.abreast]
        height = max(_zone_height(zone, grid) for zone in row)
        for place, zone in enumerate(row):
            _draw_zone(canvas, zone, grid, _MARGIN + place * (grid.zone_width + _GAP), top, height)
        top += height + _GAP
    return top - _GAP


def _draw_zone(canvas: _Canvas, zone: Zone, grid: _Grid, left: float, top: float, height: float) -> None:
    inset = 0
    if grid.framed:
        inset = _PADDING
        canvas.box(left, top, grid.zone_width, height, 'panel', 10)
        summary = f'{_counted(len(zone.hosts), "host")}, {_counted(_containers(zone), "container")}'
        end = left + grid.zone_width - inset
        canvas.text(left + inset, top + 25, zone.name or 'in no zone', 'zone ink', grid.zone_width - 170, 15)
        canvas.text(end, top + 25, summary, 'muted end')
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


def _draw_host(canvas: _Canvas, host: Host, left: float, top: float, width: float) -> None:
    """A card: name and address, what runs on the host itself, then the containers."""
    machine, height = host.machine, _host_height(host, width)
    canvas.box(left, top, width, height, 'card' if machine.known else 'card gone', 8)
    canvas.tab(left + 0.5, top + 0.5, width - 1, _HEAD, 'head', 7.5)
    address, tone = (machine.address or '', 'ink') if machine.known else ('not in the inventory', 'warn')
    room = width - 3 * _PADDING - _MONOSPACE * len(address)
    canvas.text(left + _PADDING, top + 25, machine.name, 'host ink', room, 14)
    canvas.text(left + width - _PADDING, top + 25, address, f'mono end {tone}')
    lines, rows = _lines(host), _rows(host, width)
    columns = max(int(width // _NARROWEST), 1)
    column_width = (width - 2 * _PADDING - 3 * _PADDING * (columns - 1)) / columns
    longest = max((len(line.address) for line in lines), default=0)
    for number, line in enumerate(lines):
        column, row = divmod(number, rows)
        x = left + _PADDING + column * (column_width + 3 * _PADDING)
        _draw_line(canvas, line, x, top + _HEAD + _INSET + 14 + row * _LINE, column_width, longest)


def _draw_line(canvas: _Canvas, line: _Line, left: float, y: float, width: float, longest: int) -> None:
    """longest: characters of the longest address beside it, so that remarks stand below one another."""
    end = left + width
    remark_end = end - _MONOSPACE * (longest + 1) if line.address else end
    if line.tooltip:
        canvas.begin(line.tooltip)
    canvas.text(left, y, line.what, 'ink', remark_end - left - _MONOSPACE * (len(line.remark) + 1))
    canvas.text(remark_end, y, line.remark, 'mono muted end' if line.address else 'muted end', width / 3)
    if line.address:
        canvas.text(end, y, line.address, f'mono end {line.tone}')
    if line.tooltip:
        canvas.end()


def _draw_networks(canvas: _Canvas, networks: t.Sequence[NetworkUsage], top: float) -> float:
    """One bar for each network; returns where they end."""
    canvas.text(_MARGIN, top + 14, 'Networks', 'zone ink')
    for kind, left in (('used', 204), ('reserved', 142), ('free', 50)):
        canvas.box(_WIDTH - _MARGIN - left, top + 5, _BAR, _BAR, kind, 2)
        canvas.text(_WIDTH - _MARGIN - left + 16, top + 14, kind, 'muted')
    columns = 3
    width = (_WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) / columns
    top += 28
    for number, network in enumerate(networks):
        row, column = divmod(number, columns)
        x, y = _MARGIN + column * (width + _GAP), top + row * (_NETWORK_HEIGHT + _GAP)
        _draw_network(canvas, network, x, y, width)
    rows = -(-len(networks) // columns)
    return top + rows * (_NETWORK_HEIGHT + _GAP) - _GAP


def _draw_network(canvas: _Canvas, network: NetworkUsage, left: float, top: float, width: float) -> None:
    inner = width - 2 * _PADDING
    canvas.box(left, top, width, _NETWORK_HEIGHT, 'card', 8)
    room = inner - _MONOSPACE * len(network.cidr) - _PADDING
    canvas.text(left + _PADDING, top + 23, network.name, 'host ink', room, 14)
    canvas.text(left + width - _PADDING, top + 23, network.cidr, 'mono muted end')
    x = left + _PADDING
    canvas.box(x, top + 33, inner, _BAR, 'free', 3)
    for kind, count in (('used', network.used), ('reserved', network.reserved)):
        part = _share(count, network.size, inner)
        if part:
            canvas.box(x, top + 33, part, _BAR, kind, min(3, part / 2))
            x += part
    canvas.text(
        left + _PADDING, top + 61, f'{_number(network.used)} used · {_number(network.reserved)} reserved', 'muted'
    )
    kind = 'warn end' if not network.free else 'ink end'
    canvas.text(left + width - _PADDING, top + 61, f'{_number(network.free)} of {_number(network.size)} free', kind)


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


def _cut(text: str, width: float, character: float) -> str:
    if len(text) * character <= width:
        return text
    return f'{text[: max(int(width / character) - 1, 1)]}…'


def _escaped(text: str) -> str:
    """Text as XML and HTML have it, whatever it is."""
    return html.escape(_FORBIDDEN.sub('\ufffd', text))
