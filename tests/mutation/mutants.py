"""The mutants of a module: each its syntax tree with one small change that a test should notice."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

import attrs

__all__ = ["Mutant", "mutants"]

Change = Callable[[ast.AST], ast.AST | None]
"""Gives what takes a node's place; None where it does not fit."""

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


@attrs.frozen
class Mutant:
    """One change.

    Attributes:
        line: Where it is.
        what: What was changed.
        before: The source of what was changed.
        tree: The whole module, changed.
    """

    line: int
    what: str
    before: str
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module's source, from top to bottom.

    Texts are left alone: what an error says is compared by the tests where it matters, and every
    sentence with a changed word would otherwise be a mutant.
    """
    tree = ast.parse(source)
    skipped = set(_annotations(tree))
    for index, node in enumerate(ast.walk(tree)):
        if id(node) in skipped:
            continue
        for what, change in CHANGES:
            changed = change(copy.deepcopy(node))
            if changed is not None:
                yield Mutant(
                    getattr(node, "lineno", 0),
                    what,
                    ast.unparse(node).splitlines()[0],
                    _replaced(tree, index, changed),
                )


def _replaced(tree: ast.Module, index: int, changed: ast.AST) -> ast.Module:
    """The module with another node in the place of the one with that number."""
    fresh = copy.deepcopy(tree)
    wanted = list(ast.walk(fresh))[index]
    for parent in ast.walk(fresh):
        for name, value in ast.iter_fields(parent):
            if value is wanted:
                setattr(parent, name, changed)
            elif isinstance(value, list):
                value[:] = [changed if item is wanted else item for item in value]
    return ast.fix_missing_locations(fresh)


def _annotations(tree: ast.Module) -> Iterator[int]:
    """The nodes that only say what types are, and those that only tell or export."""
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            said = getattr(node, name, None)
            if said is not None:
                yield from map(id, ast.walk(said))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("__all__", "_R"):
            yield from map(id, ast.walk(node))


def _swapped(node: ast.AST) -> ast.AST | None:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in SWAPS:
        node.ops = [SWAPS[type(node.ops[0])]()]  # type: ignore[list-item]
        return node
    if isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in SWAPS:
        node.op = SWAPS[type(node.op)]()  # type: ignore[assignment]
        return node
    return None


def _negated(node: ast.AST) -> ast.AST | None:
    if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
        node.test = ast.UnaryOp(ast.Not(), node.test)
        return node
    if isinstance(node, ast.comprehension) and node.ifs:
        node.ifs[0] = ast.UnaryOp(ast.Not(), node.ifs[0])
        return node
    return None


def _without_sign(node: ast.AST) -> ast.AST | None:
    return node.operand if isinstance(node, ast.UnaryOp) else None


def _other_constant(node: ast.AST) -> ast.AST | None:
    if not isinstance(node, ast.Constant):
        return None
    if isinstance(node.value, bool):
        return ast.Constant(not node.value)
    return ast.Constant(node.value + 1) if isinstance(node.value, int | float) else None


def _nothing_returned(node: ast.AST) -> ast.AST | None:
    if isinstance(node, ast.Return) and node.value and ast.unparse(node.value) != "None":
        return ast.Return(ast.Constant(None))
    return None


def _dropped(node: ast.AST) -> ast.AST | None:
    return ast.Pass() if isinstance(node, ast.Raise | ast.Expr | ast.AugAssign) else None


CHANGES: tuple[tuple[str, Change], ...] = (
    ("another operator", _swapped),
    ("the opposite condition", _negated),
    ("no sign", _without_sign),
    ("another number", _other_constant),
    ("nothing returned", _nothing_returned),
    ("dropped", _dropped),
)
