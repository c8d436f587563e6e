# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the command: its options, the inventory source, what is printed."""

from __future__ import annotations

import argparse
import functools

from ansible import constants as C
from ansible import context
from ansible.cli import CLI
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ...module_utils.results import Notice
from ..errors import warn
from ..operators.api import InventoryManager, find_source
from .output import Console

display = Display()


class Session:
    """What commands work with.

    options: as given by the user. console: where results are printed. loader: reads files, vaulted ones too.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.console = Console()

    @functools.cached_property
    def loader(self) -> DataLoader:
        """Reads files with the vault's secrets and the extra variables that the user gave. Raises AnsibleError."""
        options, loader = self.options, DataLoader()
        context.CLIARGS = ImmutableDict(extra_vars=tuple(options.extra_vars), verbosity=options.verbosity)
        CLI.setup_vault_secrets(
            loader,
            vault_ids=[*C.DEFAULT_VAULT_IDENTITY_LIST, *options.vault_ids],
            vault_password_files=list(options.vault_password_files),
            ask_vault_pass=options.ask_vault_pass,
            auto_prompt=False,
        )
        return loader

    @functools.cached_property
    def manager(self) -> InventoryManager:
        """The inventory of the source that was named, or of the first of Ansible's that is ours.

        Raises AnsibleError, SourceNotFound.
        """
        # First, as looking for a source also reads vaulted files.
        options, loader = self.options, self.loader
        source = find_source([options.source] if options.source else C.DEFAULT_HOST_LIST)
        display.v(f'osa-inventory: the source is {source}')
        lock_id = getattr(options, 'lock_id', None)
        return InventoryManager.of(source, loader, load_extra_vars(loader), lock_id)

    def warn(self, *notices: Notice) -> None:
        """Show warnings, on standard error."""
        for notice in notices:
            warn(notice, self.loader)

    def close(self) -> None:
        """Show what the storage noted on the way, and where the inventory is at -v."""
        if 'manager' not in vars(self):
            return
        store = self.manager.store
        self.warn(*self.manager.notices())
        display.v(f'osa-inventory: the inventory is kept in {store.storage.describe()}')
