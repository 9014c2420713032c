"""How other programs call this installation's own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from keyhole.installed import is_on_path, program, quoted, reached
from keyhole.testing import fake_machine

HERE = Path(sys.executable).parent


def test_the_name_where_it_leads_here(tmp_path: Path) -> None:
    """A name is enough where PATH leads from it to this installation, be it by a link."""
    (tmp_path / "keyhole").symlink_to(HERE / "keyhole")
    for folder in (HERE, tmp_path):
        machine = fake_machine({"PATH": f"/nowhere{os.pathsep}{folder}"})
        assert reached(machine, "keyhole") == "keyhole"


def test_the_path_where_the_name_leads_elsewhere(tmp_path: Path) -> None:
    """Where the name leads nowhere, or to another installation, it is the whole path."""
    whole = str(HERE / "keyhole")
    assert reached(fake_machine({"PATH": str(tmp_path)}), "keyhole") == whole
    (tmp_path / "keyhole").write_text("#!/bin/sh\n")
    (tmp_path / "keyhole").chmod(0o700)
    machine = fake_machine({"PATH": f"{tmp_path}{os.pathsep}{HERE}"})
    assert reached(machine, "keyhole") == whole


@pytest.mark.parametrize("variable", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_an_activated_environment_does_not_count(variable: str) -> None:
    """What only this shell has on PATH is no place where another program finds anything."""
    machine = fake_machine({"PATH": str(HERE), variable: str(HERE.parent)})
    assert not is_on_path(machine, "keyhole")
    assert reached(machine, "keyhole") == str(HERE / "keyhole")


def test_a_version_managers_stand_in_counts(tmp_path: Path) -> None:
    """A program in a version manager's folder of stand-ins starts the one that is in force."""
    shim = tmp_path / "shims" / "keyhole"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\n")
    shim.chmod(0o700)
    assert is_on_path(fake_machine({"PATH": str(shim.parent)}), "keyhole")


def test_the_program_that_runs_has_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where neither the interpreter's folder nor that of scripts has it, the running program's has."""
    monkeypatch.setattr(sys, "executable", "")
    monkeypatch.setattr("sysconfig.get_path", lambda _name: "/nowhere")
    machine = fake_machine({"PATH": "/nowhere"})
    assert reached(machine, "keyhole-other") is None
    (tmp_path / "keyhole-other").touch()
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "keyhole"), "audit"])
    assert program(machine, "keyhole-other") == tmp_path / "keyhole-other"
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "pytest")])
    assert program(machine, "keyhole-other") is None


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_a_path_with_blanks_is_one_word(platform: str) -> None:
    """A path is one word of a command line, whatever is in it."""
    word = "/opt/a b'c/keyhole"
    said = quoted(fake_machine(platform=platform), word)
    expected = shlex.quote(word) if platform == "linux" else subprocess.list2cmdline([word])
    assert said == expected != word
