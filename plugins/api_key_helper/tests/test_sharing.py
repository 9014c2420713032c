"""Many processes share one run, and nobody gets a value that was fetched for something else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import keyhole
from keyhole import Machine
from keyhole.errors import HelperError, RejectedError
from keyhole.host import RealHost
from keyhole.resolved import unloaded
from keyhole.scratch import Scratch

Look = Callable[..., Machine]
Runs = Callable[[], int]
Kept = Callable[[], list[Path]]


def _key(machine: Machine) -> str:
    """What a process of its own would use, once."""
    return unloaded(lambda: machine).credential().secret.reveal()


def test_the_next_process_uses_what_is_kept(look: Look, counting: str, runs: Runs) -> None:
    """Within its time a value is fetched once for all."""
    assert [_key(look(counting)) for _ in range(3)] == ["fake-key-1"] * 3
    assert runs() == 1


def test_what_is_kept_is_private(look: Look, counting: str, home: Path, kept: Kept) -> None:
    """A kept value stands in a 0600 file in a 0700 folder, and nowhere else on the disk."""
    _key(look(counting))
    [path] = kept()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    holding = [file for file in home.rglob("*") if file.is_file() and b"key-1" in file.read_bytes()]
    assert holding == [path]


def test_a_value_ends_for_all(look: Look, counting: str, age: Callable[[float], None]) -> None:
    """When its time is over, the next process fetches another."""
    assert _key(look(counting)) == "fake-key-1"
    age(299)
    assert _key(look(counting)) == "fake-key-1"
    age(2)
    assert _key(look(counting)) == "fake-key-2"


def test_a_value_from_the_future_does_not_count(
    look: Look, counting: str, age: Callable[[float], None]
) -> None:
    """After the clock was set back nothing is used for longer than its time."""
    _key(look(counting))
    age(-1000)
    assert _key(look(counting)) == "fake-key-2"


def test_every_use_runs_it_where_the_time_is_0(look: Look, counting: str, kept: Kept) -> None:
    """With a time of 0 nothing is kept, and each use fetches its own."""
    machine = look(counting, CLAUDE_CODE_API_KEY_HELPER_TTL_MS="0")
    resolved = keyhole.resolve(lambda: machine)
    used = [resolved.credential().secret.reveal() for _ in range(2)]
    assert used == ["fake-key-2", "fake-key-3"]
    assert kept() == []


@pytest.mark.parametrize(
    "name", ["AWS_PROFILE", "VAULT_ADDR", "VAULT_NAMESPACE", "GOOGLE_CLOUD_PROJECT"]
)
def test_another_profile_is_another_value(look: Look, name: str) -> None:
    """A value that was fetched under one profile is never used under another."""
    line = f'echo "fake-${name}"'
    found = [_key(look(line, **environ)) for environ in ({name: "a"}, {name: "b"}, {}, {name: "a"})]
    assert found == ["fake-a", "fake-b", "fake-", "fake-a"]


def test_the_variables_that_matter_can_be_named(look: Look) -> None:
    """`[helper] depends_on` says which variables tell values apart."""
    line, options = 'echo "fake-$ACME_TEAM-$AWS_PROFILE"', 'depends_on = ["ACME_TEAM"]'
    assert _key(look(line, options, ACME_TEAM="a", AWS_PROFILE="x")) == "fake-a-x"
    assert _key(look(line, options, ACME_TEAM="b", AWS_PROFILE="x")) == "fake-b-x"
    assert _key(look(line, options, ACME_TEAM="a", AWS_PROFILE="y")) == "fake-a-x"


def test_another_helper_or_endpoint_is_another_value(look: Look, counting: str) -> None:
    """The command and the base URL tell values apart too."""
    assert _key(look(counting)) == "fake-key-1"
    assert _key(look(f"{counting} ")) == "fake-key-2"
    assert _key(look(counting, ANTHROPIC_BASE_URL="https://gateway.test")) == "fake-key-3"


def test_the_cache_can_be_switched_off(look: Look, counting: str, kept: Kept) -> None:
    """`cache = false` keeps nothing, and each process fetches its own."""
    machine = look(counting, "cache = false")
    assert [_key(machine), _key(machine)] == ["fake-key-1", "fake-key-2"]
    assert kept() == []


def _shared(folder: Path) -> None:
    (folder / "keyhole").mkdir()
    (folder / "keyhole").chmod(0o750)


def _linked(folder: Path) -> None:
    (folder / "elsewhere").mkdir(mode=0o700)
    (folder / "keyhole").symlink_to("elsewhere")


def _file(folder: Path) -> None:
    (folder / "keyhole").touch(mode=0o700)


def _swappable(folder: Path) -> None:
    folder.chmod(0o777)


def _gone(folder: Path) -> None:
    folder.rmdir()


@pytest.mark.parametrize("spoil", [_shared, _linked, _file, _swappable, _gone])
def test_nothing_is_kept_where_others_could_read_it(
    look: Look, counting: str, home: Path, kept: Kept, spoil: Callable[[Path], None]
) -> None:
    """A folder that others can enter, swap or redirect is not used; the helper runs instead."""
    spoil(home / "run")
    assert [_key(look(counting)), _key(look(counting))] == ["fake-key-1", "fake-key-2"]
    assert kept() == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"value": 1}', '{"value": null}'])
def test_a_torn_file_counts_as_none(look: Look, counting: str, kept: Kept, text: str) -> None:
    """What is kept and can't be read is fetched again."""
    _key(look(counting))
    kept()[0].write_text(text)
    assert _key(look(counting)) == "fake-key-2"


def test_a_refused_value_is_fetched_again_once(look: Look, counting: str, runs: Runs) -> None:
    """After a refusal the helper is run again, and everybody else uses what it printed then."""
    first, second = (keyhole.resolve(lambda: look(counting)) for _ in range(2))
    refused = first.credential()
    first.reject(refused)
    assert first.credential().secret.reveal() == "fake-key-2"
    second.reject(second.credential())
    assert second.credential().secret.reveal() == "fake-key-2"
    assert runs() == 2


def test_the_same_value_again_is_final(look: Look, kept: Kept) -> None:
    """A helper that prints the refused value again ends it, and that value is not kept."""
    resolved = keyhole.resolve(lambda: look("echo fake-key"))
    resolved.reject(resolved.credential())
    with pytest.raises(RejectedError, match="loading it again gave the same one"):
        resolved.credential()
    assert kept() == []


def test_a_failing_run_leaves_no_old_value(
    look: Look, home: Path, kept: Kept, age: Callable[[float], None]
) -> None:
    """When the renewal fails that is the answer, and no dead value is served."""
    machine = look("test ! -e ~/locked && echo fake-key")
    resolved = keyhole.resolve(lambda: machine)
    (home / "locked").touch()
    age(301)
    resolved.reject(resolved.credential())
    with pytest.raises(HelperError):
        resolved.credential()
    assert kept() == []


def test_threads_that_resolve_at_once_share_one_run(look: Look, counting: str, runs: Runs) -> None:
    """Twelve at once make one run."""
    machine = look(f"{counting}; sleep 0.2")
    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(_key, [machine] * 12)) == {"fake-key-1"}
    assert runs() == 1


def test_a_short_lived_value_is_shared_by_who_waited_for_it(look: Look, runs: Runs) -> None:
    """Even a value that ends within the minute is fetched once for those who wait together."""
    line = (
        "echo run >> ~/log; sleep 0.3; "
        'echo "{\\"value\\": \\"fake\\", \\"expires_at\\": $(($(date +%s) + 20))}"'
    )
    machine = look(line)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(_key, [machine] * 8)) == {"fake"}
    assert runs() == 1


def test_waiting_for_another_process_ends(
    look: Look, counting: str, home: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits too long is told which process holds the turn."""
    monkeypatch.setattr("keyhole_api_key_helper.shelf._PATIENCE", 0.1)
    _key(look(counting))
    [path] = kept()
    path.unlink()
    machine = look(counting, "timeout = 0.1")
    scratch = RealHost().scratch(home / "run")
    assert isinstance(scratch, Scratch)
    with scratch.lock(path.stem, timeout=1), pytest.raises(HelperError) as caught:
        _key(machine)
    assert f"process {os.getpid()} holds it" in str(caught.value)
    assert f"end process {os.getpid()}" in caught.value.remedy


@pytest.mark.real
def test_32_processes_with_an_expired_value_make_one_run(
    look: Look, home: Path, counting: str, runs: Runs, age: Callable[[float], None]
) -> None:
    """32 processes that find the value expired at once run the helper once, and none fails."""
    line = f"{counting}; sleep 1"
    settings = home / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"apiKeyHelper": line}))
    assert _key(look(line)) == "fake-key-1"
    age(301)
    barrier = threading.Barrier(32)

    def process(_number: int) -> str:
        barrier.wait()
        return subprocess.run(
            [sys.executable, "-c", "from keyhole.cli import main; main()", "token"],
            env={
                "HOME": str(home),
                "PATH": os.environ["PATH"],
                "XDG_RUNTIME_DIR": str(home / "run"),
            },
            cwd=home / "project",
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout

    with ThreadPoolExecutor(32) as pool:
        assert set(pool.map(process, range(32))) == {"fake-key-2\n"}
    assert runs() == 2
