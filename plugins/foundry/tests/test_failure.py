"""When Entra ID gives no token: the next step, and no secret."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from keyhole import Found, KeyholeError, Machine
from keyhole.errors import BrokenCredentialError, NetworkError
from keyhole.testing import CANARY, FakeHost
from keyhole_foundry.source import Foundry

PRINCIPAL = {
    "AZURE_TENANT_ID": "11111111-1111-1111-1111-111111111111",
    "AZURE_CLIENT_ID": "fake-client",
}
Build = Callable[..., Machine]


def _error(machine: Machine) -> KeyholeError:
    finding = Foundry().find(machine)
    assert isinstance(finding, Found), finding
    with pytest.raises(KeyholeError) as caught:
        finding.load(FakeHost(), None)
    return caught.value


@pytest.mark.parametrize(
    ("named", "step"),
    [
        ("", "az login"),
        ("dev", "az login"),
        ("AzureCliCredential", "az login"),
        ("AzureDeveloperCliCredential", "azd auth login"),
        ("AzurePowerShellCredential", "Connect-AzAccount"),
        ("VisualStudioCodeCredential", "Visual Studio Code"),
    ],
)
def test_nobody_is_signed_in(
    machine: Build, monkeypatch: pytest.MonkeyPatch, named: str, step: str
) -> None:
    """Each credential's failure names the command that signs in there."""
    monkeypatch.setenv("PATH", "/nowhere")
    error = _error(machine(AZURE_TOKEN_CREDENTIALS=named))
    assert isinstance(error, BrokenCredentialError)
    assert step in error.remedy


def test_a_refused_secret(machine: Build, entra: Any) -> None:
    """What Entra ID says is shown without the secret, and leads to a new one."""
    entra.error = {
        "error": "invalid_client",
        "error_description": f"AADSTS7000215: Invalid client secret provided: {CANARY}.",
    }
    error = _error(machine(**PRINCIPAL, AZURE_CLIENT_SECRET=CANARY))
    assert "AADSTS7000215" in error.problem
    assert "az ad sp credential reset" in error.remedy
    assert CANARY not in "".join(traceback.format_exception(error))
    assert error.__context__ is None


def test_a_token_file_that_is_not_there(machine: Build) -> None:
    """A missing file of a workload's identity is named, and not the whole traceback."""
    error = _error(machine(**PRINCIPAL, AZURE_FEDERATED_TOKEN_FILE="/nowhere/token"))
    assert "/nowhere/token" in error.problem
    assert "az identity federated-credential list" in error.remedy


@pytest.mark.real
def test_an_authority_that_can_not_be_reached(machine: Build) -> None:
    """A closed port is a matter of the network, and says nothing against the credential."""
    held = {**PRINCIPAL, "AZURE_CLIENT_SECRET": CANARY}
    error = _error(machine(**held, AZURE_AUTHORITY_HOST="https://127.0.0.1:9"))
    assert isinstance(error, NetworkError)
    assert "AZURE_AUTHORITY_HOST" in error.remedy
    assert CANARY not in str(error)


def test_an_authority_with_an_unknown_certificate(machine: Build) -> None:
    """TLS is verified: without the authority's CA there is no token."""
    held = {**PRINCIPAL, "AZURE_CLIENT_SECRET": CANARY, "REQUESTS_CA_BUNDLE": ""}
    assert isinstance(_error(machine(**held)), NetworkError)


def test_nothing_is_printed(machine: Build, entra: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """azure-identity's own warnings stay out of a person's terminal."""
    entra.error = {"error": "invalid_client", "error_description": CANARY}
    _error(machine(**PRINCIPAL, AZURE_CLIENT_SECRET="fake-secret"))
    printed = capfd.readouterr()
    assert printed.out + printed.err == ""
