# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole deployments: what the conformance cases and the inputs that go wrong in practice come to."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import load_deployment
from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import Deployment
from ansible_collections.osa.inventory.plugins.module_utils.errors import (
    ConfigurationError,
    StorageError,
)
from ansible_collections.osa.inventory.plugins.module_utils.places import (
    ConfiguredTemplate,
    ConfiguredVault,
    Place,
    PlacedDict,
    PlacedList,
)

DATA = pathlib.Path(__file__).resolve().parents[2] / 'data'
CONFORMANCE = sorted(path.parent.name for path in DATA.glob('conformance/*/config'))
BAD_INPUTS = sorted(path.name for path in DATA.glob('badinputs/*/'))

OF_THE_GENERATOR = {
    '061-affinity-huge',
    '083-cidr-exhausted',
    '085-cidr-changed',
    '104-group-binds-unknown',
    '106-reference-group-unknown',
    '134-env-nest-without-hosts',
}
"""Cases whose error or warning needs the groups and addresses of the inventory; for the checks here they are sound."""


def of_the_configuration(name: str) -> bool:
    """Whether a case is decided here: those with a stored inventory begin with 137."""
    return name not in OF_THE_GENERATOR and int(name[:3]) < 137


def expectation(name: str) -> str:
    return (DATA / 'badinputs' / name / 'expect.txt').read_text('utf-8').strip()


def load_bad_input(name: str, environment_dir: str) -> Deployment:
    return load_deployment(str(DATA / 'badinputs' / name), environment_dir)


PLACES = {
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
}
"""Where each error and warning stands, and what its message has."""


@pytest.mark.parametrize('name', [name for name in BAD_INPUTS if of_the_configuration(name)])
def test_an_input_that_goes_wrong_in_practice_is_refused_or_accepted_as_expected(
    name: str, environment_dir: str
) -> None:
    if expectation(name).startswith('error'):
        with pytest.raises(ConfigurationError) as caught:
            load_bad_input(name, environment_dir)
        found = [caught.value]
    else:
        found = list(load_bad_input(name, environment_dir).warnings)
    place, fragment = PLACES.get(name, ('', ''))
    assert [str(each.place or '').removeprefix(f'{DATA}/badinputs/{name}/') for each in found] == [place][: len(found)]
    assert len(found) == (name in PLACES) == ('error' in expectation(name)[:5] or 'warning' in expectation(name)[:19])
    assert all(fragment in each.message and each.help_text for each in found)


@pytest.mark.parametrize('name', [name for name in BAD_INPUTS if not of_the_configuration(name)])
def test_an_input_whose_fault_is_not_in_the_configuration_is_sound_here(name: str, environment_dir: str) -> None:
    assert load_bad_input(name, environment_dir).warnings == ()


WITH_WARNINGS = {
    '06-zones': 6,
    '17-merging': 3,
    '22-management-ip': 5,
    '28-vars': 2,
    '32-environment': 3,
}


@pytest.mark.parametrize('name', CONFORMANCE)
def test_the_conformance_cases_are_sound(name: str, environment_dir: str) -> None:
    deployment = load_deployment(str(DATA / 'conformance' / name / 'config'), environment_dir)
    assert len(deployment.warnings) == WITH_WARNINGS.get(name, 0)
    assert all(notice.place and notice.help_text for notice in deployment.warnings)


def conformance(name: str, environment_dir: str) -> Deployment:
    return load_deployment(str(DATA / 'conformance' / name / 'config'), environment_dir)


def test_files_are_read_and_merged_in_their_order(environment_dir: str) -> None:
    deployment = conformance('10-many-files', environment_dir)
    names = [re.sub(r'.*/config/', '', file) for file in deployment.files]
    assert names[0] == 'openstack_user_config.yml' and names[-2] == 'conf.d/nested/compute.yml'
    assert names[1:-2] == sorted(names[1:-2])
    assert [pathlib.Path(path).name for path in deployment.skipped] == ['ignored.yml.example']
    assert deployment.configuration.global_overrides['external_lb_vip_address'] == 'later.example.org'


def test_the_host_groups_of_zones_are_those_of_their_merge_keys(environment_dir: str) -> None:
    groups = conformance('06-zones', environment_dir).configuration.host_groups
    assert list(groups['zone1_hosts']) == ['z1-hyp', 'z1-ctl']
    assert list(groups['compute_hosts']) == ['z1-hyp', 'z2-hyp', 'z3-hyp']


def test_dashed_names_are_spelled_as_the_environment_has_them(environment_dir: str) -> None:
    deployment = conformance('18-dashes', environment_dir)
    assert list(deployment.configuration.host_groups) == ['identity_hosts', 'storage_infra_hosts', 'my-own_hosts']
    network = deployment.configuration.provider_networks[1]
    assert network.reference_group == 'identity_hosts'
    assert network.group_binds == ('cinder_api', 'neutron_server', 'keystone')
    assert deployment.configuration.host_groups['identity_hosts']['a'].affinity == {'keystone_container': 2}


def test_networks_are_numbers_and_netmasks(environment_dir: str) -> None:
    networks = conformance('11-ipv6', environment_dir).configuration.networks
    management, tunnel = networks['management'], networks['tunnel']
    assert (management.version, management.last - management.first) == (6, 1023)
    assert management.netmask == 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:fc00'
    assert (tunnel.cidr, tunnel.version, tunnel.netmask) == ('10.20.4.0/22', 4, '255.255.252.0')


def test_provider_networks_keep_their_places(environment_dir: str) -> None:
    (network,) = conformance('34-exact-fit', environment_dir).configuration.provider_networks
    assert network.label == 'provider_networks[0]'
    assert (network.places[''].line, network.places['gateway'].line) == (9, 9)
    assert network.places['group_binds'].column > network.places[''].column


def test_a_vaulted_variable_stays_sealed_and_a_template_knows_its_place(environment_dir: str) -> None:
    sealed = load_bad_input('013-vault-tag', environment_dir).configuration.host_groups['identity_hosts']['infra1']
    assert isinstance(sealed.host_vars['some_secret'], ConfiguredVault)
    template = conformance('02-three-controllers', environment_dir).configuration.host_groups['storage_hosts']
    value = template['vol-1'].host_vars['cinder_storage_availability_zone']
    assert isinstance(value, ConfiguredTemplate) and isinstance(value.place, Place)


@pytest.mark.parametrize('name', CONFORMANCE)
def test_what_goes_into_the_inventory_is_plain_and_shared_by_no_two_hosts(name: str, environment_dir: str) -> None:
    deployment = conformance(name, environment_dir)
    configuration = deployment.configuration
    waiting: list[t.Any] = [configuration.global_overrides, deployment.source['environment']]
    waiting += [group.properties for group in deployment.environment.containers.values()]
    waiting += [network.static_routes for network in configuration.provider_networks]
    for hosts in configuration.host_groups.values():
        waiting += [variables for entry in hosts.values() for variables in (entry.host_vars, entry.container_vars)]
    own = [id(value) for value in waiting if value]
    assert len(own) == len(set(own))
    while waiting:
        value = waiting.pop()
        assert not isinstance(value, (PlacedDict, PlacedList))
        if isinstance(value, (dict, list)):
            waiting += [*value, *value.values()] if isinstance(value, dict) else value


def test_dates_and_keys_become_text(environment_dir: str) -> None:
    assert load_bad_input('113-override-date', environment_dir).configuration.global_overrides['when'] == '2024-01-01'
    assert load_bad_input('115-override-mixed-keys', environment_dir).configuration.global_overrides['m'] == {
        '100': 'a',
        'b': 'c',
    }


def test_the_digest_tells_configurations_apart_the_order_of_hosts_included(description: t.Any) -> None:
    text = 'cidr_networks: {management: 10.0.0.0/22}\nglobal_overrides: {provider_networks: []}\n'
    hosts = [
        'identity_hosts: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}\n',
        'identity_hosts: {b: {ip: 10.0.0.2}, a: {ip: 10.0.0.1}}\n',
    ]
    digests = [description.load(text + more).digest for more in (*hosts, f'{hosts[0]}# comment\n')]
    assert digests[0] == digests[2] != digests[1]
    assert re.fullmatch('[0-9a-f]{64}', digests[0])


def test_the_reader_given_is_asked_for_every_file_and_what_it_raises_goes_through(
    environment_dir: str,
) -> None:
    asked: list[str] = []

    def read(path: str) -> str:
        asked.append(path)
        return pathlib.Path(path).read_text('utf-8')

    directory = str(DATA / 'conformance' / '05-environment-overrides' / 'config')
    deployment = load_deployment(directory, environment_dir, read=read)
    assert tuple(asked) == deployment.files

    def refuse(path: str) -> str:
        raise StorageError(path)

    with pytest.raises(StorageError):
        load_deployment(directory, environment_dir, read=refuse)


def test_empty_files_are_fine_while_something_is_configured(description: t.Any) -> None:
    text = 'cidr_networks: {management: 10.0.0.0/22}\nglobal_overrides: {provider_networks: []}\n'
    assert description.errors({'openstack_user_config.yml': '', 'conf.d/a.yml': text, 'conf.d/b.yml': '---\n'}) == []
    assert description.errors({'conf.d/a.yml': '# later\n'}) == [
        "Nothing is configured: 'user', 'conf.d/a', 'conf.d/b' are empty."
    ]
