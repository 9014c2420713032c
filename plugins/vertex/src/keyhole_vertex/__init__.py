"""Claude on Google Cloud's Vertex AI, by Application Default Credentials."""

from __future__ import annotations

from keyhole import CredentialSource, hookimpl

__all__ = ["keyhole_credential_sources"]


@hookimpl
def keyhole_credential_sources() -> list[CredentialSource]:
    """`vertex`."""
    from keyhole_vertex.source import Vertex

    return [Vertex()]
