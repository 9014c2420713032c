"""`auth=` for the HTTP clients that talk to one MCP server: httpx2 and httpx, sync and async.

Nothing is held while the protected request is under way: eight calls of half a second take half a
second, and one that is given up blocks no other.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import attrs

from keyhole.bound import bind, is_bound, unbind
from keyhole.credential import Credential
from keyhole.errors import RejectedError
from keyhole.http import Base, is_in_memory
from keyhole_mcp.flow.challenge import Challenge, challenge_in
from keyhole_mcp.origin import origin_of
from keyhole_mcp.session.credential import McpCredential
from keyhole_mcp.session.session import NotSignedInError, Session

__all__ = ["McpAuth"]

_UNAUTHORIZED = 401
_FORBIDDEN = 403


class McpAuth(Base):
    """Authenticates requests to one MCP server's own origin, and leaves all others alone.

    Args:
        session: Whose token.
        url: The server's URL.
        headers: Headers that are configured for the server; they, too, go nowhere else.
    """

    requires_request_body = False
    requires_response_body = False

    def __init__(self, session: Session, url: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        origin = origin_of(url)
        self._session = session
        self._origin = origin
        self._target = parts.scheme, parts.hostname, urlsplit(origin).port
        self._headers = _lowered(headers)
        self._static = "authorization" in self._headers

    def __repr__(self) -> str:
        return f"McpAuth({self._origin!r})"

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Serves `Client`."""
        credential = self._at_once(request)
        if credential is None:
            steps = self._steps(request)
        else:
            response = yield request
            if _stands(response, credential):
                return
            steps = self._steps_after(response, credential, _Tried())
        step = next(steps, _END)
        while step is not _END:
            answer = self._credential() if step is _NEED else (yield step)
            step = _following(steps, answer)

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """Serves `AsyncClient`."""
        credential = self._at_once(request)
        if credential is None:
            steps = self._steps(request)
        else:
            response = yield request
            if _stands(response, credential):
                return
            steps = self._steps_after(response, credential, _Tried())
        step = next(steps, _END)
        while step is not _END:
            answer = await self._acredential() if step is _NEED else (yield step)
            step = _following(steps, answer)

    def _credential(self) -> McpCredential | None:
        try:
            return _ours(self._session.holder.current())
        except NotSignedInError:
            return None

    async def _acredential(self) -> McpCredential | None:
        try:
            return _ours(await self._session.holder.acurrent())
        except NotSignedInError:
            return None

    def _at_once(self, request: Any) -> McpCredential | None:
        """The held credential, in the request already: what nearly every request takes."""
        credential = _ours(self._session.holder.ready())
        if credential is None or not self._is_own(request.url):
            return None
        self._authenticate(request, credential)
        return credential

    def _steps(self, request: Any) -> Generator[Any, Any, None]:
        """What is to be done, in order: requests to send, and the need for a credential."""
        if not self._is_own(request.url):
            yield request
            return
        credential = None if self._static else (yield _NEED)
        self._authenticate(request, credential)
        response = yield request
        yield from self._steps_after(response, credential, _Tried())

    def _steps_after(
        self, response: Any, credential: McpCredential | None, tried: _Tried
    ) -> Generator[Any, Any, None]:
        """The same after an answer, as often as an answer asks for more."""
        while (demand := self._demand(response, credential, tried)) is not None:
            _check_replayable(response.request, self._origin)
            demand()
            credential = None if self._static else (yield _NEED)
            request = unbind(response.request)
            self._authenticate(request, credential)
            response = yield request

    def _is_own(self, url: Any) -> bool:
        # The parts are cheap to ask for; only where they differ may it be another spelling.
        same = (url.scheme, url.host, url.port) == self._target
        return same or origin_of(str(url)) == self._origin

    def _authenticate(self, request: Any, credential: Credential | None) -> None:
        own = {} if credential is None else credential.authenticate(request)
        if self._headers or len(own) > 1:
            bind(request, {**self._headers, **own})
        else:
            # `Authorization` is the header that clients themselves drop on the way elsewhere.
            for name, value in own.items():
                request.headers[name] = value

    # What an answer asks for

    def _demand(
        self, response: Any, credential: McpCredential | None, tried: _Tried
    ) -> Callable[[], None] | None:
        """What has to be done before the request is sent again; None where the answer stands."""
        if credential is not None and credential.heard(response) and tried.once_more():
            return _nothing
        if response.status_code not in (_UNAUTHORIZED, _FORBIDDEN) or not self._is_own(
            response.url
        ):
            return None
        if self._is_bare(response.request, credential) and tried.once_more():
            return _nothing
        challenge = challenge_in(_lowered(response.headers))
        if self._static:
            self._explain(challenge, response.status_code)
            return None
        if response.status_code == _FORBIDDEN:
            return self._more_scope(challenge, credential, tried)
        if credential is None:
            return tried.once(lambda: self._session.challenged(challenge))
        return self._refused(challenge, credential, tried)

    def _is_bare(self, request: Any, credential: McpCredential | None) -> bool:
        """Whether a redirect has dropped what was bound to a request: that is no refusal of it."""
        several = credential is not None and len(credential.kind.headers) > 1
        return bool(self._headers or several) and not is_bound(request)

    def _refused(
        self, challenge: Challenge, credential: Credential, tried: _Tried
    ) -> Callable[[], None]:
        tried.refusals += 1
        if tried.refusals > _MOST_REFUSALS:
            raise RejectedError(
                "the server refused each token that could be got for it",
                where=self._origin,
                remedy="`keyhole mcp explain SERVER` says how they were got",
            )
        again = tried.refusals > 1
        return lambda: self._session.refused(credential, challenge, again=again)

    def _more_scope(
        self, challenge: Challenge, credential: Credential | None, tried: _Tried
    ) -> Callable[[], None] | None:
        if credential is None or not challenge.wants_more_scope:
            return None
        memory, scope = self._session.memory, challenge.scope
        # Who waited for another's step-up has got another scope: that is no answer to this one.
        if scope in tried.scopes and self._session.has(credential, scope):
            memory.note(credential.secret, scope)
        memory.check(credential.secret, scope, where=self._origin)
        if len(tried.scopes) == _MOST_SCOPES:
            raise RejectedError(
                f"the server asks for more scope again and again, now for {scope}",
                where=self._origin,
                remedy="ask whoever runs the server which scope it needs",
            )
        tried.scopes.append(scope)
        return lambda: self._session.step_up(credential, challenge)

    def _explain(self, challenge: Challenge, status: int) -> None:
        """A configured header was refused: said only where a login would have helped.

        Raises:
            RejectedError: The server wants OAuth.
        """
        if status == _UNAUTHORIZED and challenge.resource_metadata:
            raise RejectedError(
                "the server refused the header that is configured for it, and says that it takes "
                "OAuth tokens",
                where=self._origin,
                remedy="remove the header, then `keyhole mcp auth SERVER`",
            )


@attrs.define
class _Tried:
    """What was done for one request.

    Attributes:
        refusals: How many tokens were refused.
        scopes: The scopes that were asked for, one by one.
        signed_in: Whether a token was got where there was none.
        repeats: How often it was sent again with what the last answer gave.
    """

    refusals: int = 0
    scopes: list[str] = attrs.field(factory=list)
    signed_in: bool = False
    repeats: int = 0

    def once_more(self) -> bool:
        """Whether the request may be sent again with nothing else done."""
        self.repeats += 1
        return self.repeats <= _MOST_REPEATS

    def once(self, demand: Callable[[], None]) -> Callable[[], None] | None:
        """The demand, the first time."""
        if self.signed_in:
            return None
        self.signed_in = True
        return demand


_NEED = object()
_END = object()
_MOST_REFUSALS = 2
_MOST_REPEATS = 2
_MOST_SCOPES = 3


def _nothing() -> None:
    """The same credential will do."""


def _ours(credential: Credential | None) -> McpCredential | None:
    """What a session's holder holds, which is what the session loaded."""
    return cast("McpCredential | None", credential)


def _stands(response: Any, credential: McpCredential) -> bool:
    """Whether an answer asks for nothing; what it tells is heard in any case."""
    refused = response.status_code in (_UNAUTHORIZED, _FORBIDDEN)
    return not refused and not credential.heard(response)


def _following(steps: Generator[Any, Any, None], answer: Any) -> Any:
    try:
        return steps.send(answer)
    except StopIteration:
        return _END


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _check_replayable(request: Any, where: str) -> None:
    """Whether the request can be sent again.

    Raises:
        RejectedError: Its body is a stream.
    """
    if not is_in_memory(request):
        raise RejectedError(
            "the token was refused, and the request's body is a stream that can't be sent again",
            where=where,
            remedy="send the request again with a new stream",
        )
