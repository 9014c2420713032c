"""A record that does not fit is described, whatever a plugin has put into it."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from keyhole.check import Severity
from keyhole.command import Command
from keyhole.misfit import (
    misfit_of_check,
    misfit_of_command,
    misfit_of_option,
    misfit_of_source,
)
from keyhole.option import Option
from keyhole.testing.strategies import FixedSource

GOOD = FixedSource("acme", 5)
COMMAND = Command("acme", "Talk to Acme's vault.", "keyhole_acme.cli:acme")


def test_what_fits_has_no_misfit() -> None:
    """A source, a command and an option that fit are described by nothing."""
    assert misfit_of_source(GOOD) == ""
    assert misfit_of_command(COMMAND) == ""
    assert misfit_of_option(Option("acme.region", "a text", lambda value: value)) == ""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "Acme"}, "whose name is not in kebab-case"),
        ({"name": "acme_vault"}, "whose name is not in kebab-case"),
        ({"name": "acme\n"}, "whose name is not in kebab-case"),
        ({"name": ""}, "whose name is not in kebab-case"),
        ({"name": None}, "whose name is not in kebab-case"),
        ({"priority": "5"}, "the source acme, whose priority is not an integer"),
        ({"priority": True}, "the source acme, whose priority is not an integer"),
        ({"priority": 5.0}, "the source acme, whose priority is not an integer"),
        ({"selectors": "ACME"}, "the source acme, whose selectors are not a set of variables"),
        ({"selectors": {1}}, "the source acme, whose selectors are not a set of variables"),
        ({"selectors": None}, "the source acme, whose selectors are not a set of variables"),
        ({"selectors": 3}, "the source acme, whose selectors are not a set of variables"),
        ({"billing": "acme"}, "the source acme, whose billing is none of "),
        ({"billing": None}, "the source acme, whose billing is none of "),
        ({"billing": []}, "the source acme, whose billing is none of "),
    ],
)
def test_a_source_that_does_not_fit(changed: dict[str, Any], said: str) -> None:
    """Each attribute of a source is checked, and a wrong one is said."""
    assert said in misfit_of_source(attrs.evolve(GOOD, **changed))


class Raising:
    """What has an attribute that raises."""

    @property
    def name(self) -> str:
        """The name that nobody gets."""
        raise RuntimeError("canary-fake")


class Uncallable:
    """A source that can't be asked."""

    name = "acme"
    priority = 5
    selectors = frozenset[str]()
    billing = "other"
    find = None


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (None, "a NoneType that is no source: AttributeError when its attributes are read"),
        (Raising(), "a Raising that is no source: RuntimeError when its attributes are read"),
        (Uncallable(), "the source acme, whose find can't be called"),
        (FixedSource, "whose name is not in kebab-case"),
    ],
)
def test_what_is_no_source(thing: object, said: str) -> None:
    """Anything else is no source, and what it holds is not repeated."""
    assert said in misfit_of_source(thing)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (None, "a NoneType where a Command belongs"),
        ("acme", "a str where a Command belongs"),
        (attrs.evolve(COMMAND, name="Acme!"), "a command whose name is not in kebab-case"),
        (attrs.evolve(COMMAND, target="acme"), "whose target is not module:attribute"),
        (attrs.evolve(COMMAND, target="a:b:c"), "whose target is not module:attribute"),
        (Command(None, "s", "a:b"), "a command whose name is not in kebab-case"),  # type: ignore[arg-type]
        (Command("acme", "s", None), "whose target is not module:attribute"),  # type: ignore[arg-type]
    ],
)
def test_a_command_that_does_not_fit(command: object, said: str) -> None:
    """A command needs a name and a target of the right form."""
    assert said in misfit_of_command(command)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (3, "a int where an Option belongs"),
        (Option("region", "a text", str), "stands in no table"),
        (Option(None, "a text", str), "in no table"),  # type: ignore[arg-type]
    ],
)
def test_an_option_that_does_not_fit(option: object, said: str) -> None:
    """An option needs a table of its own."""
    assert said in misfit_of_option(option)


class _Check:
    """A check that fits, or almost does."""

    def __init__(self, **changed: Any) -> None:
        fits = {"code": "ACME101", "severity": Severity.LOW, "title": "a token", "look": list}
        vars(self).update(fits | changed)


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (_Check(), ""),
        (3, "a int that is no check: AttributeError when its attributes are read"),
        (_Check(code="ACME1"), "whose code is not letters and three digits"),
        (_Check(code=None), "whose code is not letters and three digits"),
        (_Check(severity="low"), "the check ACME101, whose severity is no Severity"),
        (_Check(title=""), "the check ACME101, which has no title"),
        (_Check(look=None), "the check ACME101, whose look can't be called"),
    ],
)
def test_a_check_that_does_not_fit(check: object, said: str) -> None:
    """A check of the audit needs a code, a severity, a title and something to call."""
    assert (said in misfit_of_check(check)) if said else misfit_of_check(check) == ""
