# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name, which does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: state
short_description: Restore, copy or drop kept states of the inventory of an OpenStack-Ansible deployment
description:
  - Stores an older state again, as a new serial; history is never rewritten.
  - Or copies all kept states to another storage, with their accounts.
  - Or drops old states.
version_added: 0.1.0
author:
  - osa.inventory contributors (@osa-inventory)
options:
  state:
    description:
      - V(restored) stores the state O(serial) again, also where the newest one is lost or damaged.
      - V(migrated) copies the kept states that the storage of the inventory source O(to) does not have, and verifies
        all of them there. It goes on where an interrupted one ended. The storage that is copied from is only read.
      - V(pruned) drops all but the newest state and O(keep) older ones.
    type: str
    choices: [restored, migrated, pruned]
    required: true
  serial:
    description:
      - The state to restore, a serial of the history.
      - Required with O(state=restored), and only for it.
    type: int
  to:
    description:
      - An inventory source that names the storage to copy to. A relative path starts at the current directory.
      - Required with O(state=migrated), and only for it.
    type: path
  keep:
    description:
      - How many older states to keep with O(state=pruned), by default as many as the storage keeps anyway.
      - How many older states to copy at most with O(state=migrated), by default all.
    type: int
notes:
  - O(message) is for O(state=restored) only. O(lock_id) is not for O(state=migrated), which a lock on the storage that
    is copied to always stops.
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
- name: Go back to what was stored before
  osa.inventory.state:
    state: restored
    serial: 11
    message: the change of yesterday was a mistake

- name: See what would be copied to another storage
  osa.inventory.state:
    state: migrated
    to: /etc/openstack_deploy/osa-sql.yml
  check_mode: true

- name: Copy it
  osa.inventory.state:
    state: migrated
    to: /etc/openstack_deploy/osa-sql.yml

- name: Drop all but the newest state and five older ones
  osa.inventory.state:
    state: pruned
    keep: 5
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
  returned: with O(state=restored)
  type: int
  sample: 2
summary:
  description: What was changed, or would be in check mode, in numbers.
  returned: success
  type: str
  sample: 1 host
changes:
  description: What was changed, or would be in check mode.
  returned: with O(state=restored)
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
      kind: host
      name: infra2
copied:
  description: The accounts of the states that were copied, or would be in check mode, oldest first.
  returned: with O(state=migrated)
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
target:
  description: Where they were copied to.
  returned: with O(state=migrated)
  type: str
  sample: postgresql://db.example.com/osa
dropped:
  description: The accounts of the states that were dropped, or would be in check mode, newest first.
  returned: with O(state=pruned)
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
"""
