"""Managed identities: what Azure's hosts offer, and the probe that comes last."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from keyhole import Found, Machine
from keyhole.credential import Credential
from keyhole.errors import BrokenCredentialError
from keyhole.testing import FakeHost
from keyhole_foundry.source import Foundry

Build = Callable[..., Machine]


def _load(machine: Machine) -> Credential:
    finding = Foundry().find(machine)
    assert isinstance(finding, Found), finding
    return finding.load(FakeHost(), None)


@pytest.fixture
def both(machine: Build, monkeypatch: pytest.MonkeyPatch) -> Build:
    """A machine whose variables the process has too, because msal looks at no other."""

    def build(*, config: str = "", **environ: str) -> Machine:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        return machine(config=config, **environ)

    return build


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that accepts connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("named", ["", "ManagedIdentityCredential", "prod"])
def test_app_service(both: Build, entra: Any, named: str) -> None:
    """The endpoint and the header of App Service give a token for the scope's resource."""
    credential = _load(
        both(
            IDENTITY_ENDPOINT=f"{entra.http}/msi/token",
            IDENTITY_HEADER="fake-header",
            AZURE_TOKEN_CREDENTIALS=named,
        )
    )
    assert credential.secret.reveal() == "fake-entra-token-1"
    assert entra.asked[0]["form"] == "/msi/token"
    assert entra.asked[0]["resource"] == "https://ai.azure.com"


@pytest.mark.parametrize("client", ["", "fake-client"])
def test_the_metadata_server(both: Build, entra: Any, client: str) -> None:
    """The metadata server gives the machine's identity, or the one that AZURE_CLIENT_ID names."""
    held = both(AZURE_POD_IDENTITY_AUTHORITY_HOST=entra.http, AZURE_CLIENT_ID=client)
    assert _load(held).secret.reveal() == "fake-entra-token-1"
    assert entra.asked[0]["form"] == "/metadata/identity/oauth2/token"
    assert entra.asked[0].get("client_id", "") == client


def test_an_endpoint_that_the_process_does_not_have_is_an_error(machine: Build, entra: Any) -> None:
    """What azure-identity can't be told is never left to whatever the process happens to have."""
    with pytest.raises(BrokenCredentialError, match="IDENTITY_ENDPOINT") as caught:
        _load(machine(IDENTITY_ENDPOINT=f"{entra.http}/msi/token"))
    assert "export it in the shell" in caught.value.remedy
    assert not entra.asked


def _probe_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leads what is meant for 169.254.169.254 to loopback, as a proxy."""
    monkeypatch.setenv("HTTP_PROXY", url)
    monkeypatch.setenv("http_proxy", url)


def _without_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


@pytest.mark.parametrize("named", ["", "prod"])
def test_the_probe_comes_last_and_finds_an_identity(
    machine: Build, entra: Any, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """With nothing configured and nobody signed in, the machine's own identity is used."""
    _without_tools(monkeypatch)
    _probe_at(entra.http, monkeypatch)
    credential = _load(machine(AZURE_TOKEN_CREDENTIALS=named))
    assert credential.secret.reveal() == "fake-entra-token-1"
    assert entra.asked[0]["form"].endswith("/metadata/identity/oauth2/token")


@pytest.mark.real
@pytest.mark.parametrize("named", ["", "prod"])
def test_the_probe_takes_two_seconds_at_most(
    machine: Build, silent: str, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """A metadata server that never answers costs 2 seconds in total, and then the next step."""
    _without_tools(monkeypatch)
    _probe_at(silent, monkeypatch)
    started = time.monotonic()
    with pytest.raises(BrokenCredentialError) as caught:
        _load(machine(AZURE_TOKEN_CREDENTIALS=named))
    assert time.monotonic() - started < 6
    assert caught.value.remedy


def test_a_service_principal_that_fails_is_not_replaced_by_the_machine(
    machine: Build, entra: Any
) -> None:
    """Where something is configured, its failure is the answer, and nothing is probed."""
    entra.error = {"error": "invalid_client", "error_description": "AADSTS7000215: no"}
    with pytest.raises(BrokenCredentialError):
        _load(
            machine(
                AZURE_TENANT_ID="11111111-1111-1111-1111-111111111111",
                AZURE_CLIENT_ID="fake-client",
                AZURE_CLIENT_SECRET="fake-secret",
            )
        )
    assert all("form" not in asked for asked in entra.asked)
