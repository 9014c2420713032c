"""Metadata is asked for in the right places, and used only if it is its issuer's own."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.errors import KeyholeError, NetworkError, OAuthError
from keyhole.message import Response
from keyhole.oauth.flow import perform
from keyhole.oauth.metadata import LIMIT, ServerMetadata, discover, well_known
from keyhole.oauth.url import secure
from keyhole.testing import FakeHost

ISSUER = "https://as.example"
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "code_challenge_methods_supported": ["S256"],
}


def said(document: Any, status: int = 200) -> Response:
    """An answer that holds a document."""
    return Response(status, {}, json.dumps(document).encode())


def found(*responses: Response, issuer: str = ISSUER, **more: str) -> ServerMetadata:
    """What is discovered where a server answers this."""
    host = FakeHost()
    host.responses = list(responses)
    return perform(discover(issuer, **more), host)


def test_an_issuer_without_a_path_has_two_places() -> None:
    """RFC 8414's place is asked before OpenID Connect's, and a slash at the end changes nothing."""
    expected = (
        f"{ISSUER}/.well-known/oauth-authorization-server",
        f"{ISSUER}/.well-known/openid-configuration",
    )
    assert well_known(ISSUER) == expected == well_known(f"{ISSUER}/")


def test_an_issuer_with_a_path_has_three_places() -> None:
    """The well-known part goes before the path, and OpenID Connect's old form is the last."""
    assert well_known(f"{ISSUER}/t/1") == (
        f"{ISSUER}/.well-known/oauth-authorization-server/t/1",
        f"{ISSUER}/.well-known/openid-configuration/t/1",
        f"{ISSUER}/t/1/.well-known/openid-configuration",
    )


def test_metadata_is_read_and_nothing_of_it_is_lost() -> None:
    """Known fields become attributes, flags are true only when they say true, and the rest stays."""
    flags = {"authorization_response_iss_parameter_supported": True, "x": {"kept": 1}}
    metadata = found(said({**DOCUMENT, **flags, "revocation_endpoint": None}))
    assert metadata.token_endpoint == f"{ISSUER}/token"
    assert metadata.code_challenge_methods_supported == ("S256",)
    assert metadata.iss_in_answer
    assert not metadata.client_id_metadata_document_supported
    assert metadata.revocation_endpoint == ""
    assert metadata.extra == {"x": {"kept": 1}}
    assert metadata.where == well_known(ISSUER)[0]


def test_a_server_that_does_not_say_its_grants_offers_the_defaults() -> None:
    """RFC 8414's default is authorization_code and implicit, and an own list replaces it."""
    assert found(said(DOCUMENT)).offers("authorization_code")
    assert not found(said({**DOCUMENT, "grant_types_supported": ["x"]})).offers(
        "authorization_code"
    )


@pytest.mark.parametrize(
    "miss",
    [
        said({}, 404),
        Response(302, {"location": "https://elsewhere.example"}),
        Response(200, {}, b"<!doctype html>a page for everything"),
        Response(200, {}, b"[1]"),
        Response(200, {}, b"\xff"),
        Response(200, {}, b"[" * 5000),
        Response(200, {}, b" " * LIMIT),
    ],
)
def test_what_is_no_metadata_is_passed_over(miss: Response) -> None:
    """A 404, a redirect, a web page or too much of anything leads to the next place."""
    assert found(miss, said(DOCUMENT)).where == well_known(ISSUER)[1]


def test_a_server_without_metadata_is_an_error_that_names_the_places() -> None:
    """Where nothing is found the error says where it was looked for."""
    with pytest.raises(OAuthError, match="openid-configuration") as caught:
        found(said({}, 404), said({}, 404))
    assert caught.value.code == "no_metadata"


def test_a_server_that_fails_is_not_one_without_metadata() -> None:
    """A 503 ends the search: a passing failure must not choose another document."""
    with pytest.raises(NetworkError, match="503"):
        found(said({}, 503))


@pytest.mark.parametrize("issuer", [f"{ISSUER}/", "https://AS.example", "https://evil.example", 7])
def test_metadata_of_another_issuer_is_never_used(issuer: object) -> None:
    """The issuer is compared as a text, without any normalisation, and no other place is tried."""
    with pytest.raises(OAuthError) as caught:
        found(said({**DOCUMENT, "issuer": issuer}), said(DOCUMENT))
    assert caught.value.code == "issuer_mismatch"


def test_a_user_may_trust_another_issuer_for_one_server() -> None:
    """The issuer that is recorded is then the one that the document bears."""
    other = {**DOCUMENT, "issuer": "https://login.example"}
    assert (
        found(said(other), trusted_issuer="https://login.example").issuer == "https://login.example"
    )


@pytest.mark.parametrize(
    "flaw",
    [
        {"token_endpoint": None},
        {"token_endpoint": "http://as.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "file:///etc/passwd"},
        {"revocation_endpoint": "https://user:pw@as.example/"},
        {"registration_endpoint": 1},
        {"scopes_supported": "openid"},
        {"code_challenge_methods_supported": [1]},
    ],
)
def test_metadata_that_can_not_be_used_is_refused(flaw: dict[str, Any]) -> None:
    """An endpoint that is no https URL, or a list that is none, ends the login before it begins."""
    with pytest.raises(OAuthError):
        found(said({**DOCUMENT, **flaw}))


@pytest.mark.parametrize(
    "issuer", ["http://as.example", "ftp://x", "", "https://as.example?x=1", "https://as.example#x"]
)
def test_an_issuer_that_is_no_https_url_is_never_asked(issuer: str) -> None:
    """A wrong issuer is refused before any request."""
    with pytest.raises(OAuthError):
        found(issuer=issuer)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080/x", "http://[::1]/", "http://localhost/", "https://as.example/a?b=c"],
)
def test_http_is_for_this_machine_only(url: str) -> None:
    """Https is good anywhere, and http only on loopback."""
    assert secure(url, "it", where="here") == url


@given(st.text(max_size=60) | st.from_regex(r"https?://[\x00-\x7f]{0,30}", fullmatch=True))
def test_no_text_makes_it_stumble(text: str) -> None:
    """Whatever a server says is an address is either safe to use or an OAuthError."""
    try:
        url = secure(text, "it", where="here")
    except OAuthError:
        return
    assert url.isascii()
    assert url.isprintable()
    assert url.startswith(("https://", "http://")) or url[:5].lower() in ("https", "http:")


@given(st.dictionaries(st.sampled_from([*DOCUMENT, "scopes_supported"]), st.none() | st.text()))
def test_no_document_makes_it_stumble(fields: dict[str, Any]) -> None:
    """Whatever a document holds, the outcome is a record or an error of keyhole's own."""
    with suppress(KeyholeError):
        ServerMetadata.parse({**DOCUMENT, **fields}, where="here")
