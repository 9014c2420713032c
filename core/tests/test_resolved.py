"""The winner, loaded and kept fresh: renewals look anew, and never end with another's credential."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest

from keyhole.credential import API_KEY, HeaderCredential
from keyhole.errors import BrokenCredentialError, HelperError, NoCredentialError
from keyhole.resolved import Resolved, winner
from keyhole.secret import Secret
from keyhole.source import Absent, Found, Ignored
from keyhole.testing import FakeHost, fake_machine
from keyhole.where import Where

CANARY = "sk-ant-api03-fake-canary-0123456789"


class Setting:
    """A source that finds what a variable says, as it is at that moment."""

    billing = "other"

    def __init__(self, name: str, priority: int) -> None:
        self.name, self.priority = name, priority
        self.selectors = frozenset({name.upper()})

    def find(self, machine: Any) -> Absent | Found:
        value = machine.variable(self.name.upper()).value
        if value is None:
            return Absent(reason="it is not set")

        def load(_: Any, __: Secret | None) -> HeaderCredential:
            return HeaderCredential(API_KEY, value, "https://api.anthropic.com")

        return Found(where=Where.variable(self.name.upper()), load=load, kind=API_KEY)


@pytest.fixture
def changing(surveyed: Any) -> tuple[Resolved, dict[str, str]]:
    """What won on a machine whose variables change."""
    environ = {"WEAK": "fake-weak", "MIDDLE": "fake-1"}
    sources = [Setting("strong", 999), Setting("middle", 998), Setting("weak", 997)]
    answer = surveyed(*sources, machine=fake_machine(environ))
    return Resolved(answer, lambda: fake_machine(environ), FakeHost()), environ


def test_what_was_replaced_on_the_machine_is_noticed(
    changing: tuple[Resolved, dict[str, str]],
) -> None:
    """After a refusal the machine is looked at anew, so that a replaced value is loaded."""
    resolved, environ = changing
    first = resolved.credential()
    environ["MIDDLE"] = "fake-2"
    assert resolved.credential() is first
    resolved.reject(first)
    assert resolved.credential().secret.reveal() == "fake-2"


@pytest.mark.parametrize("change", [{"STRONG": "fake"}, {"MIDDLE": ""}])
def test_a_renewal_never_ends_with_another_source(
    changing: tuple[Resolved, dict[str, str]], change: dict[str, str]
) -> None:
    """Where another source wins by now, a renewal says so, and does not take its credential."""
    resolved, environ = changing
    resolved.reject(resolved.credential())
    environ.update(change)
    with pytest.raises(BrokenCredentialError, match="middle was in use"):
        resolved.credential()


@pytest.mark.parametrize(
    ("now", "same"),
    [
        ("https://gateway.test/other/", True),
        ("https://GATEWAY.test:443/v1", True),
        ("https://gateway.test:8443/v1", False),
        ("http://gateway.test/v1", False),
        ("https://api.anthropic.com", False),
    ],
)
def test_a_renewal_is_for_the_origin_of_the_first(rotating: Any, now: str, *, same: bool) -> None:
    """Another path is fine; a credential that is for another origin by now says so, with both."""
    first, second = "https://gateway.test/v1", now
    resolved = rotating(
        HeaderCredential(API_KEY, Secret("fake-1"), first),
        HeaderCredential(API_KEY, Secret("fake-2"), second),
        endpoint=second,
    ).resolved
    resolved.reject(resolved.credential())
    if same:
        assert resolved.credential().secret.reveal() == "fake-2"
        return
    with pytest.raises(BrokenCredentialError) as raised:
        resolved.credential()
    assert f"was for {first}, and is for {second} now" in raised.value.problem
    assert "fake-2" not in str(raised.value)


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("failure", [ValueError(CANARY), SystemExit(CANARY)])
def test_what_a_plugin_raises_is_not_repeated(
    rotating: Any, failure: BaseException, *, asynchronous: bool
) -> None:
    """A plugin's own error becomes one of keyhole's, that names the source and repeats nothing."""
    resolved = rotating(failure).resolved
    with pytest.raises(BrokenCredentialError, match="rotating failed while it loaded") as raised:
        asyncio.run(resolved.acredential()) if asynchronous else resolved.credential()
    assert CANARY not in str(raised.value)
    assert raised.value.__cause__ is None is raised.value.__context__


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_plugin_that_loads_something_else_is_named(rotating: Any, *, asynchronous: bool) -> None:
    """A source whose load returns no credential is an error that names it, not a circle."""
    given: tuple[object, ...] = (*([None] * 20), HelperError("a circle"))
    held = rotating(*given)
    with pytest.raises(BrokenCredentialError, match="rotating"):
        if asynchronous:
            asyncio.run(held.resolved.acredential())
        else:
            held.resolved.credential()
    assert len(held.source.asked) == 1


def test_without_any_source_there_is_no_credential(surveyed: Any) -> None:
    """Where nothing is configured, the error says so, with the exit code of that and a step."""
    with pytest.raises(NoCredentialError, match="no credential is configured") as raised:
        winner(surveyed())
    assert raised.value.exit_code == 3
    assert raised.value.remedy.startswith("export ANTHROPIC_API_KEY")


def test_an_ignored_source_is_no_credential(surveyed: Any) -> None:
    """Where all that is configured is ignored, the error is the same one and says the truth."""

    class Passed:
        name, priority, selectors, billing = "acme", 5, frozenset({"ACME"}), "other"

        def find(self, machine: Any) -> Ignored:  # noqa: ARG002
            return Ignored(where=Where.variable("ACME"), reason="it is old", remedy="renew it")

    with pytest.raises(NoCredentialError) as raised:
        winner(surveyed(Passed()))
    assert str(raised.value) == (
        "ACME in the environment: no credential can be used: acme is there, and ignored: it is old"
        "\n  what to do: renew it"
    )


@pytest.mark.parametrize(
    "found",
    [{"usable": False, "problem": "its end was on Monday"}],
)
def test_a_winner_that_is_known_to_be_unusable_is_not_loaded(
    rotating: Any, found: dict[str, Any]
) -> None:
    """What is known to be dead is an error before anything is loaded."""
    with pytest.raises(BrokenCredentialError, match="its end was on Monday") as raised:
        rotating("never", **found)
    assert raised.value.exit_code == 4


def test_nothing_shows_the_secret(rotating: Any) -> None:
    """Neither the repr of what was resolved nor that of its credential holds the secret."""
    resolved = rotating(CANARY).resolved
    shown = f"{resolved!r} {resolved.credential()!r} {resolved.finding!r} {resolved.survey!r}"
    assert CANARY not in shown
    with pytest.raises(TypeError):
        pickle.dumps(resolved.credential())
