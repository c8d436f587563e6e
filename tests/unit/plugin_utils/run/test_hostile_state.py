# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody who can write to the storage may put there, and that none of it decides how Ansible connects."""

from __future__ import annotations

import collections.abc as c
import copy
import json
import pathlib
import shutil
import typing as t

import pytest
from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import connection_loader, inventory_loader
from ansible.template import is_trusted_as_template
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.plugin_utils.run.connection_variables import hand_over
from support.deployments import deployment, host

CASES = pathlib.Path(__file__).resolve().parents[3] / 'data' / 'conformance'
PLAIN = 'plugin: osa.inventory.osa\n'
OPTION = '-oProxyCommand=touch /tmp/planted'
ACTING = (
    'ansible_connection',
    'ansible_ssh_common_args',
    'ansible_ssh_host',
    'ansible_ssh_executable',
    'ansible_python_interpreter',
    'ansible_become',
    'ansible_become_exe',
    'ansible_shell_executable',
    'ansible_group_priority',
    '_ansible_ansiballz_debugpy_config',
    "delegated_vars['ansible_host']",
    'container_user',
    'physical_host_addrs',
    'not a name',
    '\x1b[2J',
    '../../etc/shadow',
    '{{ lookup("pipe", "id") }}',
)


class Planted:
    """A deployment whose stored inventory somebody else can write to."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        self.path = directory / 'openstack_inventory.json'
        if not self.path.exists():
            self.run()
        self.clean: Inventory = json.loads(self.path.read_text('utf-8'))
        hosts = self.clean['_meta']['hostvars']
        self.metal = next(name for name, values in hosts.items() if values['physical_host'] == name)
        self.container = next(name for name, values in hosts.items() if values['physical_host'] == self.metal != name)

    def run(self, source: str = PLAIN) -> InventoryData:
        (self.directory / 'osa.yml').write_text(source, 'utf-8')
        plugin = inventory_loader.get('osa.inventory.osa')
        target = InventoryData()
        plugin.parse(target, DataLoader(), str(self.directory / 'osa.yml'))
        target.reconcile_inventory()
        return target

    def plant(self, change: c.Callable[[Inventory], object]) -> None:
        stored = copy.deepcopy(self.clean)
        change(stored)
        self.path.write_text(json.dumps(stored, indent=4, sort_keys=True), 'utf-8')

    def set(self, owner: str, **variables: t.Any) -> None:
        self.plant(lambda stored: stored['_meta']['hostvars'][owner].update(variables))

    def refused(self) -> AnsibleError:
        """The error of a run, which changes nothing."""
        before = self.path.read_bytes()
        with pytest.raises(AnsibleError) as caught:
            self.run()
        assert self.path.read_bytes() == before
        return caught.value


@pytest.fixture(scope='module')
def generated(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A deployment with its stored inventory; tests work on copies."""
    directory = tmp_path_factory.mktemp('generated') / 'openstack_deploy'
    return Planted(shutil.copytree(CASES / '01-single-machine' / 'config', directory)).directory


@pytest.fixture
def planted(generated: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> Planted:
    one = Planted(shutil.copytree(generated, tmp_path / 'openstack_deploy'))
    capsys.readouterr()
    return one


def test_stored_variables_that_act_stay_stored_and_are_not_handed_over(
    planted: Planted, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.set(planted.container, colour='red', **dict.fromkeys(ACTING, 'evil'))
    before = planted.path.read_bytes()
    variables = planted.run().hosts[planted.container].vars
    assert [name for name in ACTING if name in variables] == [] and variables['colour'] == 'red'
    assert planted.path.read_bytes() == before
    text = ' '.join(capsys.readouterr().err.split())
    assert text.count('are not handed to Ansible') == 1 and f'{planted.container!r}' in text
    assert '\x1b' not in text


def test_one_warning_names_the_variables_and_counts_the_hosts(
    planted: Planted, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(stored: Inventory) -> None:
        for variables in stored['_meta']['hostvars'].values():
            variables.update(ansible_user='evil', ansible_port=23)

    planted.plant(change)
    planted.run()
    text = ' '.join(capsys.readouterr().err.split())
    more = len(planted.clean['_meta']['hostvars']) - 1
    assert text.count('[WARNING]') == 1
    assert text.count("'ansible_user' of") == 1 and text.count(f'and {more} more') == 2


def test_variables_that_the_source_names_are_handed_over(planted: Planted) -> None:
    planted.set(planted.container, ansible_port='7', container_user='stack', ansible_user='evil')
    target = planted.run(f'{PLAIN}stored_connection_variables: [ansible_port, container_user]\n')
    variables = target.hosts[planted.container].vars
    assert (variables['ansible_port'], variables['container_user']) == ('7', 'stack')
    assert 'ansible_user' not in variables


def test_the_option_comes_from_the_environment_too(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('OSA_INVENTORY_STORED_CONNECTION_VARIABLES', 'ansible_port,ansible_user')
    planted.set(planted.container, ansible_user='stack', ansible_connection='local')
    variables = planted.run().hosts[planted.container].vars
    assert variables['ansible_user'] == 'stack' and 'ansible_connection' not in variables


def test_no_option_of_a_connection_that_a_variable_can_set_is_forgotten(planted: Planted) -> None:
    names = {
        variable
        for plugin in ('ssh', 'local', 'winrm', 'psrp')
        if connection_loader.find_plugin(plugin)
        for variable in C.config.get_plugin_vars('connection', plugin)
    }
    names |= {name for known in C.MAGIC_VARIABLE_MAPPING.values() for name in known}
    assert 'ansible_become_exe' in names
    planted.set(planted.container, **dict.fromkeys(names - {'ansible_host'}, 'evil'))
    variables = planted.run().hosts[planted.container].get_vars()
    assert variables['inventory_hostname'] == planted.container  # Ansible's own, whatever is stored
    assert [name for name in names - {'inventory_hostname'} if variables.get(name) == 'evil'] == []


@pytest.mark.parametrize('group', ['galera_container', 'ungrouped', 'all'])
def test_variables_of_groups_obey_the_same_rule(planted: Planted, group: str) -> None:
    names = [*ACTING, 'ansible_host', 'physical_host', 'container_name']

    def change(stored: Inventory) -> None:
        stored.setdefault(group, {}).setdefault('vars', {}).update(colour='red', **dict.fromkeys(names, 7))

    planted.plant(change)
    variables = planted.run().groups[group].vars
    assert [name for name in names if name in variables] == []
    assert group == 'all' or variables['colour'] == 'red'


def given_and_stored(**stored: t.Any) -> tuple[Inventory, t.Any]:
    """An inventory of a host, its containers of two kinds and a foreign one, each with the same stored variables."""
    entry = host(
        'a',
        '10.0.0.1',
        host_vars={'ansible_user': 'stack'},
        container_vars={
            'ansible_port': 222,
            'ansible_limited': {'limit_container_types': 'cinder', 'x': 1},
        },
    )
    configuration = deployment({'infra_hosts': [entry]}, global_overrides={'ansible_become': True}).configuration
    shapes = {
        'a': {'physical_host': 'a', 'component': None},
        'a-cinder': {'physical_host': 'a', 'component': 'cinder_volume'},
        'a-glance': {'physical_host': 'a', 'component': 'glance_api'},
        'b-glance': {'physical_host': 'b', 'component': 'glance_api'},
    }
    hostvars = {name: {**shape, **stored} for name, shape in shapes.items()}
    return {'_meta': {'hostvars': hostvars}, 'all': {'vars': dict(stored)}}, configuration


@pytest.mark.parametrize(
    ('name', 'value', 'owners'),
    [
        ('ansible_user', 'stack', {'a'}),
        ('ansible_user', 'root', set()),
        ('ansible_port', 222, {'a', 'a-cinder', 'a-glance'}),
        ('ansible_port', 22, set()),
        ('ansible_limited', {'x': 1}, {'a', 'a-cinder'}),
        ('ansible_become', True, {'a', 'a-cinder', 'a-glance', 'b-glance', 'all'}),
        ('ansible_become', 'yes', set()),
    ],
)
def test_what_the_configuration_gives_now_is_handed_over(name: str, value: t.Any, owners: set[str]) -> None:
    inventory, configuration = given_and_stored(**{name: value})
    before = copy.deepcopy(inventory)
    shown, withheld = hand_over(inventory, configuration)
    have = {host for host, variables in shown['_meta']['hostvars'].items() if name in variables}
    have |= {'all'} if name in shown['all']['vars'] else set()
    assert have == owners
    assert set(withheld) == {(owner, name) for owner in {*inventory['_meta']['hostvars'], 'all'} - owners}
    assert inventory == before


def test_variables_of_connections_in_the_configuration_arrive(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = shutil.copytree(CASES / '12-host-vars' / 'config', tmp_path / 'openstack_deploy')
    one = Planted(directory)
    assert [found.vars['ansible_user'] for found in one.run().hosts.values() if 'ansible_user' in found.vars]
    config = directory / 'openstack_user_config.yml'
    config.write_text(config.read_text('utf-8').replace('ansible_user: stack', 'colour: red'), 'utf-8')
    capsys.readouterr()
    assert not any('ansible_user' in found.vars for found in one.run().hosts.values())
    assert 'ansible_user' in one.path.read_text('utf-8')
    assert "'ansible_user' of" in ' '.join(capsys.readouterr().err.split())


@pytest.mark.parametrize('value', [OPTION, 'evil.example.com', '10.0.0.1 -oX', '10.0.0.1\n', '', 7, ['10.0.0.1'], {}])
def test_an_address_that_is_none_is_refused(planted: Planted, value: t.Any) -> None:
    def change(stored: Inventory) -> None:
        stored['_meta']['hostvars']['gone'] = {'ansible_host': value, 'physical_host': 'gone'}
        stored['strange'] = {'hosts': ['gone']}

    planted.plant(change)
    error = planted.refused()
    assert "Variable 'ansible_host' of 'gone' is " in error.message and 'instead of an IP address' in error.message


@pytest.mark.parametrize('key', ['ansible_host', 'management_address', 'physical_host_addr'])
def test_what_leads_to_a_container_comes_from_its_network_and_its_host(planted: Planted, key: str) -> None:
    planted.set(planted.container, **{key: OPTION})
    assert (
        planted.run().hosts[planted.container].vars[key] == planted.clean['_meta']['hostvars'][planted.container][key]
    )


@pytest.mark.parametrize('key', ['ansible_host', 'management_address', 'physical_host_addr'])
def test_every_variable_that_leads_to_a_host_is_checked(planted: Planted, key: str) -> None:
    def change(stored: Inventory) -> None:
        stored['_meta']['hostvars']['gone'] = {'physical_host': 'not-there', key: OPTION}
        stored['strange'] = {'hosts': ['gone']}

    planted.plant(change)
    assert f"Variable '{key}' of 'gone' is '{OPTION}' instead of an IP address" in planted.refused().message


def test_an_address_in_a_network_is_checked_where_it_leads_to_the_host(planted: Planted) -> None:
    def change(stored: Inventory) -> None:
        networks = stored['_meta']['hostvars'][planted.container]['container_networks']
        networks['management_address']['address'] = OPTION

    planted.plant(change)
    assert "'ansible_host' of " in planted.refused().message


@pytest.mark.parametrize('value', [OPTION, '../x', 'a b', 'a\x00', '{{ 1 }}', '', 7, ['x'], {'x': 1}])
@pytest.mark.parametrize('key', ['physical_host', 'container_name'])
def test_the_names_that_lead_to_a_container_must_be_host_names(planted: Planted, key: str, value: t.Any) -> None:
    planted.set(planted.container, **{key: value})
    error = planted.refused()
    assert f'Variable {key!r} of {planted.container!r} is ' in error.message and 'a host name' in error.message
    assert '\x00' not in error.message


def test_what_the_configuration_gives_need_not_be_an_address(planted: Planted) -> None:
    (planted.directory / 'conf.d').mkdir(exist_ok=True)
    config = planted.directory / 'conf.d' / 'named.yml'
    text = 'far_hosts:\n  far1:\n    ip: 172.29.236.77\n    host_vars:\n      management_address: far1.example.com\n'
    config.write_text(text, 'utf-8')
    assert planted.run().hosts['far1'].vars['management_address'] == 'far1.example.com'
    config.write_text(text.partition('    host_vars')[0], 'utf-8')
    assert planted.run().hosts['far1'].vars['management_address'] == '172.29.236.77'


@pytest.mark.parametrize(
    'name', ['../../tmp/x', '/etc/passwd', 'a/b', 'a\x1b[2Jb', OPTION, '{{ 1 }}', 'a,b', '~a', ' ']
)
def test_names_that_mean_something_else_are_refused(planted: Planted, name: str) -> None:
    def host_of_that_name(stored: Inventory) -> None:
        stored['_meta']['hostvars'][name] = {}
        stored['galera_container']['hosts'].append(name)

    planted.plant(host_of_that_name)
    assert 'cannot be the name of a host' in planted.refused().message
    planted.plant(lambda stored: stored.update({name: {'hosts': []}}))
    assert 'cannot be the name of a group' in planted.refused().message
    planted.plant(lambda stored: stored['galera_container'].update(children=[name]))
    error = planted.refused()
    assert 'cannot be the name of a group' in error.message and '\x1b' not in error.message


@pytest.mark.parametrize('name', ['localhost', '127.0.0.1'])
def test_nothing_stored_stands_in_for_localhost(planted: Planted, name: str) -> None:
    def host_of_that_name(stored: Inventory) -> None:
        stored['_meta']['hostvars'][name] = {'ansible_host': '203.0.113.9', 'ansible_connection': 'ssh'}
        stored['galera_container']['hosts'].append(name)

    planted.plant(host_of_that_name)
    assert f"Host '{name}' takes the place of Ansible's own localhost" in planted.refused().message
    planted.plant(lambda stored: stored.update({name: {'hosts': [planted.container]}}))
    assert f"Group '{name}' takes the place of Ansible's own localhost" in planted.refused().message


@pytest.mark.parametrize('text', ["{{ lookup('pipe', 'id') }}", '{% if 1 %}{% endif %}', "#jinja2: x:'y'\n1"])
def test_planted_templates_are_never_trusted(planted: Planted, text: str) -> None:
    def change(stored: Inventory) -> None:
        variables = stored['_meta']['hostvars'][planted.container]
        variables.update(value=text, nested={'list': [text], text: 'key'})
        stored['galera_container']['vars'] = {'of_group': text}

    planted.plant(change)
    target = planted.run()
    variables = target.hosts[planted.container].vars
    found = [variables['value'], variables['nested']['list'][0], *variables['nested']]
    found.append(target.groups['galera_container'].vars['of_group'])
    assert [one for one in found if one == text] == [text] * 4
    assert not any(is_trusted_as_template(one) for one in found if one == text)


VALUES: list[t.Any] = [None, True, 10**400, -1, 1e308, 'x' * 100_000, [], {}, [[]], {'address': {}}, OPTION, '\x00']
FIELDS = (
    'ansible_host',
    'component',
    'container_name',
    'container_networks',
    'container_tech',
    'container_types',
    'is_metal',
    'management_address',
    'physical_host',
    'physical_host_addr',
    'physical_host_group',
    'properties',
)


@pytest.mark.parametrize('value', VALUES, ids=lambda value: repr(value)[:20])
def test_values_of_the_wrong_kind_give_an_inventory_or_a_clear_error(planted: Planted, value: t.Any) -> None:
    for owner in (planted.metal, planted.container):
        for field in FIELDS:
            planted.set(owner, **{field: value})
            try:
                target = planted.run()
            except AnsibleError as error:
                assert error.message.endswith('.') and len(error.message) < 2000 and '\x00' not in error.message
            else:
                assert target.hosts[planted.container].vars['ansible_host'] != OPTION


@pytest.mark.parametrize('text', ['1e999', 'NaN', '1' * 5000, '"\\ud800"'])
def test_numbers_and_text_that_json_or_python_cannot_hold(planted: Planted, text: str) -> None:
    planted.set(planted.container, planted='HERE')
    planted.path.write_text(planted.path.read_text('utf-8').replace('"HERE"', text), 'utf-8')
    try:
        planted.run()
    except AnsibleError as error:
        assert len(error.message) < 2000


def test_names_in_a_damaged_state_cannot_write_to_the_terminal(planted: Planted) -> None:
    planted.plant(lambda stored: stored['galera_container']['hosts'].append('\x1b[2J'))
    assert '\x1b' not in planted.refused().message
    planted.plant(lambda stored: stored.update({'\x1b[2J': 7}))
    assert '\x1b' not in planted.refused().message
