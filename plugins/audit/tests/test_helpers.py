"""Helpers that give nothing, and how a command line is read without a shell."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole_audit.program import Call, call

KEYHOLE = Path(sys.executable).with_name("keyhole")


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("keyhole secret get a", "keyhole"),
        ("  /opt/keyhole/bin/keyhole\tsecret", "/opt/keyhole/bin/keyhole"),
        ("'/opt/a b/keyhole' secret", "/opt/a b/keyhole"),
        ("~/bin/key.sh", "~/bin/key.sh"),
        ("./key.sh 2>/dev/null", "./key.sh"),
        ('keyhole secret header "A: {b}"', "keyhole"),
        ("", None),
        ("echo key", None),
        (". ./key.sh", None),
        ("A=1 keyhole", None),
        ("$HOME/key.sh", None),
        ('"/opt/keyhole" secret', None),
        ("'a'b c", None),
        ("~ada/key.sh", None),
        ("'~/key.sh'", None),
        ("keyhole || echo key", None),
        ("keyhole; echo key", None),
        ("keyhole\necho key", None),
        ("echo-{a,b} key", None),
        ("if true", None),
    ],
)
def test_a_program_is_known_only_beyond_doubt(line: str, word: str | None) -> None:
    """What a command calls is known where its first word is plain and no other program may answer."""
    called = call(line)
    assert (called.word if called else None) == word


@given(st.text())
def test_any_line_can_be_read(line: str) -> None:
    """Whatever stands in a setting, its word is a part of it, or it is not judged."""
    called = call(line)
    assert called is None or called.word in line


def test_what_can_not_be_asked_is_taken_to_be_there(tmp_path: Path) -> None:
    """A path is missing only where the system says that nothing is there."""
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    found = {
        name: Call(str(tmp_path / name), ()).is_there(tmp_path, (), {})
        for name in ("file", "gone", "file/below", "loop", "x" * 300)
    }
    assert [name for name, there in found.items() if not there] == ["gone", "file/below"]


def test_a_helper_that_path_does_not_lead_to(site: Any) -> None:
    """Where PATH does not lead to keyhole, what to write in its place is said."""
    site.write(".claude/settings.json", {"apiKeyHelper": "keyhole secret get a"})
    site.environ["PATH"] = os.devnull
    (notice,) = [one.notice for one in site.audit().flagged]
    assert notice.problem == "apiKeyHelper calls keyhole, which is not on PATH: it gives nothing"
    assert f"write {KEYHOLE} in its place" in notice.remedy


def test_of_a_folder_by_itself_no_program_is_looked_for(site: Any) -> None:
    """A folder that is audited by itself may be meant for another machine, as in CI."""
    site.write("project/.claude/settings.json", {"apiKeyHelper": "no-such-helper"})
    assert "KH209" in site.codes(site.audit())
    assert "KH209" not in site.codes(site.audit(site.project))


@pytest.mark.parametrize("command", ["token", "headers --json", "env", "run -- printenv X"])
def test_a_helper_that_asks_for_itself(command: str, site: Any) -> None:
    """A command that looks for the winner is no helper, where the helper is the winner."""
    site.write(".claude/settings.json", {"apiKeyHelper": f"{KEYHOLE} {command}"})
    assert site.codes(site.audit()) == ["KH210"]


def test_a_helper_behind_another_winner_asks_for_that(site: Any) -> None:
    """Where another credential wins, a helper that asks for the winner gets that one."""
    site.write(".claude/settings.json", {"apiKeyHelper": "keyhole token"})
    site.environ["ANTHROPIC_AUTH_TOKEN"] = site.fill("@@random@@")
    assert "KH210" not in site.codes(site.audit())


REMEDIES = {
    ".claude/settings.json": (
        {"env": {"ANTHROPIC_API_KEY": "@@anthropic@@"}},
        "`keyhole audit --fix` keeps it in a token store behind a helper",
    ),
    ".claude/settings.local.json": (
        {"notes": "@@stripe@@"},
        "take it out of the file; nothing in Claude Code reads a secret there",
    ),
    "CLAUDE.md": ("use @@github@@", "take it out of the file"),
}


@pytest.mark.parametrize("name", REMEDIES)
def test_what_git_keeps_is_to_be_rotated(name: str, site: Any) -> None:
    """What to do about a file that git tracks is said once, and then why to rotate."""
    content, remedy = REMEDIES[name]
    site.write(f"project/{name}", content)
    site.git("init", "-q")
    site.git("add", ".")
    said = [one.notice.remedy for one in site.audit().flagged if one.check.code[:3] == "KH1"]
    assert said == [f"{remedy}; git keeps every version, so rotate it at whoever issued it"]


def test_a_reference_is_explained(site: Any) -> None:
    """Instead of a secret in a server's variables a reference may stand, and that is said in full."""
    site.write(
        "project/.mcp.json",
        {"mcpServers": {"a": {"command": "a", "env": {"A_TOKEN": "@@random@@"}}}},
    )
    (notice,) = [one.notice for one in site.audit().flagged]
    assert "write ${NAME} in its place, and export the variable NAME where" in notice.remedy
