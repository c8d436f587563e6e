# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory source: its options, read, templated and checked, and what they lead to.

The plugin, the command and the actions all read a source through here.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import typing as t

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.datatag import native_type_name
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecretsContext, is_encrypted
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.plugins.loader import inventory_loader

from ...module_utils.configuration.files import CONFIGURATION_PARTS, USER_CONFIGURATION
from ...module_utils.configuration.load import Written, load_deployment, load_written
from ...module_utils.configuration.model import Deployment
from ...module_utils.configuration.text_files import read_file
from ...module_utils.errors import ConfigurationError
from ...module_utils.generator.choice import Choice
from ...module_utils.places import Place
from ...module_utils.storage.contract import Storage
from ...module_utils.storage.driver.store import Store
from ...module_utils.storage.lookup.names import open_storage
from ...module_utils.words import did_you_mean
from ..errors import combined
from ..placed_text import placed
from .vault import VaultCipher

NAME = 'osa.inventory.osa'
SUFFIXES = ('.yml', '.yaml')
CONSTRUCTED = ('compose', 'groups', 'keyed_groups')
"""Options that are expressions over each host's variables, so are not templated with the source."""

DEFAULT_CONFIG_DIR = '/etc/openstack_deploy'
CHECKOUT_ENVIRONMENT_DIR = '/opt/openstack-ansible/inventory'
OWN_ENVIRONMENT_DIR = pathlib.Path(__file__).resolve().parents[3] / 'environment'

Options = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Source:
    """An inventory source, ready for use.

    path, config_dir, environment_dir: absolute. loader: reads its files, vaulted ones too.
    storage: name or mapping, as the source has it; it may hold secrets.
    choice: how new names and addresses come about. cache: whether Ansible's inventory cache is used.
    stored_connection_variables: variables of connections that Ansible also gets from the storage.
    plugin: ours, with the options of the source set.
    """

    path: str
    loader: DataLoader
    config_dir: str
    environment_dir: str
    storage: t.Any = dataclasses.field(repr=False)
    tenant: str
    region: str
    persist: t.Literal['auto', 'never']
    choice: Choice
    cache: bool = False
    stored_connection_variables: tuple[str, ...] = ()
    plugin: t.Any = dataclasses.field(default=None, repr=False, compare=False)

    def deployment(self) -> Deployment:
        """The deployment description, read and checked. Raises ConfigurationError or ConfigurationErrors."""
        self._require_description()
        return load_deployment(self.config_dir, self.environment_dir, read=self._read)

    def written(self) -> Written:
        """The same as it is written, with all places. Raises as `deployment` does."""
        self._require_description()
        return load_written(self.config_dir, self.environment_dir, read=self._read)

    def _require_description(self) -> None:
        if self.config_dir == DEFAULT_CONFIG_DIR and not os.path.isdir(DEFAULT_CONFIG_DIR):
            raise ConfigurationError(
                f"There is no deployment description, neither in '{os.path.dirname(self.path)}' nor in "
                f"'{DEFAULT_CONFIG_DIR}'.",
                Place(self.path, 1, 1),
                "Put the inventory source beside 'openstack_user_config.yml', or name the directory with 'config_dir'.",
            )

    def open_storage(self) -> Storage:
        """The storage that the source names. Raises a StorageError if there is none such, or its options are wrong."""
        return open_storage(
            self.storage,
            tenant=self.tenant,
            region=self.region,
            config_dir=self.config_dir,
            source_dir=os.path.dirname(self.path),
            stable=self.choice.naming == self.choice.allocation == 'stable',
        )

    def open_store(self, lock_id: str | None = None) -> Store:
        """The driver for that storage. lock_id: the lock between operators under which it works, if one is held."""
        return Store(self.open_storage(), self.config_dir, lock_id=lock_id, cipher=VaultCipher())

    def _read(self, path: str) -> str:
        """The text of a file of the deployment, decrypted where all of it is vaulted. Raises ConfigurationError."""
        text = read_file(path)
        if not is_encrypted(text):
            return text
        try:
            decrypted: str = plain(self.loader.get_text_file_contents(path))
        except AnsibleError as error:
            help_text = 'Give its password, such as with --vault-password-file or --ask-vault-pass.'
            message = f'The vaulted file cannot be decrypted: {error.message}'
            raise ConfigurationError(message, Place(path, 1, 1), help_text) from error
        return decrypted


def open_source(path: str, loader: DataLoader, extra_vars: t.Mapping[str, t.Any]) -> Source:
    """The inventory source in a file, for programs other than Ansible's inventory manager.

    extra_vars: as Ansible's `load_extra_vars` gives them. Raises AnsibleError.
    """
    plugin = inventory_loader.get(NAME)
    plugin.loader = loader
    return read_source(plugin, path, extra_vars)


def refusal(path: str) -> str | None:
    """Why a file is not an inventory source of ours; None when it is one."""
    if not path.endswith(SUFFIXES):
        return f'its name ends in neither {" nor ".join(SUFFIXES)}'
    loader = DataLoader()
    context = VaultSecretsContext.current(optional=True)
    loader.set_vault_secrets(context.secrets if context else None)
    try:
        config = loader.load_from_file(path, cache='none')
    except AnsibleError as error:
        line = getattr(error.obj, 'line_num', None)
        where = f' in line {line}' if line else ''
        return f'it cannot be read{where}: {error.message}'
    if not isinstance(config, dict):
        return 'it is not a mapping'
    if config.get('plugin') != NAME:
        return f"its key 'plugin' is {config.get('plugin')!r} instead of {NAME!r}"
    return None


def read_source(plugin: BaseInventoryPlugin, path: str, extra_vars: t.Mapping[str, t.Any]) -> Source:
    """Set the plugin's options from the source, `extra_vars`, the environment and `ansible.cfg`.

    plugin: one of ours, with its loader set. From then on its `get_option` has every option.
    Raises AnsibleError; one about the source itself shows its place there.
    """
    path = os.path.abspath(path)
    config = _load(plugin.loader, path)
    _refuse_unknown(config, plugin.option_definitions)
    plugin.templar.available_variables = extra_vars
    options = {key: _templated(plugin, config, key) for key in config}
    _make_absolute(options, plugin.option_definitions, os.path.dirname(path))
    _try_each(plugin, options, config)
    plugin.set_options(direct=options, var_options=extra_vars)
    return _source(plugin, path)


def _load(loader: DataLoader, path: str) -> Options:
    """The mapping in the file, its text trusted as the deployer's own."""
    config = loader.load_from_file(path, cache='none', trusted_as_template=True)
    if not isinstance(config, dict):
        kind = native_type_name(config) if config is not None else 'empty'
        raise AnsibleParserError(
            f"The inventory source is '{kind}' instead of a mapping.",
            obj=placed(loader, Place(path, 1, 1), 'here'),
            help_text=f"Write at least 'plugin: {NAME}'.",
        )
    return config


def _refuse_unknown(config: Options, known: t.Iterable[str]) -> None:
    errors = [
        AnsibleParserError(
            f'The inventory source has the unknown option {str(key)!r}.',
            obj=_shown_at(key, config),
            help_text=did_you_mean(str(key), known) or f'Known options: {", ".join(sorted(known))}.',
        )
        for key in config
        if key not in known
    ]
    if errors:
        raise combined(f'The inventory source has {len(errors)} unknown options.', errors)


def _shown_at(value: t.Any, config: Options) -> t.Any:
    """The `obj` of an error about the source; None where the excerpt could show a secret of the storage's options."""
    return None if isinstance(config.get('storage'), dict) else value


def _templated(plugin: BaseInventoryPlugin, config: Options, key: str) -> t.Any:
    """The value of an option, its templates resolved."""
    if key in CONSTRUCTED:
        return config[key]
    try:
        return plugin.templar.template(config[key])
    except AnsibleError as error:
        message = f'Option {str(key)!r} of the inventory source cannot be resolved: {error.message}'
        raise AnsibleParserError(message, obj=_shown_at(error.obj or key, config)) from None


def _make_absolute(options: Options, definitions: t.Mapping[str, Options], directory: str) -> None:
    """Let relative paths start at the source, where Ansible would start at the current directory."""
    for key, value in options.items():
        if definitions[key].get('type') == 'path' and isinstance(value, str):
            options[key] = os.path.normpath(os.path.join(directory, os.path.expanduser(os.path.expandvars(value))))


def _try_each(plugin: BaseInventoryPlugin, options: Options, config: Options) -> None:
    """Set the options one by one, so that an error about one shows where it stands."""
    errors = []
    for (key, value), written in zip(options.items(), config.values(), strict=True):
        try:
            plugin.set_option(key, value)
        except AnsibleError as error:
            error.obj = _shown_at(written if isinstance(written, str) else key, config)
            errors.append(error)
    if errors:
        raise combined(f'The inventory source has {len(errors)} mistakes.', errors)


def _source(plugin: BaseInventoryPlugin, path: str) -> Source:
    given = {name: plain(plugin.get_option(name)) for name in plugin.option_definitions if name not in CONSTRUCTED}
    tenant, region = given['tenant'], given['region']
    return Source(
        path=path,
        loader=plugin.loader,
        config_dir=given['config_dir'] or _default_config_dir(os.path.dirname(path)),
        environment_dir=given['environment_dir'] or _default_environment_dir(),
        storage=given['storage'],
        tenant=tenant,
        region=region,
        persist=given['persist'],
        choice=Choice(
            naming=given['container_naming'],
            allocation=given['address_allocation'],
            seed=given['naming_seed'] or f'{tenant}/{region}',
        ),
        cache=given['cache'],
        stored_connection_variables=tuple(given['stored_connection_variables']),
        plugin=plugin,
    )


def _default_config_dir(directory: str) -> str:
    """The source's own directory if it holds a deployment description."""
    names = (USER_CONFIGURATION, CONFIGURATION_PARTS)
    holds_one = any(os.path.lexists(os.path.join(directory, name)) for name in names)
    return directory if holds_one else DEFAULT_CONFIG_DIR


def _default_environment_dir() -> str:
    """That of an OpenStack-Ansible checkout in its usual place, otherwise our own."""
    checkout = pathlib.Path(CHECKOUT_ENVIRONMENT_DIR)
    return str(checkout if (checkout / 'env.d').is_dir() else OWN_ENVIRONMENT_DIR)


def plain(value: t.Any) -> t.Any:
    """A value without Ansible's tags (trust, origin), as the library takes it."""
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    for kind in (str, int, float):
        if isinstance(value, kind) and not isinstance(value, bool):
            return kind(value)
    return value
