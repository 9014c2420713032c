"""Setup tokens: what is checked, what is kept of them, and how the year is counted down."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.desk import TOKEN, Desk
from keyhole import Secret
from keyhole.setup_token import LIFETIME
from keyhole_login.token_shape import flaw

DAY = 86400


def kept(home: Path) -> list[dict[str, object]]:
    """The records of setup tokens."""
    folder = home / ".local" / "state" / "keyhole" / "setup-tokens"
    return [json.loads(path.read_text()) for path in folder.glob("*.json")]


def test_only_a_date_and_a_fingerprint_are_kept(desk: Desk) -> None:
    """What --check keeps is the date and the last characters, under a digest; never the token."""
    screen = desk.type("setup-token", "--check", stdin=f"{TOKEN}\n")
    assert (screen.code, screen.err) == (0, "")
    assert "ending in …a1B2 is whole" in screen.out
    (record,) = kept(desk.home)
    assert set(record) == {"made_at", "ending"}
    texts = [path.read_text() for path in desk.home.rglob("*") if path.is_file()]
    assert [text for text in texts if TOKEN in text] == [f"{TOKEN}\n"]  # the given input alone
    assert TOKEN not in screen.out


def test_the_year_is_counted_down(desk: Desk) -> None:
    """Wherever a checked token is set, status knows its end; in the last 30 days it warns."""
    made = time.strftime("%Y-%m-%d", time.gmtime(time.time() - LIFETIME + 20 * DAY))
    said = json.loads(
        desk.type("setup-token", "--check", "--json", "--made", made, stdin=TOKEN).out
    )
    assert said["expires_at"] - said["made_at"] == LIFETIME
    for variable in ("CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN"):
        desk.environ = {variable: TOKEN}
        status = json.loads(desk.type("status", "--json").out)
        assert status["active"]["expires_at"] == said["expires_at"]
        assert any("holds a setup token that ends in 20 days" in one for one in status["warnings"])
    desk.environ = {"CLAUDE_CODE_OAUTH_TOKEN": f"{TOKEN}x"}
    assert json.loads(desk.type("status", "--json").out)["active"]["expires_at"] is None


def test_json_is_of_a_checked_token(desk: Desk) -> None:
    """Without --check there would be Claude Code's own text before it: that is refused."""
    screen = desk.type("setup-token", "--json")
    assert (screen.code, screen.out) == (2, "")
    assert "keyhole setup-token --check --json < FILE" in screen.err


def test_a_token_whose_year_is_over_is_dead(desk: Desk) -> None:
    """A token that was made more than a year ago is said to have ended, and the code is 4."""
    desk.type("setup-token", "--check", "--made", "2020-02-01", stdin=TOKEN)
    desk.environ = {"CLAUDE_CODE_OAUTH_TOKEN": TOKEN}
    screen = desk.type("status")
    assert screen.code == 4
    assert "is a setup token that ended on 2021-01-31" in screen.out


def test_checking_again_keeps_the_date(desk: Desk) -> None:
    """A token that is known keeps its date when it is checked again, unless a date is given."""
    first = ["setup-token", "--check", "--made", "2026-01-02"]
    desk.type(*first, stdin=TOKEN)
    again = json.loads(desk.type("setup-token", "--check", "--json", stdin=TOKEN).out)
    assert again["known"] is True
    assert time.gmtime(again["made_at"])[:3] == (2026, 1, 2)
    desk.type("setup-token", "--check", "--made", "2026-01-03", stdin=TOKEN)
    (record,) = kept(desk.home)
    assert record["made_at"] == again["made_at"] + DAY


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (TOKEN[:40], "has only 40 characters, so it was cut off"),
        (f"{TOKEN[:60]}\n{TOKEN[60:]}", "has a line break at character 61"),
        (f"{TOKEN[:60]} {TOKEN[60:]}", "has white space at character 61"),
        (f"Bearer {TOKEN}", "begins with 'Bearer '"),
        (f"export CLAUDE_CODE_OAUTH_TOKEN={TOKEN}", "begins with a variable's name"),
        (f'"{TOKEN}"', "is in quotation marks"),
        (TOKEN.replace("oat01", "api03"), "is an API key"),
        (TOKEN.replace("oat", "ort"), "is a refresh token"),
        ("x" * 100, "does not begin with sk-ant-oat"),
    ],
)
def test_what_is_no_setup_token_is_refused(desk: Desk, given: str, said: str) -> None:
    """Each mistake is named with the code 4, nothing is kept, and the text does not show."""
    screen = desk.type("setup-token", "--check", stdin=given)
    assert screen.code == 4
    assert said in screen.err
    assert "what to do" in screen.err
    assert TOKEN[20:60] not in screen.out + screen.err
    assert kept(desk.home) == []


def test_nothing_on_standard_input(desk: Desk) -> None:
    """Without a token --check is wrongly used, and so is a date that is still to come."""
    assert desk.type("setup-token", "--check").code == 2
    assert desk.type("setup-token", "--check", "--made", "2999-01-01", stdin=TOKEN).code == 2
    assert kept(desk.home) == []


def test_setup_token_runs_claude(desk: Desk) -> None:
    """`claude setup-token` runs in the foreground; without a terminal nothing is asked after it."""
    desk.claude("exit 0")
    screen = desk.type("setup-token", stdin=TOKEN)
    assert screen.code == 0
    assert desk.calls() == ["setup-token"]
    assert "Nothing was checked" in screen.out
    assert kept(desk.home) == []


@given(st.text(max_size=200))
def test_no_flaw_repeats_the_text(text: str) -> None:
    """Whatever is given, its flaw does not show it."""
    marked = f"{text}canary-7f3a"
    wrong = flaw(Secret(marked))
    assert wrong is None or "canary-7f3a" not in wrong.reason + wrong.remedy
