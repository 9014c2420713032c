"""The test kit catches what it promises to catch."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest
from broken_sources import Acme, Contract
from broken_stores import AcmeStore, opening
from caught import CASES, SOURCE_CHECKS, STORE_CHECKS, Case, message
from hypothesis import given
from kit_page import COMMAND, PAGE, page

from keyhole.errors import StoreError
from keyhole.machine import Machine
from keyhole.misfit import misfit_of_source
from keyhole.ordering import rank
from keyhole.record import TokenRecord
from keyhole.secret import Secret
from keyhole.source import Absent, Broken, Finding, Found, Ignored
from keyhole.testing import (
    CANARY,
    CWD,
    HOME,
    EffectError,
    Example,
    FakeHost,
    SourceContract,
    StoreContract,
    fake_machine,
    no_effects,
)
from keyhole.testing.strategies import FixedSource, findings, machines, names, sources, tokens
from keyhole.testing.variables import variables_read
from keyhole.where import Where

# no_effects


def _connect() -> None:
    with socket.socket() as client:
        client.connect(("127.0.0.1", 9))


WAYS: dict[str, Callable[[], Any]] = {
    "os.getenv": lambda: os.getenv("KEYHOLE_FAKE"),
    "os.environ.get": lambda: os.environ.get("KEYHOLE_FAKE"),
    "in os.environ": lambda: "KEYHOLE_FAKE" in os.environ,
    "a copy": lambda: dict(os.environ),
    "as bytes": lambda: os.environb.get(b"KEYHOLE_FAKE"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_variable_that_is_read_is_heard(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """However a variable of the process is asked for, its name is known; afterwards nobody listens."""
    monkeypatch.setenv("KEYHOLE_FAKE", "1")
    with variables_read() as read:
        WAYS[way]()
    assert "KEYHOLE_FAKE" in read
    heard = len(read)
    WAYS[way]()
    assert len(read) == heard


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


def test_an_effect_can_not_be_hidden() -> None:
    """Code that catches every error is caught at the end of the block."""

    def hides() -> None:
        with suppress(Exception):
            os.system("true")  # noqa: S605  # as above

    with pytest.raises(EffectError, match=r"os\.system was called"), no_effects():
        hides()


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


# The contracts, and what breaks each of their checks


@pytest.mark.parametrize("check", SOURCE_CHECKS)
def test_a_good_source_passes_every_check(check: str) -> None:
    """The contract has nothing against a source that keeps it."""
    getattr(Contract(Acme), check)()


@pytest.mark.parametrize("check", STORE_CHECKS)
def test_a_good_store_passes_every_check(check: str) -> None:
    """The contract has nothing against a store that keeps it."""
    getattr(StoreContract(), check)(opening(AcmeStore))


def test_a_store_may_have_its_limits() -> None:
    """What refuses a large record with a remedy, and leaves the old one, is a good store, too."""

    class Modest(AcmeStore):
        def write(self, key: str, record: TokenRecord) -> None:
            if len(record.text().reveal()) > 2000:
                raise StoreError("it is too large", remedy="use the file store")
            super().write(key, record)

    StoreContract().test_a_large_record_is_whole_or_refused(opening(Modest))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_contract_catches_what_breaks_it(case: Case) -> None:
    """Each check catches what breaks its rule, with a sentence and without the secret."""
    said = message(case)
    assert said, "it was not caught"
    assert len(said.split()) > 4
    assert CANARY not in said


def test_a_credential_is_loaded_only_where_its_example_says_so() -> None:
    """What needs more than a fake host to load is left alone, unless the example says `loads`."""

    class Distant(Acme):
        def found(self, secret: Secret) -> Finding:  # noqa: ARG002  # the contract's signature
            return Found(where=Where.variable("ACME_KEY"), load=_unreachable)

    class Contract(SourceContract):
        __test__ = False

        def source(self) -> Acme:
            return Distant()

        def examples(self) -> dict[str, Example]:
            return {"set": Example(fake_machine({"ACME_KEY": CANARY}), Found)}

    Contract().test_the_credential_is_what_the_finding_said()


def _unreachable(_host: object, _rejected: object) -> NoReturn:
    raise AssertionError("it was loaded")


def test_what_the_first_look_imports_is_no_effect_of_looking() -> None:
    """A library that does something when it is imported does not make a source a bad one."""

    class Heavy(Acme):
        imported: list[str] = []  # noqa: RUF012  # what all of its objects know

        def find(self, machine: Machine) -> Finding:
            if not self.imported:
                self.imported.append("a library")
                os.system("true")  # noqa: S605  # as a library's import may do
            return super().find(machine)

    Contract(Heavy).test_looking_has_no_effects()


def test_every_check_has_something_that_breaks_it() -> None:
    """No check of a contract goes without proof that it catches something."""
    assert {case.check for case in CASES} == {*SOURCE_CHECKS, *STORE_CHECKS}


def test_the_page_about_the_kit_is_current() -> None:
    """docs/reference/testing-kit.md has each check, what breaks it, and what its author reads."""
    assert PAGE.read_text("utf-8") == page(), f"run: {COMMAND}"


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
