# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run over an inventory source: from its options to an inventory that is stored."""

from __future__ import annotations

import dataclasses
import typing as t

from ...module_utils.canonical import canonical, digest
from ...module_utils.configuration.model import Deployment
from ...module_utils.errors import OSAInventoryError
from ...module_utils.generator.generate import generate
from ...module_utils.inventory import Inventory
from ...module_utils.results import Kind, Notice, Result
from ...module_utils.storage.driver.invariants import bounded_depth
from ...module_utils.storage.driver.outcome import Outcome
from ...module_utils.storage.driver.store import Store
from ..source.options import Source
from .connection_variables import check_connections

Kept = t.Literal['written to', 'unchanged in', 'as cached from', 'not stored in', 'kept']
"""`kept` is for the storage `none`, which describes itself as nowhere."""

Check = t.Callable[[Inventory], None]


class Cache(t.Protocol):
    """Where the last inventory of a remote storage may be found without asking it."""

    def read(self) -> Inventory | None: ...

    def write(self, inventory: Inventory) -> None: ...


@dataclasses.dataclass(frozen=True)
class Run:
    """What came of a run.

    result: the inventory, with changes and warnings, and what the driver did.
    kept: how the inventory relates to what is stored. storage: where that is, for people.
    """

    deployment: Deployment
    result: Outcome
    kept: Kept
    storage: str


def run(source: Source, deployment: Deployment, store: Store, check: Check, cache: Cache | None = None) -> Run:
    """Generate the inventory of a source and store it, as its option `persist` says.

    check: raises for an inventory that is not to be stored. cache: consulted first, and told what is stored.
    Raises an OSAInventoryError; then nothing was written, unless it is WriteUncertain.
    """

    def transform(stored: Inventory | None) -> Result:
        result = generate(deployment, stored, source.choice)
        check(result.inventory)
        check_connections(result.inventory, deployment)
        return result

    where, keeps = store.storage.describe(), store.states.kept
    if source.persist == 'never':
        return Run(deployment, *_not_stored(store.preview(transform), keeps), where)
    if cache and (known := cache.read()) is not None and (cached := _unchanged(transform, known)):
        return Run(deployment, cached, 'as cached from', where)
    result = store.update(transform, deployment_digest=deployment.digest, source=deployment.source)
    if cache:
        cache.write(result.inventory)
    if not keeps:
        return Run(deployment, result, 'kept', where)
    return Run(deployment, result, 'written to' if result.written else 'unchanged in', where)


def _unchanged(transform: t.Callable[[Inventory], Result], known: Inventory) -> Outcome | None:
    """What a run makes of a cached inventory; None where it would change it, or refuse it: the storage decides then."""
    try:
        with bounded_depth('the inventory cache'):
            result = transform(known)
            if canonical(result.inventory) != canonical(known):
                return None
            return Outcome(result.inventory, result.changes, result.warnings)
    except OSAInventoryError:
        return None


def _not_stored(result: Outcome, keeps: bool) -> tuple[Outcome, Kept]:
    """The result of a run that stores nothing, with a warning that counts what it changed."""
    if result.after and result.after.sha256 == digest(result.inventory):
        return result, 'unchanged in'
    if not keeps:
        return result, 'kept'
    notice = Notice(
        f'This run changed the inventory and did not store it: {summary(result)}.',
        help_text="Names and addresses that it drew hold for this run only. 'persist: auto' keeps them.",
    )
    return result.with_warnings((notice,)), 'not stored in'


def summary(result: Result) -> str:
    """The changes in numbers, without what is reported in each run although it stays as it is."""
    changes = tuple(change for change in result.changes if change.kind != Kind.UNCONFIGURED)
    return Result(result.inventory, changes).summary()
