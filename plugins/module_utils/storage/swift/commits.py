# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How states stand in a container, and how one of many writers wins.

A region has an object for the content of each write, `payload/SERIAL-WRITE_ID`, which never changes, and one that says
which write a serial is, `commit/SERIAL`. Writing the latter with `If-None-Match: *` is a claim. Swift looks before it
writes, but not in one step, so several writers may be told that theirs was written; the last of them stands. Hence a
writer waits until all that looked when it did have written, and then looks who stands. Until then a commit counts for
nobody: a reader or writer that finds a younger one also waits.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
import typing as t
import urllib.parse

from ...errors import StateDamaged, StateLost, StorageError, StorageUnreachable, WriteUncertain
from ..contract import Meta, State
from ..formats.records import RESTORE, conflict, meta_text, read_meta, unpack_state
from .objects import Objects

_DIGITS = 12
_ATTEMPTS = 3


@dataclasses.dataclass(frozen=True)
class Commit:
    """What a serial is: its account, and the sizes in bytes of inventory and input in its content object.

    form: what the name of that object has besides, once the state was put into another form.
    """

    meta: Meta
    inventory_size: int
    source_size: int
    form: str = ''

    def as_bytes(self) -> bytes:
        """The content of its object: the account in the first line, the rest in the second."""
        sizes: dict[str, t.Any] = {'inventory_size': self.inventory_size, 'source_size': self.source_size}
        if self.form:
            sizes['form'] = self.form
        return f'{meta_text(self.meta)}\n{json.dumps(sizes)}\n'.encode('ascii')

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> Commit:
        """The commit read back. Raises StateDamaged, StateTooNew."""
        account, _newline, rest = data.partition(b'\n')
        meta = read_meta(account, where)
        try:
            sizes = json.loads(rest)
            return cls(meta, int(sizes['inventory_size']), int(sizes['source_size']), str(sizes.get('form', '')))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise StateDamaged(f'The account of {where} is not complete.', help_text=RESTORE) from error


@dataclasses.dataclass(frozen=True)
class Names:
    """The names of a region's objects; no two regions share one, whatever characters their names have."""

    prefix: str

    @classmethod
    def of(cls, tenant: str, region: str) -> Names:
        """The names of a region."""
        return cls('/'.join(urllib.parse.quote(name, safe='') for name in (tenant, region)) + '/')

    @property
    def commits(self) -> str:
        """What the names of all commits begin with."""
        return f'{self.prefix}commit/'

    @property
    def payloads(self) -> str:
        """What the names of all contents begin with."""
        return f'{self.prefix}payload/'

    @property
    def lock(self) -> str:
        """Who holds the lock."""
        return f'{self.prefix}lock'

    def commit(self, serial: int) -> str:
        """The commit of a serial."""
        return f'{self.commits}{serial:0{_DIGITS}d}'

    def payload(self, meta: Meta, form: str = '') -> str:
        """The content of a write; form: that of `Commit`."""
        name = f'{meta.serial:0{_DIGITS}d}-{urllib.parse.quote(meta.write_id, safe="")}'
        return f'{self.payloads}{name}{f"-{form}" if form else ""}'

    def serial(self, name: str) -> int | None:
        """The serial of a commit or a content; None for another object."""
        digits = name.removeprefix(self.commits).removeprefix(self.payloads)[:_DIGITS]
        return int(digits) if digits.isdecimal() else None


class Commits:
    """The commits of a region. region: `tenant/region`, for messages. settle: how long a claim settles, in seconds."""

    def __init__(self, objects: Objects, names: Names, region: str, settle: float) -> None:
        self._objects = objects
        self._names = names
        self._region = region
        self._settle = settle

    def where(self, serial: int) -> str:
        """A state, for messages."""
        return f"serial {serial} of region '{self._region}' in Swift"

    def get(self, serial: int) -> Commit | None:
        """The commit of a serial, or None. Raises StateDamaged, StateTooNew."""
        return self._get(serial)[0]

    def newest(self) -> Commit | None:
        """The newest commit, or None when there has never been one; one that has not settled is waited for.

        The listing may lag, so the serials after its last one are looked up by name. Raises StateLost when the last
        one of the listing is gone, and what `get` raises.
        """
        for _attempt in range(_ATTEMPTS):
            commit, age = self._last()
            if commit is None or age >= self._settle:
                return commit
            time.sleep(self._settle - age)
            # Not the newest now, or it might be young for ever.
            settled = self.get(commit.meta.serial)
            if settled:
                return settled
        raise StorageUnreachable(f"Region '{self._region}' in Swift keeps changing.", help_text='Try again later.')

    def newest_left(self) -> Commit | None:
        """The newest commit that is there, even if there was a newer one. Raises what `get` raises."""
        try:
            return self.newest()
        except StateLost:
            return next(filter(None, map(self.get, reversed(self._listed()))), None)

    def state(self, commit: Commit) -> State:
        """The state of a commit. Raises StateLost when its content is gone, StateDamaged."""
        where = self.where(commit.meta.serial)
        found = self._objects.get(self._names.payload(commit.meta, commit.form), may_change=False)
        if found is None:
            raise StateLost(f'The content of {where} was removed.', help_text=RESTORE)
        payload, source = found.body[: commit.inventory_size], found.body[commit.inventory_size :]
        if (len(payload), len(source)) != (commit.inventory_size, commit.source_size):
            raise StateDamaged(f'The content of {where} has another size than what was written.', help_text=RESTORE)
        return unpack_state(commit.meta, payload, source, where)

    def newest_state(self) -> State | None:
        """The newest state, or None when there has never been one. Raises what `newest` and `state` raise."""
        commit = self.newest()
        for _attempt in range(_ATTEMPTS - 1):
            try:
                return self.state(commit) if commit else None
            except StateLost:
                before, commit = commit, self.newest()
                # Others may have written so much meanwhile that it was pruned.
                if commit == before:
                    raise
        return self.state(commit) if commit else None

    def regions(self) -> list[str]:
        """Every `tenant/region` of the container that the listing has, in order."""
        found = (name.split('/') for name in self._objects.names(''))
        return sorted({'/'.join(map(urllib.parse.unquote, parts[:2])) for parts in found if parts[2:3] == ['commit']})

    def history(self) -> list[Meta]:
        """The accounts of all commits, newest first. Raises what `get` raises."""
        newest = self.newest_left()
        if not newest:
            return []
        older = (self.get(serial) for serial in reversed(self._listed()) if serial < newest.meta.serial)
        return [newest.meta, *(commit.meta for commit in older if commit)]

    def claim(self, commit: Commit, base: Meta | None) -> None:
        """Make a commit the newest, if the newest is still `base`; its content must be there already.

        Raises StateConflict, WriteUncertain, and what `get` and `Objects.claim` raise: then it is not stored.
        """
        looked = time.monotonic()
        newest = self.newest_left()
        if (newest and newest.meta.write_id) != (base and base.write_id):
            self._refuse(commit, newest)
            return
        claiming = time.monotonic()
        uncertain: WriteUncertain | None = None
        try:
            claimed = self._objects.claim(self._names.commit(commit.meta.serial), commit.as_bytes())
        except WriteUncertain as error:
            claimed, uncertain = True, error
        if not claimed:
            self._refuse(commit, self.get(commit.meta.serial))
            return
        claimed_at = time.monotonic()
        # Others may be as slow as this claim was.
        time.sleep(max(self._settle, 2 * (claimed_at - claiming)))
        self._decide(commit, base if claimed_at - looked > self._settle else None, uncertain)

    def replace(self, commit: Commit, before: Meta) -> None:
        """Let a commit that stands name another content, which must be there already; its former content is removed.

        Raises StateConflict when it does not stand any more, WriteUncertain when that cannot be read back.
        """
        serial = commit.meta.serial
        # One that has not settled may still be overtaken.
        newest = self.newest()
        former = self.get(serial)
        if former is None or former.meta != before:
            self._objects.delete(self._names.payload(commit.meta, commit.form))
            raise conflict(newest.meta if newest else None, self._region)
        self._objects.put(self._names.commit(serial), commit.as_bytes())
        if self.get(serial) != commit:
            raise _unread(self.where(serial))
        # Named, as the listing may lag.
        self._objects.delete(self._names.payload(former.meta, former.form))
        self._remove_other_forms(commit)

    def remove_former_contents(self) -> None:
        """Remove contents of commits that name another form of theirs."""
        for serial in self._listed():
            commit = self.get(serial)
            if commit and commit.form:
                self._remove_other_forms(commit)

    def _remove_other_forms(self, commit: Commit) -> None:
        written = self._names.payload(commit.meta, commit.form)
        for name in self._objects.names(self._names.payload(commit.meta)):
            if name != written:
                self._objects.delete(name)

    def drop(self, keep: int) -> list[Meta]:
        """Drop all but the newest commit and `keep` older ones, and contents that no commit names any more.

        The oldest goes first, so that where one is missing all before it are. Returns the accounts of the dropped ones,
        newest first.
        """
        newest = self.newest_left()
        if not newest:
            return []
        older = [serial for serial in self._listed() if serial < newest.meta.serial]
        cut = max(len(older) - keep, 0)
        dropped = [self._drop(serial) for serial in older[:cut]]
        oldest = [*older[cut:], newest.meta.serial][0]
        for name in self._objects.names(self._names.payloads):
            if (self._names.serial(name) or 0) < oldest:
                self._objects.delete(name)
        return [meta for meta in reversed(dropped) if meta]

    def drop_unreadable(self) -> None:
        """Remove commits that cannot be read, from the newest down to the first that can be."""
        for serial in reversed(self._listed()):
            try:
                if self.get(serial):
                    return
            except StateDamaged:
                self._objects.delete(self._names.commit(serial))

    def _listed(self) -> list[int]:
        """The serials of the listing, oldest first."""
        serials = (self._names.serial(name) for name in self._objects.names(self._names.commits))
        return [serial for serial in serials if serial is not None]

    def _drop(self, serial: int) -> Meta | None:
        try:
            commit = self.get(serial)
        except StateDamaged:
            commit = None
        self._objects.delete(self._names.commit(serial))
        return commit.meta if commit else None

    def _get(self, serial: int) -> tuple[Commit | None, float]:
        """The commit of a serial, or None, and how many seconds it is old."""
        found = self._objects.get(self._names.commit(serial))
        if found is None:
            return None, 0.0
        commit = Commit.from_bytes(found.body, self.where(serial))
        if commit.meta.serial != serial:
            raise StateDamaged(
                f'The account of {self.where(serial)} is that of serial {commit.meta.serial}.', help_text=RESTORE
            )
        return commit, found.age

    def _last(self) -> tuple[Commit | None, float]:
        """The last commit, and how many seconds it is old, whether it has settled or not."""
        name = self._objects.last_name(self._names.commits)
        serial = (self._names.serial(name) or 0) if name else 0
        last, age = None, 0.0
        following, following_age = self._get(serial + 1)
        while following:
            last, age = following, following_age
            following, following_age = self._get(last.meta.serial + 1)
        if last or not name:
            return last, age
        last, age = self._get(serial)
        if not last:
            raise StateLost(
                f'The account of {self.where(serial)} was removed, or the listing of the container lags far behind.',
                help_text='Try again after some minutes; if that does not help, restore an older state'
                ' (osa-inventory restore).',
            )
        return last, age

    def _decide(self, commit: Commit, doubtful_base: Meta | None, uncertain: WriteUncertain | None) -> None:
        """See whose claim stands, after everybody who may have claimed the same serial has.

        doubtful_base: the base, if it was looked up so long before the claim that others may have pruned it since.
        uncertain: the error, when the answer to the claim was lost.
        """
        serial = commit.meta.serial
        try:
            standing = self.get(serial)
            forked = standing == commit and doubtful_base is not None and self._forked(commit, doubtful_base)
        except StorageError as error:
            raise _unread(self.where(serial)) from error
        if standing is None:
            raise uncertain or _unread(self.where(serial))
        if standing != commit:
            # Its content stays: when servers that were out of reach come back, this claim may turn out the newer one.
            raise conflict(standing.meta, self._region)
        if forked:
            self._objects.delete(self._names.commit(serial))
            self._refuse(commit, self.newest())

    def _forked(self, commit: Commit, base: Meta) -> bool:
        """Whether others wrote, and pruned, so much before the claim that its serial was free again."""
        if self.get(base.serial):
            return False
        following = self.get(commit.meta.serial + 1)
        if following:
            return following.meta.parent != commit.meta.sha256
        newest = self.newest()
        return newest is not None and newest.meta.serial > commit.meta.serial

    def _refuse(self, commit: Commit, newest: Commit | None) -> None:
        """Raise StateConflict for a commit that cannot be the newest; no error if it is stored already."""
        if self.get(commit.meta.serial) == commit:
            return
        # Nobody will ever ask for it; if it stays, pruning finds it.
        with contextlib.suppress(StorageError):
            self._objects.delete(self._names.payload(commit.meta))
        raise conflict(newest.meta if newest else None, self._region)


def _unread(where: str) -> WriteUncertain:
    return WriteUncertain(
        f'Whether {where} was stored cannot be read back.',
        help_text='Run again: the next run goes on with what is stored, whether that is this write or not.',
    )
