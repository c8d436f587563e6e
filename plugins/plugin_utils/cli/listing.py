# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`hosts`, `groups`, `containers`, `tree`, `networks`: what is in the inventory."""

from __future__ import annotations

import argparse
import collections.abc
import dataclasses

from ...module_utils.management.listing import HostRow, Machine
from .arguments import add_format, add_patterns, add_table, arranged, chosen
from .command import Command
from .exit_codes import DONE
from .layout import GAP, INDENT
from .output import Table
from .session import Session

HOSTS = tuple(field.name for field in dataclasses.fields(HostRow))
GROUPS = ('group', 'hosts', 'count')
CONTAINERS = ('container_name', 'groups', 'count')
NETWORKS = ('network', 'cidr', 'size', 'used', 'free', 'reserved')
ADDRESSES = ('network', 'address', 'host', 'entry')


def _hosts_arguments(parser: argparse.ArgumentParser) -> None:
    add_patterns(parser, 'hosts and containers')
    add_table(parser, HOSTS)


def hosts(session: Session, options: argparse.Namespace) -> int:
    """One row for each host and container."""
    rows = {row.container_name: row for row in session.manager.hosts()}
    table = Table(HOSTS, [dataclasses.astuple(row) for row in chosen(options.patterns, rows, 'host').values()])
    session.console.table(arranged(table, options), options.format)
    return DONE


def _groups_arguments(parser: argparse.ArgumentParser) -> None:
    add_patterns(parser, 'groups')
    add_table(parser, GROUPS, shown=2)


def groups(session: Session, options: argparse.Namespace) -> int:
    """The hosts of each group."""
    found = chosen(options.patterns, session.manager.groups(), 'group with hosts')
    table = Table(GROUPS, [(group, members, len(members)) for group, members in found.items()])
    session.console.table(arranged(table, options), options.format)
    return DONE


def _containers_arguments(parser: argparse.ArgumentParser) -> None:
    add_patterns(parser, 'hosts and containers')
    add_table(parser, CONTAINERS, shown=2)


def containers(session: Session, options: argparse.Namespace) -> int:
    """The groups of each host and container."""
    found = chosen(options.patterns, session.manager.containers(), 'host')
    table = Table(CONTAINERS, [(name, of, len(of)) for name, of in found.items()])
    session.console.table(arranged(table, options), options.format)
    return DONE


def _tree_arguments(parser: argparse.ArgumentParser) -> None:
    add_patterns(parser, 'physical hosts')
    add_format(parser, 'csv')


def tree(session: Session, options: argparse.Namespace) -> int:
    """Physical hosts with their containers below them."""
    found = chosen(options.patterns, {one.name: one for one in session.manager.machines()}, 'physical host')
    if options.format != 'table':
        session.console.data([_machine(one) for one in found.values()], options.format)
        return DONE
    for machine in found.values():
        beside = (machine.address or '') if machine.known else '(not in the inventory)'
        session.console.bold(f'{machine.name}{GAP}{beside}'.rstrip())
        for line in _branches(machine.containers, session.console.width):
            session.console.line(line)
    return DONE


def _branches(rows: tuple[HostRow, ...], width: int | None) -> collections.abc.Iterator[str]:
    """The containers of one host; component and address stand below the name where there is no room beside it."""
    names = max((len(row.container_name) for row in rows), default=0)
    components = max((len(row.component) for row in rows), default=0)
    addresses = max((len(row.ansible_host or '') for row in rows), default=0)
    beside = width is None or len('├── ') + names + components + addresses + 2 * len(GAP) <= width
    for row in rows:
        last = row is rows[-1]
        facts = f'{row.component.ljust(components)}{GAP}{row.ansible_host or ""}'
        if beside:
            yield f'{"└── " if last else "├── "}{row.container_name.ljust(names)}{GAP}{facts}'.rstrip()
        else:
            yield f'{"└── " if last else "├── "}{row.container_name}'
            yield f'{" " if last else "│"}{INDENT}{GAP}{facts}'.rstrip()


def _machine(machine: Machine) -> dict[str, object]:
    return {
        'name': machine.name,
        'address': machine.address,
        'known': machine.known,
        'containers': [
            {'name': row.container_name, 'component': row.component, 'address': row.ansible_host}
            for row in machine.containers
        ],
    }


def _networks_arguments(parser: argparse.ArgumentParser) -> None:
    add_patterns(parser, 'networks')
    parser.add_argument('--addresses', action='store_true', help='each address with the host that has it')
    add_format(parser)


def networks(session: Session, options: argparse.Namespace) -> int:
    """How full each network is, or who has which address."""
    found = chosen(options.patterns, {usage.name: usage for usage in session.manager.networks()}, 'network').values()
    if options.addresses:
        rows = [(usage.name, one.address, one.host, one.key) for usage in found for one in usage.holdings]
        table = Table(ADDRESSES, list(rows))
    else:
        table = Table(NETWORKS, [(one.name, one.cidr, one.size, one.used, one.free, one.reserved) for one in found])
    session.console.table(table, options.format)
    return DONE


COMMANDS = (
    Command(
        'hosts',
        'list hosts and containers with their addresses',
        (
            ('hosts', 'every host and container, by name'),
            ("hosts 'infra1*' --sort ansible_host", 'those whose names begin with infra1, by address'),
            ('hosts --columns container_name,ansible_host --format csv', 'two columns, for a spreadsheet'),
        ),
        hosts,
        _hosts_arguments,
    ),
    Command(
        'groups',
        'list groups with their hosts',
        (
            ('groups', 'every group that has hosts of its own'),
            ("groups 'galera*' --format yaml", 'some groups, for another program'),
        ),
        groups,
        _groups_arguments,
    ),
    Command(
        'containers',
        'list hosts and containers with the groups that they are in',
        (
            ("containers 'infra1-galera*'", 'the groups of a container'),
            ('containers --columns container_name,count --sort count --reverse', 'those in most groups first'),
        ),
        containers,
        _containers_arguments,
    ),
    Command(
        'tree',
        'show physical hosts with their containers below them',
        (('tree', 'the whole deployment'), ('tree infra1 infra2', 'two hosts')),
        tree,
        _tree_arguments,
    ),
    Command(
        'networks',
        'show how full the networks are, and who has which address',
        (
            ('networks', 'every network with its size, and what is used, free and reserved of it'),
            ('networks management --addresses', 'each address of the network management and its host'),
        ),
        networks,
        _networks_arguments,
    ),
)
