"""The secrets engines: where a secret is below its mount, and what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from keyhole.frozen import evolve, frozen
from keyhole.record import Extra
from keyhole.redaction import printable
from keyhole.secret import Secret
from keyhole_vault_helper.errors import DeniedError, OutageError, VaultError
from keyhole_vault_helper.openbao.wanted import Wanted

if TYPE_CHECKING:
    from keyhole_vault_helper.openbao.server import Answer, Server

__all__ = ["Held", "Spot", "explained", "located", "read"]


@frozen
class Spot:
    """A secret in an engine.

    Attributes:
        engine: "kv1", "kv2" or "dynamic".
        mount: Where the engine is mounted.
        path: The path below that.
        version: The version of a KV v2 secret; 0 for the newest.
    """

    engine: str
    mount: str
    path: str
    version: int = 0

    @property
    def api(self) -> str:
        """The path in the API, which policies are about."""
        return f"{self.mount}/data/{self.path}" if self.engine == "kv2" else str(self)

    @property
    def policy(self) -> str:
        """What a policy needs so that it can be read."""
        return f'path "{self.api}" {{ capabilities = ["read"] }}'

    def __str__(self) -> str:
        return f"{self.mount}/{self.path}"


@frozen
class Held:
    """What a secret holds.

    Attributes:
        fields: Its fields.
        seconds: For how long it is leased; None where it is not.
        lease: The lease; empty where there is none.
        renewable: Whether the lease can be made longer.
        ends_at: When this version is deleted, in seconds since the epoch; None if that is not set.
        refresh: After how many seconds a KV v1 secret asks to be read again; None if it does not.
    """

    fields: Extra
    seconds: float | None = None
    lease: str = ""
    renewable: bool = False
    ends_at: float | None = None
    refresh: float | None = None


def located(server: Server, want: Wanted, token: Secret) -> Spot:
    """Where the secret is; the server is asked where only it knows.

    A token that may not ask sees the path as a KV v2 secret in the mount of its first part, which
    is what the vendors set up first; reading says then what is missing.
    """
    if want.engine != "auto":
        return _split(want, want.engine)
    try:
        said = server.ask("say which engine is there", _preflight(want.path), token)["data"]
    except OutageError:
        raise
    except VaultError:
        return _split(want, "kv2")
    engine = "dynamic"
    if said["type"] in ("kv", "generic"):
        engine = "kv2" if (said.get("options") or {}).get("version") == "2" else "kv1"
    return _split(evolve(want, mount=str(said["path"]).strip("/")), engine)


def read(server: Server, spot: Spot, token: Secret) -> Held:
    """Reads a secret.

    Raises:
        DeniedError: No policy allows it, or the token is not good.
        VaultError: It is not there, or was deleted.
    """
    query = {"version": spot.version} if spot.engine == "kv2" and spot.version else {}
    # hvac's own `read` knows no query, and its KV classes would want one each.
    url = f"/v1/{quote(spot.api)}"
    from keyhole_vault_helper.openbao.failure import MissingError

    try:
        answer = server.ask(
            f"read {spot}", lambda client: client.adapter.get(url, params=query), token
        )
    except MissingError as error:
        raise _missing(spot, error.answer, error.where) from None
    return _of_kv2(answer) if spot.engine == "kv2" else _of_others(spot, answer)


def _preflight(path: str) -> Any:
    url = f"/v1/sys/internal/ui/mounts/{quote(path)}"
    return lambda client: client.adapter.get(url)


def _split(want: Wanted, engine: str) -> Spot:
    first, _, rest = want.path.partition("/")
    mount = want.mount or first
    path = want.path.removeprefix(f"{mount}/") if not want.mount else _below(want)
    return Spot(engine, mount, path or rest, want.version)


def _below(want: Wanted) -> str:
    """The path below its mount, with which the configuration may write it or not."""
    return want.path.removeprefix(f"{want.mount}/")


def _of_kv2(answer: Answer) -> Held:
    data = answer["data"]
    ends = _moment((data.get("metadata") or {}).get("deletion_time"))
    return Held(Extra(data.get("data")), ends_at=ends)


def _of_others(spot: Spot, answer: Answer) -> Held:
    data, seconds = Extra(answer.get("data")), answer.get("lease_duration") or None
    if spot.engine == "kv1":
        # It has no lease: what it says is how often it wants to be read.
        return Held(data, refresh=seconds)
    if not seconds and isinstance(data.get("ttl"), int):
        seconds = data["ttl"]
    return Held(data, seconds, answer.get("lease_id") or "", bool(answer.get("renewable")))


def _missing(spot: Spot, answer: Mapping[str, Any], where: str) -> VaultError:
    data = answer.get("data")
    about = (data.get("metadata") or {}) if isinstance(data, dict) else {}
    version = about.get("version")
    if about.get("destroyed"):
        return VaultError(
            f"version {version} of {spot} was destroyed",
            where=where,
            remedy="name another in 'vault.version', or write the key again with `bao kv put`",
        )
    if about.get("deletion_time"):
        return VaultError(
            f"version {version} of {spot} was deleted at {printable(str(about['deletion_time']))}",
            where=where,
            remedy=f"`bao kv undelete -mount={spot.mount} -versions={version} {spot.path}`, or "
            "name another in 'vault.version'",
        )
    if spot.version:
        return VaultError(
            f"there is nothing at {spot} in version {spot.version}",
            where=where,
            remedy=f"correct 'vault.version'; `bao kv metadata get -mount={spot.mount} "
            f"{spot.path}` lists the versions",
        )
    return VaultError(
        f"there is nothing at {spot}",
        where=where,
        remedy="check 'vault.path', 'vault.mount' and 'vault.engine'; `bao kv get "
        f"-mount={spot.mount} {spot.path}` looks at the same place",
    )


def _moment(text: object) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp() if text else None
    except ValueError:
        return None


def explained(error: DeniedError, spot: Spot) -> DeniedError:
    """A refusal to a token that is good: what its policies lack."""
    return DeniedError(
        f"no policy of the token lets it read {spot}",
        where=error.where,
        remedy=f"whoever writes the policies adds: {spot.policy}",
    )
