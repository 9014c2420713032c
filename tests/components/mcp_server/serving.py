"""How the programs of `components.mcp_server` serve: they print one line of JSON when ready."""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette

__all__ = ["serve"]


def serve(application: Callable[[str, str, str], Starlette]) -> None:
    """Serves until it is killed.

    Args:
        application: Makes the application for an issuer, an origin and a scope.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--issuer", required=True)
    parser.add_argument("--scope", required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    with socket.create_server(("127.0.0.1", given.port)) as listening:
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = application(given.issuer, origin, given.scope)
        serving = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        print(json.dumps({"origin": origin}), flush=True)  # noqa: T201  # who started it reads it
        asyncio.run(serving.serve(sockets=[listening]))
