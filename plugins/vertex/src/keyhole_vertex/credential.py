"""A bearer token for Vertex AI, and the SDK's client for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyhole import Kind, Secret
from keyhole.credential import UNAUTHORIZED
from keyhole.errors import RefusedError
from keyhole.frozen import field, frozen
from keyhole.message import Outgoing
from keyhole_vertex.deployment import REGION

__all__ = ["GOOGLE_TOKEN", "NOTHING", "WITH_QUOTA", "VertexCredential"]

_QUOTA_HEADER = "x-goog-user-project"

GOOGLE_TOKEN = Kind("google-token", ("authorization",))
WITH_QUOTA = Kind("google-token", ("authorization", _QUOTA_HEADER))
NOTHING = Kind("no-credential", ())
"""What is sent where CLAUDE_CODE_SKIP_VERTEX_AUTH leaves it to a gateway."""

# A given token keeps the SDK from looking for Google's credentials; Auth replaces it.
_PLACEHOLDER = "held-by-keyhole"
_BOUND = frozenset({"access_token", "base_url", "region"})


@frozen(kw_only=True)
class VertexCredential:
    """What authorizes requests to one region of Vertex AI.

    Attributes:
        kind: What it is.
        secret: The token; empty for NOTHING.
        endpoint: The base URL that it is for.
        project: The project that is asked; empty where nobody named one.
        region: The region that is asked.
        quota_project: The project that quota is counted for; empty for the token's own.
        environ: The variables with which a child finds the same credentials.
        expires_at: When it ends, in seconds since the epoch; None where that is not known.
        renew_at: When it is to be loaded again although it may still be good; None for never.
    """

    kind: Kind
    secret: Secret
    endpoint: str
    project: str
    region: str
    quota_project: str = ""
    environ: Mapping[str, str] = field(factory=dict, repr=False)
    expires_at: float | None = None
    renew_at: float | None = None

    def headers(self) -> Mapping[str, str]:
        values = {
            "authorization": f"Bearer {self.secret.reveal()}",
            _QUOTA_HEADER: self.quota_project,
        }
        return {name: values[name] for name in self.kind.headers}

    def authenticate(self, request: Outgoing) -> Mapping[str, str]:  # noqa: ARG002  # as it is
        return self.headers()

    def refused(self, status: int, headers: Mapping[str, str]) -> bool:  # noqa: ARG002  # as it is
        return status == UNAUTHORIZED

    def child_env(self) -> Mapping[str, str]:
        # A Google token ends within the hour: a child is told where they come from instead.
        token = {name: self.secret.reveal() for name in self.kind.variables}
        return {**self.environ, **token}

    def sdk_client(self, auth: Any, *, asynchronous: bool, **options: Any) -> Any:
        import anthropic

        _refuse_bound(options, self.endpoint)
        arguments = {
            "access_token": _PLACEHOLDER,
            "base_url": self.endpoint,
            "project_id": self.project,
            "region": self.region,
            **options,
        }
        if asynchronous:
            http_client = anthropic.DefaultAsyncHttpxClient(auth=auth)
            return anthropic.AsyncAnthropicVertex(**arguments, http_client=http_client)
        return anthropic.AnthropicVertex(
            **arguments, http_client=anthropic.DefaultHttpxClient(auth=auth)
        )


def _refuse_bound(options: Mapping[str, Any], endpoint: str) -> None:
    named = sorted(_BOUND & options.keys())
    if named:
        raise RefusedError(
            f"this credential is for {endpoint} alone, and {', '.join(named)} would choose another",
            where=endpoint,
            remedy=f"leave that out, and set {REGION} where another region is wanted",
        )
