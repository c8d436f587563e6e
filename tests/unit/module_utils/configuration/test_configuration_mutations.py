# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sound description with anything in it replaced by anything: there is a deployment, or an error of the library."""

from __future__ import annotations

import contextlib
import copy
import datetime
import functools
import json
import operator
import pathlib
import tempfile
import typing as t

import yaml
from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import load_deployment
from ansible_collections.osa.inventory.plugins.module_utils.errors import ConfigurationError, ConfigurationErrors
from hypothesis import given
from hypothesis import strategies as st

ODD_SCALARS = (None, True, 0, -1, 1.5, float('nan'), '', 'x', '{{ x }}', '10.0.0.1', 'a b', 'all', 'management', b'x')
ODD_COLLECTIONS = ([], [None], ['x'], [{}], {}, {'x': None}, {5: 'x'}, {'ip': 'x'}, {'x', 'y'})
ODD = st.sampled_from([*ODD_SCALARS, *ODD_COLLECTIONS, datetime.date(2024, 1, 2)]).map(copy.deepcopy)


@functools.cache
def sound_description() -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """A configuration that has a bit of everything, and an environment of its own."""
    configuration = yaml.safe_load(
        'cidr_networks: {management: 10.0.0.0/22, tunnel: 10.0.4.0/22}\n'
        'used_ips: ["10.0.0.1,10.0.0.9", 10.0.0.250]\n'
        'global_overrides:\n'
        '  management_bridge: br-mgmt\n'
        '  internal_lb_vip_address: 10.0.0.9\n'
        '  provider_networks:\n'
        '    - network: {container_bridge: br-mgmt, container_interface: eth1, ip_from_q: management,\n'
        '        is_management_address: true, group_binds: [all_containers, hosts], gateway: 10.0.0.8}\n'
        '    - network: {container_bridge: br-tun, container_mtu: 9000, ip_from_q: tunnel, reference_group: id_hosts,\n'
        '        address_prefix: tun, group_binds: [api], static_routes: [{cidr: 10.9.0.0/16, gateway: 10.0.4.1}]}\n'
        'id-hosts:\n'
        '  a: {ip: 10.0.0.11, management_ip: 10.0.0.21, affinity: {id-container: 2}, no_containers: false}\n'
        '  b: {ip: 10.0.0.12, host_vars: {rack: 1}, container_vars: {v: {limit_container_types: api, w: 1}}}\n'
    )
    environment = yaml.safe_load(
        'physical_skel:\n  id_hosts: {belongs_to: [hosts]}\n  id_containers: {belongs_to: [all_containers]}\n'
        'component_skel:\n  api: {belongs_to: [api_all]}\n'
        'container_skel:\n'
        '  id_container: {belongs_to: [id_containers], contains: [api], properties: {is_metal: false, n: 1}}\n'
        '  az_containers: {properties: {is_nest: true}}\n'
    )
    return configuration, environment


def places_in(value: t.Any, path: tuple[t.Any, ...] = ()) -> list[tuple[t.Any, ...]]:
    """The paths of all values of a tree."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, item in items for each in places_in(item, (*path, key)))]


@given(data=st.data())
def test_whatever_a_value_or_name_is_replaced_by_there_is_a_deployment_or_a_clear_error(data: st.DataObject) -> None:
    description = list(copy.deepcopy(sound_description()))
    for _mutation in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from([path for path in places_in(description) if path]))
        parent = functools.reduce(operator.getitem, way, description)
        odd = data.draw(ODD)
        if isinstance(parent, dict) and not isinstance(odd, (dict, list, set)) and data.draw(st.booleans()):
            parent[odd] = parent.pop(last)
        else:
            parent[last] = odd
    with tempfile.TemporaryDirectory() as directory:
        for name, content in zip(('c/openstack_user_config.yml', 'b/env.d/e.yml'), description, strict=True):
            path = pathlib.Path(directory, name)
            path.parent.mkdir(parents=True)
            path.write_text(yaml.safe_dump(content, sort_keys=False), 'utf-8')
        with contextlib.suppress(ConfigurationError, ConfigurationErrors):
            deployment = load_deployment(f'{directory}/c', f'{directory}/b')
            assert json.loads(json.dumps(deployment.source, allow_nan=False)) == deployment.source
