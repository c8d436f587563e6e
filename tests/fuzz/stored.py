# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets that read what storages hold: everything in it may be what somebody else has put there."""

from __future__ import annotations

import collections.abc as c
import contextlib
import dataclasses
import io
import json
import pathlib
import random
import tarfile
import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import Deployment
from ansible_collections.osa.inventory.plugins.module_utils.errors import OSAInventoryError
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.generator.reasons import Reasons
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.management import (
    difference,
    explanation,
    listing,
    networks,
    plan,
    removal,
    static_export,
    topology,
    topology_drawing,
)
from ansible_collections.osa.inventory.plugins.module_utils.results import Result
from ansible_collections.osa.inventory.plugins.module_utils.storage.contract import LockInfo, Meta, Storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver import invariants
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.last_seen import LAST_SEEN, LastSeen
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.file import storage as file
from ansible_collections.osa.inventory.plugins.module_utils.storage.file.archive import Addition
from ansible_collections.osa.inventory.plugins.module_utils.storage.file.reader import Files
from ansible_collections.osa.inventory.plugins.module_utils.storage.file.side_file import (
    Record,
    SideFile,
    content_digest,
)
from ansible_collections.osa.inventory.plugins.module_utils.storage.filesystem import Ownership, publish
from ansible_collections.osa.inventory.plugins.module_utils.storage.formats import json_text, metadata, records
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql import storage as sql
from fuzz.directories import SEPARATOR, Directories, seed
from support.invariants import broken_invariants

DIGEST = b'@digest@'
"""Stands in an account for the digest of what it is the account of, which nobody could guess."""

STORED_AT = '2026-01-02T03:04:05Z'
Run = c.Callable[[bytes], None]


def read_state(scratch: pathlib.Path, deployment: Deployment) -> Run:
    """A stored inventory: taken over by a run, looked at and altered by operators."""
    storage = registered(file.StorageModule, config_dir=str(scratch))
    path = scratch / 'openstack_inventory.json'
    written = Directories(scratch / 'written').written(seed())
    choice = Choice(rng=random.Random(0))

    def run(data: bytes) -> None:
        path.write_bytes(data)
        store = Store(storage, str(scratch))
        state = store.load()
        assert state is not None
        with invariants.bounded_depth('x'):
            _look_at(deployment, state.inventory)
        result = store.preview(lambda stored: generate(deployment, stored, choice))
        assert not (broken := broken_invariants(deployment, result.inventory, state.inventory)), broken
        assert plan.announce(state.inventory, result, choice).summary
        for host in list(result.inventory['_meta']['hostvars'])[:3]:
            reasons = Reasons(host)
            inventory = generate(deployment, state.inventory, choice, reasons).inventory
            assert explanation.explain(written, inventory, reasons)
        store.preview(lambda stored: _altered(t.cast(Inventory, stored)))

    return run


def _look_at(deployment: Deployment, inventory: Inventory) -> None:
    """All that an operator may want to see of a stored inventory."""
    listing.hosts(inventory)
    listing.members(inventory)
    listing.machines(inventory)
    listing.export_hosts(inventory)
    networks.usage(deployment.configuration, inventory)
    assert topology_drawing.svg(topology.topology(deployment, inventory, 'title'))
    for each in difference.differences({'_meta': {'hostvars': {}}}, inventory):
        assert str(each)
    with contextlib.suppress(OSAInventoryError):
        static_export.static_files(inventory)


def _altered(stored: Inventory) -> Result:
    """A removal and a clearing of addresses, as operators do them."""
    cleared = removal.clear_addresses(stored).inventory
    names = list(cleared['_meta']['hostvars'])[:1]
    return removal.remove_hosts(cleared, names, with_containers=True) if names else Result(cleared)


def state_seeds(inventory: Inventory) -> c.Iterator[bytes]:
    """An inventory of this version, and one as older releases left them."""
    yield json_text.dump(inventory).encode('ascii')
    old = json.loads(json.dumps(inventory))
    for variables in old['_meta']['hostvars'].values():
        for name, entry in (variables.pop('container_networks', None) or {}).items():
            variables.update({name: entry.get('address'), 'container_network': {'container_bridge': 'br'}})
        variables.pop('container_tech')
    yield json.dumps(old, separators=(',', ':')).encode('ascii')
    yield b'{"_meta": {"hostvars": {"a": {}}}, "all": {"vars": {}}, "g": {"hosts": ["a"], "children": null}}'


_FILES = ('openstack_inventory.json', '.openstack_inventory.meta.json', '.openstack_inventory.held.json', LAST_SEEN)


def read_files(scratch: pathlib.Path, _deployment: Deployment) -> Run:
    """The files of the file storage, and the breadcrumb; parts of an input are in the order of `_FILES`."""
    storage = registered(file.StorageModule, config_dir=str(scratch), keep_input=True)
    archive = scratch / 'backup_openstack_inventory.tar'

    def run(data: bytes) -> None:
        archive.unlink(missing_ok=True)
        parts = dict(zip(_FILES, data.split(SEPARATOR), strict=False))
        digest = content_digest(parts.get(_FILES[0], b'')).encode('ascii')
        for name in _FILES:
            if parts.get(name):
                (scratch / name).write_bytes(parts[name].replace(DIGEST, digest))
            else:
                (scratch / name).unlink(missing_ok=True)
        read_everything(storage)
        LastSeen(str(scratch)).evidence(storage.region)
        with contextlib.suppress(OSAInventoryError):
            Store(storage, str(scratch)).update(lambda stored: Result({**(stored or _EMPTY), 'new': {'hosts': []}}))
        with contextlib.suppress(OSAInventoryError):
            storage.prune(1)
        read_everything(storage)

    return run


_EMPTY: Inventory = {'_meta': {'hostvars': {}}, 'all': {'vars': {}}}


def files_seeds(inventory: Inventory) -> c.Iterator[bytes]:
    """All files, of a state that they know, and of one from before."""
    text = json_text.dump(small(inventory)).encode('ascii')
    old, new = account(inventory, 1), account(inventory, 2)
    states = (Record(old, 'c' * 64, '20260102_030405', None), Record(new, DIGEST.decode(), None, 'd' * 64))
    side = SideFile('default/default', states).as_bytes()
    crumb = {'format': 1, 'regions': {'default/default': {'storage': 'file', 'lineage': old.lineage, 'serial': 1}}}
    yield SEPARATOR.join([text, side, lock_text().encode('ascii'), json.dumps(crumb).encode('ascii')])
    yield SEPARATOR.join([text, side.replace(DIGEST, b'0' * 64)])
    yield SEPARATOR.join([b'', side, b'{}', b'{"regions": []}'])


def read_archive(scratch: pathlib.Path, _deployment: Deployment) -> Run:
    """The backup archive: read, and written anew with one more state."""
    storage = registered(file.StorageModule, config_dir=str(scratch))
    files = Files.around(str(scratch / _FILES[0]), storage.region)
    path = pathlib.Path(files.archive.path)

    def run(data: bytes) -> None:
        path.write_bytes(data)
        read_everything(storage)
        contents = files.archive.contents()
        before = {member.stamp: files.archive.read(member.stamp) for member in contents.members}
        if contents.problem is None:
            files.archive.stage(contents, 100, Ownership(), Addition('99990101_000000', b'{}', 0))
            publish(str(path))
            assert files.archive.contents().problem is None
            for stamp, content in before.items():
                assert files.archive.read(stamp) == content or stamp == '99990101_000000'

    return run


def archive_seeds(inventory: Inventory) -> c.Iterator[bytes]:
    """Archives in every format that tar has, and one with members of other kinds."""
    text = json_text.dump(small(inventory)).encode('ascii')
    for format_ in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT):
        yield _tar(format_, [('openstack_inventory.json-20260102_030405.json', text), ('ä' * 60, b'')])
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode='w') as tar:
        for kind in (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            info = tarfile.TarInfo('openstack_inventory.json-20260102_030406.json')
            info.type, info.linkname = kind, 'x' * 120
            tar.addfile(info)
    yield whole.getvalue()


def _tar(format_: int, members: c.Iterable[tuple[str, bytes]]) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode='w', format=format_) as tar:
        for name, data in members:
            with contextlib.suppress(ValueError):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return whole.getvalue()


def registered(kind: type[Storage], **options: t.Any) -> t.Any:
    storage = kind()
    storage.register(options)
    return storage


def read_everything(storage: Storage) -> None:
    """All that reads: each may refuse, and none may stop the others."""
    readers: list[c.Callable[[], t.Any]] = [storage.read, storage.history, storage.holder]
    readers += [lambda: storage.read(1), lambda: storage.read(-20260102030405)]
    if isinstance(storage, (file.StorageModule, sql.StorageModule)):
        readers.append(storage.check)
    for reader in readers:
        with contextlib.suppress(OSAInventoryError):
            reader()


def small(inventory: Inventory) -> Inventory:
    """Some of an inventory: what is read is the same, and mutations hit more of it."""
    hosts = dict(list(inventory['_meta']['hostvars'].items())[:2])
    return {
        '_meta': {'hostvars': hosts},
        'all': {'vars': {'a': [1, 2.5, None, 'é']}},
        'hosts': {'hosts': list(hosts), 'children': ['x']},
        'x': {'hosts': []},
    }


def account(inventory: Inventory, serial: int) -> Meta:
    return dataclasses.replace(
        metadata.account(small(inventory), None, 'why'),
        serial=serial,
        lineage='2f0f2f1c-0000-4000-8000-000000000000',
        write_id=f'2f0f2f1c-0000-4000-8000-{serial:012d}',
        written_at=STORED_AT,
        writer='root@deploy (pid 1)',
    )


def lock_text() -> str:
    return records.lock_text(LockInfo('id', 'root@deploy', 'remove', 'deploy', STORED_AT))
