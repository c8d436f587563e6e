# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sealed inventories (option `encrypt`): what stands in their place in a storage, and how they are opened.

What a storage is given instead of an inventory is a mapping with one text in the form of Ansible Vault. It is no
inventory, so that nothing can take it for one with no hosts.
"""

from __future__ import annotations

import json
import typing as t
import zlib

from ...canonical import canonical
from ...errors import StateDamaged, StateSealed
from ..formats.compression import inflate

SEALED = 'osa_inventory_sealed'
"""The key of the sealed text."""

OUTLINE = 'outline'
"""The key of what such a storage as `sql` is told of a sealed inventory: see `outline.outline`."""

_LONGEST_NAME = 64

MARK = '$ANSIBLE_VAULT;'
"""What every sealed text begins with."""


class Seal(t.Protocol):
    """What seals and opens, such as Ansible's vault with the secrets of this run.

    where: what is sealed, for messages.
    """

    def seal(self, data: bytes, where: str) -> bytes:
        """The data as vault text. Raises StateSealed when there is no secret to seal with."""

    def open(self, text: bytes, where: str) -> bytes:
        """The data in a vault text. Raises StateSealed when no secret opens it, StateDamaged for no vault text."""

    def is_current(self, text: bytes) -> bool:
        """Whether the secret that `seal` uses opens a vault text."""


def sealed_text(inventory: t.Mapping[str, t.Any]) -> str | None:
    """The vault text that stands for an inventory, or for its input; None for a plain one."""
    text = inventory.get(SEALED)
    return text if isinstance(text, str) else None


def refuse_sealed(inventory: t.Mapping[str, t.Any], where: str) -> None:
    """Raise StateSealed for what is sealed; where: the storage, for people."""
    text = sealed_text(inventory)
    if text is not None:
        raise StateSealed(
            f"The inventory in {where} is sealed{by_whom(text)}, and the option 'encrypt' of the storage is not set.",
            help_text="Set 'encrypt: true' among the options of the storage. To keep the inventory plainly from now on,"
            ' unseal what is kept first: osa-inventory storage rekey',
        )


def by_whom(text: str) -> str:
    """` with vault id 'NAME'`, as the head of a vault text says; '' where it names none."""
    parts = text.partition('\n')[0].strip().split(';')
    return f' with vault id {parts[3][:_LONGEST_NAME]!r}' if len(parts) > 3 else ''


def sealed(value: t.Any, seal: Seal, where: str) -> str:
    """A value that fits JSON, compressed and sealed. Raises InventoryError, and what `Seal.seal` raises."""
    data = zlib.compress(canonical(value).encode('ascii'), level=6)
    return seal.seal(data, where).decode('ascii').strip()


def opened(text: str, seal: Seal, where: str) -> t.Any:
    """The value in a sealed text; also the JSON in one that was sealed by hand. Raises what `Seal.open` raises."""
    try:
        data = seal.open(text.encode('ascii'), where)
        return json.loads(data if data[:1] in (b'{', b'[') else inflate(data, where))
    except (ValueError, RecursionError, zlib.error) as error:
        raise StateDamaged(
            f'What is sealed in {where} is no inventory.',
            help_text='Restore an older state (osa-inventory restore); osa-inventory history lists those that are'
            ' kept.',
        ) from error
