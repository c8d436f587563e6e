# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of messages: plurals, lists that end with "and 3 more", names that may have been meant.

Also here: text that somebody else may have written, on its way to a person's terminal.
"""

from __future__ import annotations

import collections.abc

LONGEST_MESSAGE = 4000

SHOWN = 5
"""How many items of a list a message shows before it only counts them: enough to see what they have in common."""

LIKE = 0.6
"""How much a name must be like one that may have been meant, as difflib measures it and by its own default."""


def printable(text: str) -> str:
    """The text with every character that could steer a terminal, or hide in it, replaced by its code."""
    return text if text.isprintable() else ''.join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def message(text: str) -> str:
    """The text of a message: printable, on one line, and never a flood."""
    return printable(text if len(text) <= LONGEST_MESSAGE else f'{text[:LONGEST_MESSAGE]}…')


def plural(noun: str, count: int) -> str:
    """The noun as it stands after this number: `host` after 1, `hosts` and `addresses` after any other."""
    if count == 1:
        return noun
    return noun + ('es' if noun.endswith('s') else 's')


def counted(count: int, noun: str) -> str:
    """A number with its noun: `1 host`, `2 hosts`."""
    return f'{count} {plural(noun, count)}'


def and_more(count: int, noun: str = '') -> str:
    """What ends a list of which only the first items are shown: ` and 3 more`, or ` and 3 more hosts`; often empty."""
    if count <= 0:
        return ''
    return f' and {count} more' + (f' {plural(noun, count)}' if noun else '')


def listed(items: collections.abc.Iterable[str], separator: str = ', ', noun: str = '') -> str:
    """The first items of a list, and how many more there are: `a, b, c, d, e and 3 more`.

    separator: `'; '` where the items have commas of their own. noun: what the items are, where that is not plain.
    """
    every = list(items)
    shown = separator.join(every[:SHOWN])
    more = and_more(len(every) - SHOWN, noun)
    return f'{shown};{more}' if more and separator == '; ' else f'{shown}{more}'


def near(name: str, known: collections.abc.Iterable[str], like: float = LIKE, ending: str = '') -> str | None:
    """The known name that is most like `name`, in upper or lower case; None when none is like it.

    ending: what many of the names have in common, so is not compared, unless nothing is found without it.
    """
    import difflib  # Only mistakes need it.

    names = list(known)
    for common in dict.fromkeys((ending, '')):
        by_stem = {each.lower().removesuffix(common): each for each in names}
        found = difflib.get_close_matches(name.lower().removesuffix(common), by_stem, n=1, cutoff=like)
        if found:
            return by_stem[found[0]]
    return None


def did_you_mean(name: str, known: collections.abc.Iterable[str], like: float = LIKE, ending: str = '') -> str:
    """`Did you mean 'x'?` with the name that `near` finds; empty when it finds none."""
    found = near(name, known, like, ending)
    return f"Did you mean '{found}'?" if found is not None else ''
