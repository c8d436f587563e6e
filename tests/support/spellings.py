# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each place that takes an address or a network makes of a spelling, as values of JSON."""

from __future__ import annotations

import json
import pathlib
import typing as t

import yaml
from ansible_collections.osa.inventory.plugins.module_utils.configuration.addresses import (
    read_address,
    read_networks,
    read_used_addresses,
)
from ansible_collections.osa.inventory.plugins.module_utils.configuration.fields import Fields
from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import Environment
from ansible_collections.osa.inventory.plugins.module_utils.configuration.problems import Problems
from ansible_collections.osa.inventory.plugins.module_utils.configuration.provider_networks import (
    read_provider_networks,
    reserved_addresses,
)
from ansible_collections.osa.inventory.plugins.module_utils.configuration.reader import load_mapping
from ansible_collections.osa.inventory.plugins.module_utils.errors import OSAInventoryError
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.places import PlacedDict
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.invariants import violations
from ansible_collections.osa.inventory.plugins.module_utils.storage.encryption.outline import outline
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.relations import take_apart

TABLE = pathlib.Path(__file__).resolve().parents[1] / 'data' / 'addresses' / 'spellings.json'
"""Made by the last release that read addresses with Python's `ipaddress` and `socket`, on Python 3.13."""

_PLAIN: dict[str, t.Any] = {
    'ip': '10.0.0.1',
    'cidr_networks': {},
    'used_ips': [],
    'global_overrides': {'provider_networks': []},
}


def table() -> list[dict[str, t.Any]]:
    """Its entries: `spelling`, `configured` as `configured` gives it and, for texts, `stored` as `stored` gives it."""
    entries: list[dict[str, t.Any]] = json.loads(TABLE.read_text('utf-8'))
    return entries


def configured(spelling: t.Any) -> dict[str, t.Any]:
    """By the place in the description: what is read there, then what is said about it."""
    route = {'cidr': '10.0.0.0/8', 'gateway': '10.0.0.1'}
    return {
        'ip': _read({'ip': spelling}, _host_address),
        'cidr_networks': _read({'cidr_networks': {'net': spelling}}, _networks),
        'used_ips': _read({'used_ips': [spelling]}, _used),
        'internal_lb_vip_address': _read(_overrides(internal_lb_vip_address=spelling), _reserved),
        'gateway': _read(_provider_network(gateway=spelling), _reserved),
        'static_routes.cidr': _read(_provider_network(static_routes=[{**route, 'cidr': spelling}]), _reserved),
        'static_routes.gateway': _read(_provider_network(static_routes=[{**route, 'gateway': spelling}]), _reserved),
    }


def stored(spelling: str) -> dict[str, t.Any]:
    """What is made of a stored text: its spelling in SQL and in a broken law, and whether an outline keeps it."""
    inventory: Inventory = {
        '_meta': {
            'hostvars': {
                name: {'ansible_host': spelling, 'container_networks': {'net_address': {'address': spelling}}}
                for name in ('a', 'b')
            }
        }
    }
    relations = take_apart(inventory)
    return {
        'column': relations.addresses(['a']).get(('a', 'net_address')),
        'violations': violations(inventory),
        'outlined': outline(inventory)['_meta']['hostvars']['a']['ansible_host'] is not None,
    }


def _read(values: dict[str, t.Any], read: t.Callable[[PlacedDict, Problems], t.Any]) -> list[t.Any]:
    text = yaml.safe_dump({**_PLAIN, **values}, allow_unicode=True, sort_keys=False)
    problems = Problems()
    value = read(load_mapping(text, 'test.yml'), problems)
    said = [str(notice.message) for notice in problems.warnings]
    try:
        problems.raise_errors(())
    except OSAInventoryError as error:
        said += [each.message for each in getattr(error, 'errors', [error])]
    return [value, *said]


def _host_address(sections: PlacedDict, problems: Problems) -> t.Any:
    return read_address(Fields(sections, '', problems), 'ip')


def _networks(sections: PlacedDict, problems: Problems) -> t.Any:
    networks = read_networks(sections, problems).values()
    return [[each.cidr, each.version, each.first, each.last, each.netmask] for each in networks]


def _used(sections: PlacedDict, problems: Problems) -> t.Any:
    return [[each.version, each.first, each.last] for each in read_used_addresses(sections, problems)]


def _reserved(sections: PlacedDict, problems: Problems) -> t.Any:
    overrides = Fields(sections['global_overrides'], 'global_overrides', problems)
    found = read_provider_networks(overrides, dict(overrides.mapping), (), Environment({}, {}, {}, {}))
    return [[each.version, each.first, each.last] for each in reserved_addresses(overrides, found)]


def _overrides(**settings: t.Any) -> dict[str, t.Any]:
    return {'global_overrides': {'provider_networks': [], **settings}}


def _provider_network(**settings: t.Any) -> dict[str, t.Any]:
    network = {'group_binds': ['hosts'], **settings}
    return {'global_overrides': {'provider_networks': [{'network': network}]}}
