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
from ..configuration.model import Deployment
from ..errors import InventoryError
from ..generator.builder import InventoryBuilder
from ..inventory import Inventory, hostvars_of, vars_of
from ..places import Place, PlacedDict
from ..storage.contract import Meta, State
from ..words import did_you_mean
from .explanation_networks import NETWORKS, NetworkRules
from .explanation_rules import STORED, HostRules, Origin, Source
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


def explain(  # noqa: PLR0913  # Two readings of the description, two of what is stored, and what is asked.
    deployment: Deployment,
    written: Written,
    inventory: Inventory,
    host: str,
    variable: str | None = None,
    states: collections.abc.Iterable[State] = (),
) -> list[Explanation]:
    """Where the variables of a host come from: its own in the order of their names, then the global ones.

    inventory: what the next run gives, so that it agrees with the deployment. variable: this one alone, or a part of
    `container_networks` such as `container_networks.management_address`. states: the kept ones, newest first; read
    only as far as needed.
    Raises InventoryError for an unknown host or variable.
    """
    hostvars = hostvars_of(inventory)
    require_known('host', [host], hostvars)
    rules = HostRules(deployment, written, InventoryBuilder(inventory), host)
    found = [*_of_host(rules), *_global(deployment, written, inventory, hostvars[host])]
    if variable is not None:
        known = [each.explanation.variable for each in found]
        found = [each for each in found if f'{each.explanation.variable}.'.startswith(f'{variable}.')]
        if not found:
            help_text = did_you_mean(variable, known) or None
            raise InventoryError(f"Host '{host}' has no variable '{variable}'.", help_text=help_text)
    return _with_since(found, states)


def _of_host(rules: HostRules) -> collections.abc.Iterator[_Found]:
    networks = NetworkRules(rules)
    for name in sorted(rules.variables):
        value = rules.variables[name]
        if name == NETWORKS and value and isinstance(value, dict):
            fields = [(key, field) for key in sorted(value) for field in sorted(value[key] or ())]
            for key, field in fields:
                yield _found(rules.host, f'{name}.{key}.{field}', value[key][field], networks.entry(key, field))
        else:
            yield _found(rules.host, name, value, networks.source(name) or rules.source(name))


@dataclasses.dataclass(frozen=True)
class _Found:
    """An explanation, and whether the history is to say since when the value is there."""

    explanation: Explanation
    aged: bool


def _found(owner: str, variable: str, value: t.Any, source: Source) -> _Found:
    explanation = Explanation(owner, variable, value, source.origin, source.reason, source.place)
    return _Found(explanation, source.kept or source.origin == 'stored')


def _global(
    deployment: Deployment, written: Written, inventory: Inventory, own: collections.abc.Container[str]
) -> collections.abc.Iterator[_Found]:
    overrides = written.configuration.get('global_overrides')
    places = overrides.key_places if isinstance(overrides, PlacedDict) else {}
    for name, value in sorted(vars_of(inventory.get(GLOBAL)).items()):
        if name in own:
            continue
        if name in deployment.configuration.global_overrides:
            source = Source('configured', 'global_overrides', places.get(name))
        elif name == 'container_cidr':
            source = _container_cidr(deployment, value)
        else:
            source = STORED
        yield _found(GLOBAL, name, value, source)


def _container_cidr(deployment: Deployment, value: t.Any) -> Source:
    networks = deployment.configuration.networks.values()
    fitting = [network for network in networks if network.cidr in (value if isinstance(value, list) else [value])]
    names = ', '.join(f"'{network.name}'" for network in fitting)
    place = fitting[0].place if fitting else None
    return Source('generated', f'the CIDR of the management network in cidr_networks: {names}', place)


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
