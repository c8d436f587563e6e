# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that a configuration sets: names that are taken, limits that limit nothing."""

from __future__ import annotations

import typing as t

from ..places import PlacedDict
from .container_vars import LIMIT
from .names import GENERATED_VARIABLES, RESERVED_VARIABLES
from .problems import Problems, instead_of_kind

_NETWORKS = 'container_networks'
_PHYSICAL_HOST = 'physical_host'


_TAKEN: t.Final = GENERATED_VARIABLES | RESERVED_VARIABLES


def check_names(variables: PlacedDict, path: str, problems: Problems) -> None:
    """Warn about names at `path` that Ansible does not take for those of variables."""
    for name, place in variables.key_places.items():
        if not isinstance(name, str) or not (name.isascii() and name.isidentifier()):
            message = 'Variable {} has a name that Ansible does not take.'
            help_text = 'Use letters, digits and underscores, no digit at the beginning.'
            problems.warn_once(message, f'{path}.{name}', place, help_text)


def check_host_variables(variables: PlacedDict, path: str, problems: Problems) -> None:
    """Look at the names in `host_vars`, which are at `path`, and at values that the generator builds on."""
    check_names(variables, path, problems)
    if _TAKEN.isdisjoint(variables):
        return
    _check_networks(variables, path, problems)
    for name, place in variables.key_places.items():
        if name in GENERATED_VARIABLES:
            message = 'Variable {} is one that is generated, and is replaced by the value here.'
            problems.warn_once(message, f'{path}.{name}', place, 'Use another name.')
        elif name in RESERVED_VARIABLES:
            message = 'Variable {} has a name that Ansible reserves.'
            problems.warn_once(message, f'{path}.{name}', place, 'Use another name.')


def _check_networks(variables: PlacedDict, path: str, problems: Problems) -> None:
    networks = variables.get(_NETWORKS)
    if networks is None or (
        isinstance(networks, PlacedDict) and all(isinstance(entry, PlacedDict) for entry in networks.values())
    ):
        return
    wanted = 'a mapping of mappings'
    message = (
        f"Value '{path}.{_NETWORKS}' has something else than mappings in it."
        if isinstance(networks, PlacedDict)
        else instead_of_kind(f'{path}.{_NETWORKS}', networks, wanted)
    )
    help_text = "Leave it out: it is made from 'provider_networks'."
    problems.error(message, variables.value_places[_NETWORKS], _NETWORKS, help_text)


def check_container_variables(variables: PlacedDict, path: str, problems: Problems) -> None:
    """Look at the names in `container_vars`, which are at `path`, and at the limits of variables."""
    check_host_variables(variables, path, problems)
    if _PHYSICAL_HOST in variables:
        message = f"Variable '{path}.{_PHYSICAL_HOST}' would take the containers away from their host."
        help_text = 'Leave it out: each run would make them once more.'
        problems.error(message, variables.key_places[_PHYSICAL_HOST], _PHYSICAL_HOST, help_text)
    if LIMIT in variables:
        message = 'Value {} limits nothing: it stands beside the variables instead of in one of them.'
        help_text = 'Move it into the variable that it is to limit, which must be a mapping.'
        problems.warn_once(message, f'{path}.{LIMIT}', variables.key_places[LIMIT], help_text)
    for name, value in variables.items():
        limit = value.get(LIMIT, '') if isinstance(value, PlacedDict) else ''
        if not isinstance(limit, str):
            message = instead_of_kind(f'{path}.{name}.{LIMIT}', limit, 'text')
            help_text = "Write one name, or what several have in common, such as 'cinder_volume'."
            problems.error(message, value.value_places[LIMIT], LIMIT, help_text)
