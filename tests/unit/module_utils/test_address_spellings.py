# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and networks: which spellings are taken, and what is made of them."""

from __future__ import annotations

import ipaddress

import hypothesis
import pytest
from ansible_collections.osa.inventory.plugins.module_utils.addresses import (
    Address,
    address_of,
    network_of,
    one_spelling,
    stored_address,
    text_of,
)
from hypothesis import strategies as st
from support import spellings

TABLE = spellings.table()
VERSIONS_AND_NUMBERS = st.one_of(
    st.tuples(st.just(4), st.integers(0, 2**32 - 1)),
    st.tuples(st.just(6), st.integers(0, 2**128 - 1) | st.integers(0, 2**34) | st.integers(0xFFFE << 32, 0xFFFF << 33)),
)
NEARLY_ADDRESSES = st.one_of(
    st.text('0123456789.', max_size=16),
    st.text('0123456789abcdefABCDEFg:.', max_size=40),
    st.from_regex(r'[0-9]{1,4}(\.[0-9]{1,4}){3}', fullmatch=True),
    st.from_regex(r'[0-9a-fA-F]{0,5}(:{1,2}[0-9a-fA-F]{0,5}){2,8}(:[0-9]{1,3}(\.[0-9]{1,3}){3})?', fullmatch=True),
)
NEARLY_PREFIXES = st.one_of(
    st.integers(-1, 140).map(str),
    st.from_regex(r'[0-9 +_-]{1,4}', fullmatch=True),
    st.integers(0, 32).map(lambda length: str(ipaddress.ip_network(f'0.0.0.0/{length}').netmask)),
    st.integers(0, 32).map(lambda length: str(ipaddress.ip_network(f'0.0.0.0/{length}').hostmask)),
    NEARLY_ADDRESSES,
)


@pytest.mark.parametrize('entry', TABLE, ids=lambda entry: ascii(entry['spelling']))
def test_each_spelling_is_read_as_it_always_was(entry):
    assert spellings.configured(entry['spelling']) == entry['configured']
    if isinstance(entry['spelling'], str):
        assert spellings.stored(entry['spelling']) == entry['stored']


@hypothesis.given(NEARLY_ADDRESSES)
def test_what_is_an_address_and_which_is_what_python_itself_says(text):
    try:
        wanted = ipaddress.ip_address(text)
    except ValueError:
        wanted = None
    assert address_of(text) == (wanted and (wanted.version, int(wanted)))


@hypothesis.given(VERSIONS_AND_NUMBERS.map(lambda pair: text_of(*pair)) | NEARLY_ADDRESSES, NEARLY_PREFIXES)
def test_what_is_a_network_and_which_is_what_python_itself_says(address, prefix):
    text = f'{address}/{prefix}'
    try:
        wanted = ipaddress.ip_network(text, strict=False)
    except ValueError:
        assert network_of(text) is None
    else:
        network = network_of(text)
        assert (network.first, network.last) == (int(wanted.network_address), int(wanted.broadcast_address))
        assert (network.version, str(network.netmask)) == (wanted.version, str(wanted.netmask))


@hypothesis.given(VERSIONS_AND_NUMBERS)
def test_an_address_that_is_written_is_read_again(pair):
    assert address_of(text_of(*pair)) == address_of(str(Address(*pair))) == pair


@hypothesis.given(VERSIONS_AND_NUMBERS)
def test_all_spellings_of_an_address_have_one(pair):
    address = ipaddress.ip_address(text_of(*pair))
    spelt = {str(address), address.exploded, address.exploded.upper(), text_of(*pair)}
    assert {one_spelling(text) for text in spelt} == {str(Address(*pair))}


@pytest.mark.parametrize('value', [None, True, 0, 167772161, 1.5, ['10.0.0.1'], {'a': 1}, b'10.0.0.1'])
def test_what_is_not_text_is_not_an_address(value):
    assert address_of(value) is None
    assert stored_address(value) is None


def test_only_stored_ipv6_addresses_may_have_a_scope():
    assert stored_address('fe80::1%eth0') == address_of('fe80::1')
    assert one_spelling('FE80::0:1%eth0') == 'fe80::1%eth0'
    assert [stored_address(text) for text in ('10.0.0.1%eth0', 'fe80::1%', 'fe80::1%a%b', 'fe80::1%a/64')] == [None] * 4
