# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything about one state in one archive; the same state gives the same archive to the byte."""

from __future__ import annotations

import collections.abc
import gzip
import hashlib
import io
import tarfile
import typing as t
import zipfile

from ..errors import InventoryError
from ..storage.contract import Meta, State
from ..storage.formats import json_text
from . import listing
from .static_export import Files

SUFFIXES = ('.tgz', '.tar.gz', '.zip')
DIGESTS = 'SHA256SUMS'

_MODE = 0o600
_EPOCH = 315532800
"""1980-01-01, in seconds since 1970: the earliest time that a zip archive can hold."""
_EPOCH_DATE = (1980, 1, 1, 0, 0, 0)


def bundle_files(state: State, history: collections.abc.Sequence[Meta], static: Files) -> Files:
    """What a bundle holds, in the order of the names, with their digests in the form of `sha256sum`.

    history: accounts of the kept states, newest first. static: as `static_files` gives it.
    Vaulted text stays sealed, and nothing of the inventory source and its options is in it.
    """
    files = {
        'inventory.json': _json(state.inventory),
        'hosts.json': _json(listing.export_hosts(state.inventory)),
        'state.json': _json(state.meta.as_dict()),
        'history.json': _json([meta.as_dict() for meta in history]),
        **{f'static/{path}': content for path, content in static.items()},
    }
    if state.source is not None:
        files['input.json'] = _json(state.source)
    digests = (f'{hashlib.sha256(files[path]).hexdigest()}  {path}\n' for path in sorted(files))
    files[DIGESTS] = ''.join(digests).encode('utf-8')
    return dict(sorted(files.items()))


def _json(value: t.Any) -> bytes:
    return json_text.dump(value).encode('ascii')


def pack(files: Files, name: str) -> bytes:
    """The bytes of an archive of these files below one directory.

    name: of the archive; its end says what kind it is, the rest becomes the directory.
    Raises InventoryError for another end.
    """
    suffix = next((suffix for suffix in SUFFIXES if name.endswith(suffix)), None)
    if suffix is None or name == suffix:
        raise InventoryError(
            f"The name of the bundle is '{name}', which does not say what kind of archive it is to be.",
            help_text=f'Let it end in {", ".join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.',
        )
    directory = name.removesuffix(suffix)
    return _zip(files, directory) if suffix == '.zip' else _tgz(files, directory)


def _tgz(files: Files, directory: str) -> bytes:
    archive = io.BytesIO()
    # The name and the time in the head of gzip's format would differ from run to run.
    with (
        gzip.GzipFile(filename='', mode='wb', fileobj=archive, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode='w', format=tarfile.PAX_FORMAT) as tar,
    ):
        for path, content in files.items():
            info = tarfile.TarInfo(f'{directory}/{path}')
            info.size, info.mode, info.mtime = len(content), _MODE, _EPOCH
            tar.addfile(info, io.BytesIO(content))
    return archive.getvalue()


def _zip(files: Files, directory: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, 'w') as zipped:
        for path, content in files.items():
            info = zipfile.ZipInfo(f'{directory}/{path}', _EPOCH_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            # As on Unix, whatever machine this is.
            info.create_system = 3
            info.external_attr = (0o100000 | _MODE) << 16
            zipped.writestr(info, content)
    return archive.getvalue()
