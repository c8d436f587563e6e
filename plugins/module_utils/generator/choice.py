# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left to chance, or derived instead: suffixes of container names and addresses.

`Choice` only proposes; whether a proposal is free is decided by the caller, so that what is stored always wins.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import hashlib
import itertools
import random
import typing as t

Way = t.Literal['random', 'stable']


@dataclasses.dataclass(frozen=True)
class Choice:
    """How suffixes of names and addresses are chosen.

    naming, allocation: `random`, or `stable`: derived from the seed, so that the same configuration gives the same
    inventory even when every stored copy is gone.
    seed: text that keeps two deployments apart. rng: the source of chance, passed in so that tests can repeat a run.
    """

    naming: Way = 'random'
    allocation: Way = 'random'
    seed: str = 'default/default'
    rng: random.Random = dataclasses.field(default_factory=random.SystemRandom)

    def suffixes(self, host: str, container_group: str) -> collections.abc.Iterator[str]:
        """Endless proposals of eight hexadecimal digits for a new container's name."""
        if self.naming == 'random':
            while True:
                yield f'{self.rng.getrandbits(32):08x}'
        for number in itertools.count(1):
            yield f'{self._derive("name", host, container_group, number) >> 224:08x}'

    def offsets(self, network: str, host: str, size: int, proposals: int) -> collections.abc.Iterator[int]:
        """That many proposals below `size` for an address of the host on the network."""
        for number in range(proposals):
            if self.allocation == 'random':
                yield self.rng.randrange(size)
            else:
                yield self._derive('address', network, host, number) % size

    def _derive(self, *parts: str | int) -> int:
        """256 bits that depend on the seed and the parts alone."""
        text = '\0'.join([self.seed, *map(str, parts)])
        return int.from_bytes(hashlib.sha256(text.encode('utf-8', 'surrogatepass')).digest(), 'big')
