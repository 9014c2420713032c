"""The tests that every credential source passes; a third party inherits them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from unittest import mock

from hypothesis import HealthCheck, given, settings

from keyhole.frozen import frozen
from keyhole.machine import Machine
from keyhole.misfit import misfit_of_source
from keyhole.source import Absent, Broken, CredentialSource, Finding, Found, Ignored
from keyhole.testing.effects import EffectError, no_effects
from keyhole.testing.evidence import data_of, facts_of, pickled, promises_of, texts_of
from keyhole.testing.fakes import FakeHost
from keyhole.testing.strategies import machines
from keyhole.testing.variables import variables_read

__all__ = ["CANARY", "Example", "SourceContract"]

CANARY = "canary-fake-secret-7f3a"
"""Put this into every secret of an example: no text about the example may contain it."""


@frozen
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
        """The name is kebab-case, the priority an integer, the billing a known word.

        What does not fit is left out when plugins are loaded, so that nobody ever sees the source.
        """
        misfit = misfit_of_source(self.source())
        assert not misfit, f"keyhole would refuse {misfit}"

    def test_its_data_is_static(self) -> None:
        """Name, priority, selectors and billing are the same before and after it looked.

        An order that depends on what was looked at before is no order.
        """
        source = self.source()
        before = data_of(source)
        for name, example in self.examples().items():
            source.find(example.machine)
            assert data_of(source) == before == data_of(self.source()), (
                f"{name}: {before} became {data_of(source)}; "
                "make name, priority, selectors and billing constants of the class"
            )

    def test_its_priority_is_not_computed(self) -> None:
        """The priority is plain data and no property: an order that can change is no order.

        People read it in a README and rely on it.
        """
        assert not isinstance(getattr(type(self.source()), "priority", None), property), (
            "priority is a property; write the number into the class: priority = 650"
        )

    def test_the_examples_cover_both_answers(self) -> None:
        """There is an example that is found, and one that is absent.

        A contract that is tried on half of the answers says nothing about the other half.
        """
        missing = {Absent, Found} - {example.outcome for example in self.examples().values()}
        names = " and none that is ".join(sorted(outcome.__name__ for outcome in missing))
        assert not missing, f"there is no example that is {names}; add a machine to examples()"

    def test_it_says_what_the_examples_expect(self) -> None:
        """Each example has its outcome.

        `Absent` where something is configured lets somebody else's account be used in silence.
        """
        for name, example in self.examples().items():
            finding = self.source().find(example.machine)
            assert isinstance(finding, example.outcome), (
                f"{name}: find says {type(finding).__name__}, and the example expects "
                f"{example.outcome.__name__}; correct the one that is wrong"
            )

    def test_it_says_where_and_why(self) -> None:
        """What is there has a place; what can't be used has a reason and a remedy.

        `keyhole status` shows all three: without them a person can only guess what to change.
        """
        for name, example in self.examples().items():
            finding = self.source().find(example.machine)
            for needed in _NEEDED[type(finding)]:
                assert str(getattr(finding, needed) or ""), (
                    f"{name}: {type(finding).__name__} without {needed}; {_HOW[needed]}"
                )

    def test_looking_has_no_effects(self) -> None:
        """`find` runs no program, opens no socket and writes no file.

        That makes `keyhole status` instant, and safe in a folder that nobody trusts yet.
        """
        # What is imported with the first look is no effect of looking.
        self.source().find(next(iter(self.examples().values())).machine)
        for name, example in self.examples().items():
            try:
                with no_effects():
                    self.source().find(example.machine)
            except EffectError as effect:
                raise EffectError(
                    f"{name}: {effect}; move it from find to load, which gets a host for that"
                ) from effect

    def test_it_looks_at_the_machine_alone(self) -> None:
        """What the real process's variables say changes nothing, and none of them is read.

        `--settings`, `env` blocks and trust reach a source through the machine alone; so do tests.
        """
        for name, example in self.examples().items():
            source = self.source()
            expected = source.find(example.machine)
            lies = dict.fromkeys(source.selectors, "a-lie")
            with mock.patch.dict(os.environ, lies), variables_read() as read:
                found = source.find(example.machine)
            assert facts_of(found) == facts_of(expected), (
                f"{name}: the answer follows the process's own variables; "
                "ask machine.variable(...), never os.environ"
            )
            assert not read, (
                f"{name}: it read {', '.join(dict.fromkeys(read))} of the process's own variables; "
                "ask machine.variable(...), never os.environ, and machine.home for the home folder"
            )

    def test_no_secret_shows(self) -> None:
        """No text about a finding contains the canary, and none can be pickled out of it.

        Findings are printed, logged and sent in bug reports.
        """
        for name, example in self.examples().items():
            finding = self.source().find(example.machine)
            shown = [field for field, text in texts_of(finding) if CANARY in text]
            assert not shown, (
                f"{name}: the secret can be read in {', '.join(shown)}; keep it in a Secret from "
                "the moment it is read, and never quote what can't be parsed"
            )
            assert CANARY.encode() not in pickled(finding), (
                f"{name}: the secret can be pickled; let load hold a Secret, which refuses that"
            )

    def test_it_answers_for_every_machine(self) -> None:
        """`find` never raises, whatever state a machine is in.

        A source that fails is shown as broken and wins: then nothing works on that machine.
        """
        source = self.source()

        @settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
        @given(machines(sorted(source.selectors)))
        def answers(machine: Machine) -> None:
            try:
                finding: object = source.find(machine)
            except Exception as error:
                raise AssertionError(
                    f"find raised {type(error).__name__}; return Broken with a reason and a remedy"
                ) from error
            assert isinstance(finding, Absent | Ignored | Broken | Found), (
                f"find returned a {type(finding).__name__}; it must be a finding"
            )

        answers()

    def test_the_credential_is_what_the_finding_said(self) -> None:
        """The loaded credential has the kind, the headers and the endpoint that were announced.

        `status` is believed before anything is sent; what it said must be what then happens.
        """
        for name, example in self.examples().items():
            finding = self.source().find(example.machine)
            if isinstance(finding, Found) and example.loads:
                credential = finding.load(FakeHost(), None)
                for fact, announced, loaded in promises_of(finding, credential):
                    assert announced == loaded, (
                        f"{name}: find announced the {fact} {announced}, and load gives {loaded}; "
                        "announce None where only loading can tell"
                    )
                assert CANARY not in repr(credential), (
                    f"{name}: the credential's repr shows the secret; hold it in a Secret"
                )


_NEEDED: Mapping[type[Finding], tuple[str, ...]] = {
    Absent: ("reason",),
    Ignored: ("where", "reason", "remedy"),
    Broken: ("where", "reason", "remedy"),
    Found: ("where",),
}

_HOW = {
    "where": "name the file, the line or the variable with a Where",
    "reason": "say in a clause why it does not count",
    "remedy": "say what a person can do about it",
}
