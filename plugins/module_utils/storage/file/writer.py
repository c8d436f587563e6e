# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the file storage writes: everything is on disk under other names before the first rename.

Order of the renames: side file (with the accounts of the old and the new content), archive (with the old content),
inventory file. A process that dies in between leaves the old state, whole and with its metadata; after the last
one, the new.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import os
import typing as t

from ...errors import StateDamaged, WriteUncertain
from ...results import Notice
from .. import filesystem
from ..contract import Meta
from ..filesystem import Ownership
from ..formats.file_names import STAMP_FORMAT
from ..formats.metadata import writer
from .archive import Addition, Contents
from .reader import Files, Head, observe, observe_if_sound, read_side_file
from .side_file import Record, SideFile, content_digest

Notify = t.Callable[[Notice], None]


@dataclasses.dataclass(frozen=True)
class NewState:
    """What is to be stored: the bytes of the inventory file, its account, and its input if that is kept."""

    data: bytes
    meta: Meta
    source: dict[str, t.Any] | None


@contextlib.contextmanager
def writing(files: Files, timeout: float) -> t.Iterator[None]:
    """Hold the write lock. Raises StorageLocked after `timeout` seconds, and every OSError as its storage error."""
    with (
        filesystem.failures_of(f"write '{files.path}'"),
        filesystem.exclusive(files.write_lock, Ownership.of(files.data), writer(), timeout),
    ):
        yield


def store(files: Files, head: Head, new: NewState, keep: int, notify: Notify) -> None:
    """Replace what is stored; the write lock is held. Raises OSError: nothing was written, and WriteUncertain."""
    ownership = Ownership.of(files.data)
    contents = files.archive.contents()
    replaced = _replaced(files, head, contents)
    source = files.inputs.keep(new.source, ownership) if new.source else None
    # Also those that the new archive will lack: a process that dies before it is there leaves the old one.
    archived = contents.stamps
    older = tuple(record for record in head.side_file.records if record.stamp in archived and record is not head.record)
    records = (*older, *([replaced] if replaced else []), Record(new.meta, content_digest(new.data), source=source))
    side_file = SideFile(files.region, records, pending=head.meta is None)
    try:
        with filesystem.staging(files.data, ownership) as file:
            file.write(new.data)
        added = _addition(files, head, replaced, contents)
        if added:
            files.archive.stage(contents, keep, ownership, added)
        filesystem.replace(files.side, side_file.as_bytes(), ownership)
        if added:
            _publish_archive(files, contents, notify)
        os.rename(filesystem.staged(files.data), files.data)
    except BaseException:
        filesystem.discard(files.archive.path)
        filesystem.discard(files.data)
        raise
    try:
        filesystem.sync_directory(os.path.dirname(files.data))
    except OSError as error:
        raise WriteUncertain(
            f"'{files.path}' is written, but perhaps not on disk: {error.strerror}.",
            help_text='Look after the file system; the next run finds out what is there.',
        ) from error
    if head.record is None and head.meta and head.meta.serial:
        notify(_adopted(files, head.meta))
    if added:
        dropped = archived - {member.stamp for member in contents.newest(keep)}
        side_file = dataclasses.replace(side_file, records=tuple(one for one in records if one.stamp not in dropped))
    _tidy(files, side_file, ownership, notify)


def prune(files: Files, keep: int, notify: Notify) -> None:
    """Drop all but the newest `keep` archived states; the write lock is held. Raises OSError."""
    head, contents, ownership = observe_if_sound(files), files.archive.contents(), Ownership.of(files.data)
    dropped = contents.stamps - {member.stamp for member in contents.newest(keep)}
    if dropped:
        files.archive.stage(contents, keep, ownership)
        filesystem.publish(files.archive.path)
        known = head.side_file.records
        records = tuple(record for record in known if record.stamp not in dropped or record is head.record)
        side_file = dataclasses.replace(head.side_file, records=records)
        filesystem.replace(files.side, side_file.as_bytes(), ownership)
        _tidy(files, side_file, ownership, notify)


def rewrite(files: Files, head: Head, stamp: str | None, new: NewState, notify: Notify) -> None:
    """Put a state into another form; the write lock is held. Raises OSError.

    stamp: of the archived one that is meant; None for the newest. Whoever dies in between leaves the former form or the
    new one: the side file accounts for both until all is done.
    """
    ownership, contents = Ownership.of(files.data), files.archive.contents()
    newest = stamp is None
    if newest and head.record:
        # An interrupted write may have archived it.
        stamp = head.record.stamp if head.record.stamp in contents.stamps else None
    former = _former(files, head, stamp, newest)
    source = files.inputs.keep(new.source, ownership) if new.source else None
    record = Record(new.meta, content_digest(new.data), stamp, source)
    others = [one for one in head.side_file.records if one not in former and (one.stamp or one is head.record)]
    place = len(others) if newest else _place(head.side_file, others, former)
    both, after = ((*others[:place], *added, *others[place:]) for added in ([*former, record], [record]))
    try:
        if newest:
            with filesystem.staging(files.data, ownership) as file:
                file.write(new.data)
        if stamp:
            mtime = next(int(member.info.mtime) for member in contents.members if member.stamp == stamp)
            files.archive.stage(contents, len(contents.members), ownership, Addition(stamp, new.data, mtime))
        if former:
            filesystem.replace(files.side, dataclasses.replace(head.side_file, records=both).as_bytes(), ownership)
        if stamp:
            _publish_archive(files, contents, notify)
        if newest:
            filesystem.publish(files.data)
    except BaseException:
        filesystem.discard(files.archive.path)
        filesystem.discard(files.data)
        raise
    if former:
        side_file = dataclasses.replace(head.side_file, records=after)
        filesystem.replace(files.side, side_file.as_bytes(), ownership)
        _tidy(files, side_file, ownership, notify)


def _former(files: Files, head: Head, stamp: str | None, newest: bool) -> list[Record]:
    """What accounts for the form that a state has now; nothing for an archived state that has no account."""
    if not newest:
        return [record for record in head.side_file.records if record.stamp == stamp]
    return [head.record or Record(t.cast(Meta, head.meta), content_digest(t.cast(bytes, head.data)))]


def _place(side_file: SideFile, others: list[Record], former: list[Record]) -> int:
    """Where among the others the former records are."""
    before = side_file.records[: side_file.records.index(former[0])] if former else ()
    return sum(1 for record in before if record in others)


def set_aside_if_damaged(files: Files, notify: Notify) -> Meta | None:
    """Move an inventory file that cannot be read out of the way; the write lock is held.

    Returns the account of the newest state that was ever stored. Raises OSError.
    """
    side_file = read_side_file(files)
    try:
        return observe(files).meta
    except StateDamaged as error:
        aside = f'{files.data}.damaged-{_now().strftime(STAMP_FORMAT)}'
        os.rename(files.data, aside)
        notify(Notice(f"The damaged '{files.data}' is now '{aside}'. {error.message}"))
    return side_file.newest


def _replaced(files: Files, head: Head, contents: Contents) -> Record | None:
    """The record of what is replaced, with its place in the archive; an interrupted write may have put it there."""
    if head.data is None or head.meta is None:
        return None
    record = head.record or Record(head.meta, '')
    if record.stamp in contents.stamps:
        return record
    stamp = files.archive.stamp_after(contents, _now())
    return dataclasses.replace(record, stamp=stamp, content=content_digest(head.data))


def _addition(files: Files, head: Head, replaced: Record | None, contents: Contents) -> Addition | None:
    """What is replaced, for the archive; None when there is nothing, or it is there already."""
    if replaced is None or replaced.stamp in contents.stamps:
        return None
    return Addition(t.cast(str, replaced.stamp), t.cast(bytes, head.data), files.modified())


def _publish_archive(files: Files, contents: Contents, notify: Notify) -> None:
    if contents.problem:
        aside = f'{files.archive.path}.unreadable-{_now().strftime(STAMP_FORMAT)}'
        os.rename(files.archive.path, aside)
        notify(
            Notice(
                f"The archive '{files.archive.path}' cannot be read ({contents.problem}), and is now '{aside}'.",
                help_text='Remove that file when nothing in it is needed any more.',
            )
        )
    filesystem.publish(files.archive.path)


def _adopted(files: Files, meta: Meta) -> Notice:
    return Notice(
        f"'{files.path}' was changed by hand or by another program after serial {meta.serial - 1}.",
        help_text=f'What it held is kept as serial {meta.serial}; if the change was meant, nothing is left to do.',
    )


def _tidy(files: Files, side_file: SideFile, ownership: Ownership, notify: Notify) -> None:
    """What follows a write that is done: its failure cannot undo the write, so it is only told."""
    try:
        if side_file.pending:
            filesystem.replace(files.side, dataclasses.replace(side_file, pending=False).as_bytes(), ownership)
        files.inputs.sweep({record.source for record in side_file.records})
    except OSError as error:
        notify(Notice(f"The side files of '{files.path}' could not be tidied up: {error.strerror}."))


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
