"""Made-up configurations, clean and dirty, with exactly what an audit says of each."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from components.outcome import outcome
from keyhole_audit.screen import as_json, render

CASES = [
    case
    for path in sorted((Path(__file__).parent / "corpus").glob("*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
]

FIXES = ("KH101", "KH102", "KH103", "KH105", "KH501", "KH502")
FIXABLE = [case for case in CASES if any(one.startswith(FIXES) for one in case["expected"])]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_exactly_what_is_expected(case: dict[str, Any], site: Any) -> None:
    """An audit says exactly what it should, and no format of its report shows a secret."""
    site.set_up(case)
    report = site.audit(bare=case.get("bare", False))
    assert report.problems == ()
    assert site.said(report) == sorted(case["expected"])
    machine = site.machine()
    shown = [render(report, machine, 100), as_json(report), repr(report), str(report)]
    for value in site.secrets.values():
        assert not [text for text in shown if value in text or value[:-4] in text]


@pytest.mark.real
@pytest.mark.parametrize("case", FIXABLE, ids=[case["name"] for case in FIXABLE])
def test_what_is_left_after_fix(case: dict[str, Any], site: Any, run: Any) -> None:
    """`--fix` leaves what needs a person, shows no secret, and everything gets what it got before."""
    site.set_up(case)
    site.keep_in_files()
    site.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = {"HOME": str(site.home), **site.environ}
    before = outcome(site.machine(bare=case.get("bare", False)), environ)
    result = run("--fix", "--yes")
    assert outcome(site.machine(bare=case.get("bare", False)), environ) == before
    left = site.audit()
    assert site.said(left) == sorted(case.get("left", []))
    assert result.exit_code == int(bool(left.flagged))
    for value in site.secrets.values():
        assert value[:-4] not in result.output


@pytest.mark.real
@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
@pytest.mark.parametrize("case", FIXABLE, ids=[case["name"] for case in FIXABLE])
def test_what_everyone_could_read(
    case: dict[str, Any], site: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where files have the modes of an editor, one `--fix` leaves no secret that everyone can read."""
    # pytest's own folders let nobody pass, so that no file below them is reachable.
    monkeypatch.setattr("keyhole_audit.disk._lets_pass", lambda _: True)
    site.set_up(case)
    for name in site.snapshot():
        (site.home / name).chmod(0o644)
    site.keep_in_files()
    run("--fix", "--yes")
    assert site.said(site.audit()) == sorted(case.get("left", []))


def test_the_corpus_is_large() -> None:
    """There are more than 60 configurations, a third of them clean, each with its own name."""
    assert len(CASES) > 60
    assert sum(not case["expected"] for case in CASES) >= 20
    assert len({case["name"] for case in CASES}) == len(CASES)
