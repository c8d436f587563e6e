# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that a configuration sets: names that are taken, limits that limit nothing."""

from __future__ import annotations

import typing as t

from ..places import PlacedDict
from .names import GENERATED_VARIABLES, RESERVED_VARIABLES
from .problems import Problems, instead_of_kind

LIMIT = 'limit_container_types'


_TAKEN: t.Final = GENERATED_VARIABLES | RESERVED_VARIABLES


def check_host_variables(variables: PlacedDict, path: str, problems: Problems) -> None:
    """Look at the names in `host_vars`, which are at `path`."""
    if _TAKEN.isdisjoint(variables):
        return
    for name, place in variables.key_places.items():
        if name in GENERATED_VARIABLES:
            message = 'Variable {} is one that is generated, and is replaced by the value here.'
            problems.warn_once(message, f'{path}.{name}', place, 'Use another name.')
        elif name in RESERVED_VARIABLES:
            message = 'Variable {} has a name that Ansible reserves.'
            problems.warn_once(message, f'{path}.{name}', place, 'Use another name.')


def check_container_variables(variables: PlacedDict, path: str, problems: Problems) -> None:
    """Look at the names in `container_vars`, which are at `path`, and at the limits of variables."""
    check_host_variables(variables, path, problems)
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
