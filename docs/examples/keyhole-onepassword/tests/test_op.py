"""What `op` gives is the key, and what it complains of reaches the person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from keyhole import Found, Host, Machine
from keyhole.errors import HelperError
from keyhole.host import RealHost
from keyhole.process import Outcome
from keyhole.testing import CANARY, FakeHost

from keyhole_onepassword.source import OnePassword

Look = Callable[..., Machine]

ITEM = "op://Private/Anthropic/credential"


def _loaded(machine: Machine, host: Host) -> str:
    finding = OnePassword().find(machine)
    assert isinstance(finding, Found)
    return finding.load(host, None).headers()["x-api-key"]


def test_the_field_is_the_key(look: Look) -> None:
    """The header carries what the field holds."""
    assert _loaded(look(ITEM), RealHost()) == CANARY


def test_op_runs_with_the_variables_of_the_machine(look: Look) -> None:
    """A service account's token reaches `op`, and its command line holds nothing but names."""
    host = FakeHost()
    host.outcomes = [Outcome(0, b"fake-key", b"", 0.1)]
    assert _loaded(look(ITEM, OP_SERVICE_ACCOUNT_TOKEN="ops_fake"), host) == "fake-key"
    (command,) = host.commands
    assert command.env["OP_SERVICE_ACCOUNT_TOKEN"] == "ops_fake"
    assert command.line == f"op read --no-newline {ITEM}"


@pytest.mark.parametrize(
    ("reference", "problem", "remedy"),
    [
        ("op://Private/Anthropic/notes", "the field holds no key", "holds the key alone"),
        ("op://Private/Nobody/key", "isn't an item in the", "op read 'op://Private/Nobody/key'"),
    ],
)
def test_a_failure_says_what_to_do(look: Look, reference: str, problem: str, remedy: str) -> None:
    """What `op` complains of is shown, and what the field holds is not."""
    with pytest.raises(HelperError) as caught:
        _loaded(look(reference), RealHost())
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy
    assert "two" not in str(caught.value)


def test_a_machine_without_op(look: Look, tmp_path: Path) -> None:
    """Where `op` is not installed, that is what is said."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(HelperError, match="op is not installed"):
        _loaded(look(ITEM, path=str(tmp_path / "empty")), RealHost())


def test_nobody_unlocks_it(look: Look) -> None:
    """An `op` that waits too long for a person is ended, and the person is told to unlock it."""
    host = FakeHost()
    host.outcomes = [Outcome(None, b"", b"", 60.0)]
    with pytest.raises(HelperError) as caught:
        _loaded(look(ITEM), host)
    assert caught.value.problem == "op gave no answer in 60 seconds"
    assert caught.value.remedy == "unlock 1Password, and try again"
