# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks that fail, by a proxy between storage and server."""

from __future__ import annotations

import random

from ...module_utils.errors import StorageError, StorageUnreachable, WriteUncertain
from ...module_utils.storage.contract import Meta
from ...module_utils.storage.formats.metadata import account
from .hooks import Hooks, demand, part
from .inventories import adding, numbered, sample
from .proxy import FaultProxy

_THROUGH = ('server', 'open_at')
_TIMEOUT = 0.8
_LONGEST_CUT = 13
"""Connections are cut after at most 2 to the power of this many bytes, as short commands are more than long ones."""


class Network(Hooks):
    """Parts for a storage that talks to a server."""

    @part('the answer lost after the commit', needs='history', hooks=[*_THROUGH, 'commit_request'])
    def test_a_write_whose_answer_was_lost_is_stored_once(self) -> None:
        proxy = self.proxy()
        storage = self.open_at(proxy, 'kit', self.region)
        # Some libraries send other requests before their first one, commits among them.
        base = self.put(storage, sample('one'), None)
        proxy.arm(self.commit_request)
        try:
            self.put(storage, sample('one', 'two'), base)
        except WriteUncertain as error:
            self.note_error(error)
        demand(proxy.dropped == 1, 'No answer was dropped: commit_request is in no request.')
        self.demand_stored(sample('one', 'two'), 'A write whose answer was lost')
        store = self.store(storage)
        proxy.arm(self.commit_request)
        outcome = store.update(adding('three'))
        demand(outcome.written and proxy.dropped == 2, 'The driver does not find a write whose answer was lost.')
        self.demand_stored(sample('one', 'two', 'three'), 'An update whose answer was lost')
        count = len(self.history(self.reader))
        demand(count == 3, f'There are {count} states after three writes, of which two had their answers lost.')

    @part('connections cut while something is written', needs='history', hooks=_THROUGH)
    def test_a_connection_cut_at_any_point_leaves_the_old_or_the_new_state(self) -> None:
        self.put(self.writer, numbered(1), None)
        proxy, rng = self.proxy(), random.Random()
        for number in range(2, self.scale.cuts + 2):
            base = self.state(self.reader).meta
            position = int(2 ** rng.uniform(0, _LONGEST_CUT))
            if number % 2:
                proxy.cut(down=position)
            else:
                proxy.cut(up=position)
            self._demand_old_or_new(proxy, number, base)
            proxy.restore()

    def _demand_old_or_new(self, proxy: FaultProxy, number: int, base: Meta) -> None:
        """Write by a proxy that cuts, and look what is stored."""
        meta = account(numbered(number), base, str(number))
        possible = {meta.write_id}
        try:
            self.open_at(proxy, 'kit', self.region).commit(numbered(number), meta, base)
        except WriteUncertain as error:
            self.note_error(error)
            possible.add(base.write_id)
        except StorageError as error:
            self.note_error(error)
            possible = {base.write_id}
        state = self.state(self.reader)
        said = 'uncertain' if len(possible) > 1 else 'stored' if meta.write_id in possible else 'not stored'
        demand(state.meta.write_id in possible, f'After a cut a write was said to be {said}, and it is not so.')
        demand(state.inventory == numbered(int(state.meta.message) if state.meta.message != 'kit' else 1), 'A part.')

    @part('a server that falls silent', hooks=_THROUGH)
    def test_a_silent_server_is_unreachable_before_long(self) -> None:
        base = self.put(self.writer, sample('one'), None)
        proxy = self.proxy()
        proxy.mode = 'blackhole'
        with self.raising(StorageUnreachable, 'Reading from a silent server'):
            self.open_at(proxy, 'kit', self.region, timeout=_TIMEOUT).read()
        with self.raising(StorageUnreachable, 'Writing to a silent server', WriteUncertain):
            self.put(self.open_at(proxy, 'kit', self.region, timeout=_TIMEOUT), sample('two'), base)
        # What the proxy holds back must not arrive after all.
        proxy.reset_connections()
        proxy.restore()
        self.demand_stored(sample('one'), 'After a server was silent')

    @part('a server that goes away', hooks=_THROUGH)
    def test_a_server_that_ends_connections_is_unreachable(self) -> None:
        base = self.put(self.writer, sample('one'), None)
        proxy = self.proxy()
        storage = self.open_at(proxy, 'kit', self.region)
        storage.read()
        proxy.mode = 'refuse'
        proxy.reset_connections()
        with self.raising(StorageUnreachable, 'Reading from a server that ended the connection'):
            storage.read()
        with self.raising(StorageUnreachable, 'Writing to a server that ends connections'):
            self.put(storage, sample('two'), base)
        proxy.restore()
        demand(self.state(storage).inventory == sample('one'), 'The same object does not read again afterwards.')
        self.put(storage, sample('two'), base)
        self.demand_stored(sample('two'), 'After a server was away')
