# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `swift`: an OpenStack object store, for clouds that have one that does not live in them.

Swift has no compare-and-swap. A write claims its serial, waits, and looks whose claim stands: verified by reading it
back, but not linearizable. What is written is never changed afterwards.
"""

from __future__ import annotations

import contextlib
import itertools
import time
import typing as t
import urllib.parse
import uuid

from ...errors import StorageError, StorageOptionError, WriteUncertain
from ...inventory import Inventory
from ..contract import Finding, History, Lock, LockInfo, Meta, Regions, Rewrite, State, Storage
from ..formats.records import lock_text, locked_by, pack, read_lock, wait_for_lock
from .commits import Commit, Commits, Names
from .connection import Access, ContainerMissing, Login, TLSFiles
from .objects import Objects
from .options import SwiftOptions

_LOOPBACK = ('localhost', '127.0.0.1', '::1')
_SHORT_SETTLE = 1.0
_ATTEMPTS = 3


class StorageModule(Storage, History, Lock, Rewrite, Regions):
    """States in a Swift container."""

    NAME = 'swift'
    OPTIONS = SwiftOptions
    options: SwiftOptions

    def register(self, options: dict[str, t.Any]) -> None:
        """Check the options and keep them; no I/O. Raises StorageOptionError."""
        super().register(options)
        given = self.options
        login = Login(
            cloud=given.cloud,
            auth_url=given.auth_url,
            version=given.auth_version,
            username=given.username,
            password=given.password,
            project_name=given.project_name,
            user_domain_name=given.user_domain_name,
            project_domain_name=given.project_domain_name,
            application_credential_id=given.application_credential_id,
            application_credential_secret=given.application_credential_secret,
        )
        self._refuse_wrong(login)
        self._access = Access(
            login=login,
            container=given.container,
            region_name=given.region_name,
            interface=given.interface,
            storage_url=given.storage_url,
            tls_files=TLSFiles(given.tls_ca_file, given.tls_cert_file, given.tls_key_file),
            timeout=given.timeout,
        )
        self._names = Names.of(given.tenant, given.region)
        self._objects = Objects(self._access)
        self._commits = Commits(self._objects, self._names, self.region, given.settle)

    def describe(self) -> str:
        """Container, cloud or address, and the region."""
        return f'{self._access}, region {self.region}'

    def regions(self) -> list[str]:
        """Every region of the container that has states; the listing may lag."""
        return self._commits.regions()

    def read(self, serial: int | None = None) -> State | None:
        """The newest state in four requests, or that of a kept serial; None when there is none.

        Raises StorageRefused for a container that is missing, unless `create` is set; StateLost for a state of which
        a part was removed; and what the contract names.
        """
        try:
            if serial is None:
                return self._commits.newest_state()
        except ContainerMissing:
            if self.options.create:
                return None
            raise
        commit = self._commits.get(serial)
        return self._commits.state(commit) if commit else None

    def commit(
        self, inventory: Inventory, meta: Meta, base: Meta | None, source: dict[str, t.Any] | None = None
    ) -> None:
        """Store a state if the newest is still `base`; see the contract. It takes the time to settle."""
        payload, packed_source = pack(inventory), pack(source) if source is not None else b''
        self._put_content(self._names.payload(meta), payload + packed_source)
        self._commits.claim(Commit(meta, len(payload), len(packed_source)), base)
        if meta.serial > self.options.keep + 1:
            # The write is done, whatever becomes of the old ones; the next write tries again.
            with contextlib.suppress(StorageError):
                self._commits.drop(self.options.keep)

    def rewrite(self, state: State, before: Meta) -> None:
        """Put a kept state into another form; see the contract."""
        payload, source = pack(state.inventory), pack(state.source) if state.source is not None else b''
        commit = Commit(state.meta, len(payload), len(source), form=uuid.uuid4().hex)
        self._objects.put(self._names.payload(commit.meta, commit.form), payload + source)
        self._commits.replace(commit, before)

    def sweep(self) -> None:
        """Remove contents that an interrupted `rewrite` has left."""
        self._commits.remove_former_contents()

    def recover(self) -> Meta | None:
        """Remove newest accounts that cannot be read, so that a restore can build on the older ones."""
        self._commits.drop_unreadable()
        return super().recover()

    def history(self) -> list[Meta]:
        """The accounts of all kept states, newest first."""
        try:
            return self._commits.history()
        except ContainerMissing:
            if self.options.create:
                return []
            raise

    def prune(self, keep: int) -> list[Meta]:
        """Drop all but the newest state and `keep` older ones; returns the accounts of the dropped ones."""
        return self._commits.drop(keep)

    def lock(self, info: LockInfo, timeout: float) -> None:
        """Take the lock; taking it again with the same `info` is not an error. Raises StorageLocked."""
        text = lock_text(info).encode('ascii')

        def attempt() -> LockInfo | None:
            for _attempt in range(_ATTEMPTS):
                # As with commits, several may be told that the lock is theirs, and who stands decides.
                with contextlib.suppress(WriteUncertain):
                    if self._objects.claim(self._names.lock, text):
                        time.sleep(self.options.settle)
                held = self._objects.get(self._names.lock)
                if held:
                    return None if held.body == text else self._read_lock(held.body)
            raise WriteUncertain(f"Whether the lock of region '{self.region}' was taken cannot be read back.")

        wait_for_lock(attempt, timeout)

    def holder(self) -> LockInfo | None:
        """Who holds the lock, or None."""
        held = self._objects.get(self._names.lock)
        return self._read_lock(held.body) if held else None

    def break_lock(self, lock_id: str) -> None:
        """Release the lock with this id; no error when nobody holds it. Raises StorageLocked for another id."""
        holder = self.holder()
        if holder is None:
            return
        if holder.id != lock_id:
            raise locked_by(holder)
        self._objects.delete(self._names.lock)

    def check(self) -> list[Finding]:
        """Reached, encrypted, allowed, readable; writes, reads and deletes a scratch object of the region."""
        findings: list[Finding] = []
        try:
            self._check(findings)
        except StorageError as error:
            findings.append(Finding('error', error.message, error.help_text))
        return findings

    def _check(self, findings: list[Finding]) -> None:
        url = urllib.parse.urlsplit(self._objects.url)
        findings.append(Finding('ok', f"{self._access} answers at '{url.scheme}://{url.netloc}'."))
        if url.scheme != 'https' and url.hostname not in _LOOPBACK:
            findings.append(Finding('warning', 'Tokens and states cross the network unencrypted.', 'Use https.'))
        state = self.read()
        stored = f'serial {state.meta.serial}' if state else 'nothing yet'
        findings.append(Finding('ok', f"Region '{self.region}' can be read and holds {stored}."))
        findings.append(self._check_chain())
        findings.append(self._check_writing())
        findings.append(self._check_settling())

    def _check_chain(self) -> Finding:
        """Whether each kept state was made from the one before it."""
        history = self.history()
        for newer, older in itertools.pairwise(history):
            if newer.serial == older.serial + 1 and newer.parent != older.sha256:
                return Finding(
                    'error',
                    f'Serial {newer.serial} was not made from the serial {older.serial} that is kept.',
                    'Compare both, and restore what is missing.',
                )
        return Finding('ok', f'{len(history)} states are kept, each made from the one before.')

    def _check_writing(self) -> Finding:
        scratch = f'{self._names.prefix}check/{uuid.uuid4()}'
        try:
            self._objects.put(scratch, b'')
            self._objects.delete(scratch)
        except StorageError as error:
            return Finding('warning', f'The user may not write. {error.message}', error.help_text)
        return Finding('ok', 'The user may write.')

    def _check_settling(self) -> Finding:
        settle = self.options.settle
        what = f'Writes are verified by reading them back after {settle:g} seconds; they are not linearizable.'
        if settle < _SHORT_SETTLE:
            return Finding('warning', what, "Set 'settle' to 2: with less, a write that was acknowledged may be lost.")
        return Finding('ok', what)

    def _put_content(self, name: str, body: bytes) -> None:
        try:
            self._objects.put(name, body)
        except ContainerMissing:
            if not self.options.create:
                raise
            self._objects.create_container()
            self._objects.put(name, body)

    def _read_lock(self, text: bytes) -> LockInfo:
        return read_lock(text, f"region '{self.region}' in Swift")

    def _refuse_wrong(self, login: Login) -> None:
        """Raise StorageOptionError for options that do not go together."""
        missing = login.missing()
        if missing:
            raise StorageOptionError(
                f"The storage 'swift' needs the option '{missing}' to log in.",
                help_text="Name an entry of clouds.yaml in 'cloud'; or 'auth_url' with 'username', 'password' and "
                "'project_name', or with 'application_credential_id' and 'application_credential_secret'.",
            )
        for name in ('auth_url', 'storage_url'):
            if not _is_address(getattr(self.options, name)):
                raise StorageOptionError(
                    f"Value of '{name}' of the storage 'swift' is not an address that starts with 'http://' or 'https://'.",
                    help_text='User and password are options of their own and do not belong into it.',
                )
        if self.options.settle < 0:
            raise StorageOptionError(
                f"Option 'settle' of the storage 'swift' is {self.options.settle:g} instead of 0 or more."
            )
        if not self.options.container or '/' in self.options.container:
            raise StorageOptionError("Option 'container' of the storage 'swift' is empty or contains '/'.")


def _is_address(url: str | None) -> bool:
    """Whether this is an HTTP address without user and password, or not given."""
    try:
        parts = urllib.parse.urlsplit(url or 'http://none')
        return parts.scheme in ('http', 'https') and bool(parts.hostname) and '@' not in parts.netloc
    except ValueError:
        return False
