# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the storage `none`."""

from __future__ import annotations

import dataclasses

from ..lookup.declaration import Options, option


@dataclasses.dataclass(frozen=True, kw_only=True)
class NoneOptions(Options):
    """What can be said of keeping nothing."""

    ephemeral: bool = option(
        default=False,
        description='accept that names and addresses change with every run where they are not stable',
    )
