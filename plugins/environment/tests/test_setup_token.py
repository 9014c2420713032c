"""A setup token whose date is remembered is counted down, whichever variable holds it."""

from __future__ import annotations

import pytest

from keyhole import CredentialSource, Found, Machine, Secret
from keyhole.setup_token import KIND, LIFETIME
from keyhole.testing import NOW, fake_machine
from keyhole_environment.auth_token import AuthToken
from keyhole_environment.oauth_token import OAuthToken

TOKEN = "sk-ant-oat01-fake"
DAY = 86400
SOURCES: dict[str, CredentialSource] = {
    "CLAUDE_CODE_OAUTH_TOKEN": OAuthToken(),
    "ANTHROPIC_AUTH_TOKEN": AuthToken(),
}


def _machine(variable: str, age: float) -> Machine:
    record = fake_machine().records(KIND).path(Secret(TOKEN).digest())
    return fake_machine({variable: TOKEN}, {record: {"made_at": NOW - age}})


@pytest.mark.parametrize("variable", SOURCES)
@pytest.mark.parametrize(
    ("left", "warned", "usable"),
    [(200 * DAY, False, True), (3 * DAY, True, True), (-DAY, False, False)],
)
def test_its_end_is_known(variable: str, left: float, *, warned: bool, usable: bool) -> None:
    """The end is said; the last days with a warning, and after them why it is dead."""
    finding = SOURCES[variable].find(_machine(variable, LIFETIME - left))
    assert isinstance(finding, Found)
    assert finding.expires_at == NOW + left
    assert finding.usable is usable
    assert bool(finding.problem) is not usable
    assert any("ends in 3 days" in warning for warning in finding.warnings) is warned


def test_another_token_is_not_taken_for_it() -> None:
    """A token that nobody recorded has no end that is known."""
    record = fake_machine().records(KIND).path(Secret("another").digest())
    machine = fake_machine({"CLAUDE_CODE_OAUTH_TOKEN": TOKEN}, {record: {"made_at": NOW}})
    finding = OAuthToken().find(machine)
    assert isinstance(finding, Found)
    assert finding.expires_at is None
