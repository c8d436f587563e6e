# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a storage class declares its options: a frozen dataclass, from which all else about them is derived."""

from __future__ import annotations

import copy
import dataclasses
import types
import typing as t

from ...errors import StorageError

Spec = t.Mapping[str, t.Mapping[str, t.Any]]
"""Options by name, each as in an argument spec of ansible-core, with `env` and `description` beside."""

T = t.TypeVar('T')

_TYPES = {str: 'str', bool: 'bool', int: 'int', float: 'float', list: 'list', dict: 'dict', t.Any: 'raw'}
_OPTIONAL = (t.Union, types.UnionType)


class Entry(t.TypedDict, total=False):
    """What can be said of an option besides its type, default and description, in the words of ansible-core.

    required: whether it must be given.
    choices: the values that it takes.
    no_log: whether it is a secret, which no message and no `repr` shows.
    env: environment variables that fill it where it is left out, after `OSA_INVENTORY_<STORAGE>_<OPTION>`.
    aliases: other names under which it can be given.
    type: `path` for a text that becomes an absolute path; all other types follow from the field's annotation.
    """

    required: bool
    choices: list[t.Any]
    no_log: bool
    env: list[str]
    aliases: list[str]
    type: t.Literal['path']


def option(*, description: str, default: t.Any = None, **entry: t.Unpack[Entry]) -> t.Any:
    """One option, as the value of a field in a dataclass of options.

    description: what it is for, in a sentence without a full stop.
    default: what holds where it is not given.
    """
    unknown = entry.keys() - Entry.__annotations__.keys()
    if unknown:
        raise TypeError(f'An option has no {", ".join(sorted(unknown))}.')
    # pylint: disable=invalid-field-call  # it is called where a dataclass sets a field to its result
    shown, metadata = not entry.get('no_log'), {**entry, 'description': description}
    if isinstance(default, (list, dict)):
        return dataclasses.field(default_factory=lambda: copy.deepcopy(default), repr=shown, metadata=metadata)
    return dataclasses.field(default=default, repr=shown, metadata=metadata)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """The options that every storage has; those of a storage derive from it and add their own.

        @dataclasses.dataclass(frozen=True, kw_only=True)
        class VaultOptions(Options):
            url: str = option(required=True, no_log=True, description='address of the vault')
            certificate: str | None = option(type='path', description='certificate authority of the vault')
            servers: list[str] | None = option(description='servers to ask in turn')

    A field is annotated with `str`, `bool`, `int`, `float`, `dict`, `list[…]` or `typing.Any`, or with another frozen
    dataclass of options for a mapping with options of its own; `| None` if it may be left out without a default.
    """

    keep: int = option(default=15, description='how many older states are kept beside the current one')
    keep_input: bool = option(
        default=False, description='whether the configuration and environment that gave a state are kept with it'
    )
    encrypt: bool = option(default=False, description='whether states are sealed with Ansible Vault')
    timeout: float = option(
        default=10.0,
        description='seconds that connecting, reading and writing may take each, and waiting for a write lock',
    )
    tenant: str = option(default='default', description='the tenant of the inventory source')
    region: str = option(default='default', description='the region of the inventory source')
    config_dir: str | None = option(type='path', description='the directory of the deployment description')


FROM_SOURCE = ('tenant', 'region', 'config_dir')
"""Options of every storage that come from the inventory source itself, and not from its mapping `storage`."""


def declared(found: type[t.Any]) -> type[Options] | None:
    """The options that a storage class declares; None for a class that declares none, such as one of three methods."""
    value = getattr(found, 'OPTIONS', None)
    return value if isinstance(value, type) and issubclass(value, Options) else None


def own_spec(options: type[Options]) -> Spec:
    """The options that a storage adds to those of every storage, or declares otherwise."""
    common = full_spec(Options)
    return {name: entry for name, entry in full_spec(options).items() if entry != common.get(name)}


def full_spec(options: type[t.Any]) -> Spec:
    """All options that a dataclass declares, with `env` and `description`.

    Raises StorageError for a class that is not a frozen dataclass with types that options can have.
    """
    return {field.name: _entry(options, field, hint) for field, hint in _fields(options)}


def argument_spec(spec: Spec) -> dict[str, dict[str, t.Any]]:
    """The same without what ansible-core's `ArgumentSpecValidator` does not know."""
    plain = {
        name: {key: entry[key] for key in entry if key not in ('env', 'description')} for name, entry in spec.items()
    }
    for entry in plain.values():
        if 'options' in entry:
            entry['options'] = argument_spec(entry['options'])
    return plain


def instance(options: type[T], values: t.Mapping[str, t.Any]) -> T:
    """The dataclass with these values; a mapping of options becomes an instance of its own dataclass."""
    hints = {field.name: hint for field, hint in _fields(options)}
    return options(**{name: _value(hint, values[name]) for name, hint in hints.items() if name in values})


def _fields(options: type[t.Any]) -> list[tuple[dataclasses.Field[t.Any], t.Any]]:
    """The fields of a dataclass of options with their types."""
    parameters = vars(options).get('__dataclass_params__')
    if not parameters or not parameters.frozen:
        raise _unusable(options, 'it is not decorated with @dataclasses.dataclass(frozen=True, kw_only=True)')
    try:
        hints = t.get_type_hints(options)
    except (NameError, TypeError) as error:
        raise _unusable(options, str(error)) from error
    return [(field, hints[field.name]) for field in dataclasses.fields(options)]


def _entry(options: type[t.Any], field: dataclasses.Field[t.Any], hint: t.Any) -> dict[str, t.Any]:
    entry = {**_type(options, hint), **field.metadata}
    default = field.default
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    if default is dataclasses.MISSING:
        entry['required'] = True
    elif default is not None:
        entry['default'] = default
    return entry


def _type(options: type[t.Any], hint: t.Any) -> dict[str, t.Any]:
    """The entries `type`, `elements` and `options` for an annotation."""
    hint = _given(hint)
    if dataclasses.is_dataclass(hint):
        return {'type': 'dict', 'options': full_spec(t.cast('type[t.Any]', hint))}
    name = _TYPES.get(t.get_origin(hint) or hint)
    if name is None:
        raise _unusable(options, f"no option has the type '{hint}'")
    if name != 'list':
        return {'type': name}
    of_each = _type(options, *(t.get_args(hint) or (t.Any,)))
    return {**of_each, 'type': 'list', 'elements': of_each['type']}


def _value(hint: t.Any, value: t.Any) -> t.Any:
    hint = _given(hint)
    if dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return instance(t.cast('type[t.Any]', hint), value)
    if t.get_origin(hint) is list and isinstance(value, list):
        (element,) = t.get_args(hint)
        return [_value(element, part) for part in value]
    return value


def _given(hint: t.Any) -> t.Any:
    """`X` for `X | None`."""
    parts = [part for part in t.get_args(hint) if part is not types.NoneType]
    return parts[0] if t.get_origin(hint) in _OPTIONAL and len(parts) == 1 else hint


def _unusable(options: type[t.Any], reason: str) -> StorageError:
    return StorageError(
        f"The options that the class '{options.__module__}.{options.__qualname__}' declares are not usable: {reason}.",
        help_text='Its author can tell what that means.',
    )
