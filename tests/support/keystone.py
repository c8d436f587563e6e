# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Keystone, which no test installs: it gives out real tokens of a Swift that has its own users."""

from __future__ import annotations

import contextlib
import http.server
import json
import ssl
import threading
import typing as t

from ansible_collections.osa.inventory.tests.servers.base import Login
from ansible_collections.osa.inventory.tests.servers.swift_server import Swift


class Identity:
    """Takes any user whose password or secret has the word `right` in it, and gives out a token of `login`.

    context: for TLS. bodies: what it was asked so far. region: where its catalogue says that the object store is.
    """

    def __init__(self, server: Swift, login: Login, context: ssl.SSLContext | None = None) -> None:
        self.bodies: list[dict[str, t.Any]] = []
        self.region = 'RegionOne'
        identity = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                links = [{'rel': 'self', 'href': f'{identity.url}/'}]
                version = {'id': 'v3.14', 'status': 'stable', 'links': links, 'media-types': []}
                self.answer(200, {'version': version})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))['auth']
                identity.bodies.append(body)
                if 'right' not in json.dumps(body):
                    return self.answer(401, {'error': {'code': 401, 'message': 'no', 'title': 'Unauthorized'}})
                url, token = server.client(login).get_auth()
                endpoint = {'interface': 'public', 'region': identity.region, 'region_id': identity.region, 'url': url}
                service = {'type': 'object-store', 'id': 's', 'name': 'swift', 'endpoints': [endpoint]}
                user = {'id': 'u', 'name': 'u', 'domain': {'id': 'd', 'name': 'Default'}}
                content = {'methods': ['password'], 'user': user, 'expires_at': '2999-01-01T00:00:00.000000Z'}
                self.answer(201, {'token': {**content, 'catalog': [service]}}, token)

            def answer(self, status: int, content: dict[str, t.Any], token: str | None = None) -> None:
                text = json.dumps(content).encode()
                self.send_response(status)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(text)))
                if token:
                    self.send_header('X-Subject-Token', token)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: t.Any) -> None:
                """Silent."""

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.scheme = 'http'
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = 'https'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """For `auth_url`; version 3."""
        return f'{self.scheme}://127.0.0.1:{self.server.server_port}/v3'


@contextlib.contextmanager
def identity_service(server: Swift, login: Login, context: ssl.SSLContext | None = None) -> t.Iterator[Identity]:
    """A stand-in that runs as long as the block."""
    identity = Identity(server, login, context)
    try:
        yield identity
    finally:
        identity.server.shutdown()
        identity.server.server_close()
