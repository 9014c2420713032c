"""Who asks: an OAuth client, and how it proves that it is the one."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import quote_plus

from keyhole.errors import OAuthError
from keyhole.frozen import field, frozen
from keyhole.secret import Secret

__all__ = ["BASIC", "NONE", "POST", "PRIVATE_KEY_JWT", "Client"]

NONE = "none"
BASIC = "client_secret_basic"
POST = "client_secret_post"
PRIVATE_KEY_JWT = "private_key_jwt"

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@frozen
class Client:
    """A client that is registered with an authorization server.

    Attributes:
        id: The client identifier (RFC 6749, section 2.2); empty where the grant itself says who
            asks (RFC 7521, section 4.1), and then no request names a client.
        secret: The client secret; None for a public client.
        method: How it authenticates at the token endpoint: "none", "client_secret_basic",
            "client_secret_post" (RFC 7591, section 2) or "private_key_jwt" (RFC 7523).
        assertion: Signs an assertion, a new one for each request; needed for "private_key_jwt":
            see `keyhole.oauth.assertion`.
    """

    id: str
    secret: Secret | None = None
    method: str = NONE
    assertion: Callable[[], Secret] | None = field(default=None, repr=False)

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
        if self.method == PRIVATE_KEY_JWT:
            # The assertion's `sub` is the client: a `client_id` beside it would only repeat it.
            return {"client_assertion_type": _ASSERTION_TYPE, "client_assertion": self._signed()}
        return {"client_id": self.id} if self.id else {}

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

    def _signed(self) -> str:
        """A new assertion's text.

        Raises:
            OAuthError: There is no key.
        """
        if self.assertion is None:
            raise OAuthError(
                f"the client {self.id} authenticates with a key, and there is none",
                remedy="configure the client's private key",
                code="invalid_client",
            )
        return self.assertion().reveal()
