# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page that says what was tried."""

from __future__ import annotations

from ansible_collections.osa.inventory.tests.support.tried import PAGE, render


def test_the_page_counts_what_the_tests_try() -> None:
    assert PAGE.read_text('utf-8') == render(), 'Run: python tests/support/tried.py, as described there'
