# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the storage `sql`."""

from __future__ import annotations

import dataclasses

from ..lookup.declaration import Options, option


@dataclasses.dataclass(frozen=True, kw_only=True)
class SQLOptions(Options):
    """Which database, and how it is reached."""

    url: str = option(
        required=True,
        no_log=True,
        description='address of the database, such as postgresql://USER:PASSWORD@HOST/DATABASE',
    )
    tls_ca_file: str | None = option(
        type='path', description='certificate authority of the server, which is then verified'
    )
    tls_cert_file: str | None = option(type='path', description='a certificate of your own, if the server asks for one')
    tls_key_file: str | None = option(type='path', description='the key of your own certificate')
