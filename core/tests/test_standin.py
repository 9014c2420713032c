"""It fails closed: where no plugin serves a tier that is switched on, nothing else takes over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from keyhole.machine import Machine
from keyhole.plugins import Plugin, Plugins, Registered
from keyhole.resolver import Resolution, resolve
from keyhole.source import Absent, Broken, Found
from keyhole.standin import complete
from keyhole.testing import fake_machine
from keyhole.testing.strategies import FixedSource, sources
from keyhole.tiers import ORDERS, TIERS, Tier
from keyhole.where import Where

FOUND = Found(where=Where.variable("FAKE"), load=lambda _host, _rejected: None)  # type: ignore[arg-type, return-value]

SWITCHED_ON: dict[str, dict[str, Any]] = {
    "bedrock": {"environ": {"CLAUDE_CODE_USE_BEDROCK": "1"}},
    "foundry": {"environ": {"CLAUDE_CODE_USE_FOUNDRY": "true"}},
    "anthropic-aws": {"environ": {"CLAUDE_CODE_USE_ANTHROPIC_AWS": "1"}},
    "mantle": {"environ": {"CLAUDE_CODE_USE_MANTLE": "1"}},
    "vertex": {"environ": {"CLAUDE_CODE_USE_VERTEX": "yes"}},
    "auth-token": {"environ": {"ANTHROPIC_AUTH_TOKEN": "fake"}},
    "api-key": {"environ": {"ANTHROPIC_API_KEY": "fake"}},
    "api-key-helper": {"settings": {"apiKeyHelper": "fake"}},
    "oauth-token": {"environ": {"CLAUDE_CODE_OAUTH_TOKEN": "fake"}},
    "login": {"files": {".claude/.credentials.json": {"claudeAiOauth": {"accessToken": "fake"}}}},
}


def _plugins(*found: FixedSource, plugins: tuple[Plugin, ...] = ()) -> Plugins:
    brought = tuple(Registered(f"keyhole-{source.name}", source) for source in found)
    return Plugins(plugins, brought, (), (), ())


def _resolve(plugins: Plugins, machine: Machine) -> Resolution:
    return resolve(complete(plugins), machine, ORDERS["claude-code"])


def _active(resolution: Resolution) -> tuple[str, Broken]:
    assert resolution.active is not None
    finding = resolution.active.finding
    assert isinstance(finding, Broken)
    return resolution.active.source.name, finding


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_a_tier_that_is_switched_on_and_unserved_wins(tier: Tier) -> None:
    """Without its plugin the tier is broken, says what to install, and lets nobody else win."""
    weaker = FixedSource("weaker", -1, FOUND)
    name, finding = _active(_resolve(_plugins(weaker), fake_machine(**SWITCHED_ON[tier.name])))
    assert name == tier.name
    assert finding.where is not None
    assert finding.reason == f"{tier.distribution} is not installed"
    assert finding.remedy == f"pip install {tier.distribution}"
    assert finding.wire == tier.wire


def test_nothing_switched_on_leaves_the_others_alone() -> None:
    """On an empty machine every unserved tier is absent."""
    resolution = _resolve(_plugins(FixedSource("weaker", -1, FOUND)), fake_machine())
    assert resolution.active is not None
    assert resolution.active.source.name == "weaker"
    said = {type(v.finding) for v in resolution.verdicts if v.source.name != "weaker"}
    assert said == {Absent}


@pytest.mark.parametrize("name", ["oauth-token", "login"])
def test_bare_mode_switches_logins_off(name: str) -> None:
    """What Claude Code does not read in bare mode triggers nothing there."""
    assert _resolve(_plugins(), fake_machine(**SWITCHED_ON[name], bare=True)).active is None


def test_a_console_login_is_a_login() -> None:
    """A key that a Console login left in the state file switches the login tier on."""
    machine = fake_machine(files={".claude.json": {"primaryApiKey": "fake"}})
    assert _active(_resolve(_plugins(), machine))[0] == "login"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("blocked", "keyhole-bedrock is blocked by the configuration"),
        ("failed", "keyhole-bedrock is installed and does not work"),
        ("loaded", "keyhole-bedrock is installed and does not work"),
    ],
)
def test_the_reason_is_the_plugins_state(state: str, reason: str) -> None:
    """Blocked, broken and missing plugins are told apart, each with its own remedy."""
    plugin = Plugin("bedrock", "keyhole-bedrock", "1", state)
    machine = fake_machine(**SWITCHED_ON["bedrock"])
    _, finding = _active(_resolve(_plugins(plugins=(plugin,)), machine))
    assert finding.reason == reason
    assert "pip install" not in finding.remedy


def test_a_tier_that_is_served_has_no_stand_in() -> None:
    """The plugin's own source speaks for its tier."""
    served = FixedSource("bedrock", 900, Absent(reason="its own words"))
    resolution = _resolve(_plugins(served), fake_machine(**SWITCHED_ON["bedrock"]))
    assert resolution.active is None
    assert [v.finding for v in resolution.verdicts if v.source is served] == [served.finding]


def test_a_contested_name_is_broken_at_the_higher_priority() -> None:
    """Two plugins that claim one name are one broken source that names them both."""
    claims = [
        Registered("keyhole-one", FixedSource("vault", 3, FOUND, frozenset({"A"}))),
        Registered("keyhole-two", FixedSource("vault", 8, FOUND, frozenset({"B"}))),
    ]
    machine = fake_machine()
    for sources_ in (claims, claims[::-1]):
        resolution = _resolve(Plugins((), tuple(sources_), (), (), ()), machine)
        name, finding = _active(resolution)
        (verdict,) = (v for v in resolution.verdicts if v.source.name == "vault")
        assert (name, verdict.priority) == ("vault", 8)
        assert verdict.source.selectors == {"A", "B"}
        assert "keyhole-one and keyhole-two both bring" in finding.reason
        assert finding.remedy


def test_a_contested_tier_does_not_let_another_account_win() -> None:
    """A second plugin that claims a tier's name breaks it, and a weaker source does not win."""
    claims = [Registered(f"keyhole-{n}", FixedSource("bedrock", 900, FOUND)) for n in "ab"]
    weaker = Registered("keyhole-weaker", FixedSource("weaker", 1, FOUND))
    resolution = _resolve(Plugins((), (*claims, weaker), (), (), ()), fake_machine())
    assert _active(resolution)[0] == "bedrock"


@given(sources())
def test_every_name_is_there_once(found: list[FixedSource]) -> None:
    """The complete set has every plugin's source and every tier, each name once."""
    names = [registered.item.name for registered in complete(_plugins(*found, *found))]
    expected = {source.name for source in found} | {tier.name for tier in TIERS}
    assert sorted(names) == sorted(expected)
