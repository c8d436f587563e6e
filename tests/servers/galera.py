# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Galera cluster of two MariaDB nodes for tests."""

from __future__ import annotations

import contextlib
import functools
import secrets
import typing as t

from .base import HOST, Server
from .mariadb import MariaDB
from .process import Directory, Process, await_ready, find_program
from .sql import Database

_PROVIDER = '/usr/lib/galera/libgalera_smm.so'
_PORTS_PER_NODE = 4
# Without it the transfer to a joining node wants stunnel, as the node has certificates for its clients.
_PLAIN_TRANSFER = '[sst]\nssl-mode=DISABLED\n'


class Node(MariaDB):
    """One of the two, with the cluster's data.

    Without the other it refuses every statement (1047), unless the other took its leave (`stop`).
    """

    def freeze(self) -> None:
        """Let it neither run nor answer; the other loses the quorum in about two seconds."""
        self.process.freeze()

    def thaw(self) -> None:
        """Let it go on; the quorum is back in about a second."""
        self.process.thaw()

    def bootstrap(self) -> None:
        """Make it the whole cluster, as an operator does who knows that the other one is gone."""
        self.query("SET GLOBAL wsrep_provider_options = 'pc.bootstrap = 1'")

    def launch(self) -> None:
        """Start it again after `kill` or `stop`, and return when it has joined the other."""
        self.process.start()
        await_ready(functools.partial(self.synced, 2), self.process, timeout=60)

    def synced(self, size: int) -> bool:
        """Whether it serves statements in a cluster of so many nodes."""
        import pymysql

        try:
            rows = self.query(
                'SELECT variable_name, variable_value FROM information_schema.global_status WHERE variable_name IN'
                " ('wsrep_local_state_comment', 'wsrep_ready', 'wsrep_cluster_size')"
            )
        except pymysql.OperationalError:
            return False
        wanted = {'WSREP_LOCAL_STATE_COMMENT': 'Synced', 'WSREP_READY': 'ON', 'WSREP_CLUSTER_SIZE': str(size)}
        return dict(rows) == wanted

    @property
    def bootstraps(self) -> bool:
        """Whether it may be the first to start: it is new, or was the last to stop."""
        notes = self.directory.path / 'data' / 'grastate.dat'
        return not notes.exists() or 'safe_to_bootstrap: 1' in notes.read_text()


class Galera(Server):
    """Two nodes that both write. Accounts are the same on both; `kill`, `freeze` and so on are the nodes' own.

    `launch` brings them together again, whatever was done to them.
    """

    INSTALL = MariaDB.INSTALL
    ACCOUNTS = MariaDB.ACCOUNTS
    PORTS = 2 * _PORTS_PER_NODE

    def __init__(self, directory: Directory, ports: t.Sequence[int]) -> None:
        super().__init__(directory, ports)
        find_program('wsrep_sst_rsync')
        name = f'osa-{secrets.token_hex(4)}'
        shares = ports[:_PORTS_PER_NODE], ports[_PORTS_PER_NODE:]
        members = [share[1] for share in shares]
        first, second = (
            Node(
                Directory(directory.account, directory.path),
                share[:1],
                _settings(name, share, members),
                _PLAIN_TRANSFER,
            )
            for share in shares
        )
        second.administrator = first.administrator
        second.owner, second.writer, second.reader = first.owner, first.writer, first.reader
        self.nodes = first, second

    @property
    def processes(self) -> list[Process]:
        return [node.process for node in self.nodes]

    def set_up(self) -> None:
        for node in self.nodes:
            node.configure()
        self.nodes[0].fill_data_directory()  # the second gets its own from the first

    def launch(self) -> None:
        """Bring both nodes together; nothing to do when they are."""
        for node in self.nodes:
            node.thaw()
        first = next((node for node in self.nodes if node.bootstraps), None)
        if first and not any(process.running for process in self.processes):
            first.process.start(extra=['--wsrep-new-cluster'])
            await_ready(functools.partial(first.synced, 1), first.process)
        for process in self.processes:
            if not process.running:
                process.start()
        await_ready(lambda: all(node.synced(2) for node in self.nodes), *self.processes, timeout=60)

    def create_accounts(self) -> None:
        self.nodes[0].create_accounts()
        self.settle()

    def settle(self) -> None:
        """Return when each node has what the other has acknowledged."""
        for node in self.nodes:
            node.query('SET SESSION wsrep_sync_wait = 15', 'SHOW DATABASES')

    @contextlib.contextmanager
    def database(self) -> t.Iterator[tuple[Database, Database]]:
        """A fresh database, by way of the first node and by way of the second; dropped at the end."""
        name = f'osa_{secrets.token_hex(6)}'
        self.nodes[0].create_database(name)
        self.settle()
        try:
            first, second = (node.database_at(name, (node.host, node.port), tls=True) for node in self.nodes)
            yield first, second
        finally:
            self.launch()
            self.nodes[0].drop_database(name)


def _settings(cluster: str, ports: t.Sequence[int], members: t.Sequence[int]) -> dict[str, object]:
    """A node's settings. ports: its own, for SQL, the group, and transfers of changes and of the whole state."""
    _sql, group, changes, state = ports
    provider_options = {
        'gmcast.listen_addr': f'tcp://{HOST}:{group}',
        'ist.recv_addr': f'{HOST}:{changes}',
        'gcache.size': '64M',
        'evs.keepalive_period': 'PT0.3S',
        'evs.suspect_timeout': 'PT1S',
        'evs.inactive_timeout': 'PT3S',
        'evs.inactive_check_period': 'PT0.3S',
        'evs.install_timeout': 'PT3S',
    }
    options = ';'.join(f'{name}={value}' for name, value in provider_options.items())
    return {
        'binlog_format': 'ROW',
        'innodb_autoinc_lock_mode': 2,
        'wsrep_on': 'ON',
        'wsrep_provider': _PROVIDER,
        'wsrep_cluster_name': cluster,
        'wsrep_node_name': f'node-{group}',
        'wsrep_node_address': f'{HOST}:{group}',
        'wsrep_cluster_address': f'gcomm://{",".join(f"{HOST}:{member}" for member in members)}',
        'wsrep_provider_options': f'"{options}"',
        'wsrep_sst_method': 'rsync',
        'wsrep_sst_receive_address': f'{HOST}:{state}',
    }
