# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin: options in, hosts and groups out."""

from __future__ import annotations

DOCUMENTATION = r"""
name: osa
short_description: OpenStack-Ansible deployments as inventory
version_added: 0.1.0
author:
  - osa.inventory contributors (@osa-inventory)
description:
  - Turns the description of an OpenStack-Ansible deployment, C(openstack_user_config.yml), C(conf.d/) and C(env.d/),
    into hosts, groups and variables, and keeps the names and addresses that it draws in a storage.
  - Takes the place of the script C(dynamic_inventory.py), and goes on from the C(openstack_inventory.json) that the
    script wrote.
  - Any file whose name ends in C(.yml) or C(.yaml) and whose key O(plugin) is V(osa.inventory.osa) is an inventory
    source.
notes:
  - Options that the inventory source leaves out are looked up in extra variables, then in the environment, then in
    C(ansible.cfg). Values in the source may be templates, lookups and vaulted text.
  - Set C(any_unparsed_is_failed = true) in the section C([inventory]) of C(ansible.cfg). Otherwise Ansible goes on
    without any host after an error in an inventory source.
  - Every run writes what it changed, also C(ansible-inventory --list) and plays with C(--check), unless
    O(persist=never).
  - Only text of the configuration can be a template. What comes from the storage and looks like one stays plain text,
    with a warning.
  - Variables that decide how Ansible connects count only as the configuration gives them, see
    O(stored_connection_variables).
  - The inventory cache holds what a storage other than V(file) gave, so that an unchanged run need not ask it. It is
    not used with O(persist=never).
extends_documentation_fragment:
  - osa.inventory.source
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
"""

EXAMPLES = r"""
---
# The deployment is described in the directory of this file, or otherwise in /etc/openstack_deploy.
plugin: osa.inventory.osa

---
# A deployment elsewhere, on a machine with a checkout of OpenStack-Ansible in an unusual place.
plugin: osa.inventory.osa
config_dir: /srv/clouds/north
environment_dir: "{{ lookup('ansible.builtin.env', 'OSA_CHECKOUT', default='/srv/openstack-ansible') }}/inventory"

---
# Names and addresses that can be derived again when the stored inventory is lost.
plugin: osa.inventory.osa
container_naming: stable
address_allocation: stable
naming_seed: north

---
# The inventory is kept in another directory than the configuration, with the last fifty states.
plugin: osa.inventory.osa
storage:
  class: file
  path: state/openstack_inventory.json
  keep: 50

---
# For a pipeline that only looks: nothing is written.
plugin: osa.inventory.osa
persist: never

---
# More groups and variables; they are made anew in each run and never stored.
plugin: osa.inventory.osa
strict: true
compose:
  console_url: "'https://consoles.example.com/' ~ physical_host"
groups:
  containers: physical_host != inventory_hostname
keyed_groups:
  - key: physical_host
    prefix: on
    separator: "_"
"""

# ruff: noqa: E402
# Ansible's convention is documentation first.
import contextlib
import time
import typing as t

from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.vars import combine_vars

from ..module_utils.configuration.model import Deployment
from ..module_utils.storage.contract import Local, capability
from ..module_utils.storage.driver.states import States
from ..plugin_utils.errors import as_ansible_errors, warn
from ..plugin_utils.run.cache import CachedInventory, Identity
from ..plugin_utils.run.connection_variables import hand_over
from ..plugin_utils.run.fill import all_or_nothing, check, check_constructed, fill, shadows
from ..plugin_utils.run.report import planted, report, withheld
from ..plugin_utils.run.run import Run, run
from ..plugin_utils.run.trust import TrustRule
from ..plugin_utils.source.options import CONSTRUCTED, NAME, Source, read_source, refusal


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # Ansible has no types
    """The inventory of an OpenStack-Ansible deployment."""

    NAME = NAME
    # `trusted_by_default` stays False: `plugin_utils/run/trust.py` decides value by value what may be a template.

    def verify_file(self, path: str) -> bool:
        """Whether the file is an inventory source of ours; says why not at -v."""
        if not super().verify_file(path):
            return False
        reason = refusal(path)
        if reason:
            self.display.v(f'{NAME} does not take {path}: {reason}.')
        return not reason

    def parse(self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True) -> None:
        """Add the hosts, groups and variables of the deployment to `inventory`; all of them, or raise AnsibleError."""
        started = time.monotonic()
        super().parse(inventory, loader, path, cache)
        source = read_source(self, path, self._vars)
        with as_ansible_errors(loader):
            outcome = self._run(source, cache)
            rule = TrustRule(loader)
            shown, held_back = hand_over(
                outcome.result.inventory, outcome.deployment.configuration, source.stored_connection_variables
            )
            with self._undone_on_failure():
                hosts = fill(shown, inventory, rule)
                self.construct(hosts)
        for notice in (*outcome.result.warnings, *shadows(shown)):
            warn(notice, loader)
        if held_back:
            warn(withheld(held_back), loader)
        if rule.planted:
            warn(planted(rule.planted), loader)
        report(outcome, len(hosts), 1000 * (time.monotonic() - started))

    def _run(self, source: Source, may_read_cache: bool) -> Run:
        """Generate and store the inventory."""
        deployment = source.deployment()
        store = source.open_store()
        cache = self._cached_inventory(source, deployment, store.states, may_read_cache)
        return run(source, deployment, store, lambda inventory: check(inventory, self.inventory), cache)

    def _cached_inventory(
        self, source: Source, deployment: Deployment, states: States, readable: bool
    ) -> CachedInventory | None:
        """The place in Ansible's cache; None where it is off, or there is no use for it."""
        useful = states.kept and capability(states.storage, Local) is None
        if not self.get_option('cache') or not useful or source.persist == 'never':
            return None
        identity = Identity(source.path, states.describe(), f'{source.tenant}/{source.region}', deployment.digest)
        return CachedInventory(self, identity, readable, states.codec.cipher)

    def _undone_on_failure(self) -> contextlib.AbstractContextManager[None]:
        """Filling alone is sure to succeed after `check`; expressions of the source may fail."""
        constructing = any(self.get_option(name) for name in CONSTRUCTED)
        return all_or_nothing(self.inventory) if constructing else contextlib.nullcontext()

    def construct(self, hosts: t.Iterable[str]) -> None:
        """Apply `compose`, `groups` and `keyed_groups` to these hosts of `self.inventory`. Raises InventoryError."""
        compose, groups, keyed_groups = map(self.get_option, CONSTRUCTED)
        if not (compose or groups or keyed_groups):
            return
        strict = self.get_option('strict')
        before = set(self.inventory.groups)
        for host in hosts:
            self._set_composite_vars(compose, self._variables(host), host, strict)
            variables = self._variables(host)
            self._add_host_to_composed_groups(groups, variables, host, strict, fetch_hostvars=False)
            self._add_host_to_keyed_groups(keyed_groups, variables, host, strict, fetch_hostvars=False)
        check_constructed(self.inventory.groups.keys() - before)

    def _variables(self, host: str) -> dict[str, t.Any]:
        """What expressions see: the global variables of the deployment and those of the host."""
        everywhere, own = self.inventory.groups['all'].get_vars(), self.inventory.hosts[host].get_vars()
        combined: dict[str, t.Any] = combine_vars(everywhere, own)
        return combined
