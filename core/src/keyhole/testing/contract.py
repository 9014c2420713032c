"""The tests that every credential source passes; a third party inherits them."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Mapping
from unittest import mock

import attrs
from hypothesis import given, settings

from keyhole.machine import Machine
from keyhole.misfit import misfit_of_source
from keyhole.source import Absent, Broken, CredentialSource, Finding, Found, Ignored
from keyhole.testing.effects import no_effects
from keyhole.testing.fakes import FakeHost
from keyhole.testing.strategies import machines

__all__ = ["CANARY", "Example", "SourceContract"]

CANARY = "canary-fake-secret-7f3a"
"""Put this into every secret of an example: no text about the example may contain it."""


@attrs.frozen
class Example:
    """A machine, and what the source must say of it.

    Attributes:
        machine: The machine.
        outcome: `Absent`, `Ignored`, `Broken` or `Found`.
        loads: Whether `Found.load` can be called with a fake host.
    """

    machine: Machine
    outcome: type[Finding]
    loads: bool = False


class SourceContract:
    """Inherit this in a test class, and say which source and which examples.

    Example:
        >>> class TestAcme(SourceContract):
        ...     def source(self):
        ...         return AcmeSource()
        ...
        ...     def examples(self):
        ...         return {
        ...             "set": Example(fake_machine({"ACME_KEY": CANARY}), Found, loads=True),
        ...             "not set": Example(fake_machine(), Absent),
        ...         }
    """

    def source(self) -> CredentialSource:
        """A new source."""
        raise NotImplementedError

    def examples(self) -> Mapping[str, Example]:
        """Machines by name: at least one where the source finds something, and one where not."""
        raise NotImplementedError

    def test_it_fits_the_contract(self) -> None:
        """The name is kebab-case, the priority an integer, the billing a known word."""
        assert not misfit_of_source(self.source())

    def test_its_data_is_static(self) -> None:
        """Name, priority, selectors and billing are the same before and after it looked."""
        source = self.source()
        before = _data(source)
        for example in self.examples().values():
            source.find(example.machine)
        assert _data(source) == before == _data(self.source())

    def test_its_priority_is_not_computed(self) -> None:
        """The priority is plain data and no property: an order that can change is no order."""
        assert not isinstance(getattr(type(self.source()), "priority", None), property)

    def test_the_examples_cover_both_answers(self) -> None:
        """There is an example that is found, and one that is absent."""
        outcomes = {example.outcome for example in self.examples().values()}
        assert {Absent, Found} <= outcomes

    def test_it_says_what_the_examples_expect(self) -> None:
        """Each example has its outcome."""
        for name, example in self.examples().items():
            finding = self.source().find(example.machine)
            assert isinstance(finding, example.outcome), f"{name}: {finding}"

    def test_it_says_where_and_why(self) -> None:
        """What is there has a place; what can't be used has a reason and a remedy."""
        for name, example in self.examples().items():
            finding = self.source().find(example.machine)
            if not isinstance(finding, Absent):
                assert finding.where is not None, name
                assert str(finding.where), name
            if not isinstance(finding, Found):
                assert finding.reason, name
            if isinstance(finding, Ignored | Broken):
                assert finding.remedy, name

    def test_looking_has_no_effects(self) -> None:
        """`find` runs no program, opens no socket and writes no file."""
        self.source().find(next(iter(self.examples().values())).machine)
        for example in self.examples().values():
            with no_effects():
                self.source().find(example.machine)

    def test_it_looks_at_the_machine_alone(self) -> None:
        """What the real process's variables say changes nothing."""
        for name, example in self.examples().items():
            source = self.source()
            expected = source.find(example.machine)
            lies = {**os.environ, **dict.fromkeys(source.selectors, "a-lie")}
            with mock.patch.dict(os.environ, lies, clear=True):
                assert _facts(source.find(example.machine)) == _facts(expected), name

    def test_no_secret_shows(self) -> None:
        """No text about a finding contains the canary, and none can be pickled out of it."""
        for name, example in self.examples().items():
            finding = self.source().find(example.machine)
            assert CANARY not in _all_texts(finding), name
            assert CANARY.encode() not in _pickled(finding), name

    def test_it_answers_for_every_machine(self) -> None:
        """`find` never raises, whatever state a machine is in."""
        source = self.source()

        @settings(deadline=None, database=None)
        @given(machines(sorted(source.selectors)))
        def answers(machine: Machine) -> None:
            assert isinstance(source.find(machine), Absent | Ignored | Broken | Found)

        answers()

    def test_the_credential_is_what_the_finding_said(self) -> None:
        """The loaded credential has the kind, the headers and the endpoint that were announced."""
        for name, example in self.examples().items():
            finding = self.source().find(example.machine)
            if not isinstance(finding, Found) or not example.loads:
                continue
            credential = finding.load(FakeHost(), None)
            if finding.kind:
                assert credential.kind == finding.kind, name
                assert set(credential.headers()) == set(finding.kind.headers), name
            if finding.endpoint:
                assert credential.endpoint == finding.endpoint.url, name
            assert CANARY not in repr(credential), name


def _data(source: CredentialSource) -> tuple[str, int, frozenset[str], str]:
    return source.name, source.priority, frozenset(source.selectors), source.billing


def _facts(finding: Finding) -> object:
    return attrs.asdict(finding, recurse=False, filter=lambda field, _value: field.name != "load")


def _all_texts(finding: Finding) -> str:
    fields = attrs.asdict(finding)
    return "\n".join([repr(finding), str(finding), repr(fields), json.dumps(fields, default=str)])


def _pickled(finding: Finding) -> bytes:
    try:
        return pickle.dumps(finding)
    except Exception:  # noqa: BLE001  # a refusal is as good as a clean pickle
        return b""
