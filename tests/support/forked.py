# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done in a child process, whose limits or rights are its own."""

from __future__ import annotations

import collections.abc as c
import os


def told_by_child(tell: c.Callable[[], str]) -> str:
    """The text that a function returns in a forked child; '' where the child was stopped or the function raised."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        # Nothing of this process's must go on in the child, whatever happens there.
        try:
            os.write(writer, tell().encode('utf-8', 'backslashreplace')[:60_000])
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, 'rb') as answer:
        text = answer.read().decode()
    os.waitpid(child, 0)
    return text
