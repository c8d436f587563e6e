# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any storage with sealed states (option `encrypt`): sealed before it gets them, opened after it gave them.

The storage sees a state like any other, of which it knows nothing: `sealing.SEALED` in place of the inventory, and an
account whose digests are those of what it sees. The true ones are inside, sealed with the inventory; so whoever reads
the storage cannot try out guesses at a value by their digest.
"""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from ...canonical import digest
from ...errors import StateDamaged, StateSealed, StorageError
from ...inventory import Inventory
from ...results import Notice
from ..contract import Finding, LockInfo, Meta, State, Storage
from ..formats.metadata import counts
from ..formats.records import RESTORE
from ..lookup.declaration import Options
from .outline import outline
from .vault_text import OUTLINE, SEALED, Seal, opened, sealed, sealed_text

_INVENTORY = 'inventory'
_ACCOUNT = 'account'
_BOUND = ('lineage', 'serial', 'write_id')
"""What is inside so that a text cannot be put under the account of another state."""
_HIDDEN = ('sha256', 'parent', 'input_digest')

REKEY = 'Run: osa-inventory storage rekey'


class Sealed(Storage):
    """A registered storage whose states are sealed when they are written, and opened when they are read.

    encrypt: False stores plainly what it is given, to unseal what is kept. Plain states are read either way.
    What it has besides the contract, such as `upgrade`, is that of the storage.
    """

    def __init__(self, storage: Storage, seal: Seal, *, encrypt: bool = True) -> None:
        self.NAME = storage.NAME  # type: ignore[misc]  # Here, that of one object.
        self.LOCAL = storage.LOCAL  # type: ignore[misc]  # Here, that of one object.
        self.KEEPS = storage.KEEPS  # type: ignore[misc]  # Here, that of one object.
        self.ACCOUNTS = storage.ACCOUNTS  # type: ignore[misc]  # Here, that of one object.
        self.seal = seal
        self._storage = storage
        self._encrypt = encrypt
        # The accounts that were given out last, each with that which the storage has.
        self._given: collections.deque[tuple[Meta, Meta]] = collections.deque(maxlen=4)

    def __getattr__(self, name: str) -> t.Any:
        if name.startswith('_'):
            raise AttributeError(name)
        return getattr(self._storage, name)

    @property
    def options(self) -> Options:
        """Those of the storage."""
        return self._storage.options

    @options.setter
    def options(self, options: Options) -> None:
        self._storage.options = options

    def register(self, options: dict[str, t.Any]) -> None:
        self._storage.register(options)

    def describe(self) -> str:
        return self._storage.describe()

    def regions(self) -> list[str] | None:
        return self._storage.regions()

    def proofs(self) -> list[str]:
        return self._storage.proofs()

    def recover(self) -> Meta | None:
        return self._storage.recover()

    def notify(self, notice: Notice) -> None:
        self._storage.notify(notice)

    def take_notices(self) -> tuple[Notice, ...]:
        return self._storage.take_notices()

    def read(self, serial: int | None = None) -> State | None:
        """The newest state, or that of a kept serial, opened. Besides, raises StateSealed."""
        stored = self._storage.read(serial)
        if stored is None:
            return None
        state = self._opened(stored)
        self._given.append((state.meta, stored.meta))
        return state

    def commit(
        self, inventory: Inventory, meta: Meta, base: Meta | None, source: dict[str, t.Any] | None = None
    ) -> None:
        """Store a state, sealed. Besides, raises StateSealed when there is no secret to seal with."""
        stored_base = self._as_stored(base)
        stored = self._stored(State(inventory, meta, source), stored_base.sha256 if stored_base else None)
        self._storage.commit(stored.inventory, stored.meta, stored_base, stored.source)
        self._given.append((meta, stored.meta))

    def history(self) -> list[Meta]:
        """The accounts of all kept states, newest first; of sealed ones with the digests of what is stored."""
        return self._storage.history()

    def sweep(self) -> None:
        self._storage.sweep()

    def prune(self, keep: int) -> list[Meta]:
        return self._storage.prune(keep)

    def lock(self, info: LockInfo, timeout: float) -> None:
        self._storage.lock(info, timeout)

    def holder(self) -> LockInfo | None:
        return self._storage.holder()

    def break_lock(self, lock_id: str) -> None:
        self._storage.break_lock(lock_id)

    def check(self) -> list[Finding]:
        """What the storage finds out, and whether all that it keeps is sealed as it should be."""
        found = self._storage.check()
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

    @property
    def encrypts(self) -> bool:
        """Whether states are sealed when they are written."""
        return self._encrypt

    def fits(self, serial: int) -> bool:
        """Whether a kept state has the form in which it would be written now; also where it is not kept any more."""
        stored = self._storage.read(serial)
        return stored is None or self._fits(stored)

    def _fits(self, stored: State) -> bool:
        texts = [sealed_text(part) for part in (stored.inventory, stored.source) if part is not None]
        if not self._encrypt:
            return texts == [None] * len(texts)
        return all(text is not None and self.seal.is_current(text.encode('utf-8', 'replace')) for text in texts)

    def rekey(self, serial: int, before: Meta | None) -> Meta | None:
        """Bring one kept state into the form in which it would be written now.

        before: the account, as stored, of the kept state before it, which has that form already; None without one.
        Returns the account as it is stored now; None when the state is not kept any more. Raises StorageRefused where
        the storage cannot do that, StateConflict, StateSealed, and what reading raises.
        """
        stored = self._storage.read(serial)
        if stored is None:
            return None
        was_sealed = sealed_text(stored.inventory) is not None
        follows = before is not None and before.serial == stored.meta.serial - 1
        parent = before.sha256 if before and follows else stored.meta.parent if was_sealed else None
        if self._fits(stored) and (not self._encrypt or parent == stored.meta.parent):
            return stored.meta
        wanted = self._stored(self._opened(stored), parent)
        self._storage.rewrite(wanted, stored.meta)
        return wanted.meta

    def _opened(self, stored: State) -> State:
        text = sealed_text(stored.inventory)
        if text is None:
            return dataclasses.replace(stored, source=self._opened_source(stored))
        where = self._where(stored.meta)
        content = opened(text, self.seal, where)
        if isinstance(content, dict) and content.keys() == {_INVENTORY, _ACCOUNT}:
            inventory, account = content[_INVENTORY], content[_ACCOUNT]
        else:
            # Sealed by hand: a plain inventory.
            inventory, account = content, {}
        if not isinstance(inventory, dict) or not isinstance(account, dict):
            raise StateDamaged(f'What is sealed in {where} is no inventory.', help_text=RESTORE)
        meta = self._true_account(stored.meta, inventory, account, where)
        return State(inventory, meta, self._opened_source(stored))

    def _opened_source(self, stored: State) -> dict[str, t.Any] | None:
        text = sealed_text(stored.source) if stored.source is not None else None
        return stored.source if text is None else opened(text, self.seal, f'the input of {self._where(stored.meta)}')

    def _true_account(self, stored: Meta, inventory: Inventory, account: dict[str, t.Any], where: str) -> Meta:
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

    def _stored(self, state: State, parent: str | None) -> State:
        """A state as the storage is to have it; parent: digest of what it has of the state before."""
        if not self._encrypt:
            return state
        where = self._where(state.meta)
        account = {key: getattr(state.meta, key) for key in (*_BOUND, *_HIDDEN)}
        inventory: Inventory = {SEALED: sealed({_INVENTORY: state.inventory, _ACCOUNT: account}, self.seal, where)}
        if self._storage.OUTLINES:
            inventory[OUTLINE] = outline(state.inventory)
        meta = dataclasses.replace(state.meta, sha256=digest(inventory), parent=parent, input_digest=None)
        source = None if state.source is None else {SEALED: sealed(state.source, self.seal, where)}
        return State(inventory, meta, source)

    def _as_stored(self, base: Meta | None) -> Meta | None:
        """The account that the storage has of a state, by the one that was given out."""
        if base is None:
            return None
        for given, stored in reversed(self._given):
            if given == base:
                return stored
        if not base.write_id:
            return base
        return next((meta for meta in self._storage.history() if meta.write_id == base.write_id), base)

    def _where(self, meta: Meta) -> str:
        serial = f'serial {meta.serial} of ' if self.ACCOUNTS else ''
        return f'{serial}{self._storage.describe()}'


def sealed_storage(storage: Storage, seal: Seal | None) -> Storage:
    """The storage with its states sealed. Raises StateSealed without anything that can seal."""
    if seal is None:
        raise StateSealed(
            f"The option 'encrypt' of the storage '{storage.NAME}' is true, but there is nothing to seal states with.",
            help_text='Open the storage through the inventory source, or with an object that seals (parameter seal).',
        )
    return Sealed(storage, seal)
