# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pytest says at the end: which parts of the contract each storage was held to, and which it does not claim.

It registers itself. Under pytest-xdist it must be named in `conftest.py`, as the process that prints runs no test:

    pytest_plugins = ['ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.summary']
"""

from __future__ import annotations

import dataclasses
import sys
import textwrap
import typing as t

_PROPERTY = 'storage_contract'
_CHECKED, _BROKEN, _NOT_CLAIMED = 'checked', 'BROKEN', 'not claimed'
_WIDTH = 118


@dataclasses.dataclass(frozen=True)
class Line:
    """One part's outcome for one class."""

    name: str
    title: str
    outcome: str
    reason: str = ''


_lines: dict[tuple[str, str], Line] = {}


def announce(config: t.Any) -> None:
    """Register this module as a plugin, if that was not done."""
    plugin = sys.modules[__name__]
    if not config.pluginmanager.is_registered(plugin):
        config.pluginmanager.register(plugin, __name__)


def pytest_itemcollected(item: t.Any) -> None:
    """Give each part's reports its title and class; they travel with it from the workers of pytest-xdist."""
    described = getattr(getattr(item, 'function', None), 'part', None)
    if described is not None and item.cls is not None:
        item.user_properties.append((_PROPERTY, (item.cls.__name__, described.title)))


def pytest_report_teststatus(report: t.Any) -> tuple[str, str, str] | None:
    """Count what is not claimed apart from what was skipped because something is missing."""
    if report.when == 'call' and report.skipped and _of_part(report):
        return _NOT_CLAIMED, 'n', _NOT_CLAIMED.upper()
    return None


def pytest_runtest_logreport(report: t.Any) -> None:
    """Remember what came of a part."""
    described = _of_part(report)
    if described and (report.when == 'call' or report.failed):
        _lines[described] = _line(*described, report)


def _of_part(report: t.Any) -> tuple[str, str] | None:
    """Class and title of the part that a report is about; None for any other test."""
    return next((tuple(value) for name, value in report.user_properties if name == _PROPERTY), None)


def _line(name: str, title: str, report: t.Any) -> Line:
    if report.failed:
        return Line(name, title, _BROKEN)
    if report.skipped:
        return Line(name, title, _NOT_CLAIMED, str(report.longrepr[2]).rpartition(': ')[2])
    return Line(name, title, _CHECKED)


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """Print it."""
    if not _lines:
        return
    terminalreporter.section('contract for storages')
    for name in dict.fromkeys(line.name for line in _lines.values()):
        for text in _of_class(name, [line for line in _lines.values() if line.name == name]):
            terminalreporter.line(text)


def _of_class(name: str, lines: list[Line]) -> t.Iterator[str]:
    count = sum(line.outcome == _CHECKED for line in lines)
    yield f'{name}: {count} of {len(lines)} parts checked'
    for outcome in (_BROKEN, _CHECKED, _NOT_CLAIMED):
        of_outcome = [line for line in lines if line.outcome == outcome]
        for reason in dict.fromkeys(line.reason for line in of_outcome):
            titles = '; '.join(line.title for line in of_outcome if line.reason == reason)
            text = f'{outcome}{f", as {reason}" if reason else ""}: {titles}'
            yield from textwrap.wrap(text, _WIDTH, initial_indent='  ', subsequent_indent='    ')
