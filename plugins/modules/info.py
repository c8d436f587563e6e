# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name, which does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: info
short_description: Look up hosts, groups, networks and history of an OpenStack-Ansible deployment
description:
  - Gives what is stored of the inventory of a deployment, to be registered.
version_added: 0.1.0
author:
  - osa.inventory contributors (@osa-inventory)
options:
  gather:
    description:
      - What to look up.
      - V(networks) reads the configuration, which must be sound. V(history) is what the storage keeps.
      - V(per_host) and V(inventory) have all variables of all hosts, so they are large and are looked up only when
        asked for.
    type: list
    elements: str
    choices: [hosts, groups, containers, machines, networks, history, per_host, inventory]
    default: [hosts, groups, containers, machines, networks, history]
attributes:
  diff_mode:
    support: none
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - osa.inventory.actions
seealso:
  - module: osa.inventory.host
  - module: osa.inventory.group
  - module: osa.inventory.addresses
  - module: osa.inventory.state
"""

EXAMPLES = r"""
- name: Look up everything
  osa.inventory.info:
  register: deployment

- name: Say who has which address of the management network
  ansible.builtin.debug:
    msg: "{{ item.address }} {{ item.host }}"
  loop: "{{ (deployment.networks | selectattr('name', 'eq', 'management') | first).holdings }}"

- name: Look up the history of a deployment elsewhere
  osa.inventory.info:
    source: /srv/clouds/north/osa.yml
    gather: history
  register: north
"""

RETURN = r"""
source:
  description: The inventory source.
  returned: success
  type: str
  sample: /etc/openstack_deploy/osa.yml
storage:
  description: Where its inventory is kept.
  returned: success
  type: str
  sample: /etc/openstack_deploy/openstack_inventory.json
hosts:
  description: Every host and container, in the order of their names.
  returned: when gathered
  type: list
  elements: dict
  sample:
    - ansible_host: 172.29.236.101
      component: nova_compute
      container_name: compute1
      container_types: compute1_host_containers
      is_metal: true
      physical_host: compute1
      tunnel_address: null
groups:
  description: For each group that has hosts of its own, these.
  returned: when gathered
  type: dict
  sample:
    cinder_api:
      - infra1-cinder-api-container-10db62cf
      - infra2-cinder-api-container-fdd01166
      - infra3-cinder-api-container-5c283428
containers:
  description: For each host and container, the groups that it is in itself.
  returned: when gathered
  type: dict
  sample:
    infra1-cinder-api-container-10db62cf:
      - cinder_api
      - cinder_api_container
      - cinder_scheduler
      - infra1_host_containers
      - storage_infra_all
machines:
  description: Every physical host with its containers. One that is not C(known) is only named by its containers.
  returned: when gathered
  type: list
  elements: dict
  sample:
    - address: 172.29.236.11
      containers:
        - ansible_host: 172.29.239.230
          component: cinder_api
          container_name: infra1-cinder-api-container-10db62cf
          container_types: null
          is_metal: false
          physical_host: infra1
          tunnel_address: null
      known: true
      name: infra1
networks:
  description: Every network of the configuration, how many addresses it has, and who has which.
  returned: when gathered
  type: list
  elements: dict
  sample:
    - cidr: 172.29.244.0/22
      free: 963
      holdings:
        - address: 172.29.247.107
          host: infra1-glance-container-14e487e0
          key: storage_address
      name: storage
      reserved: 50
      size: 1022
      used: 9
history:
  description: The accounts of all kept states, newest first.
  returned: when gathered
  type: list
  elements: dict
  sample:
    - counts: {groups: 346, hosts: 51}
      format: 1
      input_digest: 84df94670b62e4fc664c6d3bd1fa40c52f732e52de7f3cf9f153310b348e4dfc
      lineage: de18c7cb-8e55-4f4e-a768-144b1c142988
      message: 345 groups, 5 hosts, 46 containers, 55 addresses
      parent: null
      serial: 1
      sha256: b384f770a84a1948f07aab9a4c69e37a7cf3863a0cc6e3287c03264d56bacc08
      write_id: ee759b85-d7a6-410e-b894-1419e068fd2b
      writer: root@deploy (pid 13378)
      written_at: "2026-11-21T09:32:57Z"
per_host:
  description: The variables and groups of each host, and the variables of all.
  returned: when gathered
  type: dict
  sample:
    all:
      vars:
        container_cidr: 172.29.236.0/22
    hosts:
      compute1:
        groups:
          - compute_hosts
          - nova_compute
        hostvars:
          ansible_host: 172.29.236.101
inventory:
  description: The complete inventory, as scripts for Ansible print it.
  returned: when gathered
  type: dict
  sample:
    _meta:
      hostvars:
        compute1:
          ansible_host: 172.29.236.101
    nova_compute:
      children: []
      hosts:
        - compute1
"""
