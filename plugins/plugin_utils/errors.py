# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library's errors and warnings in Ansible's form: message, excerpt with caret, help."""

from __future__ import annotations

import contextlib
import itertools
import os
import typing as t

from ansible.errors import AnsibleParserError
from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display

from ..module_utils.errors import ConfigurationErrors, OSAInventoryError
from ..module_utils.places import Place
from ..module_utils.results import Notice
from ..module_utils.storage.driver.invariants import bounded_depth
from ..module_utils.words import message, printable
from .placed_text import placed

display = Display()

_EXCERPT = 5
"""How many lines up to a place Ansible shows at most, and some more."""

_WHITE = str.maketrans('\t\n', '  ')


class AnsibleParserErrors(ExceptionGroup, AnsibleParserError):  # type: ignore[misc]  # Ansible has no types
    """Several errors that Ansible shows together, each with its own excerpt and help."""

    def __new__(cls, message: str, errors: t.Sequence[AnsibleParserError], **kwargs: t.Any) -> AnsibleParserErrors:
        return super().__new__(cls, message, errors)

    def __init__(self, message: str, errors: t.Sequence[AnsibleParserError], **kwargs: t.Any) -> None:
        AnsibleParserError.__init__(self, message, **kwargs)

    def derive(  # type: ignore[override]  # It never holds a BaseException that is not an Exception.
        self, excs: t.Sequence[Exception], /
    ) -> AnsibleParserErrors:
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
    text, place = _at(error.message, error.place)
    shown = AnsibleParserError(text, obj=_shown_at(place, loader), help_text=error.help_text)
    cause = None if error.place else error.__cause__
    while isinstance(cause, OSAInventoryError):
        cause = cause.__cause__
    shown.__cause__ = cause if cause is None or _is_harmless(str(cause)) else Exception(message(str(cause)))
    return shown


@contextlib.contextmanager
def as_ansible_errors(loader: DataLoader) -> t.Iterator[None]:
    """Within it, the library's errors become AnsibleParserError; so does a value that is nested too deeply."""
    try:
        with bounded_depth('the storage'):
            yield
    except OSAInventoryError as error:
        shown = for_ansible(error, loader)
        raise shown from shown.__cause__


def warn(notice: Notice, loader: DataLoader) -> None:
    """Show a warning with its place and its remedy."""
    text, place = _at(notice.message, notice.place)
    display.warning(text, obj=_shown_at(place, loader), help_text=notice.help_text)


def _at(text: str, place: Place | None) -> tuple[str, Place | None]:
    """A message and its place as Ansible may show them.

    It prints the lines before and at a place as they are; where they could steer the terminal, or reading them would
    not end, the place goes into the text.
    """
    if place is None:
        return text, None
    if os.path.exists(place.file) and not (os.path.isfile(place.file) or os.path.isdir(place.file)):
        return f'{printable(str(place))}: {text}', None
    try:
        with open(place.file, encoding='utf-8', errors='replace') as file:
            lines = list(itertools.islice(file, max(place.line - _EXCERPT, 0), place.line))
    except OSError:
        lines = []
    return (text, place) if _is_harmless(''.join(lines)) else (f'{printable(str(place))}: {text}', None)


def _is_harmless(text: str) -> bool:
    return text.translate(_WHITE).isprintable()


def _shown_at(place: Place | None, loader: DataLoader) -> t.Any:
    """A value whose origin is `place`: Ansible shows the excerpt of a value's origin only."""
    return placed(loader, place, 'here') if place else None
