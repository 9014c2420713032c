"""The authorization server of the probes: what it grants, and what it ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keyhole.oauth.pkce import Proof
from keyhole_mcp.testing.book import Book, Code, Granted

URI = "http://127.0.0.1:3000/callback"


def _login(book: Book, challenge: str = "", verifier: str = "") -> Granted | None:
    client = book.register([URI])
    code = book.code_for(Code(client, URI, challenge))
    return book.redeem(code, verifier, client, URI)


def _login_of(book: Book) -> Granted:
    granted = _login(book)
    assert granted is not None
    return granted


def test_a_code_is_good_once_for_its_verifier() -> None:
    """A code is redeemed with the verifier of its challenge, once, and with no other."""
    book, proof = Book(), Proof.new()
    challenge, verifier = proof.challenge, proof.verifier.reveal()
    assert _login(book, challenge, "another") is None
    client = book.register([URI])
    code = book.code_for(Code(client, URI, challenge))
    assert book.redeem(code, verifier, client, URI) is not None
    assert book.redeem(code, verifier, client, URI) is None


@given(st.lists(st.integers(0, 9), max_size=12))
def test_a_refresh_token_is_good_once(uses: list[int]) -> None:
    """Whichever refresh tokens of a login come: the newest goes on, an older one ends the login."""
    book = Book()
    issued, alive = [_login_of(book)], True
    for use in uses:
        chosen = issued[use % len(issued)]
        newest = chosen == issued[-1]
        granted = book.refresh(chosen.refresh_token)
        alive = alive and newest
        assert (granted is not None) == alive
        if granted:
            issued.append(granted)
        assert book.accepts(issued[-1].access_token) == alive


def test_one_login_ends_no_other() -> None:
    """A reused refresh token ends its own login alone."""
    book = Book()
    ended, other = _login_of(book), _login_of(book)
    book.refresh(ended.refresh_token)
    book.refresh(ended.refresh_token)
    assert book.reused == 1
    assert book.accepts(other.access_token)
    assert book.refresh(other.refresh_token) is not None


def test_ended_access_tokens_leave_the_login() -> None:
    """Access tokens that end take no refresh token with them."""
    book = Book()
    granted = _login_of(book)
    book.end_access_tokens()
    assert not book.accepts(granted.access_token)
    assert book.refresh(granted.refresh_token) is not None
