"""The observed machines: the right source wins, and Claude Code's own headers are foreseen."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from keyhole.machine import Machine
from keyhole.plugins import load
from keyhole.report import exit_code
from keyhole.testing import fake_machine
from keyhole.tiers import TIERS
from keyhole.walk import survey

CASES = json.loads((Path(__file__).parent / "precedence_cases.json").read_text())["cases"]
HOME = Path("/home/ada")
NOW = time.time()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_right_source_wins(case: dict[str, Any]) -> None:
    """On every observed machine the winner is the observed one, and so are both headers."""
    found = survey(_machine(case))
    active = found.resolution.active
    # A tier without a plugin wins too: it is broken, and nothing takes its place.
    assert (active.source.name if active else None) == case["expect"]["winner"]
    if not case.get("after_load"):
        _skip_unserved(case)
        sent = {header: name for header, name in found.resolution.claude_code.items() if name}
        assert sent == case["expect"]["claude_code"]
        # A login that has visibly ended is sent by Claude Code all the same; here it is said.
        dead = case["expect"].get("usable") is False
        assert exit_code(found) == (3 if active is None else 4 if dead else 0)


def test_every_source_of_the_cases_is_known() -> None:
    """No case waits for a source that no tier names, so none can stay switched off for ever."""
    winners = {case["expect"]["winner"] for case in CASES} - {None}
    assert winners <= {tier.name for tier in TIERS}


def _skip_unserved(case: dict[str, Any]) -> None:
    served = {source.item.name for source in load(_machine(case).config).sources}
    needed = {case["expect"]["winner"], *case["expect"]["claude_code"].values()} - {None}
    if not needed <= served:
        pytest.skip(f"no plugin serves {', '.join(sorted(needed - served))} yet")


def _machine(case: dict[str, Any]) -> Machine:
    files = {name: _content(file["content"]) for name, file in case["files"].items()}
    return fake_machine(
        {name: _filled(text) for name, text in case["environ"].items()},
        files,
        settings=_filled(case["settings"]) if "settings" in case else None,
        bare=case.get("bare", False),
        trusted=case.get("trusted", False),
        home=HOME,
        cwd=HOME / "proj",
        now=NOW,
    )


def _content(content: Any) -> Any:
    """A list is a text with a mode; anything else is the content itself."""
    return _filled(content[0] if isinstance(content, list) else content)


def _filled(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("@HOME@", str(HOME))
    if isinstance(value, dict):
        if set(value) == {"$now_plus_ms"}:
            return round(NOW * 1000) + value["$now_plus_ms"]
        return {key: _filled(inner) for key, inner in value.items()}
    return value
