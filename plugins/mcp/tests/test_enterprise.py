"""An employee's ID token becomes an ID-JAG, and that an access token: two requests, no third."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from keyhole.errors import InvalidGrantError, NetworkError, OAuthError, ServerError
from keyhole.message import Response
from keyhole.oauth.client import Client
from keyhole.oauth.flow import perform
from keyhole.oauth.server import ServerMetadata
from keyhole.secret import Secret
from keyhole.testing import FakeHost
from keyhole_mcp.extensions.enterprise import ID_JAG, Subject, id_jag
from keyhole_mcp.extensions.jwt_bearer import jwt_bearer

IDP = ServerMetadata("https://idp.example", "https://idp.example/token")
SERVER = ServerMetadata("https://as.example", "https://as.example/token")
RESOURCE = "https://mcp.example/mcp"
ID_TOKEN = Secret("fake.id.token")
GOOD = {"access_token": "fake.id.jag", "issued_token_type": ID_JAG, "token_type": "N_A"}


def exchanged(host: FakeHost, status: int, answer: Any, *, kind: str = "id_token") -> Secret:
    """What the identity provider gives."""
    host.responses.append(Response(status, body=json.dumps(answer).encode()))
    flow = id_jag(
        IDP,
        Client("idp-client"),
        Subject(ID_TOKEN, kind),
        audience=SERVER.issuer,
        resource=RESOURCE,
        scope="read",
        now=host.now,
    )
    return perform(flow, host)


def sent(host: FakeHost) -> dict[str, str]:
    """The fields of the last request."""
    return dict(parse_qsl((host.requests[-1].body or b"").decode()))


def test_the_first_leg_names_audience_and_resource() -> None:
    """RFC 8693, section 2.1, as the extension's section 4.3 wants it: all in the body."""
    host = FakeHost()
    assert exchanged(host, 200, GOOD) == Secret("fake.id.jag")
    assert host.requests[0].url == IDP.token_endpoint
    assert sent(host) == {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "requested_token_type": "urn:ietf:params:oauth:token-type:id-jag",
        "audience": "https://as.example",
        "resource": RESOURCE,
        "scope": "read",
        "subject_token": ID_TOKEN.reveal(),
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "client_id": "idp-client",
    }


def test_a_refresh_token_says_who_the_employee_is_too() -> None:
    """The subject may be a refresh token, and is named as one."""
    host = FakeHost()
    exchanged(host, 200, GOOD, kind="refresh_token")
    assert sent(host)["subject_token_type"] == "urn:ietf:params:oauth:token-type:refresh_token"


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (
            200,
            {**GOOD, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"},
            NetworkError,
        ),
        (200, {**GOOD, "access_token": ""}, NetworkError),
        (200, [], NetworkError),
        (400, {"error": "invalid_grant"}, InvalidGrantError),
        (400, {"error": "access_denied"}, OAuthError),
        (503, {}, ServerError),
    ],
)
def test_what_is_no_id_jag_goes_no_further(status: int, answer: Any, kind: type[Exception]) -> None:
    """A token of another type is not sent to the MCP server's authorization server."""
    host = FakeHost()
    with pytest.raises(kind) as caught:
        exchanged(host, status, answer)
    assert ID_TOKEN.reveal() not in str(caught.value)
    assert len(host.requests) == 1


def test_an_id_token_that_has_ended_says_where_to_sign_in() -> None:
    """The remedy is the identity provider, not the MCP server."""
    with pytest.raises(InvalidGrantError) as caught:
        exchanged(FakeHost(), 400, {"error": "invalid_grant"})
    assert "identity provider" in caught.value.remedy


def test_the_second_leg_is_one_request_whatever_comes_of_it() -> None:
    """RFC 7523, section 2.1; a refusal is not tried again, and no other grant takes its place."""
    host = FakeHost()
    host.responses.append(Response(400, body=b'{"error": "invalid_grant"}'))
    flow = jwt_bearer(
        SERVER, Client(""), Secret("fake.id.jag"), resource=RESOURCE, scope="", now=host.now
    )
    with pytest.raises(InvalidGrantError) as caught:
        perform(flow, host)
    assert len(host.requests) == 1
    assert "fake.id.jag" not in host.requests[0].url + str(caught.value)
    assert sent(host) == {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": "fake.id.jag",
        "resource": RESOURCE,
    }
