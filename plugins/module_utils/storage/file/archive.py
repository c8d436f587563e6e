# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup archive of the file storage: a plain tar of older states, as the reference keeps it too.

Its members are named `openstack_inventory.json-YYYYmmdd_HHMMSS.json`, by the UTC second in which they were replaced.
"""

from __future__ import annotations

import dataclasses
import datetime
import errno
import functools
import io
import os
import re
import tarfile
import typing as t

from ...errors import StateDamaged
from ..filesystem import LARGEST_FILE, Ownership, failures_of, open_file, refuse_too_large, staging
from ..formats.file_names import STAMP_FORMAT

_CHUNK = 1 << 20
_MOST_MEMBERS = 10_000
_SECOND = datetime.timedelta(seconds=1)
_LATEST = 253402300800
"""The year 10000, in seconds since 1970: no calendar has it."""


@dataclasses.dataclass(frozen=True)
class Member:
    """One older state; stamp: UTC, unique within the archive. `info.mtime` is when its file was written."""

    stamp: str
    info: tarfile.TarInfo


@dataclasses.dataclass(frozen=True)
class Contents:
    """What an archive holds: states (oldest first), members that are none, and why the rest is unreadable, if it is."""

    members: tuple[Member, ...] = ()
    foreign: tuple[tarfile.TarInfo, ...] = ()
    problem: str | None = None

    @property
    def stamps(self) -> set[str]:
        return {member.stamp for member in self.members}

    def newest(self, keep: int) -> tuple[Member, ...]:
        """The newest `keep` states."""
        return self.members[-keep:] if keep else ()


@dataclasses.dataclass(frozen=True)
class Addition:
    """A state for the archive: its stamp and bytes, and when its file was written (seconds since the epoch)."""

    stamp: str
    data: bytes
    mtime: int


class Archive:
    """The backup archive at `path`, with older versions of the file `filename`."""

    def __init__(self, path: str, filename: str) -> None:
        self.path = path
        self._filename = filename
        self._pattern = re.compile(re.escape(filename) + r'-(\d{8}_\d{6})\.json')

    def contents(self) -> Contents:
        """What can be read; nothing where there is no archive. Raises StorageRefused, StorageUnreachable."""
        with failures_of(f"read '{self.path}'"):
            try:
                with open_file(self.path) as file:
                    headers = t.cast(t.BinaryIO, _Headers(file))
                    with tarfile.open(fileobj=headers, mode='r:') as tar:
                        infos, problem = _scan(tar, os.fstat(file.fileno()).st_size)
            except FileNotFoundError:
                return Contents()
            except (tarfile.TarError, StateDamaged) as error:
                return Contents(problem=str(error))
            except OSError as error:
                if error.errno != errno.ELOOP:
                    raise
                return Contents(problem='it is a symbolic link')
        return self._sorted(infos, problem)

    def read(self, stamp: str) -> bytes | None:
        """The bytes of one member, or None. Raises StorageRefused, StorageUnreachable, StateTooLarge."""
        member = next((member for member in self.contents().members if member.stamp == stamp), None)
        if member is None:
            return None
        with failures_of(f"read '{self.path}'"), open_file(self.path) as file:
            refuse_too_large(f'{self.path}({member.info.name})', member.info.size)
            file.seek(member.info.offset_data)
            return file.read(member.info.size)

    def stamp_after(self, contents: Contents, now: datetime.datetime) -> str:
        """The name part for a state that is replaced now: this second, or the first free one after the newest."""
        moment = now.astimezone(datetime.UTC)
        if contents.members:
            moment = max(moment, _moment(contents.members[-1].stamp) + _SECOND)
        return moment.strftime(STAMP_FORMAT)

    def stage(self, contents: Contents, keep: int, ownership: Ownership, added: Addition | None = None) -> None:
        """Prepare an archive with the newest `keep` members and one more; `filesystem.publish` shows it.

        One that `added` has the stamp of is replaced by it. Raises OSError.
        """
        kept = contents.newest(keep)
        with (
            staging(self.path, ownership) as new,
            tarfile.open(fileobj=new, mode='w', format=tarfile.GNU_FORMAT) as tar,
        ):
            if kept or contents.foreign:
                with open_file(self.path) as old:
                    for info in contents.foreign:
                        old.seek(info.offset_data)
                        tar.addfile(info, old)
                    for member in kept:
                        if added and member.stamp == added.stamp:
                            continue
                        old.seek(member.info.offset_data)
                        tar.addfile(self._info(member.stamp, member.info.size, int(member.info.mtime), ownership), old)
            if added:
                info = self._info(added.stamp, len(added.data), added.mtime, ownership)
                tar.addfile(info, io.BytesIO(added.data))

    def _info(self, stamp: str, size: int, mtime: int, ownership: Ownership) -> tarfile.TarInfo:
        info = tarfile.TarInfo(f'{self._filename}-{stamp}.json')
        info.size, info.mtime, info.mode = size, mtime, ownership.mode
        return info

    def _sorted(self, infos: t.Iterable[tarfile.TarInfo], problem: str | None) -> Contents:
        found: list[tuple[datetime.datetime, tarfile.TarInfo]] = []
        foreign = []
        for info in infos:
            moment = self._moment_of(info)
            if moment is None:
                foreign.append(info)
            else:
                found.append((moment, info))
        taken: set[datetime.datetime] = set()
        members = []
        for moment, info in sorted(found, key=lambda pair: pair[0]):
            while moment in taken:
                moment += _SECOND
            taken.add(moment)
            members.append((moment, info))
        members.sort(key=lambda pair: pair[0])
        return Contents(
            tuple(Member(moment.strftime(STAMP_FORMAT), info) for moment, info in members), tuple(foreign), problem
        )

    def _moment_of(self, info: tarfile.TarInfo) -> datetime.datetime | None:
        matched = self._pattern.fullmatch(os.path.basename(info.name))
        if not matched or not info.isreg() or info.issparse():
            return None
        try:
            moment = _moment(matched[1])
        except ValueError:
            return None
        # Four digits, and seconds left behind it.
        return moment if 1000 <= moment.year < datetime.MAXYEAR else None


def _moment(stamp: str) -> datetime.datetime:
    return datetime.datetime.strptime(stamp, STAMP_FORMAT).replace(tzinfo=datetime.UTC)


class _Headers:
    """A file of which `tarfile` reads the headers of members: none is so large that memory could not hold it."""

    def __init__(self, file: t.BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        if size > _CHUNK:
            raise tarfile.ReadError('a header is too large')
        return self._file.read(size)


def _scan(tar: tarfile.TarFile, size: int) -> tuple[list[tarfile.TarInfo], str | None]:
    """The whole members of an archive, and what is wrong behind them.

    `tarfile` ends quietly at a damaged header, so what it passes over must be empty.
    """
    infos: list[tarfile.TarInfo] = []
    end = 0
    try:
        for info in tar:
            if len(infos) == _MOST_MEMBERS:
                return infos, f'more than {_MOST_MEMBERS} members'
            behind = info.offset_data + (-(-info.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE if info.isreg() else 0)
            if behind > size:
                return infos, 'unexpected end of data'
            end = behind
            info.mtime = info.mtime if 0 <= info.mtime < _LATEST else 0
            infos.append(info)
    except (tarfile.TarError, ValueError) as error:
        return infos, str(error)
    if size - end > LARGEST_FILE:
        return infos, f'{(size - end) >> 20} MiB behind the last member'
    file = t.cast(t.BinaryIO, tar.fileobj)
    file.seek(end)
    rest = iter(functools.partial(file.read, _CHUNK), b'')
    return infos, 'damaged header' if any(chunk.strip(b'\0') for chunk in rest) else None
