# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write `docs/options.md` from the documentation in the code.

usage: python scripts/generate_reference.py

A test checks that the committed page is what this gives. The options of Ansible's own documentation fragments are only
named, as their text differs between releases of ansible-core.
"""

from __future__ import annotations

import ast
import importlib
import pathlib
import re
import sys
import tempfile
import typing as t

import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]
PAGE = CHECKOUT / 'docs' / 'options.md'
PLUGIN = CHECKOUT / 'plugins' / 'inventory' / 'osa.py'
FRAGMENT = CHECKOUT / 'plugins' / 'doc_fragments' / 'source.py'
STORAGES = ('file', 'none', 'sql', 'redis', 'swift')
ON_OVERVIEW = ('file', 'none')
"""Storages that are described on the overview; the others have pages of their own."""

LIBRARY = 'ansible_collections.osa.inventory.plugins.module_utils.storage'

ANSIBLES = {
    'constructed': {
        'compose': 'host variables from expressions',
        'groups': 'groups of the hosts for which an expression is true',
        'keyed_groups': 'groups by the value of an expression',
    },
    'inventory_cache': {
        'cache': 'whether what a remote storage gave is kept in the inventory cache',
        'cache_plugin': 'the cache plugin, such as `jsonfile`',
        'cache_connection': 'where it keeps the data',
        'cache_prefix': 'prefix of its files or tables',
        'cache_timeout': 'seconds after which the storage is asked again',
    },
}
"""Options that Ansible documents, by the fragment that does; the other ones of `constructed` are documented by us."""

_ANSIBLE_DOCS = 'https://docs.ansible.com/ansible/latest'
_LINKS = {
    'constructed': f'{_ANSIBLE_DOCS}/collections/ansible/builtin/constructed_inventory.html',
    'inventory_cache': f'{_ANSIBLE_DOCS}/plugins/cache.html',
}

HEAD = """\
<!-- Made by scripts/generate_reference.py from the documentation in the code. Do not edit. -->
# Options

[Index](README.md) · [How it works](how-it-works.md) · [Configuration files](configuration.md) · [Storages](storages.md)

The options of an inventory source, such as `osa.yml`. On a machine with the collection, `ansible-doc` shows the same:

```console
$ ansible-doc -t inventory osa.inventory.osa
```

"""

RULES = """\
- The environment never overrides the source: it fills what the source leaves out.
- The expressions of `compose`, `groups` and `keyed_groups` see each host's variables, and are not templated with the
  source.
- An unknown option is an error that names the nearest known one.

"""

STORAGE_HEAD = """\

## Options of storages

They stand in the mapping `storage`, beside `class`; see [Storages](storages.md#naming-a-storage). One that is left out
is looked up in the environment, as the variable in the last column. An unknown option is an error. What each of them
means is said on the page that its heading leads to.
"""


def render() -> str:
    """The page. The collection must be importable as `ansible_collections.osa.inventory`."""
    documentation = yaml.safe_load(_assigned(PLUGIN, 'DOCUMENTATION'))
    options: dict[str, t.Any] = yaml.safe_load(_assigned(FRAGMENT, 'DOCUMENTATION'))['options']
    notes = ''.join(f'- {_markdown(note)}\n' for note in documentation['notes'])
    parts = [HEAD, notes, RULES, _summary(options), *(_option(name, options[name]) for name in options)]
    for fragment, names in ANSIBLES.items():
        parts.append(
            f'\n## Options of [{fragment}]({_LINKS[fragment]})\n\nAs in every inventory plugin of Ansible:\n\n'
        )
        parts += [f'- `{name}`: {text}\n' for name, text in names.items()]
    return ''.join([*parts, STORAGE_HEAD, _storages(), '\n## Examples\n', _examples()])


def _assigned(path: pathlib.Path, name: str) -> str:
    """The text that a file assigns to a name, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text('utf-8'))):
        if isinstance(node, ast.Assign) and [getattr(target, 'id', None) for target in node.targets] == [name]:
            return str(ast.literal_eval(node.value))
    raise LookupError(f'{path} does not assign {name}.')


def _summary(options: dict[str, t.Any]) -> str:
    rows = [
        f'| [`{name}`](#{name}) | {option["type"]} | {_default(option)} | {_markdown(option["description"][0])} |\n'
        for name, option in options.items()
    ]
    return ''.join(['| option | type | default | |\n', '| --- | --- | --- | --- |\n', *rows])


def _option(name: str, option: dict[str, t.Any]) -> str:
    facts = [f'Type: {option["type"]}']
    if option.get('required'):
        facts.append('required')
    if 'choices' in option:
        facts.append('one of ' + ', '.join(f'`{choice}`' for choice in option['choices']))
    if option.get('default') is not None:
        facts.append(f'default {_default(option)}')
    lines = [f'\n## {name}\n\n{"; ".join(facts)}.\n\n']
    lines += [f'- {_markdown(text)}\n' for text in option['description']]
    elsewhere = [f'extra variable `{entry["name"]}`' for entry in option.get('vars', ())]
    elsewhere += [f'environment `{entry["name"]}`' for entry in option.get('env', ())]
    elsewhere += [f'`ansible.cfg` `[{entry["section"]}] {entry["key"]}`' for entry in option.get('ini', ())]
    if elsewhere:
        lines.append(f'\nAlso: {", ".join(elsewhere)}.\n')
    return ''.join(lines)


def _markdown(text: str) -> str:
    """Ansible's markup as Markdown."""
    text = re.sub(r'O\(([a-z_]+)=([^)]*)\)', r'[`\1: \2`](#\1)', text)
    text = re.sub(r'O\(([a-z_]+)\)', _reference, text)
    return re.sub(r'[CV]\(([^)]*)\)', r'`\1`', text)


def _reference(match: re.Match[str]) -> str:
    fragment = next((fragment for fragment, names in ANSIBLES.items() if match[1] in names), None)
    return f'[`{match[1]}`](#options-of-{fragment})' if fragment else f'[`{match[1]}`](#{match[1]})'


def _storages() -> str:
    declaration = importlib.import_module(f'{LIBRARY}.lookup.declaration')
    common = declaration.full_spec(declaration.Options)
    common = {name: entry for name, entry in common.items() if name not in declaration.FROM_SOURCE}
    tables = [_table('[every storage](storages.md#options-of-every-storage)', 'STORAGE', common)]
    for storage in STORAGES:
        module = importlib.import_module(f'{LIBRARY}.{storage}.storage')
        page = f'storage-{storage}.md' if storage not in ON_OVERVIEW else f'storages.md#{storage}'
        tables.append(_table(f'[{storage}]({page})', storage, declaration.own_spec(module.StorageModule.OPTIONS)))
    return ''.join(tables)


def _table(title: str, storage: str, spec: dict[str, dict[str, t.Any]]) -> str:
    lines = [f'\n### Of {title}\n\n', '| option | type | default | environment |\n', '| --- | --- | --- | --- |\n']
    for name, entry in spec.items():
        variables = [f'OSA_INVENTORY_{storage}_{name}'.upper(), *entry.get('env', ())]
        if storage == 'STORAGE':
            variables[0] = variables[0].replace('STORAGE', '<STORAGE>')
        names = ', '.join(f'`{variable}`' for variable in variables)
        lines.append(f'| `{name}` | {_kind(entry)} | {_default(entry)} | {names} |\n')
    return ''.join(lines)


def _kind(entry: dict[str, t.Any]) -> str:
    kind = entry['type']
    if 'choices' in entry:
        kind += ': ' + ', '.join(f'`{choice}`' for choice in entry['choices'])
    return f'{kind}, secret' if entry.get('no_log') else kind


def _default(entry: dict[str, t.Any]) -> str:
    if entry.get('required'):
        return 'required'
    default = entry.get('default')
    return '' if default is None else f'`{str(default).lower() if isinstance(default, bool) else default}`'


def _examples() -> str:
    documents = _assigned(PLUGIN, 'EXAMPLES').strip().split('---\n')
    return ''.join(f'\n```yaml\n{document.strip()}\n```\n' for document in documents if document.strip())


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as tree:
        link = pathlib.Path(tree, 'ansible_collections', 'osa', 'inventory')
        link.parent.mkdir(parents=True)
        link.symlink_to(CHECKOUT, target_is_directory=True)
        sys.path.insert(0, tree)
        PAGE.write_text(render(), 'utf-8')


if __name__ == '__main__':
    main()
