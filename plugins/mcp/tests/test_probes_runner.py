"""The probes' runner: what it makes of clients that are none."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from keyhole_mcp.testing import PROBES, Outcome, run
from keyhole_mcp.testing.__main__ import main
from keyhole_mcp.testing.gate import Meeting
from keyhole_mcp.testing.place import Answer
from keyhole_mcp.testing.proxy import SERVER, Proxy
from keyhole_mcp.testing.site import Site

CARELESS = f"{sys.executable} {Path(__file__).parent / 'peers' / 'careless_client.py'}"
BY_NAME = {probe.name: probe for probe in PROBES}


def test_names_are_unique_and_wants_are_said() -> None:
    """Each probe has a name of its own and says what it wants."""
    assert len(BY_NAME) == len(PROBES)
    assert all(probe.wants for probe in PROBES)


def test_who_refuses_everything_passes_nothing() -> None:
    """A program that always fails passes no probe, though many probes want a refusal."""
    results = list(run(f"{sys.executable} -c raise(SystemExit(1))", PROBES))
    assert [result.probe for result in results] == list(PROBES)
    assert {result.outcome for result in results} == {Outcome.FAILED}


def test_who_does_nothing_passes_nothing() -> None:
    """A program that ends at once with 0 has not signed in."""
    (result,) = run(f"{sys.executable} -c pass", [BY_NAME["sign-in"]])
    assert result.outcome is Outcome.FAILED
    assert "no browser" in result.said


def test_who_never_ends_is_stopped() -> None:
    """A client that hangs is stopped, and has failed."""
    command = f"{sys.executable} -c 'import time; time.sleep(600)'"
    (result,) = run(command, [BY_NAME["sign-in"]], seconds=1)
    assert result.outcome is Outcome.FAILED
    assert "did not end" in result.said


def test_what_is_not_offered_is_no_failure() -> None:
    """A client may say that it has nothing of the kind, with 77."""
    (result,) = run(f"{sys.executable} -c raise(SystemExit(77))", [BY_NAME["sign-in"]])
    assert result.outcome is Outcome.NOT_OFFERED


def test_a_careless_client_fails() -> None:
    """A client that signs in to a sound server fails where a probe spoils something."""
    control, result = run(CARELESS, [BY_NAME["sign-in"], BY_NAME["pkce-absent"]])
    assert control.outcome is Outcome.PASSED, control.said
    assert result.outcome is Outcome.FAILED


def test_the_command_line() -> None:
    """The table is for people, `--json` for programs, and the exit code for both."""
    arguments = ["--command", CARELESS, "--probe", "sign-in", "--probe", "sign-in-2025"]
    table = CliRunner().invoke(main, arguments)
    assert table.exit_code == 0, table.output
    assert table.output.endswith("2 probes: 2 passed\n")
    failed = CliRunner().invoke(main, ["--command", CARELESS, "--probe", "pkce-plain", "--json"])
    assert failed.exit_code == 1
    (probe,) = json.loads(failed.output)["probes"]
    assert (probe["name"], probe["outcome"]) == ("pkce-plain", "failed")


def test_the_list() -> None:
    """`--list` names every probe and starts nothing; an unknown name is wrong usage."""
    listed = CliRunner().invoke(main, ["--list"])
    assert [line.split()[0] for line in listed.output.splitlines()] == list(BY_NAME)
    assert CliRunner().invoke(main, ["--probe", "no-such-probe"]).exit_code == 2
    assert CliRunner().invoke(main, []).exit_code == 2


def test_it_is_a_module_to_run() -> None:
    """`python -m keyhole_mcp.testing` is the way in."""
    done = subprocess.run(
        [sys.executable, "-m", "keyhole_mcp.testing", "--list"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "8-at-expiry" in done.stdout


def test_a_meeting_counts_who_is_there_at_once() -> None:
    """All who come together meet; who comes alone is let go in the end."""
    together, alone = Meeting(4, patience=60), Meeting(4, patience=0.05)
    threads = [threading.Thread(target=together.join) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert together.most == 4
    assert [alone.join() for _ in range(2)] == ["not all came"] * 2
    assert alone.most == 1


def test_a_site_sends_without_an_end_and_remembers() -> None:
    """A body in chunks arrives whole, what has no route is 404, and all of it is remembered."""
    site = Site()
    site.routes["GET /chunks"] = lambda _: Answer(body=iter([b"one", b"two"]))
    with urllib.request.urlopen(f"{site.origin}/chunks?a=b") as answer:  # noqa: S310  # our own
        assert answer.read() == b"onetwo"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{site.origin}/nothing")  # noqa: S310  # our own
    site.close()
    assert [str(one) for one in site.seen] == ["GET /chunks", "GET /nothing"]
    assert site.seen[0].query == {"a": "b"}


def test_the_proxy_plays_public_servers_and_connects_nowhere(tmp_path: Path) -> None:
    """Over TLS that its authority vouches for it is the public server; all else is refused."""
    proxy = Proxy(tmp_path)
    proxy.places[SERVER].routes["GET /"] = lambda _: Answer(body=b"public")
    environ = proxy.environ()
    trusted = ssl.create_default_context(cafile=environ["SSL_CERT_FILE"])
    there = urllib.request.build_opener(
        urllib.request.ProxyHandler(dict.fromkeys(("http", "https"), environ["HTTPS_PROXY"])),
        urllib.request.HTTPSHandler(context=trusted),
    )
    with there.open(f"https://{SERVER}/") as answer:
        assert answer.read() == b"public"
    for inner in ("https://10.0.0.1/", "http://169.254.169.254/latest", f"http://{SERVER}/"):
        with pytest.raises(OSError, match="502"):
            there.open(inner)
    proxy.close()
    assert proxy.elsewhere == [
        "CONNECT 10.0.0.1:443",
        "GET http://169.254.169.254/latest",
        f"GET http://{SERVER}/",
    ]
