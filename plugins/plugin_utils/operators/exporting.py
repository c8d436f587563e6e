# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible has of an inventory source, for a static copy of it: with trust, vaulted text and constructed groups."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import typing as t

from ansible.inventory.data import InventoryData
from ansible.parsing.vault import VaultHelper
from ansible.template import is_trusted_as_template

from ...module_utils.canonical import digest
from ...module_utils.errors import InventoryError
from ...module_utils.inventory import Inventory, make
from ...module_utils.management.bundle import bundle_files, pack
from ...module_utils.management.static_export import PRIORITY, Elsewhere, Files, static_files
from ...module_utils.places import VAULT_KEY, ConfiguredTemplate, ConfiguredUnsafe, Place, looks_like_template
from ...module_utils.results import Notice
from ...module_utils.storage.contract import State
from ...module_utils.storage.driver.outcome import Outcome
from ..run.connection_variables import hand_over
from ..run.fill import fill
from ..run.report import withheld
from ..run.run import summary
from ..run.trust import TrustRule
from ..source.options import Source
from .access import Access

_DIRECTORIES = ('group_vars', 'host_vars')
_EXTENSIONS = ('.yml', '.yaml', '.json')
_IMPLICIT = 'ungrouped'
_NOWHERE = Place('', 1, 1)


@dataclasses.dataclass(frozen=True)
class Export:
    """Files by their paths, and what a person should know about them."""

    files: Files
    warnings: tuple[Notice, ...]


def static_export(access: Access, with_deployers: bool = True) -> Export:
    """A static inventory that Ansible reads to the same result as the source.

    with_deployers: with copies of the `group_vars` and `host_vars` beside the source, without which it is not the same.
    Raises as a run does, and InventoryError for what cannot be static files.
    """
    result = access.store.preview(access.generation)
    source = access.source
    shown, held_back = hand_over(result.inventory, access.deployment.configuration, source.stored_connection_variables)
    copied = deployers_variables(source) if with_deployers else {}
    files = static_files(as_ansible_has_it(shown, source), elsewhere(copied))
    warnings = (*result.warnings, *_unstored(access, result), *([withheld(held_back)] if held_back else ()))
    return Export({**files, **copied}, warnings)


def bundled(access: Access, state: State, name: str) -> Export:
    """An archive, under its name, with everything about the newest state; what the deployer has beside it stays out."""
    static = static_export(access, with_deployers=False)
    files = bundle_files(state, access.store.history(), static.files)
    return Export({name: pack(files, os.path.basename(name))}, static.warnings)


def _unstored(access: Access, result: Outcome) -> t.Iterator[Notice]:
    if access.store.states.kept and (result.after is None or result.after.sha256 != digest(result.inventory)):
        yield Notice(
            f'The static inventory has changes that no run has stored yet: {summary(result)}.',
            help_text='Names and addresses that were drawn for it hold for it alone. Run ansible-inventory first.',
        )


def as_ansible_has_it(inventory: Inventory, source: Source) -> Inventory:
    """An inventory as handed over to Ansible, with what `compose`, `groups` and `keyed_groups` of its source add.

    Groups are in the order in which Ansible has them.     Text that may be a template is a `ConfiguredTemplate`, text
    that is none is a `ConfiguredUnsafe`, vaulted text is still encrypted.
    """
    data = InventoryData()
    source.plugin.inventory = data
    source.plugin.construct(fill(inventory, data, TrustRule(source.loader)))
    shown = make({name: _value(host.vars) for name, host in data.hosts.items()})
    for name, group in data.groups.items():
        if name != _IMPLICIT:
            variables = dict(group.vars) if group.priority == 1 else {**group.vars, PRIORITY: group.priority}
            children = [child.name for child in group.child_groups if child.name != _IMPLICIT]
            hosts = [host.name for host in group.hosts]
            shown[name] = {'children': children, 'hosts': hosts, 'vars': _value(variables)}
    return shown


def _value(value: t.Any) -> t.Any:
    """A value without Ansible's tags."""
    sealed = VaultHelper.get_ciphertext(value, with_tags=False)
    if sealed is not None:
        return {VAULT_KEY: str(sealed)}
    if isinstance(value, str):
        plain = str.__str__(value)
        if not is_trusted_as_template(value):
            return ConfiguredUnsafe(plain)
        return ConfiguredTemplate(plain, _NOWHERE) if looks_like_template(plain) else plain
    if isinstance(value, t.Mapping):
        return {str.__str__(key): _value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_value(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    return float(value) if isinstance(value, float) else int(value)


def deployers_variables(source: Source) -> Files:
    """The files in `group_vars` and `host_vars` beside the inventory source, which Ansible reads with it, by path.

    Raises InventoryError for one that cannot be read.
    """
    directory = pathlib.Path(source.path).parent
    files: Files = {}
    try:
        for name in _DIRECTORIES:
            for path in sorted((directory / name).rglob('*')):
                if path.is_file():
                    files[path.relative_to(directory).as_posix()] = path.read_bytes()
    except OSError as error:
        raise InventoryError(f"'{error.filename}' cannot be read: {error.strerror}.") from error
    return files


def elsewhere(files: Files) -> Elsewhere:
    """For which hosts and groups these files have variables."""
    parts = [path.split('/') for path in files]
    hosts = {_owner(part[1]) for part in parts if part[0] == 'host_vars'}
    return Elsewhere(frozenset(hosts), any(part[0] == 'group_vars' for part in parts))


def _owner(name: str) -> str:
    """The host whose variables a file or directory of this name has."""
    stem, extension = os.path.splitext(name)
    return stem if extension in _EXTENSIONS else name
