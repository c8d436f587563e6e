# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A loopback TCP proxy that refuses, stalls, delays, cuts and drops: the network's faults, made to order.

It knows no protocol, so it serves for all servers; it sees bytes only where there is no TLS.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import typing as t

Address = tuple[str, int] | str
"""Host and port, or the path of a unix socket."""

HOST = '127.0.0.1'

Mode = t.Literal['pass', 'refuse', 'blackhole', 'drop_answer']
_RESET_ON_CLOSE = struct.pack('ii', 1, 0)


class FaultProxy:
    """Forwards connections to `target` from a port of its own; what it does can be changed at any time.

    mode: `pass`: forward.
          `refuse`: reset every new connection at once; those that are open go on.
          `blackhole`: stay open and silent in both directions; back in `pass`, what was held goes on.
          `drop_answer`: let requests through, and reset the connection instead of forwarding the answer.
    delay: seconds that each piece of an answer is held back.
    accepted: connections so far. dropped: answers that were dropped so far. cuts: connections cut so far.
    """

    def __init__(self, target: Address) -> None:
        self.target = target
        self.delay = 0.0
        self.accepted = 0
        self.dropped = 0
        self.cuts = 0
        self._mode: Mode = 'pass'
        self._needle: bytes | None = None
        self._cut_up: int | None = None
        self._cut_down: int | None = None
        self._state = threading.Condition()
        self._closed = False
        self._connections: set[_Connection] = set()
        self._listener = socket.create_server((HOST, 0), backlog=64)
        self.host = HOST
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def mode(self) -> Mode:
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        with self._state:
            self._mode = mode
            self._state.notify_all()

    def arm(self, needle: bytes) -> None:
        """Drop one answer, the one to the next request that contains these bytes, reset its connection; then pass.

        Exactly one, as a proxy that goes on dropping would hide a blind retry.
        """
        with self._state:
            self._needle = needle

    def cut(self, *, up: int | None = None, down: int | None = None) -> None:
        """Reset one connection once so many bytes, from now on, have gone to the server or come from it; then pass."""
        with self._state:
            self._cut_up, self._cut_down = up, down

    def reset_connections(self) -> None:
        """Reset all open connections; new ones are served."""
        for connection in self._open():
            connection.reset()

    def restore(self) -> None:
        """No fault any more, whatever was asked for."""
        with self._state:
            self.delay, self._needle, self._cut_up, self._cut_down = 0.0, None, None, None
            self._mode = 'pass'
            self._state.notify_all()

    def close(self) -> None:
        """End it with all its connections."""
        with self._state:
            self._closed = True
            self._state.notify_all()
        # A thread that waits in accept or recv is not woken by `close` alone.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.reset_connections()

    def _open(self) -> list[_Connection]:
        with self._state:
            return list(self._connections)

    def _accept(self) -> None:
        while True:
            try:
                client, _peer = self._listener.accept()
            except OSError:
                return
            with self._state:
                self.accepted += 1
                refused = self._mode == 'refuse' or self._closed
            if refused:
                _reset(client)
            else:
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._hold()
        try:
            server = _connect(self.target)
        except OSError:
            _reset(client)
            return
        connection = _Connection(self, client, server)
        with self._state:
            self._connections.add(connection)
            closed = self._closed
        if closed:
            connection.reset()
        else:
            connection.run()
        with self._state:
            self._connections.discard(connection)

    def _hold(self) -> None:
        """Return when the mode is not `blackhole`, or the proxy is closed."""
        with self._state:
            self._state.wait_for(lambda: self._mode != 'blackhole' or self._closed)

    def _found(self, data: bytes) -> bool:
        """Whether a request has the bytes that `arm` waits for; only once."""
        with self._state:
            if self._needle is None or self._needle not in data:
                return False
            self._needle = None
            return True

    def _needle_length(self) -> int:
        with self._state:
            return len(self._needle or b'')

    def _drops(self, armed: bool) -> bool:
        """Whether an answer is to be dropped on a connection that `arm` has caught, or on any."""
        with self._state:
            dropped = armed or self._mode == 'drop_answer'
            self.dropped += dropped
            return dropped

    def _wait_delay(self) -> None:
        with self._state:
            if self.delay:
                self._state.wait_for(lambda: self._closed, timeout=self.delay)

    def _allowance(self, size: int, *, up: bool) -> int:
        """How many of so many bytes may pass before the cut; fewer than `size` means: cut here."""
        with self._state:
            left = self._cut_up if up else self._cut_down
            if left is None:
                return size
            left -= size
            if left < 0:
                self.cuts += 1
            rest = None if left < 0 else left
            self._cut_up, self._cut_down = (rest, self._cut_down) if up else (self._cut_up, rest)
            return size + min(left, 0)


class _Connection:
    """A client's and a server's socket, with one thread for each direction."""

    def __init__(self, proxy: FaultProxy, client: socket.socket, server: socket.socket) -> None:
        self.proxy = proxy
        self.client = client
        self.server = server
        self.broken = False
        self.armed = False
        self.tail = b''

    def run(self) -> None:
        """Forward until both directions have ended."""
        upwards = threading.Thread(target=self._forward, args=(self._up, self.client, self.server), daemon=True)
        upwards.start()
        self._forward(self._down, self.server, self.client)
        upwards.join()
        self.client.close()
        self.server.close()

    def reset(self) -> None:
        """End both sides with RST, as a crashed machine or a firewall would."""
        self.broken = True
        for side in (self.client, self.server):
            _reset(side)

    def _forward(self, step: t.Callable[[bytes], bool], source: socket.socket, sink: socket.socket) -> None:
        try:
            while (data := source.recv(65536)) and not self.broken:
                self.proxy._hold()
                if not step(data):
                    self.reset()
                    return
            if not self.broken:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            self.reset()

    def _up(self, data: bytes) -> bool:
        """Pass a piece of a request on; False when the connection is to be cut."""
        window = self.tail + data
        if self.proxy._found(window):
            self.armed = True
        keep = self.proxy._needle_length() - 1
        self.tail = window[-keep:] if keep > 0 else b''
        allowed = self.proxy._allowance(len(data), up=True)
        self.server.sendall(data[:allowed])
        return allowed == len(data)

    def _down(self, data: bytes) -> bool:
        """Pass a piece of an answer on; False when the connection is to be cut."""
        if self.proxy._drops(self.armed):
            return False
        self.proxy._wait_delay()
        allowed = self.proxy._allowance(len(data), up=False)
        self.client.sendall(data[:allowed])
        return allowed == len(data)


def _connect(target: Address) -> socket.socket:
    if isinstance(target, tuple):
        return socket.create_connection(target, timeout=None)
    server = socket.socket(socket.AF_UNIX)
    server.connect(target)
    return server


def _reset(side: socket.socket) -> None:
    # Shut down for reading only: that wakes a thread in recv, and sends no FIN before the RST.
    with contextlib.suppress(OSError):
        side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        side.shutdown(socket.SHUT_RD)
    side.close()
