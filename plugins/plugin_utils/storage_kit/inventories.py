# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventories that the kit stores."""

from __future__ import annotations

import random
import typing as t
import zlib

from ...module_utils.inventory import Inventory, hostvars_of, make, vars_of
from ...module_utils.results import Change, Result
from ...module_utils.storage.driver.store import Transform

_NUMBERED_HOSTS = 60
_LINE = 64


def sample(*hosts: str, **variables: t.Any) -> Inventory:
    """An inventory of these hosts in one group, each with an address of its own; variables are those of `all`."""
    return make(
        {host: _variables(host) for host in hosts},
        {'all': {'vars': variables}, 'all_containers': {'children': [], 'hosts': list(hosts)}},
    )


def _variables(host: str) -> dict[str, t.Any]:
    number = zlib.crc32(host.encode())
    return {
        'ansible_host': host,
        'container_networks': {'management_address': {'address': f'2001:db8::{number >> 16:x}:{number & 0xFFFF:x}'}},
        'is_metal': False,
    }


def awkward() -> dict[str, Inventory]:
    """Inventories that a careless storage changes, each by what is awkward about it."""
    return {
        'emptiness': make({}),
        'values': sample(
            'ünïcode-ホスト',
            unicode={'ключ': '€ "quoted" \\ \x00 \u2028', 'emoji': '\U0001f600', 'a b': "'", 'a\nb': ''},
            nesting=[{'a': [[], {}, [[{}]], {'b': {'c': {'d': [None]}}}]}],
            scalars=_scalars(),
        ),
        'groups': {
            **sample('z', 'a', 'm'),
            'empty': {},
            'no_hosts': {'hosts': []},
            'no_children': {'children': []},
            'no_vars': {'vars': {}},
            'nothing': {'children': [], 'hosts': [], 'vars': {}},
            'reversed': {'hosts': ['m', 'a', 'z']},
            'parent': {'children': ['reversed', 'empty', 'nothing', 'all_containers']},
            'Parent': {'children': ['parent']},
        },
    }


def _scalars() -> dict[str, t.Any]:
    """Scalars that are equal in Python, or nearly so, and are not the same in JSON."""
    return {
        'null': None,
        'zeros': [0, 0.0, -0.0, False, '0', '', '0.0', [], {}],
        'ones': [1, 1.0, True, '1', 'true', '1.0'],
        'numbers': [10**30, -(10**30), 1e300, 5e-324, 0.1, 1 / 3],
        'words': ['null', 'None', 'yes', 'no', '~', '=', '2024-01-02', '1:30', '0o17', '1_000', ' before', 'behind '],
    }


def large(size: int, *, compressible: bool = True) -> Inventory:
    """An inventory with at least `size` bytes of JSON; most real ones can be compressed to a tenth."""
    rng = random.Random(size)
    lines = size // _LINE + 1
    known = [f'{rng.getrandbits(_LINE * 4):064x}' for _number in range(min(lines, 200) if compressible else lines)]
    hosts = [f'host{number:03}' for number in range(100)]
    inventory = sample(*hosts)
    share = lines // len(hosts) + 1
    for position, host in enumerate(hosts):
        start = position * share
        lines_of_host = [known[number % len(known)] for number in range(start, start + share)]
        hostvars_of(inventory)[host]['lines'] = lines_of_host
    return inventory


def numbered(number: int) -> Inventory:
    """An inventory that says in every part which one it is, so that a mixture of two can be told."""
    inventory = sample(*(f'host{position}' for position in range(_NUMBERED_HOSTS)), number=number)
    for variables in hostvars_of(inventory).values():
        variables['number'] = number
    return inventory


def number_of(inventory: Inventory) -> int | None:
    """Which inventory of `numbered` this is; None if it is none of them."""
    number = vars_of(inventory.get('all')).get('number')
    return number if isinstance(number, int) and inventory == numbered(number) else None


def giving(inventory: Inventory) -> Transform:
    """A transform that wants an inventory, whatever is stored."""
    return lambda stored: Result(inventory, (Change('container', 'any'),))


def adding(host: str) -> Transform:
    """A transform that adds a host to what is stored."""

    def transform(stored: Inventory | None) -> Result:
        known = stored['all_containers']['hosts'] if stored else []
        return Result(sample(*known, host), (Change('container', host),))

    return transform


def host_names(inventory: Inventory) -> set[str]:
    """The names of all hosts."""
    return set(hostvars_of(inventory))
