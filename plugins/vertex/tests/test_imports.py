"""Looking costs no import of Google's libraries, whatever is configured."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, sys
from keyhole.testing import fake_machine
from keyhole.walk import survey

answer = survey(fake_machine(*json.loads(sys.argv[1])))
finding = next(v.finding for v in answer.resolution.verdicts if v.source.name == "vertex")
vendors = ("google", "requests", "anthropic", "cryptography")
print(type(finding).__name__, sorted(name for name in vendors if name in sys.modules))
"""
ON = {"CLAUDE_CODE_USE_VERTEX": "1", "ANTHROPIC_VERTEX_PROJECT_ID": "lab"}


@pytest.mark.parametrize(("environ", "finding"), [({}, "Absent"), (ON, "Found")])
def test_a_survey_imports_no_vendor_library(environ: dict[str, str], finding: str) -> None:
    """Neither an unused nor a chosen Vertex AI loads google-auth before it is used."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps([environ])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{finding} []\n"
