# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody who can write to a storage may plant there: one table for every storage.

A state is planted as JSON text, so that it can be what no program of ours would write.
"""

from __future__ import annotations

import collections.abc as c
import copy
import dataclasses
import json
import typing as t

from ansible_collections.osa.inventory.plugins.module_utils.configuration.names import RESERVED_VARIABLES
from ansible_collections.osa.inventory.plugins.module_utils.inventory import Inventory

CANARY = '/nonexistent/canary'
"""What templates and programs of the table would make; tests with Ansible's programs put a real path there."""

LOOKUP = f"{{{{ lookup('ansible.builtin.pipe', 'touch {CANARY}') }}}}"
STATEMENT = '{% if lookup("ansible.builtin.pipe", "touch ' + CANARY + '") %}{% endif %}'
HEADER = "#jinja2: variable_start_string:'<<', variable_end_string:'>>'\n<< lookup('pipe', 'touch " + CANARY + "') >>"
TEMPLATES = {'expression': LOOKUP, 'statement': STATEMENT, 'comment': '{# x #}', 'header': HEADER}
OPTION = f'-oProxyCommand=touch {CANARY}'
ESCAPE = '\x1b]0;owned\x07\x1b[2J'
MARKER = 'HERE'
"""A value that is replaced by the raw text of a state."""

CONNECTION = (
    'ansible_become',
    'ansible_become_exe',
    'ansible_become_method',
    'ansible_connection',
    'ansible_facts',
    'ansible_group_priority',
    'ansible_port',
    'ansible_python_interpreter',
    'ansible_remote_tmp',
    'ansible_shell_executable',
    'ansible_ssh_common_args',
    'ansible_ssh_executable',
    'ansible_ssh_extra_args',
    'ansible_ssh_host',
    'ansible_ssh_private_key_file',
    'ansible_user',
    '_ansible_ansiballz_debugpy_config',
    "delegated_vars['ansible_host']",
    'container_user',
    'physical_host_addrs',
)
"""Names of variables that decide how Ansible connects, as whom, and by which programs."""

MAGIC = (
    'group_names',
    'groups',
    'hostvars',
    'inventory_dir',
    'inventory_file',
    'inventory_hostname',
    'inventory_hostname_short',
    'play_hosts',
    'playbook_dir',
    'role_path',
    'vars',
)
"""Names of Ansible's own variables."""

NO_NAMES = ('not a name', ESCAPE, '../../etc/shadow', LOOKUP, '', '1', 'a-b', 'a\nb', '\u202eevil')
"""Names that no variable can have."""

LEADING = ('ansible_host', 'management_address', 'physical_host_addr', 'physical_host', 'container_name')

BAD_NAMES = {
    'path': '../../tmp/x',
    'absolute path': '/etc/passwd',
    'escape': f'a{ESCAPE}b',
    'line break': 'a\nb',
    'NUL': 'a\x00b',
    'option': OPTION,
    'template': LOOKUP,
    'header': '#jinja2:x',
    'pattern': '~a',
    'list': 'a,b',
    'blank': ' ',
    'empty': '',
    'full width': '\uff4cocalhost',
    'homoglyph': 'loc\u0430lhost',
    'turned round': 'a\u202eb',
    'half a character': 'a\ud800',
    'markup': '<script>alert(1)</script>',
    'formula': "=cmd|' /C calc'!A0",
    'very long': 'x' * 5000,
}

Outcome = t.Literal['refused', 'withheld', 'plain text', 'put right', 'data', 'refused or data']


@dataclasses.dataclass(frozen=True)
class Victims:
    """A host of the configuration, one of its containers, and a group that has hosts."""

    metal: str
    container: str
    group: str = 'galera_container'

    @classmethod
    def of(cls, inventory: Inventory) -> Victims:
        """Those of a generated inventory."""
        hosts = inventory['_meta']['hostvars']
        metal = next(name for name, values in hosts.items() if values['physical_host'] == name)
        return cls(metal, next(name for name, values in hosts.items() if values['physical_host'] == metal != name))


@dataclasses.dataclass(frozen=True)
class Hostile:
    """One thing to plant.

    kind: row of the table in the documentation. name: what it is. change: alters a copy of the stored inventory.
    outcome: `refused`: an error, nothing is written. `withheld`: variables stay stored, and Ansible does not get them.
    `plain text`: what looks like a template stays text. `put right`: the run stores what the configuration gives.
    `data`: Ansible gets it, and it means nothing to it.
    raw: JSON text that takes the place of MARKER, or with `whole` of the inventory.
    """

    kind: str
    name: str
    change: c.Callable[[Inventory, Victims], object]
    outcome: Outcome
    raw: str = json.dumps(MARKER)
    whole: bool = False

    def text(self, clean: Inventory) -> str:
        """The JSON text to plant instead of a clean inventory."""
        if self.whole:
            return self.raw
        stored = copy.deepcopy(clean)
        self.change(stored, Victims.of(clean))
        return json.dumps(stored, sort_keys=True).replace(json.dumps(MARKER), self.raw)

    def __str__(self) -> str:
        return f'{self.kind}: {self.name}'


def hostvars(inventory: Inventory) -> dict[str, dict[str, t.Any]]:
    """The variables of all hosts."""
    found: dict[str, dict[str, t.Any]] = inventory['_meta']['hostvars']
    return found


def _on(owner: str, **variables: t.Any) -> c.Callable[[Inventory, Victims], object]:
    """Variables of the metal host, the container, a host that is not configured, a group, or all."""

    def change(stored: Inventory, victims: Victims) -> None:
        if owner in ('metal', 'container'):
            hostvars(stored)[getattr(victims, owner)].update(variables)
        elif owner == 'gone':
            hostvars(stored)['gone'] = {'physical_host': 'gone', 'container_name': 'gone', **variables}
            stored['strange'] = {'hosts': ['gone']}
        else:
            group = victims.group if owner == 'group' else owner
            stored.setdefault(group, {}).setdefault('vars', {}).update(variables)

    return change


def _add_host(name: str, /, **variables: t.Any) -> c.Callable[[Inventory, Victims], object]:
    def change(stored: Inventory, victims: Victims) -> None:
        hostvars(stored)[name] = variables
        stored[victims.group]['hosts'].append(name)

    return change


def _add_group(name: str, /, **parts: t.Any) -> c.Callable[[Inventory, Victims], object]:
    return lambda stored, _victims: stored.update({name: parts})


def _alter_group(**parts: t.Any) -> c.Callable[[Inventory, Victims], object]:
    return lambda stored, victims: stored[victims.group].update(parts)


def _set(path: tuple[str, ...], value: t.Any) -> c.Callable[[Inventory, Victims], object]:
    """A value at a path of keys; `container` stands for that host, `group` for that group."""

    def change(stored: Inventory, victims: Victims) -> None:
        names = {'container': victims.container, 'group': victims.group}
        *way, last = (names.get(key, key) for key in path)
        place: t.Any = stored
        for key in way:
            place = place[key]
        place[last] = value

    return change


def _nothing(_stored: Inventory, _victims: Victims) -> None:
    pass


def _templates() -> c.Iterator[Hostile]:
    for name, text in TEMPLATES.items():
        yield Hostile('templates', f'{name} in a value', _on('container', planted=text), 'plain text')
    nested = {'list': [LOOKUP, {'deep': STATEMENT}], LOOKUP: 'key'}
    yield Hostile('templates', 'nested values and keys', _on('metal', planted=nested), 'plain text')
    for owner in ('group', 'gone'):
        yield Hostile('templates', f'value of {owner}', _on(owner, planted=LOOKUP), 'plain text')
    yield Hostile('templates', 'value of all', _on('all', planted=LOOKUP), 'put right')
    path = ('_meta', 'hostvars', 'container', 'container_networks', 'management_address', 'planted')
    yield Hostile('templates', 'in a network', _set(path, LOOKUP), 'plain text')
    yield Hostile('templates', 'component', _on('gone', component=LOOKUP), 'plain text')
    yield Hostile('templates', 'marked unsafe', _on('container', planted={'__ansible_unsafe': LOOKUP}), 'data')
    yield Hostile('templates', 'not vaulted', _on('container', planted={'__ansible_vault': LOOKUP}), 'data')
    tags = {'__ansible_type': '_AnsibleTaggedStr', 'value': LOOKUP, 'tags': [{'__ansible_type': 'TrustedAsTemplate'}]}
    yield Hostile('templates', "Ansible's own marks of trust", _on('container', planted=tags), 'plain text')


def _variables() -> c.Iterator[Hostile]:
    values = dict.fromkeys(CONNECTION, LOOKUP)
    magic = dict.fromkeys((*MAGIC, *sorted(RESERVED_VARIABLES)), '/tmp/evil')
    for owner in ('container', 'metal', 'gone', 'group', 'all'):
        variables = values if owner in ('container', 'metal', 'gone') else {**values, 'ansible_group_priority': 7}
        outcome: Outcome = 'put right' if owner == 'all' else 'withheld'
        yield Hostile('connection variables', f'on {owner}', _on(owner, **variables), outcome)
        yield Hostile("Ansible's reserved names", f'on {owner}', _on(owner, **magic), outcome)
        yield Hostile('no names of variables', f'on {owner}', _on(owner, **dict.fromkeys(NO_NAMES, 7)), outcome)
    yield Hostile('no names of variables', 'NUL', _on('container', **{'a\x00b': 7}), 'withheld')
    leading = dict.fromkeys(LEADING, '203.0.113.9')
    yield Hostile('connection variables', 'leading ones on group', _on('group', **leading), 'withheld')
    yield Hostile('connection variables', 'leading ones on all', _on('all', **leading), 'put right')


def _addresses() -> c.Iterator[Hostile]:
    kind = 'addresses and host names'
    for key in ('ansible_host', 'management_address', 'physical_host_addr'):
        yield Hostile(kind, f'option as {key}', _on('container', **{key: OPTION}), 'put right')
        yield Hostile(
            kind,
            f'option as {key} of a host that is gone',
            _on('gone', physical_host='nowhere', **{key: OPTION}),
            'refused',
        )
    for name, value in {'name': 'evil.example.com', 'template': LOOKUP, 'number': 7, 'list': ['10.0.0.1']}.items():
        yield Hostile(kind, f'{name} as ansible_host', _on('gone', ansible_host=value), 'refused')
    yield Hostile(kind, 'line break in an address', _on('gone', ansible_host='10.0.0.1\n'), 'refused')
    path = ('_meta', 'hostvars', 'container', 'container_networks', 'management_address', 'address')
    yield Hostile(kind, 'option in a network', _set(path, OPTION), 'refused')
    for key in ('physical_host', 'container_name'):
        for name in ('path', 'escape', 'option', 'template', 'blank'):
            yield Hostile(kind, f'{name} as {key}', _on('container', **{key: BAD_NAMES[name]}), 'refused')


def _names() -> c.Iterator[Hostile]:
    for name, text in BAD_NAMES.items():
        yield Hostile('names', f'{name} of a host', _add_host(text), 'refused')
        yield Hostile('names', f'{name} of a group', _add_group(text, hosts=[]), 'refused')
    for name in ('path', 'escape', 'template', 'option'):
        yield Hostile('names', f'{name} of a child', _alter_group(children=[BAD_NAMES[name]]), 'refused')


def _shadows() -> c.Iterator[Hostile]:
    kind = 'stand-ins'
    away = {'ansible_host': '203.0.113.9', 'ansible_connection': 'ssh'}
    for name in ('localhost', '127.0.0.1', '::1', 'all', 'ungrouped', 'galera_container'):
        yield Hostile(kind, f'host {name}', _add_host(name, **away), 'refused')
    yield Hostile(kind, 'host _meta', _add_host('_meta'), 'data')
    for name in ('localhost', '127.0.0.1'):
        yield Hostile(kind, f'group {name}', _add_group(name, hosts=[]), 'refused')
    yield Hostile(kind, 'child localhost', _alter_group(children=['localhost']), 'refused')

    def group_with_the_name_of_a_host(stored: Inventory, victims: Victims) -> None:
        stored[victims.container] = {'hosts': [victims.metal]}

    yield Hostile(kind, 'group with the name of a host', group_with_the_name_of_a_host, 'refused')
    for name, children in {'itself': 'galera_container', 'all': 'all', 'a group above': 'database_containers'}.items():
        change = _alter_group(children=[children])
        yield Hostile('cycles', f'group below {name}', change, 'refused')


def _shapes() -> c.Iterator[Hostile]:
    kind = 'wrong types and foreign keys'
    for name, value in {'text': 'x', 'number': 7, 'null': None, 'list': [], 'object': {'planted': 1}}.items():
        expected: Outcome = 'refused' if name not in ('null', 'object') else 'refused or data'
        yield Hostile(kind, f'{name} at the top', _add_group_of(value), expected)
        host: Outcome = 'refused' if name not in ('null', 'object') else 'refused or data'
        yield Hostile(kind, f'{name} as host', _set(('_meta', 'hostvars', 'container'), value), host)
        for part in ('hosts', 'children', 'vars'):
            yield Hostile(kind, f'{name} as {part}', _set(('group', part), value), 'refused or data')
        for key in ('container_networks', 'properties', 'physical_host', 'component', 'is_metal', 'container_types'):
            change = _set(('_meta', 'hostvars', 'container', key), value)
            yield Hostile(kind, f'{name} as {key}', change, 'refused or data')
    yield Hostile(kind, 'foreign key in _meta', _set(('_meta', 'planted'), {'hosts': ['x']}), 'refused or data')
    yield Hostile(kind, 'foreign key in a group', _alter_group(planted={'vars': 1}), 'refused or data')
    yield Hostile(kind, 'members that are no text', _alter_group(hosts=[7, None, ['x'], {'y': 1}]), 'refused')
    yield Hostile(kind, 'member that is nowhere', _alter_group(hosts=['nowhere']), 'refused')
    yield Hostile(kind, 'no hostvars', _set(('_meta', 'hostvars'), []), 'refused')
    yield Hostile(kind, 'no _meta', lambda stored, _victims: stored.pop('_meta'), 'refused')
    for raw in ('', '[]', '7', 'null', '"x"', '{', '{}', '\x00\xff', '{"_meta": {"hostvars": {}}'):
        yield Hostile('no inventory at all', repr(raw), _nothing, 'refused', raw, whole=True)


def _add_group_of(value: t.Any) -> c.Callable[[Inventory, Victims], object]:
    return lambda stored, _victims: stored.update(planted=value)


def _numbers() -> c.Iterator[Hostile]:
    kind = 'numbers, texts and depths'
    raws = {
        'integer of 400 digits': '1' * 400,
        'integer of 5000 digits': '1' * 5000,
        'infinity': '1e999',
        'no number': 'NaN',
        'minus infinity': '-Infinity',
        'largest float': '1.7976931348623157e308',
        'half a character': '"\\ud800"',
        'NUL': '"\\u0000"',
        'escape': json.dumps(ESCAPE),
        'DEL and C1': json.dumps('\x7f\x9b2J\x85'),
        'turned round': json.dumps('\u202eevil'),
        'megabyte': json.dumps('x' * 1_000_000),
        'formula': json.dumps("=cmd|' /C calc'!A0"),
        'markup': json.dumps('</text><script>alert(1)</script>'),
        **{f'{depth} lists': '[' * depth + ']' * depth for depth in (100, 400, 900, 5000, 100_000)},
        **{f'{depth} objects': '{"a":' * depth + '1' + '}' * depth for depth in (100, 400, 900, 100_000)},
    }
    for name, raw in raws.items():
        yield Hostile(kind, name, _on('container', planted=MARKER), 'refused or data', raw)
    for name in ('integer of 400 digits', 'infinity', '400 lists', 'megabyte', 'half a character'):
        yield Hostile(kind, f'{name} as component', _on('container', component=MARKER), 'refused or data', raws[name])
        change = _on('group', ansible_group_priority=MARKER)
        outcome: Outcome = 'withheld' if 'integer' in name else 'refused'
        yield Hostile(kind, f'{name} as priority', change, outcome, raws[name])


HOSTILE = (
    *_templates(),
    *_variables(),
    *_addresses(),
    *_names(),
    *_shadows(),
    *_shapes(),
    *_numbers(),
)

KINDS = tuple(dict.fromkeys(one.kind for one in HOSTILE))


def some_of_each() -> tuple[Hostile, ...]:
    """A few of each kind, for where the others take the same way."""
    return tuple(one for kind in KINDS for one in [each for each in HOSTILE if each.kind == kind][::7])
