"""Secrets are found by shape and by name, and what stands in a secret's place is none."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhole_audit.find.naming import names_a_secret
from keyhole_audit.find.placeholder import is_placeholder
from keyhole_audit.find.shapes import shaped
from keyhole_audit.find.texts import in_command, in_value

KINDS = {
    "anthropic": "an Anthropic API key",
    "oauth": "a Claude OAuth token",
    "github": "a GitHub token",
    "gitlab": "a GitLab token",
    "aws": "an AWS access key",
    "google": "a Google API key",
    "entra": "a Microsoft Entra client secret",
    "slack": "a Slack token",
    "stripe": "a Stripe key",
    "npm": "an npm token",
    "jwt": "a JSON Web Token",
}
tokens = st.text(string.ascii_letters + string.digits, min_size=40, max_size=60).filter(
    lambda text: any(map(str.isdigit, text)) and not is_placeholder(text)
)


@pytest.mark.parametrize("name", KINDS)
def test_each_shape_is_known(name: str, secret: Any) -> None:
    """A secret is found whole, under its own kind, wherever it stands in a text."""
    value = secret(name)
    (hit,) = shaped(f"see: {value} and so on")
    assert (hit.kind, hit.secret.reveal(), hit.start) == (KINDS[name], value, 5)


def test_a_password_in_a_url() -> None:
    """Only the password itself is the secret in a URL."""
    (hit,) = shaped("postgres://shop:k9-H0iVgvfqT@db/shop")
    assert (hit.kind, hit.secret.reveal()) == ("a password in a URL", "k9-H0iVgvfqT")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:5432", "[::1]/shop", "LOCALHOST:1/x?y"])
def test_a_password_for_this_machine(host: str) -> None:
    """The password of a URL counts unless its only host is this machine."""
    assert shaped(f"postgres://shop:k9-H0iVgvfqT@{host}") == []
    assert len(shaped(f"postgres://shop:k9-H0iVgvfqT@{host.partition('/')[0]},db/shop")) == 1
    assert len(shaped("postgres://shop:k9-H0iVgvfqT@localhost.example.com/shop")) == 1


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("db: {env: {A_PASSWORD: k9-H0iVgvfqT}}", "k9-H0iVgvfqT"),
        ("env: [A_PASSWORD=k9-H0iVgvfqT]", "k9-H0iVgvfqT"),
        ("{A_PASSWORD: k9[H0iVgvf]}", "k9[H0iVgvf]"),
        ("A_PASSWORD=${B:-k9-H0iVgvfqT}", "k9-H0iVgvfqT"),
        ("A_PASSWORD=k9}H0iVgvfqT", "k9}H0iVgvfqT"),
    ],
)
def test_a_value_ends_before_what_closes_around_it(line: str, value: str) -> None:
    """Brackets around a value are none of it, and those inside are."""
    assert [hit.secret.reveal() for hit in in_command(line)] == [value]


def test_a_private_key_needs_a_body() -> None:
    """The first line alone, in the middle of a text, is somebody's explanation."""
    head = "-----BEGIN RSA PRIVATE KEY-----"
    assert shaped(f"it begins with {head} and goes on") == []
    assert [hit.kind for hit in shaped(f"{head}\n{'MIIEow3f1c2d' * 9}\n")] == ["a private key"]
    assert [hit.kind for hit in shaped(head)] == ["a private key"]


@given(tokens, st.integers(0, 20_000))
def test_nothing_hides_in_a_large_text(token: str, at: int) -> None:
    """A secret is found once, at its place, however much text stands around it."""
    filler = "word " * 5_000
    (hit,) = shaped(f"{filler[:at]} ghp_{token[:36]} {filler[at:]}")
    assert hit.start == at + 1


@settings(deadline=None)
@given(tokens, st.sampled_from(["ACME_TOKEN", "x-api-key", "apiKey", "client_secret"]))
def test_a_name_gives_a_secret_away(token: str, name: str) -> None:
    """What is named like a secret and looks random is one, as a value and in a command."""
    assert [hit.secret.reveal() for hit in in_value(name, token)] == [token]
    for line in (f"{name}={token} run", f'curl -H "{name}: {token}" x', f"run --{name} {token}"):
        assert [hit.secret.reveal() for hit in in_command(line)] == [token]


@settings(deadline=None)
@given(tokens)
def test_a_credential_of_a_header(token: str) -> None:
    """In an Authorization header the scheme stays outside of the secret."""
    (hit,) = in_value("Authorization", f"Bearer {token}")
    assert (hit.secret.reveal(), hit.start) == (token, len("Bearer "))


@pytest.mark.parametrize(
    "text",
    [
        "${GITHUB_TOKEN}",
        "${TOKEN:-${OTHER_TOKEN:-}}",
        "$TOKEN",
        "%TOKEN%",
        "$(pass show github/token/number/1)",
        "{{ vault.token_of_the_shop_1 }}",
        "{env:GITHUB_TOKEN_NUMBER_1}",
        "<paste-the-token-here-1>",
        "op://vault/item/field/number1",
        "arn:aws:secretsmanager:eu-central-1:1:secret:x",
        "your-api-key-goes-here-1234",
        "0123456789abcdef0123456789",
        "xxxxxxxxxxxxxxxxxxxxxxxxxx1",
        "/run/secrets/github_token_1",
        "https://auth.example.com/token/12",
        "my-project-415911-1a2b3c4d5e6f.json",
        "config/azure-creds-dev1.json",
        "django-insecure-dev-only-key-not-for-production1",
        "super-secret-jwt-token-with-at-least-32-characters-long",
    ],
)
def test_what_is_no_secret(text: str) -> None:
    """References, placeholders and addresses are none, even under the name of a secret."""
    assert in_value("GITHUB_TOKEN", text) == []
    assert in_value("Authorization", f"Bearer {text}") == []


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_can_be_searched(text: str) -> None:
    """No text makes the search fail, and every hit stands where it says."""
    for hit in [*shaped(text), *in_command(text), *in_value("A_TOKEN", text)]:
        assert text[hit.start : hit.end] == hit.secret.reveal()


@pytest.mark.parametrize(
    ("name", "secret_"),
    [
        ("GITHUB_TOKEN", True),
        ("dbPassword", True),
        ("X-API-Key", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("MAX_TOKENS", False),
        ("CSRF_TOKEN", False),
        ("PUBLIC_KEY", False),
        ("PRIMARY_KEY", False),
        ("KEYBOARD", False),
        ("", False),
    ],
)
def test_names(name: str, secret_: bool) -> None:  # noqa: FBT001  # a column of the table
    """A name says by its last words whether it stands for a secret."""
    assert names_a_secret(name) is secret_


@pytest.mark.parametrize("line", ["a=" * 20_000, "a:" * 20_000, "-H a=" * 8_000])
def test_a_hostile_line_is_read_in_one_go(line: str) -> None:
    """Names in names, a whole file full of them, take no longer than so many words."""
    assert in_command(line) == []
