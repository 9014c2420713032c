"""Which extension serves a server is said by URL, checked, and shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keyhole.errors import ConfigError
from keyhole.machine import Machine
from keyhole.testing import HOME, fake_machine
from keyhole_mcp.extensions.chosen import Chosen, chosen_for, file_of
from keyhole_mcp.extensions.options import OPTIONS
from keyhole_mcp.listing import facts, page
from keyhole_mcp.servers import server_named

URL = "https://mcp.example/mcp"


def machine(said: dict[str, Any], table: str = URL) -> Machine:
    """A machine whose configuration says this."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in said.items()]
    return fake_machine(
        files={".config/keyhole/config.toml": "\n".join([f'[mcp."{table}"]', *lines])}
    )


@pytest.mark.parametrize("table", [URL, f"{URL}/"])
@pytest.mark.parametrize("url", [URL, f"{URL}/"])
def test_a_table_by_url_chooses(table: str, url: str) -> None:
    """With or without a slash at the end it is the same server."""
    chosen = chosen_for(machine({"grant": "client_credentials", "dpop": True}, table), url)
    assert (chosen.grant, chosen.dpop) == ("client_credentials", True)
    assert [name for name, _, _ in chosen.said()] == ["grant", "dpop"]


def test_another_server_is_served_as_ever() -> None:
    """Without a word a person signs in, and nothing is bound unless the server wants it."""
    assert chosen_for(machine({"grant": "client_credentials"}), "https://other.example") == Chosen()


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_a_name_chooses_nothing(option: Any) -> None:
    """A cloned folder's entry may bear any name: a key that sends secrets stands by URL, or nowhere."""
    good = {"grant": "workload_identity", "idp_token_type": "id_token", "dpop": True}
    said = {option.name: good.get(option.name, "https://as.example/a")}
    if option.name.endswith(("_key", "_file")):
        said[option.name] = "/run/token"
    with pytest.raises(ConfigError, match="by URL") as caught:
        chosen_for(machine(said, "acme"), URL)
    assert "config.toml:2" in caught.value.where


@pytest.mark.parametrize(
    "said",
    [
        {"grant": "password"},
        {"grant": ["client_credentials"]},
        {"issuer": "as.example"},
        {"private_key": "key.pem"},
        {"private_key": ""},
        {"assertion_file": "../token"},
        {"idp_token_type": "access_token"},
        {"dpop": "yes"},
    ],
)
def test_what_can_not_be_meant_is_refused_with_its_line(said: dict[str, Any]) -> None:
    """A relative path would be another file in each folder; an unknown grant is no grant."""
    with pytest.raises(ConfigError) as caught:
        chosen_for(machine(said), URL)
    assert "config.toml:2" in str(caught.value)


def test_a_file_may_lie_in_the_home() -> None:
    """`~/` is the user's home, whatever folder keyhole is started in."""
    assert file_of(machine({}), "~/keys/a.pem") == HOME / "keys/a.pem"
    assert str(file_of(machine({}), "/run/token")) == "/run/token"


def test_list_shows_what_is_chosen_and_where() -> None:
    """Each key has a row, and a place in the JSON."""
    at = machine({"grant": "workload_identity", "assertion_file": "/run/token"})
    shown = facts(server_named(at, URL), at)
    assert [each["name"] for each in shown["extensions"]] == ["grant", "assertion_file"]
    assert 'extension grant = "workload_identity"' in page([shown], ())
