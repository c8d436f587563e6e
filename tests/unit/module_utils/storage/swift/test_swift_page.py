# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page about the storage `swift`: what it shows is done on a real server."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess

import pytest
import yaml
from ansible_collections.osa.inventory.plugins.module_utils.errors import StorageRefused
from ansible_collections.osa.inventory.plugins.module_utils.storage.lookup.declaration import own_spec
from ansible_collections.osa.inventory.plugins.module_utils.storage.swift.storage import StorageModule
from ansible_collections.osa.inventory.tests.integration.installed import CHECKOUT, PROGRAMS, make_home
from ansible_collections.osa.inventory.tests.servers.base import Login
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift
from support.console import blocks, run_page
from support.keystone import identity_service

TEXT = (CHECKOUT / 'docs' / 'storage-swift.md').read_text('utf-8')
(RULES,) = (block.text for block in blocks(TEXT) if block.language == 'text')
SOURCES = [block.text for block in blocks(TEXT) if block.text.startswith('plugin:')]
PATH = os.pathsep.join([str(PROGRAMS), os.environ['PATH']])


def test_the_commands_of_the_page_do_what_is_shown(
    swift_server: Swift, fresh_region: str, tmp_path: pathlib.Path
) -> None:
    pytest.importorskip('openstack', reason='pip install openstacksdk')
    home = tmp_path / 'home'
    make_home(home)
    with identity_service(swift_server, swift_server.admin) as identity:
        page = tmp_path / 'page.md'
        text = TEXT.replace('https://keystone.example.org/v3', identity.url).replace('change-me', 'right')
        page.write_text(text.replace('osa-inventory', fresh_region))
        assert run_page(page, home, PATH) >= 4


def test_the_rules_of_the_page_give_writer_and_reader_what_they_need(swift_server: Swift, fresh_region: str) -> None:
    admin = swift_server.admin
    account, writer = swift_server.writer.user.split(':')
    _account, reader = swift_server.reader.user.split(':')
    names = {'PROJECT_ID': account, 'WRITER_ID': writer, 'READER_ID': reader, 'osa-inventory': fresh_region}
    (command,) = re.findall('^swift post .*$', RULES, re.MULTILINE)
    for name, value in names.items():
        command = command.replace(name, value)
    subprocess.run(
        command,
        shell=True,
        check=True,
        env={'PATH': PATH, 'ST_AUTH': swift_server.auth_url(), 'ST_USER': admin.user, 'ST_KEY': admin.password},
    )

    def opened(login: Login) -> StorageModule:
        storage = StorageModule()
        given = {'auth_url': swift_server.auth_url(), 'auth_version': 1, 'container': fresh_region, 'settle': 0.02}
        storage.register({**given, 'username': login.user, 'password': login.password})
        return storage

    opened(swift_server.writer).write({'number': 1})
    assert opened(swift_server.reader).load() == {'number': 1}
    with pytest.raises(StorageRefused):
        opened(swift_server.reader).write({'number': 2})


def test_every_way_to_log_in_on_the_page_is_accepted() -> None:
    assert len(SOURCES) == 3
    for source in SOURCES:
        options = yaml.safe_load(source)['storage']
        assert options.pop('class') == 'swift'
        StorageModule().register(options)


def test_every_option_is_on_the_page() -> None:
    cells = re.findall(r'^\| (`.+?`) \|', TEXT, re.MULTILINE)
    options = {name for cell in cells for name in re.findall('`([a-z_]+)`', cell)}
    assert set(own_spec(StorageModule.OPTIONS)) <= options
