# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run says about itself at -v, -vv and -vvv, and its warnings about stored data. Never a secret."""

from __future__ import annotations

import typing as t

from ansible.utils.display import Display

from ...module_utils.inventory import groups_of
from ...module_utils.results import Change, Kind, Notice
from ...module_utils.words import and_more, listed, printable
from .run import Run, summary

display = Display()


def report(run: Run, hosts: int, milliseconds: float) -> None:
    """One line at -v; files and storage at -vv; every change at -vvv."""
    groups = len(groups_of(run.result.inventory))
    display.v(
        f'osa.inventory: {hosts} hosts, {groups} groups; this run: {summary(run.result)};'
        f' {run.kept} {run.storage}; {milliseconds:.0f} ms'
    )
    for line in _details(run):
        display.vv(printable(f'osa.inventory: {line}'))
    for change in run.result.changes:
        display.vvv(printable(f'osa.inventory: {change.kind} {change.name} {detail(change)}'.rstrip()))


def _details(run: Run) -> t.Iterator[str]:
    """What was read, and the account of the stored state."""
    for file in run.deployment.files:
        yield f'read {file}'
    for file in run.deployment.skipped:
        yield f'passed over {file}'
    meta = run.result.after
    if meta:
        yield f'serial {meta.serial} of lineage {meta.lineage or "unknown"}, written {meta.written_at} by {meta.writer}'


def detail(change: Change) -> str:
    """What there is to a change besides its kind and name, such as `management_address 10.0.0.7`; often nothing."""
    if change.kind == Kind.CONTAINER:
        return f'on {change.host}' if change.host else ''
    if change.kind == Kind.ADDRESS:
        return f'{change.key} {change.address}'.strip()
    return ', '.join(change.variables)


def record(change: Change) -> dict[str, str]:
    """A change for other programs."""
    return {'kind': change.kind, 'name': change.name, 'detail': detail(change)}


def withheld(variables: t.Sequence[tuple[str, str]]) -> Notice:
    """The warning about variables that Ansible does not get; pairs of owner (host or group) and name, at least one."""
    owners: dict[str, list[str]] = {}
    for owner, name in variables:
        owners.setdefault(name, []).append(owner)
    names = (f'{name!r} of {first!r}{and_more(len(others))}' for name, (first, *others) in sorted(owners.items()))
    return Notice(
        'Stored variables that decide how Ansible connects, or have names that are its own or that it does not take,'
        f' and that the configuration does not give, are not handed to Ansible: {listed(names, "; ", "variable")}.',
        help_text='Anybody who can write to the storage may have put them there. Give those that are meant in the'
        " configuration, or name them in 'stored_connection_variables'; remove a host that is gone (osa-inventory"
        ' remove).',
    )


def planted(places: t.Sequence[tuple[str, str]]) -> Notice:
    """The warning about stored text that looks like a template; places: owner and key path, at least one."""
    names = listed(f'{path!r} of {owner!r}' for owner, path in places)
    return Notice(
        f'Stored text that looks like a template, and that the configuration does not give, stays plain text: {names}.',
        help_text='Anybody who can write to the storage may have put it there. If it is meant as a template, give it '
        'in the configuration; else remove its host (osa-inventory remove).',
    )
