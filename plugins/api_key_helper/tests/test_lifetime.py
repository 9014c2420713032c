"""For how long a value is used, by the clock of a fake host."""

from __future__ import annotations

import json

import pytest

import keyhole
from keyhole import Found
from keyhole.process import Outcome
from keyhole.testing import NOW, FakeHost, fake_machine
from keyhole_api_key_helper.lifetime import lifetime
from keyhole_api_key_helper.source import ApiKeyHelper

TTL = "CLAUDE_CODE_API_KEY_HELPER_TTL_MS"


def _host(*printed: str) -> FakeHost:
    host = FakeHost()
    host.outcomes = [Outcome(0, text.encode(), b"", 0.1) for text in printed]
    return host


def _used(host: FakeHost, at: tuple[float, ...], ttl: str | None) -> list[str]:
    """The values that are used at these seconds after the first use."""
    environ = {} if ttl is None else {TTL: ttl}
    machine = fake_machine(environ, {".claude/settings.json": {"apiKeyHelper": "echo fake"}})
    resolved = keyhole.resolve(lambda: machine, host=host)
    values = []
    for seconds in at:
        host.time = NOW + seconds
        values.append(resolved.credential().secret.reveal())
    return values


@pytest.mark.parametrize(
    ("ttl", "at", "values"),
    [
        (None, (0, 170, 299, 300, 599, 600), ["a", "a", "a", "b", "b", "c"]),
        ("60000", (0, 31, 59, 60, 119, 120), ["a", "a", "a", "b", "b", "c"]),
        ("2500", (0, 2.4, 2.5), ["a", "a", "b"]),
        ("0", (0, 0, 0.1), ["b", "c", "d"]),
        ("-1", (0, 299, 300), ["a", "a", "b"]),
        ("soon", (0, 299, 300), ["a", "a", "b"]),
        ("", (0, 299, 300), ["a", "a", "b"]),
        ("3600000", (0, 3599, 3600), ["a", "a", "b"]),
    ],
)
def test_a_value_is_used_to_the_end_of_its_time(
    ttl: str | None, at: tuple[float, ...], values: list[str]
) -> None:
    """The helper is run again when its time is over, not before; 0 runs it for every use."""
    assert _used(_host("a", "b", "c", "d"), at, ttl) == values


def test_the_helpers_own_end_counts_more() -> None:
    """A value with an end of its own is used until shortly before that, whatever the time is."""
    first, second = (
        json.dumps({"value": name, "expires_at": NOW + end})
        for name, end in (("a", 3600), ("b", 7200))
    )
    assert _used(_host(first, second), (0, 2000, 3479, 3481), "60000") == ["a", "a", "a", "b"]


@pytest.mark.parametrize(
    ("ttl", "what"),
    [
        ("-1", "is not a number of milliseconds"),
        ("5m", "is not a number of milliseconds"),
        ("nan", "is not a number of milliseconds"),
        ("9" * 400, "is not a number of milliseconds"),
        ("", "is empty"),
        ("  ", "is empty"),
    ],
)
def test_what_is_no_number_is_said(ttl: str, what: str) -> None:
    """A value that does not count is said to be none, and the default is named."""
    machine = fake_machine({TTL: ttl}, {".claude/settings.json": {"apiKeyHelper": "echo fake"}})
    finding = ApiKeyHelper().find(machine)
    assert finding.warnings == (
        f"{TTL} in the environment {what}; the default of 300 seconds is used.",
    )
    assert lifetime(machine).seconds == 300


def test_the_env_block_sets_it_too() -> None:
    """The variable counts in a settings file's `env` as well, and `status` shows where it is."""
    settings = {"apiKeyHelper": "echo fake", "env": {TTL: 1500}}
    finding = ApiKeyHelper().find(fake_machine(files={".claude/settings.json": settings}))
    assert isinstance(finding, Found)
    assert [f"{detail.name} {detail.value}, {detail.where}" for detail in finding.details] == [
        f"run again after 1.5 seconds, /home/ada/.claude/settings.json:1 (env.{TTL})"
    ]
