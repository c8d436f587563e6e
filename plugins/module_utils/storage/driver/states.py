# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of a storage, decoded: what the driver, a migration and a change of the key work with."""

from __future__ import annotations

import collections
import typing as t

from ...errors import StorageError, StorageRefused
from ...inventory import Inventory
from ..contract import Ephemeral, Finding, History, Lock, LockInfo, Meta, Rewrite, State, Storage, capability
from ..encryption.cipher import Cipher
from ..encryption.codec import Codec
from ..formats.encrypted_text import encrypted_text

REKEY = 'Run: osa-inventory storage rekey'


class States:
    """A registered storage, the codec of its states, and what stands in for a capability that it has not.

    codec: by default the one that the storage's options ask for.
    """

    def __init__(self, storage: Storage, codec: Codec | None = None) -> None:
        self.storage = storage
        self.codec = Codec.of(storage, None) if codec is None else codec
        # The accounts that were given out last, each with that which the storage has.
        self._given: collections.deque[tuple[Meta, Meta]] = collections.deque(maxlen=4)

    @classmethod
    def of(cls, storage: Storage, cipher: Cipher | None) -> States:
        """With the codec that the storage's options ask for. Raises StateSealed where it lacks a cipher."""
        return cls(storage, Codec.of(storage, cipher))

    def decrypting(self, cipher: Cipher) -> States:
        """The same, written plainly where they are not encrypted anyway, and read by a cipher if need be."""
        return self if self.codec.encrypts else States(self.storage, Codec(cipher))

    def describe(self) -> str:
        """Where they are, for people."""
        return self.storage.describe()

    @property
    def kept(self) -> bool:
        """Whether the storage keeps anything at all."""
        return capability(self.storage, Ephemeral) is None

    @property
    def accounted(self) -> bool:
        """Whether the accounts of states are kept with them."""
        return capability(self.storage, History) is not None

    def read(self, serial: int | None = None) -> State | None:
        """The newest state, or that of a kept serial; None when there is none. Besides, raises StateSealed."""
        stored = self.storage.read(serial)
        if stored is None:
            return None
        state = self.codec.decoded(stored, self._where(stored.meta))
        self._given.append((state.meta, stored.meta))
        return state

    def commit(
        self, inventory: Inventory, meta: Meta, base: Meta | None, source: dict[str, t.Any] | None = None
    ) -> None:
        """Store a state; see the contract. Besides, raises StateSealed when there is no secret to encrypt with."""
        stored_base = self._as_stored(base)
        parent = stored_base.sha256 if stored_base else None
        stored = self.codec.encoded(State(inventory, meta, source), parent, self._where(meta))
        self.storage.commit(stored.inventory, stored.meta, stored_base, stored.source)
        self._given.append((meta, stored.meta))

    def history(self) -> list[Meta]:
        """The accounts of all kept states, newest first; of encrypted ones with the digests of what is stored."""
        keeping = capability(self.storage, History)
        if keeping:
            return keeping.history()
        newest = self.storage.read()
        return [newest.meta] if newest else []

    def prune(self, keep: int) -> list[Meta]:
        """Drop all but the newest state and `keep` older ones; returns the accounts of the dropped ones."""
        keeping = capability(self.storage, History)
        return keeping.prune(keep) if keeping else []

    def recover(self) -> Meta | None:
        """Make way for a restore; see `History.recover`."""
        keeping = capability(self.storage, History)
        return keeping.recover() if keeping else next(iter(self.history()), None)

    def holder(self) -> LockInfo | None:
        """Who holds the lock between operators, or None."""
        locking = capability(self.storage, Lock)
        return locking.holder() if locking else None

    def check(self) -> list[Finding]:
        """What the storage finds out, and whether all that it keeps is encrypted as it should be."""
        found = self.storage.check()
        if not self.codec.encrypts:
            return found
        try:
            others = [meta.serial for meta in self.history() if not self.fits(meta.serial)]
        except StorageError as error:
            known = any(finding.what == error.message for finding in found)
            return found if known else [*found, Finding('error', error.message, error.help_text)]
        if others:
            serials = ', '.join(map(str, others))
            what = f'States are kept that are plain, or sealed with another secret than the first: serial {serials}.'
            return [*found, Finding('warning', what, f'{REKEY}.')]
        return [*found, Finding('ok', 'All kept states are sealed with the first vault secret.')]

    # The form of kept states

    def fits(self, serial: int) -> bool:
        """Whether a kept state has the form in which it would be written now; also where it is not kept any more."""
        stored = self.storage.read(serial)
        return stored is None or self.codec.fits(stored)

    def rekey(self, serial: int, before: Meta | None) -> Meta | None:
        """Bring one kept state into the form in which it would be written now.

        before: the account, as stored, of the kept state before it, which has that form already; None without one.
        Returns the account as it is stored now; None when the state is not kept any more. Raises StorageRefused where
        the storage cannot do that, StateConflict, StateSealed, and what reading raises.
        """
        stored = self.storage.read(serial)
        if stored is None:
            return None
        was_encrypted = encrypted_text(stored.inventory) is not None
        follows = before is not None and before.serial == stored.meta.serial - 1
        parent = before.sha256 if before and follows else stored.meta.parent if was_encrypted else None
        if self.codec.fits(stored) and (not self.codec.encrypts or parent == stored.meta.parent):
            return stored.meta
        where = self._where(stored.meta)
        wanted = self.codec.encoded(self.codec.decoded(stored, where), parent, where)
        self._rewriting().rewrite(wanted, stored.meta)
        return wanted.meta

    def sweep(self) -> None:
        """Remove what an interrupted `rekey` has left of former forms."""
        rewriting = capability(self.storage, Rewrite)
        if rewriting:
            rewriting.sweep()

    def _rewriting(self) -> Rewrite:
        rewriting = capability(self.storage, Rewrite)
        if rewriting is None:
            raise StorageRefused(
                f"The storage '{self.storage.NAME}' cannot put states that it keeps into another form.",
                help_text="Copy all of them to an empty place, such as another 'region' of this storage (osa-inventory"
                ' migrate), name that in the inventory source, and remove the old ones.',
            )
        return rewriting

    def _as_stored(self, base: Meta | None) -> Meta | None:
        """The account that the storage has of a state, by the one that was given out."""
        if base is None:
            return None
        for given, stored in reversed(self._given):
            if given == base:
                return stored
        if self.codec.cipher is None or not base.write_id:
            return base
        return next((meta for meta in self.history() if meta.write_id == base.write_id), base)

    def _where(self, meta: Meta) -> str:
        """Which state of the storage, for people."""
        serial = f'serial {meta.serial} of ' if self.accounted else ''
        return f'{serial}{self.storage.describe()}'
