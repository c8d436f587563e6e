# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text as Ansible's loader would have read it from a file."""

from __future__ import annotations

import re
import typing as t

from ansible.parsing.dataloader import DataLoader
from ansible.template import trust_as_template

from ..module_utils.places import Place


def placed(loader: DataLoader, place: Place, text: str, tag: str = '!!str') -> t.Any:
    """`text` as Ansible's loader would have read it at `place`: trusted, and showing that place when it is the `obj`
    of an error.

    Padded with line ends and blanks, so that the loader's own counting arrives at the line and column. The tag keeps
    the loader from trying JSON first; `!vault` makes sealed text of ciphertext.
    """
    quoted = re.sub(r'[^ -~]|["\\]', lambda match: f'\\U{ord(match[0]):08x}', text)
    padding = '\n' * (place.line - 1) + ' ' * (place.column - 1)
    return loader.load(trust_as_template(f'{padding}{tag} "{quoted}"'), file_name=place.file)
