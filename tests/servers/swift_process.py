# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that `swift_server` starts: one server of Swift, or the builder of its rings.

    python -P swift_process.py rings DIRECTORY ACCOUNT_PORT CONTAINER_PORT OBJECT_PORT
    python -P swift_process.py proxy|account|container|object CONFIGURATION

A program of its own, as importing Swift changes Python's standard library (eventlet).
"""

from __future__ import annotations

import importlib
import json
import pathlib
import sys
import time
import typing as t

_MODULES = {'proxy': 'swift.proxy.server', 'object': 'swift.obj.server'}


class MemoryCache:
    """What the proxy server uses of memcached, in its own memory, copying as memcached would."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[float, str]] = {}

    def set(self, key: str, value: object, time: float = 0, **_others: object) -> None:
        self._entries[key] = (now() + time if time else float('inf'), json.dumps(value))

    def get(self, key: str, **_others: object) -> t.Any:
        end, text = self._entries.get(key, (0.0, ''))
        return json.loads(text) if end > now() else None

    def delete(self, key: str, **_others: object) -> None:
        self._entries.pop(key, None)


now = time.monotonic


def cache_factory(_settings: dict[str, str], **_more: str) -> t.Callable[[t.Any], t.Any]:
    """The filter that gives the proxy server its cache, without which there are no tokens."""
    cache = MemoryCache()

    def wrap(application: t.Any) -> t.Any:
        def call(environment: dict[str, t.Any], start_response: t.Any) -> t.Any:
            environment['swift.cache'] = cache
            return application(environment, start_response)

        return call

    return wrap


def build_rings(directory: pathlib.Path, ports: dict[str, int]) -> None:
    """Write a ring for each kind of server: one device, one replica."""
    from swift.common.ring import RingBuilder

    for name, port in ports.items():
        builder = RingBuilder(part_power=2, replicas=1, min_part_hours=0)
        place = {'ip': '127.0.0.1', 'port': port, 'replication_ip': '127.0.0.1', 'replication_port': port}
        builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'weight': 1, 'device': 'device', **place})
        builder.rebalance()
        builder.get_ring().save(str(directory / f'{name}.ring.gz'))


def main(command: str, *arguments: str) -> None:
    """Do what the command line says; a server runs until it is ended."""
    if command == 'rings':
        ports = dict(zip(('account', 'container', 'object'), map(int, arguments[1:]), strict=True))
        build_rings(pathlib.Path(arguments[0]), ports)
        return
    sys.argv = [command, *arguments, '--verbose']
    importlib.import_module(_MODULES.get(command, f'swift.{command}.server')).main()


if __name__ == '__main__':
    main(*sys.argv[1:])
