# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract for storage classes as a test class: derive from it, say how to open the storage, run pytest.

    from ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.contract import StorageContract, opened
    from my_package import StorageModule

    class TestMine(StorageContract):
        def open(self, tenant, region, **options):
            return opened(StorageModule, tenant, region, path=str(self.directory / tenant / region), **options)

`hooks.Hooks` has what else a subclass can say; the guide `docs/writing-a-storage.md` has the rest.
"""

from __future__ import annotations

import typing as t

from .accounts import Accounts, Keeping
from .conduct import Locks, Regions, Secrecy
from .crew import close_crew
from .hooks import ContractBroken, files_below, opened
from .network import Network
from .outcomes import Outcomes
from .proxy import FaultProxy
from .races import Crashes, Races
from .round_trips import RoundTrips
from .scale import Scale
from .summary import announce

__all__ = ['ContractBroken', 'FaultProxy', 'Scale', 'StorageContract', 'files_below', 'opened']


class StorageContract(RoundTrips, Outcomes, Accounts, Keeping, Races, Crashes, Network, Locks, Regions, Secrecy):
    """All parts of the contract. A part that the storage cannot claim is skipped, with the reason.

    Each test is a part, and none needs a fixture; a subclass may have fixtures of its own, such as a server.
    """

    @classmethod
    def teardown_class(cls) -> None:
        """End the worker processes."""
        close_crew()

    @classmethod
    def pytest_generate_tests(cls, metafunc: t.Any) -> None:
        """Have pytest say at the end which parts were checked."""
        announce(metafunc.config)
