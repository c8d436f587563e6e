# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories as compressed text: packed and unpacked up to a size that memory can hold."""

from __future__ import annotations

import zlib

from ...errors import StateTooLarge

LARGEST_TEXT = 512 * 1024 * 1024
"""Bytes of an inventory as JSON text: some 400,000 hosts."""


def deflate(text: str, *, encrypted: bool = False) -> bytes:
    """The text (ASCII), compressed. Raises StateTooLarge for what nobody could read back.

    encrypted: whether most of it are the digits of a vault text, in which there is nothing to look for.
    """
    if len(text) > LARGEST_TEXT:
        raise StateTooLarge(
            f'The inventory has {len(text) >> 20} MiB, and no storage keeps more than {LARGEST_TEXT >> 20} MiB.',
            help_text='Nothing was written. Split the deployment into several regions.',
        )
    return zlib.compress(text.encode('ascii'), level=1 if encrypted else 6)


def inflate(data: bytes, where: str) -> bytes:
    """What was compressed, up to a size that memory can hold: a thousand times as much fits into a payload.

    Raises StateTooLarge, ValueError, zlib.error.
    """
    inflating = zlib.decompressobj()
    text = inflating.decompress(data, LARGEST_TEXT + 1)
    if len(text) > LARGEST_TEXT:
        raise StateTooLarge(
            f'The inventory of {where} has more than {LARGEST_TEXT >> 20} MiB, and no run makes one that large.',
            help_text='It is left as it is. Restore an older state (osa-inventory restore).',
        )
    if not inflating.eof:
        raise ValueError('truncated')
    return text
