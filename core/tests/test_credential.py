"""A kind of credential decides which headers and variables carry the secret."""

from __future__ import annotations

import pytest

from keyhole.credential import API_KEY, BEARER, HELPER_OUTPUT, OAUTH_TOKEN, HeaderCredential, Kind
from keyhole.endpoint import ANTHROPIC_API
from keyhole.secret import Secret

KEY = "sk-ant-api03-fake-canary"
BEARS = f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("kind", "headers", "variables"),
    [
        (API_KEY, {"x-api-key": KEY}, ["ANTHROPIC_API_KEY"]),
        (BEARER, {"authorization": BEARS}, ["ANTHROPIC_AUTH_TOKEN"]),
        (
            OAUTH_TOKEN,
            {"authorization": BEARS, "anthropic-beta": "oauth-2025-04-20"},
            ["CLAUDE_CODE_OAUTH_TOKEN"],
        ),
        (
            HELPER_OUTPUT,
            {"authorization": BEARS, "x-api-key": KEY},
            ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"],
        ),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_kind_decides(kind: Kind, headers: dict[str, str], variables: list[str]) -> None:
    """Each kind has its headers and its variables, and no other."""
    credential = HeaderCredential(kind, Secret(KEY), ANTHROPIC_API)
    assert credential.headers() == headers
    assert credential.child_env() == dict.fromkeys(variables, KEY)
    assert set(credential.headers()) == set(kind.headers)


def test_a_credential_does_not_show_its_secret() -> None:
    """The repr of a credential shows the mask."""
    assert KEY not in repr(HeaderCredential(API_KEY, Secret(KEY), "https://a.test"))


def test_a_child_learns_of_another_endpoint() -> None:
    """A credential for another host takes that host along."""
    credential = HeaderCredential(API_KEY, Secret(KEY), "https://a.test")
    assert credential.child_env() == {
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": "https://a.test",
    }


@pytest.mark.parametrize(("status", "refused"), [(401, True), (403, False), (500, False)])
def test_only_an_unauthorized_answer_refuses_it(status: int, *, refused: bool) -> None:
    """A 401 says that the credential is not good; other errors say nothing about it."""
    credential = HeaderCredential(API_KEY, Secret(KEY), ANTHROPIC_API)
    assert credential.refused(status, {}) is refused
