# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the command `osa-inventory`: from the shell starter in `scripts`, or as an entry point of pip.

A program that is started as part of `ansible_collections` has imported that as a plain package, in which Ansible does
not find the collection's plugins. So nothing of the collection is imported here before Ansible's own finder is there.
"""

from __future__ import annotations

import importlib
import pathlib
import sys

_OLDEST_ANSIBLE = (2, 19)
_PACKAGE = 'ansible_collections'


def main() -> int:
    """Run the command with the arguments of the process; returns the exit code."""
    try:
        return _start()
    except KeyboardInterrupt:
        return 130


def _start() -> int:
    _require_ansible()
    try:
        from ansible.cli import CLI as _checked  # noqa: F401  Ansible's start-up checks come first.
    except SystemExit as left:
        # Ansible has said what is wrong; its codes, such as 5 for a broken ansible.cfg, mean something else here.
        raise SystemExit(1 if isinstance(left.code, int) else left.code) from None
    from ansible.plugins.loader import init_plugin_loader

    root = _root()
    for name in [name for name in sys.modules if name.partition('.')[0] == _PACKAGE]:
        del sys.modules[name]
    # Our own copy comes first, also where its path is not configured.
    init_plugin_loader([str(root)])
    # By its full name, as Ansible's finder knows it: a relative import would be of the plain package again.
    command = importlib.import_module('ansible_collections.osa.inventory.plugins.plugin_utils.cli.main')
    code: int = command.main()
    return code


def _root() -> pathlib.Path:
    """The directory that holds `ansible_collections`; links are not followed, as a checkout may be linked to there."""
    parents = pathlib.Path(__file__).absolute().parents
    if len(parents) < 7 or parents[5].name != _PACKAGE:
        raise SystemExit(
            f'[ERROR]: osa-inventory was started from {parents[3]}, which is not an installed collection.\n\n'
            'Start it where ansible-galaxy installed the collection: ansible_collections/osa/inventory/scripts.'
        )
    return parents[6]


def _require_ansible() -> None:
    """Leave with a message where this Python has no ansible-core that is new enough."""
    try:
        from ansible.release import __version__ as version
    except ImportError:
        raise SystemExit(
            f'[ERROR]: osa-inventory needs ansible-core, which {sys.executable} does not have.\n\n'
            'Put the directory of ansible-inventory first in PATH, or install ansible-core into that Python.'
        ) from None
    if tuple(int(part) for part in version.split('.')[:2]) < _OLDEST_ANSIBLE:
        raise SystemExit(f'[ERROR]: osa-inventory needs ansible-core 2.19 or newer; {sys.executable} has {version}.')


if __name__ == '__main__':
    # Nothing is to be imported from the directory of this file.
    sys.path.pop(0)
    sys.exit(main())
