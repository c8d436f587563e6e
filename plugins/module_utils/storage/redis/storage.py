# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage `redis`: a Redis server, for deploy hosts that share one state and want it fast.

A write is one script on the server, which compares and swaps; a read is one command.
"""

from __future__ import annotations

import functools
import typing as t

from ...errors import (
    StateDamaged,
    StateLost,
    StateTooLarge,
    StorageError,
    StorageOptionError,
    StorageRefused,
    WriteUncertain,
)
from ...inventory import Inventory
from ...results import Notice
from ..contract import Finding, History, Lock, LockInfo, Meta, Rewrite, State, Storage
from ..formats.records import conflict, lock_text, locked_by, pack, read_lock, read_meta, unpack_state, wait_for_lock
from . import scripts
from .connection import Access, Credentials, TLSFiles, parse_url
from .options import RedisOptions
from .scripts import Keys
from .server import await_file, durability, facts, objection, rights, setting
from .write import Write, rewrite

LARGEST = 512 * 1024 * 1024
"""The largest value that Redis takes, in bytes (Redis documentation: strings)."""


class StorageModule(Storage, History, Lock, Rewrite):
    """States in a Redis server."""

    NAME = 'redis'
    OPTIONS = RedisOptions
    options: RedisOptions

    def register(self, options: dict[str, t.Any]) -> None:
        """Check the options and keep them; no I/O. Raises StorageOptionError."""
        super().register(options)
        if self.options.replicas < 0:
            raise StorageOptionError(
                f"Option 'replicas' of the storage 'redis' is {self.options.replicas} instead of 0 or more."
            )
        endpoint = parse_url(self.options.url)
        self._keys = Keys.of(self.options.tenant, self.options.region)
        self._access = Access(
            endpoint=endpoint,
            credentials=Credentials(
                self.options.username or endpoint.credentials.username,
                self.options.password or endpoint.credentials.password,
            ),
            sentinel_credentials=Credentials(self.options.sentinel_username, self.options.sentinel_password),
            tls_files=TLSFiles(self.options.tls_ca_file, self.options.tls_cert_file, self.options.tls_key_file),
            timeout=self.options.timeout,
        )

    @functools.cached_property
    def _client(self) -> t.Any:
        return self._access.client()

    def describe(self) -> str:
        """The URL without user and password, and the region."""
        return f'{self._access.endpoint}, region {self.region}'

    def read(self, serial: int | None = None) -> State | None:
        """The newest state in one request, or that of a kept serial; None when there is none.

        Raises StateLost when only older states are left, and what the contract names.
        """
        older = self._older(serial) if serial is not None else None
        if older:
            return older
        with self._access.boundary():
            text, payload, source = self._client.hmget(self._keys.head, 'meta', 'payload', 'source')
        if text is None:
            if serial is None:
                self._refuse_headless()
            return None
        meta = read_meta(text, self._where())
        if serial not in (None, meta.serial):
            return None
        return unpack_state(meta, payload, source, self._where(meta.serial))

    def commit(
        self, inventory: Inventory, meta: Meta, base: Meta | None, source: dict[str, t.Any] | None = None
    ) -> None:
        """Store a state if the newest is still `base`; see the contract.

        Besides, WriteUncertain when fewer than `replicas` replicas confirmed it in time.
        """
        write = Write(
            meta=meta,
            base=base,
            payload=pack(inventory),
            source=pack(source) if source is not None else b'',
            keep=self.options.keep,
            replicas=self.options.replicas,
        )
        _refuse_too_large(write.size)
        self._refuse_volatile()
        outcome = write.carry_out(self._client, self._access, self._keys)
        if not outcome.stored:
            newest = read_meta(outcome.newest, self._where()) if outcome.newest else None
            raise conflict(newest, self.region)
        if outcome.confirmed < write.replicas:
            raise self._unconfirmed(outcome.confirmed)
        if not self.options.allow_volatile:
            await_file(self._client, self._access)

    def rewrite(self, state: State, before: Meta) -> None:
        """Put a kept state into another form; see the contract."""
        payload, source = pack(state.inventory), pack(state.source) if state.source is not None else b''
        _refuse_too_large(max(len(payload), len(source)))
        self._refuse_volatile()
        if not rewrite(self._client, self._access, self._keys, (state.meta, payload, source), before):
            newest = next(iter(self.history()), None)
            raise conflict(newest, self.region)
        if not self.options.allow_volatile:
            await_file(self._client, self._access)

    def recover(self) -> Meta | None:
        """Remove a newest state whose account cannot be read, so that a restore can build on the older ones."""
        with self._access.boundary():
            text = self._client.hget(self._keys.head, 'meta')
        try:
            if text is not None:
                read_meta(text, self._where())
        except StateDamaged:
            with self._access.boundary():
                self._client.delete(self._keys.head)
        return super().recover()

    def history(self) -> list[Meta]:
        """The accounts of all kept states, newest first."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.hget(self._keys.head, 'meta')
        pipeline.hkeys(self._keys.older)
        newest, fields = map(self._access.checked, self._access.run(pipeline))
        head = read_meta(newest, self._where()) if newest is not None else None
        found = [field for field in fields if field.endswith(b':meta')]
        with self._access.boundary():
            texts = self._client.hmget(self._keys.older, found) if found else []
        # What was dropped in the meantime has no text.
        metas = [read_meta(text, self._where()) for text in texts if text is not None]
        older = sorted(
            (meta for meta in metas if head is None or meta.serial < head.serial),
            key=lambda meta: meta.serial,
            reverse=True,
        )
        return [head, *older] if head else older

    def prune(self, keep: int) -> list[Meta]:
        """Drop all but the newest state and `keep` older ones; returns the accounts of the dropped ones."""
        dropped: list[Meta] = []
        while True:
            with self._access.boundary(writing=True):
                texts = self._client.eval(scripts.TRIM, 2, self._keys.head, self._keys.older, '', keep)
            if not texts:
                return dropped
            dropped += [read_meta(text, self._where()) for text in texts]

    def lock(self, info: LockInfo, timeout: float) -> None:
        """Take the lock; taking it again with the same `info` is not an error. Raises StorageLocked."""
        text = lock_text(info)

        def attempt() -> LockInfo | None:
            with self._access.boundary():
                taken = self._client.set(self._keys.lock, text, nx=True)
                held = None if taken else self._client.get(self._keys.lock)
            return read_lock(held, self._where()) if held is not None and held != text.encode() else None

        wait_for_lock(attempt, timeout)

    def holder(self) -> LockInfo | None:
        """Who holds the lock, or None."""
        with self._access.boundary():
            held = self._client.get(self._keys.lock)
        return read_lock(held, self._where()) if held is not None else None

    def break_lock(self, lock_id: str) -> None:
        """Release the lock with this id; no error when nobody holds it. Raises StorageLocked for another id."""
        holder = self.holder()
        if holder is None:
            return
        if holder.id != lock_id:
            raise locked_by(holder)
        with self._access.boundary():
            self._client.eval(scripts.RELEASE, 1, self._keys.lock, lock_text(holder))

    def check(self) -> list[Finding]:
        """Reached, encrypted, allowed, durable, readable; tries every command on a scratch key of the region."""
        findings: list[Finding] = []
        try:
            self._check(findings)
        except StorageError as error:
            findings.append(Finding('error', error.message, error.help_text))
        return findings

    def _check(self, findings: list[Finding]) -> None:
        with self._access.boundary():
            self._client.ping()
        server = facts(self._client, self._access)
        version = f' (Redis {server.version})' if server else ''
        findings.append(Finding('ok', f"Server '{self._access.endpoint}'{version} answers."))
        if not self._access.endpoint.tls and self._access.endpoint.leaves_machine:
            findings.append(
                Finding('warning', 'Password and states cross the network unencrypted.', 'Use TLS (rediss://).')
            )
        findings += rights(self._client, self._access, self._keys.prefix, self.options.replicas)
        fsync = setting(self._client, self._access, 'appendfsync')
        findings += durability(server, fsync, self.options.allow_volatile)
        state = self.read()
        stored = f'serial {state.meta.serial}' if state else 'nothing yet'
        findings.append(Finding('ok', f"Region '{self.region}' can be read and holds {stored}."))

    def _unconfirmed(self, confirmed: int) -> WriteUncertain:
        """The error for a write that too few replicas have; noted, too, as the driver will find it on the primary."""
        replicas = self.options.replicas
        message = f'The write is on the primary, but {confirmed} of {replicas} replicas confirmed it in time.'
        help_text = "Bring the replicas back, or lower 'replicas'; the next run goes on with what is stored."
        self.notify(Notice(message, help_text=help_text))
        return WriteUncertain(message, help_text=help_text)

    def _refuse_volatile(self) -> None:
        """Raise StorageRefused when the server would lose acknowledged states and that is not allowed."""
        if self.options.allow_volatile:
            return
        against = objection(facts(self._client, self._access))
        if against:
            raise StorageRefused(
                f"Redis server '{self._access.endpoint}' {against.reason}.",
                help_text=f"{against.remedy} Or set 'allow_volatile: true', if losing every name may happen.",
            )

    def _refuse_headless(self) -> None:
        """Raise StateLost when there are older states without a newest one."""
        with self._access.boundary():
            older = self._client.hkeys(self._keys.older)
        if older:
            raise StateLost(
                f"The newest state of region '{self.region}' was removed from Redis server '{self._access.endpoint}'; "
                'older ones are there.',
                help_text='Restore one of them (osa-inventory restore); osa-inventory history lists them.',
            )

    def _older(self, serial: int) -> State | None:
        with self._access.boundary():
            parts = [f'{serial}:{part}' for part in ('meta', 'payload', 'source')]
            meta, payload, source = self._client.hmget(self._keys.older, parts)
        if meta is None:
            return None
        return unpack_state(read_meta(meta, self._where(serial)), payload, source, self._where(serial))

    def _where(self, serial: int | None = None) -> str:
        state = f'serial {serial}' if serial is not None else 'a state'
        return f"{state} of region '{self.region}' in Redis"


def _refuse_too_large(size: int) -> None:
    if size > LARGEST:
        raise StateTooLarge(
            f'The state has {size} bytes; Redis keeps at most {LARGEST} in one value.',
            help_text='Use another storage.',
        )
