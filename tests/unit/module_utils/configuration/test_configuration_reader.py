# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader: YAML 1.1 as the safe loader has it, with places, and with limits."""

from __future__ import annotations

import collections.abc as c
import datetime
import math
import pathlib
import time
import typing as t

import pytest
import yaml
from ansible_collections.osa.inventory.plugins.module_utils.configuration.reader import load_mapping, load_value
from ansible_collections.osa.inventory.plugins.module_utils.configuration.text_files import decode, read_file
from ansible_collections.osa.inventory.plugins.module_utils.errors import ConfigurationError, ConfigurationErrors
from ansible_collections.osa.inventory.plugins.module_utils.places import (
    ConfiguredTemplate,
    ConfiguredUnsafe,
    ConfiguredVault,
    Place,
    PlacedDict,
    PlacedList,
)
from hypothesis import given
from hypothesis import strategies as st

DATA = pathlib.Path(__file__).resolve().parents[3] / 'data'


def refusal(text: str) -> str:
    """The only mistake of a text, as `line:column message`."""
    with pytest.raises(ConfigurationError) as caught:
        load_value(text, 'f')
    assert caught.value.place and caught.value.help_text
    return f'{caught.value.place} {caught.value.message}'.removeprefix('f:')


def unplaced(value: t.Any) -> t.Any:
    """Plain data with the types of its scalars, so that 1, 1.0 and true differ, and nan equals itself."""
    if isinstance(value, dict):  # in its order
        return [(unplaced(key), unplaced(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [unplaced(item) for item in value]
    if isinstance(value, str):
        return 'str', str(value)
    if isinstance(value, float) and math.isnan(value):
        return 'nan'
    return type(value).__name__, value


SCALARS = """
    yes No on OFF true False y n ~ null Null 0 1 -1 +1 0o7 010 0x1F 0b101 1_000 190:20:30 1.5 -.5 .5 5. 1e3 1.0e+3 1.0e3
    685.230_15e+03 .inf -.INF .nan 2024-01-02 2001-12-14t21:59:43.10-05:00 2001-12-14T21:59:43Z 1.2.3.4 10.0.0.0/8 a
    fd00::1 a=b 'yes' "1" '' "a\\tb\\u00e9" 08 0o8 1__0 - -a ?a :a a:b a#b é 12:30:45.5 !!str
    """.split()  # noqa: SIM905 - a list would take sixty lines

TEXTS = [
    '',
    '# nothing\n',
    '---\n',
    '---\na: 1\n...\n',
    'a:\nb: ~\n',
    'a: |\n  x\n  y\nb: >-\n  x\n  y\n',
    '- a\n- - b\n  - c\n- {d: [e, f]}\n',
    '? a\n: b\n? c\n',
    'a: !!str 1\nb: !!int "2"\nc: !!float 3\nd: !!bool "yes"\ne: !!null x\nf: !!timestamp 2024-01-02\n',
    'a: !!binary aGk=\nb: !!set {x, y}\nc: !!map {x: 1}\nd: !!seq [1]\ne: ! 1\n',
    'a: &x {b: &y 1}\nc: *x\nd: *y\n*y : e\n',
    '1: a\nfalse: b\n~: c\n1.5: d\n2024-01-02: e\n',
    '\ufeffa: b\n',
    'a: b\r\nc: d\r\n',
    'a: "x\n  y\\\n  z"\n',
    '"<<": {a: 1}\nb: 2\n',
]


@pytest.mark.usefixtures('parser')
@pytest.mark.parametrize('text', [*SCALARS, *TEXTS])
def test_values_and_their_order_are_those_of_the_safe_loader(text: str) -> None:
    try:
        expected = yaml.safe_load(text)
    except yaml.YAMLError:
        with pytest.raises(ConfigurationError):
            load_value(text, 'f')
    else:
        assert unplaced(load_value(text, 'f')) == unplaced(expected)


@pytest.mark.parametrize('text', ['=', 'a: =', 'a: <<'])
def test_lone_signs_that_the_safe_loader_chokes_on_are_text(text: str) -> None:
    value = load_value(text, 'f')
    assert (value if isinstance(value, str) else value['a']) in ('=', '<<')


def yaml_files() -> list[pathlib.Path]:
    """Those without merge keys, whose meaning depends on the release: `test_merge_keys` has a table for them."""
    files = sorted([*DATA.glob('conformance/**/*.yml'), *DATA.glob('badinputs/*/conf.d/*.yml')])
    return [file for file in files if '<<:' not in file.read_text('utf-8')]


@pytest.mark.parametrize('path', yaml_files(), ids=lambda path: str(path.relative_to(DATA)))
def test_files_read_as_the_safe_loader_reads_them(path: pathlib.Path) -> None:
    text = path.read_text('utf-8')
    assert unplaced(load_value(text, 'f')) == unplaced(yaml.safe_load(text))


WORDS = st.sampled_from([*SCALARS, '{{ a }}', "it's", 'two words', 'null ', '#x', 'a: b', '- a', '[', '}'])
TREES = st.recursive(
    st.one_of(WORDS, st.integers(), st.booleans(), st.none(), st.floats(), st.dates(), st.text(max_size=8)),
    lambda children: st.one_of(
        st.lists(children, max_size=4), st.dictionaries(st.one_of(WORDS, st.integers()), children, max_size=4)
    ),
    max_leaves=20,
)


@given(TREES, st.sampled_from([None, True, False]))
def test_whatever_is_dumped_reads_as_the_safe_loader_reads_it(tree: t.Any, flow: bool | None) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True)
    assert unplaced(load_value(text, 'f')) == unplaced(yaml.safe_load(text))


@given(st.text(alphabet='ab:-[]{},&*<#\'"|>!?%@\t\n 1~\x00\ud800é', max_size=40))
def test_any_text_gives_a_value_or_an_error_with_a_place(text: str) -> None:
    try:
        load_value(text, 'f')
    except ConfigurationErrors as errors:
        assert all(error.place for error in errors.errors)
    except ConfigurationError as error:
        assert error.place and error.place.line >= 1 and error.place.column >= 1


@pytest.mark.usefixtures('parser')
def test_keys_values_and_items_know_their_places() -> None:
    text = '# comment\na: 1\nb:\n  c: [x,\n    y]\n  d: &anchor\n    e: f\ng: *anchor\n'
    value = load_mapping(text, 'f')
    assert value.place == Place('f', 2, 1)
    assert value.key_places == {'a': Place('f', 2, 1), 'b': Place('f', 3, 1), 'g': Place('f', 8, 1)}
    assert value.value_places['a'] == Place('f', 2, 4)
    assert value['b']['c'].places == [Place('f', 4, 7), Place('f', 5, 5)]
    assert value.value_places['g'] == Place('f', 8, 4)
    assert value['g'].value_places['e'] == Place('f', 7, 8)


def test_a_merged_key_keeps_its_position_and_has_the_place_of_the_value_that_counts() -> None:
    value = load_mapping('a: &a {x: 1, y: 2}\nb:\n  z: 0\n  x: 3\n  <<: *a\n', 'f')['b']
    assert [*value.items()] == [('x', 3), ('y', 2), ('z', 0)]
    assert value.key_places == {'x': Place('f', 4, 3), 'y': Place('f', 1, 14), 'z': Place('f', 3, 3)}
    assert value.value_places['x'] == Place('f', 4, 6)


def test_each_use_of_an_alias_is_a_copy_of_its_own() -> None:
    value = load_mapping('a: &a {b: [1, {c: 2}], s: !!set {x}}\nd: *a\ne: {<<: *a}\n', 'f')
    value['a']['b'][1]['c'] = 3
    value['a']['b'].append(4)
    value['a']['s'].add('y')
    assert value['d'] == value['e'] == {'b': [1, {'c': 2}], 's': {'x'}}
    assert isinstance(value['d'], PlacedDict) and isinstance(value['d']['b'], PlacedList)


def test_text_that_looks_like_a_template_knows_its_place_as_value_and_as_key() -> None:
    value = load_mapping('a: "{{ x }}"\nb: ["#jinja2: x", "{% x %}", "{ x }", "x {# y #}"]\n"{{ k }}": 1\n', 'f')
    assert [type(item) for item in value['b']] == [ConfiguredTemplate, ConfiguredTemplate, str, ConfiguredTemplate]
    assert value['a'].place == Place('f', 1, 4) and value['b'][3].place == Place('f', 2, 39)
    assert [type(key) for key in value] == [str, str, ConfiguredTemplate]


@pytest.mark.usefixtures('parser')
def test_unsafe_reaches_all_text_below_it_aliases_too_and_leaves_other_values_as_they_are() -> None:
    text = 't: &t ["{{ x }}"]\na: !unsafe {"{{ k }}": ["{{ v }}", 1], c: *t}\nb: !unsafe "{{ x }}"\nd: !unsafe [x, 5]\n'
    value = load_mapping(text + 'e: !unsafe 5\nf: !unsafe "5"\ng: !unsafe {<<: {h: "{{ x }}"}}\n', 'f')
    assert isinstance(next(iter(value['a'])), ConfiguredUnsafe)
    unsafe = (value['a']['{{ k }}'][0], value['a']['c'][0], value['g']['h'])
    assert all(isinstance(item, ConfiguredUnsafe) for item in unsafe)
    assert isinstance(value['t'][0], ConfiguredTemplate)
    assert (type(value['b']), type(value['d'][0])) == (ConfiguredUnsafe, str)
    assert (value['d'][1], value['e'], value['f']) == (5, 5, '5')


@pytest.mark.parametrize('tag', ['!vault', '!vault-encrypted'])
def test_vaulted_text_stays_sealed_and_knows_its_place(tag: str) -> None:
    value = load_mapping(f'a: {tag} |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\nb: {tag} $ANSIBLE_VAULT;1\n', 'f')
    assert value['a'] == {'__ansible_vault': '$ANSIBLE_VAULT;1.1;AES256\n6162\n'}
    assert isinstance(value['a'], ConfiguredVault) and value['a'].place == Place('f', 1, 4)


def test_dates_are_dates() -> None:
    assert load_value('[2024-01-02, 2024-01-02 03:04:05]', 'f') == [
        datetime.date(2024, 1, 2),
        datetime.datetime(2024, 1, 2, 3, 4, 5),
    ]


REFUSALS = {
    'a: 1\nb: 2\na: 3\n': "3:1 Key 'a' is given twice, in line 1 and in line 3.",
    'a:\n  b: [{c: 1, c: 2}]\n': "2:14 Key 'a.b[0].c' is given twice, in line 2 and in line 2.",
    'a: {b: {{ c }}}\n': "1:8 Value 'a.b' begins with a template that is not in quotes.",
    'a: {{ b }}/c\n': "1:4 Value 'a' begins with a template that is not in quotes.",
    '? {a: b}\n: c\n': '1:3 A mapping has a mapping as key.',
    '? [a]\n: b\n': '1:3 A mapping has a list as key.',
    'a: !nope b\n': "1:4 Tag '!nope' is not known.",
    'a: !!python/object:os.system {}\n': "1:4 Tag '!!python/object:os.system' is not known.",
    'a: !!omap [b: 1]\n': "1:4 Tag '!!omap' is not known.",
    'a: !!str [b]\n': "1:4 Tag '!!str' does not go with a list.",
    'a: !vault {b: c}\n': "1:4 Tag '!vault' does not go with a mapping.",
    'a: !!map b\n': "1:4 Tag '!!map' does not go with a scalar.",
    'a: !vault plain\n': "1:4 Value 'a' is tagged '!vault' and does not begin with '$ANSIBLE_VAULT;'.",
    'a: !!int b\n': "1:4 Value 'a' is 'b': not a valid 'int'.",
    'a: !!bool b\n': "1:4 Value 'a' is 'b': not a valid 'bool'.",
    'a: 2024-02-31\n': "1:4 Value 'a' is '2024-02-31': not a valid 'timestamp'.",
    'a: !!timestamp b\n': "1:4 Value 'a' is 'b': not a valid 'timestamp'.",
    'a: !!binary é\n': "1:4 Value 'a' is 'é': not a valid 'binary'.",
    'a: 0b_\n': "1:4 Value 'a' is '0b_': not a valid 'int'.",
    'a: *b\n': "1:4 Alias '*b' has no anchor before it.",
    'a: &a [*a]\n': "1:8 Alias '*a' stands inside of its own anchor, so it has no end.",
    'a: &a {<<: *a}\n': "1:12 Alias '*a' stands inside of its own anchor, so it has no end.",
    'a: &x 1\nb: &x 2\n': "2:4 Anchor '&x' is given twice, in line 1 and in line 2.",
    'a: {<<: b}\n': "1:9 Merge key '<<' has text instead of a mapping or a list of mappings.",
    'a: {<<: ~}\n': "1:9 Merge key '<<' has null instead of a mapping or a list of mappings.",
    'a: {<<: [{b: 1}, c]}\n': "1:9 Merge key '<<' has a list instead of a mapping or a list of mappings.",
    'a: 1\n---\nb: 2\n': '2:1 The file holds more than one YAML document.',
    'a: 1\n---\n': '2:1 The file holds more than one YAML document.',
    'a: b\x00c\n': '1:5 The file contains the control character U+0000, which YAML does not allow.',
    'a: 1\nb: \x1b[1m\n': '2:4 The file contains the control character U+001B, which YAML does not allow.',
}


@pytest.mark.usefixtures('parser')
@pytest.mark.parametrize('text', REFUSALS)
def test_what_cannot_be_taken_is_refused_with_its_place(text: str) -> None:
    assert refusal(text) == REFUSALS[text]


SYNTAX = {
    'a: "b\nc: d\n': ('1:4', 'Close the quote'),
    'a:\n\tb: c\n': ('2:1', 'spaces'),
    'a: b: c\n': ('1:5', "': '"),
    'a: b\n c: d\n': ('2:3', 'indentation'),
    'a: @b\n': ('1:4', "'@'"),
    'a: `b`\n': ('1:4', "'`'"),
    'a: *.example.org\n': ('1:5', "'*'"),
    'a: [1, 2\n': ('1:4', 'bracket'),
    'a: [\n': ('1:5', 'bracket'),
    'a: {b: c\nd: e\n': ('2:2', 'bracket'),
    'a: - b\n': ('1:4', "'- '"),
    'a: "\\q"\n': ('1:5', 'backslash'),
    '- a\nb: c\n': ('2:1', ''),
    'a: !x!y z\n': ('1:4', 'Tags'),
}


@pytest.mark.parametrize('text', SYNTAX)
def test_a_syntax_error_has_its_place_and_a_remedy(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_value(text, 'f')
    place, remedy = SYNTAX[text]
    assert str(caught.value.place) == f'f:{place}'
    assert caught.value.message.startswith('The file is not valid YAML: ')
    assert remedy in (caught.value.help_text or '')


def test_several_mistakes_of_a_file_are_told_together_up_to_the_one_that_ends_the_reading() -> None:
    with pytest.raises(ConfigurationErrors) as caught:
        load_value('a: 1\na: 2\nb: *x\nc: !y z\nd: [\n', 'f')
    assert [error.place.line for error in caught.value.errors if error.place] == [2, 3, 4, 5]


@pytest.mark.parametrize(('text', 'kind'), [('- a\n', 'a list'), ('a\n', 'text'), ('5', 'a whole number')])
def test_only_a_mapping_may_stand_at_the_top_level(text: str, kind: str) -> None:
    with pytest.raises(ConfigurationError, match=f'f:1:1: The file holds {kind} instead of a mapping at the top level'):
        load_mapping(text, 'f')


def test_an_empty_file_is_an_empty_mapping() -> None:
    assert load_mapping('# nothing\n', 'f') == {} and load_mapping('', 'f').place == Place('f', 1, 1)


def nested(depth: int) -> str:
    return 'a: ' + '[' * (depth - 1) + ']' * (depth - 1)


def chain(length: int) -> str:
    return 'a0: &a0 [x]\n' + ''.join(f'a{i}: &a{i} [*a{i - 1}]\n' for i in range(1, length))


@pytest.mark.usefixtures('parser')
def test_nesting_has_a_limit_that_no_deployment_meets() -> None:
    load_value(nested(100), 'f')
    load_value(chain(99), 'f')
    assert refusal(nested(101)) == '1:103 Mappings and lists are nested more than 100 levels deep.'
    assert refusal(chain(101)) == '100:12 Mappings and lists are nested more than 100 levels deep.'


PARSERS_LIMIT = 1000
"""How deep PyYAML 6.0.4 goes; it looks ahead, so that it can meet its limit before ours was seen."""

DEEPER = {
    'lists': ('x: ' + '[' * 5000, '1:103'),
    'lists with spaces': ('x: ' + '[ ' * 5000, '1:202'),
    'lists in lines': ('x: [\n' + '[\n' * 5000, '100:1'),
    'mappings': ('{' * 5000, '1:101'),
    'mappings with keys': ('{a: ' * 5000, '1:401'),
    'both': ('"é": ' + '[{' * 3000, '1:105'),
    'after line ends of Windows': ('a: 1\r\nb: "𝄞"\r\nx: ' + '[' * 5000, '3:103'),
    'closed': ('x: ' + '[' * PARSERS_LIMIT * 2 + ']' * PARSERS_LIMIT * 2, '1:103'),
    'lists in blocks': ('- ' * 5000 + 'a', '1:201'),
    'mappings in blocks': (''.join(f'{" " * i}a:\n' for i in range(1500)), '101:101'),
}


@pytest.mark.usefixtures('parser')
@pytest.mark.parametrize('name', DEEPER)
def test_the_limit_is_ours_where_the_parser_has_one_too(name: str) -> None:
    text, place = DEEPER[name]
    assert refusal(text) == f'{place} Mappings and lists are nested more than 100 levels deep.'


def bomb(merging: bool) -> str:
    uses = '<<: [{}]' if merging else 'x: [{}]'
    lines = [f'a{i}: &a{i} {{k{i}: 1, {uses.format(",".join([f"*a{i - 1}"] * 10))}}}\n' for i in range(1, 12)]
    return 'a0: &a0 {k: 1}\n' + ''.join(lines)


HOSTILE: dict[str, c.Callable[[], str]] = {
    'flow sequences': lambda: '[' * 100_000,
    'flow mappings': lambda: '{a: ' * 100_000,
    'block sequences': lambda: '- ' * 100_000 + 'a',
    'explicit keys': lambda: '? ' * 100_000 + 'a',
    'indentation': lambda: ''.join(f'{" " * i}a:\n' for i in range(2_000)),
    'aliases of aliases': lambda: bomb(False),
    'merges of merges': lambda: bomb(True),
    'sexagesimal number': lambda: 'a: 1' + ':1' * 300_000,
    'long number': lambda: 'a: 1' + '0' * 300_000,
    'aliases of one large list': lambda: f'a: &a [{"x," * 10_000}]\n' + ''.join(f'b{i}: *a\n' for i in range(10_000)),
}


@pytest.mark.parametrize('name', HOSTILE)
def test_texts_made_to_exhaust_time_or_memory_are_refused_soon(name: str) -> None:
    text = HOSTILE[name]()
    start = time.process_time()
    refusal(text)
    assert time.process_time() - start < 10


def test_bytes_that_are_not_utf8_are_named_with_line_and_offset(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'f.yml'
    path.write_bytes('a: é\nb: '.encode() + b'\xe9\n')
    with pytest.raises(ConfigurationError) as caught:
        read_file(str(path))
    assert caught.value.message == 'The file is not UTF-8: byte 0xe9 at offset 9.'
    assert caught.value.place == Place(str(path), 2, 4)
    assert decode(b'a: b', 'f') == 'a: b'


def test_files_that_cannot_be_read_say_why(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ConfigurationError, match='No such file'):
        read_file(str(tmp_path / 'missing.yml'))
    with pytest.raises(ConfigurationError, match='Is a directory') as caught:
        read_file(str(tmp_path))
    assert caught.value.help_text == 'A file is expected here: move the directory away.'
