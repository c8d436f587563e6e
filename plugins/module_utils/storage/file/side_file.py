# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The side file of the file storage: the accounts that the inventory file, in the reference's form, cannot hold."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from ...errors import StateDamaged, StateTooNew
from ..contract import FORMAT, Meta
from ..formats import json_text
from ..formats.records import refuse_wrong_types


def content_digest(data: bytes) -> str:
    """The sha256 (hex) of a file's bytes, which tells a known file from one changed by hand without parsing it."""
    return hashlib.sha256(data).hexdigest()


@dataclasses.dataclass(frozen=True)
class Record:
    """One state that the file held: its account and the sha256 of the file's bytes.

    stamp: which member of the backup archive it became; None for the current one.
    source: name of the kept input, or None.
    """

    meta: Meta
    content: str
    stamp: str | None = None
    source: str | None = None


@dataclasses.dataclass(frozen=True)
class SideFile:
    """All records, oldest first. The last two are the old and the new content of the write that made the side file.

    pending: the first write was begun, and not yet known to be done: nothing may be stored at all.
    """

    region: str
    records: tuple[Record, ...] = ()
    pending: bool = False

    @property
    def newest(self) -> Meta | None:
        """The account of the newest state that was ever written, even if it is gone."""
        return self.records[-1].meta if self.records and not self.pending else None

    def by_content(self, content: str) -> Record | None:
        """The record of the file with these bytes, if it is one of the last two."""
        return next((record for record in reversed(self.records[-2:]) if record.content == content), None)

    def by_digest(self, sha256: str) -> Record | None:
        """The record of the inventory with this digest, if it is one of the last two: same data, other layout."""
        return next((record for record in reversed(self.records[-2:]) if record.meta.sha256 == sha256), None)

    def as_bytes(self) -> bytes:
        """The side file."""
        tenant, region = self.region.split('/')
        values: dict[str, t.Any] = {'format': FORMAT, 'tenant': tenant, 'region': region, 'pending': self.pending}
        values['states'] = [{**dataclasses.asdict(record), 'meta': record.meta.as_dict()} for record in self.records]
        return json_text.dump(values).encode('ascii')

    @classmethod
    def from_bytes(cls, data: bytes, path: str) -> SideFile:
        """The side file read back. Raises StateDamaged, StateTooNew."""
        help_text = (
            f"Put '{path}' back from a backup, or remove it: the inventory beside it is then taken over without its"
            ' accounts.'
        )
        values = json_text.parse(data, path, help_text)
        try:
            if values['format'] > FORMAT:
                raise StateTooNew(
                    f"'{path}' has format {values['format']}, and this version knows formats up to {FORMAT}.",
                    help_text='Use the version of osa.inventory that wrote it, or a newer one.',
                )
            records = tuple(map(_record, values['states']))
            return cls(f'{values["tenant"]}/{values["region"]}', records, values['pending'] is True)
        except (KeyError, TypeError) as error:
            raise StateDamaged(f"'{path}' is not complete: {error}.", help_text=help_text) from error


def _record(entry: t.Any) -> Record:
    """A record of the side file. Raises KeyError, TypeError for what is none."""
    if not isinstance(entry['meta'], dict):
        raise TypeError('meta')
    record = Record(Meta.from_dict(entry['meta']), entry['content'], entry['stamp'], entry['source'])
    refuse_wrong_types(record.meta)
    texts = [record.content, *(text for text in (record.stamp, record.source) if text is not None)]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError('text')
    return record
