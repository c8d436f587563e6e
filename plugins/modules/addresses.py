# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name, which does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: addresses
short_description: Clear addresses of containers in the inventory of an OpenStack-Ansible deployment
description:
  - Takes the addresses from containers in the stored inventory, so that the next run of the inventory draws new ones.
  - Physical hosts keep theirs, as these are configured.
version_added: 0.1.0
author:
  - osa.inventory contributors (@osa-inventory)
options:
  state:
    description:
      - What is to become of the addresses.
    type: str
    choices: [cleared]
    required: true
  limit:
    description:
      - A shell pattern that the names of the containers must match.
      - One that matches no container is an error.
    type: str
    default: "*"
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - osa.inventory.actions
  - osa.inventory.actions.change
seealso:
  - module: osa.inventory.info
"""

EXAMPLES = r"""
- name: Let the next run draw new addresses for the containers of one host
  osa.inventory.addresses:
    state: cleared
    limit: infra1-*
    message: infra1 moved to another rack

- name: Draw them now
  ansible.builtin.meta: refresh_inventory
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
serial:
  description: The serial of the newest state, after the task. In check mode that of the state that is there.
  returned: success
  type: int
  sample: 2
summary:
  description: What was changed, or would be in check mode, in numbers.
  returned: success
  type: str
  sample: 2 cleared hosts
changes:
  description: What was changed, or would be in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: What happened.
      returned: always
      type: str
    name:
      description: The host or group that it happened to.
      returned: always
      type: str
    detail:
      description: The rest, or an empty text.
      returned: always
      type: str
  sample:
    - detail: ansible_host, container_networks, management_address
      kind: cleared host
      name: infra1-galera-container-5d349b28
    - detail: ansible_host, container_networks, management_address
      kind: cleared host
      name: infra1-glance-container-14e487e0
"""
