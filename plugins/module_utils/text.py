# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that somebody else may have written, on its way to a person's terminal."""

from __future__ import annotations

LONGEST_MESSAGE = 4000


def printable(text: str) -> str:
    """The text with every character that could steer a terminal, or hide in it, replaced by its code."""
    return text if text.isprintable() else ''.join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def message(text: str) -> str:
    """The text of a message: printable, on one line, and never a flood."""
    return printable(text if len(text) <= LONGEST_MESSAGE else f'{text[:LONGEST_MESSAGE]}…')
