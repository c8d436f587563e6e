# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places for encrypted states, and all that somebody finds there who looks at them without any password."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import os
import pathlib
import tarfile
import typing as t
import zlib

import sqlalchemy
from ansible.parsing.vault import VaultSecret
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.states import States
from ansible_collections.osa.inventory.plugins.module_utils.storage.driver.store import Store
from ansible_collections.osa.inventory.plugins.module_utils.storage.lookup.names import open_storage
from ansible_collections.osa.inventory.plugins.module_utils.storage.redis.scripts import Keys
from ansible_collections.osa.inventory.plugins.module_utils.storage.sql.schema import tables
from ansible_collections.osa.inventory.plugins.plugin_utils.source.vault import VaultCipher
from ansible_collections.osa.inventory.tests.servers.base import PASSWORD_MARK
from ansible_collections.osa.inventory.tests.servers.redis_server import Redis
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift
from support.storage_samples import giving

OLD, NEW, OTHER = (
    ('old', VaultSecret(f'the former password {PASSWORD_MARK}'.encode())),
    ('new', VaultSecret(f'the next password {PASSWORD_MARK}'.encode())),
    ('other', VaultSecret(f'another password {PASSWORD_MARK}'.encode())),
)
SECRET = 'hunter2-{}-of-the-inventory'
"""What must never be found; the number is that of the state."""


def cloud(number: int) -> Inventory:
    """An inventory with a secret in each kind of place that holds values, and one more host per number."""
    secret = SECRET.format(number)
    hosts = {
        f'host{host}': {
            'ansible_host': f'172.29.236.{host + 1}',
            'component': 'compute',
            'container_networks': {'management_address': {'address': f'172.29.236.{host + 1}', 'note': secret}},
            'physical_host': f'host{host}',
            'properties': {'is_metal': True, 'token': secret},
            'password': secret,
        }
        for host in range(number + 1)
    }
    return {
        '_meta': {'hostvars': hosts},
        'all': {'vars': {'admin_password': secret, 'nested': {'deep': [secret]}}},
        'compute': {'hosts': sorted(hosts), 'children': []},
    }


@dataclasses.dataclass
class Place:
    """Where states are kept.

    setting: as an inventory source has it. at_rest: every piece of bytes that is kept there, as it is.
    """

    directory: pathlib.Path
    setting: dict[str, t.Any]
    at_rest: t.Callable[[], t.Iterable[bytes]]
    region: str = 'default'

    def open(self, *secrets: tuple[str, VaultSecret], encrypt: bool = True, **options: t.Any) -> States:
        return self.store(*secrets, encrypt=encrypt, **options).states

    def store(self, *secrets: tuple[str, VaultSecret], encrypt: bool = True, **options: t.Any) -> Store:
        setting = {**self.setting, 'encrypt': encrypt, **options}
        storage = open_storage(setting, region=self.region, config_dir=str(self.directory))
        return Store(storage, str(self.directory), cipher=VaultCipher(list(secrets)))

    def decrypting(self, *secrets: tuple[str, VaultSecret]) -> States:
        """The states as `osa-inventory storage rekey` opens them where the option is off."""
        return self.open(encrypt=False).decrypting(VaultCipher(list(secrets)))

    def found(self) -> str:
        """All that can be read there, uncompressed where it is compressed."""
        pieces = []
        for piece in self.at_rest():
            with contextlib.suppress(zlib.error):
                inflating = zlib.decompressobj()
                while piece:
                    pieces.append(inflating.decompress(piece))
                    piece, inflating = inflating.unused_data, zlib.decompressobj()
                continue
            pieces.append(piece)
        return b'\n'.join(pieces).decode('utf-8', 'replace')


def file_place(directory: pathlib.Path) -> Place:
    def at_rest() -> t.Iterator[bytes]:
        for path in directory.rglob('*'):
            if path.suffix == '.tar':
                with tarfile.open(path) as tar:
                    yield from (t.cast(t.IO[bytes], tar.extractfile(member)).read() for member in tar)
            elif path.is_file():
                yield path.read_bytes()

    return Place(directory, {'class': 'file'}, at_rest)


class Shelf:
    """A storage of somebody else, with three methods and a text for each region."""

    def register(self, options: dict[str, t.Any]) -> None:
        self.path = pathlib.Path(options['where'])

    def load(self) -> Inventory | None:
        return json.loads(self.path.read_text()) if self.path.exists() else None

    def write(self, inventory: Inventory) -> None:
        self.path.write_text(json.dumps(copy.deepcopy(inventory)))


def minimal_place(directory: pathlib.Path) -> Place:
    path = directory / 'shelf'
    setting = {'class': f'{__name__}:Shelf', 'where': str(path)}
    return Place(directory, setting, lambda: [path.read_bytes()] if path.exists() else [])


def sql_place(directory: pathlib.Path, site: t.Any) -> Place:
    def at_rest() -> t.Iterator[bytes]:
        engine = site.open()._database._reader
        with engine.connect() as connection:
            regions = tables().region
            number = sqlalchemy.select(regions.c.id).where(regions.c.name == site.region).scalar_subquery()
            for table in tables().metadata.sorted_tables:
                if 'region_id' in table.c:
                    for row in connection.execute(table.select().where(table.c.region_id == number)):
                        yield from (value if isinstance(value, bytes) else str(value).encode() for value in row)

    return Place(directory, {'class': 'sql', 'url': site.writer}, at_rest, site.region)


def redis_place(directory: pathlib.Path, server: Redis, region: str) -> Place:
    client, keys = server.client(), Keys.of('default', region)

    def at_rest() -> t.Iterator[bytes]:
        for key in (keys.head, keys.older):
            for name, value in client.hgetall(key).items():
                yield from (name, value)

    return Place(directory, {'class': 'redis', 'url': server.socket_url(server.writer)}, at_rest, region)


def swift_place(directory: pathlib.Path, server: Swift, container: str) -> Place:
    setting = {
        'class': 'swift',
        'container': container,
        'auth_url': server.auth_url(),
        'auth_version': '1',
        'username': server.writer.user,
        'password': server.writer.password,
        'settle': 0.1,
    }

    def at_rest() -> t.Iterator[bytes]:
        client = server.client()
        for entry in client.get_container(container)[1]:
            yield client.get_object(container, entry['name'])[1]

    return Place(directory, setting, at_rest)


def listing(directory: pathlib.Path) -> dict[str, bytes]:
    """The content of every file below a directory, but for the locks."""
    found = (path for path in directory.rglob('*') if path.is_file() and not path.name.endswith('.lock'))
    return {os.fspath(path.relative_to(directory)): path.read_bytes() for path in found}


def write(place: Place, *numbers: int, **options: t.Any) -> None:
    """Store clouds of these numbers, encrypted with `OLD`; options: of the storage."""
    for number in numbers:
        place.store(OLD, **options).update(giving(cloud(number)), source={'written': cloud(number)})
