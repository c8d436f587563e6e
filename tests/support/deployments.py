# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments made in memory, for tests of the generator: typed data without files."""

from __future__ import annotations

import functools
import ipaddress
import json
import pathlib
import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import (
    AddressRange,
    Configuration,
    ContainerGroup,
    Deployment,
    Environment,
    HostEntry,
    Network,
    ProviderNetwork,
    Skeleton,
    normalised,
)
from ansible_collections.osa.inventory.plugins.module_utils.places import Place

CONFORMANCE = pathlib.Path(__file__).resolve().parents[1] / 'data' / 'conformance'
HERE = Place('test.yml', 1, 1)


@functools.cache
def default_environment() -> Environment:
    """The environment of the conformance cases."""
    return environment(json.loads((CONFORMANCE / 'environment.json').read_text(encoding='utf-8')))


def environment(sections: dict[str, t.Any]) -> Environment:
    """An environment from mappings as they stand in env.d."""
    spellings: dict[str, str] = {}
    for section in sections.values():
        for name, entry in section.items():
            for each in (name, *entry.get('belongs_to', ()), *entry.get('contains', ())):
                spellings.setdefault(normalised(each), each)
    return Environment(
        physical=_skeletons(sections.get('physical_skel', {})),
        components=_skeletons(sections.get('component_skel', {})),
        containers={
            name: ContainerGroup(
                name,
                tuple(entry.get('belongs_to', ())),
                HERE,
                tuple(entry.get('contains', ())),
                entry.get('properties', {}),
                entry.get('properties', {}).get('is_metal'),
                bool(entry.get('properties', {}).get('is_nest')),
            )
            for name, entry in sections.get('container_skel', {}).items()
        },
        spellings=spellings,
    )


def _skeletons(section: dict[str, t.Any]) -> dict[str, Skeleton]:
    return {name: Skeleton(name, tuple(entry.get('belongs_to', ())), HERE) for name, entry in section.items()}


def network(name: str, cidr: str) -> Network:
    """An entry of `cidr_networks`."""
    parsed = ipaddress.ip_network(cidr)
    first, last = int(parsed.network_address), int(parsed.broadcast_address)
    return Network(name, cidr, parsed.version, first, last, str(parsed.netmask), HERE)


def host(name: str, ip: str, **settings: t.Any) -> HostEntry:
    """An entry of a host group; settings: any other field of HostEntry."""
    defaults: dict[str, t.Any] = {
        'management_ip': None,
        'affinity': {},
        'no_containers': None,
        'host_vars': {},
        'container_vars': {},
        'place': HERE,
    }
    return HostEntry(name=name, ip=ip, **{**defaults, **settings})


def provider_network(network_name: str | None = 'management', **settings: t.Any) -> ProviderNetwork:
    """A provider network; without settings the management network of all hosts and containers."""
    defaults: dict[str, t.Any] = {
        'label': 'provider_networks[0]',
        'address_prefix': None,
        'container_interface': 'eth1',
        'container_bridge': 'br-mgmt',
        'container_bridge_type': None,
        'container_type': 'veth',
        'container_mtu': None,
        'is_management': network_name == 'management',
        'gateway': None,
        'static_routes': [],
        'group_binds': ('all_containers', 'hosts'),
        'reference_group': None,
        'places': {'': HERE},
    }
    return ProviderNetwork(network=network_name, **{**defaults, **settings})


def deployment(
    host_groups: dict[str, list[HostEntry]],
    *,
    networks: dict[str, str] | None = None,
    provider_networks: t.Sequence[ProviderNetwork] | None = None,
    reserved: t.Sequence[str] = (),
    no_containers: bool = False,
    global_overrides: dict[str, t.Any] | None = None,
    environment: Environment | None = None,
) -> Deployment:
    """A deployment of the given hosts, by default on one management network 10.0.0.0/16.

    reserved: single addresses, besides those of the hosts.
    """
    hosts = [entry for entries in host_groups.values() for entry in entries]
    addresses = [*reserved, *(entry.ip for entry in hosts), *(e.management_ip for e in hosts if e.management_ip)]
    parsed = [ipaddress.ip_address(address) for address in addresses]
    configuration = Configuration(
        host_groups={group: {entry.name: entry for entry in entries} for group, entries in host_groups.items()},
        networks={name: network(name, cidr) for name, cidr in (networks or {'management': '10.0.0.0/16'}).items()},
        container_cidr=(networks or {'management': '10.0.0.0/16'}).get('management', []),
        reserved=tuple(AddressRange(address.version, int(address), int(address)) for address in parsed),
        global_overrides=global_overrides or {},
        provider_networks=tuple(provider_networks if provider_networks is not None else [provider_network()]),
        no_containers=no_containers,
    )
    return Deployment(configuration, environment or default_environment(), (), '', (), (), {})
