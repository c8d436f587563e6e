# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the driver saw last, kept beside the configuration: so that a state that is gone is not taken for a new one."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import time
import typing as t

from ...errors import StorageError
from ...results import Notice
from ..contract import FORMAT
from ..filesystem import Ownership, read_file, replace, try_lock
from ..formats import file_names, json_text

LAST_SEEN = '.osa_inventory_seen.json'
_PATIENCE = 2.0
_POLL = 0.01


@dataclasses.dataclass(frozen=True)
class Seen:
    """The newest state that was seen of a region: name of the storage, lineage and serial."""

    storage: str
    lineage: str
    serial: int


class LastSeen:
    """The file `.osa_inventory_seen.json` of one configuration directory."""

    def __init__(self, config_dir: str) -> None:
        self._directory = config_dir
        self._inventory = os.path.join(config_dir, file_names.INVENTORY)
        self.path = os.path.join(config_dir, LAST_SEEN)

    def seen(self, region: str) -> Seen | None:
        """What was seen last of `tenant/region`; None when nothing was, or nobody may know."""
        return _seen(self._regions().get(region))

    def leave(self, region: str, seen: Seen, even_older: bool = False) -> bool:
        """Note what was seen. False where it cannot be written.

        even_older: also replace a newer serial of the same lineage, which otherwise another run has just left.
        """

        def changed(regions: dict[str, t.Any]) -> bool:
            known = self.seen(region)
            if known and known.lineage == seen.lineage and known.serial > seen.serial and not even_older:
                return False
            regions[region] = dataclasses.asdict(seen)
            return known != seen

        return self._rewrite(changed)

    def not_left(self) -> Notice:
        """The warning of a run whose note could not be left."""
        return Notice(
            f"'{self.path}' cannot be written, so that a loss of the stored inventory would not be noticed.",
            help_text='Run once as a user who may write there.',
        )

    def forget(self, region: str) -> bool:
        """Drop what was seen of a region, because it is to start anew. False where it cannot be written."""
        return self._rewrite(lambda regions: regions.pop(region, None) is not None)

    def evidence(self, region: str) -> list[str]:
        """The files that prove that a region was stored, or may have been; what `forget` is about."""
        unreadable = os.path.lexists(self.path) and not self._regions()
        proofs = [self.path] if self.seen(region) or unreadable else []
        if self._file_may_hold(region):
            paths = (self._inventory, os.path.join(self._directory, file_names.archive()))
            proofs += [path for path in paths if os.path.lexists(path)]
        return proofs

    def _file_may_hold(self, region: str) -> bool:
        """Whether the inventory file beside the configuration can be this region's: it holds one, if it says so."""
        values = _read(file_names.hidden(self._inventory, 'meta.json'))
        return not values or f'{values.get("tenant")}/{values.get("region")}' == region

    def _regions(self) -> dict[str, t.Any]:
        regions = _read(self.path).get('regions')
        return regions if isinstance(regions, dict) else {}

    def _rewrite(self, change: t.Callable[[dict[str, t.Any]], bool]) -> bool:
        """Change the file under a lock on the directory, so that runs side by side do not undo one another."""
        try:
            with _directory_lock(self._directory) as locked:
                if not locked:
                    return False
                regions = dict(self._regions())
                if not change(regions):
                    return True
                if regions:
                    values = {'format': FORMAT, 'regions': regions}
                    replace(self.path, json_text.dump(values).encode('ascii'), self._ownership())
                else:
                    os.unlink(self.path)
                return True
        except OSError:
            # A directory that cannot be written is passed over: the guard is weaker there, nothing else.
            return False

    def _ownership(self) -> Ownership:
        return Ownership.of(self._inventory if os.path.exists(self._inventory) else self.path)


def _seen(entry: t.Any) -> Seen | None:
    """What an entry of the file says; None for one that is none."""
    try:
        seen = Seen(**entry)
    except TypeError:
        return None
    whole = isinstance(seen.serial, int) and not isinstance(seen.serial, bool)
    return seen if whole and isinstance(seen.storage, str) and isinstance(seen.lineage, str) else None


def _read(path: str) -> dict[str, t.Any]:
    """A small JSON file of ours; nothing where it is missing, not to be read, or damaged: it is only a hint."""
    with contextlib.suppress(StorageError, ValueError, RecursionError):
        values = json.loads(read_file(path) or b'{}')
        return values if isinstance(values, dict) else {}
    return {}


@contextlib.contextmanager
def _directory_lock(path: str) -> t.Iterator[bool]:
    """A lock on a directory for the block; gives False when it could not be had in time."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + _PATIENCE
        while not (locked := try_lock(descriptor)) and time.monotonic() < deadline:
            time.sleep(_POLL)
        yield locked
    finally:
        os.close(descriptor)
