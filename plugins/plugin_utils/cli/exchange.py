# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`export` and `import`: the inventory as a file."""

from __future__ import annotations

import argparse
import pathlib

from ...module_utils.errors import InventoryError
from ..operators.files import write_directory, write_file
from .arguments import add_change
from .changes import carry_out
from .command import Command
from .exit_codes import DONE
from .session import Session


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    form.add_argument('--per-host', action='store_true', help='hosts with their variables and groups (default)')
    form.add_argument('--complete', action='store_true', help='the complete inventory, as `import` takes it')
    form.add_argument('--static', metavar='DIRECTORY', help='a static inventory that gives Ansible the same result')
    form.add_argument('--bundle', metavar='FILE', help='all of it in one archive: FILE ends in .tgz, .tar.gz or .zip')
    parser.add_argument('--format', choices=('json', 'yaml'), default='json', help='how to print it (default: json)')


def export(session: Session, options: argparse.Namespace) -> int:
    """The stored inventory on standard output, or in files."""
    manager = session.manager
    if options.static or options.bundle:
        made = manager.export_static() if options.static else manager.bundle(options.bundle)
        session.warn(*made.warnings)
        if options.static:
            write_directory(options.static, made.files)
        else:
            write_file(options.bundle, made.files[options.bundle])
        session.console.line(f'{options.static or options.bundle} is written.')
        return DONE
    session.console.data(manager.inventory() if options.complete else manager.export_hosts(), options.format)
    return DONE


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('file', metavar='FILE.json', help='a complete inventory')
    add_change(parser)


def import_(session: Session, options: argparse.Namespace) -> int:
    """Store a complete inventory as a new serial."""
    manager = session.manager
    try:
        data = pathlib.Path(options.file).read_bytes()
    except OSError as error:
        raise InventoryError(f"The file '{options.file}' cannot be read: {error.strerror}.") from error
    preview = manager.import_inventory(data, options.file, preview=True)
    return carry_out(
        session,
        options,
        preview,
        'Store this inventory instead of the one that is stored?',
        lambda: manager.import_inventory(data, options.file, announced=preview, message=options.message),
    )


COMMANDS = (
    Command(
        'export',
        'print the inventory for other programs',
        (
            ('export > hosts.json', 'each host with its variables and groups'),
            ('export --complete > inventory.json', 'the complete inventory, which import takes'),
            ('export --static inventory', 'a directory with hosts.yml, group_vars and host_vars'),
            ('export --bundle cloud.tgz', 'all of these and the history, the same to the byte each time'),
        ),
        export,
        _export_arguments,
    ),
    Command(
        'import',
        'store a complete inventory from a JSON file, as a new serial',
        (
            ('import inventory.json --dry-run', 'whether it is sound, and what it would change'),
            ('import inventory.json', 'after a question'),
        ),
        import_,
        _import_arguments,
    ),
)
