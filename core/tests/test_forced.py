"""An administrator asks for a login of Claude Code: nothing else is used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keyhole.errors import UnexpectedCredentialError
from keyhole.report import document, exit_code
from keyhole.resolved import winner
from keyhole.source import Found
from keyhole.testing import fake_machine
from keyhole.where import Where
from keyhole.wire import Wire

MANAGED = Path("/etc/claude-code/managed-settings.json")
USER = ".claude/settings.json"
HEADER, LOGIN, CLOUD = (
    Wire.header("authorization"),
    Wire.login("authorization"),
    Wire.provider("authorization"),
)


class Fixed:
    """A source that fills one of Claude Code's slots."""

    name, priority, selectors, billing = "fixed", 999, frozenset[str](), "other"

    def __init__(self, wire: Wire | None) -> None:
        self._wire = wire

    def find(self, _: Any) -> Found:
        return Found(where=Where.variable("FAKE"), load=_never, wire=self._wire)


def _never(*_: Any) -> Any:
    pytest.fail("nothing may be loaded")


@pytest.mark.parametrize("wire", [HEADER, None], ids=["header", "unknown to Claude Code"])
@pytest.mark.parametrize(
    "pinned",
    [
        {"forceLoginMethod": "claudeai"},
        {"forceLoginMethod": "console"},
        {"forceLoginOrgUUID": "fake-org"},
        {"forceLoginOrgUUID": []},
    ],
    ids=str,
)
def test_what_is_no_login_ends_before_any_request(
    surveyed: Any, wire: Wire | None, pinned: dict[str, Any]
) -> None:
    """Keys, tokens and helpers end with 5 and a sentence that names the setting."""
    answer = surveyed(Fixed(wire), machine=fake_machine(files={MANAGED: pinned}))
    with pytest.raises(UnexpectedCredentialError) as raised:
        winner(answer)
    assert f"{MANAGED}:1 ({next(iter(pinned))}) asks for a login" in raised.value.problem
    assert exit_code(answer) == 5
    assert document(answer)["unexpected"] == raised.value.problem


@pytest.mark.parametrize(
    ("wire", "files"),
    [
        (LOGIN, {MANAGED: {"forceLoginMethod": "claudeai"}}),
        (CLOUD, {MANAGED: {"forceLoginMethod": "console"}}),
        (HEADER, {MANAGED: {"forceLoginMethod": "gateway"}}),
        (HEADER, {MANAGED: {}}),
        (HEADER, {USER: {"forceLoginMethod": "claudeai"}}),
    ],
)
def test_who_may_win_is_left_alone(surveyed: Any, wire: Wire, files: dict[Any, Any]) -> None:
    """Logins and clouds pass, and only an administrator's settings ask for anything."""
    answer = surveyed(Fixed(wire), machine=fake_machine(files=files))
    assert winner(answer)[0].source.name == "fixed"
    assert document(answer)["unexpected"] is None
    assert exit_code(answer) == 0
