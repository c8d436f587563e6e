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
from ansible_collections.osa.inventory.plugins.module_utils.errors import ConfigurationError, StorageError
from ansible_collections.osa.inventory.plugins.module_utils.places import (
    ConfiguredTemplate,
    ConfiguredVault,
    Place,
    PlacedDict,
    PlacedList,
)
from ansible_collections.osa.inventory.tests.support.bad_inputs import CASES, OF_THE_GENERATOR, Outcome

DATA = pathlib.Path(__file__).resolve().parents[3] / 'data'
CONFORMANCE = sorted(path.parent.name for path in DATA.glob('conformance/*/config'))


def of_the_configuration(name: str) -> bool:
    """Whether a case is decided here: those with a stored inventory begin with 137."""
    return name not in OF_THE_GENERATOR and int(name[:3]) < 137


def load_bad_input(name: str, environment_dir: str) -> Deployment:
    return load_deployment(str(DATA / 'badinputs' / name), environment_dir)


@pytest.mark.parametrize('name', [name for name in CASES if of_the_configuration(name)])
def test_an_input_that_goes_wrong_in_practice_is_refused_or_accepted_as_expected(
    name: str, environment_dir: str
) -> None:
    if CASES[name].outcome is Outcome.REFUSED:
        with pytest.raises(ConfigurationError) as caught:
            load_bad_input(name, environment_dir)
        found = [caught.value]
    else:
        found = list(load_bad_input(name, environment_dir).warnings)
    case = CASES[name]
    assert [str(each.place or '').removeprefix(f'{case.directory}/') for each in found] == [case.place][: len(found)]
    assert len(found) == (case.outcome is not Outcome.ACCEPTED)
    assert all(case.fragment in each.message and each.help_text for each in found)


@pytest.mark.parametrize('name', [name for name in CASES if not of_the_configuration(name)])
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
