"""What a helper printed, once it is understood."""

from __future__ import annotations

from keyhole import HELPER_OUTPUT, Kind, Secret
from keyhole.frozen import frozen

__all__ = ["Value"]


@frozen
class Value:
    """A key or a token from a helper.

    Attributes:
        secret: The key or the token.
        obtained_at: When the helper printed it, in seconds since the epoch.
        kind: What it is; of plain output nobody says that.
        expires_at: When it ends, in seconds since the epoch; None where the helper does not say.
    """

    secret: Secret
    obtained_at: float
    kind: Kind = HELPER_OUTPUT
    expires_at: float | None = None
