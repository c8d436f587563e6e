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

from .crashes import Crashes
from .failures import Failures
from .history import History
from .hooks import ContractBroken, files_below, opened
from .locks import Locks
from .metadata import Metadata
from .network import Network
from .processes import end_processes
from .proxy import FaultProxy
from .races import Races
from .regions import Regions
from .round_trips import RoundTrips
from .scale import Scale
from .secrecy import Secrecy
from .summary import announce

__all__ = ['ContractBroken', 'FaultProxy', 'Scale', 'StorageContract', 'files_below', 'opened']


class StorageContract(RoundTrips, Failures, Metadata, History, Races, Crashes, Network, Locks, Regions, Secrecy):
    """All parts of the contract. A part that the storage cannot claim is skipped, with the reason.

    Each test is a part, and none needs a fixture; a subclass may have fixtures of its own, such as a server.
    """

    @classmethod
    def teardown_class(cls) -> None:
        """End the worker processes."""
        end_processes()

    @classmethod
    def pytest_generate_tests(cls, metafunc: t.Any) -> None:
        """Have pytest say at the end which parts were checked."""
        announce(metafunc.config)
