"""How a server would be signed in to, step by step: what each step asked, and what it found.

Nothing is registered, no browser opens, no token is renewed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import final

from keyhole.errors import KeyholeError
from keyhole.frozen import frozen
from keyhole.host import Host
from keyhole.index import entry_of
from keyhole.machine import Machine
from keyhole.message import Request, Response
from keyhole.moment import moment
from keyhole.oauth.flow import perform
from keyhole.oauth.pkce import METHOD
from keyhole.oauth.server import ServerMetadata
from keyhole.redaction import printable, redact
from keyhole_mcp.flow.asking import challenged
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.flow.discovery import Discovery, discover_for
from keyhole_mcp.flow.resource import elsewhere
from keyhole_mcp.flow.scopes import initial
from keyhole_mcp.headers import configured_headers
from keyhole_mcp.outbound import Outbound, outbound_for
from keyhole_mcp.server import Server
from keyhole_mcp.session.clients import Clients
from keyhole_mcp.session.granting import check_issuer
from keyhole_mcp.session.planned import indicator
from keyhole_mcp.session.pointers import known_issuer, pointer_of

__all__ = ["Step", "explained"]


@frozen
class Step:
    """One step.

    Attributes:
        name: What it is about: "challenge".
        asked: The requests that it sent, each with what came of it.
        found: What it found, in words.
        problem: Why there is no going on; empty where there is.
    """

    name: str
    asked: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    problem: str = ""


def explained(server: Server, machine: Machine, host: Host, account: str) -> tuple[Step, ...]:
    """Goes through the steps, as far as they lead; the last one says what happens next."""
    return tuple(_Explaining(server, machine, host, account).steps())


@final
class _Recorder:
    """Sends what the policy allows, and remembers it."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._asked: list[str] = []

    def wait(self, seconds: float) -> None:
        self._outbound.wait(seconds)

    def send(self, request: Request) -> Response:
        said = f"{request.method} {_shown(request.url)}"
        try:
            response = self._outbound.send(request)
        except KeyholeError as error:
            self._asked.append(f"{said}: {error.problem}")
            raise
        self._asked.append(f"{said}: HTTP {response.status}")
        return response

    def take(self) -> tuple[str, ...]:
        """What was asked since the last time."""
        asked, self._asked = tuple(self._asked), []
        return asked


@final
class _Explaining:
    def __init__(self, server: Server, machine: Machine, host: Host, account: str) -> None:
        self._server = server
        self._machine = machine
        self._host = host
        self._account = account
        self._performer = _Recorder(outbound_for(server, host))

    def steps(self) -> Iterator[Step]:
        yield self._entry()
        try:
            if self._has_authorization():
                yield Step("next", found=("the configured Authorization header is sent",))
                return
            challenge = perform(challenged(self._server.url), self._performer)
            yield self._challenge(challenge)
            discovery = self._discovered(challenge or Challenge(""))
            yield self._discovery(discovery)
            if self._server.chosen.grant:
                check_issuer(self._machine, self._server, discovery)
            yield self._client(discovery)
            yield self._request(discovery, challenge or Challenge(""))
            yield self._next()
        except KeyholeError as error:
            yield Step("problem", self._performer.take(), (), str(error))

    def _entry(self) -> Step:
        server = self._server
        said = {"exception": server.exceptions.said(), "extension": server.chosen.said()}
        keys = tuple(
            f"{kind}: {name} = {json.dumps(value)} ({where})"
            for kind, found in said.items()
            for name, value, where in found
        )
        return Step("entry", found=(f"{server.shown}, from {server.where}", *keys))

    def _has_authorization(self) -> bool:
        headers = configured_headers(self._server, self._machine, self._host)
        return any(name.lower() == "authorization" for name in headers)

    def _challenge(self, challenge: Challenge | None) -> Step:
        if challenge is None:
            found: tuple[str, ...] = ("the server does not ask for a token (no 401)",)
        else:
            said = ", ".join(f"{key}={value}" for key, value in challenge.parameters.items())
            found = (f"401 {challenge.scheme or '(no challenge)'} {_plain(said)}".rstrip(),)
            if elsewhere(self._server.url, challenge):
                found += ("its resource_metadata is on another origin, and is not asked",)
        return Step("challenge", self._performer.take(), found)

    def _discovered(self, challenge: Challenge) -> Discovery:
        known = known_issuer(self._machine, self._server.url, self._account)
        return perform(discover_for(self._server, challenge, known), self._performer)

    def _discovery(self, discovery: Discovery) -> Step:
        server = discovery.server
        found = [
            f"resource {_shown(discovery.resource)}",
            f"issuer {_shown(server.issuer)}, metadata from {_shown(server.where)}",
            f"PKCE {', '.join(server.code_challenge_methods_supported or ()) or 'not advertised'}"
            + (" (assume_s256 applies)" if self._server.exceptions.assume_s256 else ""),
            f"iss in answers: {'always' if server.iss_in_answer else 'not promised'} (RFC 9207)",
            *(["tokens are bound to a key (RFC 9449)"] if self._binds(discovery) else []),
        ]
        if not discovery.published:
            found.append("the server publishes no metadata of its own: an exception applies")
        problem = "" if self._server.chosen.grant else self._problem_of_browser(server)
        return Step("discovery", self._performer.take(), tuple(found), problem)

    def _problem_of_browser(self, server: ServerMetadata) -> str:
        """Why none would be opened; a grant has no use for one, nor a code for PKCE to protect."""
        if not server.authorization_endpoint:
            return "the server names no authorization endpoint: nobody can sign in there"
        offered = METHOD in (server.code_challenge_methods_supported or ())
        if offered or self._server.exceptions.assume_s256:
            return ""
        return (
            "the server does not say that it checks PKCE with S256, so that `auth` refuses\n"
            "what to do: ask whoever runs it; if it is certain that it does (Entra, Cognito), say "
            f'[mcp."{self._server.shown}"] assume_s256 = true'
        )

    def _binds(self, discovery: Discovery) -> bool:
        return discovery.bound or self._server.chosen.dpop

    def _client(self, discovery: Discovery) -> Step:
        if self._server.chosen.grant:
            return Step("client", found=(f"{self._server.chosen.grant}: no person is asked",))
        known = Clients(self._machine, self._host).known(self._server, discovery)
        if known:
            return Step("client", found=(f"{printable(known.client.id)}: {known.origin.value}",))
        if discovery.server.registration_endpoint:
            where = _shown(discovery.server.registration_endpoint)
            return Step("client", found=(f"would be registered at {where} (RFC 7591)",))
        return Step(
            "client",
            found=("the server registers none",),
            problem="register one there, and say `keyhole mcp auth SERVER --client-id ID`",
        )

    def _request(self, discovery: Discovery, challenge: Challenge) -> Step:
        scope = initial(self._server.scopes, challenge, discovery)
        sent = indicator(self._server, discovery)
        return Step(
            "request",
            found=(
                f"scope {_plain(scope) or '(none: the server decides)'}",
                "resource indicator " + ("sent (RFC 8707)" if sent else "left out"),
            ),
        )

    def _next(self) -> Step:
        pointer = pointer_of(self._machine, self._server.url, self._account)
        entry = entry_of(self._machine, pointer.key) if pointer else None
        remedy = f"sign in: `keyhole mcp auth {self._server.name}`"
        if entry is None:
            return Step("next", found=(f"no login is known on this machine; {remedy}",))
        if entry.dead:
            return Step("next", found=(f"the login has ended: {entry.dead}; {remedy}",))
        if entry.ends_at is None or entry.ends_at > self._machine.now:
            until = f" until {moment(entry.ends_at)}" if entry.ends_at is not None else ""
            return Step("next", found=(f"the token in {entry.store} is good{until}",))
        if entry.renewable or self._server.chosen.grant:
            return Step("next", found=("the token has ended, and is renewed at its next use",))
        return Step("next", found=(f"the token has ended and can't be renewed; {remedy}",))


def _shown(url: str) -> str:
    return _plain(url.partition("?")[0])


def _plain(text: str) -> str:
    return printable(redact(text))
