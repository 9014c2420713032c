"""Logging out: who is told is known first, each login is tried, and what is said is true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from components.mcp_site import ISSUER, URL, Site, as_host, document
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.errors import ConfigError, NetworkError, RecordError
from keyhole.frozen import evolve
from keyhole.record import Extra
from keyhole.testing import CWD, HOME, fake_machine
from keyhole_mcp.library import auth
from keyhole_mcp.servers import server_named
from keyhole_mcp.session import kept as keeping
from keyhole_mcp.session.log_out import Ended, LogOut
from keyhole_mcp.session.pointers import Pointer, all_pointers

REVOKE = f"{ISSUER}/revoke"

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def site(site: Site) -> Site:
    """Signed in with two accounts, at a server that revokes."""
    site.pages[REVOKE] = document({})
    site.sign_in(account="home")
    site.sign_in(account="work")
    return site


def _log_out(site: Site, *words: str) -> int:
    return run(["mcp", "logout", *words], World(lambda **_: site.look(), as_host(site)))


def _pointers(site: Site) -> dict[str, Pointer]:
    return {pointer.account: pointer for pointer in all_pointers(site.look())}


def _revoked(site: Site) -> list[str]:
    """The tokens that were given back."""
    bodies = [one.body or b"" for one in site.host.requests if one.url == REVOKE]
    return [dict(parse_qsl(body.decode()))["token"] for body in bodies]


def _changed(site: Site, account: str, **fields: Any) -> None:
    """Lets the record of a login be another one."""
    with site.host.memory.exclusive(_pointers(site)[account].key, timeout=0) as slot:
        assert slot.record
        slot.replace(evolve(slot.record, **fields))


def test_of_all_logins_only_those_of_an_account(site: Site) -> None:
    """`--all --account` ends that account's logins alone."""
    assert _log_out(site, "--all", "--account", "work") == 0
    assert list(_pointers(site)) == ["home"]


def test_one_that_is_busy_keeps_no_other(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Where a login can't be ended the others are, and each is said; the exit code tells of it."""
    monkeypatch.setattr(keeping, "_TIMEOUT", 0.01)
    busy = next(iter(_pointers(site).values()))
    with site.host.memory.exclusive(busy.key, timeout=0):
        assert _log_out(site, "--all", "--json") == 1
    said = {one["account"]: one for one in json.loads(capsys.readouterr().out)["logins"]}
    assert said[busy.account]["ended"] == "still kept"
    assert said[busy.account]["problem"]
    (other,) = {"home", "work"} - {busy.account}
    assert (said[other]["ended"], said[other]["problem"]) == ("revoked and deleted", None)
    assert list(_pointers(site)) == [busy.account]


def test_a_server_that_is_away_keeps_nobody_logged_in(site: Site, capsys: Captured) -> None:
    """Every login is deleted, what its server did not hear is said, and the exit code is 1."""
    site.pages[REVOKE] = NetworkError("the server is away")
    assert _log_out(site, "--all") == 1
    said = capsys.readouterr().out
    assert said.count("the token is deleted here") == said.count("the server is away") == 2
    assert not _pointers(site)


def test_a_folder_that_is_not_trusted_blocks_no_logout(site: Site) -> None:
    """A cloned entry with a login's URL keeps neither it nor its revocation from anybody."""
    clone = {CWD / ".mcp.json": {"mcpServers": {URL: {"type": "http", "url": URL}}}}
    machine = fake_machine(files={**clone, **site.host.files})
    assert server_named(machine, URL).distrust is None
    auth(URL, look=lambda: machine, host=as_host(site))
    assert LogOut(machine, as_host(site))(_pointers(site)["work"]) is Ended.THERE
    assert _revoked(site) == ["fake-refresh", "fake-token"]


def test_nothing_is_forgotten_before_it_is_known_who_is_told(site: Site) -> None:
    """What a user can mend, as his configuration, leaves the login where it is."""
    config = {HOME / ".config/keyhole/config.toml": f'[mcp."{URL}"]\ncallback_port = 0\n'}
    log_out = LogOut(fake_machine(files={**site.host.files, **config}), as_host(site))
    pointer = _pointers(site)["work"]
    with pytest.raises(ConfigError):
        log_out(pointer)
    assert log_out.is_kept(pointer)
    assert not _revoked(site)


def test_a_pointer_that_stays_costs_no_revocation(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the file that points to a login can't be removed, its tokens are ended all the same."""
    remove = site.host.remove

    def removes_no_pointer(path: Path) -> bool:
        if "mcp-logins" in path.parts:
            raise RecordError("it can't be removed", where=str(path))
        return remove(path)

    monkeypatch.setattr(site.host, "remove", removes_no_pointer)
    with pytest.raises(RecordError):
        LogOut(site.look(), as_host(site))(_pointers(site)["work"])
    assert _revoked(site) == ["fake-refresh", "fake-token"]


def test_a_record_that_nobody_can_read_goes_all_the_same(site: Site, capsys: Captured) -> None:
    """A damaged login is deleted, and it is said that the server was not told."""
    _changed(site, "work", extra=Extra({}))
    assert _log_out(site, "--all", "--account", "work") == 1
    assert "may still take it" in capsys.readouterr().out
    assert list(_pointers(site)) == ["home"]


def test_what_is_left_of_a_dead_login_is_revoked(site: Site) -> None:
    """A login that can't be renewed may have an access token in use: the server is told."""
    _changed(site, "work", dead="the server took no refresh token")
    assert LogOut(site.look(), as_host(site))(_pointers(site)["work"]) is Ended.THERE
    assert _revoked(site) == ["fake-refresh", "fake-token"]


def test_a_dead_refresh_token_takes_no_access_token_along(site: Site, capsys: Captured) -> None:
    """Where the server can't revoke the access token of a dead login, nobody says that it did."""
    _changed(site, "work", dead="the server took no refresh token")
    site.pages[REVOKE] = _refuses_access_tokens
    assert _log_out(site, URL, "--account", "work") == 1
    assert "may still take it" in capsys.readouterr().out


def test_a_dead_login_without_tokens_has_nothing_to_end(site: Site) -> None:
    """Nothing is sent where nothing is there, and nothing else is claimed."""
    _changed(site, "work", dead="it has ended", access_token=None, refresh_token=None)
    assert LogOut(site.look(), as_host(site))(_pointers(site)["work"]) is Ended.NOTHING
    assert not _revoked(site)


def _refuses_access_tokens(request: Any) -> Any:
    refused = b"token_type_hint=access_token" in request.body
    return document({"error": "unsupported_token_type"}, 400) if refused else document({})
