"""Real entry points: whatever the order of folders and installation, there is one result."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

Keyhole = Callable[..., subprocess.CompletedProcess[str]]

SOURCE = """
    from keyhole import Absent, Found, Where, hookimpl

    class Acme:
        name, priority = "{name}", {priority}
        selectors, billing = frozenset({{"ACME"}}), "other"

        def find(self, machine):
            variable = machine.variable("ACME")
            if variable.value is None:
                return Absent(reason=variable.absence)
            return Found(where=variable.where, load=lambda host, rejected: None)

    @hookimpl
    def keyhole_credential_sources():
        return [Acme()]
"""
MISSPELT = """
    from keyhole import hookimpl

    @hookimpl
    def keyhole_credential_source():
        return []
"""
BOTH_AS_JSON = """
import json
from keyhole.cli import run

for arguments in (["plugins", "--json"], ["status", "--json"]):
    code = run(arguments)
    print(f"exit {code}")
"""
# Not one of them is in the way of another, or of what is really installed.
MODULES = {
    "acme-high": SOURCE.format(name="acme-high", priority=750),
    "acme-twin": SOURCE.format(name="acme-twin", priority=450),
    "zeta-twin": SOURCE.format(name="zeta-twin", priority=450),
    "claims-one": SOURCE.format(name="claimed", priority=10),
    "claims-two": SOURCE.format(name="claimed", priority=20),
    "misspelt": MISSPELT,
    "raises": 'secret = "fake-secret"\nraise RuntimeError(secret)',
    "imports-nothing": "import there_is_no_such_module",
    "present-twice": SOURCE.format(name="twice", priority=5),
}
# Their problems name their folders; the others share folders, in any mixture.
ALONE = {"raises", "present-twice"}
PERMUTATIONS = 5


class Shop:
    """Installs tiny distributions, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def install(self, name: str, module: str, *, at: str = "", entry: str = "") -> Path:
        """The folder that the distribution is installed in."""
        folder = self._folder / (at or name)
        stem = name.replace("-", "_")
        info = folder / f"{stem}-1.0.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (folder / f"{stem}.py").write_text(dedent(module))
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(entry or f"[keyhole]\n{name} = {stem}\n")
        (info / "RECORD").write_text(f"{stem}.py,,\n{info.name}/METADATA,,\n")
        return folder


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Where third parties' distributions are installed."""
    return Shop(tmp_path / "shop")


def test_the_result_depends_on_no_order(
    keyhole: Keyhole, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Every order of installation and of the path gives one answer, and each problem once."""
    shuffled = random.Random(7)  # noqa: S311  # reproducible, and no secret
    answers = []
    for turn in range(PERMUTATIONS):
        names = list(MODULES)
        shuffled.shuffle(names)
        shop = Shop(tmp_path / "shops" / str(turn))
        shared = {name: f"site-{shuffled.randrange(3)}" for name in names if name not in ALONE}
        folders = {
            name: shop.install(name, MODULES[name], at=shared.get(name, "")) for name in names
        }
        folders["second"] = shop.install(
            "present-twice", MODULES["present-twice"], at="second-copy"
        )
        path = list(dict.fromkeys(folders.values()))
        shuffled.shuffle(path)
        answers.append(_answer(keyhole, path))
        used, spare = sorted((folders["present-twice"], folders["second"]), key=path.index)
        _replace(answers[-1], {f"{used} ": "USED ", f"{used}/": "USED/"})
        _replace(answers[-1], {str(spare): "SPARE", str(tmp_path / "shops" / str(turn)): "SHOP"})
    for turn, answer in enumerate(answers):
        with subtests.test(turn=turn):
            assert answer == answers[0]
    _assert_right(*answers[0])


def _assert_right(listed: dict[str, Any], found: dict[str, Any]) -> None:
    assert found["active"]["source"] == "acme-high"
    order = [source["source"] for source in found["sources"]]
    assert order == [source["source"] for source in listed["sources"]]
    for first, then in (
        ("auth-token", "acme-high"),
        ("acme-high", "api-key"),
        ("oauth-token", "acme-twin"),
        ("acme-twin", "zeta-twin"),
        ("zeta-twin", "login"),
        ("login", "claimed"),
        ("claimed", "twice"),
    ):
        assert order.index(first) < order.index(then), f"{first} before {then}: {order}"
    claimed = next(source for source in found["sources"] if source["source"] == "claimed")
    assert claimed["priority"] == 20
    assert claimed["state"] == "broken"
    assert claimed["distribution"] == "claims-one, claims-two"
    assert "claims-one and claims-two both" in claimed["reason"]
    assert found["plugin_problems"] == listed["problems"]
    problems = {it["distribution"]: it["problem"] for it in found["plugin_problems"]}
    assert len(problems) == len(found["plugin_problems"])
    assert problems == {
        "imports-nothing": "can't be imported: ModuleNotFoundError: "
        "No module named 'there_is_no_such_module'",
        "misspelt": "has no such hook: keyhole_credential_source "
        "(did you mean keyhole_credential_sources?)",
        "present-twice": "is installed twice, in USED (used) and in SPARE",
        "raises": "can't be imported: RuntimeError at SHOP/raises/raises.py:2",
    }
    assert all(problem["remedy"] for problem in found["plugin_problems"])
    states = {plugin["plugin"]: plugin["state"] for plugin in listed["plugins"]}
    failed = {name for name, state in states.items() if state == "failed"}
    assert failed == {"imports-nothing", "raises"}
    assert {"acme-high", "misspelt", "present-twice"} <= set(states)


def test_a_broken_plugin_costs_one_line(keyhole: Keyhole, shop: Shop) -> None:
    """The screen with a broken plugin is the screen without it and one line, naming it."""
    broken = shop.install("raises", MODULES["raises"])
    wide = {"ANTHROPIC_API_KEY": "fake-key", "COLUMNS": "120"}
    without = keyhole("status", environ=wide)
    with_it = keyhole("status", environ={**wide, "PYTHONPATH": str(broken)})
    assert with_it.returncode == without.returncode == 0
    assert with_it.stderr == without.stderr == ""
    assert with_it.stdout.startswith(without.stdout.rstrip("\n"))
    title, *line = with_it.stdout.removeprefix(without.stdout.rstrip("\n")).strip().split("\n")
    assert title == "Plugins with problems"
    # The line is wrapped to the width of the terminal.
    said = " ".join(part.strip() for part in line)
    assert said.startswith("! raises can't be imported: RuntimeError at ")
    assert said.count("!") == 1


def test_a_garbled_distribution_costs_one_line(keyhole: Keyhole, shop: Shop) -> None:
    """A distribution whose list of entry points can't be read is named, and the rest works."""
    garbled = shop.install("garbled", "", entry="[keyhole]\nthis is no entry point\n")
    fine = shop.install("acme-high", MODULES["acme-high"])
    done = keyhole(
        "status", "--json", environ={"ACME": "fake", "PYTHONPATH": _joined([garbled, fine])}
    )
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["active"]["source"] == "acme-high"
    assert [problem["distribution"] for problem in found["plugin_problems"]] == ["garbled"]


def test_a_plugin_that_exits_costs_one_line(keyhole: Keyhole, shop: Shop) -> None:
    """A plugin that ends the program when it is imported is named, and the rest works."""
    exits = shop.install("exits", 'import sys\nsys.exit("not a module to import")')
    done = keyhole("status", "--json", environ={"PYTHONPATH": str(exits)})
    assert done.returncode == 3, done.stderr
    problems = json.loads(done.stdout)["plugin_problems"]
    assert [(it["distribution"], it["problem"]) for it in problems] == [
        ("exits", f"can't be imported: SystemExit at {exits / 'exits.py'}:2")
    ]


def test_what_a_plugin_prints_spoils_no_json(keyhole: Keyhole, shop: Shop) -> None:
    """A plugin that prints while it is imported or asked leaves the JSON document whole."""
    chatty = shop.install("chatty", 'print("hello")\n' + dedent(MODULES["acme-high"]))
    done = keyhole("status", "--json", environ={"ACME": "fake", "PYTHONPATH": str(chatty)})
    assert json.loads(done.stdout)["active"]["source"] == "acme-high"


def test_a_blocked_plugin_is_never_imported(keyhole: Keyhole, shop: Shop, tmp_path: Path) -> None:
    """A plugin that the configuration blocks is listed, and its module is not run."""
    witness = tmp_path / "witness"
    blocked = shop.install("blocked", f"open({str(witness)!r}, 'w').close()")
    config = tmp_path / "config.toml"
    config.write_text('[plugins]\nblock = ["blocked"]\n')
    environ = {"PYTHONPATH": str(blocked), "KEYHOLE_CONFIG": str(config)}
    listed = json.loads(keyhole("plugins", "--json", environ=environ).stdout)
    assert {
        "plugin": "blocked",
        "distribution": "blocked",
        "version": "1.0",
        "state": "blocked",
    } in (listed["plugins"])
    assert listed["problems"] == []
    assert not witness.exists()


def _answer(keyhole: Keyhole, path: Sequence[Path]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `plugins` and `status` say with these folders on the path."""
    environ = {"ACME": "fake-acme", "PYTHONPATH": _joined(path)}
    done = keyhole(script=BOTH_AS_JSON, environ=environ)
    assert done.stderr == ""
    listed, _, rest = done.stdout.partition("exit 0\n")
    found, _, end = rest.partition("exit 0\n")
    assert end == ""
    return json.loads(listed), json.loads(found)


def _replace(answer: Any, names: dict[str, str]) -> None:
    """Puts names for folders that differ legitimately, in place, in every problem."""
    listed, found = answer
    for problem in (*listed["problems"], *found["plugin_problems"]):
        for old, new in names.items():
            problem["problem"] = problem["problem"].replace(old, new)


def _joined(path: Sequence[Path]) -> str:
    return os.pathsep.join(str(folder) for folder in path)
