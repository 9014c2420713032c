"""What a server's answers ask for, until the next load takes it up."""

from __future__ import annotations

from keyhole.credential import Credential
from keyhole.frozen import frozen
from keyhole_mcp.flow.challenge import Challenge
from keyhole_mcp.flow.scopes import union

__all__ = ["Demand", "Demands"]


@frozen
class Demand:
    """What one answer asks for.

    Attributes:
        challenge: Its words.
        about: The credential that the request had; None where it had none.
        more_scope: Whether that is good, and may do too little.
        doubted: Whether a fresh token was refused: there may be another authorization server now.
        scope: The scope that the next token must have, as far as the server says.
    """

    challenge: Challenge
    about: Credential | None = None
    more_scope: bool = False
    doubted: bool = False
    scope: str = ""


class Demands:
    """Demands that nobody has taken up yet.

    Each counts for one load, however that ends: what a server asked for once must not decide about
    requests that come later.
    """

    def __init__(self) -> None:
        self._waiting: list[Demand] = []

    def add(self, demand: Demand) -> None:
        """Adds one; the load that follows takes it up."""
        self._waiting.append(demand)

    def taken(self, rejected: Credential | None) -> Demand | None:
        """All that wait, as one; those about a credential that was replaced meanwhile are void.

        Args:
            rejected: The credential that is to be replaced now; None where there is none.
        """
        found = []
        while self._waiting:
            found.append(self._waiting.pop(0))
        demands = [one for one in found if one.about is None or one.about is rejected]
        if not demands:
            return None
        return Demand(
            demands[-1].challenge,
            rejected,
            more_scope=any(one.more_scope for one in demands),
            doubted=any(one.doubted for one in demands),
            scope=union(*(one.scope for one in demands)),
        )
