# Copyright: osa.inventory contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages that code can show, found in its source, with `…` for what is filled in.

Whatever looks like a sentence counts as a message, and the first text of everything that is raised or noticed. Remedies
do not: they tell what to do, or stand in a keyword, variable, constant or function with a name such as `help_text`, or
in an argument after the message. So a message can hardly be missed.
"""

from __future__ import annotations

import ast
import collections.abc as c
import dataclasses
import pathlib
import re

GAP = '…'
_REMEDY = re.compile(r'help|hint|remed|restore|way(s|_out)?$|suggest|otherwise|summary|description', re.IGNORECASE)
_QUIET = frozenset({'v', 'vv', 'vvv', 'vvvv'})
_DOCUMENTATION = frozenset({'DOCUMENTATION', 'EXAMPLES', 'RETURN'})
_SENTENCE = re.compile(r"[A-Z'_…][^\n]* [^\n]*[.](…| …)?")
_IMPERATIVE = re.compile(
    '(Check|Choose|Correct|Free|Give|Grant|Install|Let|Name|Put|Raise|Remove|Restore|Run|See|Set|Use|Wait|Write) '
)
_RAISED = re.compile(r'(Error|Errors|Notice|Missing|NotFound|State[A-Z]\w+|Storage[A-Z]\w+|WriteUncertain)')
_LEVELS = ('warning', 'error')


@dataclasses.dataclass(frozen=True)
class Message:
    """A message of the code.

    text: with one `…` for each thing that is filled in. place: file and line. is_raised: whether it is known to be that
    of an error or warning; else it only looks like one.
    """

    text: str
    place: str
    is_raised: bool


def messages_of(directory: pathlib.Path) -> list[Message]:
    """The messages of all Python files below a directory, in the order of files and lines."""
    found: list[Message] = []
    for path in sorted(directory.rglob('*.py')):
        tree = ast.parse(path.read_text('utf-8'))
        collector = _Collector(str(path.relative_to(directory)), constants_of(tree))
        collector.visit(tree)
        found += collector.found
    return found


def constants_of(tree: ast.Module) -> dict[str, str]:
    """The texts that a module gives names at its top level."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def template(node: ast.AST, constants: c.Mapping[str, str]) -> str | None:
    """The text of a string expression, with `…` for what is filled in; None for any other expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return ''.join(_part(part, constants) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = template(node.left, constants), template(node.right, constants)
        return None if left is None and right is None else f'{left or GAP}{right or GAP}'
    return None


def _part(node: ast.AST, constants: c.Mapping[str, str]) -> str:
    if not isinstance(node, ast.FormattedValue):
        return template(node, constants) or GAP
    filled = constants.get(node.value.id, GAP) if isinstance(node.value, ast.Name) else GAP
    return f"'{filled}'" if node.conversion == ord('r') else filled


def _is_shown(function: ast.AST, name: str) -> bool:
    """Whether the first argument of a call is the message of an error or warning."""
    return bool(_RAISED.fullmatch(name)) or ast.unparse(function) in ('display.error', 'display.warning')


class _Collector(ast.NodeVisitor):
    def __init__(self, file: str, constants: c.Mapping[str, str]) -> None:
        self.found: list[Message] = []
        self._file = file
        self._constants = constants

    def visit_Constant(self, node: ast.Constant) -> None:
        self._note(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._note(node)
        self._visit_all(part.value for part in node.values if isinstance(part, ast.FormattedValue))

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if template(node, self._constants) is None:
            self.generic_visit(node)
        else:
            self._note(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        names = [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]
        if _DOCUMENTATION.intersection(names):
            return
        is_pairwise = isinstance(node.value, ast.Tuple) and len(node.value.elts) == len(names)
        values = node.value.elts if isinstance(node.value, ast.Tuple) and is_pairwise else [node.value]
        for name, value in zip(names or [''], values, strict=False):
            if name == 'message' and template(value, self._constants):
                self._note(value, always=True)
            elif not _REMEDY.search(name):
                self.visit(value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value and not _REMEDY.search(ast.unparse(node.target)):
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if not _REMEDY.search(node.name) or any(isinstance(part, ast.Raise) for part in ast.walk(node)):
            self._visit_all(node.body)

    def visit_keyword(self, node: ast.keyword) -> None:
        if not _REMEDY.search(node.arg or ''):
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, 'id', '')
        if name in _QUIET or _REMEDY.search(ast.unparse(node.func)):
            return
        if name == 'Finding':
            self._finding(node)
            return
        for number, argument in enumerate(node.args):
            before = len(self.found)
            if number == 0 and _is_shown(node.func, name) and template(argument, self._constants):
                self._note(argument, always=True)
            else:
                self.visit(argument)
            if len(self.found) > before or (isinstance(argument, ast.Name) and argument.id == 'message'):
                break  # the message; what follows is its remedy
        self._visit_all(node.keywords)

    def _finding(self, node: ast.Call) -> None:
        """What a storage's `check` has found, unless it is that all is well."""
        level, what = node.args[:2]
        if not isinstance(level, ast.Constant) or level.value in _LEVELS:
            self._note(what, always=True)

    def _visit_all(self, nodes: c.Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _note(self, node: ast.AST, always: bool = False) -> None:
        text = template(node, self._constants)
        if text and not _IMPERATIVE.match(text) and (always or _SENTENCE.fullmatch(text)):
            settled = re.sub(f'{GAP}+', GAP, text.replace('{}', GAP))  # `{}` is for str.format
            self.found.append(Message(settled, f'{self._file}:{node.lineno}', always))  # type: ignore[attr-defined]
