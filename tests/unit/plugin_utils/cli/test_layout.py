# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables as text."""

from __future__ import annotations

import pytest
from ansible_collections.osa.inventory.plugins.plugin_utils.cli.layout import Layout, text_of
from hypothesis import given
from hypothesis import strategies as st

HEADERS = ('name', 'address', 'component', 'groups')
ROWS = [
    ['infra1-neutron-ovn-northd-container-4aea65b4', '172.29.237.192', 'neutron_ovn_northd', ['all_containers', 'x']],
    ['compute1', None, 'nova_compute', [f'group_{number}' for number in range(9)]],
]


def lines(width: int | None) -> list[str]:
    layout = Layout(HEADERS, ROWS, width)
    return [*layout.header(), *layout.body()]


def test_without_a_width_each_row_is_one_line_with_aligned_columns() -> None:
    header, first, second = lines(None)
    assert [line.index(word) for line, word in ((header, 'address'), (first, '172'), (second, '-'))] == [46, 46, 46]
    assert second.endswith('group_7, group_8')


def test_lists_are_broken_between_items_first() -> None:
    shown = lines(110)
    assert shown[0].split() == list(HEADERS)
    assert max(map(len, shown)) <= 110
    assert any(line.startswith(' ' * 80) and 'group_8' in line for line in shown)


def test_columns_that_do_not_fit_stand_below_indented_and_names_stay_whole() -> None:
    shown = lines(60)
    assert shown[:2] == ['name                                          address', '    component           groups']
    assert shown[2] == 'infra1-neutron-ovn-northd-container-4aea65b4  172.29.237.192'
    assert shown[3] == '    neutron_ovn_northd  all_containers, x'
    assert max(map(len, shown)) <= 60


@given(
    st.lists(st.lists(st.text('ab -', max_size=30), min_size=3, max_size=3), max_size=5),
    st.integers(min_value=1, max_value=80),
)
def test_no_word_is_lost_or_broken_at_any_width(rows: list[list[str]], width: int) -> None:
    layout = Layout(('one', 'two', 'three'), rows, width)
    shown = ' '.join(layout.body()).split()
    assert sorted(shown) == sorted(word for row in rows for cell in row for word in text_of(cell).split())


@given(st.lists(st.tuples(st.integers(), st.text('ab', min_size=1, max_size=9)), min_size=1, max_size=5))
def test_a_table_that_fits_is_not_broken(rows: list[tuple[int, str]]) -> None:
    assert len(list(Layout(('number', 'name'), list(rows), 80).body())) == len(rows)


def test_numbers_stand_at_the_right() -> None:
    assert list(Layout(('size', 'name'), [[7, 'a'], [1022, 'b']], 80).body()) == ['   7  a', '1022  b']


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        (None, '-'),
        ('', '-'),
        ([], '-'),
        (True, 'true'),
        (3, '3'),
        (['a', 'b'], 'a, b'),
        ('naïve', 'naïve'),
        ('\033[31mred', '\\x1b[31mred'),
        ('a\nb', 'a\\nb'),
        ('\u202eevil', '\\u202eevil'),
    ],
)
def test_a_cell_shows_what_is_missing_and_never_steers_the_terminal(value: object, text: str) -> None:
    assert text_of(value) == text
