"""The first source that has something configured wins, and a broken winner still wins."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given

from keyhole.credential import API_KEY, HeaderCredential
from keyhole.errors import KeyholeError
from keyhole.machine import Machine
from keyhole.plugins import Registered
from keyhole.resolver import Resolution, ask, resolve
from keyhole.secret import Secret
from keyhole.source import Absent, Broken, Finding, Found, Ignored
from keyhole.testing import fake_machine
from keyhole.testing.strategies import FixedSource, sources
from keyhole.where import Where
from keyhole.wire import Wire

HERE = Where("/etc/fake.json", "key", 1)
ABSENT = Absent(reason="it is not set")
IGNORED = Ignored(where=HERE, reason="it is not trusted", remedy="trust it")
BROKEN = Broken(where=HERE, reason="it is torn", remedy="mend it")
FOUND = Found(
    where=HERE,
    load=lambda _host, _rejected: HeaderCredential(API_KEY, Secret("fake"), "https://a.test"),
)


@attrs.frozen
class Odd:
    """A source that answers with anything, or raises it."""

    answer: Any
    name: str = "odd"
    priority: int = 1
    selectors: frozenset[str] = frozenset()
    billing: str = "other"

    def find(self, machine: Machine) -> Finding:  # noqa: ARG002  # the contract's signature
        if isinstance(self.answer, BaseException):
            raise self.answer
        answer: Finding = self.answer
        return answer


def _resolve(*findings: Finding) -> Resolution:
    """Sources a, b, c …, the first asked first."""
    found = [
        Registered("keyhole-fake", FixedSource(chr(ord("a") + number), -number, finding))
        for number, finding in enumerate(findings)
    ]
    return resolve(found, fake_machine())


def _name(resolution: Resolution) -> str | None:
    return resolution.active.source.name if resolution.active else None


@pytest.mark.parametrize(
    ("findings", "winner"),
    [
        ([], None),
        ([ABSENT], None),
        ([ABSENT, IGNORED], None),
        ([ABSENT, FOUND, FOUND], "b"),
        ([IGNORED, FOUND], "b"),
        ([BROKEN, FOUND], "a"),
        ([FOUND, BROKEN], "a"),
    ],
)
def test_the_first_that_is_configured_wins(findings: list[Finding], winner: str | None) -> None:
    """`Found` and `Broken` win by their place alone; `Absent` and `Ignored` never do."""
    assert _name(_resolve(*findings)) == winner


@given(sources())
def test_the_answer_is_complete(found: list[FixedSource]) -> None:
    """Every source is in the answer with what it said, and the winner is the first configured."""
    resolution = resolve([Registered("keyhole-fake", source) for source in found], fake_machine())
    said = {verdict.source.name: verdict.finding for verdict in resolution.verdicts}
    assert said == {source.name: source.finding for source in found}
    configured = [v for v in resolution.verdicts if isinstance(v.finding, Found | Broken)]
    assert resolution.active == next(iter(configured), None)
    assert list(resolution.shadowed) == configured[1:]


def test_a_verdict_knows_its_distribution_and_priority() -> None:
    """The distribution is the one that brought the source; the priority is the one in force."""
    found = [Registered("keyhole-acme", FixedSource("acme", 5, FOUND))]
    (verdict,) = resolve(found, fake_machine(), {"acme": 7}).verdicts
    assert (verdict.distribution, verdict.priority) == ("keyhole-acme", 7)


@pytest.mark.parametrize(
    "error", [ValueError("canary-fake"), RecursionError(), AssertionError("x")]
)
def test_a_source_that_raises_is_broken(error: Exception) -> None:
    """An exception is `Broken` with its type and place, and without its words."""
    finding = ask(Odd(error), fake_machine())
    assert isinstance(finding, Broken)
    assert type(error).__name__ in finding.reason
    assert "test_resolver.py" in finding.reason
    assert "canary" not in finding.reason + finding.remedy
    assert "odd" in finding.remedy


def test_a_source_that_exits_is_broken() -> None:
    """A source that calls `sys.exit` does not end the program that asks it."""
    assert isinstance(ask(Odd(SystemExit(3)), fake_machine()), Broken)


def test_an_interrupt_is_no_fault_of_the_source() -> None:
    """Ctrl-C goes through."""
    with pytest.raises(KeyboardInterrupt):
        ask(Odd(KeyboardInterrupt()), fake_machine())


def test_keyholes_own_error_keeps_its_words() -> None:
    """A `KeyholeError` holds no secret, so that its problem and remedy are shown."""
    finding = ask(Odd(KeyholeError("it is torn", remedy="mend it")), fake_machine())
    assert finding == Broken(where=None, reason="it is torn", remedy="mend it")


@pytest.mark.parametrize("answer", [None, "found", Found, 0])
def test_a_wrong_answer_is_broken(answer: object) -> None:
    """What is no finding is `Broken`, with the type that came instead."""
    finding = ask(Odd(answer), fake_machine())
    assert isinstance(finding, Broken)
    assert f"it returned a {type(answer).__name__}" in finding.reason


def test_one_failing_source_leaves_the_others_their_say() -> None:
    """The others are asked all the same."""
    found = [
        Registered("keyhole-odd", Odd(ValueError())),
        Registered("keyhole-fine", FixedSource("fine", 0, FOUND)),
    ]
    resolution = resolve(found, fake_machine())
    assert _name(resolution) == "odd"
    assert [verdict.source.name for verdict in resolution.shadowed] == ["fine"]


def test_the_prediction_keeps_claude_codes_order() -> None:
    """An override changes the winner, and not what Claude Code itself would send."""
    token = attrs.evolve(FOUND, wire=Wire.header("authorization"))
    found = [
        Registered("keyhole-fake", FixedSource("one", 2, token)),
        Registered("keyhole-fake", FixedSource("two", 1, token)),
    ]
    resolution = resolve(found, fake_machine(), {"two": 3})
    assert _name(resolution) == "two"
    assert resolution.claude_code == {"authorization": "one", "x-api-key": None}


def test_what_is_ignored_here_may_be_sent_there() -> None:
    """A finding that declares its wire counts for the prediction, also where it is passed over."""
    ignored = attrs.evolve(IGNORED, wire=Wire.header("x-api-key"))
    assert _resolve(ABSENT, ignored).claude_code == {"authorization": None, "x-api-key": "b"}
