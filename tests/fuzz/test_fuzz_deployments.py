# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The laws, on deployments that hypothesis writes into files: valid ones, and such with mistakes in them."""

from __future__ import annotations

import contextlib
import copy
import json
import random
import typing as t

import hypothesis
import pytest
from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import Deployment
from ansible_collections.osa.inventory.plugins.module_utils.errors import GenerationError, OSAInventoryError
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from fuzz.deployments import HOSTS, MANAGEMENT, Description, as_input, descriptions, entries, mutated
from fuzz.directories import Directories
from fuzz.targets import outcome
from hypothesis import strategies as st
from support.invariants import broken_invariants

WAYS = st.sampled_from([{'naming': 'random', 'allocation': 'random'}, {'naming': 'stable', 'allocation': 'stable'}])


@pytest.fixture(scope='module')
def directories(tmp_path_factory: pytest.TempPathFactory) -> Directories:
    """The directories of a deployment whose files are made up."""
    return Directories(tmp_path_factory.mktemp('deployment'))


def run(deployment: Deployment, stored: Inventory | None, seed: int, ways: dict[str, t.Any]) -> Inventory:
    """One run; what it gives is as it would be read from a storage."""
    inventory = generate(deployment, stored, Choice(rng=random.Random(seed), **ways)).inventory
    return t.cast(Inventory, json.loads(json.dumps(inventory)))


@hypothesis.given(description=descriptions(), ways=WAYS)
def test_a_valid_deployment_gives_an_inventory_that_obeys_the_laws(
    directories: Directories, description: Description, ways: dict[str, t.Any]
) -> None:
    deployment = directories.load(as_input(description))
    assert not broken_invariants(deployment, run(deployment, None, 0, ways))


@hypothesis.given(before=descriptions(), after=descriptions(), ways=WAYS)
def test_what_is_stored_is_kept_whatever_becomes_of_the_configuration(
    directories: Directories, before: Description, after: Description, ways: dict[str, t.Any]
) -> None:
    stored = run(directories.load(as_input(before)), None, 0, ways)
    deployment = directories.load(as_input(after))
    inventory = run(deployment, stored, 1, ways)
    assert not broken_invariants(deployment, inventory, stored)
    for name, variables in stored['_meta']['hostvars'].items():
        found = inventory['_meta']['hostvars'][name]
        if variables['physical_host'] not in (None, name):
            assert addresses(variables).items() <= addresses(found).items()
            assert found['physical_host'] == variables['physical_host']
    for group in stored.keys() - {'_meta', 'all', 'lxc_hosts'}:
        for kind in ('hosts', 'children'):
            members = stored[group].get(kind, [])
            assert inventory[group].get(kind, [])[: len(members)] == members


def test_a_limit_that_only_the_component_of_the_run_before_meets_leaves_host_vars_as_they_are(
    directories: Directories,
) -> None:
    common = {
        'cidr_networks': {'management': '10.0.0.0/22'},
        'global_overrides': {'provider_networks': [{'network': MANAGEMENT}]},
    }
    limited = {'v': {'limit_container_types': 'nova', 'x': 1}}
    host: dict[str, t.Any] = {'ip': '10.0.1.1'}
    groups = {
        'infra_hosts': {'a': {**host, 'host_vars': {'v': 1}, 'container_vars': limited}},
        'identity_hosts': {'a': {**host, 'no_containers': True}},
    }
    before: Description = [{**common, 'compute_hosts': {'a': host}}, {}, {}]
    after: Description = [{**common, **groups}, {}, {}]
    stored = run(directories.load(as_input(before)), None, 0, {})
    assert stored['_meta']['hostvars']['a']['component'] == 'nova_console'
    inventory = run(directories.load(as_input(after)), stored, 1, {})
    assert inventory['_meta']['hostvars']['a']['v'] == 1


def addresses(variables: dict[str, t.Any]) -> dict[str, t.Any]:
    """Network -> address of a host."""
    networks = variables['container_networks'].items()
    return {name: entry['address'] for name, entry in networks if entry.get('address')}


@hypothesis.given(data=st.data(), ways=WAYS)
def test_adding_a_host_never_changes_names_or_addresses_of_others(
    directories: Directories, data: st.DataObject, ways: dict[str, t.Any]
) -> None:
    description = data.draw(descriptions(HOSTS[:4]))
    stored = run(directories.load(as_input(description)), None, 0, ways)
    more = copy.deepcopy(description)
    host = data.draw(st.sampled_from(HOSTS[4:]))
    groups = [(part, name) for part in more[:2] for name in part if name.endswith('hosts') and part[name]]
    for part, name in data.draw(st.lists(st.sampled_from(groups), min_size=1, max_size=2, unique_by=str)):
        part[name] = {**part[name], host: data.draw(entries(host))}
    inventory = run(directories.load(as_input(more)), stored, 1, ways)
    for name, variables in stored['_meta']['hostvars'].items():
        found = inventory['_meta']['hostvars'][name]
        assert found['container_networks'] == variables['container_networks']
        assert found['ansible_host'] == variables['ansible_host']
    new = inventory['_meta']['hostvars'].keys() - stored['_meta']['hostvars'].keys()
    assert all(inventory['_meta']['hostvars'][name]['physical_host'] in (None, host) for name in new)


@hypothesis.given(description=mutated(descriptions()))
def test_a_deployment_with_mistakes_gives_an_inventory_or_a_clear_error(
    directories: Directories, description: Description
) -> None:
    with outcome(), contextlib.suppress(GenerationError):
        deployment = directories.load(as_input(description))
        assert not broken_invariants(deployment, run(deployment, None, 0, {}))


@hypothesis.given(data=st.data())
def test_a_deployment_with_damaged_text_gives_an_inventory_or_a_clear_error(
    directories: Directories, data: st.DataObject
) -> None:
    text = as_input(data.draw(descriptions()))
    for _damage in range(data.draw(st.integers(1, 2))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 40, len(text))))
        between = data.draw(st.one_of(st.binary(max_size=3), st.just(text[end : end + 40] * 2)))
        text = text[:start] + between + text[end:]
    with outcome():
        deployment = directories.load(text)
        assert not broken_invariants(deployment, run(deployment, None, 0, {}))


def test_errors_that_cannot_be_shown_would_be_found() -> None:
    with pytest.raises(AssertionError), outcome():
        error = OSAInventoryError('x')
        error.message = 'a\x1bb'
        raise error
