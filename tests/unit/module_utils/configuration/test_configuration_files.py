# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are read, and in which order."""

from __future__ import annotations

import os
import pathlib

import pytest
from ansible_collections.osa.inventory.plugins.module_utils.configuration.files import Sources, find_sources
from ansible_collections.osa.inventory.plugins.module_utils.errors import ConfigurationError, ConfigurationErrors


class Tree:
    """A directory with a configuration directory `c` and a base environment `b/env.d`."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        self.make('b/env.d/base.yml')

    def make(self, *names: str) -> None:
        for name in names:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text('', 'utf-8')

    def find(self) -> Sources:
        return find_sources(str(self.root / 'c'), str(self.root / 'b'))

    def names(self, paths: tuple[str, ...]) -> list[str]:
        return [str(pathlib.Path(path).relative_to(self.root)) for path in paths]

    def refusal(self) -> str:
        with pytest.raises(ConfigurationError) as caught:
            self.find()
        assert caught.value.help_text
        return caught.value.message.replace(f'{self.root}/', '')


@pytest.fixture
def tree(tmp_path: pathlib.Path) -> Tree:
    return Tree(tmp_path)


def test_files_come_by_name_before_those_of_sub_directories_and_parts_after_the_user_configuration(tree: Tree) -> None:
    tree.make('c/openstack_user_config.yml', 'c/conf.d/z.yml', 'c/conf.d/b/a.yaml', 'c/conf.d/a/z.yml')
    tree.make('c/conf.d/a/b/x.yml', 'c/conf.d/B.yml', 'c/env.d/own.yml', 'b/env.d/sub/more.yml')
    sources = tree.find()
    assert tree.names(sources.user_configuration) == ['c/openstack_user_config.yml']
    assert tree.names(sources.parts) == [
        'c/conf.d/B.yml',
        'c/conf.d/z.yml',
        'c/conf.d/a/z.yml',
        'c/conf.d/a/b/x.yml',
        'c/conf.d/b/a.yaml',
    ]
    assert tree.names(sources.environment) == ['b/env.d/base.yml', 'b/env.d/sub/more.yml', 'c/env.d/own.yml']
    assert sources.files == (*sources.user_configuration, *sources.parts, *sources.environment)


def test_hidden_entries_and_other_suffixes_are_named_as_skipped(tree: Tree) -> None:
    tree.make('c/conf.d/x.yml', 'c/conf.d/.#x.yml', 'c/conf.d/x.yml~', 'c/conf.d/y.yml.example', 'c/env.d/.git/x.yml')
    sources = tree.find()
    assert tree.names(sources.parts) == ['c/conf.d/x.yml']
    assert tree.names(sources.skipped) == [
        'c/conf.d/.#x.yml',
        'c/conf.d/x.yml~',
        'c/conf.d/y.yml.example',
        'c/env.d/.git',
    ]


def test_a_dangling_lock_of_an_editor_is_skipped(tree: Tree) -> None:
    tree.make('c/conf.d/x.yml')
    (tree.root / 'c/conf.d/.#x.yml').symlink_to('user@host.1')
    assert tree.names(tree.find().skipped) == ['c/conf.d/.#x.yml']


def test_a_directory_is_read_once_however_many_links_lead_to_it(tree: Tree) -> None:
    tree.make('c/conf.d/x.yml', 'c/conf.d/sub/y.yml')
    for number in range(20):
        (tree.root / f'c/conf.d/sub/loop{number}').symlink_to('..')
        (tree.root / f'c/conf.d/again{number}').symlink_to('sub')
    sources = tree.find()
    assert [name.rpartition('/')[2] for name in tree.names(sources.parts)] == ['x.yml', 'y.yml']
    assert len(sources.skipped) == 40


def test_an_own_env_d_that_is_the_base_is_read_once(tree: Tree) -> None:
    tree.make('c/openstack_user_config.yml')
    (tree.root / 'c/env.d').symlink_to(tree.root / 'b/env.d')
    assert tree.names(tree.find().environment) == ['b/env.d/base.yml']


def test_parts_alone_are_a_configuration(tree: Tree) -> None:
    tree.make('c/conf.d/x.yml')
    assert tree.find().user_configuration == ()


def test_no_configuration_names_both_places(tree: Tree) -> None:
    tree.make('c/conf.d/x.txt')
    assert tree.refusal() == ("There is neither a file 'c/openstack_user_config.yml' nor a YAML file in 'c/conf.d'.")


def test_missing_directories_are_named(tree: Tree) -> None:
    assert tree.refusal() == "The configuration directory 'c' does not exist."
    tree.make('c/openstack_user_config.yml')
    tree.root.joinpath('b/env.d').rename(tree.root / 'b/elsewhere')
    assert tree.refusal() == "The directory of the base environment 'b/env.d' does not exist."


def test_things_of_another_kind_are_refused(tree: Tree) -> None:
    tree.make('c/openstack_user_config.yml', 'c/conf.d')
    assert tree.refusal() == "The directory 'c/conf.d' is not a directory."
    tree.root.joinpath('c/conf.d').unlink()
    tree.root.joinpath('c/conf.d').symlink_to('nowhere')
    assert tree.refusal() == "'c/conf.d' is a symbolic link to nothing."
    tree.root.joinpath('c/conf.d').unlink()
    tree.make('c/conf.d/y.txt')
    os.mkfifo(tree.root / 'c/conf.d/x.yml')
    assert tree.refusal() == "'c/conf.d/x.yml' is neither a file nor a directory."
    tree.root.joinpath('c/conf.d/x.yml').unlink()
    tree.root.joinpath('c/conf.d/x.yml').symlink_to('x.yml')
    assert tree.refusal() == "'c/conf.d/x.yml' is a symbolic link to nothing."
    tree.root.joinpath('c/conf.d/x.yml').unlink()
    tree.root.joinpath('c/openstack_user_config.yml').unlink()
    tree.make('c/openstack_user_config.yml/x')
    assert tree.refusal() == "'c/openstack_user_config.yml' is a directory instead of a file."


def test_all_that_cannot_be_read_is_told_together(tree: Tree) -> None:
    tree.make('c/conf.d/y.txt', 'c/env.d/y.txt')
    for name in ('openstack_user_config.yml', 'conf.d/a.yml', 'env.d/b.yaml'):
        tree.root.joinpath('c', name).symlink_to('nowhere')
    with pytest.raises(ConfigurationErrors) as caught:
        tree.find()
    assert [pathlib.Path(error.place.file).name for error in caught.value.errors if error.place] == [
        'openstack_user_config.yml',
        'a.yml',
        'b.yaml',
    ]


def test_a_user_configuration_with_another_suffix_is_suggested(tree: Tree) -> None:
    tree.make('c/openstack_user_config.yaml')
    with pytest.raises(ConfigurationError) as caught:
        tree.find()
    assert str(caught.value.help_text).startswith("Did you mean 'openstack_user_config.yaml'? ")
