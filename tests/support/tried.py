# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page `docs/tried.md`: what the tests try, counted where they have it.

A test demands that the page is what this gives. After a change, run this file as a program to write it anew:

    PYTHONPATH=<directory with ansible_collections>:tests python tests/support/tried.py
"""

from __future__ import annotations

import collections
import collections.abc as c
import pathlib

from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import StorageContract
from ansible_collections.osa.inventory.tests.integration.test_bad_inputs import ELSEWHERE, OPTIONS
from ansible_collections.osa.inventory.tests.support.bad_inputs import CASES, Outcome
from ansible_collections.osa.inventory.tests.support.hostile import HOSTILE, KINDS, some_of_each
from ansible_collections.osa.inventory.tests.support.siblings import siblings
from ansible_collections.osa.inventory.tests.unit.bounds import test_bounded_configurations as configurations
from ansible_collections.osa.inventory.tests.unit.bounds import test_bounded_states as states

PAGE = pathlib.Path(__file__).resolve().parents[2] / 'docs' / 'tried.md'

HEAD = """\
<!-- Made by tests/support/tried.py from the tests. Do not edit. -->
# What was tried

[Index](README.md) · [Trust](trust.md) · [Storages](storages.md) · [Troubleshooting](troubleshooting.md)

What each run of the tests feeds to the collection to hurt it. The numbers are counted in the tests' own data; a test
keeps this page true. None of it may end in a traceback, in a changed file where there was an error, or in a shown
password.

## Inputs that go wrong in practice

Each goes through the real `ansible-inventory` at `-vvv` and through `osa-inventory check`. Demanded are the outcome,
the place and the words of the message, and that an error creates and changes nothing.

"""

SIBLINGS = """
Siblings of these, the same mistakes at other places, in other types and other files; every message is compared in full:

"""

SOURCES = """
Around the configuration: {options} wrong options of an inventory source, {elsewhere} in the environment and in
`ansible.cfg`.

## Too much

Inputs that are made to take time or memory, each with a limit for both: {configurations} configurations (aliases,
nesting, large networks, long lists of used addresses and the like), {contents} stored inventories, {archives} archives.

## Hostile states

{hostile} states of {kinds} kinds, as somebody plants them who can write to the storage. Files and SQLite get all of
them in each run, Redis, Swift, PostgreSQL and MariaDB {some}, and all with `HYPOTHESIS_PROFILE=long`.
[Trust](trust.md#what-was-tried) has the table of kinds and outcomes.

## Faults of storages

The parts of the [contract](writing-a-storage.md) for storages. Each storage is held to every part that makes sense for
it; the end of each run says which those are, and why the others are not.

"""

TAIL = """
## Passwords

The passwords of the tests' servers, and those of the vaults that seal states, have a mark in them. A test fails if the
mark is in anything that it printed or logged, in the output of a program that it started, or in an error of the
collection. The whole run fails if it is in a state, the files beside it, an archive, a lock, the note in `config_dir`,
a cache, a bundle, an export or an SQLite database.

## Fuzzing

Deployments and states that nobody thought of: by hypothesis in each run, and guided by coverage at length. In the
repository, `tests/fuzz/README.md` says what is fuzzed and how, and `tests/fuzz/found` has what was found and mended.
"""

_GROUPS = {
    'round_trips': 'what is written is read',
    'metadata': 'serials, conflicts',
    'history': 'older states',
    'locks': 'locks',
    'regions': 'regions',
    'secrecy': 'secrets',
    'races': 'many at once',
    'crashes': 'writers killed',
    'failures': 'unreachable, refused, damaged, lost, full',
    'network': 'connections that break',
}
"""Module of the kit -> what its parts are about."""


def render() -> str:
    """The page."""
    rest = SOURCES.format(
        options=len(OPTIONS),
        elsewhere=len(ELSEWHERE),
        configurations=len(configurations.CASES),
        contents=len(states.CONTENTS),
        archives=len(states.ARCHIVES),
        hostile=len(HOSTILE),
        kinds=len(KINDS),
        some=len(some_of_each()),
    )
    return ''.join([HEAD, _inputs(), SIBLINGS, _siblings(), rest, _parts(), TAIL])


def _table(head: c.Sequence[object], rows: c.Iterable[c.Sequence[object]]) -> str:
    lines = [head, ['---'] * len(head), *rows]
    return ''.join(f'| {" | ".join(map(str, line))} |\n' for line in lines)


def _inputs() -> str:
    counts = collections.Counter((case.kind, case.outcome) for case in CASES.values())
    kinds = dict.fromkeys(case.kind for case in CASES.values())
    rows: list[list[object]] = []
    for kind in kinds:
        of_kind = [counts[kind, outcome] for outcome in Outcome]
        rows.append([kind, sum(of_kind), *of_kind])
    totals = [sum(case.outcome is outcome for case in CASES.values()) for outcome in Outcome]
    head = ['kind', 'inputs', 'refused', 'accepted with a warning', 'accepted']
    return _table(head, [*rows, ['all', len(CASES), *totals]])


def _siblings() -> str:
    counts: dict[str, collections.Counter[str]] = {}
    for sibling in siblings():
        levels = {line.partition(' ')[0] for line in sibling.expected}
        outcome = 'refused' if 'error' in levels else 'warned' if levels else 'accepted'
        counts.setdefault(sibling.kind, collections.Counter())[outcome] += 1
    counts['all'] = sum(counts.values(), collections.Counter())
    rows = [
        [kind.replace('-', ' '), found.total(), *(found[outcome] for outcome in ('refused', 'warned', 'accepted'))]
        for kind, found in counts.items()
    ]
    return _table(['kind', 'inputs', 'refused', 'accepted with a warning', 'accepted'], rows)


def _parts() -> str:
    titles: dict[str, list[str]] = {group: [] for group in _GROUPS}
    for name in dir(StorageContract):
        function = getattr(StorageContract, name)
        if hasattr(function, 'part'):
            titles.setdefault(function.__module__.rpartition('.')[2], []).append(function.part.title)
    rows = [[_GROUPS.get(group, group), len(found), '; '.join(found)] for group, found in titles.items() if found]
    return _table(['about', 'parts', 'which'], [*rows, ['all', sum(map(len, titles.values())), '']])


if __name__ == '__main__':
    PAGE.write_text(render(), 'utf-8')
