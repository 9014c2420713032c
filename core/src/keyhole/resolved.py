"""The winner, loaded and kept fresh: what programs use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from keyhole import policy
from keyhole.credential import Credential
from keyhole.endpoint import origin
from keyhole.errors import BrokenCredentialError, KeyholeError, NoCredentialError
from keyhole.fault import place_of
from keyhole.holder import Holder
from keyhole.host import Host, RealHost
from keyhole.machine import Machine
from keyhole.resolver import Verdict
from keyhole.secret import Secret
from keyhole.source import Broken, Found
from keyhole.walk import Survey
from keyhole.walk import look as look_at

if TYPE_CHECKING:
    from keyhole.http import Auth

__all__ = ["Resolved", "aresolve", "resolve", "winner"]


def resolve(
    look: Callable[[], Machine] = Machine.real,
    *,
    host: Host | None = None,
    order: str | None = None,
) -> Resolved:
    """Finds the winner and loads its credential.

    Args:
        look: Takes a look at the machine; it is called again when a credential must be renewed,
            so that a key that was replaced in a settings file is noticed.
        host: What loading may do; None is this machine.
        order: A named order that replaces the configuration's.

    Raises:
        NoCredentialError: No source has anything that can be used.
        BrokenCredentialError: What is configured can't be used; nothing else takes its place.
        UnexpectedCredentialError: `[expect]` names another.
        RefusedError: It is a subscription's token; see `[subscription] use`.
        KeyholeError: It can't be loaded.
    """
    resolved = unloaded(look, host=host, order=order)
    resolved.credential()
    return resolved


async def aresolve(
    look: Callable[[], Machine] = Machine.real,
    *,
    host: Host | None = None,
    order: str | None = None,
) -> Resolved:
    """`resolve` for a coroutine: looking is quick, and loading happens in a thread."""
    resolved = unloaded(look, host=host, order=order)
    await resolved.acredential()
    return resolved


def unloaded(
    look: Callable[[], Machine] = Machine.real,
    *,
    host: Host | None = None,
    order: str | None = None,
) -> Resolved:
    """`resolve` for who uses the credential at once, so that it is loaded for that use alone."""
    resolved = found(look, host=host, order=order)
    policy.refuse_subscription(resolved.survey.machine.config, resolved.verdict)
    return resolved


def found(
    look: Callable[[], Machine] = Machine.real,
    *,
    host: Host | None = None,
    order: str | None = None,
) -> Resolved:
    """The winner before it is loaded, a subscription's token included; for `keyhole run`."""
    if host is None and look == Machine.real:
        from keyhole.remembered import MEMORY

        answer, own = MEMORY.look(order)
        return Resolved(answer, look, own)
    return Resolved(look_at(look(), order=order), look, host or RealHost())


def winner(answer: Survey) -> tuple[Verdict, Found]:
    """The winner of a survey, if it is one that can be used and is expected.

    Raises:
        NoCredentialError: There is none.
        BrokenCredentialError: It can't be used.
        UnexpectedCredentialError: It is not the expected one.
    """
    active = answer.resolution.active
    if active is None:
        # Most machines have one.
        from keyhole.lack import lack

        why = lack(answer)
        raise NoCredentialError(why.problem, where=str(why.where or ""), remedy=why.remedy)
    policy.expect(answer.machine.config, active)
    policy.force(answer.machine, active)
    finding = active.finding
    where = str(finding.where or active.source.name)
    if isinstance(finding, Found) and finding.usable is not False:
        return active, finding
    problem = finding.problem if isinstance(finding, Found) else ""
    remedy = "`keyhole status` says more"
    if isinstance(finding, Broken):
        problem, remedy = finding.reason, finding.remedy
    raise BrokenCredentialError(
        f"{active.source.name} wins and can't be used: {problem}", where=where, remedy=remedy
    )


class Resolved:
    """The winner of one look at the machine, with its credential held and kept fresh.

    Safe to share between threads, event loops and forked children.

    Attributes:
        survey: The look that it comes from.
        verdict: The winner.
        finding: What the winner said.
    """

    def __init__(self, answer: Survey, look: Callable[[], Machine], host: Host) -> None:
        self.verdict, self.finding = winner(answer)
        self.survey = answer
        self._look = look
        self._host = host
        self._holder = Holder(self._load, host.now)

    def __repr__(self) -> str:
        return f"Resolved({self.source!r}, where={str(self.verdict.finding.where)!r})"

    @property
    def source(self) -> str:
        """The name of the winning source."""
        return self.verdict.source.name

    def credential(self) -> Credential:
        """The credential, loaded or renewed where that is needed.

        Raises:
            KeyholeError: It can't be.
        """
        return self._holder.current()

    async def acredential(self) -> Credential:
        """The same for a coroutine; a held credential costs it no thread hop.

        Raises:
            KeyholeError: It can't be loaded.
        """
        return await self._holder.acurrent()

    def ready(self) -> Credential | None:
        """The held credential where it can be used as it is; never blocks."""
        return self._holder.ready()

    def reject(self, refused: Credential) -> None:
        """Says that a server refused a credential, so that the next call loads another."""
        self._holder.reject(refused)

    def headers(self) -> Mapping[str, str]:
        """The headers with the secret in them, for one request to the credential's endpoint.

        Raises:
            RefusedError: This credential signs each request: use `auth()`.
        """
        return self.credential().headers()

    def auth(self) -> Auth:
        """This credential as `auth=` of an httpx2 or httpx client."""
        from keyhole.http import Auth

        return Auth(self)

    def _load(self, rejected: Credential | None) -> Credential:
        held = self._holder.held
        finding = self.finding if held is None else self._look_again()
        try:
            loaded: Any = finding.load(self._host, rejected.secret if rejected else None)
            # What a plugin returns is not always what it promises.
            if isinstance(loaded.secret, Secret):
                credential: Credential = loaded
                return self._checked(credential, held, finding)
            fault = f"it returned a {type(loaded).__name__}"
        except KeyholeError:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin's own error may repeat a secret
            fault = place_of(error)
        raise BrokenCredentialError(
            f"the source {self.source} failed while it loaded: {fault}",
            where=str(finding.where),
            remedy=f"report it to whoever wrote {self.verdict.distribution}",
        )

    def _checked(self, loaded: Credential, held: Credential | None, finding: Found) -> Credential:
        """Whoever uses this sends where the first credential was for, which gets no other one."""
        if held is None or origin(loaded.endpoint) == origin(held.endpoint):
            return loaded
        place = finding.endpoint and finding.endpoint.where
        raise BrokenCredentialError(
            f"{self.source} was for {held.endpoint}, and is for {loaded.endpoint} now",
            where=str(place or finding.where),
            remedy="start the program again, or resolve again and make a new client of that",
        )

    def _look_again(self) -> Found:
        """A renewal looks anew, and never ends with somebody else's credential."""
        answer = look_at(self._look(), order=self.survey.order, plugins=self.survey.plugins)
        verdict, finding = winner(answer)
        if verdict.source.name != self.source:
            raise BrokenCredentialError(
                f"{self.source} was in use, and {verdict.source.name} wins now",
                where=str(finding.where),
                remedy="start the program again to use the new one",
            )
        return finding
