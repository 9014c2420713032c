"""Whether a folder's `.mcp.json` counts: it comes with a clone, as project settings do.

Claude Code's own record of the folder counts, unless `[trust] claude_code = false`; so does
`keyhole mcp trust`, which pins a digest of what stands there now.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from keyhole.document import Document
from keyhole.machine import Machine
from keyhole.settings import Distrust
from keyhole.trust import claude_code_trusts

__all__ = ["KIND", "digest", "distrust_of"]

KIND = "mcp-trust"
"""The kind of keyhole's records that such decisions are."""


def digest(servers: Any) -> str:
    """A fingerprint of the entries; the same for the same entries in any layout."""
    canonical = json.dumps(servers, sort_keys=True, separators=(",", ":"))
    return f"sha256:{sha256(canonical.encode('utf-8', 'surrogatepass')).hexdigest()}"


def distrust_of(machine: Machine, project: Document) -> Distrust | None:
    """Why the file's entries do not count; None where they do."""
    if project.exposed:
        return Distrust(
            "everyone on this machine can write that file", f"chmod o-w {project.place}"
        )
    if machine.config.trust_claude_code and claude_code_trusts(
        machine.claude_state, (machine.cwd,)
    ):
        return None
    decision = machine.decision(KIND, str(machine.cwd))
    if not decision.exposed and decision.get("digest") == digest(project.get("mcpServers")):
        return None
    changed = decision.get("digest") is not None
    reason = "the entries have changed since they were trusted" if changed else "not trusted"
    return Distrust(reason, "`keyhole mcp trust`")
