# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operation costs: CPU time, time on the clock, and memory."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import resource
import time
import tracemalloc
import typing as t


@dataclasses.dataclass(frozen=True)
class Cost:
    """cpu: seconds of this process and of the children it waited for. elapsed: seconds on the clock."""

    cpu: float = 0
    elapsed: float = 0

    @classmethod
    def now(cls) -> Cost:
        """All since the process began."""
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return cls(time.process_time() + children.ru_utime + children.ru_stime, time.perf_counter())

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.cpu + other.cpu, self.elapsed + other.elapsed)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.cpu - other.cpu, self.elapsed - other.elapsed)


def cheapest(costs: t.Iterable[Cost]) -> Cost:
    """The least of each; whatever else the machine does only adds to a cost."""
    known = list(costs)
    return Cost(min(cost.cpu for cost in known), min(cost.elapsed for cost in known))


def cost_of(operation: t.Callable[[], object]) -> Cost:
    """What one call costs."""
    with own_garbage_only():
        start = Cost.now()
        operation()
        return Cost.now() - start


def peak_of(operation: t.Callable[[], object]) -> int:
    """The most bytes that one call had at once of Python's memory, beyond what there was before."""
    gc.collect()
    tracemalloc.start()
    try:
        operation()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@contextlib.contextmanager
def own_garbage_only() -> t.Iterator[None]:
    """Let the collector pass over what was there before, so that an operation pays for its own objects alone."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
