# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the storage `swift`."""

from __future__ import annotations

import dataclasses

from ..lookup.declaration import Options, option


@dataclasses.dataclass(frozen=True, kw_only=True)
class SwiftOptions(Options):
    """Which container, how to log in, and how the object store is reached."""

    container: str = option(default='osa-inventory', description='the container')
    create: bool = option(default=False, description='make the container with the first write if it is missing')
    settle: float = option(default=2.0, description='seconds that a write waits before it looks whether it stands')
    cloud: str | None = option(description='an entry of clouds.yaml, or envvars for the variables OS_*')
    auth_url: str | None = option(description='address of the identity service')
    auth_version: str = option(
        choices=['1', '3'],
        default='3',
        description="3 for Keystone, 1 for Swift's own authentication",
    )
    username: str | None = option(description='who logs in')
    password: str | None = option(no_log=True, description='the password of the user')
    project_name: str | None = option(description='the project for which the user logs in')
    user_domain_name: str = option(default='Default', description='the domain of the user')
    project_domain_name: str = option(default='Default', description='the domain of the project')
    application_credential_id: str | None = option(
        description='an application credential, in place of user, password and project'
    )
    application_credential_secret: str | None = option(
        no_log=True, description='the secret of the application credential'
    )
    region_name: str | None = option(description='the region of the object store, by default the only one')
    interface: str = option(
        choices=['public', 'internal', 'admin'],
        default='public',
        description='which of the addresses of the object store is used',
    )
    storage_url: str | None = option(description='address of the object store, if the catalogue has a wrong one')
    tls_ca_file: str | None = option(
        type='path', description="certificate authority of both services, by default the machine's authorities"
    )
    tls_cert_file: str | None = option(type='path', description='a certificate of your own, if they ask for one')
    tls_key_file: str | None = option(type='path', description='the key of your own certificate')
