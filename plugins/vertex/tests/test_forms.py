"""Each form of Application Default Credentials, with the real library against loopback."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from google.auth import jwt
from google.auth.transport import requests as transports

from keyhole import Found, Machine
from keyhole.errors import BrokenCredentialError
from keyhole.host import RealHost
from keyhole_vertex.credential import VertexCredential
from keyhole_vertex.source import Vertex

Machines = Callable[..., Machine]
PROGRAM = """
import json
print(json.dumps({
    "version": 1,
    "success": True,
    "token_type": "urn:ietf:params:oauth:token-type:jwt",
    "id_token": "fake.program.jwt",
}))
"""


def _load(machine: Machine) -> VertexCredential:
    finding = Vertex().find(machine)
    assert isinstance(finding, Found), finding
    credential = finding.load(RealHost(), None)
    assert isinstance(credential, VertexCredential)
    assert credential.kind == finding.kind
    return credential


def test_a_service_account_signs_for_its_token(
    google: Any, machine: Machines, key: Mapping[str, Any], public_key: str
) -> None:
    """A key's token is asked for with an assertion that verifies, and ends when Google says."""
    credential = _load(machine())
    assert credential.headers() == {"authorization": "Bearer fake-account-1"}
    [(_path, fields)] = google.asked
    claims = jwt.decode(fields["assertion"], certs=public_key, verify=False)
    assert claims["iss"] == key["client_email"]
    jwt.decode(fields["assertion"], certs=public_key, clock_skew_in_seconds=60)
    assert credential.expires_at == pytest.approx(time.time() + 3600, abs=30)


SHAPED = {"type": "json", "subject_token_field_name": "value"}


@pytest.mark.parametrize(
    "source",
    [
        {"file": "@HERE@/subject"},
        {"file": "@HERE@/subject.json", "format": SHAPED},
        {"url": "@GOOGLE@/subject", "format": SHAPED},
    ],
)
def test_a_workload_exchanges_its_subject_token(
    google: Any,
    machine: Machines,
    federation: Callable[..., None],
    tmp_path: Path,
    source: object,
) -> None:
    """A subject token from a file or a URL is exchanged for Google's, wherever it stands."""
    (tmp_path / "subject").write_text("fake.subject.jwt")
    (tmp_path / "subject.json").write_text('{"value": "fake.subject.jwt"}')
    text = json.dumps(source).replace("@HERE@", str(tmp_path)).replace("@GOOGLE@", google.url)
    federation(json.loads(text))
    assert _load(machine()).secret.reveal() == "fake-pool-1"
    [(path, fields)] = google.asked
    assert (path, fields["subject_token"]) == ("/sts", "fake.subject.jwt")


def test_a_program_prints_the_subject_token(
    google: Any,
    machine: Machines,
    federation: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An executable that is allowed is run by the library, and its token is exchanged."""
    (tmp_path / "program.py").write_text(PROGRAM)
    command = f"{sys.executable} {tmp_path / 'program.py'}"
    federation({"executable": {"command": command, "timeout_millis": 20000}})
    monkeypatch.setenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1")
    allowed = machine(GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES="1")
    assert _load(allowed).secret.reveal() == "fake-pool-1"
    assert google.asked[0][1]["subject_token"] == "fake.program.jwt"


def test_a_program_that_only_settings_allow_is_not_run(
    machine: Machines, federation: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library asks the process's own variables, and the error says where to set it."""
    monkeypatch.delenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", raising=False)
    federation({"executable": {"command": "true", "timeout_millis": 5000}})
    with pytest.raises(BrokenCredentialError) as caught:
        _load(machine(GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES="1"))
    assert "export GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1" in caught.value.remedy


def test_a_workload_impersonates_an_account(
    google: Any,
    machine: Machines,
    federation: Callable[..., None],
    tmp_path: Path,
) -> None:
    """The exchanged token buys the account's, and only that one leaves for Vertex AI."""
    (tmp_path / "subject").write_text("fake.subject.jwt")
    url = f"{google.url}/v1/projects/-/serviceAccounts/robot@lab.test:generateAccessToken"
    federation({"file": str(tmp_path / "subject")}, service_account_impersonation_url=url)
    credential = _load(machine())
    assert credential.secret.reveal() == "fake-impersonated-2"
    assert google.asked[1][1]["authorization"] == "Bearer fake-pool-1"
    assert credential.expires_at == pytest.approx(time.time() + 3600, abs=30)


def test_the_metadata_server_vouches_for_the_machine(google: Any, machine: Machines) -> None:
    """Without any file the metadata server gives the token, at the address the machine names."""
    on_machine = machine(GOOGLE_APPLICATION_CREDENTIALS="", GCE_METADATA_HOST=google.host)
    credential = _load(on_machine)
    assert credential.secret.reveal() == "fake-machine-1"
    assert credential.project == "lab"


def test_the_metadata_server_names_the_project(google: Any, machine: Machines) -> None:
    """Where nobody names a project, the machine's own is asked."""
    on_machine = machine(
        GOOGLE_APPLICATION_CREDENTIALS="",
        ANTHROPIC_VERTEX_PROJECT_ID="",
        GCE_METADATA_HOST=google.host,
    )
    credential = _load(on_machine)
    assert credential.project == "machine-project"
    assert credential.child_env()["ANTHROPIC_VERTEX_PROJECT_ID"] == "machine-project"


@pytest.fixture
def redirected(google: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Sends the library's requests to loopback: these two forms name Google's hosts themselves."""
    asked: list[str] = []
    send: Any = transports.Request.__call__

    def to_loopback(self: Any, url: str, *args: Any, **kwargs: Any) -> Any:
        asked.append(url)
        path = "/token" if "oauth2" in url else "/x:generateAccessToken"
        return send(self, google.url + path, *args, **kwargs)

    monkeypatch.setattr(transports.Request, "__call__", to_loopback)
    return asked


def test_a_persons_login_is_refreshed(
    google: Any, machine: Machines, tmp_path: Path, redirected: list[str]
) -> None:
    """The refresh token of gcloud's login buys a token from Google's own host."""
    info = {
        "type": "authorized_user",
        "client_id": "fake-id",
        "client_secret": "fake-secret",
        "refresh_token": "fake-refresh",
        "quota_project_id": "payer",
    }
    folder = tmp_path / ".config" / "gcloud"
    folder.mkdir(parents=True)
    (folder / "application_default_credentials.json").write_text(json.dumps(info))
    credential = _load(machine(GOOGLE_APPLICATION_CREDENTIALS=""))
    assert credential.headers()["x-goog-user-project"] == "payer"
    assert google.asked[0][1]["refresh_token"] == "fake-refresh"
    assert redirected == ["https://oauth2.googleapis.com/token"]


def test_a_login_impersonates_an_account(
    google: Any, machine: Machines, tmp_path: Path, redirected: list[str]
) -> None:
    """What `gcloud --impersonate-service-account` wrote buys the account's token."""
    info = {
        "type": "impersonated_service_account",
        "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/"
        "serviceAccounts/robot@lab.test:generateAccessToken",
        "source_credentials": {
            "type": "authorized_user",
            "client_id": "fake-id",
            "client_secret": "fake-secret",
            "refresh_token": "fake-refresh",
        },
    }
    (tmp_path / "adc.json").write_text(json.dumps(info))
    assert _load(machine()).secret.reveal() == "fake-impersonated-2"
    assert "robot@lab.test:generateAccessToken" in redirected[1]
    assert google.asked[1][1]["authorization"] == "Bearer fake-account-1"
