# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault proxy, which is part of the contract's test kit: third parties need it as much as these servers."""

from __future__ import annotations

from ...plugins.plugin_utils.storage_kit.proxy import FaultProxy

__all__ = ['FaultProxy']
