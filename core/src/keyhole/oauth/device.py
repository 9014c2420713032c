"""The device flow: a code to type in a browser anywhere (RFC 8628)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from keyhole.errors import LoginFailedError, NetworkError, OAuthError, ServerError
from keyhole.frozen import frozen
from keyhole.message import Request, Response
from keyhole.oauth.client import Client
from keyhole.oauth.flow import Flow, Pause
from keyhole.oauth.grant import Grant, fields_of, granted, refusal, seconds_of
from keyhole.oauth.server import ServerMetadata
from keyhole.oauth.token import LIMIT, TIMEOUT, TokenEndpoint
from keyhole.oauth.url import secure
from keyhole.redaction import printable
from keyhole.secret import Secret

__all__ = ["DEVICE", "DeviceCode", "ask_device", "poll"]

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
"""The grant type (RFC 8628, section 3.4)."""

_INTERVAL = 5.0
_SLOWER = 5.0
_LONGEST_INTERVAL = 60.0
_LONGEST_LIFE = 1800.0
_LONGEST_CODE = 64
_OK = 200


@frozen
class DeviceCode:
    """What the server answered (RFC 8628, section 3.2).

    Attributes:
        device_code: What asks for the token.
        user_code: What the person types.
        verification_uri: Where.
        verification_uri_complete: The same with the code in it; "" where there is none.
        expires_at: The end of both codes, in seconds since the epoch by this machine's clock.
        interval: The seconds between two requests.
    """

    device_code: Secret
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_at: float
    interval: float


def ask_device(
    server: ServerMetadata,
    client: Client,
    now: Callable[[], float],
    *,
    scope: str = "",
    resource: str = "",
) -> Flow[DeviceCode]:
    """Asks for a device code and a code for the person (RFC 8628, section 3.1).

    Args:
        server: By whom.
        client: For whom.
        now: The clock, in seconds since the epoch.
        scope: What, separated by spaces.
        resource: For which resource server (RFC 8707).

    Raises:
        NetworkError: The server can't be reached, or its answer is none.
        OAuthError: The server refuses, or offers no device flow.
    """
    where = server.where or server.issuer or server.token_endpoint
    url = secure(server.device_authorization_endpoint, "device_authorization_endpoint", where=where)
    asked = {"scope": scope, "resource": resource}
    body = {name: value for name, value in asked.items() if value} | dict(client.fields())
    response = yield Request(
        url,
        "POST",
        {
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
            **client.headers(),
        },
        urlencode(body).encode(),
        timeout=TIMEOUT,
        limit=LIMIT,
    )
    return _device_code(response, where=url, now=now())


def poll(device: DeviceCode, endpoint: TokenEndpoint) -> Flow[Grant]:
    """Asks for the token until the person has agreed (RFC 8628, sections 3.4 and 3.5).

    Raises:
        LoginFailedError: The code ended before the person agreed.
        OAuthError: The person denied it ("access_denied"), or the server refuses.
    """
    interval = device.interval
    while endpoint.now() + interval < device.expires_at:
        yield Pause(interval)
        asked_at = endpoint.now()
        try:
            response = yield endpoint.request(
                grant_type=DEVICE, device_code=device.device_code.reveal()
            )
        except NetworkError:
            interval = min(2 * interval, _LONGEST_INTERVAL)  # section 3.5: back off and go on
            continue
        code = fields_of(response).get("error")
        if code == "slow_down":
            interval += _SLOWER
        elif code == "expired_token":
            break
        elif code != "authorization_pending":
            try:
                return granted(response, where=endpoint.url, asked_at=asked_at, now=endpoint.now())
            except ServerError as busy:
                interval = max(interval, min(busy.retry_after or 0.0, _LONGEST_INTERVAL))
            except NetworkError:  # a proxy's page, or a server that failed
                interval = min(2 * interval, _LONGEST_INTERVAL)
    raise LoginFailedError(
        "the code ended before anybody agreed",
        where=endpoint.url,
        remedy="begin again, and type the new code",
    )


def _device_code(response: Response, *, where: str, now: float) -> DeviceCode:
    fields = fields_of(response)
    if response.status != _OK:
        raise refusal(response, fields, where=where)
    device_code, user_code = fields.get("device_code"), fields.get("user_code")
    lifetime = seconds_of(fields.get("expires_in"))
    if not (_is_code(device_code, LIMIT) and _is_code(user_code, _LONGEST_CODE) and lifetime):
        raise NetworkError(
            "the answer holds no device code",
            where=where,
            remedy="ask whoever runs the authorization server",
        )
    interval = seconds_of(fields.get("interval"))
    return DeviceCode(
        device_code=Secret(str(device_code)),
        user_code=printable(str(user_code)),
        verification_uri=_address(fields, "verification_uri", where),
        verification_uri_complete=_complete(fields, where),
        expires_at=now + min(lifetime, _LONGEST_LIFE),
        interval=min(_INTERVAL if interval is None else max(interval, 1.0), _LONGEST_INTERVAL),
    )


def _is_code(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest


def _address(fields: Mapping[str, Any], name: str, where: str) -> str:
    # "verification_url" is what some servers say, from a draft.
    return secure(fields.get(name) or fields.get("verification_url"), name, where=where)


def _complete(fields: Mapping[str, Any], where: str) -> str:
    """The address with the code in it; optional, so that a bad one is as good as none."""
    try:
        return secure(fields.get("verification_uri_complete"), "it", where=where)
    except OAuthError:
        return ""
