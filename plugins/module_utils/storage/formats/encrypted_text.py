# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the place of an encrypted inventory in a storage (option `encrypt`).

It is a mapping with one text in the form of Ansible Vault. It is not an inventory, so that nothing can take it for one
without hosts.
"""

from __future__ import annotations

import typing as t

from ...errors import StateSealed

ENCRYPTED = 'osa_inventory_sealed'
"""The key of the vault text. Its name is that of the first release, which stored states have."""

OUTLINE = 'outline'
"""The key of what such a storage as `sql` is told of an encrypted inventory: see `outline.outline`."""

MARK = '$ANSIBLE_VAULT;'
"""What every vault text begins with."""

_LONGEST_NAME = 64
"""How many characters of a vault id a message shows."""


def encrypted_text(inventory: t.Mapping[str, t.Any]) -> str | None:
    """The vault text that stands for an inventory, or for its input; None for a plain one."""
    text = inventory.get(ENCRYPTED)
    return text if isinstance(text, str) else None


def refuse_encrypted(inventory: t.Mapping[str, t.Any], where: str) -> None:
    """Raise StateSealed for what is encrypted; where: the storage, for people."""
    text = encrypted_text(inventory)
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
