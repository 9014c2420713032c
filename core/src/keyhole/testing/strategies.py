"""Hypothesis strategies for machines and sources."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

import attrs
from hypothesis import strategies as st

from keyhole.credential import API_KEY, HeaderCredential
from keyhole.machine import Machine
from keyhole.record import Attempt, Extra, TokenRecord
from keyhole.secret import Secret
from keyhole.source import Absent, Broken, Finding, Found, Ignored
from keyhole.testing.fakes import fake_machine
from keyhole.tiers import BILLINGS
from keyhole.where import Where

__all__ = [
    "FixedSource",
    "findings",
    "json_values",
    "keys",
    "machines",
    "names",
    "records",
    "sources",
    "tokens",
]

_NAMES = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "AWS_REGION",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_SIMPLE",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST",
)

names = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4}){0,2}", fullmatch=True)
"""Names of sources, in kebab-case."""

tokens = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
"""What a header can carry: printable ASCII without white space."""

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
"""JSON of any shape."""

_TEXTS = st.text(max_size=20) | st.sampled_from(["", " ", "\n", "1", "true", "https://a.test"])


def machines(variables: Iterable[str] = ()) -> st.SearchStrategy[Machine]:
    """Machines in any state, broken files included.

    Args:
        variables: More variables that may be set, beside the common ones.
    """
    variable = st.sampled_from((*_NAMES, *variables))
    environ = st.dictionaries(variable, _TEXTS | tokens, max_size=5)
    settings = (
        st.fixed_dictionaries({}, optional={"env": environ, "apiKeyHelper": _TEXTS})
        | st.dictionaries(
            st.sampled_from(["env", "apiKeyHelper", "other"]), json_values, max_size=2
        )
        | st.text(max_size=12)
    )
    places = st.sampled_from(
        [
            ".claude/settings.json",
            "project/.claude/settings.json",
            "project/.claude/settings.local.json",
            ".claude.json",
            ".claude/.credentials.json",
            "/etc/claude-code/managed-settings.json",
        ]
    )
    return st.builds(
        fake_machine,
        environ,
        st.dictionaries(places, settings, max_size=3),
        bare=st.booleans(),
        interactive=st.booleans(),
    )


@attrs.frozen
class FixedSource:
    """A source that says the same of every machine."""

    name: str
    priority: int
    finding: Finding = attrs.field(factory=lambda: Absent(reason="nothing is configured"))
    selectors: AbstractSet[str] = frozenset()
    billing: str = "other"

    def find(self, machine: Machine) -> Finding:  # noqa: ARG002  # the contract's signature
        return self.finding


def _found(name: str) -> Found:
    credential = HeaderCredential(API_KEY, Secret("fake-secret"), "https://a.test")
    return Found(where=Where.variable(name), load=lambda _host, _rejected: credential, usable=True)


findings: st.SearchStrategy[Finding] = st.one_of(
    st.builds(Absent, reason=st.just("it is not set")),
    st.builds(
        Ignored, where=st.builds(Where.variable, names), reason=st.just("r"), remedy=st.just("d")
    ),
    st.builds(
        Broken, where=st.builds(Where.variable, names), reason=st.just("r"), remedy=st.just("d")
    ),
    st.builds(_found, names),
)
"""Findings of every outcome."""


def sources(*, min_size: int = 0, max_size: int = 8) -> st.SearchStrategy[list[FixedSource]]:
    """Sets of sources with unique names; equal priorities are common on purpose."""
    source = st.builds(
        FixedSource,
        names,
        st.integers(-3, 3) | st.integers(),
        findings,
        st.frozensets(names, max_size=2),
        st.sampled_from(BILLINGS),
    )
    return st.lists(source, min_size=min_size, max_size=max_size, unique_by=lambda one: one.name)


def keys() -> st.SearchStrategy[str]:
    """Keys of token stores: any text, and those that file systems and servers are bad at."""
    odd = ["", " ", ".", "..", "../x", "a/b", "a\\b", "CON", "a:b", "a*b?", "ä", "A", "x" * 500]
    return st.text(max_size=40) | st.sampled_from(odd)


def records() -> st.SearchStrategy[TokenRecord]:
    """Token records of every shape, with fields that keyhole does not know."""
    moments = st.none() | st.floats(0, 4e9) | st.integers(0, 4_000_000_000)
    secrets = st.none() | st.builds(Secret, tokens)
    foreign = st.text(max_size=8).map(lambda name: f"x-{name}")
    return st.builds(
        TokenRecord,
        access_token=secrets,
        refresh_token=secrets,
        token_type=st.sampled_from(["Bearer", "DPoP"]),
        expires_at=moments,
        issued_at=moments,
        scope=st.text(max_size=20),
        attempt=st.none() | st.builds(Attempt, st.floats(0, 4e9), st.text(max_size=20)),
        retry_at=moments,
        dead=st.text(max_size=20),
        extra=st.builds(Extra, st.dictionaries(foreign, json_values, max_size=3)),
    )
