# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name, which does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host
short_description: Remove hosts from the inventory of an OpenStack-Ansible deployment
description:
  - Takes physical hosts and containers out of the stored inventory and out of all its groups.
  - The containers of the hosts are named on the screen before anything happens, and in the result.
  - Nothing is done to the machines themselves.
version_added: 0.1.0
author:
  - osa.inventory contributors (@osa-inventory)
options:
  name:
    description:
      - The hosts or containers.
      - One that is not in the inventory is an error that names the nearest one, and nothing is removed.
    type: list
    elements: str
    required: true
  state:
    description:
      - What is to become of them.
    type: str
    choices: [absent]
    required: true
  with_containers:
    description:
      - Whether the containers of the hosts also go. Otherwise they stay, with a warning.
    type: bool
    default: false
notes:
  - A host that is still configured is removed, with a warning, and the next run of the inventory adds it again.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - osa.inventory.actions
  - osa.inventory.actions.change
seealso:
  - module: osa.inventory.info
  - module: osa.inventory.group
"""

EXAMPLES = r"""
- name: See what would go with a dead controller
  osa.inventory.host:
    name: infra2
    state: absent
    with_containers: true
  check_mode: true
  register: preview

- name: Remove it
  osa.inventory.host:
    name: infra2
    state: absent
    with_containers: true
    message: infra2 burnt down

- name: Let the next run make a container anew
  osa.inventory.host:
    name: infra1-galera-container-1a2b3c4d
    state: absent
  register: removed

- name: Go on with the changed inventory
  ansible.builtin.meta: refresh_inventory
  when: removed is changed
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
  sample: 1 removed host
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
    - detail: ""
      kind: removed host
      name: infra2
containers:
  description: For each of the hosts that has containers, the names of these, whether they go or stay.
  returned: success
  type: dict
  sample:
    infra2:
      - infra2-galera-container-23c2a073
      - infra2-glance-container-640d84c8
"""
