# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the actions says what they take and give; it is in modules that do nothing else."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.loader import action_loader, fragment_loader
from ansible.utils.plugin_docs import get_docstring
from ansible_collections.osa.inventory.tests.unit.action.conftest import PREFIX, Actions
from ansible_collections.osa.inventory.tests.unit.action.test_action_plugins import CHANGES, another_source

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
ACTIONS = sorted(path.stem for path in (CHECKOUT / 'plugins' / 'action').glob('*.py'))
PLAYBOOKS = sorted((CHECKOUT / 'playbooks').glob('*.yml'))
RULES = ('type', 'elements', 'required', 'choices', 'default')


def documentation_of(action: str) -> tuple[dict[str, t.Any], list[dict[str, t.Any]], dict[str, t.Any]]:
    """Documentation, tasks of the examples, and documentation of what is returned."""
    path = CHECKOUT / 'plugins' / 'modules' / f'{action}.py'
    found = get_docstring(
        str(path), fragment_loader, is_module=True, collection_name='osa.inventory', plugin_type='module'
    )
    return found[0], yaml.safe_load(found[1]), found[2]


def class_of(action: str) -> t.Any:
    return action_loader.get(PREFIX + action, class_only=True)


def refused(action: str, arguments: dict[str, t.Any]) -> list[str]:
    """Why arguments are wrong; empty if they are not."""
    plugin = class_of(action)
    found = ArgumentSpecValidator(plugin.ARGUMENTS, **plugin.CONDITIONS).validate(arguments)
    return found.error_messages


def rules_of(options: dict[str, dict[str, t.Any]]) -> dict[str, dict[str, t.Any]]:
    """What the options must keep to, in a form that can be compared."""
    return {
        name: {**{rule: option.get(rule) for rule in RULES}, 'required': option.get('required', False)}
        for name, option in options.items()
    }


def tasks_of(text: t.Any) -> list[tuple[str, dict[str, t.Any]]]:
    """Every use of our actions in a list of tasks or plays, as name and arguments."""
    used = []
    for task in text:
        used += [(key.removeprefix(PREFIX), value or {}) for key, value in task.items() if key.startswith(PREFIX)]
        used += tasks_of(task.get('tasks', ()))
    return used


def test_every_action_has_a_module_that_documents_it() -> None:
    assert [path.stem for path in sorted((CHECKOUT / 'plugins' / 'modules').glob('*.py'))] == ACTIONS


@pytest.mark.parametrize('action', ACTIONS)
def test_the_documented_options_are_those_that_are_taken(action: str) -> None:
    assert rules_of(documentation_of(action)[0]['options']) == rules_of(class_of(action).ARGUMENTS)


@pytest.mark.parametrize('action', ACTIONS)
def test_every_example_has_arguments_that_are_taken(action: str) -> None:
    used = tasks_of(documentation_of(action)[1])
    assert action in dict(used)
    assert [refused(name, arguments) for name, arguments in used] == [[]] * len(used)


@pytest.mark.parametrize('action', ACTIONS)
def test_everything_that_is_returned_is_documented_and_the_other_way_round(actions: Actions, action: str) -> None:
    documented = documentation_of(action)[2]
    if action == 'info':
        returned = set(actions('info', gather=class_of('info').ARGUMENTS['gather']['choices']))
    elif action == 'export':
        returned = set(actions('export', dest=str(actions.source.parent / 'cloud.zip'), form='bundle'))
    else:
        returned = {key for name, arguments in CHANGES.values() if name == action for key in actions(name, **arguments)}
        if action == 'state':
            returned |= set(actions('state', state='migrated', to=str(another_source(actions))))
    assert returned - {'changed'} == set(documented)
    assert all('sample' in entry or 'contains' in entry for entry in documented.values())


@pytest.mark.parametrize('path', PLAYBOOKS, ids=lambda path: path.stem)
def test_a_playbook_explains_every_variable_that_it_takes(path: pathlib.Path) -> None:
    text = path.read_text('utf-8')
    explained = set(re.findall(r'^# (\w+)  +\S', text, re.MULTILINE)) | set(re.findall(r'`(\w+)` means the same', text))
    taken = {name for names in re.findall(r'(\w+) is defined|\{\{ (\w+) \|', text) for name in names if name}
    internal = {'what', 'ansible_check_mode'}
    assert taken - internal == explained
    assert f'ansible-playbook osa.inventory.{path.stem} -e ' in text


@pytest.mark.parametrize('path', PLAYBOOKS, ids=lambda path: path.stem)
def test_a_playbook_uses_arguments_that_are_taken(path: pathlib.Path) -> None:
    used = tasks_of(yaml.safe_load(path.read_text('utf-8')))
    assert used
    assert [set(arguments) - set(class_of(name).ARGUMENTS) for name, arguments in used] == [set()] * len(used)
