"""Mutation testing: changes a module in one place at a time, and says which changes no test notices.

    nice .venv/bin/python tests/mutation/run.py ordering renewal:140     (no names: all of them)

A name with a line goes on from there.

Each mutant runs in a fork of one process in which pytest and Hypothesis are loaded already, so that
a mutant costs little more than the tests that it is for. Nothing is written but what is printed.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest
from mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "core" / "src" / "keyhole"
KIT = "core/tests/test_testing_kit.py"
TESTS: dict[str, tuple[str, ...]] = {
    "ordering": ("core/tests/test_ordering.py",),
    "resolver": ("core/tests/test_resolver.py",),
    "freshness": ("core/tests/test_freshness.py",),
    "attempts": ("core/tests/test_renewal.py", "core/tests/test_renewal_overtaken.py"),
    "renewal": ("core/tests/test_renewal.py", "core/tests/test_renewal_overtaken.py"),
    "testing.effects": (KIT, "-k", "effect or test_looking"),
    "testing.evidence": (KIT, "-k", "good_source or SourceContract or page"),
    "testing.contract": (KIT, "-k", "source or SourceContract or page or first_look or loaded"),
    "testing.kept": (KIT, "-k", "good_store or StoreContract or page"),
    "testing.agreement": (KIT, "-k", "agrees or page"),
    "testing.stores": (KIT, "-k", "good_store or limits or StoreContract or page"),
}
"""Each module with the tests that are to notice every change of it."""

CPU_SECONDS = 15
SECONDS = 300


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports a changed module in the place of one that is on disk."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self._name = name
        self._code = compile(tree, str(SOURCES / f"{name.replace('.', '/')}.py"), "exec")

    def find_spec(
        self, fullname: str, _path: object = None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != f"keyhole.{self._name}":
            return None
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=self._code.co_filename)
        spec.has_location = True
        return spec

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)


def main(names: Sequence[str]) -> None:
    os.chdir(ROOT)
    os.environ["CI"] = "true"
    # A counter-example is enough: the simplest one takes long to find.
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile(
        "mutation", derandomize=True, max_examples=30, phases=phases
    )
    for wanted in names or TESTS:
        name, _, line = wanted.partition(":")
        source = (SOURCES / f"{name.replace('.', '/')}.py").read_text()
        if not _survives(name, ast.parse(source)):
            sys.exit(f"{name}: its tests fail without any change")
        found = [mutant for mutant in mutants(source) if mutant.line >= int(line or 0)]
        found.sort(key=lambda mutant: mutant.line)
        survivors = [mutant for mutant in found if _shown(name, mutant)]
        print(f"{name}: {len(found)} mutants, {len(survivors)} survived", flush=True)


def _shown(name: str, mutant: Mutant) -> bool:
    print(f"{name}:{mutant.line}", end="\r", file=sys.stderr, flush=True)
    survived = _survives(name, mutant.tree)
    if survived:
        print(f"{name}:{mutant.line}: {mutant.what}: {mutant.before}", flush=True)
    return survived


def _survives(name: str, tree: ast.Module) -> bool:
    child = os.fork()
    if child == 0:
        _test(name, tree)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status == 0
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def _test(name: str, tree: ast.Module) -> None:
    """Runs the tests in this fork, and ends it; a loop without an end runs out of time."""
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    for module in [module for module in sys.modules if module.partition(".")[0] == "keyhole"]:
        del sys.modules[module]
    sys.meta_path.insert(0, Changed(name, tree))
    options: tuple[str, ...] = (
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "--hypothesis-profile=mutation",
    )
    # Hypothesis is loaded before pytest begins, and pytest says so.
    options += ("-W", "ignore::pytest.PytestAssertRewriteWarning")
    os._exit(pytest.main([*options, *TESTS[name]]))


if __name__ == "__main__":
    main(sys.argv[1:])
