# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a container: put, get, list, delete, one request each."""

from __future__ import annotations

import contextlib
import dataclasses
import email.utils
import hashlib
import os
import threading
import time
import typing as t

from ...errors import StateTooLarge, StorageUnreachable
from ...libraries import require
from ..formats.compression import LARGEST_TEXT
from .connection import PACKAGE, Access, ContainerMissing, ObjectEmpty, ObjectExists, Session, TokenExpired

LARGEST_OBJECT = 2 * LARGEST_TEXT
"""Bytes of the largest object that is read: it has inventory and input of a state, compressed."""


@dataclasses.dataclass(frozen=True)
class Found:
    """The content of an object; age: seconds since it was written, by the clocks of the servers."""

    body: bytes
    age: float


class Objects:
    """The objects of one container; may be used by several threads, and after a fork."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._mutex = threading.Lock()
        self._session: Session | None = None
        self._process: int | None = None

    @property
    def url(self) -> str:
        """Where the object store is; logs in, if that was not done yet. Raises the errors of `Access.connect`."""
        with self._mutex:
            return self._logged_in().url

    def get(self, name: str, *, may_change: bool = True) -> Found | None:
        """An object, or None when there is none; also none in a container that is missing.

        may_change: whether all servers that have it must be asked, as it may differ between them.
        Raises StateTooLarge and the errors of `Access.boundary`.
        """
        wanted = {'Range': f'bytes=0-{LARGEST_OBJECT}', **({'X-Newest': 'true'} if may_change else {})}
        try:
            headers, body = self._request('get_object', name, headers=wanted)
        except ContainerMissing:
            return None
        except ObjectEmpty:
            return Found(b'', 0.0)
        if len(body) > LARGEST_OBJECT:
            raise StateTooLarge(
                f"Object '{name}' in {self._access} has more than {LARGEST_OBJECT >> 20} MiB, and no run writes one "
                'that large.',
                help_text='It is left as it is. Restore an older state (osa-inventory restore).',
            )
        # The library does not notice when the connection ends early.
        if len(body) != int(headers.get('content-length', len(body))):
            raise StorageUnreachable(f'{self._access} broke off in the middle of an object.', help_text='Try again.')
        return Found(body, _age(headers))

    def put(self, name: str, body: bytes) -> None:
        """Write an object. Raises ContainerMissing and the errors of `Access.boundary`: it counts as not written."""
        self._request('put_object', name, **_content(body))

    def claim(self, name: str, body: bytes) -> bool:
        """Write an object unless there is one; False when there is. Of several at once, several may be told True.

        Raises WriteUncertain for a lost answer, ContainerMissing and the other errors of `Access.boundary`.
        """
        try:
            self._request('put_object', name, writing=True, **_content(body), headers={'If-None-Match': '*'})
        except ObjectExists:
            return False
        return True

    def delete(self, name: str) -> None:
        """Delete an object; no error when there is none."""
        with contextlib.suppress(ContainerMissing):
            self._request('delete_object', name)

    def names(self, prefix: str) -> list[str]:
        """The names of all objects that begin like that, in order. The listing may lag behind the objects."""
        _headers, entries = self._request('get_container', prefix=prefix, full_listing=True)
        return [entry['name'] for entry in entries]

    def last_name(self, prefix: str) -> str | None:
        """The last of these names, or None."""
        _headers, entries = self._request('get_container', prefix=prefix, limit=1, query_string='reverse=true')
        return entries[0]['name'] if entries else None

    def create_container(self) -> None:
        """Make the container; no error when it is there."""
        self._request('put_container')

    def _request(self, function: str, *arguments: str, writing: bool = False, **keywords: t.Any) -> t.Any:
        """Call a function of the library, once more with a new token if the old one is not accepted any more."""
        with self._mutex:
            try:
                return self._call(function, arguments, writing, keywords)
            except TokenExpired:
                self._session = None
                return self._call(function, arguments, writing, keywords)

    def _call(self, function: str, arguments: tuple[str, ...], writing: bool, keywords: dict[str, t.Any]) -> t.Any:
        session = self._logged_in()
        # The library's functions, not its `Connection`, which repeats requests in its own ways.
        call = getattr(require('swiftclient.client', PACKAGE), function)
        with self._access.boundary(writing=writing):
            return call(
                session.url, session.token, self._access.container, *arguments, http_conn=session.http, **keywords
            )

    def _logged_in(self) -> Session:
        if self._session is None or self._process != os.getpid():
            # A connection must not be shared with the process that this one was forked from.
            self._session, self._process = self._access.connect(), os.getpid()
        return self._session


def _content(body: bytes) -> dict[str, t.Any]:
    """The arguments for writing an object; the server compares its MD5, which protects from faults, not from people."""
    return {
        'contents': body,
        'content_length': len(body),
        'etag': hashlib.md5(body, usedforsecurity=False).hexdigest(),
        'content_type': 'application/octet-stream',
    }


def _age(headers: dict[str, str]) -> float:
    """Seconds since an object was written, by the headers of an answer that has it; 0 when they do not say."""
    try:
        written = float(headers['x-timestamp'])
        answered = email.utils.parsedate_to_datetime(headers['date']).timestamp()
    except (KeyError, ValueError):
        return 0.0
    # The answer has whole seconds; the own clock is finer, if it agrees.
    now = time.time()
    return max((now if answered - 0.5 <= now <= answered + 1.5 else answered) - written, 0.0)
