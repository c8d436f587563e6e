# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions for playbooks have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that every action shares."""

    DOCUMENTATION = r"""
options:
  source:
    description:
      - The inventory source, a file such as C(osa.yml), or a directory that has one.
      - By default the first of Ansible's own inventory sources that is one of P(osa.inventory.osa#inventory), so the
        one that was given with C(-i) or that C(ansible.cfg) names.
      - A relative path starts at the current directory.
    type: path
attributes:
  check_mode:
    support: full
  platform:
    platforms: posix
    support: full
  action:
    support: full
  async:
    support: none
  become:
    support: none
  bypass_host_loop:
    support: none
  connection:
    support: none
  delegation:
    support: none
notes:
  - It runs on the controller, as the user who runs Ansible, and needs no connection and no inventory. In a play over
    several hosts, give the task C(run_once=true).
"""

    CHANGE = r"""
options:
  message:
    description:
      - Why, for the history. By default what is done to what.
    type: str
  lock_id:
    description:
      - The lock under which you work, if you hold one.
    type: str
attributes:
  diff_mode:
    support: full
    details: Has a line for each host, variable and member of a group that differs, with its value. Where variables
      must not be seen, give the task C(diff=false).
notes:
  - Nothing is changed in the inventory of the running play, which Ansible read before. Give it the task
    C(ansible.builtin.meta) with C(refresh_inventory) to let Ansible read it again. That is a run of the inventory
    plugin, so what is still configured comes back, under new names.
"""
