"""FastMCP's server as a protected resource, as a program."""

from __future__ import annotations

from fastmcp import FastMCP
from fastmcp.server.auth import RemoteAuthProvider
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from pydantic import AnyHttpUrl
from starlette.applications import Starlette

from components.mcp_server.serving import serve


def application(issuer: str, origin: str, scope: str) -> Starlette:
    """The server."""
    verifier = JWTVerifier(
        jwks_uri=f"{issuer}/jwks",
        issuer=issuer,
        audience=f"{origin}/mcp",
        required_scopes=[scope],
    )
    named = [AnyHttpUrl(issuer)]
    made = FastMCP("tests", auth=RemoteAuthProvider(verifier, named, base_url=origin))

    @made.tool()
    def whoami() -> str:
        """Says whose token it was given."""
        token = get_access_token()
        return str(token.claims["sub"]) if token else "nobody"

    return made.http_app(stateless_http=True, json_response=True)


if __name__ == "__main__":
    serve(application)
