# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A canvas for drawings as SVG: shapes, and texts that are cut to the room that they have.

Lengths are SVG units, which a browser takes for pixels. There is no way to measure text here, so what a width can hold
is counted in characters, and the whole text is in the tooltip. Every text is escaped.
"""

from __future__ import annotations

import html
import math
import re
import typing as t

MONOSPACE = 7.0
"""Width of a character of kind `mono`."""

_WIDEST = 0.58
"""Width of any other character on average, as part of the font size; rather too much than too little."""

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

Point = tuple[float, float]


class Area(t.NamedTuple):
    """A rectangle."""

    left: float
    top: float
    width: float
    height: float


class Canvas:
    """Shapes and texts, one below another in the file as they are drawn."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def box(self, area: Area, kind: str, radius: float = 0) -> None:
        """A rectangle; kind: its classes."""
        rounded = f' rx="{radius:g}"' if radius else ''
        size = f'x="{area.left:g}" y="{area.top:g}" width="{area.width:g}" height="{area.height:g}"'
        self._parts.append(f'<rect {size}{rounded} class="{kind}"/>')

    def tab(self, area: Area, kind: str, radius: float) -> None:
        """A rectangle that is rounded at the top."""
        x, y, width, height = area
        corners = (
            f'a{radius:g} {radius:g} 0 0 1 {radius:g} -{radius:g}',
            f'a{radius:g} {radius:g} 0 0 1 {radius:g} {radius:g}',
        )
        sides = f'v-{height - radius:g}', f'h{width - 2 * radius:g}', f'v{height - radius:g}'
        outline = f'{sides[0]}{corners[0]}{sides[1]}{corners[1]}{sides[2]}z'
        self._parts.append(f'<path d="M{x:g} {y + height:g}{outline}" class="{kind}"/>')

    def text(self, at: Point, text: str, kind: str = 'ink', width: float = math.inf, size: float = 12) -> None:
        """A line of text from a point on (or up to it, of kind `end`), cut to a width and whole in the tooltip."""
        x, y = at
        shown = _cut(text, width, MONOSPACE if 'mono' in kind else size * _WIDEST)
        tooltip = f'<title>{escaped(text)}</title>' if shown != text else ''
        self._parts.append(f'<text x="{x:g}" y="{y:g}" class="{kind}">{escaped(shown)}{tooltip}</text>')

    def begin(self, tooltip: str) -> None:
        """What follows belongs together, and has a tooltip."""
        self._parts.append(f'<g><title>{escaped(tooltip)}</title>')

    def end(self) -> None:
        self._parts.append('</g>')

    def finished(self, title: str, width: float, height: float) -> str:
        """The whole drawing."""
        size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
        return '\n'.join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
                f'<title>{escaped(title)}</title>',
                f'<style>\n{_STYLE}</style>',
                f'<rect width="{width:g}" height="{height:g}" class="paper"/>',
                *self._parts,
                '</svg>\n',
            ]
        )


def _cut(text: str, width: float, character: float) -> str:
    if len(text) * character <= width:
        return text
    return f'{text[: max(int(width / character) - 1, 1)]}…'


def escaped(text: str) -> str:
    """Text as XML and HTML have it, whatever it is."""
    return html.escape(_FORBIDDEN.sub('\ufffd', text))
