# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of messages: plurals, lists, near names."""

from __future__ import annotations

import subprocess
import sys

import pytest
from ansible_collections.osa.inventory.plugins.module_utils import words
from ansible_collections.osa.inventory.plugins.module_utils.words import (
    SHOWN,
    and_more,
    counted,
    did_you_mean,
    listed,
    near,
)


@pytest.mark.parametrize(
    ('count', 'noun', 'shown'),
    [
        (0, 'host', '0 hosts'),
        (1, 'host', '1 host'),
        (2, 'host', '2 hosts'),
        (1, 'address', '1 address'),
        (3, 'address', '3 addresses'),
        (2, 'altered group', '2 altered groups'),
    ],
)
def test_a_noun_agrees_with_its_number(count: int, noun: str, shown: str):
    assert counted(count, noun) == shown


@pytest.mark.parametrize(
    ('arguments', 'shown'),
    [((0,), ''), ((-1,), ''), ((2,), ' and 2 more'), ((1, 'variable'), ' and 1 more variable')],
)
def test_what_is_not_shown_is_counted(arguments, shown: str):
    assert and_more(*arguments) == shown


def test_a_list_is_whole_up_to_a_limit_and_counted_beyond():
    names = [str(number) for number in range(SHOWN + 2)]
    assert listed([]) == ''
    assert listed(names[:SHOWN]) == '0, 1, 2, 3, 4'
    assert listed(iter(names)) == '0, 1, 2, 3, 4 and 2 more'
    assert listed(names, '; ') == '0; 1; 2; 3; 4; and 2 more'
    assert listed(names[:-1], '; ', 'variable') == '0; 1; 2; 3; 4; and 1 more variable'


def test_the_nearest_name_is_found_in_upper_and_lower_case():
    known = ['compute_hosts', 'storage_hosts']
    assert near('compute_host', known) == 'compute_hosts'
    assert near('COMPUTE_HOSTS', iter(known)) == 'compute_hosts'
    assert near('zzz', known) is None
    assert did_you_mean('storage_host', known) == "Did you mean 'storage_hosts'?"
    assert did_you_mean('zzz', known) == ''


def test_how_much_names_must_be_alike_can_be_said():
    assert near('infra', ['infra10']) == 'infra10'
    assert near('infra', ['infra10'], like=0.9) is None


def test_a_common_ending_is_not_compared_unless_nothing_is_found_without_it():
    known = ['compute_hosts', 'storage_hosts']
    assert near('rage_hosts', known, ending='_hosts', like=0.7) == 'storage_hosts'
    assert near('storage', known, like=0.9, ending='_hosts') == 'storage_hosts'


def test_difflib_is_imported_by_mistakes_alone():
    code = "import runpy, sys; runpy.run_path(sys.argv[1]); sys.exit('difflib' in sys.modules)"
    subprocess.run([sys.executable, '-c', code, words.__file__], check=True)
