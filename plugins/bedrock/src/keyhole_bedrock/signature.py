"""Signature Version 4 over a request as it is sent.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html. botocore does the work; its
`add_auth` is not used, because it writes the session token into the debug log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from keyhole.errors import RefusedError
from keyhole.message import Outgoing
from keyhole_bedrock.keys import Keys
from keyhole_bedrock.target import Target

__all__ = ["sign"]

_SIGNED = ("content-type", "host")
_OURS = frozenset({"x-amz-date", "x-amz-security-token"})


def sign(request: Outgoing, keys: Keys, target: Target) -> dict[str, str]:
    """The headers that authenticate a request.

    Raises:
        RefusedError: The body is a stream, of which there is no digest before it is sent.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    own = {**target.headers(), "x-amz-date": stamp}
    token = keys.session_token.reveal() if keys.session_token else None
    if token:
        own["x-amz-security-token"] = token
    outgoing = AWSRequest(
        request.method, str(request.url), {**_present(request), **own}, _body(request)
    )
    outgoing.context["timestamp"] = stamp
    credentials = Credentials(keys.access_key_id, keys.secret_access_key.reveal(), token)
    signer = SigV4Auth(credentials, target.product.service, target.region)
    text = signer.string_to_sign(outgoing, signer.canonical_request(outgoing))
    signed = signer.signed_headers(signer.headers_to_sign(outgoing))
    own["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={signer.scope(outgoing)}, SignedHeaders={signed}, "
        f"Signature={signer.signature(text, outgoing)}"
    )
    return own


def _present(request: Outgoing) -> Mapping[str, str]:
    """The request's own headers that have to be signed; a proxy may change the others."""
    lower = {name.lower(): value for name, value in request.headers.items()}
    return {
        name: value
        for name, value in lower.items()
        if name not in _OURS and (name in _SIGNED or name.startswith("x-amz"))
    }


def _body(request: Outgoing) -> bytes:
    try:
        return request.content
    except RuntimeError:
        pass
    raise RefusedError(
        "a request with a body that is a stream can't be signed",
        where=str(request.url).partition("?")[0],
        remedy="send the body as bytes, or use keyhole.sdk_client()",
    )
