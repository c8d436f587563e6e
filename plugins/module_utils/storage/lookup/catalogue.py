# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which storages there are, and what their options are."""

from __future__ import annotations

import collections.abc
import dataclasses
import importlib.metadata
import inspect
import pathlib
import typing as t

from .declaration import FROM_SOURCE, Options, declared, full_spec, own_spec
from .names import BUILT_IN, COLLECTION_PLACES, ENTRY_POINTS, find_class
from .options import environment_name

_DOCS = pathlib.Path(__file__).resolve().parents[4] / 'docs'


@dataclasses.dataclass(frozen=True)
class Listed:
    """A storage that can be named in an inventory source. origin: `built in`, a collection or a Python package."""

    name: str
    origin: str


@dataclasses.dataclass(frozen=True)
class Option:
    """An option of a storage.

    default: None for none.
    environment: the variables that fill it, in order.
    description: what it is for, in a sentence without a full stop; '' where its author says nothing.
    """

    name: str
    kind: str
    required: bool
    default: t.Any
    secret: bool
    environment: tuple[str, ...]
    description: str


@dataclasses.dataclass(frozen=True)
class Description:
    """What a storage says of itself.

    options: its own; none for a class that declares none. common: those of every storage.
    page: the documentation of a built-in one, where it is installed.
    """

    name: str
    text: str
    options: tuple[Option, ...]
    common: tuple[Option, ...]
    page: str | None


def storages(collection_paths: collections.abc.Iterable[str]) -> list[Listed]:
    """Every storage that can be found by name, without importing any.

    collection_paths: the directories that hold `ansible_collections`.
    """
    found = [Listed(name, 'built in') for name in BUILT_IN]
    found += sorted(set(_in_collections(collection_paths)), key=lambda listed: listed.name)
    for entry in sorted(importlib.metadata.entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        package = entry.dist.name if entry.dist else 'unknown'
        found.append(Listed(entry.name, f'Python package {package}'))
    return found


def _in_collections(collection_paths: collections.abc.Iterable[str]) -> collections.abc.Iterator[Listed]:
    for directory in collection_paths:
        for place in COLLECTION_PLACES:
            for path in pathlib.Path(directory).glob(f'ansible_collections/*/*/plugins/{place}/storage/*.py'):
                namespace, collection = path.parts[-6:-4]
                name = f'{namespace}.{collection}'
                if name != 'osa.inventory' and not path.name.startswith('_'):
                    yield Listed(f'{name}.{path.stem}', f'collection {name}')


def describe(name: str) -> Description:
    """What the storage with a name says of itself. Raises StorageNotFound, LibraryMissing."""
    found = find_class(name)
    short = name.removeprefix('osa.inventory.')
    known = declared(found)
    own, common = own_spec(known) if known else {}, full_spec(Options)
    page = _DOCS / (f'storage-{short}.md' if (_DOCS / f'storage-{short}.md').exists() else 'storages.md')
    return Description(
        name=name,
        text=inspect.cleandoc(found.__doc__ or ''),
        options=tuple(_option(short, key, own[key]) for key in own),
        common=tuple(_option(short, key, common[key]) for key in common if key not in FROM_SOURCE),
        page=str(page) if short in BUILT_IN and page.exists() else None,
    )


def _option(storage: str, name: str, entry: t.Mapping[str, t.Any]) -> Option:
    kind = str(entry['type'])
    if 'choices' in entry:
        kind += f': {", ".join(map(str, entry["choices"]))}'
    return Option(
        name=name,
        kind=kind,
        required=bool(entry.get('required')),
        default=entry.get('default'),
        secret=bool(entry.get('no_log')),
        environment=(environment_name(storage, name), *entry.get('env', ())),
        description=str(entry.get('description', '')),
    )
