# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account of a state: which one it is, and who wrote it when and why."""

from __future__ import annotations

import dataclasses
import datetime
import os
import pwd
import socket
import typing as t
import uuid

from ...canonical import digest
from ...inventory import Inventory, groups_of, hostvars_if_sound

TIME_FORMAT = '%Y-%m-%dT%H:%M:%SZ'
"""How `Meta.written_at` is written, for `strftime` and `strptime`; the time is UTC."""

FORMAT = 1
"""The newest format of a stored state that this version writes and reads."""


@dataclasses.dataclass(frozen=True)
class Meta:
    """The account of one stored state.

    lineage: uuid given to the first state of a region and kept by all that follow; '' for a state taken over.
    serial: 1, 2, …: one for each changed write; 0 for a state taken over.
    sha256: of the inventory's canonical JSON (`canonical`). parent: sha256 of the state before, or None.
    write_id: uuid of this one write. written_at: UTC, ISO 8601 with seconds and `Z`.
    writer: `user@host`, with SUDO_USER and pid. message: why it was written.
    counts: `hosts`, `groups`. input_digest: digest of the configuration that gave it, where known.
    """

    lineage: str
    serial: int
    sha256: str
    parent: str | None
    write_id: str
    written_at: str
    writer: str
    message: str
    counts: dict[str, int]
    input_digest: str | None = None
    format: int = FORMAT

    def as_dict(self) -> dict[str, t.Any]:
        """A mapping that fits JSON; `from_dict` takes it back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: t.Mapping[str, t.Any]) -> Meta:
        """The account that `as_dict` made; keys of later versions are ignored. TypeError for missing ones."""
        known = {field.name for field in dataclasses.fields(cls)}
        return cls(**{key: value for key, value in values.items() if key in known})


def account(
    inventory: Inventory,
    base: Meta | None,
    message: str,
    input_digest: str | None = None,
    *,
    sha256: str | None = None,
) -> Meta:
    """The account of a state that is about to be written on top of `base`.

    base: account of the newest stored state; None starts a lineage at serial 1, and so does a state taken over.
    message: why it is written. input_digest: digest of the configuration that gave it.
    sha256: digest of the inventory, if known already.
    Raises InventoryError as `canonical` does.
    """
    return Meta(
        lineage=(base.lineage if base else '') or str(uuid.uuid4()),
        serial=base.serial + 1 if base else 1,
        sha256=sha256 or digest(inventory),
        parent=base.sha256 if base else None,
        write_id=str(uuid.uuid4()),
        written_at=_now().strftime(TIME_FORMAT),
        writer=writer(),
        message=message,
        counts=counts(inventory),
        input_digest=input_digest,
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def counts(inventory: Inventory) -> dict[str, int]:
    """How many `hosts` and `groups` (`all` included) an inventory has."""
    return {'hosts': len(hostvars_if_sound(inventory) or ()), 'groups': len(groups_of(inventory))}


def owner() -> str:
    """`user@host` of this process."""
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    return f'{user}@{socket.gethostname()}'


def writer() -> str:
    """Who writes: `user@host (pid 4711)`, or `user@host (sudo alice, pid 4711)`."""
    sudo_user = os.environ.get('SUDO_USER')
    return f'{owner()} ({f"sudo {sudo_user}, " if sudo_user else ""}pid {os.getpid()})'
