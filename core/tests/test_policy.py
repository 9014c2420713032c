"""Who may win, and who may have a subscription's token."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from keyhole import policy
from keyhole.config import Config
from keyhole.errors import RefusedError, UnexpectedCredentialError
from keyhole.resolved import aresolve, found, resolve, winner
from keyhole.source import Broken
from keyhole.testing import FakeHost, fake_machine
from keyhole.where import Where

CONFIG = ".config/keyhole/config.toml"


def _verdict(held: Any) -> Any:
    return held.resolved.verdict


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (Config(), ""),
        (Config(expect_source="rotating"), ""),
        (Config(expect_billing="aws"), ""),
        (Config(expect_source="rotating", expect_billing="aws"), ""),
        (Config(expect_source="login"), "the source login is expected, and rotating wins"),
        (
            Config(expect_billing="subscription"),
            "subscription is expected to be billed, and rotating bills aws",
        ),
        (
            Config(expect_source="rotating", expect_billing="azure"),
            "azure is expected to be billed, and rotating bills aws",
        ),
    ],
)
def test_the_winner_is_compared_with_what_is_expected(
    rotating: Any, config: Config, problem: str
) -> None:
    """Both keys of [expect] must hold, and the sentence says which does not."""
    verdict = _verdict(rotating("fake", billing="aws"))
    assert policy.unexpected(config, verdict) == problem
    if not problem:
        policy.expect(config, verdict)
        return
    with pytest.raises(UnexpectedCredentialError) as raised:
        policy.expect(config, verdict)
    assert raised.value.problem == problem
    assert raised.value.where == str(verdict.finding.where)
    assert raised.value.exit_code == 5


def test_whom_a_helper_bills_is_said_not_to_be_known(rotating: Any) -> None:
    """A source that bills "other" is nobody's in particular, and the sentence says that word."""
    verdict = _verdict(rotating("fake", billing="other"))
    assert policy.unexpected(Config(expect_billing="other"), verdict) == ""
    assert policy.unexpected(Config(expect_billing="anthropic-api"), verdict) == (
        "anthropic-api is expected to be billed, and whom rotating bills is not known to keyhole "
        '(billing = "other")'
    )


def test_nothing_is_not_something_unexpected() -> None:
    """Where no source wins, there is no credential, rather than an unexpected one."""
    assert not policy.unexpected(Config(expect_source="login"), None)
    policy.expect(Config(expect_source="login"), None)


def test_unexpected_comes_before_broken(surveyed: Any) -> None:
    """A winner that is broken and not the expected one is unexpected in the first place."""

    class Dead:
        name, priority, selectors, billing = "dead", 999, frozenset[str](), "other"

        def find(self, _: Any) -> Broken:
            return Broken(where=Where("a file"), reason="it is torn", remedy="mend it")

    expecting = fake_machine(files={CONFIG: '[expect]\nsource = "login"\n'})
    with pytest.raises(UnexpectedCredentialError):
        winner(surveyed(Dead(), machine=expecting))


def test_nothing_is_loaded_for_who_is_not_expected(rotating: Any) -> None:
    """Another winner than expected is an error before anything is loaded."""
    with pytest.raises(UnexpectedCredentialError):
        rotating("fake", files={CONFIG: '[expect]\nbilling = "subscription"\n'})


def test_a_renewal_is_held_to_the_expectation_too(rotating: Any) -> None:
    """An expectation that is written while a program runs counts from its next renewal on."""
    files: dict[Any, Any] = {}
    held = rotating("fake-1", "fake-2", files=files)
    held.resolved.reject(held.resolved.credential())
    files[CONFIG] = '[expect]\nsource = "login"\n'
    with pytest.raises(UnexpectedCredentialError):
        held.resolved.credential()
    assert len(held.source.asked) == 1


def test_a_subscriptions_token_is_for_claude_alone(rotating: Any) -> None:
    """A subscription's token is refused, with its place and a remedy, until the user allows it."""
    verdict = _verdict(rotating("fake", billing="subscription"))
    with pytest.raises(RefusedError) as raised:
        policy.refuse_subscription(Config(), verdict)
    assert "keyhole run -- claude" in raised.value.remedy
    assert 'use = "any"' in raised.value.remedy
    policy.refuse_subscription(Config(subscription_use="any"), verdict)


@pytest.mark.parametrize("billing", ["anthropic-api", "aws", "azure", "google-cloud", "other"])
def test_every_other_credential_is_for_everybody(rotating: Any, billing: str) -> None:
    """No other credential is kept from any program."""
    policy.refuse_subscription(Config(), _verdict(rotating("fake", billing=billing)))


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('[expect]\nbilling = "subscription"', UnexpectedCredentialError),
        ('[expect]\nsource = "login"', UnexpectedCredentialError),
        ("", RefusedError),
    ],
)
def test_the_library_asks_the_policy_first(
    rotating: Any,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    error: type[Exception],
    *,
    asynchronous: bool,
) -> None:
    """`resolve` and `aresolve` raise before they load anything."""
    held = rotating("fake", billing="subscription" if not text else "other")
    monkeypatch.setattr("keyhole.plugins.load", lambda _: held.resolved.survey.plugins)

    def look() -> Any:
        return fake_machine(files={CONFIG: text})

    with pytest.raises(error):
        if asynchronous:
            asyncio.run(aresolve(look, host=FakeHost()))
        else:
            resolve(look, host=FakeHost())
    assert not held.source.asked


def test_run_may_find_a_subscriptions_token(rotating: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `keyhole run` starts from is found, a subscription's token included, and not loaded."""
    held = rotating("fake", billing="subscription")
    monkeypatch.setattr("keyhole.plugins.load", lambda _: held.resolved.survey.plugins)
    assert found(fake_machine, host=FakeHost()).source == "rotating"
    assert not held.source.asked
