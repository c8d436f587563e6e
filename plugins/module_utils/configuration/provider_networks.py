# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Global overrides and the provider networks in them."""

from __future__ import annotations

import collections.abc as c
import typing as t

from ..addresses import address_of, network_of
from ..places import ConfiguredTemplate, Place, PlacedDict, PlacedList
from .addresses import address_range
from .fields import Fields
from .model import AddressRange, Environment, Network, ProviderNetwork
from .problems import Problems, instead, misspelt, nearest, quoted
from .variables import check_names

_OVERRIDES = 'global_overrides'
_MANAGEMENT_PREFIXES = ('container', 'management')
_NETWORK = ('network',)
_FLAGS = ('is_management_address', 'is_container_address')
_VIPS = ('internal_lb_vip_address', 'external_lb_vip_address')
_KEYS = frozenset(
    """
    address_prefix container_bridge container_bridge_type container_interface container_mtu container_type gateway
    group_binds host_bind_override ip_from_q is_container_address is_management_address is_ssh_address net_name
    network_interface range reference_group sriov_host_interfaces static_routes type
    """.split()  # noqa: SIM905 - a list would take twenty lines
)
"""The keys of a provider network, those that only OSA's roles read among them."""
_NETWORK_HELP = "Write '- network:' with its fields below it, one level deeper."


def read_overrides(sections: PlacedDict, problems: Problems) -> Fields:
    """`global_overrides`, and whether they are there where they must be: wherever containers are made."""
    fields = Fields(sections, '', problems)
    overrides = fields.mapping_at(_OVERRIDES)
    if _OVERRIDES not in sections:
        message = f"'{_OVERRIDES}' is missing: it has the provider networks that containers are connected to."
        help_text = f"{misspelt(_OVERRIDES, sections)}Write '{_OVERRIDES}' with 'provider_networks' in it."
        problems.error(message, sections.place, _OVERRIDES, help_text)
    elif not overrides:
        fields.error(_OVERRIDES, f"'{_OVERRIDES}' is empty.", "Write 'provider_networks' in it.")
    found = Fields(PlacedDict(sections.place) if overrides is None else overrides, _OVERRIDES, problems)
    for key in ('management_bridge', *_VIPS):
        found.text(key, template=True)
    check_names(found.mapping, _OVERRIDES, problems)
    return found


def read_provider_networks(
    overrides: Fields, plain: dict[str, t.Any], pools: c.Collection[str], environment: Environment
) -> tuple[ProviderNetwork, ...]:
    """The items of `provider_networks`, checked.

    plain: `global_overrides`, fitted to JSON. pools: the names in `cidr_networks`.
    """
    no_containers = bool(overrides.boolean('no_containers'))
    items = overrides.sequence('provider_networks')
    if items is None:
        if overrides.mapping and not no_containers:
            _refuse_missing(overrides)
        return ()
    found = []
    for number, item in enumerate(items):
        label, place = f'provider_networks[{number}]', items.places[number]
        fields = _network_fields(item, label, overrides.problems)
        if isinstance(fields, str):
            suggestion = misspelt('network', item, known=_NETWORK) if isinstance(item, PlacedDict) else ''
            overrides.problems.error(fields, place, label, suggestion + _NETWORK_HELP)
        else:
            _warn_about_keys(fields, place)
            reader = _ProviderNetworkReader(fields, plain['provider_networks'][number]['network'], pools, environment)
            network = reader.read(label, place, no_containers)
            found.append(network)
            if not no_containers:
                _check_management_bridge(overrides, fields, network)
    return tuple(found)


def container_cidr(
    networks: c.Mapping[str, Network], provider_networks: c.Sequence[ProviderNetwork]
) -> str | list[str] | None:
    """The CIDR of `container`, else of `management`, else those of all management networks; None if there is none."""
    for name in _MANAGEMENT_PREFIXES:
        if name in networks:
            return networks[name].cidr
    marked = (
        item.network for item in provider_networks if item.is_management or item.address_prefix in _MANAGEMENT_PREFIXES
    )
    return [networks[name].cidr for name in marked if name and name in networks] or None


def reserved_addresses(overrides: Fields, provider_networks: c.Sequence[ProviderNetwork]) -> list[AddressRange]:
    """VIPs and gateways, as far as they are addresses."""
    texts = [overrides.mapping.get(key) for key in _VIPS]
    for network in provider_networks:
        texts += [network.gateway, *(route.get('gateway') for route in network.static_routes)]
    addresses = map(address_of, texts)
    return [address_range(address) for address in addresses if address]


def _refuse_missing(overrides: Fields) -> None:
    key = 'provider_networks'
    help_text = "Write a list of networks, or 'no_containers: true' where there are no containers."
    if key in overrides.mapping:
        overrides.error(key, f"Value '{overrides.path_of(key)}' is empty.", help_text)
    else:
        message = f"'{key}' is missing in '{_OVERRIDES}': it has the networks that containers are connected to."
        help_text = misspelt(key, overrides.mapping) + help_text
        overrides.problems.error(message, overrides.mapping.place, key, help_text)


def _network_fields(item: t.Any, label: str, problems: Problems) -> Fields | str:
    """The fields of an item, or what is wrong with it."""
    if item is None:
        return f"Value '{label}' is empty."
    if not isinstance(item, PlacedDict):
        return instead(label, item, "a mapping with the key 'network'")
    if 'network' not in item:
        return f"Value '{label}' has no key 'network'."
    fields = item['network']
    if isinstance(fields, PlacedDict) and fields:
        return Fields(fields, label, problems)
    return f"Value '{label}.network' is empty." if not fields else instead(f'{label}.network', fields, 'a mapping')


def _warn_about_keys(fields: Fields, place: Place) -> None:
    """Other keys than ours are those of OSA's roles, or the deployer's own, unless they are nearly one of ours."""
    for key, key_place in fields.mapping.key_places.items():
        suggestion = '' if key in _KEYS else nearest(str(key), _KEYS)
        if suggestion:
            message = f"Key '{fields.path_of(key)}' is not known and not used."
            fields.problems.warn(message, key_place, suggestion.strip())
    if fields.mapping.get('group_binds') is None and not misspelt('group_binds', fields.mapping, known=_KEYS):
        message = f"Value '{fields.path}' has no 'group_binds', so nothing is connected to it."
        help_text = "Write the groups that it is for, such as 'group_binds: [all_containers, hosts]'."
        fields.problems.warn(message, fields.mapping.value_places.get('group_binds', place), help_text)


def _check_management_bridge(overrides: Fields, fields: Fields, network: ProviderNetwork) -> None:
    """OSA documentation: the network on the management bridge is the one that carries management addresses."""
    bridge = overrides.mapping.get('management_bridge')
    if bridge is None or network.container_bridge != bridge or network.is_management:
        return
    given = [key for key in _FLAGS if key in fields.mapping]
    message = f"Value '{network.label}' is on the management bridge {quoted(bridge)} and is not a management network."
    help_text = "Write 'is_management_address: true', or put the network on another bridge."
    fields.error(given[0] if given else 'container_bridge', message, help_text)


class _ProviderNetworkReader:
    def __init__(
        self, fields: Fields, plain: dict[str, t.Any], pools: c.Collection[str], environment: Environment
    ) -> None:
        self._fields = fields
        self._plain = plain
        self._pools = pools
        self._environment = environment

    def read(self, label: str, place: Place, no_containers: bool) -> ProviderNetwork:
        fields, plain = self._fields, self._plain
        prefix = fields.text('address_prefix')
        pool = fields.text('ip_from_q')
        network = self._network(pool, no_containers)
        current_flag, older_flag = _FLAGS
        flag = current_flag if current_flag in fields.mapping else older_flag
        reference_group = fields.text('reference_group')
        return ProviderNetwork(
            label=label,
            network=network,
            address_prefix=prefix or (pool if network is None else None),
            container_interface=fields.text('container_interface', template=True),
            container_bridge=fields.text('container_bridge', template=True),
            container_bridge_type=fields.text('container_bridge_type', template=True),
            container_type=fields.text('container_type', template=True),
            container_mtu=self._mtu(),
            is_management=bool(fields.boolean(flag)),
            gateway=self._gateway(fields, plain),
            static_routes=self._static_routes(),
            group_binds=tuple(self._environment.spell(name) for name in fields.texts('group_binds') or ()),
            reference_group=None if reference_group is None else self._environment.spell(reference_group),
            places={'': place, **fields.mapping.value_places},
        )

    def _network(self, pool: str | None, no_containers: bool) -> str | None:
        """The name of the pool; an unknown one is a mistake wherever containers need addresses of it."""
        if pool is None or pool in self._pools:
            return pool
        message = f"Value '{self._fields.path_of('ip_from_q')}' is {quoted(pool)}, which is not in 'cidr_networks'."
        names = ', '.join(f"'{name}'" for name in self._pools)
        help_text = f'{nearest(pool, self._pools)}Known networks: {names}.'
        if no_containers:
            self._fields.problems.warn(message, self._fields.place('ip_from_q'), help_text)
        elif self._pools:
            self._fields.error('ip_from_q', message, help_text)
        return None

    def _mtu(self) -> t.Any:
        value = self._fields.mapping.get('container_mtu')
        if isinstance(value, bool) or not isinstance(value, (str, int, type(None))):
            message = instead(self._fields.path_of('container_mtu'), value, 'a whole number')
            self._fields.error('container_mtu', message, 'Write the number of bytes, such as 9000.')
        return self._plain.get('container_mtu')

    @staticmethod
    def _gateway(fields: Fields, plain: dict[str, t.Any]) -> t.Any:
        text = fields.text('gateway', 'an IP address', template=True)
        if text is not None and not isinstance(text, ConfiguredTemplate) and not address_of(text):
            message = instead(fields.path_of('gateway'), text, 'an IP address')
            fields.error('gateway', message, "Write the address alone, such as '172.29.236.1'.")
        return plain.get('gateway')

    def _static_routes(self) -> list[dict[str, t.Any]]:
        routes = self._fields.sequence('static_routes') or PlacedList(self._fields.mapping.place)
        found = []
        for number, route in enumerate(routes):
            path, place = f'{self._fields.path_of("static_routes")}[{number}]', routes.places[number]
            if not isinstance(route, PlacedDict):
                message = f"Value '{path}' is empty." if route is None else instead(path, route, 'a mapping')
                self._fields.problems.error(message, place, 'static_routes', "Write 'cidr' and 'gateway' of the route.")
            else:
                plain = self._plain['static_routes'][number]
                self._check_route(Fields(route, path, self._fields.problems), plain)
                found.append(plain)
        return found

    def _check_route(self, fields: Fields, plain: dict[str, t.Any]) -> None:
        for key in ('cidr', 'gateway'):
            if fields.mapping.get(key) is None:
                message = f"Value '{fields.path}' has no '{key}'."
                suggestion = misspelt(key, fields.mapping, known=('cidr', 'gateway'))
                help_text = f"{suggestion}A static route needs 'cidr' and 'gateway'."
                fields.problems.error(message, fields.mapping.place, key, help_text)
        self._gateway(fields, plain)
        cidr = fields.text('cidr', 'a network', template=True)
        if cidr is not None and not isinstance(cidr, ConfiguredTemplate) and not network_of(cidr):
            message = instead(fields.path_of('cidr'), cidr, 'a network')
            fields.error('cidr', message, "Write a network, such as '10.0.0.0/8'.")
