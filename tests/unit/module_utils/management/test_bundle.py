# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundle: everything about a state, the same to the byte whenever it is made."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import time
import zipfile

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.errors import InventoryError
from ansible_collections.osa.inventory.plugins.module_utils.management.bundle import bundle_files, pack
from ansible_collections.osa.inventory.plugins.module_utils.management.static_export import static_files
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import State
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats.metadata import account


@pytest.fixture
def files(inventory):
    meta = account(inventory, None, 'first run')
    return bundle_files(State(inventory, meta, {'configuration': {}}), [meta], static_files(inventory))


def unpacked(data, name):
    if name.endswith('.zip'):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100600}
            return {info.filename: archive.read(info) for info in archive.infolist()}
    with tarfile.open(fileobj=io.BytesIO(data), mode='r:gz') as archive:
        assert {(info.mode, info.uid, info.gid, info.uname) for info in archive} == {(0o600, 0, 0, '')}
        return {info.name: archive.extractfile(info).read() for info in archive}


@pytest.mark.parametrize('name', ['cloud.tgz', 'cloud.tar.gz', 'cloud.zip'])
def test_what_is_unpacked_is_what_was_packed_below_one_directory(files, name):
    assert unpacked(pack(files, name), name) == {f'cloud/{path}': content for path, content in files.items()}


@pytest.mark.parametrize('name', ['cloud.tgz', 'cloud.zip'])
def test_it_is_the_same_to_the_byte_at_another_time_in_another_place_by_another_user(files, name, monkeypatch):
    first = pack(files, name)
    monkeypatch.setattr(time, 'time', lambda: 2_000_000_000.0)
    monkeypatch.setenv('TZ', 'Pacific/Auckland')
    time.tzset()
    mask = os.umask(0o077)
    try:
        assert pack(files, name) == first
    finally:
        os.umask(mask)
        monkeypatch.undo()
        time.tzset()


def test_it_holds_the_state_in_all_forms(files, inventory):
    assert json.loads(files['inventory.json']) == inventory
    assert json.loads(files['hosts.json'])['hosts'].keys() == inventory['_meta']['hostvars'].keys()
    assert json.loads(files['state.json'])['message'] == 'first run'
    assert [entry['serial'] for entry in json.loads(files['history.json'])] == [1]
    assert json.loads(files['input.json']) == {'configuration': {}}
    assert 'static/hosts.yml' in files and 'static/host_vars/hyp-1.yml' in files


def test_without_a_kept_input_there_is_none(inventory):
    meta = account(inventory, None, '')
    assert 'input.json' not in bundle_files(State(inventory, meta), [meta], {})


def test_the_digests_fit(files):
    lines = files['SHA256SUMS'].decode().splitlines()
    digests = {path: digest for digest, path in (line.split('  ', 1) for line in lines)}
    assert digests == {
        path: hashlib.sha256(content).hexdigest() for path, content in files.items() if path != 'SHA256SUMS'
    }


@pytest.mark.parametrize('name', ['cloud', 'cloud.rar', '.tgz'])
def test_a_name_that_does_not_say_the_kind_is_refused(files, name):
    with pytest.raises(InventoryError, match='kind of archive'):
        pack(files, name)
