#!/usr/bin/env bash
# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# pytest-xdist 3.8.0 with pytest 9.2.0: `--dist loadgroup` does not keep tests with one `xdist_group` together.
#
# One would guess: tests marked `@pytest.mark.xdist_group('x')` run on one worker, as the manual says, or an error says
# that the two releases do not fit.
# What happens: with pytest 9.1.1 they do, and their names end in `@x`. With pytest 9.2.0 nothing is appended to the
# names, the tests are spread over all workers, and there is no warning. A session fixture that starts a server is then
# started once per worker: tests stay green and become slow, or fail where a server cannot run twice.
# In the product: the lock of the tests holds pytest below 9.2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"

cat >"$work/test_groups.py" <<'END'
import pytest


@pytest.mark.xdist_group('one-server')
@pytest.mark.parametrize('number', range(12))
def test_it(number):
    pass
END

workers() { # PYTEST_VERSION: how many of three workers the twelve tests of one group ran on
  "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "pytest==$1" pytest-xdist==3.8.0
  "$work/venv/bin/python" -m pytest -n 3 --dist loadgroup -v "$work/test_groups.py" >"$work/$1.log"
  grep PASSED "$work/$1.log" | head -n 3 >&2
  grep -o '^\[gw[0-9]*\]' "$work/$1.log" | sort -u | wc -l
}

before=$(workers 9.1.1)
after=$(workers 9.2.0)
echo "pytest-xdist 3.8.0, 12 tests of one group, 3 workers: pytest 9.1.1 uses $before, pytest 9.2.0 uses $after"
[ "$before" = 1 ] && [ "$after" -gt 1 ]
