# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments of any size, as files: three controllers with all their containers, storage machines, and computes."""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import pathlib
import tempfile
import typing as t

import yaml
from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import load_deployment
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory

ENVIRONMENT = pathlib.Path(__file__).resolve().parents[2] / 'environment'

_CONTROLLERS = 3
_STORAGE_MACHINES = 3
_RACK = 40
_MANAGEMENT = ipaddress.ip_network('10.0.0.0/16')
_FIRST_COMPUTE = 1024
_CONTROL_PLANE = (
    'shared_infra_hosts',
    'coordination_hosts',
    'repo_infra_hosts',
    'load_balancer_hosts',
    'identity_hosts',
    'image_hosts',
    'placement_infra_hosts',
    'compute_infra_hosts',
    'network_infra_hosts',
    'network_northd_hosts',
    'network_gateway_hosts',
    'orchestration_hosts',
    'dashboard_hosts',
    'storage_infra_hosts',
)


@dataclasses.dataclass(frozen=True)
class Cloud:
    """A deployment in a directory of its own. hosts: how many hosts and containers its inventory has."""

    directory: pathlib.Path
    hosts: int

    @property
    def source(self) -> pathlib.Path:
        """Its inventory source."""
        return self.directory / 'osa.yml'

    @property
    def stored(self) -> pathlib.Path:
        """Its inventory, once it was generated."""
        return self.directory / 'openstack_inventory.json'

    def forget(self) -> None:
        """Remove all that runs have written."""
        for pattern in ('*openstack_inventory*', '.openstack_inventory*', '.osa_inventory_seen.json'):
            for path in self.directory.glob(pattern):
                path.unlink()

    def generate(self, stored: Inventory | None = None) -> Inventory:
        """Its inventory, going on from a stored one, without storing it."""
        deployment = load_deployment(str(self.directory), str(ENVIRONMENT))
        return generate(deployment, stored, Choice()).inventory


def make_cloud(directory: pathlib.Path, hosts: int) -> Cloud:
    """Write the deployment whose inventory has that many hosts. ValueError if the controllers alone have more."""
    computes = hosts - _hosts_without_computes()
    if computes < 0:
        raise ValueError(f'The smallest cloud has {_hosts_without_computes()} hosts.')
    _write(directory, computes)
    return Cloud(directory, hosts)


@functools.cache
def _hosts_without_computes() -> int:
    with tempfile.TemporaryDirectory() as directory:
        _write(pathlib.Path(directory), 0)
        return len(Cloud(pathlib.Path(directory), 0).generate()['_meta']['hostvars'])


def _write(directory: pathlib.Path, computes: int) -> None:
    """The files: the cloud's own, one for storage, and one for each rack of computes."""
    racks = directory / 'conf.d'
    racks.mkdir(parents=True)
    _dump(directory / 'osa.yml', {'plugin': 'osa.inventory.osa', 'environment_dir': str(ENVIRONMENT)})
    _dump(directory / 'openstack_user_config.yml', _cloud())
    _dump(racks / 'storage.yml', {'storage_hosts': dict(map(_storage_machine, range(_STORAGE_MACHINES)))})
    for first in range(0, computes, _RACK):
        members = range(first, min(first + _RACK, computes))
        _dump(racks / f'rack{first // _RACK:04}.yml', {'compute_hosts': dict(map(_compute, members))})


def _dump(path: pathlib.Path, content: dict[str, t.Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False, explicit_start=True), 'utf-8')


def _cloud() -> dict[str, t.Any]:
    controllers = {
        f'infra{number + 1}': {'ip': str(_MANAGEMENT[11 + number]), 'container_vars': {'zone': f'zone{number + 1}'}}
        for number in range(_CONTROLLERS)
    }
    return {
        'cidr_networks': {'management': str(_MANAGEMENT), 'tunnel': '10.1.0.0/16', 'storage': '10.2.0.0/16'},
        'used_ips': ['10.0.0.1,10.0.0.50', '10.0.4.0,10.0.199.255', '10.1.0.1,10.1.0.50', '10.2.0.1,10.2.0.50'],
        'global_overrides': {
            'internal_lb_vip_address': '10.0.0.9',
            'external_lb_vip_address': 'cloud.example.com',
            'management_bridge': 'br-mgmt',
            'provider_networks': [{'network': network} for network in _provider_networks()],
        },
        **dict.fromkeys(_CONTROL_PLANE, controllers),
    }


def _provider_networks() -> list[dict[str, t.Any]]:
    attached = {'container_type': 'veth'}
    return [
        {
            **attached,
            'container_bridge': 'br-mgmt',
            'container_interface': 'eth1',
            'ip_from_q': 'management',
            'type': 'raw',
            'is_management_address': True,
            'group_binds': ['all_containers', 'hosts'],
        },
        {
            **attached,
            'container_bridge': 'br-vxlan',
            'container_interface': 'eth10',
            'container_mtu': '9000',
            'ip_from_q': 'tunnel',
            'type': 'geneve',
            'range': '1:1000',
            'net_name': 'geneve',
            'group_binds': ['neutron_ovn_controller'],
        },
        {
            **attached,
            'container_bridge': 'br-vlan',
            'container_interface': 'eth11',
            'type': 'vlan',
            'range': '101:200,301:400',
            'net_name': 'physnet1',
            'group_binds': ['neutron_ovn_controller'],
        },
        {
            **attached,
            'container_bridge': 'br-storage',
            'container_interface': 'eth2',
            'container_mtu': '9000',
            'ip_from_q': 'storage',
            'type': 'raw',
            'group_binds': ['glance_api', 'cinder_api', 'cinder_volume', 'nova_compute'],
        },
    ]


def _storage_machine(number: int) -> tuple[str, dict[str, t.Any]]:
    backend = {
        'volume_backend_name': 'LVM',
        'volume_driver': 'cinder.volume.drivers.lvm.LVMVolumeDriver',
        'volume_group': 'cinder-volumes',
        'iscsi_ip_address': '{{ cinder_storage_address }}',
    }
    backends = {'limit_container_types': 'cinder_volume', 'lvm': backend}
    address = str(_MANAGEMENT[31 + number])
    return f'storage{number + 1}', {'ip': address, 'container_vars': {'cinder_backends': backends}}


def _compute(number: int) -> tuple[str, dict[str, t.Any]]:
    """A compute; every second one has variables of its own, every tenth also variables for its containers."""
    entry: dict[str, t.Any] = {'ip': str(_MANAGEMENT[_FIRST_COMPUTE + number])}
    if number % 2:
        rack = f'rack{number // _RACK:04}'
        entry['host_vars'] = {
            'rack': rack,
            'nova_cpu_allocation_ratio': 4.0,
            'nova_reserved_host_memory_mb': 16384,
            'nova_host_aggregates': [f'aggregate-{rack}', 'general'],
        }
    if not number % 10:
        entry['container_vars'] = {
            'neutron_bridge_mappings': {'physnet1': 'br-vlan', 'physnet2': 'br-ext'},
            'neutron_local_ip': '{{ tunnel_address }}',
        }
    return f'compute{number + 1:05}', entry
