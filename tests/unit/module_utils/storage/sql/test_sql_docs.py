# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The queries of the page about the storage `sql`, as they stand there."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import typing as t

import pytest
import sqlalchemy
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import Meta
from ansible_collections.osa.inventory.plugins.module_utils.storage.lookup.declaration import (
    Options,
    full_spec,
    own_spec,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql import schema
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.storage import StorageModule
from ansible_collections.osa.inventory.tests.support.sql_samples import (
    Site,
    commit,
)

pytest_plugins = ['ansible_collections.osa.inventory.tests.support.sql_fixtures']

ROOT = pathlib.Path(__file__).resolve().parents[5]
PAGE = (ROOT / 'docs' / 'storage-sql.md').read_text()
QUERIES = {
    block.partition('\n')[0].removeprefix('-- '): block
    for block in re.findall(r'^```sql\n(.*?)^```', PAGE.partition('\n## Queries\n')[2], re.M | re.S)
}
STATE = ROOT / 'tests' / 'data' / 'conformance' / '02-three-controllers' / 'expected.json'


@dataclasses.dataclass(frozen=True)
class Asked:
    """A database with two states, and a way to ask it."""

    inventory: Inventory
    metas: tuple[Meta, Meta]
    site: Site

    def rows(self, title: str, **replaced: str) -> list[tuple[t.Any, ...]]:
        """The rows of a query of the page, with the names in it replaced by ours."""
        statement = QUERIES[title]
        for old, new in {"r.name = 'default'": f"r.name = '{self.site.region}'", **replaced}.items():
            assert old in statement or old.startswith('r.name')
            statement = statement.replace(old, new)

        def ask(connection: sqlalchemy.Connection) -> list[tuple[t.Any, ...]]:
            if self.site.engine == 'mariadb':
                connection.exec_driver_sql("SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')")
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

        return self.site.open(self.site.reader)._database.read(ask)

    @property
    def hosts(self) -> dict[str, dict[str, t.Any]]:
        hosts: dict[str, dict[str, t.Any]] = self.inventory['_meta']['hostvars']
        return hosts


@pytest.fixture
def asked(site: Site) -> Asked:
    """The states: three controllers; then one container renumbered, one gone, one variable new."""
    inventory = json.loads(STATE.read_text())
    storage = site.open()
    first = commit(storage, inventory, None, 'first run')
    hosts = inventory['_meta']['hostvars']
    renumbered, removed = sorted(name for name in hosts if 'keystone' in name)[:2]
    hosts[renumbered]['container_networks']['management_address']['address'] = '10.20.3.250'
    del hosts[removed]
    for group in inventory.values():
        if removed in group.get('hosts', ()):
            group['hosts'].remove(removed)
    inventory['all']['vars']['new_variable'] = ['x']
    return Asked(inventory, (first, commit(storage, inventory, first, 'second run')), site)


def members(inventory: Inventory, group: str) -> set[str]:
    entry = inventory[group]
    below = (members(inventory, child) for child in entry.get('children', ()))
    return set(entry.get('hosts', ())).union(*below)


class TestQueries:
    def test_every_query_has_a_test(self) -> None:
        assert set(QUERIES) == {
            'hosts of a group', 'owner of an address', 'addresses of a network', 'changes between two serials',
            'accounts', 'containers of a physical host', 'variables of a host',
        }  # fmt: skip

    @pytest.mark.parametrize('group', ['keystone', 'hosts', 'all_containers', 'neutron_all', 'no_such'])
    def test_hosts_of_a_group_with_subgroups(self, asked: Asked, group: str) -> None:
        rows = asked.rows('hosts of a group', network_hosts=group)
        assert bool(rows) == (group != 'no_such')
        wanted = members(asked.inventory, group) if group in asked.inventory else set()
        assert {row[0] for row in rows} == wanted
        assert len(rows) == len(wanted)
        for name, address, physical_host, component in rows:
            host = asked.hosts[name]
            assert (address, physical_host, component) == (
                host['ansible_host'],
                host['physical_host'],
                host['component'],
            )

    def test_owner_of_an_address(self, asked: Asked) -> None:
        rows = asked.rows('owner of an address', **{'172.29.236.101': '10.20.3.250'})
        (name,) = [row[2] for row in rows if row[1] == asked.site.region]
        assert asked.hosts[name]['container_networks']['management_address']['address'] == '10.20.3.250'

    def test_addresses_of_a_network(self, asked: Asked) -> None:
        networks = {
            name: host['container_networks'].get('management_address', {}) for name, host in asked.hosts.items()
        }
        wanted = {(network['address'], name) for name, network in networks.items() if network.get('address')}
        assert wanted
        assert set(asked.rows('addresses of a network')) == wanted

    def test_changes_between_two_serials_and_who_made_them(self, asked: Asked) -> None:
        rows = asked.rows('changes between two serials')
        second = asked.metas[1]
        assert {row[:4] for row in rows} == {(2, second.written_at, second.writer, 'second run')}
        changes = {row[4:] for row in rows}
        renumbered, removed = sorted(
            name for name in json.loads(STATE.read_text())['_meta']['hostvars'] if 'keystone' in name
        )[:2]
        old = json.loads(STATE.read_text())['_meta']['hostvars'][renumbered]['container_networks']['management_address']
        assert ('removed', 'host', removed, None, None, None) in changes
        assert ('removed', 'group_host', 'identity_all', removed, None, None) in changes
        assert ('changed', 'address', renumbered, 'management_address', old['address'], '10.20.3.250') in changes
        assert ('added', 'group_variable', 'all', 'new_variable', None, '["x"]') in changes
        assert {change[1] for change in changes} == {'host', 'host_variable', 'address', 'group_host', 'group_variable'}

    def test_accounts(self, asked: Asked) -> None:
        wanted = [
            (meta.serial, meta.written_at, meta.writer, meta.message, json.dumps(meta.counts), meta.lineage)
            for meta in reversed(asked.metas)
        ]
        assert asked.rows('accounts') == wanted

    def test_containers_of_a_physical_host(self, asked: Asked) -> None:
        rows = asked.rows('containers of a physical host', infra1='ctl-a')
        assert {row[0] for row in rows} == {
            name for name, host in asked.hosts.items() if host['physical_host'] == 'ctl-a' and name != 'ctl-a'
        }

    def test_variables_of_a_host(self, asked: Asked) -> None:
        rows = asked.rows('variables of a host', infra1='ctl-a')
        assert {name: json.loads(value) for name, value in rows} == asked.hosts['ctl-a']


class TestPage:
    def test_every_option_is_there(self) -> None:
        for option in {*own_spec(StorageModule.OPTIONS), 'timeout', 'keep', 'keep_input'}:
            assert f'`{option}`' in PAGE
        assert {'timeout', 'keep', 'keep_input'} <= set(full_spec(Options))

    def test_every_table_is_there(self) -> None:
        for name in schema.tables().metadata.tables:
            assert f'`{name}`' in PAGE
