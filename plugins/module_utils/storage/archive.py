# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup archive of the file storage: a plain tar of older states, as the reference keeps it too.

Its members are named `openstack_inventory.json-YYYYmmdd_HHMMSS.json`, by the UTC second in which they were replaced.
"""

from __future__ import annotations

import dataclasses
import datetime
import io
import os
import re
import tarfile
import typing as t

from .filesystem import Ownership, failures_of, staging

STAMP_FORMAT = '%Y%m%d_%H%M%S'
_SECOND = datetime.timedelta(seconds=1)


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
                size = os.stat(self.path).st_size
                with tarfile.open(self.path, 'r:') as tar:
                    infos, problem = _scan(tar, size)
            except FileNotFoundError:
                return Contents()
            except tarfile.TarError as error:
                return Contents(problem=str(error))
        return self._sorted(infos, problem)

    def read(self, stamp: str) -> bytes | None:
        """The bytes of one member, or None. Raises StorageRefused, StorageUnreachable."""
        member = next((member for member in self.contents().members if member.stamp == stamp), None)
        if member is None:
            return None
        with failures_of(f"read '{self.path}'"), open(self.path, 'rb') as file:
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

        Raises OSError.
        """
        kept = contents.newest(keep)
        with (
            staging(self.path, ownership) as new,
            tarfile.open(fileobj=new, mode='w', format=tarfile.GNU_FORMAT) as tar,
        ):
            if kept or contents.foreign:
                with open(self.path, 'rb') as old:
                    for info in contents.foreign:
                        old.seek(info.offset_data)
                        tar.addfile(info, old)
                    for member in kept:
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
            return _moment(matched[1])
        except ValueError:
            return None


def _moment(stamp: str) -> datetime.datetime:
    return datetime.datetime.strptime(stamp, STAMP_FORMAT).replace(tzinfo=datetime.UTC)


def _scan(tar: tarfile.TarFile, size: int) -> tuple[list[tarfile.TarInfo], str | None]:
    """The whole members of an archive, and what is wrong behind them.

    `tarfile` ends quietly at a damaged header, so what it passes over must be empty.
    """
    infos: list[tarfile.TarInfo] = []
    end = 0
    try:
        for info in tar:
            behind = info.offset_data + (-(-info.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE if info.isreg() else 0)
            if behind > size:
                return infos, 'unexpected end of data'
            end = behind
            infos.append(info)
    except (tarfile.TarError, ValueError) as error:
        return infos, str(error)
    file = t.cast(t.BinaryIO, tar.fileobj)
    file.seek(end)
    return infos, 'damaged header' if file.read().strip(b'\0') else None
