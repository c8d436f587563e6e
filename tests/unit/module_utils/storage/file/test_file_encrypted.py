# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sealed states (option `encrypt`) in an inventory file."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import signal

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.canonical import digest
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import State
from support.encrypted_samples import (
    OLD,
    Place,
    cloud,
    file_place,
    write,
)
from support.storage_samples import file_storage, file_store, giving, leftovers
from test_file_faults import at_step, in_child


@pytest.fixture
def kept(tmp_path: pathlib.Path) -> Place:
    return file_place(tmp_path)


def test_the_inventory_file_is_vault_text(kept: Place) -> None:
    write(kept, 1, 2)
    assert (kept.directory / 'openstack_inventory.json').read_bytes().startswith(b'$ANSIBLE_VAULT;1.2;AES256;old\n')


@pytest.mark.parametrize('serial', [1, 2], ids=['archived', 'newest'])
def test_killed_at_any_step_the_file_has_one_form_or_the_other(quick: pathlib.Path, serial: int) -> None:
    template = quick / 'template'
    template.mkdir()
    write(file_place(template), 1, 2, encrypt=False, keep_input=True)
    before = file_storage(template).read(serial)
    other = {1: 2, 2: 1}[serial]
    untouched = file_storage(template).read(other)
    form = cloud(9)
    after = State(form, dataclasses.replace(before.meta, sha256=digest(form), parent='p'), {'other': 'form'})

    def kill(_name: str) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    outcomes = []
    for number in range(1, 200):
        directory = quick / str(number)
        shutil.copytree(template, directory)

        def child(directory: pathlib.Path = directory, number: int = number) -> None:
            with at_step(number, kill):
                file_storage(directory).rewrite(after, before.meta)

        status = in_child(child)
        storage = file_storage(directory)
        assert storage.read(serial) in (before, after)
        assert storage.read(other) == untouched
        assert [meta.serial for meta in storage.history()] == [2, 1]
        outcomes.append(storage.read(serial) == after)
        storage.rewrite(after, storage.read(serial).meta)
        assert storage.read(serial) == after
        assert storage.read(other) == untouched
        assert leftovers(directory) == []
        file_store(directory).update(giving(cloud(3)))
        assert [storage.read(meta.serial).inventory for meta in storage.history()][1:] == [
            form if meta.serial == serial else cloud(meta.serial) for meta in storage.history()[1:]
        ]
        shutil.rmtree(directory)
        if status == 0:
            break
    assert number > 20
    assert outcomes == sorted(outcomes)
    assert outcomes[-1] and not outcomes[0]


def test_an_inventory_file_that_was_sealed_by_hand_is_taken_over(kept: Place) -> None:
    import json

    from ansible.parsing.vault import VaultLib

    text = VaultLib().encrypt(json.dumps(cloud(1)), secret=OLD[1])
    (kept.directory / 'openstack_inventory.json').write_bytes(text)
    state = kept.store(OLD).load()
    assert state and state.inventory == cloud(1) and state.meta.counts['hosts'] == 2
    kept.store(OLD).update(giving(cloud(2)))
    assert 'hunter2' not in kept.found()
    assert [len(kept.open(OLD).read(meta.serial).inventory) for meta in kept.open(OLD).history()] == [3, 3]
