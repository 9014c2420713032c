"""Real files that are unreadable, huge, garbled or shared: each is named, none is fatal."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keyhole.files import LIMIT

Keyhole = Callable[..., subprocess.CompletedProcess[str]]

TOKEN = "fake-token-of-the-environment"
SETTINGS = '{"env": {"ANTHROPIC_AUTH_TOKEN": "fake-token-of-the-file"}}'
# A superuser reads every file, unless the kernel is told to check the mode for them too.
ORDINARY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def _unreadable(path: Path) -> None:
    path.write_text(SETTINGS)
    path.chmod(0)


def _enormous(path: Path) -> None:
    path.touch()
    os.truncate(path, LIMIT + 1)


def _not_utf8(path: Path) -> None:
    path.write_bytes(b'{"env": {"NAME": "\xff\xfe"}}')


def _truncated(path: Path) -> None:
    path.write_text(SETTINGS[:-9])


def _cyclic(path: Path) -> None:
    other = path.with_name("other.json")
    path.symlink_to(other)
    other.symlink_to(path)


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _folder(path: Path) -> None:
    path.mkdir()


def _nested(path: Path) -> None:
    path.write_text('{"a":' * 100_000)


def _world_writable(path: Path) -> None:
    path.write_text(SETTINGS)
    path.chmod(0o666)


FAULTS = {
    _unreadable: "may not be read by this user",
    _enormous: "is larger than 16 MiB",
    _not_utf8: "is not UTF-8 (byte 19)",
    _truncated: "is not valid JSON (line 1, column",
    _cyclic: "is a loop of symbolic links",
    _fifo: "is not a regular file",
    _device: "is not a regular file",
    _folder: "is not a regular file",
    _nested: "is not valid JSON",
    _world_writable: "can be written by everyone on this machine",
}


@pytest.mark.parametrize(
    ("fault", "said"), FAULTS.items(), ids=[fault.__name__.strip("_") for fault in FAULTS]
)
def test_a_faulty_file_is_named_and_the_rest_works(
    keyhole: Keyhole, home: Path, cwd: Path, fault: Callable[[Path], None], said: str
) -> None:
    """Each faulty file gets one warning with its path, and the variables still decide."""
    files = [home / ".claude" / "settings.json", cwd / ".claude" / "settings.local.json"]
    files.append(home / ".claude.json")
    for file in files:
        file.parent.mkdir(exist_ok=True)
        fault(file)
    found = _status(keyhole, fault, {"ANTHROPIC_AUTH_TOKEN": TOKEN})
    for file in files:
        about = [warning for warning in found["warnings"] if warning.startswith(f"{file} ")]
        assert len(about) == 1, f"{file}: {found['warnings']}"
        assert said in about[0]
    assert found["active"]["source"] == "auth-token"
    assert found["active"]["where"] == "ANTHROPIC_AUTH_TOKEN in the environment"


def test_a_faulty_file_leaves_the_other_files_in_force(
    keyhole: Keyhole, home: Path, cwd: Path
) -> None:
    """When the project's file is broken, the user's still chooses, with its line."""
    for file, text in (
        (home / ".claude" / "settings.json", '{"env": {\n  "ANTHROPIC_AUTH_TOKEN": "fake"}}'),
        (cwd / ".claude" / "settings.json", '{"env": '),
    ):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    found = _status(keyhole, _truncated, {})
    user = home / ".claude" / "settings.json"
    assert found["active"]["where"] == f"{user}:2 (env.ANTHROPIC_AUTH_TOKEN)"
    assert [warning.split()[0] for warning in found["warnings"]] == [
        str(cwd / ".claude" / "settings.json")
    ]


def test_trust_is_not_taken_from_a_file_that_everyone_can_write(
    keyhole: Keyhole, home: Path, cwd: Path
) -> None:
    """A `.claude.json` that others can write trusts no folder."""
    (cwd / ".claude").mkdir()
    (cwd / ".claude" / "settings.json").write_text(SETTINGS)
    state = home / ".claude.json"
    state.write_text(json.dumps({"projects": {str(cwd): {"hasTrustDialogAccepted": True}}}))
    assert _status(keyhole, _fifo, {})["active"]["source"] == "auth-token"
    state.chmod(0o666)
    assert _status(keyhole, _fifo, {})["active"] is None


def test_a_link_to_a_settings_file_is_followed(keyhole: Keyhole, home: Path) -> None:
    """People link their settings from elsewhere, and the name they know is the one shown."""
    (home / "dotfiles").mkdir()
    (home / "dotfiles" / "claude.json").write_text(SETTINGS)
    (home / ".claude").mkdir()
    link = home / ".claude" / "settings.json"
    link.symlink_to(home / "dotfiles" / "claude.json")
    found = _status(keyhole, _fifo, {})
    assert found["active"]["where"] == f"{link}:1 (env.ANTHROPIC_AUTH_TOKEN)"
    assert found["warnings"] == []


def _status(
    keyhole: Keyhole, fault: Callable[[Path], None], environ: dict[str, str]
) -> dict[str, Any]:
    before = ORDINARY if fault is _unreadable and os.geteuid() == 0 else ()
    if before and subprocess.call([*before, "true"], stderr=subprocess.DEVNULL):
        pytest.skip("a superuser reads every file here")
    done = keyhole("status", "--json", environ=environ, before=before)
    assert done.stderr == ""
    document: dict[str, Any] = json.loads(done.stdout)
    return document
