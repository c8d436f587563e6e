# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name, which does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: export
short_description: Write the inventory of an OpenStack-Ansible deployment to files
description:
  - Writes a static inventory that Ansible reads to the same result, or an archive with everything about the newest
    state, on the controller.
  - Files and directories are for the user alone who runs Ansible. What is there already, to the byte, is left alone.
version_added: 0.1.0
author:
  - osa.inventory contributors (@osa-inventory)
options:
  dest:
    description:
      - Where to write it.
      - With O(form=static) a directory, which must be new or empty, or hold the same export already.
      - With O(form=bundle) a file, which is replaced. Its name ends in C(.tgz), C(.tar.gz) or C(.zip).
    type: path
    required: true
  form:
    description:
      - What to write. For JSON see the choices V(per_host) and V(inventory) of M(osa.inventory.info).
    type: str
    choices: [static, bundle]
    required: true
attributes:
  diff_mode:
    support: none
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.conn
  - ansible.builtin.action_common_attributes.flow
  - osa.inventory.actions
seealso:
  - module: osa.inventory.info
"""

EXAMPLES = r"""
- name: Keep a copy that Ansible reads without this collection
  osa.inventory.export:
    dest: /srv/backup/static
    form: static

- name: Keep everything in one archive
  osa.inventory.export:
    dest: /srv/backup/cloud.tgz
    form: bundle
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
dest:
  description: What was written.
  returned: success
  type: str
  sample: /srv/backup/static
files:
  description: The files of the static inventory, by their paths in it; none with O(form=bundle).
  returned: success
  type: list
  elements: str
  sample: [ansible.cfg, group_vars/all.yml, hosts.yml]
"""
