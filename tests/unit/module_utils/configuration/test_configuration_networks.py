# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of networks: one sound description, and what each mistake in it is told as."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.configuration.model import AddressRange
from support.descriptions import NETWORKS, OVERRIDES, SOUND, TUNNEL

NETWORK_MISTAKES = {
    OVERRIDES: ["user:1:1 'cidr_networks' is missing: containers need networks to get addresses from."],
    'cidr_networks: \n' + OVERRIDES: ["user:1:15 'cidr_networks' is empty."],
    'cidr_networks: {}\n' + OVERRIDES: ["user:1:16 'cidr_networks' is empty."],
    'cidr_networks: [x]\n' + OVERRIDES: ["user:1:16 Value 'cidr_networks' is a list instead of a mapping."],
    'cidr_networks: {management: x}\n' + OVERRIDES: [
        "user:1:29 Value 'cidr_networks.management' is 'x' instead of a network."
    ],
    'cidr_networks: {management: 10.0.0.0/33}\n' + OVERRIDES: [
        "user:1:29 Value 'cidr_networks.management' is '10.0.0.0/33' instead of a network."
    ],
    'cidr_networks: {management: 10.0.0.0}\n' + OVERRIDES: [
        "user:1:29 Value 'cidr_networks.management' is '10.0.0.0', which has no prefix length."
    ],
    'cidr_networks: {management: }\n' + OVERRIDES: ["user:1:29 Value 'cidr_networks.management' is empty."],
    'cidr_networks: {management: [10.0.0.0/22]}\n' + OVERRIDES: [
        "user:1:29 Value 'cidr_networks.management' is a list instead of a network."
    ],
    'cidr_networks: {management: "{{ x }}"}\n' + OVERRIDES: [
        "user:1:29 Value 'cidr_networks.management' is a template instead of a network."
    ],
    'cidr_networks: {management: 10.0.0.0/22, 5: 10.0.4.0/22}\n' + OVERRIDES: [
        "user:1:42 A network of 'cidr_networks' has the name 5 (a whole number) instead of text."
    ],
    SOUND + 'used_ips: 10.0.0.1\n': ["user:6:11 Value 'used_ips' is the text '10.0.0.1' instead of a list."],
    SOUND + 'used_ips: {a: b}\n': ["user:6:11 Value 'used_ips' is a mapping instead of a list."],
    SOUND + 'used_ips: [10.0.0.1, 5]\n': [
        "user:6:22 Value 'used_ips[1]' is 5 (a whole number) instead of an address or a range as text."
    ],
    SOUND + 'used_ips: [~]\n': ["user:6:12 Value 'used_ips[0]' is null instead of an address or a range as text."],
    SOUND + 'used_ips: [x]\n': ["user:6:12 Value 'used_ips[0]' contains 'x', which is not an IP address."],
    SOUND + 'used_ips: ["10.0.0.1,x"]\n': ["user:6:12 Value 'used_ips[0]' contains 'x', which is not an IP address."],
    SOUND + 'used_ips: ["10.0.0.5,10.0.0.1"]\n': [
        "user:6:12 Value 'used_ips[0]' is '10.0.0.5,10.0.0.1': 10.0.0.5 is after 10.0.0.1."
    ],
    SOUND + 'used_ips: ["10.0.0.5,fd00::1"]\n': [
        "user:6:12 Value 'used_ips[0]' is '10.0.0.5,fd00::1', a range from IPv4 to IPv6."
    ],
    SOUND + 'used_ips: ["10.0.0.1,10.0.0.2,10.0.0.3"]\n': [
        "user:6:12 Value 'used_ips[0]' is '10.0.0.1,10.0.0.2,10.0.0.3', which has 3 parts instead of one or two."
    ],
    SOUND + 'used_ips: [10.0.0.0/33]\n': [
        "user:6:12 Value 'used_ips[0]' contains '10.0.0.0/33', which is not an IP address."
    ],
    NETWORKS: [
        "user:1:1 'global_overrides' is missing: it has the provider networks that containers are connected to."
    ],
    NETWORKS + 'global_overrides: \n': ["user:2:18 'global_overrides' is empty."],
    NETWORKS + 'global_overrides: {}\n': ["user:2:19 'global_overrides' is empty."],
    NETWORKS + 'global_overrides: [x]\n': ["user:2:19 Value 'global_overrides' is a list instead of a mapping."],
    NETWORKS + 'global_overrides: {x: 1}\n': [
        "user:2:19 'provider_networks' is missing in 'global_overrides': "
        'it has the networks that containers are connected to.'
    ],
    NETWORKS + 'global_overrides: {provider_networks: }\n': [
        "user:2:39 Value 'global_overrides.provider_networks' is empty."
    ],
    NETWORKS + 'global_overrides: {provider_networks: {network: {}}}\n': [
        "user:2:39 Value 'global_overrides.provider_networks' is a mapping instead of a list."
    ],
    NETWORKS + 'global_overrides: {provider_networks: [], no_containers: "no"}\n': [
        "user:2:58 Value 'global_overrides.no_containers' is the text 'no' instead of true or false."
    ],
    NETWORKS + 'global_overrides: {provider_networks: [], x: {y: [.inf]}}\n': [
        "user:2:51 Value 'global_overrides.x.y[0]' is inf, which JSON cannot hold."
    ],
    'cidr_networks: {tunnel: 10.0.4.0/22}\nglobal_overrides: {provider_networks: []}\n': [
        "user:1:1 There is no management network, neither in 'cidr_networks' nor marked among the provider networks."
    ],
    'cidr_networks: {tunnel: 10.0.4.0/22}\nglobal_overrides: {provider_networks: }\n': [
        "user:2:39 Value 'global_overrides.provider_networks' is empty."
    ],
    'cidr_networks: {tunnel: x}\nglobal_overrides: {provider_networks: []}\n': [
        "user:1:25 Value 'cidr_networks.tunnel' is 'x' instead of a network."
    ],
}


@pytest.mark.parametrize('text', NETWORK_MISTAKES)
def test_mistakes_in_networks_and_overrides(description: t.Any, text: str) -> None:
    assert description.errors(text) == NETWORK_MISTAKES[text]


PROVIDER_MISTAKES = {
    SOUND + '    -\n': ["user:6:6 Value 'provider_networks[1]' is empty."],
    SOUND + '    - x\n': ["user:6:7 Value 'provider_networks[1]' is 'x' instead of a mapping with the key 'network'."],
    SOUND + '    - {ip_from_q: tunnel}\n': ["user:6:7 Value 'provider_networks[1]' has no key 'network'."],
    SOUND + '    - network:\n': ["user:6:7 Value 'provider_networks[1].network' is empty."],
    SOUND + '    - network: [x]\n': ["user:6:7 Value 'provider_networks[1].network' is a list instead of a mapping."],
    SOUND + '    - network: {ip_from_q: x}\n': [
        "user:6:28 Value 'provider_networks[1].ip_from_q' is 'x', which is not in 'cidr_networks'."
    ],
    SOUND + '    - network: {ip_from_q: 5}\n': [
        "user:6:28 Value 'provider_networks[1].ip_from_q' is 5 (a whole number) instead of text."
    ],
    TUNNEL + '        group_binds: keystone\n': [
        "user:8:22 Value 'provider_networks[1].group_binds' is the text 'keystone' instead of a list."
    ],
    TUNNEL + '        group_binds: [keystone, 5]\n': [
        "user:8:33 Value 'provider_networks[1].group_binds[1]' is 5 (a whole number) instead of text."
    ],
    TUNNEL + '        group_binds: [~]\n': [
        "user:8:23 Value 'provider_networks[1].group_binds[0]' is null instead of text."
    ],
    TUNNEL + '        reference_group: [x]\n': [
        "user:8:26 Value 'provider_networks[1].reference_group' is a list instead of text."
    ],
    TUNNEL + '        address_prefix: "{{ x }}"\n': [
        "user:8:25 Value 'provider_networks[1].address_prefix' is a template instead of text."
    ],
    TUNNEL + '        container_interface: 5\n': [
        "user:8:30 Value 'provider_networks[1].container_interface' is 5 (a whole number) instead of text."
    ],
    TUNNEL + '        container_mtu: [9000]\n': [
        "user:8:24 Value 'provider_networks[1].container_mtu' is a list instead of a whole number."
    ],
    TUNNEL + '        is_management_address: "yes"\n': [
        "user:8:32 Value 'provider_networks[1].is_management_address' is the text 'yes' instead of true or false."
    ],
    TUNNEL + '        gateway: x\n': [
        "user:8:18 Value 'provider_networks[1].gateway' is 'x' instead of an IP address."
    ],
    TUNNEL + '        static_routes: {cidr: 10.0.0.0/8}\n': [
        "user:8:24 Value 'provider_networks[1].static_routes' is a mapping instead of a list."
    ],
    TUNNEL + '        static_routes: [~, x]\n': [
        "user:8:25 Value 'provider_networks[1].static_routes[0]' is empty.",
        "user:8:28 Value 'provider_networks[1].static_routes[1]' is 'x' instead of a mapping.",
    ],
    TUNNEL + '        static_routes: [{cidr: 10.0.0.0/8}, {gateway: 10.0.4.1}]\n': [
        "user:8:25 Value 'provider_networks[1].static_routes[0]' has no 'gateway'.",
        "user:8:45 Value 'provider_networks[1].static_routes[1]' has no 'cidr'.",
    ],
    TUNNEL + '        static_routes: [{cidr: x, gateway: y}]\n': [
        "user:8:32 Value 'provider_networks[1].static_routes[0].cidr' is 'x' instead of a network.",
        "user:8:44 Value 'provider_networks[1].static_routes[0].gateway' is 'y' instead of an IP address.",
    ],
    TUNNEL + '        container_bridge: br-mgmt\n  management_bridge: br-mgmt\n': [
        "user:8:27 Value 'provider_networks[1]' is on the management bridge 'br-mgmt' and is not a management network."
    ],
    TUNNEL + '        container_bridge: br-mgmt\n        is_container_address: false\n  management_bridge: br-mgmt\n': [
        "user:9:31 Value 'provider_networks[1]' is on the management bridge 'br-mgmt' and is not a management network."
    ],
    'cidr_networks: {management: x}\n' + OVERRIDES + '    - network: {ip_from_q: management}\n': [
        "user:1:29 Value 'cidr_networks.management' is 'x' instead of a network."
    ],
}


@pytest.mark.parametrize('text', PROVIDER_MISTAKES)
def test_mistakes_in_provider_networks(description: t.Any, text: str) -> None:
    assert description.errors(text) == PROVIDER_MISTAKES[text]


NETWORK_WARNINGS = {
    'cidr_networks: {management: 10.0.1.0/22}\n' + OVERRIDES: [
        "user:1:29 Value 'cidr_networks.management' is '10.0.1.0/22', an address inside of the network 10.0.0.0/22; "
        'that is taken to be meant.'
    ],
    'cidr_networks: {a: 10.0.0.0/16, management: 10.0.0.0/22, b: 10.0.8.0/22, c: "fd00::/64"}\n' + OVERRIDES: [
        "user:1:45 Network 'cidr_networks.management' (10.0.0.0/22) overlaps 'a' (10.0.0.0/16).",
        "user:1:61 Network 'cidr_networks.b' (10.0.8.0/22) overlaps 'a' (10.0.0.0/16).",
    ],
    SOUND + 'used_ips: [10.0.0.1/24]\n': [
        "user:6:12 Value 'used_ips[0]' is '10.0.0.1/24', an address inside of the network 10.0.0.0/24; "
        'that is taken to be meant.'
    ],
    NETWORKS
    + 'global_overrides: {no_containers: true, provider_networks: [{network: {ip_from_q: x, group_binds: []}}]}\n': [
        "user:2:83 Value 'provider_networks[0].ip_from_q' is 'x', which is not in 'cidr_networks'."
    ],
}


@pytest.mark.parametrize('text', NETWORK_WARNINGS)
def test_warnings_about_networks(description: t.Any, text: str) -> None:
    assert description.warnings(text) == NETWORK_WARNINGS[text]


def test_a_gateway_and_routes_may_be_templates(description: t.Any) -> None:
    routes = '        static_routes: [{cidr: "{{ x }}", gateway: "{{ y }}", metric: 5}]\n        gateway: "{{ z }}"\n'
    network = description.load(TUNNEL + routes).configuration.provider_networks[1]
    assert network.gateway == '{{ z }}'
    assert network.static_routes == [{'cidr': '{{ x }}', 'gateway': '{{ y }}', 'metric': 5}]


@pytest.mark.parametrize('overrides', ['{no_containers: true}', '{no_containers: true, provider_networks: }'])
def test_without_containers_no_provider_networks_are_needed(description: t.Any, overrides: str) -> None:
    configuration = description.load(NETWORKS + f'global_overrides: {overrides}\n').configuration
    assert configuration.no_containers is True
    assert configuration.provider_networks == ()


def test_without_containers_an_unknown_pool_still_names_the_entry(description: t.Any) -> None:
    networks = '[{network: {ip_from_q: x, group_binds: []}}]'
    text = NETWORKS + f'global_overrides: {{no_containers: true, provider_networks: {networks}}}\n'
    (network,) = description.load(text).configuration.provider_networks
    assert (network.network, network.address_prefix) == (None, 'x')


@pytest.mark.parametrize(
    ('names', 'flag', 'expected'),
    [
        (('container', 'management'), 'type: raw', '10.1.0.0/22'),
        (('a', 'management'), 'type: raw', '10.2.0.0/22'),
        (('a', 'b'), 'is_management_address: true', ['10.1.0.0/22']),
        (('a', 'b'), 'is_container_address: true', ['10.1.0.0/22']),
        (('a', 'b'), 'address_prefix: container', ['10.1.0.0/22']),
        (('a', 'b'), 'address_prefix: management', ['10.1.0.0/22']),
    ],
)
def test_the_container_cidr_is_that_of_container_or_management_or_of_all_marked_networks(
    description: t.Any, names: tuple[str, str], flag: str, expected: t.Any
) -> None:
    first, second = names
    text = (
        f'cidr_networks: {{{first}: 10.1.0.0/22, {second}: 10.2.0.0/22}}\n'
        'global_overrides:\n'
        '  provider_networks:\n'
        f'    - network: {{ip_from_q: {second}, type: raw}}\n'
        f'    - network: {{ip_from_q: {first}, {flag}}}\n'
    )
    assert description.load(text).configuration.container_cidr == expected


@pytest.mark.parametrize(
    ('flags', 'expected'),
    [
        ('is_management_address: true', True),
        ('is_management_address: false, is_container_address: true', False),
        ('is_management_address: , is_container_address: true', False),
        ('is_container_address: true', True),
        ('type: raw', False),
    ],
)
def test_the_older_flag_counts_where_the_current_one_is_not_given_at_all(
    description: t.Any, flags: str, expected: bool
) -> None:
    text = SOUND + f'    - network: {{ip_from_q: tunnel, {flags}}}\n'
    assert description.load(text).configuration.provider_networks[1].is_management is expected


def test_everything_that_must_not_be_given_out_is_reserved(description: t.Any) -> None:
    routes = '[{cidr: 10.9.0.0/16, gateway: 10.0.0.6}]'
    text = SOUND.replace('{ip_from_q', f'{{gateway: 10.0.0.5, static_routes: {routes}, ip_from_q')
    text += '  internal_lb_vip_address: 10.0.0.7\n  external_lb_vip_address: cloud.example.org\n'
    text += 'used_ips: [10.0.0.1, "10.0.0.2, 10.0.0.3", 10.0.1.1-10.0.1.9, 10.0.2.0/30, "fd00::1,fd00::f"]\n'
    text += 'identity_hosts: {a: {ip: 10.0.0.8, management_ip: 10.0.0.9}}\nimage_hosts: {a: {ip: 10.0.0.8}}\n'
    base = 10 << 24
    six = 0xFD << 120
    assert sorted(description.load(text).configuration.reserved, key=lambda each: (each.version, each.first)) == [
        AddressRange(4, base + 1, base + 1),
        AddressRange(4, base + 2, base + 3),
        *(AddressRange(4, base + number, base + number) for number in range(5, 10)),
        AddressRange(4, base + 256 + 1, base + 256 + 9),
        AddressRange(4, base + 512, base + 512 + 3),
        AddressRange(6, six + 1, six + 15),
    ]
