# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the file storage holds, now and from before: inventory file, side file and archive read as one."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import os
import typing as t

from ...canonical import digest
from ...errors import StateConflict, StateDamaged, StateLost, StateTooLarge, StorageRefused
from ...inventory import Inventory
from .. import filesystem
from ..contract import Meta
from ..formats import file_names, json_text
from ..formats.encrypted_text import ENCRYPTED, MARK, encrypted_text
from ..formats.metadata import TIME_FORMAT, counts
from .archive import Archive, Member
from .kept_inputs import Inputs
from .side_file import Record, SideFile, content_digest

_READ_ATTEMPTS = 50


@dataclasses.dataclass(frozen=True)
class Files:
    """Where everything is; path: as configured. A link is followed: its target is replaced, the side files are there.

    The archive stays beside the configured path, where the reference has it.
    """

    path: str
    region: str
    data: str
    side: str
    write_lock: str
    lock: str
    archive: Archive
    inputs: Inputs

    @classmethod
    def around(cls, path: str, region: str) -> Files:
        """All the files around an inventory file.

        Raises StorageRefused where every user may write, or a link leads elsewhere that is somebody else's.
        """
        data = filesystem.resolved(path)
        place, shown = os.path.split(path)
        for inspected in (os.path.dirname(data), place, data):
            filesystem.refuse_open_to_all(inspected)
        return cls(
            path=path,
            region=region,
            data=data,
            side=file_names.hidden(data, 'meta.json'),
            write_lock=file_names.hidden(data, 'lock'),
            lock=file_names.hidden(data, 'held.json'),
            archive=Archive(os.path.join(place, file_names.archive(shown)), shown),
            inputs=Inputs(file_names.hidden(data, 'inputs')),
        )

    def modified(self) -> int:
        """When the inventory file was written, in seconds since the epoch. Raises OSError."""
        return int(os.stat(self.data).st_mtime)


@dataclasses.dataclass(frozen=True)
class Head:
    """What is stored now.

    data: bytes of the inventory file, None without one. meta: its account; of the newest state ever if it is lost.
    record: what the side file says of it; None when it says nothing. lost: there was a state, and its file is gone.
    parsed: the data as inventory, where that was found out on the way.
    """

    side_file: SideFile
    data: bytes | None = None
    meta: Meta | None = None
    record: Record | None = None
    lost: bool = False
    parsed: Inventory | None = None


def read_side_file(files: Files) -> SideFile:
    """The side file. Raises StateDamaged, StateTooNew, StorageRefused for another region's, StorageUnreachable."""
    data = filesystem.read_file(files.side)
    if data is None:
        return SideFile(files.region)
    side_file = SideFile.from_bytes(data, files.side)
    if side_file.region != files.region:
        raise StorageRefused(
            f"'{files.path}' holds the inventory of '{side_file.region}' instead of '{files.region}'.",
            help_text='Give each region a file of its own (option path), or use a storage that holds several.',
        )
    return side_file


def observe(files: Files) -> Head:
    """What is stored now: side file and data of one moment.

    A writer may rename both while they are read. Data first, then side file: where they fit, they did so at the time
    the data was read. Where they do not, the data is foreign, or lost, only if a second look finds the same.
    Raises as `read_side_file` does.
    """
    before: tuple[bytes | None, SideFile] | None = None
    for _attempt in range(_READ_ATTEMPTS):
        data = filesystem.read_file(files.data)
        side_file = read_side_file(files)
        if data is None:
            gone = side_file.newest is not None or bool(files.archive.contents().members)
            if not gone or before == (data, side_file):
                return Head(side_file, meta=side_file.newest, lost=gone)
        elif record := side_file.by_content(content_digest(data)):
            return Head(side_file, data, record.meta, record)
        elif not side_file.records or before == (data, side_file):
            return _foreign(files, data, side_file)
        before = (data, side_file)
    raise StateConflict(f"'{files.path}' is being written all the time.", help_text='Run again.')


def observe_if_sound(files: Files) -> Head:
    """As `observe`, without the data if that is damaged."""
    try:
        return observe(files)
    except StateDamaged:
        return Head(read_side_file(files))


def _foreign(files: Files, data: bytes, side_file: SideFile) -> Head:
    """Data that the side file does not know by its bytes: another layout, another program, or an editor."""
    inventory = parse(files, data)
    sha256 = digest(inventory)
    record = side_file.by_digest(sha256)
    if record:
        return Head(side_file, data, record.meta, record, parsed=inventory)
    known = side_file.newest
    with filesystem.failures_of(f"look at '{files.data}'"):
        modified = files.modified()
    meta = Meta(
        lineage=known.lineage if known else '',
        serial=known.serial + 1 if known else 0,
        sha256=sha256,
        parent=known.sha256 if known else None,
        write_id='',
        written_at=_utc(modified),
        writer='unknown',
        message='written by hand or by another program',
        counts=counts(inventory),
    )
    return Head(side_file, data, meta, parsed=inventory)


def dump(inventory: Inventory) -> bytes:
    """The bytes of the inventory file; an encrypted inventory is nothing but its vault text.

    Raises InventoryError, StateTooLarge for what nobody could read back.
    """
    text = encrypted_text(inventory)
    data = (json_text.dump(inventory) if text is None else f'{text}\n').encode('ascii')
    if len(data) > filesystem.LARGEST_FILE:
        raise StateTooLarge(
            f'The inventory has {len(data) >> 20} MiB, and the file may have {filesystem.LARGEST_FILE >> 20} MiB.',
            help_text='Nothing was written. Split the deployment into several regions.',
        )
    return data


def parse(files: Files, data: bytes) -> Inventory:
    """The inventory in the bytes of the inventory file. Raises StateDamaged with place and ways out."""
    remedy = f"Restore a state that is in '{files.archive.path}' (osa-inventory history, osa-inventory restore)."
    if not os.path.exists(files.archive.path):
        remedy = f"There is no '{files.archive.path}' to restore it from: put it back from another backup."
    return _parsed(data, files.path, f'The file is left as it is. {remedy}')


def _parsed(data: bytes, name: str, help_text: str) -> Inventory:
    if data.startswith(MARK.encode('ascii')):
        # What no vault text has is for the error that opening it gives.
        return {ENCRYPTED: data.decode('ascii', 'replace').strip()}
    return json_text.parse(data, name, help_text)


def proofs(files: Files) -> list[str]:
    """Those of the files that outlive an inventory file and show that it was there."""
    return [path for path in (files.side, files.archive.path) if os.path.exists(path)]


def lost(files: Files) -> StateLost:
    """The error for an inventory file that is gone."""
    found = ', '.join(f"'{path}'" for path in proofs(files))
    return StateLost(
        f"'{files.path}' is gone, but it was there (seen in {found}).",
        help_text='Restore it (osa-inventory restore), copy it from another storage (osa-inventory migrate), or start'
        f' anew, with new names and addresses, by putting {found} aside (osa-inventory forget).',
    )


@dataclasses.dataclass(frozen=True)
class Kept:
    """An archived state: its account and bytes; record: None for one that the side file does not know."""

    meta: Meta
    data: bytes
    record: Record | None


def archived(files: Files, side_file: SideFile, members: t.Iterable[Member]) -> t.Iterator[Meta]:
    """The accounts of archived states, without those that nobody can read."""
    for member in members:
        records = _records_of(side_file, member)
        if len(records) == 1:
            yield records[0].meta
            continue
        with contextlib.suppress(StateDamaged):
            yield _kept(files, member, records).meta


def read_archived(files: Files, side_file: SideFile, serial: int) -> Kept | None:
    """The archived state with a serial. Raises StateDamaged when it is not what was stored."""
    for member in reversed(files.archive.contents().members):
        records = _records_of(side_file, member)
        if serial == (records[0].meta.serial if records else _serial_of(member)):
            return _kept(files, member, records)
    return None


def stamp_of(files: Files, side_file: SideFile, serial: int) -> str | None:
    """Under which stamp the state with a serial is archived, or None."""
    for member in reversed(files.archive.contents().members):
        records = _records_of(side_file, member)
        if serial == (records[0].meta.serial if records else _serial_of(member)):
            return member.stamp
    return None


def _kept(files: Files, member: Member, records: list[Record]) -> Kept:
    """An archived state with that of its records that fits it. Raises StateDamaged when none does."""
    if not records:
        return _kept_foreign(files, member)
    data = files.archive.read(member.stamp) or b''
    record = next((record for record in records if record.content == content_digest(data)), None)
    if record is None:
        raise StateDamaged(
            f"Serial {records[0].meta.serial} in '{files.archive.path}' is not what was stored.",
            help_text='Restore another serial (osa-inventory restore), or put the archive back from a backup.',
        )
    return Kept(record.meta, data, record)


def _kept_foreign(files: Files, member: Member) -> Kept:
    data = files.archive.read(member.stamp) or b''
    name = f'{files.archive.path}({member.info.name})'
    inventory = _parsed(data, name, 'Restore another serial (osa-inventory restore).')
    meta = Meta(
        lineage='',
        serial=_serial_of(member),
        sha256=digest(inventory),
        parent=None,
        write_id='',
        written_at=_utc(int(member.info.mtime)),
        writer='unknown',
        message='from the backup archive',
        counts=counts(inventory),
    )
    return Kept(meta, data, None)


def _records_of(side_file: SideFile, member: Member) -> list[Record]:
    """What the side file says of an archived state: one record or none, or two while its form is being changed."""
    return [record for record in side_file.records if record.stamp == member.stamp]


def _serial_of(member: Member) -> int:
    """A state that never had a serial is known by the time in its name, negative so that it cannot be mistaken."""
    return -int(member.stamp.replace('_', ''))


def _utc(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime(TIME_FORMAT)
