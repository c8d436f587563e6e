# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pools of addresses: what is given out, and at what cost."""

from __future__ import annotations

import ipaddress
import random

import hypothesis
import pytest
from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import AddressRange
from ansible_collections.osa.inventory.plugins.module_utils.errors import GenerationError
from ansible_collections.osa.inventory.plugins.module_utils.generator import addresses
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from hypothesis import strategies as st
from support.deployments import network


def pool_of(cidr, ranges=(), stored=(), choice=None):
    pools = addresses.Pools(
        {'net': network('net', cidr)}, ranges, lambda: stored, choice or Choice(rng=random.Random(1))
    )
    return pools['net']


def reserve(first, last=None):
    low, high = ipaddress.ip_address(first), ipaddress.ip_address(last or first)
    return AddressRange(low.version, int(low), int(high))


def test_every_address_but_network_and_broadcast_is_given_once_and_then_the_pool_is_exhausted():
    pool = pool_of('10.0.0.0/28')
    given = {pool.take(f'host{number}') for number in range(14)}
    assert given == {str(address) for address in ipaddress.ip_network('10.0.0.0/28').hosts()}
    with pytest.raises(
        GenerationError, match=r"Network 'net' \(10.0.0.0/28\) has no free address for 'late'.*0 left of"
    ):
        pool.take('late')


@pytest.mark.parametrize('cidr', ['10.0.0.0/31', '10.0.0.0/32', 'fd00::/127', 'fd00::1/128'])
def test_networks_without_room_for_hosts_are_exhausted_at_once(cidr):
    with pytest.raises(GenerationError):
        pool_of(cidr).take('a')


def test_stored_values_that_are_no_addresses_are_no_obstacle():
    pool = pool_of('10.0.0.0/30', stored=['10.0.0.1', 'br-mgmt', '1.2', None, 7, ['10.0.0.2'], '::x', '10.0.0.2/24'])
    assert pool.take('a') == '10.0.0.2'


@pytest.mark.parametrize('cidr', ['10.0.0.0/8', 'fd00::/64', '2001:db8::/32'])
@pytest.mark.parametrize('allocation', ['random', 'stable'])
def test_a_huge_network_costs_nothing_even_when_all_but_its_end_is_reserved(cidr, allocation):
    net = ipaddress.ip_network(cidr)
    most = AddressRange(net.version, int(net.network_address), int(net.broadcast_address) - 5)
    pool = pool_of(cidr, ranges=[most], choice=Choice(allocation=allocation, rng=random.Random(1)))
    assert pool.free() == 4
    given = {int(ipaddress.ip_address(pool.take(f'host{number}'))) for number in range(4)}
    assert given == {int(net.broadcast_address) - distance for distance in range(1, 5)}


def test_ipv6_addresses_are_written_in_the_usual_short_form():
    text = pool_of('fd00:0:0:1::/64').take('a')
    assert text == str(ipaddress.ip_address(text))


def test_overlapping_networks_share_what_is_taken():
    networks = {'wide': network('wide', '10.0.0.0/29'), 'narrow': network('narrow', '10.0.0.0/30')}
    pools = addresses.Pools(networks, (), lambda: (), Choice(rng=random.Random(1)))
    given = [pools['wide'].take(str(number)) for number in range(6)]
    assert len(set(given)) == 6
    with pytest.raises(GenerationError):
        pools['narrow'].take('a')


def test_stable_addresses_depend_on_seed_network_and_host_alone():
    def first(seed, host, taken=()):
        choice = Choice(allocation='stable', seed=seed)
        return pool_of('10.0.0.0/16', stored=taken, choice=choice).take(host)

    assert first('s', 'a') == first('s', 'a')
    assert len({first('s', 'a'), first('s', 'b'), first('t', 'a'), first('s', 'a', taken=[first('s', 'a')])}) == 4


def test_stored_values_are_not_looked_at_before_an_address_is_drawn():
    def never():
        raise AssertionError('looked at')

    pools = addresses.Pools({'net': network('net', '10.0.0.0/24')}, (), never, Choice())
    with pytest.raises(AssertionError, match='looked at'):
        pools['net']


ADDRESSES = st.integers(min_value=int(ipaddress.ip_address('10.0.0.0')) - 3, max_value=0x0A00003F + 3)


@hypothesis.given(
    ranges=st.lists(st.tuples(ADDRESSES, ADDRESSES).map(sorted), max_size=6),
    stored=st.lists(ADDRESSES, max_size=20),
    seed=st.integers(),
    allocation=st.sampled_from(['random', 'stable']),
)
def test_a_pool_gives_exactly_the_free_addresses(ranges, stored, seed, allocation):
    net = ipaddress.ip_network('10.0.0.0/26')
    expected = {
        int(address)
        for address in net.hosts()
        if int(address) not in stored and not any(first <= int(address) <= last for first, last in ranges)
    }
    pool = pool_of(
        str(net),
        ranges=[AddressRange(4, first, last) for first, last in ranges],
        stored=[str(ipaddress.ip_address(number)) for number in stored],
        choice=Choice(allocation=allocation, rng=random.Random(seed)),
    )
    assert pool.free() == len(expected)
    given = [int(ipaddress.ip_address(pool.take(f'h{number}'))) for number in range(len(expected))]
    assert sorted(given) == sorted(expected)
    with pytest.raises(GenerationError):
        pool.take('one more')
