# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inputs that go wrong in practice, and what must come of each: the cases of `tests/data/badinputs`."""

from __future__ import annotations

import bisect
import dataclasses
import enum
import pathlib
import shutil

DATA = pathlib.Path(__file__).resolve().parents[1] / 'data' / 'badinputs'


class Outcome(enum.Enum):
    """What becomes of an input."""

    REFUSED = 'error'
    WARNED = 'accept with warning'
    ACCEPTED = 'accept'


@dataclasses.dataclass(frozen=True)
class Case:
    """One input.

    name: of its directory. kind: what is wrong, in words. place: `file:line:column` of the error or warning, the file
    below the configuration directory; '' where there is none. fragment: what the message has.
    """

    name: str
    kind: str
    outcome: Outcome
    place: str
    fragment: str

    @property
    def directory(self) -> pathlib.Path:
        """The configuration directory; never to be used itself, as runs write there."""
        return DATA / self.name

    def copy(self, directory: pathlib.Path) -> pathlib.Path:
        """A copy of the configuration directory with an inventory source in it; returns the source."""
        shutil.copytree(self.directory, directory, ignore=shutil.ignore_patterns('expect.txt'))
        source = directory / 'osa.yml'
        source.write_text('plugin: osa.inventory.osa\nconfig_dir: .\n')
        return source


_KINDS = {
    1: 'empty or misshapen files',
    7: 'YAML and encodings',
    20: 'files and merging',
    31: 'names of groups',
    41: 'settings of hosts',
    65: 'names of hosts',
    74: 'networks',
    86: 'used addresses',
    94: 'provider networks',
    113: 'values that are not JSON',
    119: 'environment',
    137: 'stored inventory',
}
"""Number of the first case -> what is wrong with it and those that follow."""

OF_THE_GENERATOR = {
    '061-affinity-huge',
    '083-cidr-exhausted',
    '085-cidr-changed',
    '104-group-binds-unknown',
    '106-reference-group-unknown',
    '134-env-nest-without-hosts',
}
"""Cases whose error or warning needs the groups and addresses of the inventory; for the checks here they are sound."""

_PLACES = {
    '001-empty-dir': ('', 'openstack_user_config.yml'),
    '002-empty-user-config': ('', 'openstack_user_config.yml'),
    '004-top-level-list': ('openstack_user_config.yml:1:1', 'a list instead of a mapping'),
    '005-top-level-scalar': ('openstack_user_config.yml:1:1', 'text instead of a mapping'),
    '007-unclosed-quote': ('openstack_user_config.yml:24:12', 'not valid YAML'),
    '008-two-documents': ('openstack_user_config.yml:23:1', 'more than one YAML document'),
    '010-duplicate-host-key': (
        'openstack_user_config.yml:25:3',
        "'compute_hosts.c1' is given twice, in line 24 and in line 25",
    ),
    '011-undefined-alias': ('openstack_user_config.yml:23:16', "'*nope'"),
    '014-billion-laughs': ('openstack_user_config.yml:15:42', 'add up to more than'),
    '016-latin1-byte': ('openstack_user_config.yml:23:6', 'byte 0xe9 at offset 522'),
    '017-nul-bytes': ('openstack_user_config.yml:23:1', 'control character U+0000'),
    '020-config-is-a-directory': ('openstack_user_config.yml:1:1', 'is a directory'),
    '022-confd-list': ('conf.d/list.yml:1:1', 'a list instead of a mapping'),
    '026-confd-type-clash': ('conf.d/k.yml:1:11', "'used_ips' is a mapping here and a list in"),
    '031-int-top-key': ('openstack_user_config.yml:23:1', '5 (a whole number)'),
    '032-bool-host-name': ('openstack_user_config.yml:24:3', "'compute_hosts' has a host with the name false"),
    '037-lxc-hosts-null': ('openstack_user_config.yml:23:1', "'lxc_hosts' is generated"),
    '040-group-string': ('openstack_user_config.yml:23:16', "'compute_hosts' is the text 'c1' instead of a mapping"),
    '041-host-null': ('openstack_user_config.yml:24:3', "'compute_hosts.c1' has no settings: 'ip' is missing"),
    '043-host-no-ip': ('openstack_user_config.yml:24:3', "'compute_hosts.c1' cannot be reached: 'ip' is missing"),
    '044-host-ip-not-ip': ('openstack_user_config.yml:25:9', "'compute_hosts.c1.ip' is 'not-an-ip'"),
    '046-host-ip-int': ('openstack_user_config.yml:25:9', "'compute_hosts.c1.ip' is 17 (a whole number)"),
    '047-host-ip-cidr': ('openstack_user_config.yml:25:9', "'172.29.236.21/22', which has a prefix length"),
    '049-same-ip-two-hosts': ('openstack_user_config.yml:28:9', "172.29.236.21 is given to two hosts: to 'c1'"),
    '050-host-two-ips': ('openstack_user_config.yml:25:9', "'infra1' has 172.29.236.11 in 'identity_hosts.infra1.ip'"),
    '053-host-vars-list': ('openstack_user_config.yml:27:5', "'compute_hosts.c1.host_vars' is a list"),
    '055-limit-types-list': ('openstack_user_config.yml:26:9', 'container_vars.x.limit_container_types'),
    '059-affinity-string-number': (
        'openstack_user_config.yml:24:27',
        'identity_hosts.infra1.affinity.keystone_container',
    ),
    '065-long-host-name': ('openstack_user_config.yml:21:3', "and container group 'keystone_container'"),
    '067-host-name-space': ('openstack_user_config.yml:21:3', "'infra 1'"),
    '068-host-name-newline': ('openstack_user_config.yml:21:5', "'infra\\n1'"),
    '074-no-cidr-networks': ('openstack_user_config.yml:1:1', "'cidr_networks' is missing"),
    '076-cidr-bad': ('openstack_user_config.yml:2:15', "'cidr_networks.management' is 'foo' instead of a network"),
    '077-cidr-prefix-33': ('openstack_user_config.yml:2:15', "'172.29.236.0/33'"),
    '079-cidr-no-prefix': ('openstack_user_config.yml:2:15', "'172.29.236.0', which has no prefix length"),
    '080-cidr-list': ('openstack_user_config.yml:3:3', "'cidr_networks.management' is a list"),
    '086-used-ips-string': ('openstack_user_config.yml:3:11', "'used_ips' is the text"),
    '088-used-ips-reversed': ('openstack_user_config.yml:4:3', "'used_ips[0]'"),
    '091-used-ips-int': ('openstack_user_config.yml:4:3', "'used_ips[0]' is 5"),
    '092-used-ips-garbage': ('openstack_user_config.yml:4:3', "'used_ips[0]' contains 'garbage'"),
    '094-no-global-overrides': ('openstack_user_config.yml:1:1', "'global_overrides' is missing"),
    '095-global-overrides-null': ('openstack_user_config.yml:5:19', "'global_overrides' is empty"),
    '097-provider-networks-null': ('openstack_user_config.yml:9:22', "provider_networks' is empty"),
    '098-provider-networks-dict': (
        'openstack_user_config.yml:10:5',
        "provider_networks' is a mapping instead of a list",
    ),
    '100-provider-network-null': ('openstack_user_config.yml:20:5', "'provider_networks[1]' is empty"),
    '101-unknown-queue': ('openstack_user_config.yml:24:18', "'provider_networks[1].ip_from_q' is 'nosuch'"),
    '103-group-binds-string': ('openstack_user_config.yml:26:20', "'provider_networks[1].group_binds' is the text"),
    '107-static-route-no-gateway': ('openstack_user_config.yml:29:9', "static_routes[0]' has no 'gateway'"),
    '109-static-route-null-item': ('openstack_user_config.yml:29:9', "static_routes[0]' is empty"),
    '110-mgmt-flag-false': ('openstack_user_config.yml:19:30', "on the management bridge 'br-mgmt'"),
    '112-no-management-net': ('openstack_user_config.yml:1:1', 'no management network'),
    '116-override-nan': ('openstack_user_config.yml:9:6', "'global_overrides.x' is nan"),
    '118-override-set': ('openstack_user_config.yml:9:6', "'global_overrides.x' is a set"),
    '119-env-bad-yaml': ('env.d/x.yml:1:18', 'not valid YAML'),
    '122-env-null-component': ('env.d/x.yml:2:3', "'component_skel.foo' is empty: 'belongs_to' is missing"),
    '125-env-no-belongs-to': ('env.d/x.yml:2:3', "'physical_skel.foo_hosts' has no 'belongs_to'"),
    '130-env-self-parent': ('env.d/x.yml:2:3', "'a_all' belongs to itself"),
    '133-env-is-metal-string': ('env.d/x.yml:1:62', "keystone_container.properties.is_metal' is the text 'false'"),
    '029-confd-conflicting-scalars': ('conf.d/c.yml:1:25', "'global_overrides.who' is set differently in"),
    '034-unknown-group': ('openstack_user_config.yml:23:1', "'compute_hots' is not used"),
    '035-unknown-hosts-group': ('openstack_user_config.yml:23:1', "'log_hosts' is not a group of the environment"),
    '056-limit-types-top-level': ('openstack_user_config.yml:24:7', 'container_vars.limit_container_types'),
    '073-host-case-clash': ('openstack_user_config.yml:23:3', "'infra1' and 'Infra1' differ only by case"),
    '121-env-null-section': ('env.d/x.yml:1:16', "'component_skel' is empty here and so replaces all"),
    '127-env-contains-unknown': ('env.d/x.yml:2:64', "'container_skel.foo_container.contains' has 'nosuch'"),
    '128-env-unknown-section': ('env.d/x.yml:1:1', "'contianer_skel' of the environment is not known"),
    '131-env-component-in-host-group': ('env.d/x.yml:2:3', "'component_skel.foo' belongs to 'identity_hosts'"),
    '061-affinity-huge': ('openstack_user_config.yml:21:3', "Affinity 100000 of 'identity_hosts.infra1' for"),
    '083-cidr-exhausted': ('openstack_user_config.yml:2:15', '1 needed, 0 left of 2'),
    '085-cidr-changed': ('openstack_user_config.yml:2:15', "outside network 'management' (10.9.0.0/24)"),
    '104-group-binds-unknown': ('openstack_user_config.yml:27:7', "group_binds: 'keystne' is not a group"),
    '106-reference-group-unknown': ('openstack_user_config.yml:28:24', "reference_group: 'nope' is not a group"),
    '134-env-nest-without-hosts': ('env.d/x.yml:4:3', "there is no group 'az1_hosts'"),
    '137-inv-truncated': ('openstack_inventory.json:1:11', 'it ends before what starts here is closed'),
    '139-inv-garbage': ('openstack_inventory.json:1:1', 'not valid JSON'),
    '142-inv-empty-object': ('', "it has no '_meta' with 'hostvars' in it"),
    '143-inv-null': ('openstack_inventory.json:1:1', 'contains null instead of an object'),
    '145-inv-group-without-hostvars': ('', "group 'keystone' names 'ghost', which has no hostvars"),
    '148-inv-is-directory': ('', "openstack_inventory.json' is a directory"),
    '151-stale-group-removed': ('', "Host 'c1' is no longer configured"),
    '152-stale-controller-removed': (
        '',
        "Host 'infra2' is no longer configured, and kept in the inventory with 1 container",
    ),
}
"""Where each error and warning stands, and what its message has."""

_LEFT_OPEN = {
    '118-override-set': Outcome.REFUSED,
    '142-inv-empty-object': Outcome.REFUSED,
}
"""What is done where the expectation leaves a choice, unless it is accepted."""


def _case(name: str) -> Case:
    expectation = (DATA / name / 'expect.txt').read_text('utf-8').strip()
    head = expectation.partition(':')[0]
    outcome = _LEFT_OPEN.get(name) or next(each for each in Outcome if head.startswith(each.value))
    first = list(_KINDS)
    kind = _KINDS[first[bisect.bisect(first, int(name[:3])) - 1]]
    return Case(name, kind, outcome, *_PLACES.get(name, ('', '')))


CASES = {name: _case(name) for name in sorted(path.name for path in DATA.iterdir() if path.is_dir())}
"""All of them by name."""
