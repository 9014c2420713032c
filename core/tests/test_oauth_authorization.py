"""An authorization asks for what it should, and only its own answer redeems it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.errors import (
    ForeignRedirectError,
    KeyholeError,
    LoginFailedError,
    OAuthError,
    StoreError,
)
from keyhole.message import Response
from keyhole.oauth.authorization import Authorization, Begun
from keyhole.oauth.client import Client
from keyhole.oauth.flow import perform
from keyhole.oauth.metadata import ServerMetadata
from keyhole.oauth.pending import Pending
from keyhole.oauth.pkce import Proof
from keyhole.secret import Secret
from keyhole.testing import NOW, FakeHost, agrees

ISSUER = "https://as.example"
REDIRECT = "http://127.0.0.1:4711/callback"
SERVER = ServerMetadata(
    issuer=ISSUER,
    token_endpoint=f"{ISSUER}/token",
    authorization_endpoint=f"{ISSUER}/authorize",
    code_challenge_methods_supported=("plain", "S256"),
)
ASKED = Authorization(SERVER, Client("native"), scope="openid offline_access")


def begun(asked: Authorization = ASKED, **server: Any) -> Begun:
    """An authorization that waits, at a server that says this."""
    server_now = attrs.evolve(asked.server, **server)
    return attrs.evolve(asked, server=server_now).begin(REDIRECT, now=NOW)


def redeemed(begun: Begun, **more: str) -> str:
    """The code of a person who agrees."""
    return begun.pending.redeem(agrees(begun.url, **more), now=NOW).reveal()


# The request


def test_the_url_asks_for_a_code_with_everything_that_protects_it() -> None:
    """Code, S256, state, resource, scope, prompt and hint stand in the URL, each once."""
    one = begun(
        attrs.evolve(ASKED, resource="https://mcp.example", prompt="consent", login_hint="a@b")
    )
    asked = parse_qs(urlsplit(one.url).query)
    verifier = one.pending.verifier.reveal()
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert asked == {
        "response_type": ["code"],
        "client_id": ["native"],
        "redirect_uri": [REDIRECT],
        "scope": ["openid offline_access"],
        "state": [one.pending.state.reveal()],
        "code_challenge": [challenge],
        "code_challenge_method": ["S256"],
        "resource": ["https://mcp.example"],
        "prompt": ["consent"],
        "login_hint": ["a@b"],
    }


def test_the_challenge_is_that_of_the_rfc() -> None:
    """RFC 7636's own example comes out (appendix B)."""
    proof = Proof(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))
    assert proof.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_no_two_logins_share_a_state_or_a_proof() -> None:
    """State and verifier are new each time, and as long as the RFC wants them."""
    first, second = begun().pending, begun().pending
    assert first.state != second.state
    assert first.verifier != second.verifier
    assert 43 <= len(first.verifier.reveal()) <= 128


def test_the_endpoints_own_query_is_kept_and_nothing_is_said_twice() -> None:
    """What the endpoint's URL says stays, unless it says what the request says; `extra` never wins."""
    asked = attrs.evolve(ASKED, extra={"audience": "api", "state": "mine"})
    url = begun(asked, authorization_endpoint=f"{ISSUER}/a?tenant=7&state=x").url
    pairs = parse_qsl(urlsplit(url).query)
    assert ("tenant", "7") in pairs
    assert ("audience", "api") in pairs
    assert len(pairs) == len(dict(pairs))
    assert dict(pairs)["state"] not in ("x", "mine")


@pytest.mark.parametrize("methods", [None, (), ("plain",)])
def test_a_server_that_does_not_check_s256_is_refused(methods: tuple[str, ...] | None) -> None:
    """Without S256 in the metadata nothing begins, until the user has named this server."""
    with pytest.raises(OAuthError) as caught:
        begun(code_challenge_methods_supported=methods)
    assert caught.value.code == "no_s256"
    assumed = attrs.evolve(ASKED, assume_s256=True)
    assert "S256" in begun(assumed, code_challenge_methods_supported=methods).url


def test_a_server_without_an_authorization_endpoint_is_refused() -> None:
    """No browser is sent anywhere when there is nowhere to send it."""
    with pytest.raises(OAuthError, match="authorization_endpoint"):
        begun(authorization_endpoint="")


def test_nothing_secret_shows() -> None:
    """Neither the state nor the verifier stands in what is printed of a pending login."""
    one = begun()
    for secret in (one.pending.state, one.pending.verifier):
        assert secret.reveal() not in repr(one)


# The answer


def test_the_answer_gives_its_code() -> None:
    """A redirect with our state gives the code, as a URL, as a path and as a bare query."""
    one = begun()
    url = agrees(one.url, code="fake-code")
    for text in (url, urlsplit(url)._replace(scheme="", netloc="").geturl(), urlsplit(url).query):
        assert one.pending.redeem(f" {text}\n", now=NOW).reveal() == "fake-code"


def test_a_code_and_its_state_may_be_copied_from_a_page() -> None:
    """`code#state` is an answer too."""
    one = begun()
    text = f"fake-code#{one.pending.state.reveal()}"
    assert one.pending.redeem(text, now=NOW).reveal() == "fake-code"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "fake-code",
        "/callback?code=fake-code",
        "/callback?code=fake-code&state=",
        "/callback?code=fake-code&state=another",
        "/callback?error=access_denied&state=another",
        "fake-code#another",
        "http://[/?state=",
        "?" + "a=1&" * 100,
        "x" * 100_000,
    ],
)
def test_an_answer_with_another_state_is_somebody_elses(answer: str) -> None:
    """Without exactly our state nothing counts, not even an error."""
    with pytest.raises(ForeignRedirectError):
        begun().pending.redeem(answer, now=NOW)


def test_a_state_that_comes_twice_is_none() -> None:
    """Two states, one of them ours, are not ours."""
    one = begun()
    with pytest.raises(ForeignRedirectError):
        one.pending.redeem(agrees(one.url) + "&state=other", now=NOW)


@pytest.mark.parametrize("name", ["code", "iss", "error"])
def test_a_parameter_that_comes_twice_is_refused(name: str) -> None:
    """An ambiguous answer ends the login (RFC 6749, section 3.1)."""
    one = begun()
    with pytest.raises(OAuthError, match="more than once"):
        one.pending.redeem(f"{agrees(one.url)}&{name}=a&{name}=b", now=NOW)


@pytest.mark.parametrize(
    ("always", "iss", "good"),
    [
        (True, ISSUER, True),
        (True, None, False),
        (True, "https://evil.example", False),
        (False, ISSUER, True),
        (False, None, True),
        (False, "https://evil.example", False),
        (True, f"{ISSUER}/", False),
        (True, "https://AS.example", False),
    ],
)
def test_the_issuer_is_checked_by_the_four_rows(always: bool, iss: str | None, good: bool) -> None:  # noqa: FBT001  # a row of the table
    """RFC 9207: what is said must be identical, and what is always said must be there."""
    one = begun(iss_in_answer=always)
    more = {} if iss is None else {"iss": iss}
    if good:
        assert redeemed(one, **more) == "fake-code"
        return
    with pytest.raises(OAuthError) as caught:
        redeemed(one, **more)
    assert caught.value.code == "issuer_mismatch"


def test_an_error_from_another_issuer_is_not_repeated() -> None:
    """What a wrong issuer says in an error is neither shown nor acted upon."""
    one = begun(iss_in_answer=True)
    with pytest.raises(OAuthError) as caught:
        redeemed(
            one, error="access_denied", error_description="call 555", iss="https://evil.example"
        )
    assert caught.value.code == "issuer_mismatch"
    assert "555" not in str(caught.value)
    assert "evil" not in str(caught.value)


def test_endpoints_without_an_issuer_can_not_check_one() -> None:
    """Where a configuration names endpoints only, `iss` says nothing."""
    assert redeemed(begun(issuer=""), iss="https://any.example") == "fake-code"


def test_a_denied_consent_says_so() -> None:
    """The server's words are there, without what would move the cursor or looks like a secret."""
    with pytest.raises(OAuthError, match="denied: not today") as caught:
        redeemed(
            begun(),
            error="access_denied",
            error_description="not today\x1b[2J sk-ant-fake-0123456789",
        )
    assert caught.value.code == "access_denied"
    assert "\x1b" not in str(caught.value)
    assert "0123456789" not in str(caught.value)


@pytest.mark.parametrize("code", ["", "a\nb", "ä"])
def test_an_answer_without_a_usable_code_is_refused(code: str) -> None:
    """A code is printable ASCII, or there is none."""
    with pytest.raises(OAuthError, match="no code"):
        redeemed(begun(), code=code)


def test_an_answer_that_comes_too_late_is_not_redeemed() -> None:
    """After its life a pending login is over."""
    one = begun()
    with pytest.raises(LoginFailedError, match="too late"):
        one.pending.redeem(agrees(one.url), now=one.pending.expires_at)


@given(st.text(max_size=200))
def test_no_answer_makes_it_stumble(text: str) -> None:
    """Whatever is pasted is either our code or an error of keyhole's own."""
    one = begun()
    state = one.pending.state.reveal()
    for answer in (text, f"/callback?state={state}&{text}", f"{text}#{state}"):
        try:
            code = one.pending.redeem(answer, now=NOW)
        except KeyholeError:
            continue
        assert code.reveal().isprintable()


# Another process


def test_another_process_may_redeem_it() -> None:
    """A pending login survives JSON, with fields that it does not know, and redeems its answer."""
    one = begun(attrs.evolve(ASKED, resource="https://mcp.example"))
    kept = json.loads(json.dumps({**one.pending.fields(), "later": 1}))
    again = Pending.parse(kept, where="a store")
    assert again == one.pending
    assert again.redeem(agrees(one.url), now=NOW).reveal() == "fake-code"


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(Pending)])
def test_what_is_not_whole_is_no_pending_login(name: str) -> None:
    """A field that is missing or of another kind is an error that shows nothing."""
    fields = begun().pending.fields()
    for broken in ({**fields, name: None}, {key: fields[key] for key in fields if key != name}):
        with pytest.raises(StoreError, match="no pending login") as caught:
            Pending.parse(broken, where="a store")
        assert fields["verifier"] not in str(caught.value)


def test_the_exchange_sends_what_was_begun() -> None:
    """Code, verifier, redirect URI and resource go to the token endpoint of the recorded server."""
    one = begun(attrs.evolve(ASKED, resource="https://mcp.example"))
    host = FakeHost()
    granted = {"access_token": "fake-token", "token_type": "bearer", "expires_in": 60}
    host.responses = [Response(200, {}, json.dumps(granted).encode())]
    grant = perform(one.pending.exchange(Secret("fake-code"), Client("native"), host.now), host)
    assert grant.access_token == Secret("fake-token")
    (request,) = host.requests
    assert request.url == f"{ISSUER}/token"
    assert (
        request.body
        == urlencode(
            {
                "grant_type": "authorization_code",
                "code": "fake-code",
                "redirect_uri": REDIRECT,
                "code_verifier": one.pending.verifier.reveal(),
                "resource": "https://mcp.example",
                "client_id": "native",
            }
        ).encode()
    )
