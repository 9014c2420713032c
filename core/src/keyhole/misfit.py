"""What is wrong with a record that a plugin returned; empty where nothing is."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import Any

from keyhole.command import Command
from keyhole.option import Option
from keyhole.store import StoreFactory
from keyhole.tiers import BILLINGS

__all__ = [
    "is_kebab",
    "misfit_of_check",
    "misfit_of_command",
    "misfit_of_option",
    "misfit_of_source",
    "misfit_of_store",
]

_CODE = r"[A-Z]{2,12}[0-9]{3}"
_KEBAB = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"


def misfit_of_source(source: Any) -> str:
    """What keeps an object from being a credential source."""
    called = type(source).__name__
    try:
        name, priority = source.name, source.priority
        selectors, billing, find = source.selectors, source.billing, source.find
    except Exception as error:  # noqa: BLE001  # a property of somebody else's may raise anything
        return f"a {called} that is no source: {type(error).__name__} when its attributes are read"
    if not is_kebab(name):
        return f"a {called} whose name is not in kebab-case"
    if not _is_integer(priority):
        return f"the source {name}, whose priority is not an integer"
    if not isinstance(selectors, AbstractSet) or not all(
        isinstance(item, str) for item in selectors
    ):
        return f"the source {name}, whose selectors are not a set of variables"
    if billing not in BILLINGS:
        return f"the source {name}, whose billing is none of {', '.join(BILLINGS)}"
    if not callable(find):
        return f"the source {name}, whose find can't be called"
    return ""


def misfit_of_command(command: Any) -> str:
    """What keeps an object from being a command."""
    if not isinstance(command, Command):
        return f"a {type(command).__name__} where a Command belongs"
    if not is_kebab(command.name):
        return "a command whose name is not in kebab-case"
    if not _is_text(command.target) or command.target.count(":") != 1:
        return f"the command {command.name}, whose target is not module:attribute"
    return ""


def misfit_of_option(option: Any) -> str:
    """What keeps an object from being an option."""
    if not isinstance(option, Option):
        return f"a {type(option).__name__} where an Option belongs"
    if not _is_text(option.key) or not option.table:
        return f"the option {option.key}, which stands in no table"
    return ""


def misfit_of_store(factory: Any) -> str:
    """What keeps an object from being a store's factory."""
    if not isinstance(factory, StoreFactory):
        return f"a {type(factory).__name__} where a StoreFactory belongs"
    if not is_kebab(factory.name):
        return "a token store whose name is not in kebab-case"
    if not _is_integer(factory.priority):
        return f"the token store {factory.name}, whose priority is not an integer"
    return ""


def misfit_of_check(check: Any) -> str:
    """What keeps an object from being a check of the audit."""
    # Imported for the audit alone.
    from keyhole.check import Severity

    called = type(check).__name__
    try:
        code, severity, title, look = check.code, check.severity, check.title, check.look
    except Exception as error:  # noqa: BLE001  # a property of somebody else's may raise anything
        return f"a {called} that is no check: {type(error).__name__} when its attributes are read"
    if not _is_text(code) or re.fullmatch(_CODE, code) is None:
        return f"a {called} whose code is not letters and three digits, like ACME101"
    if not isinstance(severity, Severity):
        return f"the check {code}, whose severity is no Severity"
    if not _is_text(title) or not title:
        return f"the check {code}, which has no title"
    if not callable(look):
        return f"the check {code}, whose look can't be called"
    return ""


def is_kebab(name: Any) -> bool:
    """Whether a name is written as plugins' names are."""
    return _is_text(name) and re.fullmatch(_KEBAB, name) is not None


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    """What a plugin declares as a text is not always one."""
    return isinstance(value, str)
