"""The second kind of vault: the real `pass` with the real gpg."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from components.debian import debian
from keyhole_vault_helper.errors import OutageError, VaultError

pytestmark = pytest.mark.real

KEY = "sk-ant-api03-fake-from-pass"


@pytest.fixture(scope="module")
def _store() -> Iterator[dict[str, str]]:
    """A key without a passphrase and an empty store, as the variables that name them."""
    debian("gpg", "gnupg")
    debian("pass", "pass")
    # The agent's socket needs a short path.
    folder = tempfile.mkdtemp(prefix="pass-")
    environ = {
        "GNUPGHOME": f"{folder}/gnupg",
        "PASSWORD_STORE_DIR": f"{folder}/store",
        "HOME": folder,
        "PATH": os.environ["PATH"],
    }
    Path(environ["GNUPGHOME"]).mkdir(mode=0o700)
    _run(environ, "gpg", "--batch", "--passphrase", "", "--quick-gen-key", "ada@example.com")
    _run(environ, "pass", "init", "ada@example.com")
    yield environ
    _run(environ, "gpgconf", "--kill", "all")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def insert(_store: dict[str, str], site: Any) -> Callable[[str, str], None]:
    """Writes an entry; the home reads the store that it is in."""
    site.environ |= {name: _store[name] for name in ("GNUPGHOME", "PASSWORD_STORE_DIR")}
    site.configure(backend="pass", path="anthropic/api", refresh=0.001)
    return lambda name, text: _run(_store, "pass", "insert", "-m", "-f", name, given=text)


def test_the_first_line_is_the_key(insert: Any, site: Any) -> None:
    """The first line of an entry is the key; what stands below it is for people."""
    insert("anthropic/api", f"{KEY}\nowner: ada\n")
    assert site.key() == KEY


def test_a_field_is_a_line(insert: Any, site: Any) -> None:
    """With a field, the line that begins with it holds the key; one that is not there is named."""
    insert("anthropic/api", f"other\nkey: {KEY}\n")
    site.configure(backend="pass", path="anthropic/api", field="key")
    assert site.key() == KEY
    site.configure(backend="pass", path="anthropic/api", field="token")
    with pytest.raises(VaultError, match="no line of the entry begins with 'token:'"):
        site.key()


def test_an_entry_that_is_missing(insert: Any, site: Any) -> None:
    """An entry that is not there is said with what makes one; `;` and spaces do nothing else."""
    insert("anthropic/api", KEY)
    site.configure(backend="pass", path="no such; touch x", refresh=0.001)
    with pytest.raises(VaultError, match="there is no entry no such; touch x") as caught:
        site.key()
    assert "pass insert" in caught.value.remedy
    assert not (site.home / "x").exists()


def test_a_folder_is_no_entry(insert: Any, site: Any) -> None:
    """Of a folder `pass` prints the names in it and calls that a success: none of them is the key."""
    insert("anthropic/api", KEY)
    site.configure(backend="pass", path="anthropic", refresh=0.001)
    with pytest.raises(VaultError, match="there is no entry anthropic"):
        site.key()


def test_the_chain_is_checked(insert: Any, desk: Any) -> None:
    """`keyhole vault check` goes the way of this kind of vault, too."""
    insert("anthropic/api", KEY)
    screen = desk.type("vault", "check")
    assert screen.code == 0, screen
    assert [line.split()[:2] for line in screen.out.splitlines()[1:]] == [
        ["✓", "program"],
        ["✓", "entry"],
        ["✓", "value"],
    ]
    assert KEY not in screen.out + screen.err


def test_the_helper_prints_it(insert: Any, site: Any) -> None:
    """The helper prints the key of this kind of vault, too; a second time gpg is not needed."""
    insert("anthropic/api", KEY)
    site.configure(backend="pass", path="anthropic/api")
    assert site.helper().stdout == f"{KEY}\n"
    assert site.helper(GNUPGHOME="/nonexistent").stdout == f"{KEY}\n"


def test_a_key_that_gpg_does_not_have(insert: Any, site: Any) -> None:
    """What gpg can't decrypt is said in its words; the kept key is no longer used."""
    insert("anthropic/api", KEY)
    assert site.key() == KEY
    empty = site.home / "gnupg"
    empty.mkdir(mode=0o700)
    site.environ["GNUPGHOME"] = str(empty)
    with pytest.raises(VaultError, match="decryption failed"):
        site.key()


def test_without_pass(site: Any, tmp_path: Path) -> None:
    """Where pass is not installed, that is said."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    site.environ["PATH"] = str(bin_folder)
    site.configure(backend="pass", path="anthropic/api")
    with pytest.raises(VaultError, match="pass is not installed"):
        site.key()


def test_a_person_who_does_not_come(site: Any, tmp_path: Path) -> None:
    """A passphrase that nobody enters is an outage when the time is over."""
    stub = tmp_path / "bin" / "pass"
    stub.parent.mkdir()
    stub.write_text("#!/bin/sh\nexec sleep 600\n")
    stub.chmod(0o755)
    site.environ["PATH"] = f"{stub.parent}:{os.environ['PATH']}"
    site.configure(backend="pass", path="anthropic/api", timeout=0.5)
    with pytest.raises(OutageError, match=r"no answer within 0\.5 seconds"):
        site.key()


def _run(environ: dict[str, str], *command: str, given: str = "") -> None:
    done = subprocess.run(
        command, env=environ, input=given, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
