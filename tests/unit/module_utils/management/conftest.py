# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of three controllers, as the tests of the operators' transforms work on it."""

from __future__ import annotations

import json

import pytest
from support.deployments import CONFORMANCE


@pytest.fixture
def inventory():
    return json.loads((CONFORMANCE / '02-three-controllers' / 'expected.json').read_text(encoding='utf-8'))
