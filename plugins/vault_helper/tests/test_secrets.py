"""No secret shows: in no log, no warning, no error with all its locals, no repr."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from traceback import TracebackException
from typing import Any

import pytest

from components.openbao import Bao
from keyhole.errors import KeyholeError

pytestmark = pytest.mark.real

KEY = "sk-ant-api03-fake-from-the-vault"


@pytest.fixture
def secrets(bao: Bao, site: Any) -> dict[str, str]:
    """A home that logs in with an AppRole; gives what must not show."""
    bao.ask("POST", "auth/approle/role/quiet", token_policies=["reads"])
    role_id = bao.ask("GET", "auth/approle/role/quiet/role-id")["data"]["role_id"]
    made = bao.ask("POST", "auth/approle/role/quiet/secret-id")["data"]["secret_id"]
    site.environ.clear()
    site.environ["VAULT_SECRET_ID"] = made
    options = {"auth": "approle", "role_id": role_id, "refresh": 0.001}
    site.configure(path="secret/anthropic", address=bao.address, **options)
    return {"key": KEY, "secret id": made, "root": bao.token, **options}


@pytest.fixture
def clean(
    secrets: dict[str, str], caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> Iterator[Callable[[str], None]]:
    """Fails where a secret shows, in logs and warnings at the end as well."""
    caplog.set_level(logging.DEBUG)
    hidden = [secrets[name] for name in ("key", "secret id", "root")]

    def check(text: str) -> None:
        assert not [secret for secret in hidden if secret in text]

    yield check
    check(caplog.text)
    check("".join(str(one.message) for one in recwarn))


def test_in_what_works(site: Any, clean: Callable[[str], None]) -> None:
    """A whole chain at the most talkative level of logging shows no secret, and neither does any record."""
    assert site.key() == KEY
    kept = site.kept()
    clean(repr(kept.current()) + repr(kept._vault) + repr(vars(kept)))


def test_in_what_fails(bao: Bao, site: Any, secrets: Any, clean: Callable[[str], None]) -> None:
    """Each error, with all locals of all frames behind it, shows no secret."""
    bao.ask("POST", "secret/data/odd", data={"api_key": f"{KEY} x", "other": KEY})
    where = {"address": bao.address, "auth": "approle", "role_id": secrets["role_id"]}
    for options in (
        {"path": "secret/odd"},
        {"path": "secret/odd", "field": "api_key"},
        {"path": "secret/nothing"},
        {"path": "sys/policies/acl/root", "engine": "dynamic"},
        {"path": "secret/anthropic", "address": "http://127.0.0.1:9"},
        {"path": "secret/anthropic", "address": bao.address.replace("http", "https")},
        {"path": "secret/anthropic", "role_id": "fake"},
        {"path": "secret/anthropic", "auth": "jwt", "jwt_variable": "VAULT_SECRET_ID"},
        {"path": "secret/anthropic", "auth": "token"},
    ):
        if options.get("auth") == "token":
            site.environ["VAULT_TOKEN"] = bao.child("default")
        site.configure(**{**where, **options})
        with pytest.raises(KeyholeError) as caught:
            site.key()
        error: BaseException | None = caught.value
        while error is not None:
            shown = TracebackException.from_exception(error, capture_locals=True)
            # The test itself holds them.
            frames = [one for one in shown.stack if "/tests/" not in one.filename]
            clean("".join(str(one.locals) for one in frames) + str(error) + repr(vars(error)))
            error = error.__cause__ or error.__context__
