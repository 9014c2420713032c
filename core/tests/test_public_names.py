"""What other people import is there, documented, and costs nothing until it is used."""

from __future__ import annotations

import ast
import inspect
import json
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pluggy
import pytest

import keyhole
from keyhole import hooks, hookspecs

HOOKS = [name for name in hookspecs.__all__ if name.startswith("keyhole_")]
MODULES = [
    module.name
    for module in pkgutil.walk_packages(keyhole.__path__, "keyhole.")
    if not module.name.startswith("keyhole.cli") and module.name != "keyhole.__main__"
]


@pytest.mark.parametrize("name", keyhole.__all__)
def test_a_public_name_can_be_imported(name: str) -> None:
    """Every name in `keyhole.__all__` is there."""
    assert getattr(keyhole, name) is not None


def test_no_public_name_is_listed_twice() -> None:
    """Each name is listed once."""
    assert len(set(keyhole.__all__)) == len(keyhole.__all__)


def test_type_checkers_see_the_same_names() -> None:
    """What is imported for type checkers is what is imported on use, from the same modules."""
    tree = ast.parse(Path(keyhole.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.asname: str(node.module).removeprefix("keyhole.")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == keyhole._HOMES


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name that is not there is refused as in any module."""
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = keyhole.nothing


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_what_it_lists(name: str) -> None:
    """Each module has a docstring, and every name in its `__all__`."""
    module = import_module(name)
    assert module.__doc__
    assert [one for one in getattr(module, "__all__", []) if not hasattr(module, one)] == []


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_documented(name: str) -> None:
    """Each hook has a docstring with a first sentence and an example that is Python."""
    documentation = inspect.getdoc(getattr(hookspecs, name)) or ""
    first, _, rest = documentation.partition("\n")
    assert first.endswith(".")
    assert "Example:" in rest
    lines = [line.strip() for line in rest.splitlines()]
    code = "\n".join(line[4:] for line in lines if line.startswith((">>>", "...")))
    assert f"def {name}():" in code
    ast.parse(code)


def test_the_hooks_are_those_that_pluggy_knows() -> None:
    """Every hook specification is listed in `__all__`, and none decides by its call order."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    callers = vars(manager.hook)
    assert sorted(callers) == sorted(HOOKS) == sorted(hooks.HOOKS)
    for caller in callers.values():
        assert not caller.spec.opts["firstresult"]


def test_importing_keyhole_costs_nothing() -> None:
    """`import keyhole` imports no other module of keyhole and no library."""
    script = "import keyhole, json, sys; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = json.loads(answer.stdout)
    assert [
        name for name in loaded if name.startswith(("keyhole.", "attr", "click", "pluggy"))
    ] == []
