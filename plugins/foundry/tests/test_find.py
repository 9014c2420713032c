"""What the source sees of a machine."""

from __future__ import annotations

from typing import Any

import pytest

from keyhole import Broken, Found, Machine, survey
from keyhole.testing import fake_machine
from keyhole_foundry import names
from keyhole_foundry.source import Foundry

THERE = {"CLAUDE_CODE_USE_FOUNDRY": "1", "ANTHROPIC_FOUNDRY_RESOURCE": "fake-resource"}
PRINCIPAL = {"AZURE_TENANT_ID": "fake-tenant", "AZURE_CLIENT_ID": "fake-client"}
SECRET = {**PRINCIPAL, "AZURE_CLIENT_SECRET": "fake-secret"}
WORKLOAD = {**PRINCIPAL, "AZURE_FEDERATED_TOKEN_FILE": "/fake/token"}
CONFIG = ".config/keyhole/config.toml"


def _found(machine: Machine) -> Found:
    finding = Foundry().find(machine)
    assert isinstance(finding, Found), finding
    return finding


def _broken(environ: dict[str, str], files: Any = None) -> Broken:
    finding = Foundry().find(fake_machine({"CLAUDE_CODE_USE_FOUNDRY": "1", **environ}, files))
    assert isinstance(finding, Broken), finding
    return finding


def _details(machine: Machine) -> dict[str, str]:
    return {detail.name: detail.value for detail in _found(machine).details}


def test_a_resource_is_a_host_of_its_own() -> None:
    """A resource's name stands for the URL that Claude Code sends to, and says where it was set."""
    endpoint = _found(fake_machine(THERE)).endpoint
    assert endpoint is not None
    assert endpoint.url == "https://fake-resource.services.ai.azure.com/anthropic/"
    assert str(endpoint.where) == "ANTHROPIC_FOUNDRY_RESOURCE in the environment"


@pytest.mark.parametrize("name", ["evil.test/", "a.b", "-a", "a@b", "a#", "a b", "ä"])
def test_a_resource_can_not_lead_to_another_host(name: str) -> None:
    """What is no plain name never becomes a part of a host."""
    assert "no resource's name" in _broken({"ANTHROPIC_FOUNDRY_RESOURCE": name}).reason


def test_a_resource_and_a_base_url_exclude_each_other() -> None:
    """Both together are refused, as Claude Code and the SDK refuse them, and both are named."""
    both = {"ANTHROPIC_FOUNDRY_RESOURCE": "a", "ANTHROPIC_FOUNDRY_BASE_URL": "https://b.test"}
    reason = _broken(both).reason
    assert "ANTHROPIC_FOUNDRY_RESOURCE" in reason
    assert "ANTHROPIC_FOUNDRY_BASE_URL" in reason


def test_everything_missing_is_said_at_once() -> None:
    """The resource, the tenant, the application and the authority are all in one error."""
    broken = _broken(
        {"AZURE_CLIENT_SECRET": "fake-secret", "AZURE_AUTHORITY_HOST": "http://a.test"}
    )
    for name in (
        "ANTHROPIC_FOUNDRY_RESOURCE",
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_AUTHORITY_HOST",
    ):
        assert name in broken.reason
        assert name in broken.remedy


@pytest.mark.parametrize(
    ("more", "credential"),
    [
        ({}, "DefaultAzureCredential"),
        (SECRET, "EnvironmentCredential"),
        ({**PRINCIPAL, "AZURE_CLIENT_CERTIFICATE_PATH": "/fake.pem"}, "EnvironmentCredential"),
        (WORKLOAD, "WorkloadIdentityCredential"),
        ({**SECRET, **WORKLOAD}, "EnvironmentCredential"),
        ({"IDENTITY_ENDPOINT": "http://fake.test"}, "ManagedIdentityCredential"),
        ({**WORKLOAD, "IDENTITY_ENDPOINT": "http://fake.test"}, "WorkloadIdentityCredential"),
        ({**SECRET, "AZURE_TOKEN_CREDENTIALS": "AzureCliCredential"}, "AzureCliCredential"),
        ({**SECRET, "AZURE_TOKEN_CREDENTIALS": "dev"}, "dev"),
        ({**WORKLOAD, "AZURE_TOKEN_CREDENTIALS": "PROD"}, "WorkloadIdentityCredential"),
        ({"AZURE_TOKEN_CREDENTIALS": "prod"}, "prod"),
        ({"AZURE_TOKEN_CREDENTIALS": "managedidentitycredential"}, "ManagedIdentityCredential"),
    ],
)
def test_the_identity_is_the_named_or_the_first_one(more: dict[str, str], credential: str) -> None:
    """A named credential is taken; else the first that variables configure, in Azure's order."""
    assert _details(fake_machine({**THERE, **more}))["credential"] == credential


def test_the_configuration_names_it_before_the_variable() -> None:
    """`[foundry] credential` wins, with its line, and says that `claude` does not read it."""
    machine = fake_machine(
        {**THERE, "AZURE_TOKEN_CREDENTIALS": "dev"},
        {CONFIG: '[foundry]\ncredential = "azureclicredential"\n'},
    )
    finding = _found(machine)
    assert str(finding.where).endswith("config.toml:2 (foundry.credential)")
    assert _details(machine)["credential"] == "AzureCliCredential"
    assert "export AZURE_TOKEN_CREDENTIALS=AzureCliCredential" in finding.warnings[0]


def test_an_unknown_name_is_broken() -> None:
    """A name that azure-identity does not know is refused with all that it does."""
    broken = _broken({**THERE, "AZURE_TOKEN_CREDENTIALS": "cli"})
    assert all(name in broken.remedy for name in names.NAMES)


@pytest.mark.parametrize("name", names.NAMES)
def test_every_name_has_its_own_next_step(name: str) -> None:
    """Whatever the credential, its failure comes with what to do in that vendor's tools."""
    assert names.REMEDIES[name]


@pytest.mark.parametrize(
    ("host", "scope"),
    [
        ("", "https://ai.azure.com/.default"),
        ("login.microsoftonline.com", "https://ai.azure.com/.default"),
        ("https://login.microsoftonline.us/", "https://cognitiveservices.azure.us/.default"),
        ("login.chinacloudapi.cn", "https://cognitiveservices.azure.cn/.default"),
    ],
)
def test_each_cloud_has_its_own_scope(host: str, scope: str) -> None:
    """AZURE_AUTHORITY_HOST decides what a token is asked for."""
    assert _details(fake_machine({**THERE, "AZURE_AUTHORITY_HOST": host}))["scope"] == scope


def test_the_configuration_can_name_the_scope() -> None:
    """`[foundry] scope` replaces the cloud's own, and shows where it stands."""
    machine = fake_machine(THERE, {CONFIG: '[foundry]\nscope = "api://fake/.default"\n'})
    detail = next(detail for detail in _found(machine).details if detail.name == "scope")
    assert detail.value == "api://fake/.default"
    assert str(detail.where).endswith("config.toml:2 (foundry.scope)")


def test_who_is_signed_in_with_az_is_shown() -> None:
    """The account and the tenant come from the CLI's own file, which is only read."""
    profile = {
        "subscriptions": [
            {"isDefault": False, "tenantId": "other", "user": {"name": "other"}},
            {"isDefault": True, "tenantId": "fake-tenant", "user": {"name": "ada@fake.test"}},
        ]
    }
    details = _details(
        fake_machine(
            {**THERE, "AZURE_TOKEN_CREDENTIALS": "azureclicredential"},
            {".azure/azureProfile.json": profile},
        )
    )
    assert details["account"] == "ada@fake.test"
    assert details["tenant"] == "fake-tenant"


@pytest.mark.parametrize(
    ("more", "header", "kind"),
    [
        ({"ANTHROPIC_FOUNDRY_API_KEY": "fake-key"}, "x-api-key", "foundry-api-key"),
        (
            {"ANTHROPIC_FOUNDRY_API_KEY": "fake-key", "ANTHROPIC_FOUNDRY_AUTH_TOKEN": "fake"},
            "authorization",
            "foundry-auth-token",
        ),
        ({}, "authorization", "entra-token"),
        ({"CLAUDE_CODE_SKIP_FOUNDRY_AUTH": "1"}, "authorization", "none"),
        (
            {"CLAUDE_CODE_SKIP_FOUNDRY_AUTH": "1", "ANTHROPIC_AUTH_TOKEN": "fake"},
            "authorization",
            "foundry-auth-token",
        ),
        ({"ANTHROPIC_AUTH_TOKEN": "fake"}, "authorization", "entra-token"),
    ],
)
def test_the_kind_decides_the_header(more: dict[str, str], header: str, kind: str) -> None:
    """A key travels as x-api-key and everything else as Authorization, as in Claude Code."""
    finding = _found(fake_machine({**THERE, **more}))
    assert finding.kind is not None
    assert finding.kind.name == kind
    assert finding.wire is not None
    assert finding.wire.headers == {header}


def test_a_bearer_prefix_is_refused() -> None:
    """A token that already says "Bearer" would be sent with it twice."""
    assert "Bearer" in _broken({**THERE, "ANTHROPIC_FOUNDRY_AUTH_TOKEN": "Bearer fake"}).reason


def test_a_base_url_in_clear_is_a_warning() -> None:
    """A credential that would cross a network unencrypted is said."""
    on = {"CLAUDE_CODE_USE_FOUNDRY": "1", "ANTHROPIC_FOUNDRY_BASE_URL": "http://gateway.test"}
    assert "unencrypted" in _found(fake_machine(on)).warnings[0]


def test_several_flags_are_said() -> None:
    """Bedrock beats Foundry where both are switched on, and the survey warns of it."""
    found = survey(fake_machine({**THERE, "CLAUDE_CODE_USE_BEDROCK": "1"}))
    assert found.resolution.active is not None
    assert found.resolution.active.source.name == "bedrock"
    assert any("CLAUDE_CODE_USE_FOUNDRY" in warning for warning in found.warnings)


def test_a_resource_from_an_untrusted_folder_is_passed_over() -> None:
    """A clone can't send the key to another resource, and the attempt is said."""
    settings = {"env": {"ANTHROPIC_FOUNDRY_RESOURCE": "evil"}}
    finding = _found(
        fake_machine(
            {**THERE, "ANTHROPIC_FOUNDRY_API_KEY": "fake-key"},
            {"project/.claude/settings.json": settings},
        )
    )
    assert finding.endpoint is not None
    assert "fake-resource" in finding.endpoint.url
    assert "passed over" in finding.warnings[0]
