"""What `status` says of Vertex AI: each fact with its place, all that is missing at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from keyhole import Absent, Broken, Detail, Found, Ignored, Machine
from keyhole.testing import fake_machine
from keyhole.walk import survey
from keyhole_vertex.source import Vertex

ON = {"CLAUDE_CODE_USE_VERTEX": "1", "ANTHROPIC_VERTEX_PROJECT_ID": "lab"}
FILE = ".config/gcloud/application_default_credentials.json"
LOGIN = {
    "type": "authorized_user",
    "client_id": "fake-id",
    "client_secret": "fake-secret",
    "refresh_token": "fake-refresh",
}
KEY = {
    "type": "service_account",
    "project_id": "lab-of-the-key",
    "client_email": "robot@lab.test",
    "private_key": "fake",
    "token_uri": "https://oauth2.test/token",
}
POOL = {
    "type": "external_account",
    "audience": "//iam.test/pool",
    "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    "token_url": "https://sts.test/v1/token",
}


def _find(
    environ: Mapping[str, str] | None = None, adc: Any = None, **options: Any
) -> Found | Broken | Ignored | Absent:
    return Vertex().find(_machine(environ, adc, **options))


def _machine(environ: Mapping[str, str] | None = None, adc: Any = None, **options: Any) -> Machine:
    files = {FILE: LOGIN if adc is None else adc, **options.pop("files", {})}
    return fake_machine({**ON, **(environ or {})}, files, **options)


def _details(finding: object) -> dict[str, Detail]:
    assert isinstance(finding, Found | Broken), finding
    return {detail.name: detail for detail in finding.details}


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("", "us-east5-aiplatform.googleapis.com"),
        ("europe-west1", "europe-west1-aiplatform.googleapis.com"),
        ("global", "aiplatform.googleapis.com"),
        ("us", "aiplatform.us.rep.googleapis.com"),
        ("eu", "aiplatform.eu.rep.googleapis.com"),
    ],
)
def test_the_region_chooses_the_host(region: str, host: str) -> None:
    """Each region has a host, `global` has none in its name, and us-east5 is the default."""
    finding = _find({"CLOUD_ML_REGION": region})
    assert isinstance(finding, Found)
    assert finding.endpoint
    assert finding.endpoint.url == f"https://{host}/v1"


def test_the_hosts_are_the_sdks() -> None:
    """Every region has the host that the anthropic SDK would take by itself."""
    import anthropic

    for region in ("us-east5", "global", "us", "eu"):
        finding = _find({"CLOUD_ML_REGION": region})
        client = anthropic.AnthropicVertex(region=region, project_id="lab", access_token="fake")
        assert isinstance(finding, Found)
        assert finding.endpoint
        assert str(client.base_url).rstrip("/") == finding.endpoint.url
        client.close()


def test_each_fact_has_its_place() -> None:
    """Project, region, form, account and quota project each say where they were found."""
    settings = {"env": {"CLOUD_ML_REGION": "global", "VERTEX_REGION_CLAUDE_HAIKU_4_5": "us-east5"}}
    adc = {**KEY, "quota_project_id": "payer"}
    found = _details(_find(adc=adc, settings=settings))
    assert found["project"].value == "lab-of-the-key"
    assert FILE in str(found["project"].where)
    assert str(found["region"].where) == "--settings:1 (env.CLOUD_ML_REGION)"
    assert found["region of claude-haiku-4-5"].value == "us-east5"
    assert found["credentials"].value == "service account key"
    assert found["account"].value == "robot@lab.test"
    assert (found["quota project"].value, str(found["quota project"].where)) == (
        "payer",
        f"/home/ada/{FILE}:1 (quota_project_id)",
    )


@pytest.mark.parametrize(
    ("environ", "project"),
    [
        ({"GCLOUD_PROJECT": "a", "GOOGLE_CLOUD_PROJECT": "b"}, "a"),
        ({"GOOGLE_CLOUD_PROJECT": "b"}, "b"),
        ({}, "lab-of-the-key"),
    ],
)
def test_googles_own_variables_choose_the_project(environ: dict[str, str], project: str) -> None:
    """GCLOUD_PROJECT, GOOGLE_CLOUD_PROJECT and the file beat ANTHROPIC_VERTEX_PROJECT_ID."""
    assert _details(_find(environ, KEY))["project"].value == project


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"file": "/t"}, "workload identity federation (file)"),
        ({"url": "https://a.test"}, "workload identity federation (url)"),
        ({"executable": {"command": "x"}}, "workload identity federation (executable)"),
        ({"environment_id": "aws1"}, "workload identity federation (aws)"),
    ],
)
def test_a_federation_says_where_its_token_comes_from(source: object, words: str) -> None:
    """The form names the place of the subject token, and the account that is impersonated."""
    url = "https://iam.test/v1/projects/-/serviceAccounts/robot@lab.test:generateAccessToken"
    adc = {**POOL, "credential_source": source, "service_account_impersonation_url": url}
    found = _details(_find({"GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES": "1"}, adc))
    assert found["credentials"].value == words
    assert found["impersonates"].value == "robot@lab.test"


def test_everything_missing_is_named_together() -> None:
    """A wrong region, no project, no URL and a broken login are one answer, each with a remedy."""
    finding = _find(
        {
            "ANTHROPIC_VERTEX_PROJECT_ID": "",
            "CLOUD_ML_REGION": "evil.test/",
            "ANTHROPIC_VERTEX_BASE_URL": "ftp://a.test",
        },
        {"type": "authorized_user", "client_id": "fake-id"},
    )
    assert isinstance(finding, Broken)
    for said in (
        "lacks client_secret, refresh_token",
        "ANTHROPIC_VERTEX_PROJECT_ID",
        "CLOUD_ML_REGION in the environment is no region",
        "ANTHROPIC_VERTEX_BASE_URL",
    ):
        assert said in finding.reason
    assert "gcloud auth application-default login" in finding.remedy
    assert "export ANTHROPIC_VERTEX_PROJECT_ID=" in finding.remedy


@pytest.mark.parametrize(
    ("environ", "adc", "said", "remedy"),
    [
        (
            {"GOOGLE_APPLICATION_CREDENTIALS": "/gone.json"},
            None,
            "names a file that does not exist",
            "gcloud auth application-default login",
        ),
        ({}, {"type": "gdch_service_account"}, "no `type` that is known", "gcloud auth"),
        ({}, "{", "is not valid JSON", "gcloud auth application-default login"),
        ({}, {**KEY, "private_key": ""}, "lacks private_key", "gcloud iam service-accounts keys"),
        (
            {},
            {**POOL, "credential_source": {"executable": {"command": "x"}}},
            "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES is not 1",
            "export GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1",
        ),
    ],
)
def test_credentials_that_can_not_work_are_broken(
    environ: dict[str, str], adc: Any, said: str, remedy: str
) -> None:
    """What can be seen to be wrong is said before anything is asked, with Google's next step."""
    finding = _find(environ, adc)
    assert isinstance(finding, Broken)
    assert said in finding.reason
    assert remedy in finding.remedy


def test_no_metadata_server_where_it_is_ruled_out() -> None:
    """NO_GCE_CHECK=true and no file leaves nothing, and that is known without asking anybody."""
    finding = Vertex().find(fake_machine({**ON, "NO_GCE_CHECK": "true"}))
    assert isinstance(finding, Broken)
    assert "NO_GCE_CHECK" in finding.reason
    assert "gcloud auth application-default login" in finding.remedy


@pytest.mark.parametrize("name", ["GCE_METADATA_HOST", "GCE_METADATA_IP"])
def test_a_metadata_server_has_a_host_name(name: str) -> None:
    """A text that would choose another path or user is refused."""
    finding = Vertex().find(fake_machine({**ON, name: "user:pw@evil.test"}))
    assert isinstance(finding, Broken)
    assert "is no host name" in finding.reason


def test_an_untrusted_project_chooses_nothing() -> None:
    """A clone's settings can't point to its own credentials file, project or URL."""
    env = {
        "GOOGLE_APPLICATION_CREDENTIALS": "evil.json",
        "ANTHROPIC_VERTEX_BASE_URL": "https://evil.test",
        "GOOGLE_CLOUD_PROJECT": "evil",
    }
    settings = {"env": env, "gcpAuthRefresh": "evil"}
    finding = _find(files={"project/.claude/settings.json": settings})
    assert isinstance(finding, Found)
    assert finding.endpoint
    assert finding.endpoint.url == "https://us-east5-aiplatform.googleapis.com/v1"
    assert _details(finding)["project"].value == "lab"
    assert "signs in with" not in _details(finding)
    assert len([warning for warning in finding.warnings if "passed over" in warning]) == 4


def test_several_switches_are_a_warning() -> None:
    """With two providers switched on the survey says which one Claude Code takes."""
    answer = survey(_machine({"CLAUDE_CODE_USE_BEDROCK": "1"}))
    assert any("CLAUDE_CODE_USE_VERTEX" in warning for warning in answer.warnings)
    assert answer.resolution.active
    assert answer.resolution.active.source.name == "bedrock"


@pytest.mark.parametrize(
    ("environ", "sent"),
    [({"ANTHROPIC_AUTH_TOKEN": "fake-gateway-token"}, {"authorization"}), ({}, set())],
)
def test_a_gateway_gets_the_token_that_is_given(environ: dict[str, str], sent: set[str]) -> None:
    """With CLAUDE_CODE_SKIP_VERTEX_AUTH no Google credentials are looked for."""
    finding = _find({"CLAUDE_CODE_SKIP_VERTEX_AUTH": "1", **environ}, "{")
    assert isinstance(finding, Found)
    assert finding.kind
    assert set(finding.kind.headers) == sent
    assert finding.wire
    assert finding.wire.headers == sent


def test_a_helper_is_not_run_twice_for_a_gateway() -> None:
    """With CLAUDE_CODE_SKIP_VERTEX_AUTH a helper would authenticate, which is said, not done."""
    finding = _find({"CLAUDE_CODE_SKIP_VERTEX_AUTH": "1"}, settings={"apiKeyHelper": "echo fake"})
    assert isinstance(finding, Broken)
    assert "apiKeyHelper" in finding.reason
    assert "ANTHROPIC_AUTH_TOKEN" in finding.remedy
