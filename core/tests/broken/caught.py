"""What a contract says of something that breaks it, in the words that its author reads."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from functools import cache

import attrs
from broken_sources import BROKEN as SOURCES
from broken_sources import Acme, Contract
from broken_stores import BROKEN as STORES
from broken_stores import AcmeStore, opening
from hypothesis import Phase, settings

from keyhole.source import Finding, Found
from keyhole.testing import SourceContract, StoreContract

__all__ = ["CASES", "SOURCE_CHECKS", "STORE_CHECKS", "Case", "message"]


@attrs.frozen
class Case:
    """A check, and what breaks it.

    Attributes:
        contract: Which contract.
        check: The name of the check.
        broken: The class of a source or a store.
        outcome: What the example expects of the source.
    """

    contract: type[SourceContract | StoreContract]
    check: str
    broken: type[Acme | AcmeStore]
    outcome: type[Finding] = Found

    def __str__(self) -> str:
        return f"{self.contract.__name__}-{self.check}-{self.broken.__name__}"


def checks_of(contract: type) -> list[str]:
    """The names of a contract's checks, as they stand there."""
    return [name for name in vars(contract) if name.startswith("test_")]


SOURCE_CHECKS = checks_of(SourceContract)
STORE_CHECKS = checks_of(StoreContract)
CASES = (
    *(Case(SourceContract, check, broken, outcome) for check, broken, outcome in SOURCES),
    *(Case(StoreContract, check, broken) for check, broken in STORES),
)


@cache
def message(case: Case) -> str:
    """What its author reads; empty where it was not caught."""
    # A state machine prints the steps that it took.
    with _repeatable(), contextlib.redirect_stdout(io.StringIO()):
        try:
            _run(case)
        except AssertionError as error:
            return str(error)
    return ""


@contextlib.contextmanager
def _repeatable() -> Iterator[None]:
    """The same examples each time; the simplest one, which takes long to find, says no more."""
    before = settings.get_current_profile_name()
    settings.register_profile("repeatable", derandomize=True, phases=[Phase.generate])
    settings.load_profile("repeatable")
    try:
        yield
    finally:
        settings.load_profile(before)


def _run(case: Case) -> None:
    if issubclass(case.broken, Acme):
        getattr(Contract(case.broken, case.outcome), case.check)()
    else:
        contract = StoreContract()
        getattr(contract, case.check)(opening(case.broken))
