# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `file`: `openstack_inventory.json` and its backup archive, as the reference keeps them, and a side file.

The inventory file is the state; the side file only accounts for it. Either program can go on from the other's.
"""

from __future__ import annotations

import os
import time
import typing as t

from ...errors import StateConflict, StateDamaged, StorageOptionError
from ...inventory import Inventory
from ...results import Notice
from ..contract import Finding, History, Local, Lock, LockInfo, Meta, Proofs, Regions, Rewrite, State, Storage
from ..filesystem import Ownership
from ..formats.file_names import INVENTORY
from ..formats.records import locked_by
from . import lock_file, reader, writer
from .options import FileOptions
from .reader import Files, Head

_POLL = 0.05


class StorageModule(Storage, History, Lock, Rewrite, Regions, Proofs, Local):
    """One inventory file with all that goes with it; safe between processes, and between machines where locks are."""

    NAME = 'file'
    OPTIONS = FileOptions
    options: FileOptions

    def register(self, options: dict[str, t.Any]) -> None:
        super().register(options)
        directory = self.options.config_dir
        path = self.options.path or (directory and os.path.join(directory, INVENTORY))
        if not path:
            raise StorageOptionError("The storage 'file' needs the option 'path', or a configuration directory.")
        self._path = path

    def describe(self) -> str:
        return self._path

    def regions(self) -> list[str]:
        return [self.region]

    def proofs(self) -> list[str]:
        return reader.proofs(self._files())

    def read(self, serial: int | None = None) -> State | None:
        files = self._files()
        if serial is not None:
            return self._read_kept(files, serial)
        head = reader.observe(files)
        if head.lost:
            raise reader.lost(files)
        return self._state(files, head)

    def commit(
        self, inventory: Inventory, meta: Meta, base: Meta | None, source: dict[str, t.Any] | None = None
    ) -> None:
        data = reader.dump(inventory)
        files = self._files()
        with writer.writing(files, self.options.timeout):
            head = reader.observe(files)
            if not _same(head.meta, base):
                raise reader.lost(files) if head.lost else _conflict(head.meta, base)
            new = writer.NewState(data, meta, source)
            writer.store(files, head, new, self.options.keep, self.notify)

    def rewrite(self, state: State, before: Meta) -> None:
        files = self._files()
        new = writer.NewState(reader.dump(state.inventory), state.meta, state.source)
        with writer.writing(files, self.options.timeout):
            head = reader.observe_if_sound(files)
            if _same(head.meta, before) and not head.lost:
                writer.rewrite(files, head, None, new, self.notify)
                return
            kept = reader.read_archived(files, head.side_file, before.serial)
            stamp = reader.stamp_of(files, head.side_file, before.serial)
            if kept is None or stamp is None or not _same(kept.meta, before):
                raise _conflict(head.meta, before)
            writer.rewrite(files, head, stamp, new, self.notify)

    def history(self) -> list[Meta]:
        files = self._files()
        head = reader.observe_if_sound(files)
        contents = files.archive.contents()
        if contents.problem:
            self.notify(Notice(f"'{files.archive.path}' is damaged ({contents.problem}): some states may be missing."))
        newest = [head.meta] if head.meta and not head.lost else []
        archived = reader.archived(files, head.side_file, reversed(contents.members))
        # An interrupted write may have archived what is still the newest.
        return newest + [meta for meta in archived if meta not in newest]

    def prune(self, keep: int) -> list[Meta]:
        files = self._files()
        with writer.writing(files, self.options.timeout):
            before = self.history()
            writer.prune(files, keep, self.notify)
            after = self.history()
        return [meta for meta in before if meta not in after]

    def recover(self) -> Meta | None:
        files = self._files()
        with writer.writing(files, self.options.timeout):
            return writer.set_aside_if_damaged(files, self.notify)

    def lock(self, info: LockInfo, timeout: float) -> None:
        files = self._files()
        deadline = time.monotonic() + timeout
        while True:
            with writer.writing(files, self.options.timeout):
                holder = lock_file.take(files.lock, info, Ownership.of(files.data))
            if holder is None:
                return
            if time.monotonic() >= deadline:
                raise locked_by(holder)
            time.sleep(_POLL)

    def holder(self) -> LockInfo | None:
        return lock_file.read_holder(self._files().lock)

    def break_lock(self, lock_id: str) -> None:
        files = self._files()
        with writer.writing(files, self.options.timeout):
            lock_file.release(files.lock, lock_id)

    def check(self) -> list[Finding]:
        from .check import findings

        return findings(self._path, self.region, self.options.timeout)

    def _files(self) -> Files:
        return Files.around(self._path, self.region)

    def _state(self, files: Files, head: Head) -> State | None:
        if head.data is None or head.meta is None:
            return None
        inventory = reader.parse(files, head.data) if head.parsed is None else head.parsed
        return State(inventory, head.meta, self._source(files, head.record.source if head.record else None))

    def _read_kept(self, files: Files, serial: int) -> State | None:
        head = reader.observe_if_sound(files)
        if head.data is not None and head.meta and head.meta.serial == serial:
            return self._state(files, head)
        kept = reader.read_archived(files, head.side_file, serial)
        if kept is None:
            return None
        source = self._source(files, kept.record.source if kept.record else None)
        return State(reader.parse(files, kept.data), kept.meta, source)

    def _source(self, files: Files, name: str | None) -> dict[str, t.Any] | None:
        """The kept input of a state. One that is gone is not a reason to refuse the state."""
        if name is None:
            return None
        try:
            return files.inputs.read(name)
        except StateDamaged as error:
            self.notify(Notice(error.message, error.place, error.help_text))
            return None


def _same(one: Meta | None, other: Meta | None) -> bool:
    if one is None or other is None:
        return one is other
    mine, its = ((meta.lineage, meta.serial, meta.sha256, meta.write_id) for meta in (one, other))
    return mine == its


def _conflict(stored: Meta | None, base: Meta | None) -> StateConflict:
    if stored is None:
        return StateConflict('The state that was read is no longer stored.', help_text='Run again.')
    about = f' ({stored.message})' if stored.message else ''
    seen = f'serial {base.serial} was read' if base else 'nothing was stored'
    return StateConflict(
        f'Serial {stored.serial} was written by {stored.writer} at {stored.written_at}{about} since {seen}.',
        help_text='Run again.',
    )
