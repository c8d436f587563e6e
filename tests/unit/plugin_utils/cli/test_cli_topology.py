# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `topology`."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest


@pytest.mark.parametrize('name', ['cloud.svg', 'cloud.html'])
def test_the_drawing_is_written_and_has_every_host(cloud, command, tmp_path, name):
    done = command('topology', tmp_path / name)
    assert (done.code, done.err) == (0, '')
    inventory = cloud.manager.inventory()
    written = (tmp_path / name).read_text(encoding='utf-8')
    assert all(host in written for host in inventory['_meta']['hostvars'])
    assert 'serial 1, written' in written and '<script' not in written
    if name.endswith('.svg'):
        assert ElementTree.fromstring(written).find('{*}title').text == 'Inventory default/default'
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_the_title_can_be_chosen(cloud, command, tmp_path):
    command('topology', tmp_path / 'cloud.svg', '--title', 'Berlin & Bonn')
    assert 'Berlin &amp; Bonn' in (tmp_path / 'cloud.svg').read_text(encoding='utf-8')


def test_another_kind_of_file_and_a_place_that_cannot_be_written_are_errors(cloud, command, tmp_path):
    done = command('topology', tmp_path / 'cloud.png')
    assert done.code == 1 and 'Let it end in .svg or .html.' in done.err
    done = command('topology', tmp_path / 'missing' / 'cloud.svg')
    assert done.code == 1 and 'cannot be written: No such file or directory' in done.err


def test_without_a_stored_inventory_there_is_nothing_to_draw(new_cloud, command, tmp_path):
    done = command('topology', tmp_path / 'cloud.svg')
    assert done.code == 1 and 'No inventory' in done.err and not (tmp_path / 'cloud.svg').exists()
