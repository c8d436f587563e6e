# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a storage: checked by ansible-core's validator and what that lacks, and completed."""

from __future__ import annotations

import math
import os
import re
import typing as t

from ...errors import StorageError, StorageOptionError
from ...words import did_you_mean
from .declaration import Options, Spec, argument_spec, full_spec, instance

_REGION_NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9._-]{0,63}')
_SHORT_SECRET = 4
_KINDS = {dict: 'a mapping', list: 'a list', tuple: 'a list', bool: 'a boolean'}
_WANTED = {'str': 'text', 'path': 'a path', 'int': 'a whole number', 'float': 'a number'}

Declared = t.TypeVar('Declared', bound=Options)


def validate(name: str, options: type[Declared], values: t.Mapping[str, t.Any]) -> Declared:
    """The options of one storage: checked, converted, completed by environment and defaults.

    name: of the storage, as messages show it.
    options: how they are declared (`Storage.OPTIONS`).
    values: what was given; keys with null count as not given. An option that is not given is looked up in the
    environment: `OSA_INVENTORY_<STORAGE>_<OPTION>`, then the names that its declaration has under `env`.
    Options without value and default are None; paths are absolute (relative ones are relative to `config_dir`), all
    texts are plain `str`. Messages never hold the value of a `no_log` option.
    Raises StorageOptionError, with all that is wrong in one message; StorageError for options declared wrongly.
    """
    if not isinstance(options, type) or not issubclass(options, Options):
        raise StorageError(
            f"The storage '{name}' does not declare its options as a dataclass derived from Options.",
            help_text='Its author can tell what that means.',
        )
    known = full_spec(options)
    given = {key: value for key, value in values.items() if value is not None}
    secrets = Secrets(known, given)
    unknown, hints = _unknown_options(name, known, given)
    _add_environment(name, known, given)
    secrets.add(known, given)
    problems = [*unknown, *_missing_options(name, known, given), *_wrong_kinds(name, known, given)]
    checked: dict[str, t.Any] = {}
    if not problems:
        checked, problems = _checked(name, known, given)
    if problems:
        help_text = ' '.join(hints) or f"Correct the options of the storage '{name}' in the inventory source."
        raise StorageOptionError(secrets.redact(' '.join(problems)), help_text=help_text)
    base = checked['config_dir']
    return instance(options, {key: _absolute(known[key], value, base) for key, value in checked.items()})


def _checked(name: str, known: Spec, given: dict[str, t.Any]) -> tuple[dict[str, t.Any], list[str]]:
    """Every known option with its value, converted; and sentences about what is wrong."""
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    result = ArgumentSpecValidator(argument_spec(known)).validate(given)
    if result.error_messages:
        return {}, [f"Storage '{name}': {message}." for message in result.error_messages]
    values = {key: _plain(result.validated_parameters.get(key)) for key in known}
    return values, _wrong_values(name, values)


def environment_name(storage: str, option: str) -> str:
    """The environment variable that fills an option which the inventory source leaves out."""
    return re.sub(r'\W', '_', f'OSA_INVENTORY_{storage}_{option}').upper()


class Secrets:
    """The values that must not appear in any text: those of `no_log` options, at whatever depth."""

    def __init__(self, spec: Spec, options: t.Mapping[str, t.Any]) -> None:
        self._values: set[str] = set()
        self.add(spec, options)

    def add(self, spec: Spec, options: t.Mapping[str, t.Any]) -> None:
        """Note the secrets among further options."""
        for key, entry in spec.items():
            value = options.get(key)
            if entry.get('no_log'):
                self._values.update(_texts(value))
            elif entry.get('options'):
                for part in value if isinstance(value, list) else [value]:
                    if isinstance(part, dict):
                        self.add(entry['options'], part)

    def redact(self, text: str) -> str:
        """The text with every secret replaced by `***`; a very short one only where it stands alone."""
        for secret in sorted(self._values, key=len, reverse=True):
            for form in (secret, repr(secret)[1:-1]):
                if len(form) >= _SHORT_SECRET:
                    text = text.replace(form, '***')
                else:
                    text = re.sub(rf'(?<!\w){re.escape(form)}(?!\w)', '***', text)
        return text


def _texts(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)
    elif value is not None and not isinstance(value, bool) and str(value):
        yield str(value)


def _unknown_options(name: str, spec: Spec, given: t.Mapping[str, t.Any]) -> tuple[list[str], list[str]]:
    """Sentences about the options that the spec does not know, and hints at the nearest that it does."""
    problems, hints = [], []
    known = set(spec).union(*(entry.get('aliases', ()) for entry in spec.values()))
    for key in given:
        if key not in known:
            problems.append(f"The storage '{name}' has no option '{key}'.")
            hints.append(did_you_mean(str(key), known) or f'Known options: {", ".join(sorted(known))}.')
    return problems, hints


def _add_environment(name: str, spec: Spec, given: dict[str, t.Any]) -> None:
    for key, entry in spec.items():
        if key in given or any(alias in given for alias in entry.get('aliases', ())):
            continue
        for variable in (environment_name(name, key), *entry.get('env', ())):
            if os.environ.get(variable):
                given[key] = os.environ[variable]
                break


def _missing_options(name: str, spec: Spec, given: t.Mapping[str, t.Any]) -> list[str]:
    return [
        f"The storage '{name}' needs the option '{key}' (or the environment variable {environment_name(name, key)})."
        for key, entry in spec.items()
        if entry.get('required') and not any(part in given for part in (key, *entry.get('aliases', ())))
    ]


def _wrong_kinds(name: str, spec: Spec, given: t.Mapping[str, t.Any]) -> list[str]:
    """What the validator would quietly turn into text or a number: lists and mappings, and booleans."""
    problems = []
    for key, entry in spec.items():
        kind, values = entry.get('type', 'str'), [given.get(key)]
        if kind == 'list':
            kind, values = entry.get('elements', 'raw'), values[0] if isinstance(values[0], list) else []
        if kind in _WANTED:
            words = {word for value in values for type_, word in _KINDS.items() if isinstance(value, type_)}
            problems += [
                f"Option '{key}' of the storage '{name}' contains {word} instead of {_WANTED[kind]}."
                for word in sorted(words)
            ]
    return problems


def _wrong_values(name: str, values: t.Mapping[str, t.Any]) -> list[str]:
    problems = []
    if values['keep'] < 0:
        problems.append(f"Option 'keep' of the storage '{name}' is {values['keep']} instead of 0 or more.")
    if not math.isfinite(values['timeout']) or values['timeout'] <= 0:
        problems.append(f"Option 'timeout' of the storage '{name}' is {values['timeout']} instead of seconds above 0.")
    problems += [
        f"Option '{key}' is '{values[key]}' instead of at most 64 letters, digits, dots, dashes and underscores."
        for key in ('tenant', 'region')
        if not _REGION_NAME.fullmatch(values[key])
    ]
    return problems


def _plain(value: t.Any) -> t.Any:
    """The value without Ansible's marks: drivers look at exact types, and a storage has no use for trust."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        return {_plain(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value


def _absolute(entry: t.Mapping[str, t.Any], value: t.Any, base: str | None) -> t.Any:
    if entry.get('type') != 'path' or value is None:
        return value
    return os.path.abspath(os.path.join(base or '', value))
