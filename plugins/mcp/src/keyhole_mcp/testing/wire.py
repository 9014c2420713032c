"""JSON-RPC as an MCP server speaks it, with and without a handshake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["STATELESS", "Tool", "answer_to"]

STATELESS = "2026-07-28"
"""The first revision without `initialize`: every request stands alone."""

_HANDSHAKE = "2025-11-25"

Tool = Callable[[], str]

_NO_METHOD = -32601
_NAME = {"name": "keyhole-probe", "version": "1"}


def answer_to(message: Mapping[str, Any], tools: Mapping[str, Tool], protocol: str) -> Any:
    """The answer to a message; None where it is a notification."""
    if "id" not in message:
        return None
    params = message.get("params") or {}
    made = _result(message["method"], params, tools, protocol)
    outcome = {"error": {"code": _NO_METHOD, "message": "no such method"}}
    if made is not None:
        outcome = {"result": {**made, **_stamp(params)}}
    return {"jsonrpc": "2.0", "id": message["id"], **outcome}


def _result(
    method: str, params: Mapping[str, Any], tools: Mapping[str, Tool], protocol: str
) -> dict[str, Any] | None:
    if method == "initialize":
        # A client that is not sure of the revision may fall back to the last one with a handshake.
        agreed = min(protocol, _HANDSHAKE)
        return {"protocolVersion": agreed, "capabilities": {"tools": {}}, "serverInfo": _NAME}
    if method == "server/discover" and protocol >= STATELESS:
        return {"supportedVersions": [protocol], "capabilities": {"tools": {}}, **_CACHE}
    if method == "tools/list":
        listed = [{"name": name, "inputSchema": {"type": "object"}} for name in tools]
        return {"tools": listed, **(_CACHE if protocol >= STATELESS else {})}
    if method == "tools/call" and params.get("name") in tools:
        said = tools[params["name"]]()
        return {"content": [{"type": "text", "text": said}], "isError": False}
    return {} if method == "ping" else None


_CACHE = {"ttlMs": 0, "cacheScope": "private"}


def _stamp(params: Mapping[str, Any]) -> dict[str, Any]:
    """What a result of the stateless revision says besides."""
    if "io.modelcontextprotocol/protocolVersion" not in params.get("_meta", {}):
        return {}
    return {"resultType": "complete", "_meta": {"io.modelcontextprotocol/serverInfo": _NAME}}
