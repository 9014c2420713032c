"""Each way to log in, at a real OpenBao."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from components.openbao import Bao, Refused
from keyhole_vault_helper.errors import DeniedError, VaultError

pytestmark = pytest.mark.real

KEY = "sk-ant-api03-fake-from-the-vault"


@pytest.fixture
def app_role(bao: Bao, site: Any) -> Any:
    """A role that reads, and how it is configured: `app_role(secret_id_num_uses=1)`."""
    site.environ.clear()

    def make(**options: Any) -> dict[str, str]:
        role = f"role-{site.home.name}"[:60]
        limits = {"token_policies": ["reads"], "token_ttl": "1h", **options}
        bao.ask("POST", f"auth/approle/role/{role}", **limits)
        found = bao.ask("GET", f"auth/approle/role/{role}/role-id")["data"]["role_id"]
        site.configure(path="secret/anthropic", address=bao.address, auth="approle", role_id=found)
        return {"role": role, "role_id": found}

    return make


def _secret_id(bao: Bao, role: str, wrap: str = "") -> str:
    made = bao.ask("POST", f"auth/approle/role/{role}/secret-id", wrap=wrap, ttl="10m")
    return str(made["wrap_info"]["token"] if wrap else made["data"]["secret_id"])


@pytest.mark.parametrize("name", ["VAULT_TOKEN", "BAO_TOKEN"])
def test_a_token_in_a_variable(bao: Bao, site: Any, name: str) -> None:
    """A token in the variable of either vendor reads the key, and is not kept."""
    site.environ = {name: bao.child("reads")}
    assert site.key() == KEY
    assert site.environ[name] not in _everything_below(site.home)


def test_the_token_of_the_command_line(bao: Bao, site: Any) -> None:
    """The token that `bao login` has left in ~/.vault-token reads the key."""
    site.environ.clear()
    site.write(".vault-token", f"{bao.child('reads')}\n")
    assert site.key() == KEY


def test_an_agents_sink_is_read_at_each_login(bao: Bao, site: Any) -> None:
    """A sink file's token is the one that is there then; one that has ended is said with what to do."""
    site.environ.clear()
    sink = site.write("sink", bao.child("reads"))
    site.configure(path="secret/anthropic", address=bao.address, token_file=sink, refresh=0.001)
    assert site.key() == KEY
    bao.ask("POST", "auth/token/revoke", token=Path(sink).read_text())
    with pytest.raises(DeniedError, match="the token is not good") as caught:
        site.key()
    assert "bao login" in caught.value.remedy
    site.write("sink", bao.child("reads"))
    assert site.key() == KEY


def test_a_wrapped_sink_is_unwrapped_once(bao: Bao, site: Any) -> None:
    """What a wrapped sink file stands for is kept, so that the key is read again and again."""
    site.environ.clear()
    wrapped = bao.ask("POST", "auth/token/create", wrap="60s", policies=["reads"])["wrap_info"]
    sink = site.write("sink", f'{{"token": "{wrapped["token"]}", "ttl": 60}}')
    options = {"token_file": sink, "token_wrapped": True, "refresh": 0.001}
    site.configure(path="secret/anthropic", address=bao.address, **options)
    assert [site.key(), site.key()] == [KEY, KEY]


def test_a_renewable_token_lives_longer(bao: Bao, site: Any) -> None:
    """A token of which little time is left is made to live longer when the vault is asked."""
    token = bao.child("reads", ttl="1h", explicit_max_ttl="2h")
    bao.ask("POST", "auth/token/renew", token=token, increment="10s")
    assert bao.ask("POST", "auth/token/lookup", token=token)["data"]["ttl"] <= 10
    site.environ = {"VAULT_TOKEN": token}
    assert site.key() == KEY
    assert bao.ask("POST", "auth/token/lookup", token=token)["data"]["ttl"] > 3000


@pytest.mark.parametrize("place", ["file", "variable"])
def test_app_role(bao: Bao, site: Any, app_role: Any, place: str) -> None:
    """A role id and a secret id, from a file or from a variable, log in once for all reads."""
    role = app_role(secret_id_num_uses=1)
    secret_id = _secret_id(bao, role["role"])
    options = {"role_id_file": site.write("role-id", role["role_id"]), "refresh": 0.001}
    if place == "file":
        options["secret_id_file"] = site.write("secret-id", f"{secret_id}\n")
    else:
        site.environ["VAULT_SECRET_ID"] = secret_id
    site.configure(path="secret/anthropic", address=bao.address, auth="approle", **options)
    assert [site.key(), site.key()] == [KEY, KEY]


def test_a_wrapped_secret_id(bao: Bao, site: Any, app_role: Any) -> None:
    """What a wrapping token stands for is kept: when the login has ended, it logs in again."""
    role = app_role()
    file = site.write("secret-id", _secret_id(bao, role["role"], wrap="60s"))
    options = {"role_id": role["role_id"], "secret_id_file": file, "secret_id_wrapped": True}
    site.configure(
        path="secret/anthropic", address=bao.address, auth="approle", refresh=0.001, **options
    )
    assert site.key() == KEY
    _revoke_all(bao, role["role"])
    assert site.key() == KEY


@pytest.mark.parametrize("how", ["spent", "expired"])
def test_a_spent_secret_id_names_itself(bao: Bao, site: Any, app_role: Any, how: str) -> None:
    """A wrapped secret id that somebody has unwrapped, or that has expired, says so; nothing of it is kept."""
    role = app_role()
    wrapping = _secret_id(bao, role["role"], wrap="60s" if how == "spent" else "1s")
    if how == "spent":
        bao.ask("POST", "sys/wrapping/unwrap", by=wrapping)
    else:
        _until_gone(bao, wrapping)
    file = site.write("secret-id", wrapping)
    options = {"role_id": role["role_id"], "secret_id_file": file, "secret_id_wrapped": True}
    site.configure(path="secret/anthropic", address=bao.address, auth="approle", **options)
    with pytest.raises(VaultError, match="unwrapped before, or has expired") as caught:
        site.key()
    assert "somebody else did" in caught.value.remedy
    assert wrapping not in str(caught.value)
    assert not site.host.tokens(site.machine()).index.entries()


def test_a_wrong_secret_id_names_itself(site: Any, app_role: Any) -> None:
    """A login that is refused says who refused what, and keeps nothing."""
    app_role()
    site.environ["VAULT_SECRET_ID"] = "fake-wrong"
    with pytest.raises(VaultError, match=r"refused to log in with approle: invalid") as caught:
        site.key()
    assert "fake-wrong" not in str(caught.value)


def test_a_revoked_login_is_made_anew(bao: Bao, site: Any, app_role: Any) -> None:
    """When keyhole's own token was revoked, it logs in again, and nobody notices."""
    role = app_role()
    site.environ["VAULT_SECRET_ID"] = _secret_id(bao, role["role"])
    options = {"auth": "approle", "role_id": role["role_id"], "refresh": 0.001}
    site.configure(path="secret/anthropic", address=bao.address, **options)
    assert site.key() == KEY
    _revoke_all(bao, role["role"])
    assert site.key() == KEY


def test_keyholes_token_is_renewed_in_time(bao: Bao, site: Any, app_role: Any) -> None:
    """After two thirds of its time the token is renewed, and stays the same."""
    role = app_role(token_ttl="30s", token_max_ttl="1h")
    site.environ["VAULT_SECRET_ID"] = _secret_id(bao, role["role"])
    options = {"auth": "approle", "role_id": role["role_id"], "refresh": 0.001}
    site.configure(path="secret/anthropic", address=bao.address, **options)
    site.key()
    (accessor,) = _accessors(bao, role["role"])
    _age(site, 21)
    site.key()
    assert _accessors(bao, role["role"]) == [accessor]
    assert bao.ask("POST", "auth/token/lookup-accessor", accessor=accessor)["data"]["last_renewal"]


def test_a_policy_that_is_missing_is_named(bao: Bao, site: Any) -> None:
    """A token that may not read the path is told the very line that its policies lack."""
    site.environ = {"VAULT_TOKEN": bao.child("default")}
    with pytest.raises(DeniedError, match="lets it read secret/anthropic") as caught:
        site.key()
    line = 'path "secret/data/anthropic" { capabilities = ["read"] }'
    assert line in caught.value.remedy
    bao.ask("PUT", "sys/policies/acl/from-the-remedy", policy=line)
    site.environ = {"VAULT_TOKEN": bao.child("from-the-remedy")}
    assert site.key() == KEY


def _until_gone(bao: Bao, wrapping: str) -> None:
    until = time.monotonic() + 60
    with suppress(Refused):
        while time.monotonic() < until:
            bao.ask("POST", "sys/wrapping/lookup", token=wrapping)
            time.sleep(0.1)


def _accessors(bao: Bao, role: str) -> list[str]:
    """The accessors of all tokens that a role has got."""
    found = bao.ask("LIST", "auth/token/accessors")["data"]["keys"]
    abouts = [bao.ask("POST", "auth/token/lookup-accessor", accessor=one)["data"] for one in found]
    return [one["accessor"] for one in abouts if (one["meta"] or {}).get("role_name") == role]


def _revoke_all(bao: Bao, role: str) -> None:
    for accessor in _accessors(bao, role):
        bao.ask("POST", "auth/token/revoke-accessor", accessor=accessor)


def _age(site: Any, seconds: float) -> None:
    """Makes all that is kept older, by so many seconds."""
    for path in (site.home / ".local/share/keyhole/tokens").glob("*.json"):
        fields = json.loads(path.read_text())
        for name in ("issued_at", "expires_at"):
            if name in fields:
                fields[name] -= seconds
        path.write_text(json.dumps(fields))


def _everything_below(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
