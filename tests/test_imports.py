"""What starting costs: registering plugins, and looking, import nothing heavy."""

from __future__ import annotations

from typing import Any

import pytest

HEAVY = (
    "anthropic",
    "asyncio",
    "azure",
    "botocore",
    "filelock",
    "google",
    "httpx",
    "httpx2",
    "hypothesis",
    "msal",
    "pytest",
    "requests",
)
REPORT = f"""
heavy = sorted({set(HEAVY)!r} & sys.modules.keys())
print(*heavy, file=sys.stderr)
"""
REGISTER = """
import sys
from keyhole.config import Config
from keyhole.plugins import load
plugins = load(Config())
assert len(plugins.sources) > 3, plugins
"""
LOOK = """
import sys
from keyhole.cli import run
run(["status", "--json"])
"""


@pytest.mark.parametrize("script", [REGISTER, LOOK], ids=["registering", "status --json"])
def test_nothing_heavy_is_imported(keyhole: Any, script: str) -> None:
    """Neither loading every installed plugin nor `status` imports a vendor's or an HTTP library."""
    done = keyhole(script=script + REPORT, environ={"ANTHROPIC_API_KEY": "sk-ant-api03-fake"})
    assert done.returncode == 0, done.stderr
    assert done.stderr.split() == []


def test_importing_the_library_is_free(keyhole: Any) -> None:
    """`import keyhole` imports none of its own modules, and no attrs, click or pluggy."""
    script = """
import sys
import keyhole
loaded = {name.partition(".")[0] for name in sys.modules} & {"attr", "attrs", "click", "pluggy"}
mine = [name for name in sys.modules if name.startswith("keyhole.")]
print(*loaded, *mine)
"""
    assert keyhole(script=script).stdout.split() == []
