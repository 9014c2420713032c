"""What the plugins of this repository bring, on a machine that holds nothing."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from keyhole.cli.world import World
from keyhole.config import Config
from keyhole.plugins import Plugins, load
from keyhole.testing import FakeHost, fake_machine

__all__ = ["ROOT", "WORLD", "distributions", "plugins", "variables"]

ROOT = Path(__file__).parents[2]
WORLD = World(lambda **_: fake_machine(), FakeHost())
"""An empty machine, so that no page depends on who writes it."""

_VARIABLE = re.compile(
    r"(ANTHROPIC|AWS|AZURE|BAO|CLAUDE|CLOUDSDK|CLOUD_ML|CURL|GCE|GCLOUD|GOOGLE|IDENTITY|KEYHOLE|MSI"
    r"|NO_GCE|REQUESTS|VAULT|XDG)(_[A-Z0-9]+)+"
)


def plugins() -> Plugins:
    """Everything that is installed.

    Raises:
        RuntimeError: A plugin does not work, so that its pages can't be written.
    """
    found = load(Config())
    checks, problems = found.checks()
    problems += found.problems
    if problems or not checks:
        raise RuntimeError("\n".join(f"{it.distribution} {it.problem}" for it in problems))
    return found


def distributions() -> Iterator[tuple[str, Path]]:
    """Each plugin of this repository: its name and its folder, sorted."""
    for project in sorted(ROOT.glob("plugins/*/pyproject.toml")):
        yield tomllib.loads(project.read_text(encoding="utf-8"))["project"]["name"], project.parent


def variables(folder: Path) -> list[str]:
    """The environment variables that a distribution's code names, sorted."""
    named: set[str] = set()
    for module in folder.glob("src/**/*.py"):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        named |= {text for text in _texts(tree) if _VARIABLE.fullmatch(text)}
    # A name that others begin with is what they are put together from.
    return sorted(it for it in named if not any(name.startswith(f"{it}_") for name in named))


def _texts(tree: ast.Module) -> Iterator[str]:
    """Every text in the code, but for the names that a module offers."""
    offered = [
        node
        for statement in tree.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__"
        for node in ast.walk(statement)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in offered:
            yield node.value
