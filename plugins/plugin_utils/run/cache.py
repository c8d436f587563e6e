# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a remote storage gave, kept in Ansible's inventory cache."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.inventory import Cacheable
from ansible.utils.display import Display

from ...module_utils.errors import OSAInventoryError, StateDamaged, StateSealed
from ...module_utils.inventory import Inventory
from ...module_utils.storage.driver.invariants import check_stored
from ...module_utils.storage.encryption.cipher import Cipher, decrypt, encrypt
from ...module_utils.storage.formats.encrypted_text import MARK

display = Display()

_WHERE = 'the inventory cache'


@dataclasses.dataclass(frozen=True)
class Identity:
    """What a cached inventory belongs to.

    It is kept with the inventory and compared, as the keys of Ansible's cache have 24 bits only.
    source: path of the inventory source. storage: where the state is. region: `tenant/region` in it.
    digest: of the configuration.
    """

    source: str
    storage: str
    region: str
    digest: str


class CachedInventory:
    """The place in Ansible's cache for the inventory of one identity.

    The cache gives back text as trusted as it was when it was put there, so anyone who writes to it could run
    templates. Therefore it holds one JSON text, and what is read from it is data like any other from a storage.
    """

    def __init__(self, plugin: Cacheable, identity: Identity, readable: bool, cipher: Cipher | None = None) -> None:
        """readable: False when Ansible wants the cache refreshed, so that it is only written.

        cipher: encrypts and decrypts the text, where the storage has it encrypted as well.
        """
        plugin.load_cache_plugin()
        self._cache = plugin.cache
        self._identity = dataclasses.asdict(identity)
        self._key = plugin.get_cache_key(json.dumps(self._identity))
        self._readable = readable
        self._cipher = cipher

    def read(self) -> Inventory | None:
        """The inventory of this identity; None when there is none that can be used."""
        if not self._readable:
            return None
        try:
            text = str(self._cache[self._key])
            if self._cipher and not text.startswith(MARK):
                return None
            content = decrypt(text, self._cipher, _WHERE) if self._cipher else json.loads(text)
        except KeyError:
            return None
        except (AnsibleError, OSAInventoryError, ValueError, RecursionError) as error:
            display.v(f'osa.inventory: the inventory cache is passed over: {error}')
            return None
        if not isinstance(content, dict) or content.get('identity') != self._identity:
            return None
        inventory: t.Any = content.get('inventory')
        if not isinstance(inventory, dict):
            return None
        try:
            check_stored(inventory, _WHERE)
        except (StateDamaged, StateSealed) as error:
            display.v(f'osa.inventory: the inventory cache is passed over: {error.message}')
            return None
        return inventory

    def write(self, inventory: Inventory) -> None:
        """Keep an inventory; Ansible writes it out at the end of a run that went well."""
        content = {'identity': self._identity, 'inventory': inventory}
        text = encrypt(content, self._cipher, _WHERE) if self._cipher else json.dumps(content, sort_keys=True)
        self._cache[self._key] = text
