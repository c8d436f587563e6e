# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the `storage` option of an inventory source to a storage that is ready to use."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import re
import typing as t

from ...errors import LibraryMissing, OSAInventoryError, StorageError, StorageNotFound, StorageOptionError
from ...words import did_you_mean
from ..contract import Ephemeral, Storage, capability
from .declaration import declared, full_spec
from .three_methods import Minimal

BUILT_IN = ('file', 'none', 'sql', 'redis', 'swift')
ENTRY_POINTS = 'osa.inventory.storage'
CLASS = 'StorageModule'
"""The class in the module of a storage that is named without one."""

_COLLECTION = 'osa.inventory'
_METHODS = ('register', 'load', 'write')
COLLECTION_PLACES = ('plugin_utils', 'module_utils')


def open_storage(  # noqa: PLR0913  # Keywords, most with a default: what a source says of its storage.
    setting: str | t.Mapping[str, t.Any] | None,
    *,
    tenant: str = 'default',
    region: str = 'default',
    config_dir: str,
    source_dir: str | None = None,
    stable: bool = False,
) -> Storage:
    """The storage that an inventory source names, registered, without any I/O but the import of its class.

    setting: a name, or a mapping with `class` and the options of that class; None is `file`.
    config_dir: the deployment description, absolute. source_dir: what relative paths among the options start from; by
    default `config_dir`. stable: whether names and addresses follow from the configuration alone.
    Raises StorageNotFound with all that was tried, StorageOptionError, LibraryMissing.
    """
    name, options = _split(setting)
    found = find_class(name)
    options = _absolute(options, found, source_dir or config_dir)
    storage = _new(name, found)
    storage.register({**options, 'tenant': tenant, 'region': region, 'config_dir': config_dir})
    if capability(storage, Ephemeral) and not stable and not getattr(storage.options, 'ephemeral', False):
        raise StorageOptionError(
            f"The storage '{name}' keeps nothing, so names and addresses would change with every run.",
            help_text="Set 'container_naming' and 'address_allocation' to 'stable', or the storage's option"
            " 'ephemeral' to true if they may change.",
        )
    return storage


def find_class(name: str) -> type[t.Any]:
    """The class that a name stands for; only its module is imported.

    Tried in this order: short or full name of a built-in storage, a module of a collection, an entry point of a pip
    package, an import path `package.module:Class`. Raises StorageNotFound, LibraryMissing.
    """
    tried: list[str] = []
    short = name.removeprefix(f'{_COLLECTION}.')
    if short in BUILT_IN:
        return _built_in(short)
    tried.append(f'built-in storages ({", ".join(BUILT_IN)})')
    for look in (_in_collection, _at_entry_point, _at_import_path):
        found = look(name, tried)
        if found is not None:
            return found
    raise StorageNotFound(
        f"There is no storage '{name}'. Tried: {'; '.join(tried)}.",
        help_text=did_you_mean(name, BUILT_IN) or 'Install the collection or package that has it.',
    )


def _split(setting: str | t.Mapping[str, t.Any] | None) -> tuple[str, dict[str, t.Any]]:
    if setting is None:
        return 'file', {}
    if isinstance(setting, str) and setting.strip():
        return str(setting).strip(), {}
    if isinstance(setting, t.Mapping):
        options = dict(setting)
        name = options.pop('class', None)
        if isinstance(name, str) and name.strip():
            return str(name).strip(), options
        raise StorageOptionError(
            "Value of 'storage' has no 'class' with the name of a storage.",
            help_text="Write the name under 'class', beside the options of that storage.",
        )
    raise StorageOptionError(
        f"Value of 'storage' is {type(setting).__name__} instead of a name or a mapping.",
        help_text="Write a name such as 'file', or a mapping with 'class' and the options of that storage.",
    )


def _absolute(options: dict[str, t.Any], found: type[t.Any], directory: str) -> dict[str, t.Any]:
    known = declared(found)
    paths = {name for name, entry in full_spec(known).items() if entry['type'] == 'path'} if known else set()
    return {
        key: os.path.join(directory, os.path.expandvars(os.path.expanduser(value)))
        if key in paths and isinstance(value, str)
        else value
        for key, value in options.items()
    }


def _new(name: str, found: type[t.Any]) -> Storage:
    missing = [method for method in _METHODS if not callable(getattr(found, method, None))]
    if missing:
        raise StorageNotFound(
            f"The class of the storage '{name}' has no method '{missing[0]}'.",
            help_text=f'A storage has the methods {", ".join(_METHODS)}.',
        )
    try:
        storage = found()
    except OSAInventoryError:
        raise
    except Exception as error:
        # Foreign code may raise anything.
        raise StorageError(f"The storage '{name}' cannot be made: {type(error).__name__}: {error}.") from error
    if not isinstance(storage, Storage):
        return Minimal(name, storage)
    storage.NAME = storage.NAME or name  # type: ignore[misc]  # Here, that of one object.
    return storage


def _built_in(short: str) -> type[t.Any]:
    module = importlib.import_module(f'..{short}.storage', __package__)
    return t.cast('type[t.Any]', getattr(module, CLASS))


def _in_collection(name: str, tried: list[str]) -> type[t.Any] | None:
    if not re.fullmatch(r'[A-Za-z_]\w*(\.[A-Za-z_]\w*){2,}', name):
        return None
    namespace, collection, rest = name.split('.', 2)
    for place in COLLECTION_PLACES:
        module = f'ansible_collections.{namespace}.{collection}.plugins.{place}.storage.{rest}'
        tried.append(f"collection module '{module}'")
        found = _imported(module, CLASS, name)
        if found is not None:
            return found
    return None


def _at_entry_point(name: str, tried: list[str]) -> type[t.Any] | None:
    tried.append(f"entry point '{name}' of group '{ENTRY_POINTS}'")
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS, name=name):
        found = _imported(entry.module, entry.attr or CLASS, name)
        if found is not None:
            return found
        tried.append(f"its module '{entry.module}'")
    return None


def _at_import_path(name: str, tried: list[str]) -> type[t.Any] | None:
    matched = re.fullmatch(r'([A-Za-z_][\w.]*):([A-Za-z_][\w.]*)', name)
    if not matched:
        return None
    tried.append(f"import path '{name}'")
    return _imported(matched[1], matched[2], name)


def _imported(module: str, attribute: str, name: str) -> type[t.Any] | None:
    """A class by module and name; None if that module is not there.

    Raises LibraryMissing if the module is there and lacks another, StorageNotFound if it has no such class.
    """
    try:
        value: t.Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and f'{module}.'.startswith(f'{error.name}.'):
            return None
        raise LibraryMissing(
            f"The storage '{name}' needs the Python module '{error.name}', which is not installed.",
            help_text='Install the package that has it into the Python that runs Ansible.',
        ) from error
    except Exception as error:
        # Foreign code may raise anything.
        raise StorageNotFound(
            f"The module '{module}' of the storage '{name}' cannot be imported: {type(error).__name__}: {error}.",
            help_text='Its author can tell what that means.',
        ) from error
    for part in attribute.split('.'):
        value = getattr(value, part, None)
    if not isinstance(value, type):
        raise StorageNotFound(
            f"The module '{module}' of the storage '{name}' has no class '{attribute}'.",
            help_text=f'A module of a storage holds the class {CLASS}, unless another one is named.',
        )
    return value
