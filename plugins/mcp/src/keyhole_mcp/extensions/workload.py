"""Where a workload's token comes from: `io.modelcontextprotocol/auth/wif`.

The platform that runs a program vouches for it with a signed token, which `jwt_bearer` redeems:
there is no secret to keep. Platforms exchange their tokens every few minutes, so each is read when
it is needed and kept nowhere.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from keyhole.errors import BrokenCredentialError, NetworkError
from keyhole.files import Text
from keyhole.message import Request, Response
from keyhole.oauth.flow import Flow
from keyhole.oauth.grant import fields_of
from keyhole.oauth.url import secure
from keyhole.secret import Secret

__all__ = ["REQUEST_TOKEN", "REQUEST_URL", "from_file", "from_github"]

REQUEST_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
REQUEST_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105  # a variable's name

_OK = 200
_SERVER_FAILED = 500
_TOO_MANY = 429
_PARTS_OF_A_JWT = 3


def from_file(file: Text) -> Secret:
    """The token in a file that the platform writes: Kubernetes, SPIFFE, a cloud's agent.

    Args:
        file: The file, as it was read for this request.

    Raises:
        BrokenCredentialError: There is none, or it holds no signed token.
    """
    where = str(file.path)
    if file.content is None:
        raise BrokenCredentialError(
            f"the workload's token can't be read: the file {file.problem or 'does not exist'}",
            where=where,
            remedy="check `assertion_file`, and whether the platform mounts the token",
        )
    return _checked(file.content.reveal().strip(), where)


def from_github(url: str, token: Secret, audience: str) -> Flow[Secret]:
    """Asks GitHub Actions for the token of the job that is running.

    The job needs `permissions: id-token: write`. https://docs.github.com/actions/concepts/security/openid-connect

    Args:
        url: What `ACTIONS_ID_TOKEN_REQUEST_URL` says.
        token: What `ACTIONS_ID_TOKEN_REQUEST_TOKEN` says; it is good at that URL alone.
        audience: Who will redeem it: the issuer of the MCP server's authorization server.

    Raises:
        BrokenCredentialError: GitHub refuses, or its answer holds no signed token.
        NetworkError: It can't be reached, or is of no use now.
    """
    where = secure(url, REQUEST_URL, where=REQUEST_URL)
    response = yield Request(
        _asking_for(where, audience),
        headers={"authorization": f"bearer {token.reveal()}", "accept": "application/json"},
    )
    _check_answer(response)
    value = fields_of(response).get("value")
    return _checked(value if isinstance(value, str) else "", REQUEST_URL)


def _asking_for(url: str, audience: str) -> str:
    """The URL with the audience in its query, which has an `api-version` already."""
    parts = urlsplit(url)
    asked = [pair for pair in parse_qsl(parts.query) if pair[0] != "audience"]
    return urlunsplit(parts._replace(query=urlencode([*asked, ("audience", audience)])))


def _check_answer(response: Response) -> None:
    if response.status == _OK:
        return
    if response.status >= _SERVER_FAILED or response.status == _TOO_MANY:
        raise NetworkError(
            f"GitHub gives no token now (HTTP {response.status})",
            where=REQUEST_URL,
            remedy="try again later",
        )
    raise BrokenCredentialError(
        f"GitHub gives this job no token (HTTP {response.status})",
        where=REQUEST_URL,
        remedy="give the job `permissions: id-token: write`",
    )


def _checked(text: str, where: str) -> Secret:
    """A token that looks like a signed one: what is none, may be another secret, is not sent."""
    parts = text.split(".")
    plain = text.isascii() and text.isprintable() and " " not in text
    if not plain or len(parts) != _PARTS_OF_A_JWT or not all(parts):
        raise BrokenCredentialError(
            "there is no signed token (JWT) there",
            where=where,
            remedy="check which token the platform gives",
        )
    return Secret(text)
