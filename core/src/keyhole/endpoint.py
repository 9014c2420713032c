"""Which host a credential is for."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from keyhole.frozen import frozen
from keyhole.where import Where

if TYPE_CHECKING:
    from keyhole.machine import Machine

__all__ = ["ANTHROPIC_API", "Endpoint", "first_party", "named", "origin", "problem_of"]

ANTHROPIC_API = "https://api.anthropic.com"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@frozen
class Endpoint:
    """The URL that a credential is for.

    Attributes:
        url: The base URL; empty where what is set is no URL that may be used.
        where: Where it was set; None for the vendor's own.
        problem: Why it may not be used; empty where it may.
        passed_over: What untrusted places say instead, in a sentence each.
    """

    url: str
    where: Where | None = None
    problem: str = ""
    passed_over: tuple[str, ...] = ()

    @property
    def is_default(self) -> bool:
        """Whether nobody set another one."""
        return self.where is None

    @property
    def refusal(self) -> str:
        """Why nothing is sent there, as the rest of "it …"; empty where nothing is wrong."""
        return f"can't be sent to {self.where}: {self.problem}" if self.problem else ""

    @property
    def remedy(self) -> str:
        """What to do about that."""
        return f"correct {self.where}, or remove it to use the Anthropic API"

    def warnings(self, what: str) -> tuple[str, ...]:
        """What is passed over, and whether `what` would cross the network for all to read."""
        if not self.in_clear:
            return self.passed_over
        exposed = f"{what} would cross the network unencrypted: {self.where} is an http URL."
        return (*self.passed_over, exposed)

    @property
    def in_clear(self) -> bool:
        """Whether the credential would cross a network unencrypted."""
        parts = urlsplit(self.url)
        return parts.scheme == "http" and parts.hostname not in _LOOPBACK


def first_party(machine: Machine) -> Endpoint:
    """Where `ANTHROPIC_BASE_URL` sends first-party requests, else the Anthropic API."""
    return named(machine, "ANTHROPIC_BASE_URL", ANTHROPIC_API)


def named(machine: Machine, name: str, default: str) -> Endpoint:
    """Where a variable sends requests.

    Args:
        machine: The machine.
        name: The variable that may hold a base URL.
        default: The vendor's own URL, where it holds none.
    """
    variable = machine.variable(name)
    over = tuple(str(one) for one in variable.passed_over)
    if not variable.text:
        return Endpoint(default, passed_over=over)
    problem = problem_of(variable.text)
    return Endpoint("" if problem else variable.text, variable.where, problem, over)


def problem_of(url: str) -> str:
    """What is wrong with a base URL, without repeating it: it may hold a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "it is not a URL"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "it is not an http or https URL"
    if parts.username is not None or parts.password is not None:
        return "it holds a user name or a password"
    if parts.query or parts.fragment:
        return "it holds a query or a fragment"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "it holds a character that no URL may hold"
    return ""


def origin(url: str) -> tuple[str, str | None, int | None]:
    """The scheme, the host and the port; only what stands before the path counts for them.

    Args:
        url: A URL.
    """
    scheme, _, rest = url.partition("://")
    authority = rest.partition("/")[0].partition("?")[0].partition("#")[0]
    # A name and a password in it count for nothing, and are not to be kept.
    return _parsed(f"{scheme}://{authority.rpartition('@')[2]}")


@lru_cache(maxsize=64)
def _parsed(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
