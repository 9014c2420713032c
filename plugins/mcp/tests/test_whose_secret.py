"""A name is no proof of who a server is, and a client's secret is for one authorization server."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import httpx2
import pytest

from components.mcp_site import ISSUER, URL, Site, as_host, document, metadata
from keyhole.errors import BrokenCredentialError, LoginFailedError, LoginRequiredError
from keyhole.host import Host
from keyhole.machine import Machine
from keyhole.secret import Secret
from keyhole.testing import HOME, agrees, fake_machine
from keyhole_mcp.kept import keep_client_secret
from keyhole_mcp.library import auth
from keyhole_mcp.servers import server_named, servers_of

OTHER = "https://evil.example"
CONFIG = '[mcp."corp"]\ntrusted_issuer = "https://login.corp.example"\nclient_id = "corp"\n'


def machine_with(entry_of: str, url: str) -> Machine:
    """A machine whose user trusts the folder and named the server `corp` in his configuration."""
    cwd = HOME / "project"
    entries = {"mcpServers": {"corp": {"type": "http", "url": url}}}
    state: dict[str, Any] = {"projects": {str(cwd): {"hasTrustDialogAccepted": True}}}
    if entry_of == "user":
        state |= entries
    files = {
        HOME / ".config/keyhole/config.toml": CONFIG,
        HOME / ".claude.json": json.dumps(state),
        cwd / ".mcp.json": json.dumps(entries if entry_of == "project" else {}),
    }
    return fake_machine(files=files, cwd=cwd)


def test_a_table_by_name_is_about_the_users_own_server() -> None:
    """What a user says of a server by its name counts for an entry of his own."""
    server = server_named(machine_with("user", URL), "corp")
    assert server.exceptions.client_id == "corp"


def test_a_cloned_entry_does_not_get_what_its_name_has() -> None:
    """A project's entry of that name is refused: its exceptions are for somebody else, and the remedy is a table by URL."""
    machine = machine_with("project", f"{OTHER}/mcp")
    with pytest.raises(BrokenCredentialError, match="the table is by name") as caught:
        server_named(machine, "corp")
    assert caught.value.where == f"{HOME}/.config/keyhole/config.toml:2"
    assert f'[mcp."{OTHER}/mcp"]' in caught.value.remedy
    [listed] = servers_of(machine)
    assert (listed.exceptions.trusted_issuer, listed.exceptions.client_id) == ("", "")


def test_a_name_that_means_another_server_now_gets_no_token(site: Site) -> None:
    """A client goes on with the server that it was made for, or with none."""
    site.sign_in()
    url = [URL]

    def look() -> Machine:
        entries = {"mcpServers": {"acme": {"type": "http", "url": url[0]}}}
        files = {**site.host.files, HOME / ".claude.json": json.dumps(entries)}
        return fake_machine(files=files, now=site.host.now())

    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers["authorization"])
        return httpx2.Response(200)

    host: Host = as_host(site)
    with httpx2.Client(
        auth=auth("acme", look=look, host=host), transport=httpx2.MockTransport(answer)
    ) as client:
        client.get(URL)
        url[0] = f"{OTHER}/mcp"
        site.host.time += 4000
        with pytest.raises(BrokenCredentialError, match="was another server"):
            client.get(URL)
    assert seen == ["Bearer fake-token"]


def test_a_client_is_for_one_authorization_server_whatever_the_account(site: Site) -> None:
    """Where an MCP server names another authorization server, a second account does not show the secret to it either."""
    site.config["client_id"] = "pre"
    keep_client_secret(site.look(), as_host(site), URL, Secret("fake-client-secret"))
    site.sign_in()
    site.resource["authorization_servers"] = [OTHER]
    site.pages[f"{OTHER}/.well-known/oauth-authorization-server"] = metadata(OTHER)
    site.pages[f"{OTHER}/token"] = site.token
    site.host.person = lambda url: agrees(url, iss=OTHER)
    with pytest.raises(LoginFailedError, match=f"was used at {ISSUER}"):
        site.sign_in(account="two")
    assert f"{OTHER}/token" not in site.asked


def named_once(site: Site) -> None:
    """`keyhole mcp auth URL --client-id pre --client-secret`."""
    keep_client_secret(site.look(), as_host(site), URL, Secret("old"))
    site.config["client_id"] = "pre"
    site.sign_in()
    del site.config["client_id"]


def test_a_new_secret_replaces_the_old_one(site: Site) -> None:
    """A client that was named once is shown with the secret that was given last."""
    named_once(site)
    keep_client_secret(site.look(), as_host(site), URL, Secret("new"))
    site.sign_in(forced=True)
    sent = [
        one.headers["authorization"] for one in site.host.requests if one.url.endswith("/token")
    ]
    assert [b64decode(one.split()[1]) for one in sent] == [b"pre:old", b"pre:new"]


def test_a_client_that_was_named_is_not_forgotten(site: Site) -> None:
    """An authorization server that refuses a named client once does not get a new one registered."""
    named_once(site)
    fresh = site.pages[f"{ISSUER}/token"]
    site.pages[f"{ISSUER}/token"] = lambda _: document({"error": "invalid_client"}, 401)
    site.host.time += 4000
    with pytest.raises(LoginRequiredError, match="no longer accepts the client"):
        auth(URL, look=site.look, host=as_host(site))._session.holder.current()
    site.pages[f"{ISSUER}/token"] = fresh
    site.sign_in(forced=True)
    assert f"{ISSUER}/register" not in site.asked
