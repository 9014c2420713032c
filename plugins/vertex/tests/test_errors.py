"""What goes wrong is said with Google's next step, and without a secret."""

from __future__ import annotations

import json
import socket
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from keyhole import Found, KeyholeError, Machine
from keyhole.errors import BrokenCredentialError, HelperError, NetworkError
from keyhole.host import RealHost
from keyhole_vertex.source import Vertex

Machines = Callable[..., Machine]


def _error(machine: Machine) -> KeyholeError:
    finding = Vertex().find(machine)
    assert isinstance(finding, Found), finding
    with pytest.raises(KeyholeError) as caught:
        finding.load(RealHost(), None)
    return caught.value


def _everything_said(error: KeyholeError) -> str:
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(told.format())


def test_a_refused_key_names_the_next_step(
    google: Any, machine: Machines, key: Mapping[str, Any]
) -> None:
    """Google's answer is repeated, redacted, with the file and the command that makes a key."""
    said = f"key {key['private_key_id']} of {key['client_email']} is gone"
    google.fails = (400, {"error": "invalid_grant", "error_description": said})
    error = _error(machine())
    assert isinstance(error, BrokenCredentialError)
    assert "invalid_grant: key **** of robot@lab.test is gone" in error.problem
    assert "adc.json:1 (type)" in error.where
    assert "gcloud iam service-accounts keys create" in error.remedy
    assert error.__context__ is None


def test_a_key_that_is_no_key_is_not_repeated(
    machine: Machines, key: Mapping[str, Any], tmp_path: Path
) -> None:
    """A damaged private key is an error that shows nothing of it, not even to a debugger."""
    broken = {**key, "private_key": "fake-damaged-key"}
    (tmp_path / "adc.json").write_text(json.dumps(broken))
    error = _error(machine())
    assert isinstance(error, BrokenCredentialError)
    assert "fake-damaged-key" not in _everything_said(error)


def test_a_server_that_is_not_there_is_a_network_error(
    machine: Machines, key: Mapping[str, Any], tmp_path: Path
) -> None:
    """An unreachable token endpoint says nothing about the credentials."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/token"
        (tmp_path / "adc.json").write_text(json.dumps({**key, "token_uri": url}))
        error = _error(machine())
    assert isinstance(error, NetworkError)
    assert "network" in error.remedy


def test_a_missing_subject_token_is_named(
    machine: Machines, federation: Callable[..., None], tmp_path: Path
) -> None:
    """A workload whose token file is not mounted is told which file."""
    federation({"file": str(tmp_path / "gone")})
    error = _error(machine())
    assert isinstance(error, BrokenCredentialError)
    assert "gone" in error.problem
    assert "workload-identity-pools" in error.remedy


@pytest.mark.parametrize(
    ("command", "expected", "said"),
    [
        ("sh -c 'echo fake-subject-token; exit 3'", BrokenCredentialError, "return code 3"),
        ("sleep 20", HelperError, "took more than 5 seconds"),
        ("/there/is/no/such/program", BrokenCredentialError, "FileNotFoundError"),
    ],
)
@pytest.mark.real
def test_a_failing_program_surfaces(  # each is needed
    machine: Machines,
    federation: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    expected: type[KeyholeError],
    said: str,
) -> None:
    """How the program ended is said; what it printed may be the token, and is not."""
    monkeypatch.setenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1")
    federation({"executable": {"command": command, "timeout_millis": 5000}})
    error = _error(machine(GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES="1"))
    assert isinstance(error, expected)
    assert said in error.problem
    assert "fake-subject-token" not in str(error)


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_nothing_configured_ends_within_two_seconds(machine: Machines, silent: str) -> None:
    """Without a file and with a metadata server that never answers, two seconds are the limit."""
    started = time.monotonic()
    error = _error(machine(GOOGLE_APPLICATION_CREDENTIALS="", GCE_METADATA_HOST=silent))
    assert time.monotonic() - started < 6
    assert isinstance(error, BrokenCredentialError)
    assert "no Application Default Credentials" in error.problem
    assert "`gcloud auth application-default login`" in error.remedy


def test_another_web_server_is_no_metadata_server(google: Any, machine: Machines) -> None:
    """Only the header that Google documents makes it one; the page of a proxy does not."""
    google.flavor = "Acme"
    error = _error(machine(GOOGLE_APPLICATION_CREDENTIALS="", GCE_METADATA_HOST=google.host))
    assert "no metadata server" in error.problem
    assert not google.asked
