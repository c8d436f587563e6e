# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a subclass tells the kit about its storage, and how each part of the kit runs.

No part needs anything of pytest but that it calls the methods named `test_…` of a class; the kit can be imported
without pytest, as all modules of a collection must be.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import logging
import pathlib
import secrets
import shutil
import tempfile
import time
import traceback
import typing as t
import urllib.parse

from ...module_utils.canonical import same
from ...module_utils.errors import StateConflict, StorageError
from ...module_utils.inventory import Inventory
from ...module_utils.storage.contract import History, Lock, Meta, State, Storage, capability
from ...module_utils.storage.driver.states import States
from ...module_utils.storage.driver.store import Store
from ...module_utils.storage.formats.metadata import account
from ...module_utils.storage.lookup.three_methods import Minimal
from .factory import registered
from .processes import Job, Outcome, processes_for
from .proxy import Address, FaultProxy
from .scale import Scale

Needs = t.Literal['nothing', 'options', 'keeping', 'history', 'lock']
"""What a part needs of a storage: options that the base class checks; that it keeps anything; a capability."""

_CAPABILITIES: dict[Needs, type] = {'history': History, 'lock': Lock}


class ContractBroken(AssertionError):
    """The storage breaks a rule of the contract; the message says which, and what it did instead."""


def demand(condition: object, message: str) -> None:
    """Raise ContractBroken with a message unless the condition holds."""
    if not condition:
        raise ContractBroken(message)


def opened(found: type[t.Any], tenant: str, region: str, **options: t.Any) -> Storage:
    """A storage of that class, registered with these options, for a subclass's `open`."""
    return registered(found, found.__name__, {'tenant': tenant, 'region': region, **options})


def files_below(directory: pathlib.Path) -> object:
    """Every file below a directory, with content and time of change, for a subclass's `footprint`."""
    paths = sorted(directory.rglob('*'))
    return [(path, path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None) for path in paths]


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of the contract. title: what it shows. needs: of the storage. hooks: of the subclass, all of them."""

    title: str
    needs: Needs = 'keeping'
    hooks: tuple[str, ...] = ()


class Hooks:
    """The hooks of a test class for a storage; only `open` is needed, each other one adds what it makes possible.

    secrets: texts that must never be shown, such as the password.
    writes_files: whether this process itself writes the state to files, so that a limit for their size is a full disk.
    server, commit_request: see `open_at`.
    scale: how much is done; give a class its own with `Scale.chosen(kills=5)`.

    The kit gives each part a `directory` (new, private, removed afterwards), a `region` that was never used, two
    storage objects for it, `writer` and `reader`, and a `config_dir`, in which the driver notes what it saw.
    """

    secrets: t.Sequence[str] = ()
    writes_files: bool = False
    server: Address | None = None
    commit_request: bytes = b''
    scale: Scale = Scale.chosen()

    directory: pathlib.Path
    config_dir: pathlib.Path
    region: str
    writer: Storage
    reader: Storage

    def open(self, tenant: str, region: str, **options: t.Any) -> Storage:
        """A new storage object for a region, registered: by `opened`, or by `resolve.open_storage`.

        options: to be added to those that the subclass gives, or to replace them (`keep`, `timeout`).
        """
        raise NotImplementedError

    def open_unreachable(self, tenant: str, region: str) -> Storage:
        """One whose place is not there or does not answer, such as a port on which nobody listens."""
        raise NotImplementedError

    def open_refused(self, tenant: str, region: str) -> Storage:
        """One that is not let in, such as with a wrong password."""
        raise NotImplementedError

    def open_read_only(self, tenant: str, region: str) -> Storage:
        """One that may read and not write, for the same place as `open`."""
        raise NotImplementedError

    def open_full(self, tenant: str, region: str) -> Storage:
        """One whose place has no room for more than some 100 kB, and no state in that region."""
        raise NotImplementedError

    def open_at(self, proxy: FaultProxy, tenant: str, region: str, **options: t.Any) -> Storage:
        """As `open`, but with `proxy.host` and `proxy.port` in the place of the server, and without TLS.

        server: host and port, or unix socket, to which the proxy leads. commit_request: bytes that are sent to the
        server only by a request whose success is the commit, such as b'COMMIT'.
        """
        raise NotImplementedError

    def damage(self, tenant: str, region: str) -> None:
        """Spoil the content of the newest state behind the storage's back, so that it cannot be read."""
        raise NotImplementedError

    def make_newer(self, tenant: str, region: str) -> None:
        """Give the newest state a format that only a later version knows."""
        raise NotImplementedError

    def remove(self, tenant: str, region: str) -> None:
        """Remove the newest state behind the storage's back: the file, the rows, the key."""
        raise NotImplementedError

    def footprint(self) -> object:
        """Everything that is stored anywhere, in a form that can be compared: files, keys, rows of all tables."""
        raise NotImplementedError

    # For the parts

    def storage(self, **options: t.Any) -> Storage:
        """A new storage object for the region of this part."""
        return self.open('kit', self.region, **options)

    def store(self, storage: Storage) -> Store:
        """The driver on a storage, with the configuration directory of this part."""
        return Store(storage, str(self.config_dir))

    def history(self, storage: Storage) -> list[Meta]:
        """The accounts of all states that a storage keeps, newest first."""
        return States(storage).history()

    def prune(self, storage: Storage, keep: int) -> list[Meta]:
        """Drop all but the newest state and `keep` older ones; returns the accounts of the dropped ones."""
        return States(storage).prune(keep)

    def locking(self, storage: Storage) -> Lock:
        """A storage as one that has a lock."""
        found = capability(storage, Lock)
        if found is None:
            raise ContractBroken(f'{storage.describe()} has no lock.')
        return found

    def put(self, storage: Storage, inventory: Inventory, base: Meta | None, message: str = 'kit') -> Meta:
        """Commit an inventory; returns its account."""
        meta = account(inventory, base, message)
        storage.commit(inventory, meta, base)
        return meta

    def put_several(self, storage: Storage, inventories: t.Iterable[Inventory]) -> list[Meta]:
        """Commit inventories, each on the one before, the first on nothing; returns the accounts, oldest first."""
        metas: list[Meta] = []
        for inventory in inventories:
            metas.append(self.put(storage, inventory, metas[-1] if metas else None))
        return metas

    def state(self, storage: Storage, serial: int | None = None) -> State:
        """What is stored; there must be something."""
        found = storage.read(serial)
        if found is None:
            raise ContractBroken(f'{storage.describe()} gave None for a state that was stored.')
        return found

    def demand_stored(self, inventory: Inventory, what: str) -> State:
        """The newest state as `reader` sees it; it must have this inventory."""
        found = self.state(self.reader)
        demand(same(found.inventory, inventory), f'{what}: what is read differs from what was written.')
        return found

    def run(self, *jobs: Job, kill_after: float | None = None) -> list[Outcome]:
        """Run jobs in processes of their own at once; none may fail, but for the first if it is to be killed."""
        timeout = _PATIENCE + _LONGEST_WRITE * self.scale.processes * self.scale.writes
        outcomes = processes_for(jobs[0].storage).run(list(jobs), kill_after, timeout)
        for number, outcome in enumerate(outcomes):
            if outcome.failure:
                self.note(outcome.failure)
                raise ContractBroken(f'A process that used the storage failed:\n{outcome.failure}')
            killed = kill_after is not None and not number
            demand(outcome.status == 0 or killed, f'A process that used the storage ended with {outcome.status}.')
        return outcomes

    @contextlib.contextmanager
    def raising(self, kind: type[StorageError], what: str, *others: type[StorageError]) -> t.Iterator[None]:
        """The block must raise this error or one of the others, with a remedy, before long.

        A class of three methods may raise what it wants, which the driver turns into a StorageError.
        """
        kinds = (StorageError,) if isinstance(self.writer, Minimal) else (kind, *others)
        wanted = ' or '.join(kind.__name__ for kind in kinds)
        started = time.monotonic()
        try:
            yield
        except kinds as error:
            self.note_error(error)
            if not isinstance(error, StateConflict):
                demand(error.help_text, f'{what}: {type(error).__name__} has no help_text that says what to do.')
        except Exception as error:
            raise ContractBroken(f'{what} raised {type(error).__name__} instead of {wanted}: {error}') from error
        else:
            raise ContractBroken(f'{what} raised nothing instead of {wanted}.')
        seconds = time.monotonic() - started
        demand(seconds < _PATIENCE, f'{what} took {seconds:.0f} seconds: nothing may wait for ever.')

    def note(self, *texts: object) -> None:
        """Remember what a person may see, which must not have a secret."""
        self._seen.extend(map(str, texts))

    def note_error(self, error: BaseException) -> None:
        """Remember an error with all that it was caused by."""
        self.note(''.join(traceback.format_exception(error)), repr(error))

    @contextlib.contextmanager
    def listening(self, level: int) -> t.Iterator[None]:
        """Note what is logged in the block, from this level on."""
        handler, root = _Gatherer(self._seen), logging.getLogger()
        before = root.level
        root.addHandler(handler)
        root.setLevel(level)
        try:
            yield
        finally:
            root.setLevel(before)
            root.removeHandler(handler)

    def proxy(self) -> FaultProxy:
        """A proxy to the server, closed after this part."""
        proxy = FaultProxy(t.cast(Address, self.server))
        self._stack.callback(proxy.close)
        return proxy

    # How a part runs

    _seen: list[str]
    _stack: contextlib.ExitStack

    def _reason_against(self, part: Part) -> str | None:
        """Why the storage cannot be held to a part; None if it can."""
        wanted = _CAPABILITIES.get(part.needs)
        if (part.needs == 'keeping' or wanted) and not States(self.writer).kept:
            return 'the storage keeps nothing'
        if (part.needs == 'options' or wanted) and isinstance(self.writer, Minimal):
            return 'the class has only register, load and write'
        if wanted and capability(self.writer, wanted) is None:
            return f"the class does not derive from '{wanted.__name__}'"
        missing = [hook for hook in part.hooks if getattr(type(self), hook) is getattr(Hooks, hook)]
        # Attributes may be set by a fixture of the subclass.
        missing = [hook for hook in missing if callable(getattr(Hooks, hook)) or not getattr(self, hook)]
        return f"the test class does not have '{missing[0]}'" if missing else None

    def _run_part(self, part: Part, function: t.Callable[[t.Any], None]) -> None:
        with contextlib.ExitStack() as self._stack:
            place = pathlib.Path(tempfile.mkdtemp(prefix='osa-kit-'))
            self._stack.callback(shutil.rmtree, place, ignore_errors=True)
            self.directory, self.config_dir = place / 'storage', place / 'config'
            for directory in (self.directory, self.config_dir):
                directory.mkdir(mode=0o700)
            self.region = f'kit-{secrets.token_hex(6)}'
            self._seen = []
            self._stack.enter_context(self.listening(logging.WARNING))
            self.writer, self.reader = self.storage(), self.storage()
            reason = self._reason_against(part)
            if reason:
                _skip(f'not claimed: {part.title}: {reason}')
            function(self)
            self._demand_no_secret()

    def _demand_no_secret(self) -> None:
        for secret in self.secrets:
            for form in (secret, urllib.parse.quote(secret, safe=''), repr(secret)[1:-1]):
                for text in self._seen:
                    demand(form not in text, f'A secret is shown: {text.replace(form, "*** HERE ***")}')


_PATIENCE = 60.0
_LONGEST_WRITE = 5.0
"""Seconds after which whatever waits is given up; and seconds for each write of many at once."""

_Check = t.TypeVar('_Check', bound=t.Callable[[t.Any], None])


def part(title: str, needs: Needs = 'keeping', hooks: t.Sequence[str] = ()) -> t.Callable[[_Check], _Check]:
    """Make a method of a subclass of `Hooks` a part of the kit, which runs where the storage claims it."""
    described = Part(title, needs, tuple(hooks))

    def decorate(function: _Check) -> _Check:
        @functools.wraps(function)
        def check(self: Hooks) -> None:
            self._run_part(described, function)

        check.part = described  # type: ignore[attr-defined]  # Functions have attributes of any name.
        return t.cast(_Check, check)

    return decorate


class _Gatherer(logging.Handler):
    def __init__(self, seen: list[str]) -> None:
        super().__init__()
        self._seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        self._seen.append(self.format(record))


def _skip(reason: str) -> t.NoReturn:
    import pytest

    pytest.skip(reason)
