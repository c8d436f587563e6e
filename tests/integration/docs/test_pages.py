# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command in every page runs, in the order in which it stands there, and prints what is shown."""

from __future__ import annotations

import collections.abc
import configparser
import os
import pathlib
import re
import shutil
import tempfile

import pytest
from ansible_collections.osa.inventory.tests.integration.installed import CHECKOUT, PROGRAMS, Ansible, deploy
from ansible_collections.osa.inventory.tests.servers.sql import Database
from support.console import Block, blocks, commands, run_page

DOCS = CHECKOUT / 'docs'
PAGES = [CHECKOUT / 'README.md', *sorted(DOCS.glob('*.md')), *sorted((CHECKOUT / 'examples').rglob('*.md'))]
SERVED = {'storage-sql.md', 'storage-redis.md', 'storage-swift.md'}
"""Pages whose commands need servers: they are run by the tests of these storages."""

DEPLOYMENTS = {'moving.md': '15-unchanged'}
"""Conformance cases that a page finds in /etc/openstack_deploy, where it is not the usual one."""

LANGUAGES = {'console', 'ini', 'json', 'python', 'sql', 'text', 'yaml'}
SKIPPED = 5
"""At most so many blocks are not run, over all pages; each says why."""

PATH = os.pathsep.join([str(PROGRAMS), os.environ['PATH']])


def name_of(page: pathlib.Path) -> str:
    return str(page.relative_to(CHECKOUT))


def blocks_of(page: pathlib.Path) -> list[Block]:
    return blocks(page.read_text('utf-8'))


def has_commands_to_run(page: pathlib.Path) -> bool:
    return any(block.language == 'console' and block.kind != 'skip' for block in blocks_of(page))


RUNNABLE = [page for page in PAGES if page.name not in SERVED and has_commands_to_run(page)]
OVER_A_DATABASE = [page for page in RUNNABLE if 'db.example.org' in page.read_text('utf-8')]
"""Pages that move an inventory to PostgreSQL."""


def prepare(page: pathlib.Path, home: pathlib.Path, collections: pathlib.Path) -> None:
    """The home directory of an operator who has the collection, the recommended ansible.cfg and a deployment."""
    shutil.copytree(collections, home / '.ansible' / 'collections')
    shutil.copy(CHECKOUT / 'examples' / 'ansible.cfg', home / '.ansible.cfg')
    case = DEPLOYMENTS.get(page.name, '02-three-controllers')
    deploy(case, home / 'etc' / 'openstack_deploy')
    (home / 'etc' / 'openstack_deploy' / 'osa.yml').unlink()


@pytest.fixture
def short_path() -> collections.abc.Iterator[pathlib.Path]:
    """A directory with a short path: Ansible's workers meet at a socket below it, whose path has 107 bytes at most."""
    with tempfile.TemporaryDirectory(prefix='osa-') as directory:
        yield pathlib.Path(directory)


@pytest.mark.parametrize('page', [page for page in RUNNABLE if page not in OVER_A_DATABASE], ids=name_of)
def test_every_command_of_a_page_does_what_is_shown(
    page: pathlib.Path, ansible: Ansible, short_path: pathlib.Path
) -> None:
    prepare(page, short_path, ansible.collections)
    directory = None if page.parent == DOCS else page.parent
    assert run_page(page, short_path, PATH, directory) >= 1


@pytest.fixture
def durable_database(postgresql_database: Database) -> collections.abc.Iterator[Database]:
    """A database on a server that survives power cuts, as operators have it and tests need not."""

    def switch(value: str) -> None:
        settings = [f'ALTER SYSTEM SET {name} = {value}' for name in ('fsync', 'full_page_writes')]
        postgresql_database.server.administer(*settings, 'SELECT pg_reload_conf()')

    switch('on')
    yield postgresql_database
    switch('off')


@pytest.mark.parametrize('page', OVER_A_DATABASE, ids=name_of)
def test_every_command_of_a_page_with_a_database_does_what_is_shown(
    page: pathlib.Path, ansible: Ansible, short_path: pathlib.Path, durable_database: Database
) -> None:
    prepare(page, short_path, ansible.collections)
    url, _question_mark, _options = durable_database.owner.partition('?')
    text = page.read_text('utf-8').replace('postgresql://osa_owner:change-me-owner@db.example.org/osa', f"'{url}'")
    text = text.replace('db.example.org/osa', url.rpartition('@')[2])
    text = text.replace('/etc/ssl/certs/db-ca.pem', str(durable_database.server.certificates.ca))
    (copy := short_path / page.name).write_text(text)
    assert run_page(copy, short_path, PATH) >= 1


@pytest.mark.parametrize('page', PAGES, ids=name_of)
def test_a_page_shows_commands_in_no_other_way(page: pathlib.Path) -> None:
    for block in blocks_of(page):
        assert block.language in LANGUAGES, f'line {block.line}: {block.language}'
        if block.language == 'console':
            assert block.kind in ('', 'skip') and commands(block)
        else:
            assert not re.search(r'^\$ ', block.text, re.MULTILINE), f'line {block.line}'


def test_few_blocks_are_not_run_and_they_say_why() -> None:
    skipped = [block for page in PAGES for block in blocks_of(page) if block.kind == 'skip']
    assert all(len(block.argument) > 20 for block in skipped)
    assert len(skipped) <= SKIPPED


def test_the_index_names_every_page() -> None:
    index = (DOCS / 'README.md').read_text('utf-8')
    assert [page.name for page in DOCS.glob('*.md') if page.name != 'README.md' and f'({page.name})' not in index] == []


@pytest.mark.parametrize('page', PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: pathlib.Path) -> None:
    for target in re.findall(r'\]\(([^)\s]+)\)', without_code(page.read_text('utf-8'))):
        if target.startswith(('https://', 'http://')):
            continue
        path, _hash, anchor = target.partition('#')
        found = (page.parent / path) if path else page
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(found), target


def test_the_ansible_cfg_that_is_shown_is_the_recommended_one() -> None:
    shown, shipped = configparser.ConfigParser(), configparser.ConfigParser()
    (block,) = [block for block in blocks_of(DOCS / 'moving.md') if block.language == 'ini']
    shown.read_string(block.text)
    shipped.read_string((CHECKOUT / 'examples' / 'ansible.cfg').read_text('utf-8'))
    assert {name: dict(shown[name]) for name in shown} == {name: dict(shipped[name]) for name in shipped}


def without_code(text: str) -> str:
    """The text without fenced blocks and code spans."""
    return re.sub(r'`[^`]*`', '', re.sub(r'^( *)```.*?^\1```$', '', text, flags=re.MULTILINE | re.DOTALL))


def anchors(page: pathlib.Path) -> set[str]:
    """The anchors of a page's headings, as the usual renderers of Markdown make them, and those set by hand."""
    text = re.sub(r'^( *)```.*?^\1```$', '', page.read_text('utf-8'), flags=re.MULTILINE | re.DOTALL)
    found = set(re.findall(r'<a (?:id|name)="([^"]+)"', text))
    for heading in re.findall(r'^#+ (.+)$', text, re.MULTILINE):
        plain = re.sub(r'\[([^]]*)\]\([^)]*\)', r'\1', heading)
        found.add(re.sub(r'[^\w\- ]', '', plain.lower()).strip().replace(' ', '-'))
    return found
