# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `export --static` writes, Ansible reads to the very result that it has of the inventory source."""

from __future__ import annotations

import json
import pathlib
import shutil

import pytest
from ansible_collections.osa.inventory.plugins.plugin_utils.operators.api import InventoryManager
from ansible_collections.osa.inventory.plugins.plugin_utils.operators.files import write_directory
from ansible_collections.osa.inventory.tests.integration.installed import CHECKOUT, RECOMMENDED, Ansible, deploy
from ansible_collections.osa.inventory.tests.integration.test_parity import run_all

EXAMPLES = ('single-machine', 'availability-zones', 'routed-racks')
CASES = ('14-shrink', '09-dashed-groups')
WITH_YAML = RECOMMENDED.replace('auto,', 'auto, yaml,')
SOURCE = """\
plugin: osa.inventory.osa
compose:
  console_url: "'https://consoles/' ~ physical_host"
  braces: "'{' ~ '{ no template }' ~ '}'"
groups:
  containers: physical_host != inventory_hostname
keyed_groups:
  - key: physical_host
    prefix: "on"
    separator: "_"
    parent_group: by_host
"""
ODD = """\
global_overrides:
  template: "{{ lookup('env', 'HOME') }}"
  unsafe: !unsafe "{{ no }}"
  ansible_group_priority: 7
  numbers: [1.0e+20, 1.0e-7, -0.0, 12345678901234567890123, null, true]
  words: ["yes", "null", "~", "", " a ", "1.5", "1:30", "a: b", "a #b", "- x", "&x", "|", "%", "=", "<<", "\\t",
    "line\\nbreak\\n", "\\u0001", "\\u0085", "\\u2028", "ü", "🚀", "\\\\", "\\"", "'", 2024-01-02, "{", "[]"]
  nested: [[1, []], {a: {b: [{c: {}}]}}, {"a b": {"<<": 1}}]
  sealed: !vault |
    $ANSIBLE_VAULT;1.1;AES256
    62313365396662343061393464336163383764373764613633653634306231386433626436623361
    3766
"""


def odd(directory: pathlib.Path) -> pathlib.Path:
    """Values of all kinds, groups that are made anew in each run, and the deployer's own variables beside all that."""
    deploy('12-host-vars', directory, SOURCE)
    (directory / 'conf.d').mkdir(exist_ok=True)
    (directory / 'conf.d' / 'odd.yml').write_text(ODD, encoding='utf-8')
    for path, text in {
        'group_vars/all/own.yml': 'template: "{{ mine }}"\nown: 1\n',
        'group_vars/compute_hosts.yml': 'own: 2\n',
        'host_vars/hyp-1/own.yml': 'rack: mine\n',
    }.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text)
    return directory


pytestmark = pytest.mark.xdist_group('static-copies')
"""In one process, which makes the inventories once."""


@pytest.fixture(scope='module')
def sources(ansible: Ansible, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pathlib.Path]:
    """Deployments, the inventories of which were stored."""
    root = tmp_path_factory.mktemp('sources')
    found = {name: shutil.copytree(CHECKOUT / 'examples' / name, root / name) for name in EXAMPLES}
    found |= {name: deploy(name, root / name) for name in CASES}
    found['odd'] = odd(root / 'odd')
    sources = {name: directory / 'osa.yml' for name, directory in found.items()}
    run_all(ansible, tmp_path_factory.mktemp('first'), list(sources.values()))
    stored = found['odd'] / 'openstack_inventory.json'
    text = stored.read_text().replace('"is_metal": true', '"is_metal": true, "planted": "{{ stored }}"')
    stored.write_text(text)
    return sources


def test_ansible_lists_the_same_to_the_letter(
    ansible: Ansible, sources: dict[str, pathlib.Path], tmp_path: pathlib.Path
) -> None:
    for name, source in sources.items():
        exported = InventoryManager.of(str(source)).export_static()
        write_directory(str(tmp_path / name), exported.files)
    for directory in ('ours', 'theirs'):
        (tmp_path / directory).mkdir()
    ours = run_all(ansible, tmp_path / 'ours', list(sources.values()))
    copies = [tmp_path / name / 'hosts.yml' for name in sources]
    theirs = run_all(ansible.configured(WITH_YAML), tmp_path / 'theirs', copies)
    assert dict(zip(sources, theirs, strict=True)) == dict(zip(sources, ours, strict=True))
    shown = json.loads(ours[-1])
    hypervisor = shown['_meta']['hostvars']['hyp-1']
    assert hypervisor['planted'] == {'__ansible_unsafe': '{{ stored }}'}
    assert (hypervisor['template'], hypervisor['rack'], hypervisor['own']) == ('{{ mine }}', 'mine', 2)
    assert 'on_ctl_a' in shown['by_host']['children'] and shown['containers']['hosts']


def test_the_copy_is_read_with_the_configuration_beside_it(
    ansible: Ansible, sources: dict[str, pathlib.Path], tmp_path: pathlib.Path
) -> None:
    source = sources['single-machine']
    write_directory(str(tmp_path / 'copy'), InventoryManager.of(str(source)).export_static().files)
    done = ansible.run('ansible-inventory', '--list', ANSIBLE_CONFIG=str(tmp_path / 'copy' / 'ansible.cfg'))
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout == ansible.inventory(source, '--list')
