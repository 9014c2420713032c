"""Who asks: an OAuth client, and how it proves that it is the one."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote_plus

import attrs

from keyhole.errors import OAuthError
from keyhole.secret import Secret

__all__ = ["BASIC", "NONE", "POST", "Client"]

NONE = "none"
BASIC = "client_secret_basic"
POST = "client_secret_post"


@attrs.frozen
class Client:
    """A client that is registered with an authorization server.

    Attributes:
        id: The client identifier (RFC 6749, section 2.2).
        secret: The client secret; None for a public client.
        method: How it authenticates at the token endpoint: "none", "client_secret_basic" or
            "client_secret_post" (RFC 7591, section 2).
    """

    id: str
    secret: Secret | None = None
    method: str = NONE

    def headers(self) -> Mapping[str, str]:
        """The headers that prove who it is (RFC 6749, section 2.3.1)."""
        if self.method != BASIC:
            return {}
        pair = f"{quote_plus(self.id)}:{quote_plus(self._secret())}"
        return {"authorization": "Basic " + b64encode(pair.encode()).decode()}

    def fields(self) -> Mapping[str, str]:
        """The fields of a body that say, or prove, who it is."""
        if self.method == BASIC:
            return {}
        if self.method == POST:
            return {"client_id": self.id, "client_secret": self._secret()}
        return {"client_id": self.id}

    def _secret(self) -> str:
        """The secret's text.

        Raises:
            OAuthError: There is none.
        """
        if self.secret is None:
            raise OAuthError(
                f"the client {self.id} authenticates with a secret, and there is none",
                remedy="configure the client's secret, or register it as a public client",
                code="invalid_client",
            )
        return self.secret.reveal()
