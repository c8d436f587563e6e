# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault proxy makes the faults that the tests of the storages take for granted."""

from __future__ import annotations

import socket
import threading
import time
import typing as t

import pytest
from ansible_collections.osa.inventory.tests.servers.plugin import ProxyMaker
from ansible_collections.osa.inventory.tests.servers.proxy import FaultProxy


class Echo:
    """A server that answers each line with itself."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.listener = socket.create_server(('127.0.0.1', 0))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                client, _peer = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(client,), daemon=True).start()

    def answer(self, client: socket.socket) -> None:
        try:
            with client, client.makefile('rb') as lines:
                for line in lines:
                    self.seen.append(line)
                    client.sendall(line)
        except OSError:
            pass


@pytest.fixture
def echo() -> t.Iterator[Echo]:
    echo = Echo()
    yield echo
    echo.listener.shutdown(socket.SHUT_RDWR)
    echo.listener.close()


@pytest.fixture
def proxy(echo: Echo, fault_proxy: ProxyMaker) -> FaultProxy:
    return fault_proxy(*echo.listener.getsockname())


class Client:
    """Talks to an echo through a proxy."""

    def __init__(self, proxy: FaultProxy) -> None:
        self.socket = socket.create_connection((proxy.host, proxy.port), timeout=5)
        self.lines = self.socket.makefile('rb')

    def say(self, line: bytes) -> bytes:
        self.socket.sendall(line)
        return self.lines.readline()


class TestProxy:
    def test_passes_both_ways_and_ends_with_the_client(self, proxy: FaultProxy, echo: Echo) -> None:
        client = Client(proxy)
        assert client.say(b'one\n') == b'one\n'
        client.socket.shutdown(socket.SHUT_WR)
        assert client.lines.read() == b''
        assert (proxy.accepted, echo.seen) == (1, [b'one\n'])

    def test_refuse_resets_new_connections_only(self, proxy: FaultProxy) -> None:
        old = Client(proxy)
        assert old.say(b'one\n') == b'one\n'
        proxy.mode = 'refuse'
        with pytest.raises(ConnectionError):
            Client(proxy).say(b'two\n')
        assert old.say(b'three\n') == b'three\n'

    def test_blackhole_is_silent_until_it_passes_again(self, proxy: FaultProxy, echo: Echo) -> None:
        client = Client(proxy)
        assert client.say(b'one\n') == b'one\n'
        proxy.mode = 'blackhole'
        client.socket.settimeout(0.2)
        client.socket.sendall(b'two\n')
        with pytest.raises(TimeoutError):
            client.socket.recv(1)
        assert echo.seen == [b'one\n']
        proxy.mode = 'pass'
        client.socket.settimeout(5)
        assert client.socket.recv(16) == b'two\n'

    def test_drop_answer_lets_the_request_through(self, proxy: FaultProxy, echo: Echo) -> None:
        proxy.mode = 'drop_answer'
        for _time in range(2):
            with pytest.raises(ConnectionResetError):
                Client(proxy).say(b'one\n')
        assert (echo.seen, proxy.dropped) == ([b'one\n', b'one\n'], 2)

    def test_arm_drops_exactly_one_answer_to_the_bytes(self, proxy: FaultProxy, echo: Echo) -> None:
        proxy.arm(b'COMMIT')
        client = Client(proxy)
        assert client.say(b'INSERT\n') == b'INSERT\n'
        client.socket.sendall(b'COM')
        time.sleep(0.1)
        with pytest.raises(ConnectionResetError):
            client.say(b'MIT\n')
        assert Client(proxy).say(b'COMMIT\n') == b'COMMIT\n'
        assert (echo.seen, proxy.dropped) == ([b'INSERT\n', b'COMMIT\n', b'COMMIT\n'], 1)

    def test_cut_up_lets_no_more_bytes_through(self, proxy: FaultProxy, echo: Echo) -> None:
        proxy.cut(up=6)
        client = Client(proxy)
        assert client.say(b'one\n') == b'one\n'
        with pytest.raises(ConnectionResetError):
            client.say(b'two\n')
        assert Client(proxy).say(b'three\n') == b'three\n'
        assert (echo.seen[0], echo.seen[-1], b'two\n' in echo.seen, proxy.cuts) == (b'one\n', b'three\n', False, 1)

    def test_cut_down_ends_in_the_middle_of_an_answer(self, proxy: FaultProxy, echo: Echo) -> None:
        proxy.cut(down=2)
        with pytest.raises(ConnectionResetError):
            while Client(proxy).say(b'one\n') != b'one\n':
                pytest.fail('The answer ended as if it was whole.')
        assert (echo.seen, proxy.cuts) == ([b'one\n'], 1)

    def test_delay_holds_answers_back(self, proxy: FaultProxy) -> None:
        proxy.delay = 0.3
        begin = time.monotonic()
        assert Client(proxy).say(b'one\n') == b'one\n'
        assert time.monotonic() - begin >= 0.3

    def test_reset_connections_ends_open_ones(self, proxy: FaultProxy) -> None:
        client = Client(proxy)
        assert client.say(b'one\n') == b'one\n'
        proxy.reset_connections()
        with pytest.raises(ConnectionError):
            client.say(b'two\n')
