# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's real programs over the collection as a user has it."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import subprocess
import sysconfig

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
CASES = CHECKOUT / 'tests' / 'data' / 'conformance'
PROGRAMS = pathlib.Path(sysconfig.get_path('scripts'))
RECOMMENDED = """\
[defaults]
force_valid_group_names = ignore
[inventory]
any_unparsed_is_failed = true
enable_plugins = auto, host_list, ini
"""
SCRIPTS_ONLY = RECOMMENDED.replace('auto, host_list, ini', 'script')


@dataclasses.dataclass(frozen=True)
class Ansible:
    """Ansible's programs with an installed collection, a home of their own and nothing else of the environment."""

    collections: pathlib.Path
    home: pathlib.Path
    config: str = RECOMMENDED
    more_collections: tuple[pathlib.Path, ...] = ()

    def environment(self, **extra: str) -> dict[str, str]:
        """Environment variables for a program; its ansible.cfg is written here."""
        config = self.home / f'ansible-{abs(hash(self.config))}.cfg'
        if not config.exists():
            config.write_text(self.config)
        return {
            'PATH': f'{PROGRAMS}{os.pathsep}{os.environ["PATH"]}',
            'HOME': str(self.home),
            'LC_ALL': 'C.UTF-8',
            'COLUMNS': '1000',
            'ANSIBLE_NOCOLOR': '1',
            'ANSIBLE_CONFIG': str(config),
            'ANSIBLE_COLLECTIONS_PATH': os.pathsep.join(map(str, (self.collections, *self.more_collections))),
            **extra,
        }

    def start(self, program: str, *arguments: object, **extra: str) -> subprocess.Popen[str]:
        """Start a program, such as `ansible-inventory`; `extra` are environment variables."""
        return subprocess.Popen(
            [PROGRAMS / program, *map(str, arguments)],
            cwd=self.home,
            env=self.environment(**extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, program: str, *arguments: object, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, whatever the exit code."""
        process = self.start(program, *arguments, **extra)
        stdout, stderr = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def inventory(self, source: pathlib.Path, *arguments: object, **extra: str) -> str:
        """What `ansible-inventory` prints; it must succeed and be silent on stderr."""
        done = self.run('ansible-inventory', '-i', source, *arguments, **extra)
        assert (done.returncode, done.stderr) == (0, ''), done.stderr
        return done.stdout

    def configured(self, config: str) -> Ansible:
        """The same with another ansible.cfg."""
        return dataclasses.replace(self, config=config)


def deploy(case: str, directory: pathlib.Path, source: str = 'plugin: osa.inventory.osa\n') -> pathlib.Path:
    """Copy the configuration of a conformance case, with its stored inventory and an `osa.yml`."""
    shutil.copytree(CASES / case / 'config', directory)
    if (previous := CASES / case / 'previous.json').exists():
        shutil.copy(previous, directory / 'openstack_inventory.json')
    (directory / 'osa.yml').write_text(source)
    return directory


def make_home(home: pathlib.Path) -> pathlib.Path:
    """Make the home directory of an operator who has this checkout as collection, the recommended ansible.cfg and, in
    `etc/openstack_deploy`, a deployment without source; returns the collection's directory.
    """
    collection = home / '.ansible' / 'collections' / 'ansible_collections' / 'osa' / 'inventory'
    collection.parent.mkdir(parents=True)
    collection.symlink_to(CHECKOUT)
    shutil.copy(CHECKOUT / 'examples' / 'ansible.cfg', home / '.ansible.cfg')
    deploy('02-three-controllers', home / 'etc' / 'openstack_deploy')
    (home / 'etc' / 'openstack_deploy' / 'osa.yml').unlink()
    return collection
