"""The source: what the configuration names, and how it is loaded."""

from __future__ import annotations

from keyhole import (
    API_KEY,
    Absent,
    Broken,
    Detail,
    Finding,
    Found,
    HeaderCredential,
    Host,
    Machine,
    Secret,
    Where,
)
from keyhole.endpoint import first_party

from keyhole_onepassword.op import read
from keyhole_onepassword.options import REFERENCE

__all__ = ["OnePassword"]


class OnePassword:
    """Sends the API key of the item that `[onepassword] reference` names."""

    name = "onepassword"
    priority = 650  # after api-key (700), before api-key-helper (600)
    selectors: frozenset[str] = frozenset()
    billing = "anthropic-api"

    def find(self, machine: Machine) -> Finding:
        """Looks at the configuration alone: `op` may ask a person to unlock, so that it waits."""
        reference: str = machine.config.get(REFERENCE)
        if not reference:
            return Absent(reason=f"{REFERENCE.key} is not set")
        where = Where(machine.config.entries[REFERENCE.key].spot, REFERENCE.key)
        endpoint = first_party(machine)
        if endpoint.refusal:
            return Broken(where=where, reason=endpoint.refusal, remedy=endpoint.remedy)

        def load(host: Host, rejected: Secret | None) -> HeaderCredential:
            # After a 401 this is called again: `op` then gives what the item holds by now, and
            # keyhole says so where that is the refused key again.
            return HeaderCredential(API_KEY, read(host, machine, reference), endpoint.url)

        return Found(
            where=where,
            kind=API_KEY,
            endpoint=endpoint,
            details=(Detail("item", reference),),
            warnings=endpoint.warnings("The key"),
            load=load,
        )
