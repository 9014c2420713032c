"""Handing the credential to the anthropic SDK and to the Claude Agent SDK.

`anthropic` is imported only here and only when it is asked for: its import takes most of a second.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Any, TypeVar

from keyhole import policy
from keyhole.errors import KeyholeError, RefusedError
from keyhole.handover import to_claude
from keyhole.http import Auth
from keyhole.resolved import Resolved, resolve

if TYPE_CHECKING:
    import anthropic

__all__ = [
    "agent_env",
    "agent_options",
    "anthropic_client",
    "async_anthropic_client",
    "async_sdk_client",
    "first_party_client",
    "sdk_client",
]

_T = TypeVar("_T")

# Any explicit key keeps the SDK from looking for one itself; Auth replaces it in each request.
_PLACEHOLDER = "held-by-keyhole"

_OURS = frozenset({"api_key", "auth_token", "config", "credentials", "http_client", "profile"})
"""Arguments of the SDK's clients that would bring another credential, or lose this one."""


def sdk_client(resolved: Resolved | None = None, **options: Any) -> Any:
    """The SDK's client for whatever wins: `Anthropic`, `AnthropicBedrock` and so on.

    It sends exactly the winner, whatever the environment holds. Rotation and one retry after a
    401 work in a running process.

    Args:
        resolved: What `keyhole.resolve()` returned; None resolves now.
        options: Further arguments of the client, but none that names a credential.

    Raises:
        KeyholeError: There is no credential that can be used.
        ImportError: The package `anthropic` is not installed.
    """
    return _client(resolved, asynchronous=False, options=options)


def async_sdk_client(resolved: Resolved | None = None, **options: Any) -> Any:
    """The asynchronous twin of `sdk_client`; a held credential costs it no thread hop.

    Resolving blocks: pass what `await keyhole.aresolve()` returned.
    """
    return _client(resolved, asynchronous=True, options=options)


def anthropic_client(resolved: Resolved | None = None, **options: Any) -> anthropic.Anthropic:
    """`sdk_client` where the winner is known to be a first-party credential.

    Raises:
        RefusedError: The winner is a cloud provider's: use `sdk_client`.
        KeyholeError: As `sdk_client`.
    """
    import anthropic

    return _of_type(anthropic.Anthropic, sdk_client(resolved, **options))


def async_anthropic_client(
    resolved: Resolved | None = None, **options: Any
) -> anthropic.AsyncAnthropic:
    """`async_sdk_client` where the winner is known to be a first-party credential."""
    import anthropic

    return _of_type(anthropic.AsyncAnthropic, async_sdk_client(resolved, **options))


def first_party_client(endpoint: str, auth: Any, *, asynchronous: bool, **options: Any) -> Any:
    """`Anthropic` or `AsyncAnthropic` for an endpoint, authenticated by `auth` alone."""
    import anthropic

    arguments = {"api_key": _PLACEHOLDER, "base_url": endpoint, **options}
    if asynchronous:
        http_client = anthropic.DefaultAsyncHttpxClient(auth=auth)
        return anthropic.AsyncAnthropic(**arguments, http_client=http_client)
    return anthropic.Anthropic(**arguments, http_client=anthropic.DefaultHttpxClient(auth=auth))


def agent_options(resolved: Resolved | None = None) -> dict[str, Any]:
    """Arguments for `ClaudeAgentOptions`: `env`, and `settings` where a helper must be off.

    The SDK can't take a variable away from its child, so that each rival is set to "", which
    Claude Code counts as unset.

    Raises:
        KeyholeError: There is no credential that can be used.
        RefusedError: It is a subscription's token, or a rival can't be removed.
    """
    resolved = resolved or resolve()
    policy.refuse_subscription(resolved.survey.machine.config, resolved.verdict)
    handover = to_claude(resolved)
    env = {**dict.fromkeys(sorted(handover.removed), ""), **handover.variables}
    if handover.arguments:
        return {"env": env, "settings": handover.arguments[-1]}
    return {"env": env}


def agent_env(resolved: Resolved | None = None) -> dict[str, str]:
    """The `env` of `ClaudeAgentOptions`, with every rival blanked.

    Raises:
        RefusedError: A settings file names a helper that `env` alone can't switch off.
        KeyholeError: As `agent_options`.
    """
    options = agent_options(resolved)
    if "settings" in options:
        raise RefusedError(
            f"an apiKeyHelper would rival it, and only settings={options['settings']} stops that",
            remedy="ClaudeAgentOptions(**keyhole.agent_options())",
        )
    env: dict[str, str] = options["env"]
    return env


def _client(resolved: Resolved | None, *, asynchronous: bool, options: dict[str, Any]) -> Any:
    named = _OURS & options.keys()
    if named:
        raise TypeError(f"keyhole brings the credential: leave out {', '.join(sorted(named))}")
    resolved = resolved or resolve()
    credential = resolved.credential()
    return credential.sdk_client(_sdk_auth(resolved), asynchronous=asynchronous, **options)


def _of_type(expected: type[_T], client: Any) -> _T:
    # Exactly this class: some clouds' clients are subclasses of it.
    if type(client) is expected:
        return client
    raise RefusedError(
        f"the winner needs {type(client).__name__}, not {expected.__name__}",
        remedy="keyhole.sdk_client()",
    )


def _sdk_auth(resolved: Resolved) -> Any:
    """An Auth whose errors the SDK shows as they are, instead of as a failed connection."""
    from anthropic import CredentialsError

    class SdkAuth(Auth):
        def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
            try:
                yield from super().sync_auth_flow(request)
            except KeyholeError as error:
                raise CredentialsError(str(error)) from error

        async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
            steps = super().async_auth_flow(request)
            try:
                answer = None
                while True:
                    answer = yield await steps.asend(answer)
            except StopAsyncIteration:
                return
            except KeyholeError as error:
                raise CredentialsError(str(error)) from error
            finally:
                await steps.aclose()

    return SdkAuth(resolved)
