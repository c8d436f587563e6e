# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real `ansible-inventory`, loaded once and forked for each run: the same program without the time of its start.

A program of its own: each line of standard input is a run, as JSON list of arguments; each line of standard output its
JSON mapping with `code`, `out` and `err`. The environment is that of the first.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import typing as t


def serve() -> None:
    """Run what is asked for, until standard input ends."""
    # Loading these is what takes the time.
    import ansible.cli.inventory
    import ansible.inventory.manager
    import ansible.plugins.loader
    import ansible.template
    import ansible.vars.manager

    answers = os.fdopen(os.dup(sys.stdout.fileno()), 'w')
    for line in sys.stdin:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = os.fork()
            if child == 0:
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                _run(ansible.cli.inventory.main, json.loads(line))
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            print(json.dumps({'code': code, 'out': _text(out), 'err': _text(err)}), file=answers, flush=True)


def _run(main: t.Callable[[list[str]], None], arguments: list[str]) -> t.NoReturn:
    """As the interpreter ends a program: with the code it exits with, or a traceback."""
    code: t.Any = 1
    try:
        main(['ansible-inventory', *arguments])
    except SystemExit as stop:
        code = stop.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


def _text(file: t.IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode('utf-8', 'surrogateescape')


if __name__ == '__main__':
    serve()
