# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library's errors and warnings in Ansible's form: message, excerpt with caret, help."""

from __future__ import annotations

import contextlib
import typing as t

from ansible.errors import AnsibleParserError
from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display

from ..module_utils.errors import ConfigurationErrors, OSAInventoryError
from ..module_utils.places import Place
from ..module_utils.results import Notice
from .trust import placed

display = Display()


class AnsibleParserErrors(ExceptionGroup, AnsibleParserError):
    """Several errors that Ansible shows together, each with its own excerpt and help."""

    def __new__(cls, message: str, errors: t.Sequence[AnsibleParserError], **kwargs: t.Any) -> AnsibleParserErrors:
        return super().__new__(cls, message, errors)

    def __init__(self, message: str, errors: t.Sequence[AnsibleParserError], **kwargs: t.Any) -> None:
        AnsibleParserError.__init__(self, message, **kwargs)

    def derive(self, excs: t.Sequence[Exception]) -> AnsibleParserErrors:
        return AnsibleParserErrors(self.message, excs)


def combined(message: str, errors: t.Sequence[AnsibleParserError]) -> AnsibleParserError:
    """One error for all of `errors` (at least one); `message` is used when they are several."""
    return errors[0] if len(errors) == 1 else AnsibleParserErrors(message, errors)


def for_ansible(error: OSAInventoryError, loader: DataLoader) -> AnsibleParserError:
    """The error as Ansible shows it.

    One with a place says it all. The cause of another is what the library did not raise itself.
    """
    if isinstance(error, ConfigurationErrors):
        return combined(error.message, [for_ansible(part, loader) for part in error.errors])
    shown = AnsibleParserError(error.message, obj=_shown_at(error.place, loader), help_text=error.help_text)
    cause = None if error.place else error.__cause__
    while isinstance(cause, OSAInventoryError):
        cause = cause.__cause__
    shown.__cause__ = cause
    return shown


@contextlib.contextmanager
def as_ansible_errors(loader: DataLoader) -> t.Iterator[None]:
    """Within it, the library's errors become AnsibleParserError."""
    try:
        yield
    except OSAInventoryError as error:
        shown = for_ansible(error, loader)
        raise shown from shown.__cause__


def warn(notice: Notice, loader: DataLoader) -> None:
    """Show a warning with its place and its remedy."""
    display.warning(notice.message, obj=_shown_at(notice.place, loader), help_text=notice.help_text)


def _shown_at(place: Place | None, loader: DataLoader) -> t.Any:
    """A value whose origin is `place`: Ansible shows the excerpt of a value's origin only."""
    return placed(loader, place, 'here') if place else None
