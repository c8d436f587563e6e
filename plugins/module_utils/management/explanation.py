# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the values of a host's variables come from: file and line, a rule of the generator, or the stored inventory."""

from __future__ import annotations

import collections.abc
import dataclasses
import typing as t

from ..canonical import same
from ..configuration.load import Written
from ..errors import InventoryError
from ..generator.network_reasons import NETWORKS, variable_of
from ..generator.reasons import STORED, Origin, Reason, Reasons
from ..inventory import Inventory, hostvars_of, vars_of
from ..places import Place, PlacedDict
from ..storage.contract import Meta, State
from ..words import did_you_mean
from .removal import require_known

GLOBAL = 'all'

_MISSING = object()


@dataclasses.dataclass(frozen=True)
class Since:
    """The oldest kept state from which on a value is the same. exact: whether the one before it is known to differ."""

    meta: Meta
    exact: bool


@dataclasses.dataclass(frozen=True)
class Explanation:
    """Where one value comes from.

    owner: the host, or `all` for a global variable. variable: its name, with dots for a part of `container_networks`.
    origin: `configured` (place says where), `generated` (reason says by which rule) or `stored`.
    since: for what was drawn or is only stored, since when; None where the history does not tell.
    """

    owner: str
    variable: str
    value: t.Any
    origin: Origin
    reason: str
    place: Place | None = None
    since: Since | None = None


def explain(
    written: Written,
    inventory: Inventory,
    reasons: Reasons,
    variable: str | None = None,
    states: collections.abc.Iterable[State] = (),
) -> list[Explanation]:
    """Where the variables of a host come from: its own in the order of their names, then the global ones.

    written: the deployment as it is written.
    inventory: what the generator gives for it, noting the reasons for the values of the host.
    variable: this one alone, or a part of `container_networks` such as `container_networks.management_address`.
    states: the kept ones, newest first; read only as far as needed.
    Raises InventoryError for an unknown host or variable.
    """
    host, hostvars = reasons.host, hostvars_of(inventory)
    require_known('host', [host], hostvars)
    values = [
        *((host, name, value, reason) for name, value, reason in _of_host(hostvars[host], reasons)),
        *(
            (GLOBAL, name, value, reasons.of_global(name))
            for name, value in sorted(vars_of(inventory.get(GLOBAL)).items())
            if name not in hostvars[host]
        ),
    ]
    found = [
        _Found(Explanation(owner, name, value, reason.origin, reason.rule, _place(written, reason)), _is_aged(reason))
        for owner, name, value, reason in values
        if variable is None or f'{name}.'.startswith(f'{variable}.')
    ]
    if not found and variable is not None:
        known = [name for _owner, name, _value, _reason in values]
        raise InventoryError(
            f"Host '{host}' has no variable '{variable}'.", help_text=did_you_mean(variable, known) or None
        )
    return _with_since(found, states)


def _of_host(variables: dict[str, t.Any], reasons: Reasons) -> collections.abc.Iterator[tuple[str, t.Any, Reason]]:
    """The variables of the host, those in `container_networks` field by field."""
    for name, value in sorted(variables.items()):
        if name == NETWORKS and value and isinstance(value, dict):
            for key, entry in sorted(value.items()):
                for field, item in sorted((entry or {}).items()):
                    reason = reasons.of(variable_of(key, field))
                    yield variable_of(key, field), item, reasons.of(name) if reason is STORED else reason
        else:
            yield name, value, reasons.of(name)


@dataclasses.dataclass(frozen=True)
class _Found:
    """An explanation, and whether the history is to say since when the value is there."""

    explanation: Explanation
    aged: bool


def _is_aged(reason: Reason) -> bool:
    return reason.kept or reason.origin == 'stored'


def _place(written: Written, reason: Reason) -> Place | None:
    """Where exactly it is written, as far as its path is found: the value of an address, the name of a variable."""
    place = reason.place
    mapping: t.Any = written.environment if reason.path[:1] == ('container_skel',) else written.configuration
    for depth, key in enumerate(reason.path):
        if not isinstance(mapping, PlacedDict) or key not in mapping:
            break
        is_address = depth == 2 and key in ('ip', 'management_ip')
        place = (mapping.value_places if is_address else mapping.key_places)[key]
        mapping = mapping[key]
    return place


def _with_since(found: collections.abc.Sequence[_Found], states: collections.abc.Iterable[State]) -> list[Explanation]:
    """The explanations with their ages, found by going back in the history as far as anything stays the same."""
    same_so_far = {number for number, each in enumerate(found) if each.aged}
    since: dict[int, Since] = {}
    for state in states if same_so_far else ():
        for number in sorted(same_so_far):
            explanation = found[number].explanation
            if same(_stored(state, explanation), explanation.value):
                since[number] = Since(state.meta, exact=state.meta.serial == 1)
            else:
                same_so_far.discard(number)
                if number in since:
                    since[number] = dataclasses.replace(since[number], exact=True)
        if not same_so_far:
            break
    return [dataclasses.replace(each.explanation, since=since.get(number)) for number, each in enumerate(found)]


def _stored(state: State, explanation: Explanation) -> t.Any:
    """The value that a state has there, `_MISSING` for none."""
    if explanation.owner == GLOBAL:
        return vars_of(state.inventory.get(GLOBAL)).get(explanation.variable, _MISSING)
    value: t.Any = hostvars_of(state.inventory).get(explanation.owner)
    if not explanation.variable.startswith(f'{NETWORKS}.'):
        return (value or {}).get(explanation.variable, _MISSING)
    key, _dot, field = explanation.variable.removeprefix(f'{NETWORKS}.').rpartition('.')
    entry = ((value or {}).get(NETWORKS) or {}).get(key) or {}
    return entry.get(field, _MISSING)
