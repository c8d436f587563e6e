# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running something with so much memory and time as it may take."""

from __future__ import annotations

import os
import pathlib
import resource
import traceback
import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.errors import OSAInventoryError
from ansible_collections.osa.inventory.tests.support.forked import told_by_child

IS_LONG = os.environ.get('HYPOTHESIS_PROFILE') == 'long'
"""Whether to try the full sizes, which take minutes."""

_PAGE = os.sysconf('SC_PAGE_SIZE')


def within(megabytes: int, seconds: int, action: t.Callable[[], object]) -> str:
    """What came of an action that may take so much more memory, and so much time of the processor.

    `inventory` where it ended, class and text of an OSAInventoryError; of any other error the traceback, and '' where
    it was stopped.
    """
    return told_by_child(lambda: _limited(megabytes, seconds, action))


def _limited(megabytes: int, seconds: int, action: t.Callable[[], object]) -> str:
    taken = int(pathlib.Path('/proc/self/statm').read_text().split()[0]) * _PAGE
    most = taken + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        action()
    except OSAInventoryError as error:
        return f'{type(error).__name__}: {error}'
    except BaseException:  # it is told, and the process ends
        return traceback.format_exc(limit=-5)
    return 'inventory'
