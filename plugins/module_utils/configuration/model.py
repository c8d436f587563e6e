# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checked deployment description: what the generator works from.

Everything here is sound by itself: types and shapes are right, addresses and networks are parsed, names of groups are
spelled the way the inventory spells them. Values that end up in the inventory are made of dictionaries with text keys,
lists, text, numbers, booleans and null only; text that may be a template, and vaulted text, are of the classes of
`places`.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..places import Place
from ..results import Notice

Variables = dict[str, t.Any]


def normalised(name: str) -> str:
    """The name of a group with every dash as an underscore: the form in which group names are matched."""
    return name.replace('-', '_')


@dataclasses.dataclass(frozen=True)
class HostEntry:
    """One host below one `*_hosts` key.

    ip, management_ip: addresses as they are written.
    affinity: normalised name of a container group -> how many containers of it the host is to have at least.
    no_containers: as given; None where the key is absent.
    """

    name: str
    ip: str
    management_ip: str | None
    affinity: dict[str, int]
    no_containers: bool | None
    host_vars: Variables
    container_vars: Variables
    place: Place


@dataclasses.dataclass(frozen=True)
class AddressRange:
    """Addresses from first to last, both included, as whole numbers; version is 4 or 6."""

    version: int
    first: int
    last: int


@dataclasses.dataclass(frozen=True)
class Network:
    """One entry of `cidr_networks`.

    cidr: as it is written. first, last: the whole network as numbers, its network and broadcast address included.
    netmask: in dotted (IPv4) or colon (IPv6) form.
    """

    name: str
    cidr: str
    version: int
    first: int
    last: int
    netmask: str
    place: Place


@dataclasses.dataclass(frozen=True)
class ProviderNetwork:
    """One item of `global_overrides.provider_networks`.

    label: how messages name it, such as `provider_networks[1]`.
    network: name of its pool in `cidr_networks` (`ip_from_q`); None for a network without addresses.
    group_binds, reference_group: spelled as the inventory spells groups.
    is_management: the value of `is_management_address`; where that is absent, that of `is_container_address`.
    places: field name -> where it is written; `''` is the item itself.
    """

    label: str
    network: str | None
    address_prefix: str | None
    container_interface: str | None
    container_bridge: str | None
    container_bridge_type: str | None
    container_type: str | None
    container_mtu: t.Any
    is_management: bool
    gateway: t.Any
    static_routes: list[Variables]
    group_binds: tuple[str, ...]
    reference_group: str | None
    places: dict[str, Place]


@dataclasses.dataclass(frozen=True)
class Configuration:
    """The user configuration (`openstack_user_config.yml` and `conf.d`), merged and checked.

    host_groups: name of a `*_hosts` group -> host name -> entry, in configuration order.
    reserved: all that must never be given out besides what is stored: `used_ips`, every `ip` and `management_ip`,
    gateways, VIPs.
    global_overrides: as they go into `all.vars`, `provider_networks` included.
    """

    host_groups: dict[str, dict[str, HostEntry]]
    networks: dict[str, Network]
    container_cidr: str | list[str]
    reserved: tuple[AddressRange, ...]
    global_overrides: Variables
    provider_networks: tuple[ProviderNetwork, ...]
    no_containers: bool


@dataclasses.dataclass(frozen=True)
class Skeleton:
    """An entry of `physical_skel` or `component_skel`: a group and the groups it is a child of."""

    name: str
    belongs_to: tuple[str, ...]
    place: Place


@dataclasses.dataclass(frozen=True)
class ContainerGroup(Skeleton):
    """An entry of `container_skel`.

    contains: names of components. properties: as written, fitted to JSON.
    is_metal: None where `properties` says nothing.
    """

    contains: tuple[str, ...]
    properties: Variables
    is_metal: bool | None
    is_nest: bool


@dataclasses.dataclass(frozen=True)
class Environment:
    """The merged environment (`env.d`), each section in the order of its files.

    spellings: normalised name -> the name that the inventory uses, for every group the environment mentions.
    """

    physical: dict[str, Skeleton]
    components: dict[str, Skeleton]
    containers: dict[str, ContainerGroup]
    spellings: dict[str, str]

    def spell(self, name: str) -> str:
        """The inventory's spelling of a group name; of one that the environment does not mention, the normalised."""
        plain = normalised(name)
        return self.spellings.get(plain, plain)

    def sibling(self, name: str, ending: str) -> str:
        """The group with another last part: that of `my-own_containers` with `_hosts` is `my_own_hosts`, spelled."""
        return self.spell(normalised(name).rsplit('_', 1)[0] + ending)


@dataclasses.dataclass(frozen=True)
class Deployment:
    """All that one run of the generator is given.

    warnings: what the checks found.
    digest: sha256 (hex) of `source` as canonical JSON.
    files: what was read, in order; skipped: files passed over, such as editors' leftovers.
    source: what was read, merged and fitted to JSON: `{'configuration': …, 'environment': …}`.
    """

    configuration: Configuration
    environment: Environment
    warnings: tuple[Notice, ...]
    digest: str
    files: tuple[str, ...]
    skipped: tuple[str, ...]
    source: dict[str, t.Any]
