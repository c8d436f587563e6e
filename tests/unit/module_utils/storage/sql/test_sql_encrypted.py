# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sealed states (option `encrypt`) in SQL: what the relations have of them."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import sqlalchemy
from ansible_collections.osa.inventory.plugins.module_utils.storage.encryption.outline import outline
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.delta import VALUES
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.schema import tables
from ansible_collections.osa.inventory.tests.support.sql_fixtures import SHARED
from ansible_collections.osa.inventory.tests.support.sql_samples import (
    Site,
    fresh,
    opened,
    relations_differ,
    sqlite_url,
)
from support.encrypted_samples import (
    cloud,
    sql_place,
    write,
)

pytest_plugins = ['ansible_collections.osa.inventory.tests.support.sql_fixtures']


@pytest.fixture(params=['sqlite', 'postgresql'])
def site(request: pytest.FixtureRequest) -> t.Any:
    return fresh(request.getfixturevalue(SHARED[request.param]))


def rows(site: t.Any, *names: str) -> set[tuple[t.Any, ...]]:
    """Columns of a region's rows in the table of the first of them, all of these rows."""
    table = getattr(tables(), names[0])
    number = sqlalchemy.select(tables().region.c.id).where(tables().region.c.name == site.region).scalar_subquery()
    query = sqlalchemy.select(*(table.c[name] for name in names[1:])).where(table.c.region_id == number)
    return site.open()._database.read(lambda connection: {tuple(row) for row in connection.execute(query)})


def test_relations_of_a_sealed_state_have_names_memberships_and_addresses_and_no_value(
    tmp_path: pathlib.Path, site: t.Any
) -> None:
    place = sql_place(tmp_path, site)
    write(place, 1, encrypt=False)
    write(place, 2)
    assert rows(site, 'host', 'name', 'ansible_host', 'physical_host', 'component', 'is_metal') == {
        (f'host{number}', f'172.29.236.{number + 1}', f'host{number}', 'compute', None) for number in range(3)
    }
    assert rows(site, 'address', 'network', 'address') == {
        ('management_address', f'172.29.236.{number}') for number in (1, 2, 3)
    }
    assert rows(site, 'host_variable', 'name', 'value') == {
        (name, None) for name in cloud(2)['_meta']['hostvars']['host0']
    }
    assert rows(site, 'group_variable', 'name', 'value') == {('admin_password', None), ('nested', None)}
    assert len(rows(site, 'group_host', 'host_id')) == 3
    told = rows(site, 'state_change', 'serial', 'relation', 'item', 'old_value', 'new_value')
    assert not [row for row in told if row[0] == 2 and row[1] in VALUES and row[3:] != (None, None)]
    assert not relations_differ(site.open())


def test_only_rows_that_differ_are_written_for_sealed_states(tmp_path: pathlib.Path, sqlite_site: t.Any) -> None:
    place = sql_place(tmp_path, sqlite_site)
    write(place, 1, 2)
    before = rows(sqlite_site, 'host', 'id', 'name')
    write(place, 3)
    told = rows(sqlite_site, 'state_change', 'serial', 'action', 'relation', 'name')
    assert {row[1:] for row in told if row[0] == 3 and row[2] == 'host'} == {('added', 'host', 'host3')}
    assert before < rows(sqlite_site, 'host', 'id', 'name')


@pytest.mark.parametrize(
    'tamper',
    [
        lambda: sqlalchemy.delete(tables().host_variable),
        lambda: tables().address.update().values(address='172.29.0.9').where(tables().address.c.address.like('%.2')),
        lambda: tables().host_variable.update().values(value='"planted"'),
    ],
    ids=['variable', 'address', 'value'],
)
def test_the_check_compares_the_structure_of_a_sealed_state_without_a_password(
    tmp_path: pathlib.Path, tamper: t.Callable[[], t.Any]
) -> None:
    url = sqlite_url(tmp_path / 'inventory.db')
    opened(url).upgrade()
    place = sql_place(tmp_path, Site('sqlite', url, url, url, region='default'))
    write(place, 1)
    storage = opened(url)
    assert not relations_differ(storage)
    storage._database.write(lambda connection: connection.execute(tamper()))
    assert relations_differ(storage)
    assert storage.upgrade().renewed == ('default/default',)
    assert not relations_differ(storage)
    assert 'hunter2' not in place.found()


@pytest.mark.parametrize(
    ('given', 'kept_of_it'),
    [
        ({'ansible_host': 'hunter2'}, {'ansible_host': None}),
        ({'ansible_host': '2001:db8::1'}, {'ansible_host': '2001:db8::1'}),
        ({'physical_host': 'hunter2', 'component': 'hunter2'}, {'physical_host': None, 'component': None}),
        ({'container_networks': {'n': {'address': 'hunter2'}}}, {'container_networks': None}),
        ({'container_networks': 'hunter2'}, {'container_networks': None}),
        (
            {'container_networks': {'n': {'address': '10.0.0.1', 'x': 'hunter2'}, 'm': {'address': None}}},
            {'container_networks': {'n': {'address': '10.0.0.1'}}},
        ),
    ],
)
def test_what_only_looks_like_an_address_or_a_name_stays_sealed(
    given: dict[str, t.Any], kept_of_it: dict[str, t.Any]
) -> None:
    odd = {
        '_meta': {'hostvars': {'a': given}},
        'odd': 'hunter2',
        'g': {'hosts': ['a'], 'vars': {'v': 'hunter2'}, 'x': 1},
    }
    assert outline(odd) == {'_meta': {'hostvars': {'a': kept_of_it}}, 'g': {'hosts': ['a'], 'vars': {'v': None}}}
