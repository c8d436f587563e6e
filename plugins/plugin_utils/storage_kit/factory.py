# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a storage is made again: by the same class and options, in this process or another one."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import json
import sys
import typing as t

from ...module_utils.storage.contract import Storage
from ...module_utils.storage.lookup.three_methods import Minimal


class NotRepeatable(Exception):
    """A storage that another process cannot make; the message says why."""


@dataclasses.dataclass(frozen=True)
class Factory:
    """A storage class by import path, with the options of one storage; fits JSON.

    name: of the storage, for messages. file: of the module, for one that is not on the import path.
    """

    name: str
    module: str
    qualified_name: str
    file: str | None
    options: dict[str, t.Any] = dataclasses.field(repr=False)

    @classmethod
    def of(cls, storage: Storage) -> Factory:
        """What makes a storage like this one, which is registered. Raises NotRepeatable."""
        minimal = storage if isinstance(storage, Minimal) else None
        found = type(minimal._storage if minimal else storage)
        if '<locals>' in found.__qualname__:
            raise NotRepeatable(f"The class '{found.__qualname__}' must stand at the top of a module, to be imported.")
        options = minimal.given if minimal else dataclasses.asdict(storage.options)
        options = {key: value for key, value in options.items() if value is not None}
        try:
            json.dumps(options)
        except TypeError as error:
            raise NotRepeatable(f"The options of '{storage.NAME}' must fit JSON, to be handed on: {error}.") from error
        file = getattr(sys.modules.get(found.__module__), '__file__', None)
        return cls(storage.NAME, found.__module__, found.__qualname__, file, options)

    def make(self) -> Storage:
        """A new storage, registered."""
        value: t.Any = self._module()
        for part in self.qualified_name.split('.'):
            value = getattr(value, part)
        return registered(value, self.name, self.options)

    def _module(self) -> t.Any:
        if self.module in sys.modules:
            return sys.modules[self.module]
        try:
            return importlib.import_module(self.module)
        except ModuleNotFoundError:
            spec = importlib.util.spec_from_file_location(self.module, self.file) if self.file else None
            if spec is None or spec.loader is None:
                raise
            module = importlib.util.module_from_spec(spec)
            sys.modules[self.module] = module
            spec.loader.exec_module(module)
            return module


def registered(found: type[t.Any], name: str, options: dict[str, t.Any]) -> Storage:
    """A storage of a class with these options, in the form in which the driver wants it."""
    made = found()
    storage = made if isinstance(made, Storage) else Minimal(name, made)
    storage.NAME = storage.NAME or name  # type: ignore[misc]  # Here, that of one object.
    storage.register(options)
    return storage
