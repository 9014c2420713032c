"""The source `oauth-login`: the token of keyhole's own login at a configured server.

Looking reads the index alone. A server that is configured and not logged in at is broken and wins:
whoever configured it does not want another account to be used in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyhole import (
    BEARER,
    Absent,
    Broken,
    Detail,
    Found,
    HeaderCredential,
    Host,
    Machine,
    Secret,
)
from keyhole.errors import LoginRequiredError
from keyhole.frozen import field, frozen
from keyhole.index import Entry, entry_of
from keyhole.moment import moment
from keyhole_login.configured import Configured, configured

if TYPE_CHECKING:
    from keyhole.renewal import Renewal

__all__ = ["OAuthLogin"]

LOG_IN = "`keyhole login`"


class OAuthLogin:
    """A token that keyhole got for itself, for a gateway with a server of its own."""

    name = "oauth-login"
    priority = 410
    selectors: frozenset[str] = frozenset()
    billing = "other"

    def __init__(self) -> None:
        # A renewal remembers a token that no store took: the next one of this process tries again.
        self._renewals: dict[tuple[Configured, Host], Renewal] = {}

    def find(self, machine: Machine) -> Absent | Broken | Found:
        server = configured(machine)
        if server is None:
            return Absent(reason="no authorization server is configured ([login] issuer)")
        entry = entry_of(machine, server.key, strict=True)
        wrong = server.problem or _unusable(entry, machine.now)
        warnings = server.endpoint.warnings("the token")
        if wrong:
            return Broken(
                where=server.where,
                reason=wrong[0],
                remedy=wrong[1],
                details=_details(server, entry),
                warnings=warnings,
            )
        return Found(
            where=server.where,
            load=_Load(machine, server, self._renewals),
            kind=BEARER,
            endpoint=server.endpoint,
            usable=True,
            expires_at=entry.ends_at if entry else None,
            details=_details(server, entry),
            warnings=warnings,
        )


def _unusable(entry: Entry | None, now: float) -> tuple[str, str] | None:
    if entry is None:
        return "nobody is logged in there", LOG_IN
    if entry.dead:
        return f"the login has ended: {entry.dead}", LOG_IN
    if entry.ends_at is not None and entry.ends_at <= now and not entry.renewable:
        return f"the login ended on {moment(entry.ends_at)} and can't be renewed", LOG_IN
    return None


def _details(server: Configured, entry: Entry | None) -> tuple[Detail, ...]:
    asked = (Detail("server", server.name), Detail("client", server.client_id or "none"))
    if entry is None:
        return asked
    renewable = Detail("renewable", "yes, by keyhole" if entry.renewable else "no")
    return (*asked, Detail("kept in", f"the store {entry.store}"), renewable)


@frozen
class _Load:
    """Gives the kept token, renewed where that is needed: once for all who share it."""

    machine: Machine
    server: Configured
    renewals: dict[tuple[Configured, Host], Renewal] = field(repr=False)

    def __call__(self, host: Host, rejected: Secret | None) -> HeaderCredential:
        renewing = self._renewal(host)
        record = renewing.current(rejected)
        if record.access_token is None:
            raise LoginRequiredError(
                "the kept record has no token", where=self.server.about, remedy=LOG_IN
            )
        return HeaderCredential(
            BEARER, record.access_token, self.server.endpoint.url, renewing.ends_at(record)
        )

    def _renewal(self, host: Host) -> Renewal:
        from keyhole_login.kept import renewal

        about = self.server, host
        if about not in self.renewals:
            self.renewals[about] = renewal(self.machine, self.server, host)
        return self.renewals[about]
