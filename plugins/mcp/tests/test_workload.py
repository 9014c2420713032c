"""A workload's token comes from its platform, anew each time, and what is none is not sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyhole.errors import BrokenCredentialError, NetworkError, OAuthError
from keyhole.files import Text
from keyhole.message import Response
from keyhole.oauth.flow import perform
from keyhole.secret import Secret
from keyhole.testing import FakeHost
from keyhole_mcp.extensions.workload import from_file, from_github

PATH = Path("/var/run/secrets/token")
URL = "https://actions.example/token?api-version=2.0"
TOKEN = Secret("fake-request-token")


def from_text(text: str) -> Secret:
    """The token in a file that holds this."""
    return from_file(Text(PATH, Secret(text)))


def asked(host: FakeHost, url: str = URL) -> Secret:
    """What GitHub gives for the audience."""
    return perform(from_github(url, TOKEN, "https://as.example/a b"), host)


def test_white_space_around_a_files_token_is_none_of_it() -> None:
    """Most platforms end the file with a new line."""
    assert from_text(" fake.workload.token\n") == Secret("fake.workload.token")


@pytest.mark.parametrize(
    "text", ["", "fake-password", "a.b", "a..c", "a.b.c.d", "a.b.c\nd.e.f", "ä.b.c", "[a]\nb=c.d.e"]
)
def test_what_is_no_signed_token_is_not_sent(text: str) -> None:
    """Another file's secret does not go to a server, nor into the error."""
    with pytest.raises(BrokenCredentialError) as caught:
        from_text(text)
    assert str(PATH) in str(caught.value)
    assert len(text) < 3 or text not in str(caught.value)


@settings(deadline=None)
@given(st.text())
def test_a_file_holds_a_token_or_ends_in_the_one_error(text: str) -> None:
    """Whatever stands there: three parts of printable ASCII, or BrokenCredentialError."""
    try:
        found = from_text(text).reveal()
    except BrokenCredentialError:
        return
    assert found == text.strip()
    assert found.isascii()
    assert found.count(".") == 2


@pytest.mark.parametrize(
    ("file", "said"),
    [(Text(PATH), "does not exist"), (Text(PATH, problem="can't be read: EACCES"), "EACCES")],
)
def test_a_file_that_is_not_there_is_an_error_that_names_it(file: Text, said: str) -> None:
    """A missing mount is said, and nothing else is tried."""
    with pytest.raises(BrokenCredentialError, match=said) as caught:
        from_file(file)
    assert caught.value.where == str(PATH)


def test_github_is_asked_for_the_audience_with_the_jobs_token() -> None:
    """The query keeps its version; the job's token goes into the header alone."""
    host = FakeHost()
    host.responses.append(Response(200, body=json.dumps({"value": "fake.job.token"}).encode()))
    assert asked(host) == Secret("fake.job.token")
    (request,) = host.requests
    assert request.url == (
        "https://actions.example/token?api-version=2.0&audience=https%3A%2F%2Fas.example%2Fa+b"
    )
    assert request.headers["authorization"] == "bearer fake-request-token"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Response(401), BrokenCredentialError),
        (Response(500), NetworkError),
        (Response(429), NetworkError),
        (Response(200, body=b"{}"), BrokenCredentialError),
        (Response(200, body=b'{"value": ["a.b.c"]}'), BrokenCredentialError),
        (Response(200, body=b"a.b.c"), BrokenCredentialError),
    ],
)
def test_github_that_gives_nothing_is_asked_once(answer: Response, kind: type[Exception]) -> None:
    """A missing permission and an outage are told apart; neither shows a secret."""
    host = FakeHost()
    host.responses.append(answer)
    with pytest.raises(kind) as caught:
        asked(host)
    assert TOKEN.reveal() not in str(caught.value)
    assert len(host.requests) == 1


def test_the_jobs_token_goes_to_no_plain_url() -> None:
    """A variable that says http to somewhere else is not followed."""
    host = FakeHost()
    with pytest.raises(OAuthError):
        asked(host, "http://actions.example/token")
    assert not host.requests
