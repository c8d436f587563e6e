# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the storage `file`."""

from __future__ import annotations

import dataclasses

from ..lookup.declaration import Options, option


@dataclasses.dataclass(frozen=True, kw_only=True)
class FileOptions(Options):
    """Where the inventory file is."""

    path: str | None = option(
        type='path',
        description='the inventory file, by default openstack_inventory.json in the directory of the configuration',
    )
