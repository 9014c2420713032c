"""A client of the conformance suite on keyhole: the mcp SDK's transport with `keyhole_mcp.auth`.

Run as `keyhole_conformance.py URL`. What the suite gives a client stands in
`components.mcp_conformance`; what a user would write into keyhole's configuration for such a server
is written here.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

import keyhole_mcp
from keyhole.host import RealHost
from keyhole.machine import Machine
from keyhole.secret import Secret
from keyhole_mcp.kept import keep_client_secret

SCENARIO = os.environ["MCP_CONFORMANCE_SCENARIO"]
CONTEXT = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT", "{}"))
STATEFUL = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "2025-11-25") <= "2025-11-25"
CLIENT_METADATA_URL = "https://conformance-test.local/client-metadata.json"
BROWSER = Path(__file__).with_name("browser.py")


def configuration(home: Path) -> dict[str, Any]:
    """What a user says about the server; keys and tokens lie in files in the home."""
    if SCENARIO.startswith("auth/2025-03-26"):
        return {"client_metadata_url": CLIENT_METADATA_URL, "legacy_2025_03_26": True}
    if SCENARIO in _CONFIGURED:
        return _CONFIGURED[SCENARIO](home)
    return {"client_metadata_url": CLIENT_METADATA_URL}


def _client(**more: str) -> dict[str, Any]:
    return {"client_id": CONTEXT["client_id"], **more}


def _with_key(home: Path) -> dict[str, Any]:
    return _client(
        grant="client_credentials",
        private_key=_file(home, "private_key_pem"),
        signing_algorithm=CONTEXT["signing_algorithm"],
    )


def _employee(home: Path) -> dict[str, Any]:
    return _client(
        grant="enterprise_managed",
        idp=CONTEXT["idp_issuer"],
        idp_client_id=CONTEXT["idp_client_id"],
        idp_token_file=_file(home, "idp_id_token"),
    )


def _workload(home: Path) -> dict[str, Any]:
    return {"grant": "workload_identity", "assertion_file": _file(home, "valid_jwt")}


_CONFIGURED: dict[str, Callable[[Path], dict[str, Any]]] = {
    "auth/pre-registration": lambda _: _client(),
    "auth/client-credentials-basic": lambda _: _client(grant="client_credentials"),
    "auth/client-credentials-jwt": _with_key,
    "auth/enterprise-managed-authorization": _employee,
    "auth/cross-app-access-complete-flow": _employee,
    "auth/wif-jwt-bearer": _workload,
}


def _file(home: Path, name: str) -> str:
    """A file that holds what the context has under a name."""
    (home / name).write_text(CONTEXT[name])
    return str(home / name)


def prepare(home: Path, url: str) -> None:
    """A home with that configuration, and a browser whose person agrees."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in configuration(home).items()]
    config = home / "config.toml"
    config.write_text("\n".join(['[stores]\nuse = "file"', f"[mcp.{json.dumps(url)}]", *lines]))
    os.environ |= {
        "HOME": str(home),
        "KEYHOLE_CONFIG": str(config),
        "BROWSER": shlex.join([sys.executable, str(BROWSER), "%s"]),
    }
    if "client_secret" in CONTEXT:
        keep_client_secret(Machine.real(), RealHost(), url, Secret(CONTEXT["client_secret"]))


async def main(url: str) -> None:
    """Signs in, lists the tools, calls one."""
    auth = keyhole_mcp.auth(url, interactive=True)
    async with httpx2.AsyncClient(auth=auth, timeout=60) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode="legacy" if STATEFUL else "auto") as client:
            await client.list_tools()
            await client.call_tool("test-tool", {})


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), sys.argv[1])
        asyncio.run(main(sys.argv[1]))
