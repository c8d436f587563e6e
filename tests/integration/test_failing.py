# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator sees when something is wrong: message, place, excerpt, remedy; and nothing is written."""

from __future__ import annotations

import pathlib

from ansible_collections.osa.inventory.tests.integration.installed import Ansible

COMPUTE = """\
compute_hosts:
  compute1:
    ip: 172.29.236.300
"""


def files(directory: pathlib.Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob('*')}


def broken(deployment: pathlib.Path) -> pathlib.Path:
    """The deployment with a wrong address in conf.d/compute.yml."""
    (deployment / 'conf.d').mkdir()
    (deployment / 'conf.d' / 'compute.yml').write_text(COMPUTE)
    return deployment


def test_a_wrong_address_is_one_error_with_place_excerpt_and_remedy_and_nothing_is_written(
    ansible: Ansible, deployment: pathlib.Path
) -> None:
    before = files(broken(deployment))
    done = ansible.run('ansible-inventory', '-i', deployment / 'osa.yml', '--list')
    assert done.returncode == 1
    ours = done.stderr.split('[WARNING]: Failed to parse inventory')[1]
    assert "'172.29.236.300'" in ours
    assert f'Origin: {deployment}/conf.d/compute.yml:3:9' in ours
    assert '3     ip: 172.29.236.300\n          ^ column 9' in ours
    assert 'Sub-Event' not in ours and 'Traceback' not in done.stderr
    assert files(deployment) == before


def test_all_mistakes_are_reported_together(ansible: Ansible, deployment: pathlib.Path) -> None:
    broken(deployment)
    (deployment / 'conf.d' / 'more.yml').write_text('compute_hosts:\n  compute2:\n    ip: nonsense\n')
    done = ansible.run('ansible-inventory', '-i', deployment / 'osa.yml', '--graph')
    assert done.returncode == 1
    assert 'The configuration has 2 mistakes.' in done.stderr
    for place in ('compute.yml:3:9', 'more.yml:3:9'):
        assert f'Origin: {deployment}/conf.d/{place}' in done.stderr


def test_an_unknown_option_of_the_source_is_refused(ansible: Ansible, deployment: pathlib.Path) -> None:
    (deployment / 'osa.yml').write_text('plugin: osa.inventory.osa\nregoin: north\n')
    done = ansible.run('ansible-inventory', '-i', deployment / 'osa.yml', '--list')
    assert done.returncode == 1
    assert "unknown option 'regoin'" in done.stderr and "Did you mean 'region'?" in done.stderr
    assert f'Origin: {deployment}/osa.yml:2:1' in done.stderr


def test_without_the_recommended_cfg_ansible_goes_on_without_hosts(ansible: Ansible, deployment: pathlib.Path) -> None:
    """Ansible's own behaviour, and why `any_unparsed_is_failed` is recommended."""
    broken(deployment)
    careless = ansible.configured('[defaults]\n')
    done = careless.run('ansible-inventory', '-i', deployment / 'osa.yml', '--list')
    assert done.returncode == 0 and 'hosts' not in done.stdout
    assert 'only implicit localhost is available' in done.stderr


def test_a_file_that_is_not_ours_is_declined_with_the_reason(ansible: Ansible, tmp_path: pathlib.Path) -> None:
    source = tmp_path / 'other.yml'
    source.write_text('all: {hosts: {web1: {}}}\n')
    listed = ansible.configured('[inventory]\nenable_plugins = osa.inventory.osa, yaml\n')
    done = listed.run('ansible-inventory', '-i', source, '--list', '-v')
    assert done.returncode == 0 and 'web1' in done.stdout
    reason = "its key 'plugin' is None instead of 'osa.inventory.osa'."
    assert f'does not take {source}: {reason}' in done.stdout + done.stderr


def test_a_strict_expression_that_fails_leaves_no_host_behind(ansible: Ansible, deployment: pathlib.Path) -> None:
    (deployment / 'osa.yml').write_text('plugin: osa.inventory.osa\nstrict: true\ncompose: {x: nowhere}\n')
    done = ansible.configured('[defaults]\n').run('ansible-inventory', '-i', deployment / 'osa.yml', '--list')
    assert 'Could not set x for host' in done.stderr
    assert done.returncode == 0 and 'ctl-a' not in done.stdout
