"""Nothing that looks like a secret stays in a text that comes from elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.redaction import redact

MINUS = st.text(st.characters(exclude_characters="*"), min_size=1, max_size=12)


@pytest.mark.parametrize(
    "secret",
    [
        "sk-ant-api03-fake-0123456789",
        "sk-ant-oat01-fake_AbC-9",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJmYWtlIn0.ZmFrZQ",
        "AKIAFAKEFAKEFAKE0000",
        "ASIAFAKEFAKEFAKE0000",
        "ghp_fakeFAKEfakeFAKEfake",
        "hvs.fakeFAKEfake",
        "f4k3f4k3f4k3f4k3f4k3f4k3f4k3f4k3",
    ],
)
def test_known_shapes_go(secret: str) -> None:
    """Keys, tokens and long runs of letters and digits are replaced, and the rest stays."""
    assert redact(f"helper --key={secret} --now") in {
        "helper --key=**** --now",
        "helper **** --now",
    }


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_bearer_token_goes(scheme: str) -> None:
    """What follows `Bearer` is a secret, whatever it looks like."""
    assert (
        redact(f"curl -H 'Authorization: {scheme} fake'")
        == f"curl -H 'Authorization: {scheme} ****"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/usr/local/bin/get-key --profile production",
        "aws sso login --profile X",
        "arn:aws:iam::000000000000:role/fake",
        "https://gateway.test/v1/messages",
        "the quick brown fox jumps over the lazy dog",
    ],
)
def test_what_people_need_stays(text: str) -> None:
    """Paths, options, addresses and words are left as they are."""
    assert redact(text) == text


@given(st.text(), st.lists(MINUS, max_size=3))
def test_a_known_secret_never_shows(text: str, secrets: list[str]) -> None:
    """A secret that is named is gone, whatever it looks like and wherever it stands."""
    joined = text.join(["", *secrets, ""])
    shown = redact(joined, *secrets)
    assert not [secret for secret in secrets if secret in shown]


@given(st.text())
def test_redacting_twice_changes_nothing(text: str) -> None:
    """A redacted text has nothing more to redact."""
    assert redact(redact(text)) == redact(text)


def test_an_empty_secret_is_none() -> None:
    """The empty text is not looked for."""
    assert redact("abc", "") == "abc"


@pytest.mark.timeout(2)
@pytest.mark.parametrize("text", ["a" * 200_000, "a/" * 100_000, "eyJ" * 70_000, "1" * 200_000])
def test_a_long_text_takes_no_long_time(text: str) -> None:
    """The time grows with the text and not with its square: a clone's settings can't hang it."""
    assert redact(text)
