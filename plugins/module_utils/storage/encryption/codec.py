# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States in the form in which a storage has them: plain, or encrypted (option `encrypt`).

A storage sees an encrypted state like any other, of which it knows nothing: `encrypted_text.ENCRYPTED` in place of the
inventory, and an account whose digests are those of what it sees. The true ones are inside, encrypted with the
inventory, so that nobody who reads the storage can try out guesses at a value by their digest.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ...canonical import digest
from ...errors import StateDamaged, StateSealed
from ...inventory import Inventory
from ..contract import Ephemeral, Meta, Outlines, State, Storage, capability
from ..formats.encrypted_text import ENCRYPTED, OUTLINE, encrypted_text
from ..formats.metadata import counts
from ..formats.records import RESTORE
from .cipher import Cipher, decrypt, encrypt
from .outline import outline

_INVENTORY = 'inventory'
_ACCOUNT = 'account'
_BOUND = ('lineage', 'serial', 'write_id')
"""What is inside so that a text cannot be put under the account of another state."""
_HIDDEN = ('sha256', 'parent', 'input_digest')


@dataclasses.dataclass(frozen=True)
class Codec:
    """From a state to what a storage is given, and back. Plain states are read either way.

    cipher: encrypts and decrypts; None where all states are plain.
    encrypts: whether states are encrypted when they are written; if not, a cipher only reads what is encrypted.
    outlines: whether the storage is told the outline of an encrypted inventory.

    where: in each method, which state of which storage it is, for people.
    """

    cipher: Cipher | None = None
    encrypts: bool = False
    outlines: bool = False

    @classmethod
    def of(cls, storage: Storage, cipher: Cipher | None) -> Codec:
        """What the options of a storage ask for. Raises StateSealed without anything that can encrypt."""
        if not storage.options.encrypt or capability(storage, Ephemeral) is not None:
            return cls()
        if cipher is None:
            raise StateSealed(
                f"The option 'encrypt' of the storage '{storage.NAME}' is true, but there is nothing to seal states"
                ' with.',
                help_text='Open the storage through the inventory source, or give its driver a cipher (parameter'
                ' cipher).',
            )
        return cls(cipher, True, capability(storage, Outlines) is not None)

    def encoded(self, state: State, parent: str | None, where: str) -> State:
        """A state as the storage is to have it; parent: digest of what it has of the state before.

        Raises StateSealed when there is no secret to encrypt with.
        """
        if self.cipher is None or not self.encrypts:
            return state
        account = {key: getattr(state.meta, key) for key in (*_BOUND, *_HIDDEN)}
        content = {_INVENTORY: state.inventory, _ACCOUNT: account}
        inventory: Inventory = {ENCRYPTED: encrypt(content, self.cipher, where)}
        if self.outlines:
            inventory[OUTLINE] = outline(state.inventory)
        meta = dataclasses.replace(state.meta, sha256=digest(inventory), parent=parent, input_digest=None)
        source = None if state.source is None else {ENCRYPTED: encrypt(state.source, self.cipher, where)}
        return State(inventory, meta, source)

    def decoded(self, stored: State, where: str) -> State:
        """The state that a storage gave; without a cipher as it is.

        Raises StateSealed when no secret opens it, StateDamaged.
        """
        if self.cipher is None:
            return stored
        source = _decrypted_source(stored.source, self.cipher, where)
        text = encrypted_text(stored.inventory)
        if text is None:
            return dataclasses.replace(stored, source=source)
        content = decrypt(text, self.cipher, where)
        if isinstance(content, dict) and content.keys() == {_INVENTORY, _ACCOUNT}:
            inventory, account = content[_INVENTORY], content[_ACCOUNT]
        else:
            # Encrypted by hand: a plain inventory.
            inventory, account = content, {}
        if not isinstance(inventory, dict) or not isinstance(account, dict):
            raise StateDamaged(f'What is sealed in {where} is not an inventory.', help_text=RESTORE)
        return State(inventory, _true_account(stored.meta, inventory, account, where), source)

    def fits(self, stored: State) -> bool:
        """Whether a stored state has the form in which it would be written now."""
        texts = [encrypted_text(part) for part in (stored.inventory, stored.source) if part is not None]
        cipher = self.cipher
        if cipher is None or not self.encrypts:
            return texts == [None] * len(texts)
        return all(text is not None and cipher.is_current(text.encode('utf-8', 'replace')) for text in texts)


def _decrypted_source(source: dict[str, t.Any] | None, cipher: Cipher, where: str) -> dict[str, t.Any] | None:
    text = encrypted_text(source) if source is not None else None
    return source if text is None else decrypt(text, cipher, f'the input of {where}')


def _true_account(stored: Meta, inventory: Inventory, account: dict[str, t.Any], where: str) -> Meta:
    """The account of a state as it was given to be stored. Raises StateDamaged if it is that of another one."""
    sha256 = digest(inventory)
    if not stored.write_id or not account:
        # The storage keeps no accounts, or the text was put there by another program.
        return dataclasses.replace(stored, sha256=sha256, counts=counts(inventory))
    bound = {key: getattr(stored, key) for key in _BOUND}
    if {key: account.get(key) for key in _BOUND} != bound or account.get('sha256') != sha256:
        raise StateDamaged(f'What is sealed in {where} belongs to another state.', help_text=RESTORE)
    hidden: dict[str, t.Any] = {key: account.get(key) for key in _HIDDEN}
    return dataclasses.replace(stored, **hidden)
