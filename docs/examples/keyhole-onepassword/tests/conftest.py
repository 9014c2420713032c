"""A stand-in for `op` that answers as 1Password's does, and a machine on which it is installed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from keyhole import Machine
from keyhole.testing import CANARY, fake_machine

REFERENCE = "op://Private/Anthropic/credential"

# It knows one item of three fields. Everything else is an error as `op` words it.
OP = f"""#!/bin/sh
[ "$1 $2 $#" = "read --no-newline 3" ] || exit 2
case "$3" in
"{REFERENCE}") printf %s '{CANARY}' ;;
"op://Private/Anthropic/notes") printf 'two\\nlines' ;;
*) echo "[ERROR] 2026/11/28 12:00:00 \\"$3\\" isn't an item in the \\"Private\\" vault." >&2; exit 1 ;;
esac
"""

Look = Callable[..., Machine]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Looks at a machine with this reference in the configuration: `look("op://...")`."""
    program = tmp_path / "bin" / "op"
    program.parent.mkdir()
    program.write_text(OP)
    program.chmod(0o755)

    def machine(reference: str = REFERENCE, *, path: str | None = None, **environ: str) -> Machine:
        return fake_machine(
            {"PATH": path or f"{program.parent}{os.pathsep}{os.environ['PATH']}", **environ},
            {".config/keyhole/config.toml": f'[onepassword]\nreference = "{reference}"\n'},
            home=tmp_path,
            cwd=tmp_path,
        )

    return machine
