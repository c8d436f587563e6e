# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the storage `redis`."""

from __future__ import annotations

import dataclasses

from ..lookup.declaration import Options, option


@dataclasses.dataclass(frozen=True, kw_only=True)
class RedisOptions(Options):
    """Which server, as whom, and what it must confirm."""

    url: str = option(
        required=True, no_log=True, description='address of the server, such as rediss://HOST:PORT/DATABASE'
    )
    username: str | None = option(description='the ACL user, by default that in the URL')
    password: str | None = option(no_log=True, description='the password of the ACL user, by default that in the URL')
    sentinel_username: str | None = option(description='the user for the Sentinels, if they ask for one')
    sentinel_password: str | None = option(no_log=True, description='the password for the Sentinels')
    tls_ca_file: str | None = option(
        type='path', description="certificate authority of the server, by default the machine's authorities"
    )
    tls_cert_file: str | None = option(type='path', description='a certificate of your own, if the server asks for one')
    tls_key_file: str | None = option(type='path', description='the key of your own certificate')
    allow_volatile: bool = option(
        default=False,
        description='use a server that may lose states, or does not tell whether it does',
    )
    replicas: int = option(default=0, description='so many replicas must confirm a write')
