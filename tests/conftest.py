# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the checkout importable as the collection `osa.inventory`, for Python and for Ansible's plugin loader.

Every pip that tests start is held to the lock.
"""

from __future__ import annotations

import os
import pathlib
import sys
import tempfile

import hypothesis
from ansible.plugins.loader import init_plugin_loader

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]

_TREE = tempfile.TemporaryDirectory(prefix='osa-inventory-')
_LINK = pathlib.Path(_TREE.name, 'ansible_collections', 'osa', 'inventory')
_LINK.parent.mkdir(parents=True)
_LINK.symlink_to(CHECKOUT, target_is_directory=True)
sys.path.insert(0, _TREE.name)
init_plugin_loader([_TREE.name])

# What scripts/common.sh wrote into the environment. Each pip that a test or a command of a page starts keeps to it. It
# is named by the address of a file, as pip would split a path at blanks.
CONSTRAINTS = pathlib.Path(sys.prefix, 'constraints.txt')
if CONSTRAINTS.exists():
    os.environ['PIP_CONSTRAINT'] = CONSTRAINTS.as_uri()

pytest_plugins = [
    'ansible_collections.osa.inventory.tests.servers.plugin',
    'ansible_collections.osa.inventory.tests.support.leaks',
    'ansible_collections.osa.inventory.plugins.plugin_utils.storage_kit.summary',
]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

hypothesis.settings.register_profile('default', max_examples=40, deadline=None, derandomize=True)
hypothesis.settings.register_profile('long', max_examples=5000, deadline=None)
hypothesis.settings.load_profile(os.environ.get('HYPOTHESIS_PROFILE', 'default'))
