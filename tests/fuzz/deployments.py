# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments for hypothesis: valid ones of every kind, and such with mistakes in them.

A description is the content of three files: user configuration, a part in `conf.d`, and an environment of its own. The
base environment is `seeds/environment.yml`.
"""

from __future__ import annotations

import copy
import datetime
import functools
import operator
import typing as t

import yaml
from fuzz.directories import SEPARATOR
from hypothesis import strategies as st

Description = list[dict[str, t.Any]]

HOSTS = ('a', 'a-1', 'a_1', 'ctl', 'ctl-10', 'b.example')
GROUPS = ('galera', 'keystone_all', 'nova_compute', 'hosts', 'all_containers', 'infra_hosts', 'nowhere')
MANAGEMENT = {
    'container_bridge': 'br-mgmt',
    'container_interface': 'eth1',
    'ip_from_q': 'management',
    'is_management_address': True,
    'group_binds': ['all_containers', 'hosts'],
}
USED = ('10.0.0.1,10.0.0.7', '10.0.0.200-10.0.0.222', ' 10.0.3.30 , 10.0.3.33', '10.0.2.64/28', '10.0.3.1')


def maybe(**settings: t.Any) -> st.SearchStrategy[dict[str, t.Any]]:
    """A mapping with some of these keys; each may have one of several values, given as a list."""
    values = {key: st.sampled_from(value) if isinstance(value, list) else value for key, value in settings.items()}
    return st.fixed_dictionaries({}, optional=values)


def subset(of: t.Iterable[str], smallest: int = 0) -> st.SearchStrategy[list[str]]:
    """Some of these, in any order."""
    return st.lists(st.sampled_from(sorted(of)), min_size=smallest, max_size=4, unique=True)


AFFINITY = maybe(galera_container=[0, 1, 2], keystone_container=[0, 2, 3], own_container=[1, 2])


@functools.cache
def entries(host: str) -> st.SearchStrategy[dict[str, t.Any]]:
    """The entry of a host in a host group."""
    number = HOSTS.index(host) + 1
    settings = maybe(
        management_ip=[f'10.0.2.{number}'],
        affinity=st.one_of(AFFINITY, st.just({'keystone-container': 2})),
        no_containers=[True, False],
        host_vars=[{'v': 1}, {'is_metal': False, 't': '{{ v }}'}, {'rack': [1, {}]}],
        container_vars=[{'v': {'limit_container_types': 'nova', 'x': 1}}, {'container_tech': 'nspawn'}],
    )
    return settings.map(lambda chosen: {'ip': f'10.0.1.{number}', **chosen})


@functools.cache
def host_groups(hosts: tuple[str, ...]) -> st.SearchStrategy[dict[str, t.Any]]:
    """Host groups with their entries; some are written with a dash."""
    members = st.fixed_dictionaries({}, optional={host: entries(host) for host in hosts}).filter(bool)
    names = ('infra_hosts', 'database-hosts', 'identity_hosts', 'compute_hosts')
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, members)).filter(bool)


OTHER_NETWORK = maybe(
    container_interface=['eth2', 'bond0'],
    ip_from_q=['management', 'storage'],
    address_prefix=['shared', 'own'],
    container_mtu=[9000, '1500'],
    reference_group=['infra_hosts', 'hosts'],
    static_routes=[[{'cidr': '10.9.0.0/16', 'gateway': '10.3.0.1'}]],
)
BINDS = subset(GROUPS, 1).map(lambda groups: {'container_bridge': 'br-vlan', 'group_binds': groups})
NETWORKS = st.tuples(maybe(gateway=['10.0.0.254']), st.lists(st.tuples(BINDS, OTHER_NETWORK), max_size=2)).map(
    lambda drawn: [{'network': {**own, **more}} for own, more in ((MANAGEMENT, drawn[0]), *drawn[1])]
)
OVERRIDES = maybe(
    no_containers=[True, False],
    internal_lb_vip_address=['10.0.0.9', 'cloud.example.org'],
    management_bridge=['br-mgmt'],
    nested=[{'a': {'b': [1, 2.5, None]}}, 'é {{ x }}', datetime.date(2026, 1, 2)],
)
PROPERTIES = maybe(properties=[{'is_metal': True, 'x': [1]}, {'is_metal': False}, {}])
ENVIRONMENTS = maybe(
    physical_skel=[{'zone_hosts': {'belongs_to': ['hosts']}, 'infra_hosts': {'belongs_to': ['hosts']}}],
    component_skel=maybe(
        own=[{'belongs_to': 'own_all'}, {'belongs_to': ['own_all', 'x_all']}],
        zone_containers=[{'belongs_to': ['zone_all']}],
    ),
    container_skel=maybe(
        galera_container=PROPERTIES,
        keystone_container=PROPERTIES,
        zone_containers=[{'properties': {'is_nest': True}}],
        own_container=subset(f'{name}_containers' for name in ('infra', 'identity', 'compute')).map(
            lambda types: {'belongs_to': types, 'contains': ['own', 'galera']}
        ),
    ),
)
"""What the deployer's env.d changes and adds."""

PARTS = st.sampled_from([{}, {'global_overrides': {'late': {'a': 1}}}, {'other_hosts': {}}])


@st.composite
def descriptions(draw: st.DrawFn, hosts: tuple[str, ...] = HOSTS) -> Description:
    """A valid deployment; hosts: the names that it may use."""
    groups = draw(host_groups(hosts))
    moved = draw(st.booleans()) and next(iter(groups))
    configuration = {
        'cidr_networks': {'management': '10.0.0.0/22', 'storage': draw(st.sampled_from(['10.3.0.0/24', 'fd00::/64']))},
        'used_ips': draw(st.lists(st.sampled_from(USED), max_size=2)),
        'global_overrides': {'provider_networks': draw(NETWORKS), **draw(OVERRIDES)},
        **{name: members for name, members in groups.items() if name != moved},
    }
    part = {**draw(PARTS), **({moved: groups[moved]} if moved else {})}
    return [configuration, part, draw(ENVIRONMENTS)]


ODD_TEXTS = ('', 'x', '{{ x }}', '10.0.0.1', 'a b', 'all', 'x' * 300, 'ansible_connection', '../x', '\x1b[2J', '\ud800')
ODD_SCALARS = (None, True, 0, -1, 1.5, float('nan'), 10**20, b'x', *ODD_TEXTS)
ODD_COLLECTIONS = ([], [None], ['x'], [{}], {}, {'x': None}, {5: 'x'}, {'ip': 'x'}, {'x', 'y'})
ODD = st.sampled_from([*ODD_SCALARS, *ODD_COLLECTIONS, datetime.date(2024, 1, 2)]).map(copy.deepcopy)


def _paths(value: t.Any, path: tuple[t.Any, ...] = ()) -> list[tuple[t.Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, item in items for each in _paths(item, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn, trees: st.SearchStrategy[t.Any]) -> t.Any:
    """A tree of mappings and lists with up to three values or keys replaced, by anything or by another part of it."""
    tree = copy.deepcopy(draw(trees))
    for _mutation in range(draw(st.integers(1, 3))):
        paths = [path for path in _paths(tree) if path]
        *way, last = draw(st.sampled_from(paths))
        parent = functools.reduce(operator.getitem, way, tree)
        other = functools.reduce(operator.getitem, draw(st.sampled_from(paths)), tree)
        odd = copy.deepcopy(draw(st.one_of(ODD, st.just(other))))
        if isinstance(parent, dict) and not isinstance(odd, (dict, list, set)) and draw(st.booleans()):
            parent[odd] = parent.pop(last)
        else:
            parent[last] = odd
    return tree


def as_input(description: Description) -> bytes:
    """The texts of the files of a description, as the target `deployment` takes them."""
    return SEPARATOR.join(yaml.safe_dump(part, sort_keys=False, allow_unicode=True).encode() for part in description)
