"""Modes, stores and expiry: what no text of a file says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import attrs
import pytest

from keyhole import Secret, survey
from keyhole.check import Role, Seen, View
from keyhole.index import Entry
from keyhole.record import TokenRecord
from keyhole.setup_token import KIND
from keyhole.store import Availability, State, StoreFactory, TokenStore
from keyhole.stores.offered import BUILT_IN, Stores
from keyhole.testing import FakeHost, fake_machine
from keyhole.testing.fakes import NOW
from keyhole.tokens import Tokens
from keyhole_audit.checks import checks
from keyhole_audit.disk import facts

DAY = 24 * 60 * 60
HOME = Path("/home/ada")


def _codes(view: View) -> list[str]:
    family = [check for check in checks() if check.code.startswith("KH4")]
    return [check.code for check in family for _ in check.look(view)]


def _view(host: FakeHost, *files: Seen, contents: Any = None, **options: Any) -> View:
    machine = fake_machine(files=contents or {}, **options)
    return View(
        machine,
        files,
        whole=True,
        survey=lambda: survey(machine),
        tokens=lambda: host.tokens(machine),
    )


@pytest.mark.parametrize(
    ("mode", "reachable", "codes"),
    [
        (0o600, True, []),
        (0o644, True, ["KH402"]),
        (0o644, False, []),
        (0o640, True, []),
        (0o666, True, ["KH401", "KH402"]),
        (None, True, []),
    ],
)
def test_modes(mode: int | None, reachable: bool, codes: list[str], secret: Any) -> None:  # noqa: FBT001  # a column of the table
    """A mode matters where others reach the file, and reading matters where a secret is."""
    path = HOME / ".claude.json"
    server = {"command": "a", "env": {"A_TOKEN": secret("random")}}
    seen = Seen(path, Role.STATE, mode=mode, owner=os.geteuid(), reachable=reachable)
    contents = {path: {"mcpServers": {"a": server}}}
    assert _codes(_view(FakeHost(), seen, contents=contents)) == codes
    assert "KH402" not in _codes(_view(FakeHost(), seen, contents={path: {}}))


def test_a_file_of_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who owns a settings file chooses; the system's own files and the superuser's look are fine."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    seen = Seen(HOME / ".claude" / "settings.json", Role.SETTINGS, owner=1001)
    assert _codes(_view(FakeHost(), seen)) == ["KH403"]
    assert _codes(_view(FakeHost(), attrs.evolve(seen, owner=0))) == []


def test_what_the_file_system_says(tmp_path: Path) -> None:
    """A link has the facts of what it points to; what is gone has none."""
    file = tmp_path / "a"
    file.write_text("")
    file.chmod(0o640)
    (tmp_path / "link").symlink_to(file)
    assert facts(tmp_path / "link") == facts(file)
    assert facts(file).mode == 0o640
    assert facts(tmp_path / "gone").mode is None


@pytest.mark.parametrize(
    ("record", "codes"),
    [
        (TokenRecord(Secret("fake"), expires_at=NOW - 5), ["KH406"]),
        (TokenRecord(Secret("fake"), expires_at=NOW + 9 * DAY), []),
        (TokenRecord(Secret("fake"), Secret("fake"), expires_at=NOW - 5), []),
        (TokenRecord(Secret("fake"), Secret("fake"), dead="it was revoked"), ["KH406"]),
        (TokenRecord(Secret("fake")), []),
    ],
)
def test_what_expires(record: TokenRecord, codes: list[str]) -> None:
    """A token that ends and does not renew itself is said; one that renews itself is not."""
    host = FakeHost()
    view = _view(host)
    with host.tokens(view.machine).exclusive("acme", about="the shop", timeout=1) as slot:
        slot.replace(record)
    assert _codes(view) == codes


def test_what_expires_soon() -> None:
    """A token of a year is said in its last month, and one of an hour never."""
    host = FakeHost(NOW - 340 * DAY)
    for key, lifetime in (("year", 365 * DAY), ("hour", 340 * DAY + 3000)):
        host.time = NOW - 340 * DAY if key == "year" else NOW - 600
        with host.tokens(fake_machine()).exclusive(key, timeout=1) as slot:
            slot.replace(TokenRecord(Secret("fake"), expires_at=NOW - 340 * DAY + lifetime))
    assert _codes(_view(host)) == ["KH407"]


@pytest.mark.parametrize(("age", "codes"), [(30, []), (340, ["KH407"]), (366, ["KH406"])])
def test_a_setup_token(age: int, codes: list[str], secret: Any) -> None:
    """A setup token whose date was recorded is said in its last month, and when its year is over."""
    token = Secret(secret("oauth"))
    environ = {"CLAUDE_CODE_OAUTH_TOKEN": token.reveal()}
    place = fake_machine().records(KIND).path(token.digest())
    made = {"about": "fake", "made_at": NOW - age * DAY, "key": token.digest()}
    view = _view(FakeHost(), contents={place: made}, environ=environ)
    assert _codes(view) == codes


class _Safe:
    """A store that protects what it keeps."""

    name = "safe"
    priority = 500

    def status(self) -> Availability:
        """It is there."""
        return Availability(State.USABLE, protected=True, where="a safe")


@pytest.mark.parametrize(
    ("offered", "config", "codes"),
    [
        ([StoreFactory("safe", 500, lambda _: cast("TokenStore", _Safe()))], "", ["KH405"]),
        ([StoreFactory("safe", 500, lambda _: cast("TokenStore", _Safe()))], "file", []),
        ([], "", []),
    ],
)
def test_plain_text_beside_a_better_store(
    offered: list[StoreFactory], config: str, codes: list[str]
) -> None:
    """What is kept in plain text is said where a store that protects is there, unless it was chosen."""
    text = f'[stores]\nuse = "{config}"\n' if config else ""
    machine = fake_machine(files={".config/keyhole/config.toml": text})
    host = FakeHost()
    index = host.tokens(machine).index
    index.put(Entry("shop", "file"))
    tokens = Tokens(Stores([*BUILT_IN, *offered], machine), index, host)
    view = View(machine, (), whole=True, survey=lambda: survey(machine), tokens=lambda: tokens)
    assert _codes(view) == codes
