# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates for one test server, from an authority made for it alone."""

from __future__ import annotations

import dataclasses
import pathlib

from .process import Directory


@dataclasses.dataclass(frozen=True)
class Certificates:
    """Files in PEM.

    ca: the authority that clients are to trust. stranger: another one, which signed nothing here.
    certificate, key: the server's own, for `localhost` and 127.0.0.1.
    """

    ca: pathlib.Path
    stranger: pathlib.Path
    certificate: pathlib.Path
    key: pathlib.Path


def issue(directory: Directory) -> Certificates:
    """Make an authority and a server's certificate; the key is readable for the server's account only."""
    import trustme

    authority = trustme.CA()
    server = authority.issue_cert('localhost', '127.0.0.1')
    return Certificates(
        ca=directory.write('ca.pem', authority.cert_pem.bytes(), 0o644),
        stranger=directory.write('stranger-ca.pem', trustme.CA().cert_pem.bytes(), 0o644),
        certificate=directory.write('server.pem', b''.join(pem.bytes() for pem in server.cert_chain_pems), 0o644),
        key=directory.write('server.key', server.private_key_pem.bytes()),
    )
