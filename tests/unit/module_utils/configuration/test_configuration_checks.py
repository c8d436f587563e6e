# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of groups of hosts: one sound description, and what each mistake in it is told as."""

from __future__ import annotations

import typing as t

import pytest
from ansible.vars.reserved import get_reserved_names
from ansible_collections.osa.inventory.plugins.module_utils.configuration.names import RESERVED_VARIABLES
from ansible_collections.osa.inventory.plugins.module_utils.generator.choice import Choice
from ansible_collections.osa.inventory.plugins.module_utils.generator.generate import generate
from support.descriptions import SOUND, hosts

HOST_MISTAKES = {
    'identity_hosts: [a]\n': ["user:6:17 Value 'identity_hosts' is a list instead of a mapping."],
    'identity_hosts: a\n': ["user:6:17 Value 'identity_hosts' is the text 'a' instead of a mapping."],
    'identity_hosts: {a: }\n': ["user:6:18 Host 'identity_hosts.a' has no settings: 'ip' is missing."],
    'identity_hosts: {a: {}}\n': ["user:6:18 Host 'identity_hosts.a' has no settings: 'ip' is missing."],
    'identity_hosts: {a: 10.0.0.1}\n': [
        "user:6:21 Value 'identity_hosts.a' is the text '10.0.0.1' instead of a mapping."
    ],
    'identity_hosts: {a: {management_ip: 10.0.0.1}}\n': [
        "user:6:18 Host 'identity_hosts.a' cannot be reached: 'ip' is missing."
    ],
    'identity_hosts: {a: {ip: }}\n': ["user:6:18 Host 'identity_hosts.a' cannot be reached: 'ip' is empty."],
    'identity_hosts: {a: {ip: x}}\n': ["user:6:26 Value 'identity_hosts.a.ip' is 'x' instead of an IP address."],
    'identity_hosts: {a: {ip: 10.0.0.256}}\n': [
        "user:6:26 Value 'identity_hosts.a.ip' is '10.0.0.256' instead of an IP address."
    ],
    'identity_hosts: {a: {ip: fe80::1%eth0}}\n': [
        "user:6:26 Value 'identity_hosts.a.ip' is 'fe80::1%eth0' instead of an IP address."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1/22}}\n': [
        "user:6:26 Value 'identity_hosts.a.ip' is '10.0.0.1/22', which has a prefix length."
    ],
    'identity_hosts: {a: {ip: 17}}\n': [
        "user:6:26 Value 'identity_hosts.a.ip' is 17 (a whole number) instead of an IP address."
    ],
    'identity_hosts: {a: {ip: [10.0.0.1]}}\n': [
        "user:6:26 Value 'identity_hosts.a.ip' is a list instead of an IP address."
    ],
    'identity_hosts: {a: {ip: "{{ x }}"}}\n': [
        "user:6:26 Value 'identity_hosts.a.ip' is a template instead of an IP address."
    ],
    'identity_hosts: {a: {ip: !vault $ANSIBLE_VAULT;1}}\n': [
        "user:6:26 Value 'identity_hosts.a.ip' is vaulted text instead of an IP address."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, management_ip: x}}\n': [
        "user:6:51 Value 'identity_hosts.a.management_ip' is 'x' instead of an IP address."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, no_containers: "no"}}\n': [
        "user:6:51 Value 'identity_hosts.a.no_containers' is the text 'no' instead of true or false."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, host_vars: [x]}}\n': [
        "user:6:47 Value 'identity_hosts.a.host_vars' is a list instead of a mapping."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, container_vars: x}}\n': [
        "user:6:52 Value 'identity_hosts.a.container_vars' is the text 'x' instead of a mapping."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, host_vars: {x: {y: .nan}}}}\n': [
        "user:6:55 Value 'identity_hosts.a.host_vars.x.y' is nan, which JSON cannot hold."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, container_vars: {x: {limit_container_types: [y]}}}}\n': [
        "user:6:80 Value 'identity_hosts.a.container_vars.x.limit_container_types' is a list instead of text."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, affinity: [x]}}\n': [
        "user:6:46 Value 'identity_hosts.a.affinity' is a list instead of a mapping."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, affinity: {keystone_container: "2"}}}\n': [
        "user:6:67 Value 'identity_hosts.a.affinity.keystone_container' is the text '2' "
        'instead of a whole number from 0 on.'
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, affinity: {keystone_container: -1}}}\n': [
        "user:6:67 Value 'identity_hosts.a.affinity.keystone_container' is -1 (a whole number) "
        'instead of a whole number from 0 on.'
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, affinity: {keystone_container: true}}}\n': [
        "user:6:67 Value 'identity_hosts.a.affinity.keystone_container' is true (a boolean) "
        'instead of a whole number from 0 on.'
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, affinity: {keystone_container: 1, keystone-container: 1}}}\n': [
        "user:6:90 Value 'identity_hosts.a.affinity.keystone-container' is given twice, "
        'with dashes and with underscores.'
    ],
    'identity_hosts: {no: {ip: 10.0.0.1}}\n': [
        "user:6:18 Group 'identity_hosts' has a host with the name false (a boolean) instead of text."
    ],
    'identity_hosts: {5: {ip: 10.0.0.1}}\n': [
        "user:6:18 Group 'identity_hosts' has a host with the name 5 (a whole number) instead of text."
    ],
    'identity_hosts: {~: {ip: 10.0.0.1}}\n': [
        "user:6:18 Group 'identity_hosts' has a host with the name null instead of text."
    ],
    'identity_hosts: {a b: {ip: 10.0.0.1}}\n': [
        "user:6:18 Host name 'a b' in 'identity_hosts' cannot be the name of a host."
    ],
    'identity_hosts: {"a\\nb": {ip: 10.0.0.1}}\n': [
        "user:6:18 Host name 'a\\nb' in 'identity_hosts' cannot be the name of a host."
    ],
    'identity_hosts: {"{{ x }}": {ip: 10.0.0.1}}\n': [
        "user:6:18 Host name '{{ x }}' in 'identity_hosts' cannot be the name of a host."
    ],
    'identity_hosts: {-a: {ip: 10.0.0.1}}\n': [
        "user:6:18 Host name '-a' in 'identity_hosts' cannot be the name of a host."
    ],
    'identity_hosts: {"": {ip: 10.0.0.1}}\n': [
        "user:6:18 Host name '' in 'identity_hosts' cannot be the name of a host."
    ],
    f'compute_hosts: {{{"h" * 64}: {{ip: 10.0.0.1}}}}\n': [
        f"user:6:17 Host name '{'h' * 64}' in 'compute_hosts' has 64 characters."
    ],
    f'identity_hosts: {{{"h" * 34}: {{ip: 10.0.0.1}}}}\n': [
        f"user:6:18 Host name '{'h' * 34}' and container group 'keystone_container' make a name of 53 characters; "
        '52 are possible.'
    ],
    'identity_hosts: {keystone: {ip: 10.0.0.1}}\n': [
        "user:6:18 Host 'keystone' in 'identity_hosts' has the name of a group."
    ],
    'identity_hosts: {identity_all: {ip: 10.0.0.1}}\n': [
        "user:6:18 Host 'identity_all' in 'identity_hosts' has the name of a group."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1}, a_host_containers: {ip: 10.0.0.2}}\n': [
        "user:6:37 Host 'a_host_containers' in 'identity_hosts' has the name of a group."
    ],
    'identity_hosts: {all: {ip: 10.0.0.1}, lxc_hosts: {ip: 10.0.0.2}}\n': [
        "user:6:18 Host 'all' in 'identity_hosts' has the name of a group.",
        "user:6:39 Host 'lxc_hosts' in 'identity_hosts' has the name of a group.",
    ],
    'x_hosts: {own_hosts: {ip: 10.0.0.1}}\nown_hosts: {a: {ip: 10.0.0.2}}\n': [
        "user:6:11 Host 'own_hosts' in 'x_hosts' has the name of a group."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1}}\nimage_hosts: {a: {ip: 10.0.0.2}}\n': [
        "user:7:23 Host 'a' has 10.0.0.1 in 'identity_hosts.a.ip' (user:6:26) and 10.0.0.2 in 'image_hosts.a.ip'."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1}}\nimage_hosts: {b: {ip: 10.0.0.1}}\n': [
        "user:7:23 Address 10.0.0.1 is given to two hosts: to 'a' as 'identity_hosts.a.ip' (user:6:26) "
        "and to 'b' as 'image_hosts.b.ip'."
    ],
    'identity_hosts: {a: {ip: "fd00::1"}, b: {ip: "fd00:0::1"}}\n': [
        "user:6:46 Address fd00:0::1 is given to two hosts: to 'a' as 'identity_hosts.a.ip' (user:6:26) "
        "and to 'b' as 'identity_hosts.b.ip'."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, management_ip: 10.0.0.2}, b: {ip: 10.0.0.2}}\n': [
        "user:6:70 Address 10.0.0.2 is given to two hosts: to 'a' as 'identity_hosts.a.management_ip' (user:6:51) "
        "and to 'b' as 'identity_hosts.b.ip'."
    ],
    'lxc_hosts: \n': ["user:6:1 Group 'lxc_hosts' is generated from the containers and cannot be configured."],
    'lxc-hosts: {a: {ip: 10.0.0.1}}\n': [
        "user:6:1 Group 'lxc_hosts' is generated from the containers and cannot be configured."
    ],
    'hosts: {a: {ip: 10.0.0.1}}\n': [
        "user:6:1 Group 'hosts' has child groups ('registration_hosts', 'metering_alarm_hosts', 'key_manager_hosts', "
        "'reservation_hosts', 'metering_compute_hosts' and 55 more), so it cannot have hosts of its own."
    ],
    'my hosts: {a: {ip: 10.0.0.1}}\n': ["user:6:1 'my hosts' cannot be the name of a group."],
    '"{{ x }}_hosts": {a: {ip: 10.0.0.1}}\n': ["user:6:1 '{{ x }}_hosts' cannot be the name of a group."],
    '7: {a: {ip: 10.0.0.1}}\n': ['user:6:1 The section name 7 (a whole number) is not text.'],
}


@pytest.mark.parametrize('text', HOST_MISTAKES)
def test_mistakes_in_groups_of_hosts(description: t.Any, text: str) -> None:
    assert description.errors(hosts(text)) == HOST_MISTAKES[text]


def test_a_mistake_below_an_alias_is_told_once(description: t.Any) -> None:
    text = 'identity_hosts: &x {a: {ip: x}, no: {ip: 10.0.0.1}, "b c": {ip: 10.0.0.2}}\nimage_hosts: *x\n'
    text += 'metrics_hosts: {<<: *x}\n'
    assert len(description.errors(hosts(text))) == 3


def test_one_wrong_address_of_a_host_is_one_mistake(description: t.Any) -> None:
    text = 'identity_hosts: {a: {ip: 10.0.0.1}, b: {ip: 10.0.0.2}}\nimage_hosts: {a: {ip: 10.0.0.2}}\n'
    assert len(description.errors(hosts(text))) == 1


def test_mistakes_of_all_files_are_told_together_in_the_order_of_files_and_lines(description: t.Any) -> None:
    files = {
        'openstack_user_config.yml': hosts('identity_hosts: {a: {ip: x}}\nused_ips: x\n'),
        'conf.d/a.yml': 'compute_hosts:\n  no: {ip: 10.0.0.1}\n  b: {ip: y}\n',
        'env.d/e.yml': 'component_skel: {x: }\n',
    }
    places = [line.partition(' ')[0] for line in description.errors(files)]
    assert places == ['user:6:26', 'user:7:11', 'conf.d/a:2:3', 'conf.d/a:3:11', 'env.d/e:1:18']


def test_unreadable_files_are_told_together(description: t.Any) -> None:
    files = {'openstack_user_config.yml': 'a: [\n', 'conf.d/a.yml': 'a: 1\na: 2\n', 'env.d/e.yml': '- x\n'}
    assert [line.partition(' ')[0] for line in description.errors(files)] == ['user:1:5', 'conf.d/a:2:1', 'env.d/e:1:1']


HOST_WARNINGS = {
    'identity_hosts: {a: {ip: 10.0.0.1}, A: {ip: 10.0.0.2}}\n': [
        "user:6:37 Host names 'a' and 'A' differ only by case."
    ],
    'identity_hosts: {localhost: {ip: 10.0.0.1}}\n': [
        "user:6:18 Host name 'localhost' is Ansible's name for the machine that it runs on itself."
    ],
    'compute_hots: {}\n': [
        "user:6:1 Section 'compute_hots' is not used: it is neither a general section nor a group of hosts."
    ],
    'log_hosts: \n': ["user:6:1 Group 'log_hosts' is not a group of the environment."],
    'keystone: {a: {ip: 10.0.0.1}}\n': [
        "user:6:1 Section 'keystone' is not used: it is neither a general section nor a group of hosts."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, rack: 1}}\n': [
        "user:6:36 Key 'identity_hosts.a.rack' is not known and not used."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, affinity: {kyestone_container: 1}}}\n': [
        "user:6:47 Value 'identity_hosts.a.affinity.kyestone_container' names no container group of the environment."
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, container_vars: {limit_container_types: x}}}\n': [
        "user:6:53 Value 'identity_hosts.a.container_vars.limit_container_types' limits nothing: "
        'it stands beside the variables instead of in one of them.'
    ],
    'identity_hosts: {a: {ip: 10.0.0.1, host_vars: {component: 1, environment: 2}}, b: {ip: 10.0.0.2, '
    'container_vars: {component: 1}}}\n': [
        "user:6:48 Variable 'identity_hosts.a.host_vars.component' (and in 1 more place) is one that is generated, "
        'and is replaced by the value here.',
        "user:6:62 Variable 'identity_hosts.a.host_vars.environment' has a name that Ansible reserves.",
    ],
}


@pytest.mark.parametrize('text', HOST_WARNINGS)
def test_warnings_about_groups_of_hosts(description: t.Any, text: str) -> None:
    assert description.warnings(hosts(text)) == HOST_WARNINGS[text]


def test_a_warning_about_a_name_suggests_the_nearest_known_one(description: t.Any) -> None:
    text = 'compute_hots: {}\nimge_hosts: {}\nidentity_hosts: {a: {ip: 10.0.0.1, affinity: {kyestone-container: 1}}}\n'
    helps = [notice.help_text for notice in description.load(hosts(text)).warnings]
    for help_text, name in zip(helps, ('compute_hosts', 'image_hosts', 'keystone_container'), strict=True):
        assert help_text.startswith(f"Did you mean '{name}'? ")


@pytest.mark.parametrize(
    'text',
    [
        'identity_hosts: \n',
        'identity_hosts: {}\n',
        'identity_hosts: {a: {ip: 10.0.0.1, host_vars: , container_vars: , affinity: , no_containers: }}\n',
        'identity_hosts: {a_b: {ip: 10.0.0.1}, c.example.org: {ip: "fd00::1"}, 10.0.0.3: {ip: 10.0.0.3}}\n',
        'identity_hosts: {a: {ip: 10.0.0.1, management_ip: 10.0.0.1}}\nimage-hosts: {a: {ip: 10.0.0.1}}\n',
        'identity_hosts: {n1: {ip: 10.0.0.1}, n1-keystone-container: {ip: 10.0.0.2}}\n',
        f'identity_hosts: {{{"h" * 33}: {{ip: 10.0.0.1}}}}\n',
        f'identity_hosts: {{{"h" * 63}: {{ip: 10.0.0.1, no_containers: true}}}}\n',
        f'identity_hosts: {{{"h" * 63}: {{ip: 10.0.0.1, affinity: {{keystone_container: 0}}}}}}\n',
        f'compute_hosts: {{{"h" * 63}: {{ip: 10.0.0.1}}}}\n',
        '_anchors: &x {a: {ip: 10.0.0.1}}\nidentity_hosts: *x\n',
    ],
)
def test_sound_groups_of_hosts_give_no_warning(description: t.Any, text: str) -> None:
    assert description.warnings(hosts(text)) == []


NONE_IN_SHARED_INFRA = ', '.join(f'{name}_container: 0' for name in ('galera', 'memcached', 'rabbit_mq', 'utility'))


@pytest.mark.parametrize(
    ('settings', 'counting'),
    [
        ({'compute': '', 'identity': ''}, 'compute'),
        ({'image': '', 'identity': ''}, 'identity'),
        ({'image': 'no_containers: true', 'identity': ''}, 'image'),
        ({'image': 'no_containers: true, affinity: {glance_container: 0}', 'identity': ''}, 'identity'),
        ({'database': 'no_containers: true', 'shared_infra': f'affinity: {{{NONE_IN_SHARED_INFRA}}}'}, 'database'),
        ({'compute': 'host_vars: {physical_host_group: identity_hosts}', 'identity': ''}, 'compute'),
        ({'image': '', 'identity': 'host_vars: {physical_host_group: image_hosts}'}, 'image'),
        ({'image': 'host_vars: {physical_host_group: image_hosts}', 'identity': ''}, 'identity'),
        ({'image': '', 'identity': 'host_vars: {physical_host_group: [x]}'}, 'identity'),
        ({'image': '', 'identity': '', 'compute': 'management_ip: '}, 'compute'),
    ],
)
def test_of_different_management_addresses_the_one_that_counts_is_named(
    description: t.Any, settings: dict[str, str], counting: str
) -> None:
    text = SOUND
    for number, (group, more) in enumerate(settings.items(), 2):
        own = more if 'management_ip' in more else f'management_ip: 10.0.0.{number}, {more}'
        text += f'{group}_hosts: {{a: {{ip: 10.0.0.1, {own}}}}}\n'
    deployment = description.load(text)
    (warning,) = [each.message for each in deployment.warnings if 'management_ip' in each.message]
    assert warning.endswith(f". That of '{counting}_hosts' counts.")
    counts = generate(deployment, None, Choice()).inventory['_meta']['hostvars']['a']['management_address']
    assert f" {counts} in '{counting}_hosts'" in warning


def test_the_names_that_ansible_reserves_are_known() -> None:
    unknown_there = {'loop_with', 'validate_argspec'}  # each is a name of some releases only
    assert get_reserved_names() - {'vars'} <= RESERVED_VARIABLES
    assert RESERVED_VARIABLES - get_reserved_names() <= unknown_there
