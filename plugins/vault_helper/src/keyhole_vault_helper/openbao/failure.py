"""What an answer that is none means, in words, with what to do about it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from hvac import exceptions

from keyhole.redaction import printable, redact
from keyhole_vault_helper.errors import DeniedError, OutageError, VaultError
from keyhole_vault_helper.openbao.connection import Connection

__all__ = ["MissingError", "PolicyError", "SealedError", "StandbyError", "told", "understood"]

_NAME_MISMATCH = {62, 64}
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH."""

_NO_LEADER = ("local node not active", "active cluster node not found", "no active node")
_ELSEWHERE = "wait for the cluster to elect a leader, or name another node in 'vault.address'"
_LONGEST = 300


class SealedError(OutageError):
    """It is sealed, or was never initialised."""


class StandbyError(OutageError):
    """It is a standby, and there is no active node that it could ask."""


class PolicyError(DeniedError):
    """It knows the token, or nobody asked yet, and answers 403."""


class MissingError(VaultError):
    """There is nothing at that path.

    Attributes:
        answer: What it says of it all the same: that a version was deleted.
    """

    def __init__(self, problem: str, answer: Mapping[str, Any], **more: str) -> None:
        super().__init__(problem, **more)
        self.answer = answer


class _Strange(Exception):  # noqa: N818  # it never leaves this module
    """An answer that is no vault's."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__("strange")
        self.response = response


def understood(answer: Any) -> Mapping[str, Any]:
    """The JSON object of an answer; empty where it has no content.

    Raises:
        _Strange: It is a redirect, or no JSON.
    """
    if isinstance(answer, dict):
        return answer
    if isinstance(answer, requests.Response) and answer.status_code == requests.codes.no_content:
        return {}
    raise _Strange(answer)


def told(error: Exception, connection: Connection, doing: str) -> VaultError:
    """The error to raise.

    Args:
        error: What went wrong.
        connection: With whom.
        doing: What was asked for.
    """
    if isinstance(error, VaultError):
        return error
    if isinstance(error, TimeoutError | requests.exceptions.Timeout):
        return _slow(connection, doing)
    if isinstance(error, requests.exceptions.RequestException | OSError):
        return _unreachable(error, connection)
    if isinstance(error, exceptions.VaultError):
        return _refused(error, connection, doing)
    if isinstance(error, _Strange):
        return _strange(error.response, connection)
    raise error


def _slow(connection: Connection, doing: str) -> OutageError:
    return OutageError(
        f"no answer within {connection.timeout:g} seconds (asked to {doing})",
        where=connection.address,
        remedy="check the server's load and the network; 'vault.timeout' gives it longer",
    )


def _unreachable(error: Exception, connection: Connection) -> VaultError:
    where = connection.address
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted(cause, where)
        if isinstance(cause, ssl.SSLError):
            return _no_tls(cause, where)
        if isinstance(cause, OSError) and cause.strerror and cause.errno:
            return OutageError(
                f"it can't be reached: {cause.strerror}",
                where=where,
                remedy="check that the server runs, 'vault.address' and the network",
            )
    return OutageError(
        f"the connection failed ({type(error).__name__})",
        where=where,
        remedy="check 'vault.address', the proxy and the network",
    )


def _untrusted(error: ssl.SSLCertVerificationError, where: str) -> VaultError:
    if error.verify_code in _NAME_MISMATCH:
        return VaultError(
            "the TLS certificate of the server is for another name",
            where=where,
            remedy="use the name that the certificate has, in 'vault.address' or "
            "VAULT_TLS_SERVER_NAME",
        )
    return VaultError(
        f"the TLS certificate of the server is not trusted: {printable(error.verify_message)}",
        where=where,
        remedy="name the file with the authority that signed it in 'vault.ca_cert' (or "
        "BAO_CACERT, VAULT_CACERT)",
    )


def _no_tls(error: ssl.SSLError, where: str) -> VaultError:
    reason = (error.reason or "unknown").replace("_", " ").lower()
    remedy = "check 'vault.client_cert' and 'vault.client_key', if the server asks for them"
    if "wrong version" in reason:
        remedy = "the server speaks no TLS there: check the port and the scheme of 'vault.address'"
    return VaultError(f"TLS failed: {printable(reason)}", where=where, remedy=remedy)


def _refused(error: exceptions.VaultError, connection: Connection, doing: str) -> VaultError:
    said, where = _said(error), connection.address
    asked = f"the vault refused to {doing}" + (f": {said}" if said else "")
    match error:
        case exceptions.VaultDown():
            return SealedError(
                "the vault is sealed" if "sealed" in said.lower() else f"it is down: {said}",
                where=where,
                remedy="whoever holds its unseal keys runs `bao operator unseal`",
            )
        case exceptions.VaultNotInitialized():
            return SealedError(
                "the vault was never initialised",
                where=where,
                remedy="its operator runs `bao operator init`",
            )
        case exceptions.Forbidden() | exceptions.Unauthorized():
            return PolicyError(asked, where=where, remedy="`keyhole vault check` says which step")
        case exceptions.InvalidPath():
            return MissingError(asked, _json(error), where=where)
        case exceptions.InternalServerError() if any(one in said for one in _NO_LEADER):
            return StandbyError(
                "this node is a standby, and there is no active node that it could ask",
                where=where,
                remedy=_ELSEWHERE,
            )
        case exceptions.InternalServerError() | exceptions.BadGateway():
            return OutageError(
                f"the server failed: {said or 'it does not say why'}",
                where=where,
                remedy="its operator's logs say more; try again later",
            )
        case exceptions.RateLimitExceeded():
            return OutageError("it has too many requests now", where=where, remedy="try again")
        case exceptions.InvalidRequest() if "HTTP request to an HTTPS server" in said:
            return VaultError(
                "it speaks TLS, and was asked without",
                where=where,
                remedy="write https:// in 'vault.address'",
            )
        case _:
            return VaultError(asked, where=where, remedy="`keyhole vault check` says which step")


def _strange(response: requests.Response, connection: Connection) -> VaultError:
    if response.status_code == requests.codes.temporary_redirect:
        return StandbyError(
            "this node is a standby that can't hand the request on; it names another server, to "
            "which no token is sent",
            where=connection.address,
            remedy=_ELSEWHERE,
        )
    if response.is_redirect:
        return OutageError(
            "it sends keyhole to another server, to which no token is sent",
            where=connection.address,
            remedy="name that server in 'vault.address', if it is the vault",
        )
    return OutageError(
        f"what answers there is no vault (HTTP {response.status_code}, and no JSON)",
        where=connection.address,
        remedy="check 'vault.address', and the proxy if there is one",
    )


def _said(error: exceptions.VaultError) -> str:
    """What the server complains of, in one line, without what looks like a secret."""
    errors = error.errors if isinstance(error.errors, list) else [error.text]
    lines = " ".join(str(one) for one in errors if one).split()
    return printable(redact(" ".join(lines)))[:_LONGEST]


def _json(error: exceptions.VaultError) -> Mapping[str, Any]:
    found: Any = error.json
    return found if isinstance(found, dict) else {}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Everything behind an error; urllib3 keeps the reason in an attribute of its own."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        linked = [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
        waiting += [one for one in linked if isinstance(one, BaseException)]
