"""What can be seen to be wrong with a token."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole import Broken, Found, Secret
from keyhole.flaw import of_token as flaw
from keyhole.testing import fake_machine
from keyhole.testing.strategies import tokens
from keyhole_environment.api_key import ApiKey
from keyhole_environment.auth_token import AuthToken
from keyhole_environment.oauth_token import OAuthToken


@given(
    tokens.filter(lambda token: not token.lower().startswith("bearer") and token[:1] not in "'\"")
)
def test_printable_ascii_has_no_flaw(token: str) -> None:
    """Every text of printable ASCII without white space, and not in quotes, can be sent."""
    assert flaw("X", Secret(token)) is None


@given(tokens, st.characters(exclude_characters="".join(map(chr, range(33, 127)))), tokens)
def test_anything_else_is_named_with_its_position(before: str, wrong: str, after: str) -> None:
    """One character that no header takes is found, at its place, and is not repeated."""
    found = flaw("X", Secret(f"{before}{wrong}{after}"))
    assert found is not None
    if "Bearer " not in found.reason and "quotes" not in found.reason:
        assert f"at character {len(before) + 1}" in found.reason


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("a\nb", "line break at character 2"),
        ("a\rb", "line break at character 2"),
        ("a b", "white space at character 2"),
        ("a\tb", "white space at character 2"),
        ("a\x00b", "control character at character 2"),
        ("a\x7fb", "control character at character 2"),
        ("caf\xe9", "outside ASCII at character 4"),
        ("Bearer x", "begins with 'Bearer '"),
        ("bearer  x", "begins with 'Bearer '"),
        ("'x'", "stands in quotes"),
        ('"x"', "stands in quotes"),
    ],
)
def test_each_flaw_has_its_own_words(value: str, named: str) -> None:
    """The reason says what is wrong and where, in all three sources."""
    for source in (AuthToken(), ApiKey(), OAuthToken()):
        finding = source.find(fake_machine(dict.fromkeys(source.selectors, value)))
        assert isinstance(finding, Broken)
        assert named in finding.reason
        assert finding.remedy


def test_a_token_in_the_wrong_variable_is_broken() -> None:
    """A key where a token belongs, or the other way round, is refused with the right variable."""
    key = ApiKey().find(fake_machine({"ANTHROPIC_API_KEY": "sk-ant-oat01-fake"}))
    token = OAuthToken().find(fake_machine({"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-api03-fake"}))
    assert isinstance(key, Broken)
    assert "CLAUDE_CODE_OAUTH_TOKEN" in key.remedy
    assert isinstance(token, Broken)
    assert "ANTHROPIC_API_KEY" in token.remedy


@pytest.mark.parametrize("value", ["sk-ant-oat01-fake", "sk-ant-api03-fake"])
def test_a_gateway_token_of_another_shape_is_a_warning(value: str) -> None:
    """ANTHROPIC_AUTH_TOKEN takes any text, and says where an Anthropic one belongs."""
    finding = AuthToken().find(fake_machine({"ANTHROPIC_AUTH_TOKEN": value}))
    assert isinstance(finding, Found)
    assert "export it as" in finding.warnings[0]


def test_padding_is_trimmed_and_blanks_are_unset() -> None:
    """Surrounding white space does not reach the header; nothing but white space is a warning."""
    padded = AuthToken().find(fake_machine({"ANTHROPIC_AUTH_TOKEN": " fake-token\n"}))
    blank = AuthToken().find(fake_machine({"ANTHROPIC_AUTH_TOKEN": " \n"}))
    assert isinstance(padded, Found)
    assert "only white space" in blank.warnings[0]


def test_an_unencrypted_endpoint_is_a_warning() -> None:
    """A token that would cross a network in clear is said, and loopback is no network."""
    held = {"ANTHROPIC_AUTH_TOKEN": "fake-token"}
    away = AuthToken().find(fake_machine({**held, "ANTHROPIC_BASE_URL": "http://gw.test"}))
    near = AuthToken().find(fake_machine({**held, "ANTHROPIC_BASE_URL": "http://127.0.0.1:80"}))
    assert "unencrypted" in away.warnings[0]
    assert not near.warnings
