# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which text of an inventory Ansible may execute as a template.

Ansible runs templates only in text that is marked as trusted. Text of the deployer's own configuration is; what comes
back from a storage is data, no matter who wrote it: it is marked only where it cannot be a template.
"""

from __future__ import annotations

import typing as t

from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import EncryptedString
from ansible.template import trust_as_template

from ...module_utils.places import (
    VAULT_KEY,
    ConfiguredTemplate,
    ConfiguredUnsafe,
    ConfiguredVault,
    Place,
    looks_like_template,
)
from ..placed_text import placed

UNSAFE_KEY = '__ansible_unsafe'
"""The key under which text that is never a template stands in JSON inventories (Ansible's own convention)."""


class TrustRule:
    """Makes values for Ansible out of the values of an inventory; one object serves a whole run.

    `planted` has, after `variables`, where in stored data text looks like a template and so was left untrusted:
    tuples of owner (host or group) and key path.
    """

    def __init__(self, loader: DataLoader) -> None:
        self.planted: list[tuple[str, str]] = []
        self._loader = loader
        self._marked: dict[str, str] = {}
        self._templates: dict[tuple[str, Place], str] = {}
        self._suspicious = False

    def variables(self, owner: str, variables: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The variables of a host or group, for Ansible; keys sorted as in the stored form.

        Containers are copies of their own. Names are never templates, so they are plain text.
        """
        converted = {}
        for name in sorted(variables):
            self._suspicious = False
            converted[str.__str__(name)] = self.value(variables[name])
            if self._suspicious:
                self.planted += [(owner, path) for path in _suspects(variables[name], name)]
        return converted

    def value(self, value: t.Any) -> t.Any:
        """One value for Ansible."""
        kind = type(value)
        if kind is str:
            return self._text(value)
        if kind is dict:
            return self._mapping(value)
        if kind is list:
            return [self.value(item) for item in value]
        if isinstance(value, ConfiguredTemplate):
            return self._template(value)
        if isinstance(value, ConfiguredUnsafe):
            return str.__str__(value)
        if isinstance(value, ConfiguredVault):
            return placed(self._loader, value.place, value[VAULT_KEY], tag='!vault')
        if isinstance(value, str):
            return self._text(str.__str__(value))
        if isinstance(value, dict):
            return self._mapping(value)
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        return value

    def _text(self, text: str) -> str:
        marked = self._marked.get(text)
        if marked is None:
            if looks_like_template(text):
                self._suspicious = True
                return text
            marked = self._marked[text] = trust_as_template(text)
        return marked

    def _template(self, template: ConfiguredTemplate) -> str:
        key = (str.__str__(template), template.place)
        if key not in self._templates:
            self._templates[key] = placed(self._loader, template.place, key[0])
        return self._templates[key]

    def _mapping(self, mapping: dict[t.Any, t.Any]) -> t.Any:
        if isinstance(unsafe := mapping.get(UNSAFE_KEY), str):
            return str.__str__(unsafe)
        if isinstance(ciphertext := mapping.get(VAULT_KEY), str):
            return EncryptedString(ciphertext=str.__str__(ciphertext))
        return {self.value(key): self.value(mapping[key]) for key in sorted(mapping)}


def _suspects(value: t.Any, path: str) -> t.Iterator[str]:
    """The key paths below `path` where plain text looks like a template; those of keys end in `(key)`."""
    if isinstance(value, (ConfiguredTemplate, ConfiguredUnsafe)):
        return
    if isinstance(value, str):
        if looks_like_template(value):
            yield path
    elif isinstance(value, dict):
        if isinstance(value.get(UNSAFE_KEY), str):
            return
        for key in sorted(value):
            yield from (f'{found} (key)' for found in _suspects(key, f'{path}.{key}'))
            yield from _suspects(value[key], f'{path}.{key}')
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _suspects(item, f'{path}[{number}]')
