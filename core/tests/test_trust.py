"""A folder's settings choose nothing until somebody trusts exactly these settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhole.document import Document, parse
from keyhole.files import Text
from keyhole.secret import Secret
from keyhole.settings import Layer, Scope
from keyhole.testing import CWD, FakeHost, fake_machine
from keyhole.trust import claude_code_trusts, digest, distrust, stakes

PROJECT = "project/.claude/settings.json"
variables = st.dictionaries(
    st.text(max_size=6), st.text(max_size=6) | st.integers() | st.booleans()
)


def _layer(content: Any, scope: Scope = Scope.PROJECT, *, indent: int | None = None) -> Layer:
    text = json.dumps(content, indent=indent)
    return Layer(scope, parse(Text(Path("/p/settings.json"), Secret(text))))


def _pinned(*layers: Layer) -> Document:
    return Document("/state/trust.json", {"digest": digest(layers)})


# The digest


@given(variables, st.randoms())
def test_the_layout_does_not_change_the_digest(env: dict[str, Any], random: Any) -> None:
    """Indentation and the order of keys make no difference."""
    shuffled = list(env.items())
    random.shuffle(shuffled)
    one = _layer({"env": env, "apiKeyHelper": "a"})
    other = _layer({"apiKeyHelper": "a", "env": dict(shuffled)}, indent=3)
    assert digest([one]) == digest([other])


@given(variables, variables)
def test_any_change_of_a_variable_changes_the_digest(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    """Two `env` blocks have one digest exactly where they say the same."""
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (digest([_layer({"env": one})]) == digest([_layer({"env": other})])) is same


HELPERS = ["apiKeyHelper", "awsAuthRefresh", "awsCredentialExport", "gcpAuthRefresh"]


@pytest.mark.parametrize("name", HELPERS)
def test_each_helper_is_a_stake(name: str) -> None:
    """A new, changed or removed helper changes the digest."""
    digests = {digest([_layer(content)]) for content in ({}, {name: "a"}, {name: "b"})}
    assert len(digests) == 3


@pytest.mark.parametrize("name", HELPERS)
def test_switching_a_helper_off_is_a_stake(name: str) -> None:
    """`""`, which cancels the user's own helper, changes the digest too."""
    assert digest([_layer({name: ""})]) != digest([_layer({})])


def test_other_settings_are_no_stakes() -> None:
    """A pull that changes a theme asks nobody again."""
    assert digest([_layer({"theme": "dark", "permissions": {}})]) == digest([_layer({})])


def test_only_a_folders_layers_are_at_stake() -> None:
    """The user's, the managed and the argument's settings have no part in it."""
    content = {"env": {"A": "b"}}
    others = [_layer(content, scope) for scope in Scope if not scope.of_a_folder]
    assert stakes(others) == {}
    assert stakes([_layer(content), *others]) == {"project": content}


def test_the_layer_is_part_of_the_digest() -> None:
    """The same settings in the local and in the project's file are not the same."""
    content = {"env": {"A": "b"}}
    assert digest([_layer(content, Scope.LOCAL)]) != digest([_layer(content, Scope.PROJECT)])


def test_a_digest_shows_no_secret() -> None:
    """What is kept of a folder's settings is a digest of fixed length."""
    shown = digest([_layer({"env": {"A": "sk-ant-api03-fake-canary"}})])
    assert shown.startswith("sha256:")
    assert len(shown) == 71


# keyhole's own decision


def test_a_pinned_folder_is_trusted() -> None:
    """A decision with the digest of these settings vouches for them."""
    layer = _layer({"env": {"A": "b"}})
    assert distrust(_pinned(layer), [layer]) is None


def test_a_change_asks_again() -> None:
    """A decision about other settings does not vouch, and says that they have changed."""
    why = distrust(_pinned(_layer({"env": {"A": "b"}})), [_layer({"env": {"A": "c"}})])
    assert why is not None
    assert why.reason == "the settings have changed since the folder was trusted"
    assert why.remedy == "`keyhole trust`"


@pytest.mark.parametrize("data", [{}, {"digest": ""}, {"digest": None}, {"other": 1}])
def test_no_decision_is_no_trust(data: dict[str, Any]) -> None:
    """Without a decision the folder is not trusted, whatever else the record holds."""
    why = distrust(Document("/state/trust.json", data), [_layer({})])
    assert why is not None
    assert why.reason == "the folder is not trusted"


# Claude Code's decision


@pytest.mark.parametrize(
    ("state", "trusted"),
    [
        ({}, False),
        ({"projects": {str(CWD): {"hasTrustDialogAccepted": True}}}, True),
        ({"projects": {str(CWD): {"hasTrustDialogAccepted": False}}}, False),
        ({"projects": {str(CWD): {"hasTrustDialogAccepted": "true"}}}, False),
        ({"projects": {str(CWD): {"hasTrustDialogAccepted": 1}}}, False),
        ({"projects": {str(CWD / "sub"): {"hasTrustDialogAccepted": True}}}, False),
        ({"projects": [str(CWD)]}, False),
        ({"hasTrustDialogAccepted": True}, False),
    ],
)
def test_only_a_plain_yes_counts(state: Mapping[str, Any], *, trusted: bool) -> None:
    """Claude Code's record counts where it says true for this very folder."""
    assert claude_code_trusts(Document("/home/ada/.claude.json", state), [CWD]) is trusted


# The machine as a whole


def test_a_trusted_checkout_vouches_for_its_folders() -> None:
    """Claude Code's trust in the checkout's root counts for a folder in it."""
    machine = fake_machine(
        files={
            "project/.git/HEAD": "",
            "project/sub/.claude/settings.json": {"env": {"A": "project"}},
            ".claude.json": {"projects": {str(CWD): {"hasTrustDialogAccepted": True}}},
        },
        cwd=CWD / "sub",
    )
    assert machine.variable("A").text == "project"


def test_claude_codes_trust_can_be_declined() -> None:
    """With `[trust] claude_code = false` only keyhole's own decision counts."""
    machine = fake_machine(
        files={
            PROJECT: {"env": {"A": "project"}},
            ".config/keyhole/config.toml": "[trust]\nclaude_code = false",
        },
        trusted=True,
    )
    assert machine.variable("A").value is None


@pytest.mark.parametrize(("later", "value"), [("b", "b"), ("c", "")])
def test_a_kept_decision_holds_until_the_settings_change(later: str, value: str) -> None:
    """The record that `keyhole trust` writes vouches for what was there, and for nothing else."""
    host = FakeHost()
    before = fake_machine(files={PROJECT: {"env": {"A": "b"}}})
    before.records("trust").write(host, str(CWD), {"digest": digest(before.layers)})
    after = fake_machine(files=_kept(host) | {PROJECT: {"env": {"A": later}}})
    assert after.variable("A").text == value


def test_a_decision_is_about_one_folder() -> None:
    """Trust in one folder says nothing about another with the same settings."""
    host = FakeHost()
    before = fake_machine(files={PROJECT: {"env": {"A": "b"}}})
    before.records("trust").write(host, str(CWD), {"digest": digest(before.layers)})
    other = fake_machine(
        files=_kept(host) | {"other/.claude/settings.json": {"env": {"A": "b"}}},
        cwd=CWD.parent / "other",
    )
    assert other.variable("A").value is None


def _kept(host: FakeHost) -> dict[str | Path, Any]:
    return {path: text for path, text in host.files.items()}  # noqa: C416  # a wider type
