"""Whether interactive use takes an API key."""

from __future__ import annotations

from typing import Any

import pytest

from keyhole import Found, Ignored, Machine, Secret
from keyhole.cli import run
from keyhole.cli.world import World
from keyhole.testing import HOME, FakeHost, fake_machine
from keyhole_environment.api_key import ApiKey

KEY = "sk-ant-api03-fake-0123456789-0123456789abcdefghij"
TAIL = KEY[-20:]
HELD = {"ANTHROPIC_API_KEY": KEY}


def _state(**answers: list[str]) -> dict[str, Any]:
    return {".claude.json": {"customApiKeyResponses": answers}}


def _own(files: dict[Any, str], **options: Any) -> Machine:
    return fake_machine(HELD, files, interactive=True, **options)


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({}, Ignored),
        ({"approved": [TAIL]}, Found),
        ({"rejected": [TAIL]}, Ignored),
        ({"approved": [TAIL], "rejected": [TAIL]}, Ignored),
        ({"approved": ["another"]}, Ignored),
    ],
)
def test_claude_codes_answer_counts(answers: dict[str, list[str]], outcome: type) -> None:
    """Interactive use takes the key where Claude Code's record approves it and never rejects it."""
    machine = fake_machine(HELD, _state(**answers), interactive=True)
    assert isinstance(ApiKey().find(machine), outcome)


def test_print_mode_takes_the_key_as_it_is() -> None:
    """A key that was rejected in Claude Code is used in print mode all the same, as it does."""
    assert isinstance(ApiKey().find(fake_machine(HELD, _state(rejected=[TAIL]))), Found)


def test_approving_and_denying_take_each_other_back(capsys: pytest.CaptureFixture[str]) -> None:
    """The last of approve and deny counts, before Claude Code's record, and holds no key."""
    host = FakeHost()
    world = World(lambda **_options: fake_machine(HELD), host)
    assert run(["approve"], world) == 0
    assert isinstance(ApiKey().find(_own(host.files)), Found)
    assert run(["deny"], world) == 0
    denied = ApiKey().find(
        _own({**host.files, ".claude.json": _state(approved=[TAIL])[".claude.json"]})
    )
    assert isinstance(denied, Ignored)
    assert TAIL not in capsys.readouterr().out + "".join(host.files.values())
    assert len(host.files) == 1


def test_approving_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a key there is nothing to approve: exit code 3 and the variable's name."""
    assert run(["approve"], World(lambda **_options: fake_machine(), FakeHost())) == 3
    assert "ANTHROPIC_API_KEY is not set" in capsys.readouterr().err


def test_the_prediction_follows_claude_codes_record_alone() -> None:
    """An approval in keyhole changes what keyhole uses, not what Claude Code would send."""
    machine = fake_machine(HELD)
    path = machine.records("approvals").path(Secret(KEY).digest())
    assert path.is_relative_to(HOME)
    finding = ApiKey().find(_own({path: '{"approved": true}'}))
    assert isinstance(finding, Found)
    assert finding.wire is None


def test_a_short_key_is_recorded_whole() -> None:
    """Claude Code stores a key of under 20 characters as it is, and that counts."""
    machine = fake_machine(
        {"ANTHROPIC_API_KEY": "fake-short"}, _state(approved=["fake-short"]), interactive=True
    )
    assert isinstance(ApiKey().find(machine), Found)
