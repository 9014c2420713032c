"""gcpAuthRefresh: signing in anew, only where that is what is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keyhole import Found, Machine, Secret
from keyhole.errors import BrokenCredentialError, HelperError, NetworkError
from keyhole.host import RealHost
from keyhole.process import Command, Outcome
from keyhole.testing import FakeHost
from keyhole_vertex.source import Vertex

Machines = Callable[..., Machine]
REVOKED = (400, {"error": "invalid_grant", "error_description": "Bad Request"})


def _found(machine: Machine) -> Found:
    finding = Vertex().find(machine)
    assert isinstance(finding, Found), finding
    return finding


def _signs_in(line: str) -> dict[str, str]:
    return {"gcpAuthRefresh": line}


@pytest.mark.usefixtures("key")
def test_it_runs_where_there_is_no_file_yet(google: Any, machine: Machines, tmp_path: Path) -> None:
    """A command that writes the credentials is run, and what it wrote is used at once."""
    (tmp_path / "adc.json").rename(tmp_path / "later.json")
    finding = _found(machine(_signs_in("cp later.json adc.json")))
    assert any(detail.name == "signs in with" for detail in finding.details)
    credential = finding.load(RealHost(), None)
    assert credential.secret == Secret("fake-account-1")
    assert google.asked[0][1]["assertion"]


@pytest.mark.usefixtures("key")
def test_it_runs_after_a_revoked_login(google: Any, machine: Machines) -> None:
    """When Google says that the login is over, the command is run once, with a notice."""
    google.fails = REVOKED
    host = FakeHost()
    host.outcomes = [Outcome(0, b"", b"", 0.1)]
    with pytest.raises(BrokenCredentialError, match="invalid_grant"):
        _found(machine(_signs_in("fake-sign-in"))).load(host, None)
    [command] = host.commands
    assert (command.line, command.timeout) == ("fake-sign-in", 180)
    assert "gcpAuthRefresh" in host.told[0]
    assert len(google.asked) == 2


@pytest.mark.usefixtures("key")
def test_it_is_not_run_while_the_credentials_work(google: Any, machine: Machines) -> None:
    """A login that works is not made again."""
    host = FakeHost()
    _found(machine(_signs_in("fake-sign-in"))).load(host, None)
    assert not host.commands
    assert len(google.asked) == 1


@pytest.mark.real  # the library itself tries again for three seconds
@pytest.mark.usefixtures("key")
def test_it_is_not_run_for_a_broken_network(google: Any, machine: Machines) -> None:
    """A server that fails says nothing about the login, so nobody has to log in again."""
    google.fails = (400, {"error": "temporarily_unavailable"})
    host = FakeHost()
    with pytest.raises(NetworkError):
        _found(machine(_signs_in("fake-sign-in"))).load(host, None)
    assert not host.commands


@pytest.mark.usefixtures("key")
def test_its_failure_surfaces(google: Any, machine: Machines) -> None:
    """A command that fails is the error, with its last words and what to do instead."""
    google.fails = REVOKED
    line = "echo 'no browser for sk-ant-fake-0123456789' >&2; exit 3"
    with pytest.raises(HelperError) as caught:
        _found(machine(_signs_in(line))).load(RealHost(), None)
    assert "gcpAuthRefresh ended with 3: no browser for ****" in str(caught.value)
    assert "gcloud auth application-default login" in caught.value.remedy


@pytest.mark.usefixtures("key")
def test_it_is_ended_after_three_minutes(google: Any, machine: Machines) -> None:
    """A person who never answers ends it, with that reason."""
    google.fails = REVOKED
    host = FakeHost()
    host.outcomes = [Outcome(None, b"", b"", 180.0)]
    with pytest.raises(HelperError, match="took more than 3 minutes"):
        _found(machine(_signs_in("fake-sign-in"))).load(host, None)


def test_it_sees_the_settings_variables(machine: Machines, tmp_path: Path) -> None:
    """The command has the variables of trusted settings, and starts in the start folder."""
    host = FakeHost()
    host.outcomes = [Outcome(1, b"", b"", 0.1)]
    settings = {**_signs_in("fake-sign-in"), "env": {"CLOUDSDK_CORE_ACCOUNT": "ada"}}
    with pytest.raises(HelperError):
        _found(machine(settings)).load(host, None)
    command: Command = host.commands[0]
    assert command.env["CLOUDSDK_CORE_ACCOUNT"] == "ada"
    assert command.cwd == tmp_path
