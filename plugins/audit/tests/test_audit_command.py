"""`keyhole audit` on a command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
ENV = {"env": {"GITHUB_TOKEN": "@@github@@"}}


def test_clean(run: Run) -> None:
    """Nothing to do is exit code 0."""
    result = run()
    assert (result.exit_code, result.output) == (0, "Nothing to do. 0 files looked at.\n")


def test_dirty(site: Any, run: Run) -> None:
    """Each notice has its place, code, severity and remedy, and the exit code is 1."""
    site.write("project/.claude/settings.json", ENV)
    result = run()
    assert result.exit_code == 1
    assert ".claude/settings.json:3 (env.GITHUB_TOKEN)  KH101 high" in result.output
    assert site.secrets["github"][-4:] in result.output
    assert site.secrets["github"][:-4] not in result.output


def test_json(site: Any, run: Run) -> None:
    """`--json` has the same facts."""
    site.write("project/.claude/settings.json", ENV)
    said = json.loads(run("--json").stdout)
    assert (said["clean"], said["looked_at"], said["problems"]) == (False, 1, [])
    (notice,) = said["notices"]
    assert (notice["code"], notice["line"], notice["key"]) == ("KH101", 3, "env.GITHUB_TOKEN")


def test_only_what_is_named(site: Any, run: Run) -> None:
    """With PATHS only these are looked at, whatever their names are."""
    site.write("project/.claude/settings.json", ENV)
    site.write("project/notes.txt", "@@stripe@@")
    result = run("notes.txt")
    assert "KH110" in result.output
    assert "KH101" not in result.output


def test_select_and_ignore(site: Any, run: Run) -> None:
    """Codes can be chosen and left out; one that no check has is wrong usage."""
    site.write("project/.claude/settings.json", ENV)
    assert run("--select", "KH5").exit_code == 0
    assert run("--ignore", "KH101").exit_code == 0
    assert run("--select", "KH1").exit_code == 1


@pytest.mark.parametrize("arguments", [("--select", "KH9"), ("--ignore", "x"), ("gone",)])
def test_wrong_usage(arguments: tuple[str, ...], run: Run) -> None:
    """What is not there is an error before anything is looked at."""
    from keyhole.errors import UsageError

    with pytest.raises(UsageError):
        run(*arguments)


def test_exceptions(site: Any, run: Run) -> None:
    """A configured exception shows with its reason, and `--no-exceptions` ignores it."""
    site.write("project/.claude/settings.json", ENV)
    config = (
        '[audit]\nexceptions = [{code = "KH101", path = "*/settings.json", reason = "a toy"}]\n'
    )
    site.write(".config/keyhole/config.toml", config)
    result = run()
    assert result.exit_code == 0
    assert "a toy (the configuration)" in result.output
    assert run("--no-exceptions").exit_code == 1


def test_ignored_by_the_configuration(site: Any, run: Run) -> None:
    """`[audit] ignore` leaves codes out."""
    site.write("project/.claude/settings.json", ENV)
    site.write(".config/keyhole/config.toml", '[audit]\nignore = ["KH1"]\n')
    assert run().exit_code == 0


def test_a_broken_file_of_exceptions(site: Any, run: Run) -> None:
    """A project's exceptions that can't be read count for nothing, and that is said."""
    site.write("project/.keyhole-audit.toml", '[[exception]]\ncode = "KH101"\n')
    result = run()
    assert result.exit_code == 1
    assert "Not audited" in result.output


def test_a_hostile_name_shows_no_control_character(site: Any, run: Run) -> None:
    """A key with an escape sequence in its name is written out."""
    site.write("project/.claude/settings.json", {"env": {"A\x1b[2J_TOKEN": "@@github@@"}})
    result = run()
    assert "KH101" in result.output
    assert "\x1b[2J" not in result.output
