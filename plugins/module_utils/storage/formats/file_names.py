# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of files beside the configuration that OSA's script fixed, or that follow from them.

The storage `file` writes them. The driver looks for them where another storage has nothing: they show that there was a
state.
"""

from __future__ import annotations

import os

INVENTORY = 'openstack_inventory.json'

STAMP_FORMAT = '%Y%m%d_%H%M%S'
"""How the time is written in the names of older copies, for `strftime` and `strptime`; it is UTC."""


def archive(name: str = INVENTORY) -> str:
    """The tar of older copies that goes with an inventory file of this name."""
    return f'backup_{name.removesuffix(".json")}.tar'


def hidden(path: str, kind: str) -> str:
    """A file of this collection's beside an inventory file, such as that of kind `meta.json`, its side file."""
    directory, name = os.path.split(path)
    return os.path.join(directory, f'.{name.removesuffix(".json")}.{kind}')
