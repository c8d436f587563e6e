# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many processes on one inventory file: one first write wins, nothing is lost, nobody sees a part."""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
import uuid

from ansible_collections.osa.inventory.plugins.module_utils.canonical import canonical
from ansible_collections.osa.inventory.plugins.module_utils.results import Result
from support.storage_samples import adding, file_storage, file_store, giving, hosts_of, inventory

PROCESSES = 8
FORK = multiprocessing.get_context('fork')


def side_by_side(count, function):
    """Run in that many processes, started together; what each returned, in order."""
    barrier, results = FORK.Barrier(count), FORK.SimpleQueue()

    def run(number):
        barrier.wait()
        try:
            results.put((number, function(number)))
        except BaseException as error:
            results.put((number, f'{type(error).__name__}: {error}'))

    processes = [FORK.Process(target=run, args=(number,)) for number in range(count)]
    for process in processes:
        process.start()
    gathered = dict(results.get() for _process in processes)
    for process in processes:
        process.join()
    return [gathered[number] for number in range(count)]


def test_eight_on_nothing_end_with_one_inventory_that_all_of_them_printed(quick):
    for attempt in range(3):
        directory = quick / str(attempt)
        directory.mkdir()

        def start(number, directory=directory):
            def generate(previous):
                return Result(previous or inventory(f'infra1-keystone-container-{uuid.uuid4().hex[:8]}'))

            outcome = file_store(directory).update(generate)
            return canonical(outcome.inventory), outcome.written

        printed = side_by_side(PROCESSES, start)
        stored = canonical(file_storage(directory).load())
        assert [text for text, _written in printed] == [stored] * PROCESSES
        assert [written for _text, written in printed].count(True) == 1
        assert [meta.serial for meta in file_storage(directory).history()] == [1]


def test_eight_growing_lose_nothing(quick):
    writes = 4

    def grow(number):
        store = file_store(quick)
        return [hosts_of(store.update(adding(f'host{number}-{step}')).inventory) for step in range(writes)]

    printed = side_by_side(PROCESSES, grow)
    final = file_storage(quick).read()
    everything = {f'host{number}-{step}' for number in range(PROCESSES) for step in range(writes)}
    assert hosts_of(final.inventory) == everything
    assert all(hosts <= everything for process in printed for hosts in process)
    assert final.meta.serial == PROCESSES * writes
    assert len({meta.lineage for meta in file_storage(quick).history()}) == 1


def test_threads_growing_lose_nothing(quick):
    def grow(number):
        store = file_store(quick)
        for step in range(4):
            store.update(adding(f'host{number}-{step}'))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(grow, range(4)))
    state = file_storage(quick).read()
    assert hosts_of(state.inventory) == {f'host{number}-{step}' for number in range(4) for step in range(4)}
    assert state.meta.serial == 16


def test_readers_see_whole_states_and_never_go_back(quick):
    file_store(quick).update(giving(inventory('a', n=0, filler='x' * 200000)))

    def work(number):
        store = file_store(quick)
        if number == 0:
            for step in range(1, 21):
                store.update(giving(inventory('a', n=step, filler='x' * 200000)))
            return None
        seen = []
        while not seen or (seen[-1][0] < 20 and len(seen) < 20000):
            state = store.load()
            seen.append((state.inventory['all']['vars']['n'], state.meta.serial, state.meta.writer))
        return seen

    _writer, *readers = side_by_side(3, work)
    for seen in readers:
        assert not isinstance(seen, str), seen
        assert seen == sorted(seen)
        assert all(serial == number + 1 for number, serial, _writer in seen), 'data and account belong together'
        assert all(writer != 'unknown' for _number, _serial, writer in seen), 'no state looks as if made by hand'


def test_the_other_program_may_write_in_between(quick):
    """The reference knows no locks; what it wrote is built upon, not overwritten, when it was there first."""
    store = file_store(quick)
    store.update(adding('a'))

    def transform(stored):
        if 'theirs' not in hosts_of(stored):
            (quick / 'openstack_inventory.json').write_text(json.dumps(adding('theirs')(stored).inventory))
        return adding('ours')(stored)

    assert hosts_of(store.update(transform).inventory) == {'a', 'theirs', 'ours'}
    assert [meta.serial for meta in store.history()] == [3, 2]
