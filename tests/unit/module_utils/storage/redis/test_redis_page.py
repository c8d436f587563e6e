# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page about the storage `redis`: what it shows is done on a server that is set up as it says."""

from __future__ import annotations

import os
import pathlib
import re
import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.storage.lookup.declaration import own_spec
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.connection import parse_url
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.storage import StorageModule
from ansible_collections.osa.inventory.tests.integration.installed import CHECKOUT, PROGRAMS, make_home
from ansible_collections.osa.inventory.tests.servers.redis_server import READER_RULES, WRITER_RULES, Redis
from support.console import blocks, run_page

TEXT = (CHECKOUT / 'docs' / 'storage-redis.md').read_text('utf-8')
CONFIGURATION, USERS = (block.text for block in blocks(TEXT) if block.language == 'text')
RULES = {words[1]: words[2:] for words in map(str.split, USERS.splitlines()) if words}
FIXED = re.compile('port|tls-|aclfile')
"""What the tests' server has of its own."""


@pytest.fixture
def server(redis_server: Redis) -> t.Iterator[Redis]:
    """A server of its own with the settings and the users of the page."""
    with redis_server.variant() as server, server.client() as admin:
        for line in CONFIGURATION.splitlines():
            name, value = line.split(maxsplit=1)
            if not FIXED.match(name):
                admin.config_set(name, value)
        for user, rules in RULES.items():
            admin.execute_command('ACL', 'SETUSER', user, 'reset', *rules)
        yield server


def test_the_commands_of_the_page_do_what_is_shown(server: Redis, tmp_path: pathlib.Path) -> None:
    address = f'rediss://127.0.0.1:{server.tls_port}/0'
    page = tmp_path / 'page.md'
    page.write_text(
        TEXT.replace('rediss://redis.example.org:6379/0', address).replace(
            '/etc/ssl/certs/redis-ca.pem', str(server.certificates.ca)
        )
    )
    home = tmp_path / 'home'
    make_home(home)
    assert run_page(page, home, os.pathsep.join([str(PROGRAMS), os.environ['PATH']])) >= 4


def test_the_users_of_the_page_can_do_what_they_are_for_and_lose_nothing(server: Redis) -> None:
    def opened(user: str) -> StorageModule:
        storage = StorageModule()
        password = next(rule[1:] for rule in RULES[user] if rule.startswith('>'))
        storage.register({'url': f'unix://{server.socket}', 'username': user, 'password': password})
        return storage

    writer, reader = opened('osa_writer'), opened('osa_reader')
    for number in range(3):
        writer.write({'number': number})
    assert [finding.level for finding in writer.check() if finding.level != 'ok'] == []
    assert reader.load() == {'number': 2}
    server.kill()
    server.launch()
    with server.client() as admin:
        assert len(admin.hgetall('osa:{default/default}:older')) == 6


def test_the_users_of_the_page_are_those_of_the_other_tests() -> None:
    for user, rules in (('osa_writer', WRITER_RULES), ('osa_reader', READER_RULES)):
        assert [rule for rule in RULES[user] if rule != 'on' and rule[0] != '>'] == rules.split()


def test_every_option_is_on_the_page() -> None:
    names = set(re.findall(r'^\| (`.+?`) \|', TEXT, re.MULTILINE))
    options = {name for cell in names for name in re.findall('`([a-z_]+)`', cell)}
    assert set(own_spec(StorageModule.OPTIONS)) <= options


def test_every_form_of_url_on_the_page_is_understood() -> None:
    forms = re.findall(r'^\| `((?:redis|rediss|unix)[a-z+]*://.+?)` \|', TEXT, re.MULTILINE)
    assert len(forms) == 5
    for form in forms:
        parse_url(form.replace('PORT', '7000').replace('DATABASE', '3'))
