# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `osa-inventory`, once the collection can be imported: arguments in, exit code out."""

from __future__ import annotations

import collections.abc
import contextlib
import os
import sys
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.utils import color
from ansible.utils.display import Display

from ...module_utils.errors import OSAInventoryError
from ...module_utils.storage.driver.invariants import bounded_depth
from ..errors import for_ansible
from .command import build_parser
from .commands import COMMANDS
from .exit_codes import BROKEN_PIPE, FAILED, INTERRUPTED, exit_code
from .output import colourful
from .session import Session

display = Display()


def main(arguments: collections.abc.Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code. arguments: by default those of the process."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        display.display('', stderr=True)
        display.error('Interrupted.')
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return BROKEN_PIPE
    except OSError as error:
        _drop_output()
        if error.filename:
            display.error(f"The file '{error.filename}' cannot be used: {error.strerror}.")
        else:
            display.error(f'The output cannot be written: {error.strerror or error}.')
        return FAILED


def _run(arguments: collections.abc.Sequence[str] | None) -> int:
    parser = build_parser(COMMANDS)
    with contextlib.suppress(ImportError):
        import argcomplete

        argcomplete.autocomplete(parser)
    options = parser.parse_args(arguments)
    display.verbosity = options.verbosity
    # Results are read by other programs, so what Ansible says of itself stays out of them.
    C.VERBOSE_TO_STDERR = True
    color.ANSIBLE_COLOR = colourful(sys.stderr)
    session = Session(options)
    try:
        with bounded_depth('the storage'):
            code: int = options.command.run(session, options)
        session.close()
        return code
    except OSAInventoryError as error:
        _show(error, session.loader)
        return exit_code(error)
    except AnsibleError as error:
        display.error(error)
        return FAILED


def _drop_output() -> None:
    """Keep Python from failing once more when it flushes what could not be written."""
    with contextlib.suppress(OSError, ValueError), open(os.devnull, 'w', encoding='utf-8') as nowhere:
        os.dup2(nowhere.fileno(), t.cast(t.TextIO, sys.stdout).fileno())


def _show(error: OSAInventoryError, loader: DataLoader) -> None:
    """Print an error as Ansible does, once; what lies behind it only at -vv."""
    shown = for_ansible(error, loader)
    if display.verbosity < 2:
        shown.__cause__ = None
    display.error(shown)
