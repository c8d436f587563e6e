# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Siblings of the inputs that go wrong in practice: the same mistakes at other places, in other types, other files.

`tests/data/siblings` has them by kind. Each says in what it differs from the sound `openstack_user_config.yml` there:

    append: text after it
    lines, text: first and last of the lines that the text replaces (the last before the first: it is put in between)
    base: false where there is none
    files: path -> text, null for a directory, or a mapping with `base64` for bytes that are no text

and in `expect` what must come of it: the errors, or the warnings, with place and message, and the names that remedies
suggest. After a change that is meant, run this file as a program to write them anew, and read the difference:

    PYTHONPATH=<directory with ansible_collections> python tests/support/siblings.py
"""

from __future__ import annotations

import base64
import collections.abc as c
import dataclasses
import pathlib
import re
import tempfile
import typing as t

import yaml
from ansible_collections.osa.inventory.plugins.module_utils.configuration.load import load_deployment
from ansible_collections.osa.inventory.plugins.module_utils.errors import ConfigurationErrors, OSAInventoryError
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from ansible_collections.osa.inventory.plugins.module_utils.results import Notice, Result

DATA = pathlib.Path(__file__).resolve().parents[1] / 'data' / 'siblings'
USER_CONFIGURATION = 'openstack_user_config.yml'
STABLE = Choice('stable', 'stable', 'siblings')

_SUGGESTION = re.compile(r"(?:^|(?<=[.?] ))(?:Did you mean|Rename|Indent) '.*?[.?](?= |$)")


@dataclasses.dataclass(frozen=True)
class Sibling:
    """One input; number: its position in the file of its kind."""

    kind: str
    number: int
    entry: dict[str, t.Any]

    @property
    def name(self) -> str:
        return f'{self.kind}/{self.entry["id"]}'

    @property
    def expected(self) -> list[str]:
        found: list[str] = self.entry['expect']
        return found

    def write(self, directory: pathlib.Path) -> None:
        """Make the configuration directory."""
        directory.mkdir(parents=True)
        if self.entry.get('base', True):
            (directory / USER_CONFIGURATION).write_bytes(self._user_configuration().encode())
        for name, content in self.entry.get('files', {}).items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.mkdir()
            elif isinstance(content, dict):
                path.write_bytes(base64.b64decode(content['base64']))
            else:
                path.write_bytes(content.encode())

    def _user_configuration(self) -> str:
        lines = (DATA / USER_CONFIGURATION).read_text('utf-8').splitlines(keepends=True)
        if 'lines' in self.entry:
            first, last = self.entry['lines']
            lines[first - 1 : last] = [self.entry['text']]
        return ''.join(lines) + self.entry.get('append', '')


def siblings() -> c.Iterator[Sibling]:
    """All of them, kind by kind."""
    for path in sorted(DATA.glob('*.yml')):
        if path.name != USER_CONFIGURATION:
            for number, entry in enumerate(yaml.load(path.read_text('utf-8'), yaml.CSafeLoader)):
                yield Sibling(path.stem, number, entry)


def outcome(directory: pathlib.Path) -> tuple[list[str], Result | None]:
    """What comes of a configuration directory: errors or warnings as `expect` has them, and the inventory, if any."""
    try:
        deployment = load_deployment(str(directory), str(DATA))
        result = generate(deployment, None, STABLE)
    except ConfigurationErrors as error:
        return [_line('error', each, directory) for each in error.errors], None
    except OSAInventoryError as error:
        return [_line('error', error, directory)], None
    return [_line('warning', each, directory) for each in result.warnings], result


def _line(level: str, found: OSAInventoryError | Notice, directory: pathlib.Path) -> str:
    suggestion = _SUGGESTION.search(found.help_text or '')
    words = [level, *([str(found.place)] if found.place else []), found.message]
    text = ' '.join([*words, *([f'[{suggestion[0]}]'] if suggestion else [])])
    return text.replace(f'{directory}/', '').replace(f'{DATA}/', '')


def _regenerate() -> None:
    found: dict[str, list[dict[str, t.Any]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for sibling in siblings():
            directory = pathlib.Path(scratch, sibling.kind, str(sibling.number))
            sibling.write(directory)
            found.setdefault(sibling.kind, []).append({**sibling.entry, 'expect': outcome(directory)[0]})
    for kind, entries in found.items():
        text = yaml.dump(entries, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
        (DATA / f'{kind}.yml').write_text(text, 'utf-8')


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as such."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar('tag:yaml.org,2002:str', text, style='|' if '\n' in text else None),
)


if __name__ == '__main__':
    _regenerate()
