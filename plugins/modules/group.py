# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name, which does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: group
short_description: Remove groups from the inventory of an OpenStack-Ansible deployment
description:
  - Takes groups out of the stored inventory, and out of the groups that they are children of. Their hosts stay.
version_added: 0.1.0
author:
  - osa.inventory contributors (@osa-inventory)
options:
  name:
    description:
      - The groups.
      - One that is not in the inventory is an error that names the nearest one, and nothing is removed. So are V(all)
        and V(_meta).
    type: list
    elements: str
    required: true
  state:
    description:
      - What is to become of them.
    type: str
    choices: [absent]
    required: true
notes:
  - A group that configuration or environment define is made again by the next run of the inventory.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - osa.inventory.actions
  - osa.inventory.actions.change
seealso:
  - module: osa.inventory.info
  - module: osa.inventory.host
"""

EXAMPLES = r"""
- name: Remove groups that nothing defines any more
  osa.inventory.group:
    name:
      - old_hosts
      - old_all
    state: absent
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
  sample: 1 removed group
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
      kind: removed group
      name: old_hosts
"""
