# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`topology`: the deployment as a drawing."""

from __future__ import annotations

import argparse

from ...module_utils.errors import InventoryError
from ...module_utils.management.topology_drawing import page, svg
from ...module_utils.words import counted
from ..operators.files import write_file
from .command import Command
from .exit_codes import DONE
from .session import Session

_KINDS = {'.svg': svg, '.html': page}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('file', metavar='FILE', help='what to write; its name ends in .svg or .html')
    parser.add_argument('--title', help='what stands above the drawing (default: tenant and region)')


def draw(session: Session, options: argparse.Namespace) -> int:
    """Write the drawing."""
    kind = next((draw for suffix, draw in _KINDS.items() if options.file.endswith(suffix)), None)
    if kind is None:
        raise InventoryError(
            f"The name of the drawing is '{options.file}', which does not say what it is to be.",
            help_text=f'Let it end in {" or ".join(_KINDS)}.',
        )
    found = session.manager.topology(options.title)
    write_file(options.file, kind(found).encode('utf-8'))
    session.console.line(f'{options.file}: {counted(found.hosts, "host")}, {counted(found.containers, "container")}.')
    return DONE


COMMANDS = (
    Command(
        'topology',
        'draw racks or zones, hosts, containers and networks, to be looked at and printed',
        (
            ('topology cloud.svg', 'a drawing for browsers and for documents'),
            ('topology cloud.html --title Berlin', 'a page that a browser prints'),
        ),
        draw,
        _arguments,
    ),
)
