# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encryption with Ansible Vault: the first secret of this run encrypts, all of them are tried for decrypting."""

from __future__ import annotations

import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.parsing.vault import (
    AnsibleVaultFormatError,
    VaultLib,
    VaultSecret,
    VaultSecretsContext,
    is_encrypted,
)

from ...module_utils.errors import StateDamaged, StateSealed
from ...module_utils.storage.formats.encrypted_text import by_whom

Secrets = list[tuple[str, VaultSecret]]

_PASSWORD = (
    "Give the password, such as with '--vault-id NAME@FILE', '--vault-password-file FILE' or '--ask-vault-pass'."
)


def current_secrets() -> Secrets:
    """The vault secrets of this run, in the order in which they were given."""
    context = VaultSecretsContext.current(optional=True)
    return list(context.secrets) if context else []


class VaultCipher:
    """A `cipher.Cipher` with vault secrets; by default those that the run has when they are needed.

    As with `ansible-vault`, the setting `vault_encrypt_identity` names another secret than the first to encrypt with.
    """

    def __init__(self, secrets: Secrets | None = None) -> None:
        self._secrets = secrets

    def encrypt(self, data: bytes, where: str) -> bytes:
        vault_id, secret = self._encrypting(where)
        try:
            named = None if vault_id == C.DEFAULT_VAULT_IDENTITY else vault_id
            return t.cast(bytes, VaultLib().encrypt(data, secret=secret, vault_id=named))
        except AnsibleError as error:
            raise StateSealed(
                f'{_first(where)} cannot be sealed: {error.message.rstrip(".")}.', help_text=_PASSWORD
            ) from error

    def decrypt(self, text: bytes, where: str) -> bytes:
        secrets = self._all()
        what, by = _first(where), by_whom(text.decode('ascii', 'replace'))
        try:
            if not is_encrypted(text):
                raise AnsibleVaultFormatError('no head')
            if not secrets:
                raise StateSealed(f'{what} is sealed{by}, and this run has no vault secret.', help_text=_PASSWORD)
            return bytes(VaultLib(secrets).decrypt(text))
        except AnsibleVaultFormatError as error:
            raise StateDamaged(
                f'{what} is not a complete vault text.',
                help_text='Restore an older state (osa-inventory restore), or put it back from a backup.',
            ) from error
        except AnsibleError as error:
            names = ', '.join(repr(str(name)) for name, _secret in secrets)
            raise StateSealed(
                f'{what} is sealed{by}, and none of the vault secrets of this run opens it (vault ids: {names}).',
                help_text=f'{_PASSWORD} If it is the right one, the text was changed: put it back from a backup.',
            ) from error

    def is_current(self, text: bytes) -> bool:
        try:
            VaultLib([self._encrypting('')]).decrypt(text)
        except (AnsibleError, StateSealed):
            return False
        return True

    def _all(self) -> Secrets:
        return current_secrets() if self._secrets is None else self._secrets

    def _encrypting(self, where: str) -> tuple[str, VaultSecret]:
        """The secret that encrypts, with its vault id. Raises StateSealed without one."""
        secrets, wanted = self._all(), C.DEFAULT_VAULT_ENCRYPT_IDENTITY
        chosen = [pair for pair in secrets if not wanted or pair[0] == wanted]
        if not chosen:
            named = f' with vault id {wanted!r} (setting vault_encrypt_identity)' if wanted else ''
            raise StateSealed(
                f'{_first(where)} cannot be sealed: this run has no vault secret{named}.',
                help_text=f"{_PASSWORD} The option 'encrypt' of the storage asks for it.",
            )
        return chosen[0]


def _first(where: str) -> str:
    """The same at the beginning of a sentence."""
    return where[:1].upper() + where[1:]
