# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an inventory source of this collection."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that everything shares which reads an inventory source."""

    DOCUMENTATION = r"""
options:
  plugin:
    description:
      - Marks the file as an inventory source of this plugin.
    type: str
    required: true
    choices: [osa.inventory.osa]
  config_dir:
    description:
      - The directory with the deployment description, C(openstack_user_config.yml), C(conf.d/) and C(env.d/).
      - By default the directory of the inventory source, if it holds C(openstack_user_config.yml) or C(conf.d/),
        otherwise C(/etc/openstack_deploy).
      - In the inventory source, a relative path starts at the directory of the source.
    type: path
    env:
      - name: OSA_CONFIG_DIR
      - name: OSA_INVENTORY_CONFIG_DIR
    ini:
      - section: osa_inventory
        key: config_dir
    vars:
      - name: osa_inventory_config_dir
  environment_dir:
    description:
      - The directory with the base environment, an C(env.d/) that the one of the deployment is merged over.
      - By default C(/opt/openstack-ansible/inventory) if it is there, otherwise the environment that comes with this
        collection.
    type: path
    env:
      - name: OSA_INVENTORY_ENVIRONMENT_DIR
    ini:
      - section: osa_inventory
        key: environment_dir
    vars:
      - name: osa_inventory_environment_dir
  storage:
    description:
      - Where the generated inventory is kept.
      - The name of a storage, or a mapping with the name as C(class) and the options of that storage.
      - V(file) keeps C(openstack_inventory.json) in O(config_dir), as OpenStack-Ansible does. V(none) keeps nothing.
      - A class of another collection is named V(namespace.collection.name), one of a Python package
        V(package.module:Class) or by its entry point in the group C(osa.inventory.storage).
      - Options of a storage can also be given as environment variables C(OSA_INVENTORY_<STORAGE>_<OPTION>).
    type: raw
    default: file
    env:
      - name: OSA_INVENTORY_STORAGE
    ini:
      - section: osa_inventory
        key: storage
    vars:
      - name: osa_inventory_storage
  tenant:
    description:
      - Which deployments of a shared storage this one belongs to. With O(region), names one inventory in it.
    type: str
    default: default
    env:
      - name: OSA_INVENTORY_TENANT
    ini:
      - section: osa_inventory
        key: tenant
    vars:
      - name: osa_inventory_tenant
  region:
    description:
      - Which inventory of the O(tenant) this one is.
    type: str
    default: default
    env:
      - name: OSA_INVENTORY_REGION
    ini:
      - section: osa_inventory
        key: region
    vars:
      - name: osa_inventory_region
  persist:
    description:
      - V(auto) stores the inventory when it changed. Without the right to write, a run that changes nothing works, and
        one that would change something fails.
      - V(never) writes no file at all. Names and addresses that are drawn hold for this run only; a warning counts
        them.
    type: str
    choices: [auto, never]
    default: auto
    env:
      - name: OSA_INVENTORY_PERSIST
    ini:
      - section: osa_inventory
        key: persist
    vars:
      - name: osa_inventory_persist
  container_naming:
    description:
      - How the suffix of a new container's name comes about.
      - V(random) draws it. V(stable) derives it from O(naming_seed), the host and the container group, so that the same
        deployment always gets the same names, even when every stored copy is lost.
      - Names that are stored never change.
    type: str
    choices: [random, stable]
    default: random
    env:
      - name: OSA_INVENTORY_CONTAINER_NAMING
    ini:
      - section: osa_inventory
        key: container_naming
    vars:
      - name: osa_inventory_container_naming
  address_allocation:
    description:
      - How a new address is chosen among the free ones of a network.
      - V(random) draws it. V(stable) derives it from O(naming_seed), the network and the host.
      - Addresses that are stored never change.
    type: str
    choices: [random, stable]
    default: random
    env:
      - name: OSA_INVENTORY_ADDRESS_ALLOCATION
    ini:
      - section: osa_inventory
        key: address_allocation
    vars:
      - name: osa_inventory_address_allocation
  naming_seed:
    description:
      - What V(stable) names and addresses are derived from. Two deployments with the same seed and the same host names
        get the same names.
      - By default O(tenant) and O(region), as V(tenant/region).
    type: str
    env:
      - name: OSA_INVENTORY_NAMING_SEED
    ini:
      - section: osa_inventory
        key: naming_seed
    vars:
      - name: osa_inventory_naming_seed
  stored_connection_variables:
    description:
      - Names of variables that Ansible gets from the storage although they decide how it connects, and although the
        configuration does not give them.
      - Without it, variables such as C(ansible_connection), C(ansible_ssh_common_args) or C(ansible_become_exe) that
        are only stored stay stored and are not handed to Ansible, with a warning that names them. This concerns all
        names that begin with C(ansible_), besides C(ansible_host), C(container_user) and C(physical_host_addrs), and
        the names that Ansible keeps for itself, such as C(inventory_dir), C(role_path) or C(lookup).
      - Anyone who can write to the storage decides about the variables that are named here.
    type: list
    elements: str
    default: []
    env:
      - name: OSA_INVENTORY_STORED_CONNECTION_VARIABLES
    ini:
      - section: osa_inventory
        key: stored_connection_variables
    vars:
      - name: osa_inventory_stored_connection_variables
  strict:
    description:
      - If V(true), an expression of O(compose), O(groups) or O(keyed_groups) that fails is an error; otherwise it is
        passed over for that host.
    type: bool
    default: false
    env:
      - name: OSA_INVENTORY_STRICT
    ini:
      - section: osa_inventory
        key: strict
    vars:
      - name: osa_inventory_strict
  use_extra_vars:
    description:
      - Let the expressions of O(compose) see extra variables, with the highest precedence.
    type: bool
    default: false
    env:
      - name: ANSIBLE_INVENTORY_USE_EXTRA_VARS
      - name: OSA_INVENTORY_USE_EXTRA_VARS
    ini:
      - section: inventory_plugins
        key: use_extra_vars
      - section: osa_inventory
        key: use_extra_vars
    vars:
      - name: osa_inventory_use_extra_vars
  leading_separator:
    description:
      - If V(false), the name of a keyed group without a prefix does not begin with the separator.
    type: bool
    default: true
    env:
      - name: OSA_INVENTORY_LEADING_SEPARATOR
    ini:
      - section: osa_inventory
        key: leading_separator
    vars:
      - name: osa_inventory_leading_separator
"""
