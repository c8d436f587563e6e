# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All commands, in the order in which `--help` lists them. A new group is a module with `COMMANDS`, named here."""

from __future__ import annotations

from . import exchange, explain, listing, locking, migrate, planning, removing, states, storages, topology

COMMANDS = (
    *listing.COMMANDS,
    *topology.COMMANDS,
    *explain.COMMANDS,
    *planning.COMMANDS,
    *states.COMMANDS,
    *removing.COMMANDS,
    *exchange.COMMANDS,
    *locking.COMMANDS,
    *migrate.COMMANDS,
    *storages.COMMANDS,
)
