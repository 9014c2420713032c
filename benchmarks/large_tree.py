"""`keyhole audit` of a repository with 1,000 files, beside detect-secrets on the same files.

detect-secrets looks into every file, keyhole into those that matter to it, so detect-secrets is
measured on these alone, too.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measuring import Group, environment, in_turn, process

AUDIT = (sys.executable, "-c", "from keyhole.cli import main; main()", "audit", "--json")
SCAN = (sys.executable, "-m", "detect_secrets", "scan")
_WORDS = ("def", "return", "value", "order", "item", "customer", "price", "total", "for", "self")
FILES = 1_000
_EVERY = 25
"""One file in so many is one that matters to keyhole."""


def measure(rounds: int) -> Group:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        matter = _make(root, FILES)
        sides = {"keyhole audit": _side(AUDIT, root)}
        note = f"{FILES} files, {len(matter)} of which matter to keyhole."
        if find_spec("detect_secrets"):
            sides["detect-secrets, all files"] = _side(SCAN, root)
            sides["detect-secrets, what keyhole reads"] = _side((*SCAN, *matter), root)
        else:
            note += " detect-secrets is not installed, and left out."
        rows = in_turn(sides, max(2, rounds // 5))
        return Group("tree", "Audit of a large tree", "s", rows, note)


def _side(command: tuple[str, ...], root: Path) -> Callable[[], float]:
    return process(command, environment(str(root.parent)), str(root), codes=(0, 1, 3))


def _make(root: Path, count: int) -> list[str]:
    """A repository with source code and the files that an audit reads; the names of the latter."""
    chance = random.Random(4)
    matter = []
    for at in range(count):
        name = f"part{at % 50}/pack{at % 7}/module{at}.py"
        text = "\n".join(" ".join(chance.choices(_WORDS, k=9)) for _ in range(60))
        if at % _EVERY == 0:
            name, text = _that_matters(at, text)
            matter.append(name)
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for arguments in (("init", "-q"), ("add", ".")):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    return matter


def _that_matters(at: int, text: str) -> tuple[str, str]:
    token = f"ghp_{random.Random(at).getrandbits(280):036x}"[:40]
    match at // _EVERY % 4:
        case 0:
            return f"service{at}/.env", f"PORT=80\nGITHUB_TOKEN={token}\n"
        case 1:
            return f"service{at}/.mcp.json", '{"mcpServers": {"a": {"command": "a"}}}'
        case 2:
            return f"service{at}/CLAUDE.md", text
        case _:
            return f".github/workflows/w{at}.yml", "on: push\njobs:\n  a: {steps: [{run: make}]}\n"
