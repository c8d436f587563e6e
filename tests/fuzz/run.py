# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fuzz one of the targets, guided by coverage: `python tests/fuzz/run.py --target yaml --seconds 600`.

Needs atheris (`pip install atheris`). What escapes a target is written, once for each place that it comes from, below
the corpus; the run goes on. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import collections.abc as c
import hashlib
import json
import pathlib
import random
import sys
import tempfile
import traceback
import types
import typing as t

import atheris

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
COLLECTION = 'ansible_collections.osa.inventory.plugins'
LONGEST_INPUT = 16384
SLOW_SECONDS = 30
MOST_MEGABYTES = 4096
ODD = (
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    10**30,
    '',
    'x',
    '{{ x }}',
    '10.0.0.1',
    '::1',
    'a b',
    'all',
    '_meta',
    [],
    {},
    [None],
)


def main() -> None:
    """Fuzz until the time is over, or an input takes too much memory or time."""
    arguments, rest = _arguments()
    corpus = arguments.corpus / arguments.target
    corpus.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='osa-fuzz-') as name:
        scratch = pathlib.Path(name)
        targets = _instrumented(scratch / 'tree')
        target = targets.TARGETS[arguments.target]
        for seed in target.seeds():
            (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
        watched = _Watched(target.open(scratch / 'work'), arguments.corpus / f'{arguments.target}-found')
        flags = [
            f'-max_total_time={arguments.seconds}',
            f'-max_len={LONGEST_INPUT}',
            f'-timeout={SLOW_SECONDS}',
            f'-rss_limit_mb={MOST_MEGABYTES}',
            f'-artifact_prefix={arguments.corpus}/{arguments.target}-',
            '-print_final_stats=1',
            *rest,
        ]
        atheris.Setup([sys.argv[0], *flags, str(corpus)], watched, custom_mutator=_mutated)
        atheris.Fuzz()


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description='Fuzz a reader; what else is given goes to libFuzzer.')
    parser.add_argument('--target', required=True, help='one of TARGETS in targets.py, such as yaml')
    parser.add_argument('--seconds', type=int, default=60)
    parser.add_argument(
        '--corpus', type=pathlib.Path, default=CHECKOUT / '.cache' / 'fuzz', help='default: %(default)s'
    )
    return parser.parse_known_args()


def _instrumented(tree: pathlib.Path) -> types.ModuleType:
    """The module `targets`, with the collection instrumented for coverage."""
    link = tree / 'ansible_collections' / 'osa' / 'inventory'
    link.parent.mkdir(parents=True)
    link.symlink_to(CHECKOUT, target_is_directory=True)
    sys.path[:1] = [str(tree), str(CHECKOUT / 'tests')]
    with atheris.instrument_imports(include=[COLLECTION, 'tarfile']):
        from fuzz import targets
    return targets


class _Watched:
    """A target that notes what escapes it, and how much was done; called with each input."""

    def __init__(self, run: c.Callable[[bytes], None], found: pathlib.Path) -> None:
        self._run, self._directory = run, found
        self._places: set[str] = set()

    def __call__(self, data: bytes) -> None:
        try:
            self._run(data)
        except Exception as error:  # whatever it is, it is what is looked for
            self._note(error, data)

    def _note(self, error: Exception, data: bytes) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if '/plugins/' in frame.filename or '/support/' in frame.filename] or frames
        place = f'{type(error).__name__}-{pathlib.Path(own[-1].filename).stem}-{own[-1].name}'
        if place not in self._places:
            self._places.add(place)
            self._directory.mkdir(parents=True, exist_ok=True)
            (self._directory / place).write_bytes(data)
            text = ''.join(traceback.format_exception(error, limit=-12))
            print(f'FOUND {place}\n{text[-3000:]}', flush=True)


def _mutated(data: bytes, longest: int, seed: int) -> bytes:
    """One change: within a part that is JSON by its structure, in text by lines, and else by bytes."""
    rng = random.Random(seed)
    way = rng.random()
    parts = data.split(b'\n%%%%\n')
    number = rng.randrange(len(parts))
    if way < 0.5:
        changed = _other_json(parts[number], rng)
        if changed is not None:
            parts[number] = changed
            return b'\n%%%%\n'.join(parts)[:longest]
    if way < 0.7:
        parts[number] = _other_lines(parts[number], rng)
        return b'\n%%%%\n'.join(parts)[:longest]
    return bytes(atheris.Mutate(data, longest))


def _other_json(part: bytes, rng: random.Random) -> bytes | None:
    """The JSON text (after a mark such as `z`) with one value or key replaced, or moved from elsewhere."""
    mark = part[: len(part) - len(part.lstrip(b'zr'))][:1]
    try:
        value = json.loads(part[len(mark) :])
        paths = list(_paths(value))
        if not paths:
            return None
        parent, key = rng.choice(paths)
        other = rng.choice([*ODD, *(owner[name] for owner, name in rng.sample(paths, min(4, len(paths))))])
        if isinstance(parent, dict) and rng.random() < 0.3:
            name = str(rng.choice([name for _owner, name in paths])) if rng.random() < 0.7 else str(other)[:80]
            parent[name] = parent.pop(key) if rng.random() < 0.7 else parent[key]
        elif rng.random() < 0.15:
            del parent[key]
        else:
            parent[key] = other
        return mark + json.dumps(value).encode('ascii')
    except (ValueError, RecursionError):
        return None


def _paths(value: t.Any) -> c.Iterator[tuple[t.Any, t.Any]]:
    """Each container with each of its keys."""
    waiting = [value]
    while waiting:
        parent = waiting.pop()
        items = parent.items() if isinstance(parent, dict) else enumerate(parent) if isinstance(parent, list) else ()
        for key, item in items:
            yield parent, key
            waiting.append(item)


def _other_lines(part: bytes, rng: random.Random) -> bytes:
    """The text with a line doubled, dropped, moved, indented, or a word of it put elsewhere."""
    lines = part.split(b'\n')
    one, two = rng.randrange(len(lines)), rng.randrange(len(lines))
    way = rng.randrange(5)
    if way == 0:
        lines.insert(two, lines[one])
    elif way == 1:
        del lines[one]
    elif way == 2:
        lines[one], lines[two] = lines[two], lines[one]
    elif way == 3:
        lines[one] = b'  ' + lines[one] if rng.random() < 0.5 else lines[one].removeprefix(b'  ')
    else:
        words, others = lines[one].split(b' '), lines[two].split(b' ')
        odd = str(rng.choice(ODD)).encode()
        words[rng.randrange(len(words))] = odd if rng.random() < 0.3 else rng.choice(others)
        lines[one] = b' '.join(words)
    return b'\n'.join(lines)


if __name__ == '__main__':
    main()
