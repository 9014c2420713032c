"""Whether a folder's own settings may choose a helper, an endpoint or a credential.

Project settings come with a clone. Until the folder is trusted they choose nothing, in print mode
too. `keyhole trust` pins a digest of everything in them that could, so that a later pull that
changes it asks again. Claude Code's own record, by path, counts too unless the configuration says
`[trust] claude_code = false`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from keyhole.claude_code import HELPER_SETTINGS
from keyhole.document import Document
from keyhole.settings import Distrust, Layer

__all__ = ["claude_code_trusts", "digest", "distrust", "stakes"]


def stakes(layers: Iterable[Layer]) -> Mapping[str, Any]:
    """What in a folder's settings could choose a credential, by the layer's name.

    The whole `env` block counts: a variable like PATH or HTTPS_PROXY chooses as surely as a key.
    """
    chosen = {
        layer.scope.value: {
            # `""` counts: it switches a weaker layer's helper off.
            name: layer.data[name]
            for name in ("env", *HELPER_SETTINGS)
            if layer.data.get(name) not in (None, {})
        }
        for layer in layers
        if layer.scope.of_a_folder
    }
    return {scope: choices for scope, choices in chosen.items() if choices}


def digest(layers: Iterable[Layer]) -> str:
    """A fingerprint of the stakes; the same for the same settings in any layout."""
    import json
    from hashlib import sha256

    canonical = json.dumps(stakes(layers), sort_keys=True, separators=(",", ":"))
    return f"sha256:{sha256(canonical.encode('utf-8', 'surrogatepass')).hexdigest()}"


def claude_code_trusts(state: Document, folders: Iterable[Path]) -> bool:
    """Whether Claude Code's state file (`.claude.json`) records one of the folders as trusted."""
    return any(
        state.get("projects", str(folder), "hasTrustDialogAccepted") is True for folder in folders
    )


def distrust(decision: Document, layers: Iterable[Layer]) -> Distrust | None:
    """Why keyhole's own decision does not vouch for a folder's settings; None where it does."""
    if not decision.exposed and decision.get("digest") == digest(layers):
        return None
    reason = (
        "the settings have changed since the folder was trusted"
        if decision.get("digest")
        else "the folder is not trusted"
    )
    return Distrust(reason, "`keyhole trust`")
