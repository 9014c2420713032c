"""The credentials that stand in variables: an auth token, an API key, an OAuth token."""

from __future__ import annotations

from keyhole import Command, CredentialSource, hookimpl

__all__ = ["keyhole_commands", "keyhole_credential_sources"]


@hookimpl
def keyhole_credential_sources() -> list[CredentialSource]:
    """`auth-token`, `api-key` and `oauth-token`."""
    from keyhole_environment.api_key import ApiKey
    from keyhole_environment.auth_token import AuthToken
    from keyhole_environment.oauth_token import OAuthToken

    return [AuthToken(), ApiKey(), OAuthToken()]


@hookimpl
def keyhole_commands() -> list[Command]:
    """`approve` and `deny`."""
    return [
        Command("approve", "Let interactive use take ANTHROPIC_API_KEY.", f"{_CLI}:approve"),
        Command("deny", "Keep interactive use from taking ANTHROPIC_API_KEY.", f"{_CLI}:deny"),
    ]


_CLI = "keyhole_environment.cli"
