"""The test kit catches what it promises to catch."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings

from keyhole.credential import API_KEY, BEARER, HeaderCredential, Kind
from keyhole.endpoint import Endpoint
from keyhole.machine import Machine
from keyhole.misfit import misfit_of_source
from keyhole.ordering import rank
from keyhole.secret import Secret
from keyhole.source import Absent, Broken, CredentialSource, Finding, Found, Ignored
from keyhole.testing import (
    CANARY,
    CWD,
    HOME,
    EffectError,
    Example,
    FakeHost,
    SourceContract,
    fake_machine,
    no_effects,
)
from keyhole.testing.strategies import FixedSource, findings, machines, names, sources, tokens
from keyhole.where import Where

# no_effects


def _connect() -> None:
    with socket.socket() as client:
        client.connect(("127.0.0.1", 9))


EFFECTS: dict[str, Callable[[Path], Any]] = {
    "a program": lambda _: subprocess.run([sys.executable, "-V"], check=True),
    "a shell": lambda _: os.system("true"),  # noqa: S605  # one of the ways to run a program
    "a fork": lambda _: os.fork(),
    "a socket": lambda _: _connect(),
    "a name look-up": lambda _: socket.getaddrinfo("localhost", 80),
    "a new file": lambda folder: (folder / "new").write_text("x"),
    "an old file": lambda folder: (folder / "old").open("r+").close(),
    "a low-level file": lambda folder: os.close(os.open(folder / "new", os.O_CREAT | os.O_WRONLY)),
    "a longer file": lambda folder: (folder / "old").open("a").close(),
    "a removed file": lambda folder: (folder / "old").unlink(),
    "a renamed file": lambda folder: (folder / "old").rename(folder / "new"),
    "a folder": lambda folder: (folder / "new").mkdir(),
    "a mode": lambda folder: (folder / "old").chmod(0o600),
    "a link": lambda folder: (folder / "new").symlink_to("old"),
    "a temporary file": lambda _: tempfile.mkstemp(),
    "a variable": lambda _: os.environ.update(KEYHOLE_FAKE="1"),
    "a signal": lambda _: os.kill(os.getpid(), 0),
}


@pytest.mark.parametrize("kind", EFFECTS)
def test_an_effect_raises(tmp_path: Path, kind: str) -> None:
    """Programs, sockets, writes and changes raise at once, and nothing has happened."""
    old = tmp_path / "old"
    old.write_text("old")
    with pytest.raises(EffectError), no_effects():
        EFFECTS[kind](tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert old.read_text() == "old"
    assert "KEYHOLE_FAKE" not in os.environ


def test_looking_is_no_effect(tmp_path: Path) -> None:
    """Reading a file, a folder, a variable and the clock is allowed."""
    (tmp_path / "old").write_text("old")
    with no_effects():
        assert (tmp_path / "old").read_text() == "old"
        assert [path.name for path in tmp_path.iterdir()] == ["old"]
        assert os.environ.get("KEYHOLE_FAKE") is None


def test_effects_are_allowed_again_afterwards(tmp_path: Path) -> None:
    """Behind the block everything works as before, also when the block raised."""
    with pytest.raises(ValueError, match="fake"), no_effects():
        raise ValueError("fake")
    (tmp_path / "new").write_text("x")


def test_the_error_names_the_effect(tmp_path: Path) -> None:
    """The error says what was called, and repeats none of its arguments."""
    with pytest.raises(EffectError) as caught, no_effects():
        (tmp_path / CANARY).write_text("x")
    assert "open" in str(caught.value)
    assert CANARY not in str(caught.value)


# SourceContract

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


class Busy(Acme):
    """It runs a program."""

    def find(self, machine: Machine) -> Finding:
        """Looks, and does more."""
        subprocess.run([sys.executable, "-c", ""], check=True)
        return super().find(machine)


class Elsewhere(Acme):
    """It asks the process instead of the machine."""

    def find(self, machine: Machine) -> Finding:
        """Looks at what it must not."""
        where = Where.variable(os.environ.get("ACME_KEY", "nothing"))
        found = super().find(machine)
        return attrs.evolve(found, where=where) if isinstance(found, Found) else found


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


class _Contract(SourceContract):
    """The contract for any source; it is not collected under this name."""

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


CHECKS = [name for name in dir(SourceContract) if name.startswith("test_")]


@pytest.mark.parametrize("check", CHECKS)
def test_a_good_source_passes_every_check(check: str) -> None:
    """The contract has nothing against a source that keeps it."""
    getattr(_Contract(Acme), check)()


BROKEN: list[tuple[str, type[Acme], type[Finding]]] = [
    ("test_it_fits_the_contract", Misnamed, Found),
    ("test_its_data_is_static", Moody, Found),
    ("test_its_priority_is_not_computed", Computed, Found),
    ("test_the_examples_cover_both_answers", Acme, Broken),
    ("test_it_says_what_the_examples_expect", Blind, Found),
    ("test_it_says_where_and_why", Nowhere, Broken),
    ("test_it_says_where_and_why", Unhelpful, Ignored),
    ("test_looking_has_no_effects", Busy, Found),
    ("test_it_looks_at_the_machine_alone", Elsewhere, Found),
    ("test_no_secret_shows", Talkative, Found),
    ("test_no_secret_shows", Unwrapped, Found),
    ("test_it_answers_for_every_machine", Fragile, Found),
    ("test_the_credential_is_what_the_finding_said", Promising, Found),
    ("test_the_credential_is_what_the_finding_said", Astray, Found),
    ("test_the_credential_is_what_the_finding_said", Headless, Found),
    ("test_the_credential_is_what_the_finding_said", Boastful, Found),
]


@pytest.mark.parametrize(
    ("check", "source", "outcome"), BROKEN, ids=lambda value: getattr(value, "__name__", value)
)
def test_a_broken_source_fails_its_check(
    check: str, source: type[Acme], outcome: type[Finding]
) -> None:
    """Each check catches a source that breaks just its rule."""
    with pytest.raises((AssertionError, LookupError)):
        getattr(_Contract(source, outcome), check)()


def test_every_check_has_a_source_that_breaks_it() -> None:
    """No check of the contract goes without proof that it catches something."""
    assert {check for check, _, _ in BROKEN} == set(CHECKS)


def test_a_contract_without_a_source_says_so() -> None:
    """Whoever inherits the contract must say which source, and which examples."""
    for missing in (SourceContract().source, SourceContract().examples):
        with pytest.raises(NotImplementedError):
            missing()


# The fakes and the strategies


def test_a_fake_machine_holds_what_it_is_given() -> None:
    """Files may be texts or anything that is JSON; relative names are below the home folder."""
    machine = fake_machine({"A": "b"}, {"x.json": '{"n": 1}', "/y.json": {"n": 2}})
    assert machine.variable("A").text == "b"
    assert machine.json(HOME / "x.json").get("n") == 1
    assert machine.json(Path("/y.json")).get("n") == 2
    assert machine.cwd == CWD


def test_a_trusted_fake_keeps_its_state_file() -> None:
    """`trusted` adds to what `.claude.json` was given."""
    machine = fake_machine(files={".claude.json": {"n": 1}}, trusted=True)
    assert machine.claude_state.get("n") == 1
    assert machine.claude_state.get("projects", str(CWD), "hasTrustDialogAccepted") is True


def test_a_fake_machine_does_not_see_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process's own variables and files are not there."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-api03-fake-real")
    assert fake_machine().variable("ANTHROPIC_API_KEY").value is None
    assert fake_machine().json(Path(__file__)).missing


def test_a_fake_host_remembers() -> None:
    """Its clock stands still until it is set; its files are a dictionary."""
    host, path = FakeHost(now=5), Path("/a")
    assert host.now() == 5
    host.time = 6
    assert host.now() == 6
    host.write(path, "x")
    assert host.files == {path: "x"}
    assert host.remove(path)
    assert not host.remove(path)


@settings(max_examples=50)
@given(sources())
def test_generated_sources_fit_the_contract(found: list[FixedSource]) -> None:
    """The strategy makes sources with unique names that the core accepts."""
    assert [misfit_of_source(source) for source in found] == [""] * len(found)
    assert len({source.name for source in found}) == len(rank(found))


@given(findings, names, tokens, machines(["ACME_KEY"]))
def test_the_other_strategies_make_what_they_say(
    finding: Finding, name: str, token: str, machine: Machine
) -> None:
    """Findings are findings, names are kebab-case, and tokens are what a header can carry."""
    assert isinstance(finding, Absent | Ignored | Broken | Found)
    assert misfit_of_source(FixedSource(name, 1)) == ""
    assert token.isascii()
    assert token.isprintable()
    assert token == token.strip()
    assert isinstance(machine.variable("ACME_KEY").text, str)
