"""The source keeps the contract of every source, and looks at the configuration alone."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from keyhole import Absent, Broken, CredentialSource, Found, Machine
from keyhole.errors import ConfigError
from keyhole.testing import CANARY, Example, SourceContract, fake_machine

from keyhole_onepassword.source import OnePassword

CONFIG = ".config/keyhole/config.toml"


def _machine(reference: str, **environ: str) -> Machine:
    return fake_machine(environ, {CONFIG: f'[onepassword]\nreference = "{reference}"\n'})


class TestOnePassword(SourceContract):
    def source(self) -> CredentialSource:
        return OnePassword()

    def examples(self) -> Mapping[str, Example]:
        password = f"https://ada:{CANARY}@gateway.example"
        item = "op://Private/Anthropic/credential"
        return {
            "an item": Example(_machine(item), Found),
            "an item with a section": Example(_machine("op://Work/Anthropic/api keys/key"), Found),
            "no item": Example(fake_machine(), Absent),
            "a URL with a password": Example(_machine(item, ANTHROPIC_BASE_URL=password), Broken),
        }


def test_it_says_where_and_which_item() -> None:
    """The finding names the line of the configuration, and the item."""
    finding = OnePassword().find(_machine("op://Private/Anthropic/credential"))
    assert isinstance(finding, Found)
    assert str(finding.where) == "/home/ada/.config/keyhole/config.toml:2 (onepassword.reference)"
    assert [detail.value for detail in finding.details] == ["op://Private/Anthropic/credential"]


@pytest.mark.parametrize(
    "reference",
    ["", "Private/Anthropic/key", "op://Private/Anthropic", "op://a/b/$(id)", "op://a/b/c/d/e"],
)
def test_what_is_no_reference_is_refused(reference: str) -> None:
    """Anything but a secret reference is an error of the configuration, with the line."""
    with pytest.raises(ConfigError) as caught:
        OnePassword().find(_machine(reference))
    assert caught.value.where == "/home/ada/.config/keyhole/config.toml:2"
