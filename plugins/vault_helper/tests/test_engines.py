"""What is read in a real OpenBao: both KV versions, and what is missing there."""

from __future__ import annotations

import time
from typing import Any

import pytest

from components.openbao import Bao, Refused
from keyhole_vault_helper.errors import VaultError

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    "options",
    [
        {"path": "secret/anthropic"},
        {"path": "secret/anthropic", "engine": "kv2"},
        {"path": "anthropic", "engine": "kv2", "mount": "secret"},
        {"path": "secret/anthropic", "mount": "secret", "engine": "kv2", "field": "api_key"},
        {"path": "kv1/anthropic"},
        {"path": "kv1/anthropic", "engine": "kv1", "field": "api_key"},
    ],
    ids=str,
)
def test_both_kv_versions_are_read(bao: Bao, site: Any, options: dict[str, str]) -> None:
    """A key in KV v1 or v2 is read, whether the engine is named or the server says it."""
    site.configure(address=bao.address, **options)
    assert site.key() == "sk-ant-api03-fake-from-the-vault"


def test_a_version_is_pinned(bao: Bao, site: Any) -> None:
    """With a version that older one is read, whatever was written since."""
    for number in (1, 2, 3):
        bao.ask("POST", "secret/data/pinned", data={"api_key": f"fake-{number}"})
    site.configure(address=bao.address, path="secret/pinned", version=2)
    assert site.key() == "fake-2"
    site.configure(address=bao.address, path="secret/pinned")
    assert site.key() == "fake-3"


def test_a_namespace(bao: Bao, site: Any) -> None:
    """With a namespace the key of that one is read; the variable of the vendors names one, too."""
    bao.ask("POST", "sys/namespaces/team")
    bao.ask("POST", "team/sys/mounts/secret", type="kv", options={"version": "2"})
    until = time.monotonic() + 60
    while True:  # A new KV v2 engine is not ready at once.
        try:
            bao.ask("POST", "team/secret/data/anthropic", data={"api_key": "fake-of-the-team"})
            break
        except Refused:
            assert time.monotonic() < until
            time.sleep(0.05)
    site.configure(path="secret/anthropic", address=bao.address, namespace="team")
    assert site.key() == "fake-of-the-team"
    site.configure(path="secret/anthropic", address=bao.address)
    assert site.key() == "sk-ant-api03-fake-from-the-vault"
    site.environ["BAO_NAMESPACE"] = "team/"
    assert site.key() == "fake-of-the-team"


def test_what_a_secret_says_of_its_time(bao: Bao, site: Any) -> None:
    """A KV v1 secret says how often it is read; the end of a KV v2 version is the end of the key."""
    bao.ask("POST", "kv1/hinted", api_key="fake", ttl="7s")
    site.configure(path="kv1/hinted", address=bao.address, field="api_key", refresh=3600)
    assert site.kept().current().extra["vault"]["refresh"] == 7
    bao.ask("POST", "secret/metadata/ending", delete_version_after="1h")
    bao.ask("POST", "secret/data/ending", data={"api_key": "fake"})
    site.configure(path="secret/ending", address=bao.address)
    ends_at = site.kept().current().expires_at
    assert ends_at is not None
    assert 0 < ends_at - time.time() <= 3600


def _deleted(bao: Bao) -> None:
    bao.ask("POST", "secret/data/gone", data={"api_key": "fake"})
    bao.ask("DELETE", "secret/data/gone")


def _destroyed(bao: Bao) -> None:
    bao.ask("POST", "secret/data/gone", data={"api_key": "fake"})
    bao.ask("PUT", "secret/destroy/gone", versions=[1])


def _several(bao: Bao) -> None:
    bao.ask("POST", "secret/data/gone", data={"api_key": "fake", "owner": "ada"})


def _shape(value: Any) -> Any:
    return lambda bao: bao.ask("POST", "secret/data/gone", data={"api_key": value})


WRONG: dict[str, tuple[Any, dict[str, Any], str, str]] = {
    "nothing there": (lambda _: None, {}, "nothing at secret/gone", "vault.path"),
    "deleted": (_deleted, {}, "version 1 of secret/gone was deleted at 20", "bao kv undelete"),
    "destroyed": (_destroyed, {}, "version 1 of secret/gone was destroyed", "bao kv put"),
    "no such version": (_several, {"version": 9}, "in version 9", "vault.version"),
    "several fields": (_several, {}, "several fields; the fields are: api_key, owner", "field"),
    "a wrong field": (_several, {"field": "apikey"}, "did you mean api_key?", "vault.field"),
    "no text": (_shape(7), {}, "is not a text", "on one line"),
    "empty": (_shape(""), {}, "is empty", "on one line"),
    "two lines": (_shape("a\nb"), {}, "a line break at character 2", "on one line"),
    "a subscription's": (_shape("sk-ant-oat01-fake"), {}, "subscription's token", "again"),
    "no mount": (lambda _: None, {"path": "nowhere/x"}, "nothing at nowhere/x", "vault.mount"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_what_is_wrong_names_itself(bao: Bao, site: Any, case: Any) -> None:
    """What is missing or no key is said with its remedy, and nothing of a value shows."""
    arrange, options, problem, remedy = case
    bao.ask("DELETE", "secret/metadata/gone")
    arrange(bao)
    site.configure(**{"address": bao.address, "path": "secret/gone", **options})
    with pytest.raises(VaultError) as caught:
        site.key()
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy
    assert "fake" not in str(caught.value)
    assert site.kept().forget() == ()
