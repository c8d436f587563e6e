# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks run, and what they count is as it must be; what they time is not looked at."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
TIMED = 'load / file'


def test_a_small_run_measures_every_operation_and_meets_what_is_counted(tmp_path):
    figures = tmp_path / 'figures.json'
    options = {
        **{'--parts': 'storages,commands', '--storages': 'sqlite', '--sizes': '64,80', '--plugin-sizes': '51'},
        **{'--repeats': '1', '--json': figures},
    }
    done = subprocess.run(
        [
            *(sys.executable, CHECKOUT / 'tests' / 'benchmarks' / 'run.py'),
            *(word for option in options.items() for word in option),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(figures.read_text('utf-8'))
    counted = [target for target in found['targets'] if not target['what'].startswith(TIMED)]
    assert len(counted) == 3, found['targets']
    assert all(target['met'] for target in counted), counted
    measured = {(figure['storage'], figure['hosts'], figure['operation']) for figure in found['storages']}
    assert len(measured) == 2 * 2 * 4
    assert {figure['hosts'] for figure in found['commands']} == {51}
    assert len(found['commands']) == 11
