# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pure operation on an inventory hands back."""

from __future__ import annotations

import collections
import dataclasses

from . import words
from .inventory import Inventory
from .places import Place


@dataclasses.dataclass(frozen=True)
class Notice:
    """Something that needs doing by a person: what, where, and how to end the warning."""

    message: str
    place: Place | None = None
    help_text: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, 'message', words.message(self.message))


@dataclasses.dataclass(frozen=True)
class Change:
    """One change of an inventory.

    kind: what happened, in the singular, such as `container` or `address`; `Kind` has them.
    name: the host or group it happened to.
    host: the physical host of a new container.
    key: the entry of `container_networks` in which a new address stands, such as `management_address`.
    address: that address.
    variables: those that a host lost.
    """

    kind: str
    name: str
    host: str = dataclasses.field(default='', kw_only=True)
    key: str = dataclasses.field(default='', kw_only=True)
    address: str = dataclasses.field(default='', kw_only=True)
    variables: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)


class Kind:
    """The kinds of change that the generator and the operators' transforms make."""

    CONTAINER = 'container'
    ADDRESS = 'address'
    HOST = 'host'
    GROUP = 'group'
    UNCONFIGURED = 'unconfigured host'
    ALTERED_HOST = 'altered host'
    ALTERED_GROUP = 'altered group'
    REMOVED_HOST = 'removed host'
    REMOVED_GROUP = 'removed group'
    CLEARED_HOST = 'cleared host'


@dataclasses.dataclass(frozen=True)
class Result:
    """The outcome of a transform: the inventory that should be stored, what changed on the way, what to warn about."""

    inventory: Inventory
    changes: tuple[Change, ...] = ()
    warnings: tuple[Notice, ...] = ()

    def summary(self) -> str:
        """The changes as counts: `2 containers, 3 addresses`; `no changes` when there are none."""
        counts = collections.Counter(change.kind for change in self.changes)
        return ', '.join(words.counted(count, kind) for kind, count in counts.items()) or 'no changes'
