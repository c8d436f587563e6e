# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of Ansible's inventory sources is ours."""

from __future__ import annotations

import collections.abc
import os

from ...module_utils.errors import SourceNotFound
from ...module_utils.words import listed
from .options import refusal


def find_source(candidates: collections.abc.Sequence[str]) -> str:
    """The first inventory source that is ours.

    candidates: files and directories, as Ansible's own setting `inventory` lists them; of a directory the files in it
    count, in the order of their names. Raises SourceNotFound.
    """
    reasons: list[str] = []
    for candidate in candidates:
        try:
            paths = _files(candidate)
        except OSError as error:
            reasons.append(f"'{candidate}': it cannot be read: {error.strerror}")
            continue
        if not paths:
            reasons.append(f"'{candidate}': there is no file in it")
        for path in paths:
            reason = refusal(path) if os.path.exists(path) else 'it is not there'
            if reason is None:
                return path
            reasons.append(f"'{path}': {reason.rstrip('.')}")
    tried = listed(reasons, '; ') or 'nothing was named'
    raise SourceNotFound(
        f'There is no inventory source of osa.inventory ({tried}).',
        help_text="Name one with -i, such as '-i /etc/openstack_deploy/osa.yml', or as 'inventory' in ansible.cfg.",
    )


def _files(path: str) -> list[str]:
    """The path, or the files in the directory."""
    if not os.path.isdir(path):
        return [path]
    return [entry.path for entry in sorted(os.scandir(path), key=lambda entry: entry.name) if entry.is_file()]
