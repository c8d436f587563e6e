# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alembic's environment: the program that runs it hands over a connection and the tables as the models have them."""

from __future__ import annotations

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes['connection'],
    target_metadata=attributes['metadata'],
    compare_type=True,
    # SQLite cannot alter most columns: later migrations are written as batches, which copy the table.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
