# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One write to a Redis server: sent once, and once more when its answer is lost."""

from __future__ import annotations

import dataclasses
import typing as t

from ...canonical import canonical
from ...errors import WriteUncertain
from ..contract import Meta
from ..formats.records import meta_text
from . import scripts
from .connection import Access
from .scripts import Keys


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a write.

    stored: whether it is stored. newest: if not, the account of the state that is, if there is one.
    confirmed: how many replicas have it.
    """

    stored: bool
    newest: bytes | None
    confirmed: int


@dataclasses.dataclass(frozen=True)
class Write:
    """A state that is to become the newest one.

    base: account of the state it is made from, None for a first one. payload, source: packed; b'' for no source.
    keep: how many older states stay. replicas: how many are waited for.
    """

    meta: Meta
    base: Meta | None
    payload: bytes
    source: bytes
    keep: int
    replicas: int

    @property
    def size(self) -> int:
        """Bytes of the larger of payload and source."""
        return max(len(self.payload), len(self.source))

    def carry_out(self, client: t.Any, access: Access, keys: Keys) -> Outcome:
        """Send it, and settle what became of it when the answer is lost.

        Raises WriteUncertain when the second answer is lost, too, and the other errors of `Access.boundary`.
        """
        try:
            return self._send(client, access, keys)
        except WriteUncertain:
            # The server knows a write that it has by its id, so the same once more is answered without being done
            # again; and on one base a write can take effect only once, even if a lost request arrives later.
            return self._send(client, access, keys)

    def _send(self, client: t.Any, access: Access, keys: Keys) -> Outcome:
        names = (2, keys.head, keys.older)
        mark, base_mark, base_serial = _mark(self.meta), '', 0
        if self.base:
            base_mark, base_serial = _mark(self.base), self.base.serial
        state = (meta_text(self.meta), self.payload, self.source)
        # On one connection: WAIT looks at the writes of the connection it comes from.
        pipeline = client.pipeline(transaction=False)
        pipeline.eval(scripts.ARCHIVE, *names, base_mark, base_serial)
        pipeline.eval(scripts.COMMIT, *names, mark, base_mark, base_serial, self.meta.serial, *state)
        pipeline.eval(scripts.TRIM, *names, mark, self.keep)
        if self.replicas:
            pipeline.wait(self.replicas, int(access.timeout * 500))
        # The second answer decides; what was not trimmed is trimmed by the next write.
        archived, committed, _trimmed, *waited = access.run(pipeline, writing=True)
        answer = access.checked(committed)
        if answer[0] == b'unarchived':
            access.checked(archived)
        return Outcome(
            stored=answer[0] == b'stored',
            newest=answer[1] if answer[1:] else None,
            confirmed=sum(count for count in waited if isinstance(count, int)),
        )


def rewrite(client: t.Any, access: Access, keys: Keys, state: tuple[Meta, bytes, bytes], before: Meta) -> bool:
    """Put a kept state into another form wherever it is kept; False when it is not kept any more.

    state: account, packed inventory and input. Older ones first: the newest may also be kept among them.
    """
    meta, payload, source = state
    values = (meta_text(meta), payload, source)
    done = 0
    for key, prefix in ((keys.older, f'{meta.serial}:'), (keys.head, '')):
        with access.boundary(writing=True):
            done += client.eval(scripts.REWRITE, 1, key, _mark(before), prefix, *values)
    return done > 0


def _mark(meta: Meta) -> str:
    """The part of an account's text by which the scripts know it: its `write_id`."""
    return canonical({'write_id': meta.write_id})[1:-1]
