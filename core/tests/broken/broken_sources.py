"""A source that keeps the contract, and for each check of the contract one that does not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any

import attrs

from keyhole.credential import API_KEY, BEARER, HeaderCredential, Kind
from keyhole.endpoint import Endpoint
from keyhole.machine import Machine
from keyhole.secret import Secret
from keyhole.source import Absent, Broken, CredentialSource, Finding, Found, Ignored
from keyhole.testing import CANARY, Example, SourceContract, fake_machine
from keyhole.where import Where

__all__ = ["BROKEN", "Acme", "Contract"]

SET = {"ACME_KEY": CANARY}


def _found(secret: Secret, **changed: Any) -> Found:
    credential = HeaderCredential(API_KEY, secret, "https://acme.test")
    told: dict[str, Any] = {
        "where": Where.variable("ACME_KEY"),
        "load": lambda _host, _rejected: credential,
        "kind": API_KEY,
        "endpoint": Endpoint("https://acme.test"),
    }
    return Found(**(told | changed))


class Acme:
    """A source that keeps the contract."""

    name = "acme"
    priority = 5
    selectors: AbstractSet[str] = frozenset({"ACME_KEY"})
    billing = "other"

    def find(self, machine: Machine) -> Finding:
        """What the variable says."""
        variable = machine.variable("ACME_KEY")
        return self.found(variable.value) if variable.value else Absent(reason=variable.absence)

    def found(self, secret: Secret) -> Finding:
        """What is said where the variable is set."""
        return _found(secret)


class Misnamed(Acme):
    """Its name is no name."""

    name = "Acme Vault"


class Moody(Acme):
    """Its priority changes while it looks."""

    def find(self, machine: Machine) -> Finding:
        """Looks, and changes its mind."""
        self.priority += 1
        return super().find(machine)


class Computed(Acme):
    """Its priority is computed."""

    @property
    def priority(self) -> int:  # type: ignore[override]
        """A number that could be another one tomorrow."""
        return 5


class Untried(Acme):
    """It is fine, and nobody tried it on a machine where it finds something."""


class Blind(Acme):
    """It finds nothing."""

    def find(self, machine: Machine) -> Finding:  # noqa: ARG002  # the contract's signature
        """Nothing."""
        return Absent(reason="it is not set")


class Nowhere(Acme):
    """It does not say where."""

    def found(self, secret: Secret) -> Finding:  # noqa: ARG002  # the contract's signature
        """Something, somewhere."""
        return Broken(where=None, reason="it is torn", remedy="mend it")


class Unhelpful(Acme):
    """It has no remedy."""

    def found(self, secret: Secret) -> Finding:  # noqa: ARG002  # the contract's signature
        """A complaint."""
        return Ignored(where=Where.variable("ACME_KEY"), reason="it is not trusted", remedy="")


class Silent(Acme):
    """It gives no reason."""

    def find(self, machine: Machine) -> Finding:
        """Nothing, and no word about it."""
        found = super().find(machine)
        return found if isinstance(found, Found) else Absent(reason="")


class Busy(Acme):
    """It runs a program."""

    def find(self, machine: Machine) -> Finding:
        """Looks, and does more."""
        subprocess.run([sys.executable, "-c", ""], check=True)
        return super().find(machine)


class Sly(Acme):
    """It runs a program, and hides it where that fails."""

    def find(self, machine: Machine) -> Finding:
        """Looks, tries more, and says nothing about it."""
        with suppress(Exception):
            subprocess.run([sys.executable, "-c", ""], check=True)
        return super().find(machine)


class Elsewhere(Acme):
    """It asks the process instead of the machine."""

    def find(self, machine: Machine) -> Finding:
        """Looks at what it must not."""
        where = Where.variable(os.environ.get("ACME_KEY", "nothing"))
        found = super().find(machine)
        return attrs.evolve(found, where=where) if isinstance(found, Found) else found


class Stray(Acme):
    """It falls back to a variable of the process that it does not name among its selectors."""

    def find(self, machine: Machine) -> Finding:
        """Looks on where it must stop."""
        found = super().find(machine)
        other = os.environ.get("ACME_OLD_KEY") if isinstance(found, Absent) else None
        return self.found(Secret(other)) if other else found


class Talkative(Acme):
    """It puts the secret into a reason."""

    def found(self, secret: Secret) -> Finding:
        """Too much."""
        return _found(secret, problem=f"{secret.reveal()} is odd")


class Unwrapped(Acme):
    """It keeps the secret as plain text in a function's arguments."""

    def found(self, secret: Secret) -> Finding:
        """A finding that can be pickled, with the secret in it."""
        return _found(secret, load=_Plain(secret.reveal()))


class _Plain(str):
    __slots__ = ()

    def __call__(self, _host: object, _rejected: object) -> HeaderCredential:
        return HeaderCredential(API_KEY, Secret(self), "https://acme.test")


class Fragile(Acme):
    """It expects the variable to be set."""

    def find(self, machine: Machine) -> Finding:
        """Chokes where the variable is not set."""
        value = machine.variable("ACME_KEY").value
        if value is None:
            raise LookupError("ACME_KEY")
        return self.found(value)


class Speechless(Acme):
    """It returns nothing where it has nothing to say."""

    def find(self, machine: Machine) -> Finding:
        """A finding, or none at all."""
        answer: Any = super().find(machine) if machine.variable("ACME_KEY").value else None
        return answer  # type: ignore[no-any-return]  # as a source without types would


class Promising(Acme):
    """It announces another kind than it loads."""

    def found(self, secret: Secret) -> Finding:
        """A bearer that turns out to be a key."""
        return _found(secret, kind=BEARER)


class Astray(Acme):
    """It loads a credential for another host."""

    def found(self, secret: Secret) -> Finding:
        """One endpoint announced, another one used."""
        return _found(secret, endpoint=Endpoint("https://elsewhere.test"))


class Headless(Acme):
    """Its credential sends other headers than its kind declares."""

    def found(self, secret: Secret) -> Finding:
        """A credential of its own making."""
        return _found(secret, load=lambda _host, _rejected: _Other(secret))


class Boastful(Acme):
    """The repr of its credential shows the secret."""

    def found(self, secret: Secret) -> Finding:
        """A credential that prints itself."""
        return _found(secret, load=lambda _host, _rejected: _Shown(secret.reveal()))


@attrs.frozen
class _Other:
    secret: Secret
    kind: Kind = API_KEY
    endpoint: str = "https://acme.test"

    def headers(self) -> Mapping[str, str]:
        return {"x-other": "fake"}


@attrs.frozen
class _Shown:
    text: str
    kind: Kind = API_KEY
    endpoint: str = "https://acme.test"

    def headers(self) -> Mapping[str, str]:
        return {"x-api-key": self.text}


class Contract(SourceContract):
    """The contract for any source; it is not collected under this name.

    Args:
        source: Its class.
        outcome: What the source is to say where the variable is set.
    """

    __test__ = False

    def __init__(self, source: type[Acme], outcome: type[Finding] = Found) -> None:
        self._source = source
        self._outcome = outcome

    def source(self) -> CredentialSource:
        return self._source()

    def examples(self) -> Mapping[str, Example]:
        return {
            "set": Example(fake_machine(SET), self._outcome, loads=True),
            "not set": Example(fake_machine(), Absent),
        }


BROKEN: tuple[tuple[str, type[Acme], type[Finding]], ...] = (
    ("test_it_fits_the_contract", Misnamed, Found),
    ("test_its_data_is_static", Moody, Found),
    ("test_its_priority_is_not_computed", Computed, Found),
    ("test_the_examples_cover_both_answers", Untried, Broken),
    ("test_it_says_what_the_examples_expect", Blind, Found),
    ("test_it_says_where_and_why", Nowhere, Broken),
    ("test_it_says_where_and_why", Unhelpful, Ignored),
    ("test_it_says_where_and_why", Silent, Found),
    ("test_looking_has_no_effects", Busy, Found),
    ("test_looking_has_no_effects", Sly, Found),
    ("test_it_looks_at_the_machine_alone", Elsewhere, Found),
    ("test_it_looks_at_the_machine_alone", Stray, Found),
    ("test_no_secret_shows", Talkative, Found),
    ("test_no_secret_shows", Unwrapped, Found),
    ("test_it_answers_for_every_machine", Fragile, Found),
    ("test_it_answers_for_every_machine", Speechless, Found),
    ("test_the_credential_is_what_the_finding_said", Promising, Found),
    ("test_the_credential_is_what_the_finding_said", Astray, Found),
    ("test_the_credential_is_what_the_finding_said", Headless, Found),
    ("test_the_credential_is_what_the_finding_said", Boastful, Found),
)
"""Each check with a source that it catches, and with what its example expects of the source."""
