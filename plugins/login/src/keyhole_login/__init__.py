"""Claude Code's login for keyhole, and a login of keyhole's own with OAuth 2.1."""

from __future__ import annotations

from keyhole import Command, CredentialSource, Option, hookimpl

__all__ = ["keyhole_commands", "keyhole_credential_sources", "keyhole_options"]


@hookimpl
def keyhole_credential_sources() -> list[CredentialSource]:
    """`oauth-login`, `login` and `console-key`."""
    from keyhole_login.console_key import ConsoleKey
    from keyhole_login.login import Login
    from keyhole_login.oauth_login import OAuthLogin

    return [OAuthLogin(), Login(), ConsoleKey()]


@hookimpl
def keyhole_options() -> list[Option]:
    """The keys of `[login]`."""
    from keyhole_login.options import OPTIONS

    return list(OPTIONS)


@hookimpl
def keyhole_commands() -> list[Command]:
    """`login`, `logout` and `setup-token`."""
    return [
        Command("login", "Log in, and say what changed.", f"{_CLI}.login:login"),
        Command("logout", "End the login, and say what is left.", f"{_CLI}.logout:logout"),
        Command(
            "setup-token",
            "Make a token that lasts a year; check it and remember its date.",
            f"{_CLI}.setup_token:setup_token",
        ),
    ]


_CLI = "keyhole_login.cli"
