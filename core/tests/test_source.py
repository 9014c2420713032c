"""What a source says where a variable or setting has no value that counts."""

from __future__ import annotations

from keyhole.source import Absent, Ignored, missing, passed_over
from keyhole.testing import HOME, fake_machine

PROJECT = "project/.claude/settings.json"


def test_an_unset_variable_is_absent() -> None:
    """What nobody sets is absent, without a warning."""
    assert missing(fake_machine().variable("A")) == Absent(reason="A is not set")


def test_an_empty_variable_is_absent_in_silence() -> None:
    """An empty variable is a way to unset it, and nothing to warn about."""
    finding = missing(fake_machine({"A": ""}).variable("A"))
    assert finding == Absent(reason="A in the environment is empty, which counts as unset")


def test_white_space_is_absent_with_a_warning() -> None:
    """Only white space is absent too, and is said."""
    finding = missing(fake_machine({"A": " "}).variable("A"))
    said = "A in the environment is only white space, which counts as unset"
    assert finding == Absent(reason=said, warnings=(f"{said}.",))


def test_what_is_passed_over_is_ignored() -> None:
    """A value that is there and does not count has a place, a reason and a remedy."""
    machine = fake_machine(files={PROJECT: {"env": {"A": "b"}, "apiKeyHelper": "c"}})
    for value in (machine.variable("A"), machine.setting("apiKeyHelper")):
        finding = missing(value)
        assert isinstance(finding, Ignored)
        assert finding.where.place == str(HOME / PROJECT)
        assert finding.reason == "the folder is not trusted"
        assert finding.remedy == "`keyhole trust`"


def test_an_unset_setting_is_absent() -> None:
    """A setting that no file has is absent."""
    finding = missing(fake_machine().setting("apiKeyHelper"))
    assert finding == Absent(reason="apiKeyHelper is not set in any settings")


def test_a_stronger_place_that_does_not_count_is_a_warning() -> None:
    """Where a weaker value is used, each stronger one that was passed over is said."""
    machine = fake_machine({"A": "shell"}, {PROJECT: {"env": {"A": "b"}}})
    (warning,) = passed_over(machine.variable("A"), machine.variable("B"))
    assert warning == (
        f"{HOME / PROJECT}:1 (env.A) is passed over: the folder is not trusted. "
        "`keyhole trust` changes that."
    )
