"""The reference says what the code does, and the hook of pre-commit starts it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from keyhole.misfit import misfit_of_check
from keyhole_audit.checks import checks
from keyhole_audit.exceptions import Exceptions, unreasoned
from keyhole_audit.run import run

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "docs" / "reference" / "audit.md"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
ROW = re.compile(r"^\| (KH\d{3}) \| (\w+) \| ([^|]+) \|", re.MULTILINE)

pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="only in the repository")


def test_every_code_is_documented() -> None:
    """The reference has each code once, with its severity and its title, and no other."""
    said = ROW.findall(REFERENCE.read_text(encoding="utf-8"))
    every = [unreasoned(), *checks()]
    assert said == [(check.code, check.severity.value, check.title) for check in every]


def test_the_hook_of_pre_commit() -> None:
    """pre-commit audits the repository alone, once, and not the user's own files."""
    said = HOOKS.read_text(encoding="utf-8")
    assert "entry: keyhole audit .\n" in said
    assert "pass_filenames: false\n" in said


def test_the_hook_needs_no_index() -> None:
    """What the hook installs of keyhole is all here: what `keyhole` depends on, and this plugin."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.match(r"[\w-]+", one)[0] for one in project["dependencies"]}  # type: ignore[index]  # each has a name
    here = re.findall(r"^    - \./(\S+)$", HOOKS.read_text(encoding="utf-8"), re.MULTILINE)
    assert {_named(ROOT / folder) for folder in here} == needed | {"keyhole-audit"}


def _named(folder: Path) -> str:
    """The name of the distribution in a folder."""
    document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    return str(document["project"]["name"])


def test_the_example_of_a_check(site: Any) -> None:
    """The check in the how-to guide works as it stands there."""
    guide = (ROOT / "docs" / "how-to" / "audit.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    namespace: dict[str, Any] = {}
    exec(code, namespace)  # noqa: S102  # the guide is this repository's own
    path = site.write("project/acme.json", {"acme": {"token": "fake"}})
    check = namespace["AcmeToken"]()
    assert misfit_of_check(check) == ""
    report = run(site.look(path), [check], Exceptions(site.machine(), ()))
    assert site.said(report) == ["ACME101 project/acme.json"]
