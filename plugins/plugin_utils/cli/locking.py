# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`lock` and `unlock`: keeping others from changing the inventory for a while."""

from __future__ import annotations

import argparse

from ...module_utils.storage.contract import LockInfo
from .command import PROGRAM, Command
from .exit_codes import DONE
from .session import Session


def _lock_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        'reason', nargs='?', default=f'{PROGRAM} lock', metavar='REASON', help='what the others are told'
    )
    parser.add_argument('--timeout', type=float, default=0.0, metavar='SECONDS', help='how long to wait for it')
    parser.add_argument('--show', action='store_true', help='only show who holds it')


def lock(session: Session, options: argparse.Namespace) -> int:
    """Take the lock, or show who holds it."""
    if options.show:
        holder = session.manager.holder()
        session.console.line(_held(holder) if holder else 'Nobody holds the lock.')
        return DONE
    info = session.manager.lock(options.reason, options.timeout)
    session.console.bold(f'The inventory is locked, with the id {info.id}.')
    session.console.line(f'Change it with --lock-id {info.id}, and release it with: {PROGRAM} unlock')
    return DONE


def _unlock_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('id', nargs='?', metavar='ID', help="of a lock that is not your own; its holder's error has it")


def unlock(session: Session, options: argparse.Namespace) -> int:
    """Release one's own lock, or break another's by its id."""
    released = session.manager.unlock(options.id)
    session.console.bold(f'Released: {_held(released)}' if released else 'Nobody holds the lock.')
    return DONE


def _held(holder: LockInfo) -> str:
    return f"{holder.owner} on {holder.host} since {holder.since}, for '{holder.command}', id {holder.id}"


COMMANDS = (
    Command(
        'lock',
        'keep others from changing the inventory; reading and unchanged runs go on',
        (
            ("lock 'moving to another database'", 'until you release it'),
            ('lock --show', 'who holds it'),
        ),
        lock,
        _lock_arguments,
    ),
    Command(
        'unlock',
        'release the lock',
        (
            ('unlock', 'your own'),
            ('unlock 6f2d0a0e-93d5-4a3e-a2a7-0a4f6f0f7c11', 'that of somebody who is gone'),
        ),
        unlock,
        _unlock_arguments,
    ),
)
