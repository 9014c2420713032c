"""Which host a first-party credential is for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.endpoint import ANTHROPIC_API, Endpoint, first_party
from keyhole.testing import fake_machine


def _endpoint(url: str) -> Endpoint:
    return first_party(fake_machine({"ANTHROPIC_BASE_URL": url}))


@pytest.mark.parametrize("url", ["", " "])
def test_the_api_is_the_default(url: str) -> None:
    """Without a base URL the credential is for the Anthropic API."""
    endpoint = _endpoint(url)
    assert endpoint == Endpoint(ANTHROPIC_API)
    assert endpoint.is_default
    assert not endpoint.in_clear


@pytest.mark.parametrize(
    "url",
    ["https://gateway.test", "https://gateway.test:8443/v1/", "http://127.0.0.1:9", "http://[::1]"],
)
def test_a_url_is_taken_as_it_is(url: str) -> None:
    """A base URL is the endpoint, with the place where it was set."""
    endpoint = _endpoint(f" {url}\n")
    assert (endpoint.url, endpoint.problem) == (url, "")
    assert str(endpoint.where) == "ANTHROPIC_BASE_URL in the environment"
    assert not endpoint.is_default


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("gateway.test", "it is not an http or https URL"),
        ("ftp://gateway.test", "it is not an http or https URL"),
        ("https://", "it is not an http or https URL"),
        ("//gateway.test", "it is not an http or https URL"),
        ("https://[::1", "it is not a URL"),
        ("https://gateway.test:99999", "it is not a URL"),
        ("https://gateway.test:port", "it is not a URL"),
        ("https://ada:canary@gateway.test", "it holds a user name or a password"),
        ("https://canary@gateway.test", "it holds a user name or a password"),
        ("https://@gateway.test", "it holds a user name or a password"),
        ("https://gateway.test/a b", "it holds a character that no URL may hold"),
        ("https://gate\tway.test", "it holds a character that no URL may hold"),
        ("https://gateway.test/\r\nx: y", "it holds a character that no URL may hold"),
        ("https://g\u0430teway.test", "it holds a character that no URL may hold"),
    ],
)
def test_what_may_not_be_used_is_said(url: str, problem: str) -> None:
    """What is no plain web address is refused with the reason, and is not repeated."""
    endpoint = _endpoint(url)
    assert (endpoint.url, endpoint.problem) == ("", problem)
    assert endpoint.where is not None


@pytest.mark.parametrize(
    ("url", "in_clear"),
    [
        ("http://gateway.test", True),
        ("HTTP://gateway.test", True),
        ("http://localhost.gateway.test", True),
        ("https://gateway.test", False),
        ("http://localhost:8080", False),
        ("http://LOCALHOST", False),
        ("http://127.0.0.1", False),
        ("http://[::1]:1", False),
    ],
)
def test_a_network_in_clear_is_noticed(url: str, *, in_clear: bool) -> None:
    """Plain http to anything but this machine crosses a network unencrypted."""
    assert _endpoint(url).in_clear is in_clear


@given(st.text() | st.text("htps:/@[]%?#.:0a \n").map("http://".__add__))
def test_any_text_is_a_url_or_a_problem(text: str) -> None:
    """No base URL makes it raise: it is used exactly as it is, or not at all."""
    endpoint = _endpoint(text)
    assert endpoint.url in {"", text.strip(), ANTHROPIC_API}
    assert bool(endpoint.url) is not bool(endpoint.problem)
    assert isinstance(endpoint.in_clear, bool)
