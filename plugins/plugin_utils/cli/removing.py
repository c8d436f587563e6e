# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`remove`, `remove-group`, `clear-ips`: taking things out of the inventory."""

from __future__ import annotations

import argparse

from ...module_utils.management.listing import Machine
from ...module_utils.words import counted
from .arguments import add_change
from .changes import carry_out
from .command import Command
from .session import Session


def _remove_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('names', nargs='+', metavar='HOST', help='hosts or containers')
    parser.add_argument('--with-containers', action='store_true', help='the containers of physical hosts also go')
    add_change(parser)


def remove(session: Session, options: argparse.Namespace) -> int:
    """Take hosts out; their containers are named before anything happens."""
    manager = session.manager
    names, with_containers = list(dict.fromkeys(options.names)), options.with_containers
    preview = manager.remove_hosts(names, with_containers, preview=True)
    for machine in manager.machines():
        if machine.name in names and machine.containers:
            _name_containers(session, machine, with_containers)

    return carry_out(
        session,
        options,
        preview,
        'Remove this from the inventory?',
        lambda: manager.remove_hosts(names, with_containers, announced=preview, message=options.message),
    )


def _name_containers(session: Session, machine: Machine, with_containers: bool) -> None:
    several = len(machine.containers) > 1
    fate = f'go{"" if several else "es"} with it' if with_containers else f'stay{"" if several else "s"}'
    session.console.bold(f'{machine.name} has {counted(len(machine.containers), "container")}, which {fate}:')
    for row in machine.containers:
        session.console.line(f'    {row.container_name}  {row.component}  {row.ansible_host or ""}'.rstrip())


def _remove_group_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('names', nargs='+', metavar='GROUP', help='groups; their hosts stay')
    add_change(parser)


def remove_group(session: Session, options: argparse.Namespace) -> int:
    """Take groups out, and out of the groups that they are children of."""
    manager, names = session.manager, list(dict.fromkeys(options.names))
    preview = manager.remove_groups(names, preview=True)
    return carry_out(
        session,
        options,
        preview,
        'Remove this from the inventory?',
        lambda: manager.remove_groups(names, announced=preview, message=options.message),
    )


def _clear_ips_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--limit', metavar='PATTERN', default='*', help="containers, such as 'infra1-galera*' (default: all)"
    )
    add_change(parser)


def clear_ips(session: Session, options: argparse.Namespace) -> int:
    """Take the addresses from containers."""
    manager = session.manager
    preview = manager.clear_addresses(options.limit, preview=True)
    return carry_out(
        session,
        options,
        preview,
        'Clear these addresses, so that the next run draws new ones?',
        lambda: manager.clear_addresses(options.limit, announced=preview, message=options.message),
    )


COMMANDS = (
    Command(
        'remove',
        'remove hosts or containers from the inventory',
        (
            ('remove compute9 --dry-run', 'what would go, and which containers the host has'),
            ('remove infra2 --with-containers', 'a controller that is gone, after a question'),
            ('remove infra1-galera-container-1a2b3c4d --yes', 'a container; the next run makes a new one'),
        ),
        remove,
        _remove_arguments,
    ),
    Command(
        'remove-group',
        'remove groups from the inventory; their hosts stay',
        (('remove-group old_hosts', 'a group that nothing defines any more'),),
        remove_group,
        _remove_group_arguments,
    ),
    Command(
        'clear-ips',
        'clear the addresses of containers; the next run draws new ones',
        (
            ('clear-ips --dry-run', 'which containers have addresses to clear'),
            ("clear-ips --limit 'infra1-*' --yes", 'the containers of one host, without a question'),
        ),
        clear_ips,
        _clear_ips_arguments,
    ),
)
