# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that nobody sees."""

from __future__ import annotations

import logging

from ...module_utils.errors import OSAInventoryError
from ...module_utils.storage.contract import Storage
from ...module_utils.storage.formats.metadata import account
from .hooks import Hooks, part
from .inventories import adding, sample


class Secrecy(Hooks):
    """The part about what nobody may see; besides, every part looks for secrets in the errors that it met."""

    @part('no secret in any text', needs='nothing', hooks=['secrets'])
    def test_no_secret_is_in_any_message_repr_or_log_line(self) -> None:
        with self.listening(logging.DEBUG):
            self._use(self.storage())
            for hook in ('open_unreachable', 'open_refused', 'open_read_only'):
                if getattr(type(self), hook) is not getattr(Hooks, hook):
                    self._use(getattr(self, hook)('kit', self.region))
            try:
                self.storage(timeouts='wrong', keep='many')
            except OSAInventoryError as error:
                self.note_error(error)

    def _use(self, storage: Storage) -> None:
        """Everything that makes a text."""
        self.note(repr(storage), storage.describe())
        stale = account(sample('stale'), None, '')
        for act in (
            storage.check,
            storage.load,
            lambda: storage.write(sample('one')),
            lambda: self.put(storage, sample('two'), stale),
            lambda: storage.read(99),
            lambda: self.store(storage).lock('kit', 0),
            lambda: self.store(storage).lock('kit again', 0),
            lambda: self._unlock(storage),
            lambda: self.store(storage).update(adding('three')),
        ):
            try:
                self.note(repr(act()))
            except OSAInventoryError as error:
                self.note_error(error)
        self.note(*storage.take_notices())

    def _unlock(self, storage: Storage) -> None:
        store = self.store(storage)
        holder = store.holder()
        if holder:
            store.break_lock(holder.id)
