# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing something as another user, in a process of its own."""

from __future__ import annotations

import collections.abc as c
import os

import pytest
from ansible_collections.osa.inventory.tests.support.forked import told_by_child

NOBODY = 65534
ALICE = 1234

as_root = pytest.mark.skipif(os.geteuid() != 0, reason='NOT TESTED HERE: needs root, who alone can be several users')


def as_nobody(function: c.Callable[[], object], umask: int = 0o022) -> str:
    """Run a function without root's rights; the text of what it returns or raises.

    Python may be where that user cannot read, so whatever the function imports must have been imported before.
    """

    def tell() -> str:
        try:
            os.umask(umask)
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            return _told(function)
        except BaseException as error:  # no traceback: this user may not be able to read the sources
            return repr(error)

    return told_by_child(tell)


def _told(function: c.Callable[[], object]) -> str:
    from ansible.errors import AnsibleError
    from ansible_collections.osa.inventory.plugins.module_utils.errors import OSAInventoryError

    try:
        return str(function())
    except (OSAInventoryError, AnsibleError) as error:
        return f'{type(error).__name__}: {error}'
