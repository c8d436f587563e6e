# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting anew on purpose: what shows that there was a state is put aside, so that the guards let a run pass."""

from __future__ import annotations

import dataclasses
import datetime
import os

from ...errors import StateLost, StateRegressed, StorageError, StorageRefused
from ..contract import Proofs, capability
from ..filesystem import failures_of
from ..formats.file_names import STAMP_FORMAT
from .last_seen import LAST_SEEN
from .store import Store


@dataclasses.dataclass(frozen=True)
class Forgetting:
    """What the guards object to, and how that ends.

    reason: the objection. lost: whether there is no state, so that the next run draws new names and addresses; else the
    older one that there is counts from now on.
    files: those that show that there was a state, with the names under which they are kept.
    """

    reason: str
    lost: bool
    files: dict[str, str]


def objection(store: Store) -> Forgetting:
    """What `forget` would do. Raises StorageError when the guards object to nothing, and for any other failure."""
    try:
        state = store.load()
    except StateRegressed as error:
        return Forgetting(error.message, False, {})
    except StateLost as error:
        _refuse_remains(store)
        # The note of what was seen is not a copy of anything, and also has what was seen of other regions.
        files = [path for path in store.proofs() if os.path.basename(path) != LAST_SEEN]
        return Forgetting(error.message, True, _put_aside(files))
    where = store.storage.describe()
    if state is None:
        raise StorageError(
            f'Nothing was ever stored in {where}, so there is nothing to forget.',
            help_text='The next run starts anew by itself.',
        )
    raise StorageError(
        f'Serial {state.meta.serial} is stored in {where}, as it should be, so there is nothing to forget.',
        help_text="To start anew beside it, give the inventory source another 'region'; a file can be moved away.",
    )


def forget(store: Store) -> Forgetting:
    """Let the next run take what there is, nothing included, for the truth; no file is deleted.

    Raises StorageRefused where that cannot be written, and what `objection` raises.
    """
    found = objection(store)
    if not store.forget_seen():
        raise StorageRefused(
            'What was seen last cannot be forgotten: the configuration directory cannot be written.',
            help_text='Run it as a user who may write there.',
        )
    # A note that nobody can read is still there.
    aside = _put_aside(store.proofs()) if found.lost else {}
    for path, name in aside.items():
        with failures_of(f"move '{path}'"):
            os.rename(path, name)
    return dataclasses.replace(found, files=aside)


def _refuse_remains(store: Store) -> None:
    """Raise StorageError where it is the storage itself that has older states, in which no file can be put aside."""
    try:
        store.storage.read()
    except StateLost as error:
        proofs = capability(store.storage, Proofs)
        if not (proofs and proofs.proofs()):
            raise StorageError(
                f'{error.message} That cannot be forgotten.',
                help_text="Restore one of them (osa-inventory restore), or give the inventory source another 'region'.",
            ) from error


def _put_aside(paths: list[str]) -> dict[str, str]:
    stamp = datetime.datetime.now(datetime.UTC).strftime(STAMP_FORMAT)
    return {path: f'{path}.forgotten-{stamp}' for path in paths}
