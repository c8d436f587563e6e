# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that fit JSON as vault texts, and back."""

from __future__ import annotations

import json
import typing as t
import zlib

from ...canonical import canonical
from ...errors import StateDamaged
from ..formats.compression import inflate
from ..formats.records import RESTORE


class Cipher(t.Protocol):
    """What encrypts and decrypts, such as Ansible's vault with the secrets of this run.

    where: what is encrypted, for messages.
    """

    def encrypt(self, data: bytes, where: str) -> bytes:
        """The data as vault text. Raises StateSealed when there is no secret to encrypt with."""

    def decrypt(self, text: bytes, where: str) -> bytes:
        """The data in a vault text. Raises StateSealed when no secret opens it, StateDamaged for no vault text."""

    def is_current(self, text: bytes) -> bool:
        """Whether the secret that `encrypt` uses opens a vault text."""


def encrypt(value: t.Any, cipher: Cipher, where: str) -> str:
    """A value that fits JSON, compressed and encrypted. Raises InventoryError, and what `Cipher.encrypt` raises."""
    data = zlib.compress(canonical(value).encode('ascii'), level=6)
    return cipher.encrypt(data, where).decode('ascii').strip()


def decrypt(text: str, cipher: Cipher, where: str) -> t.Any:
    """The value in a vault text; also the JSON in one that was made by hand. Raises what `Cipher.decrypt` raises."""
    try:
        data = cipher.decrypt(text.encode('ascii'), where)
        return json.loads(data if data[:1] in (b'{', b'[') else inflate(data, where))
    except (ValueError, RecursionError, zlib.error) as error:
        raise StateDamaged(f'What is sealed in {where} is not an inventory.', help_text=RESTORE) from error
