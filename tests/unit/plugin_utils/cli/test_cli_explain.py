# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `explain`."""

from __future__ import annotations

import csv
import io
import json


def test_a_variable_is_explained_with_the_line_in_its_file(cloud, command):
    done = command('explain', 'hyp-1', 'ansible_host')
    assert (done.code, done.err) == (0, '')
    value, origin, place = done.lines
    assert (value, origin) == ('ansible_host = "10.20.0.21"', "    configured: ip of 'hyp-1' in 'compute_hosts'")
    file, line, _column = place.strip().split(':')
    with open(file, encoding='utf-8') as configuration:
        assert configuration.readlines()[int(line) - 1].strip() == 'ip: 10.20.0.21'


def test_a_drawn_address_tells_since_when(cloud, command):
    container = next(name for name in cloud.manager.inventory()['keystone']['hosts'])
    cloud.add_host('hyp-9', '10.20.0.49')
    cloud.run()
    done = command('explain', container, 'container_networks.management_address.address')
    assert "generated: drawn from network 'management'" in done.out
    assert '    since serial 1, 2' in done.out


def test_all_variables_of_a_host_for_another_program(cloud, command):
    found = json.loads(command('explain', 'hyp-1', '--format', 'json').out)
    variables = {each['variable'].partition('.')[0] for each in found if each['owner'] == 'hyp-1'}
    assert variables == cloud.manager.inventory()['_meta']['hostvars']['hyp-1'].keys()
    assert {each['owner'] for each in found} == {'hyp-1', 'all'}
    rows = list(csv.DictReader(io.StringIO(command('explain', 'hyp-1', '--format', 'csv').out)))
    assert [row['variable'] for row in rows] == [each['variable'] for each in found]


def test_nothing_is_written_by_it(cloud, command):
    before = cloud.files()
    command('explain', 'hyp-1')
    assert cloud.files() == before


def test_unknown_names_are_errors_with_a_suggestion(cloud, command):
    done = command('explain', 'hyp1')
    assert done.code == 1 and "'hyp1' is not a host" in done.err and "Did you mean 'hyp-1'?" in done.err
    assert "Did you mean 'component'?" in command('explain', 'hyp-1', 'componant').err
