"""What the source says of a machine, by looking alone."""

from __future__ import annotations

from typing import Any

import pytest

from keyhole import Absent, Broken, Found
from keyhole.errors import ConfigError
from keyhole.source import Finding
from keyhole.testing import CANARY, Example, SourceContract, fake_machine
from keyhole_vault_helper.chosen import usable
from keyhole_vault_helper.openbao.connection import connection
from keyhole_vault_helper.source import VaultSource

TOKEN = {"VAULT_TOKEN": f"hvs.{CANARY}"}
BASE = 'path = "secret/anthropic"\naddress = "https://vault.acme.example"\n'


def _machine(options: str = BASE, environ: Any = None, **files: str) -> Any:
    config = {".config/keyhole/config.toml": f"[vault]\n{options}"}
    return fake_machine(TOKEN if environ is None else environ, {**config, **files})


class TestContract(SourceContract):
    """The source fulfils what every source must."""

    def source(self) -> VaultSource:
        return VaultSource()

    def examples(self) -> dict[str, Example]:
        return {
            "configured": Example(_machine(), Found),
            "not configured": Example(fake_machine(TOKEN), Absent),
            "without a token": Example(_machine(environ={}), Broken),
            "pass": Example(_machine('path = "a/b"\nbackend = "pass"\n'), Found),
            "app role": Example(
                _machine(BASE + 'auth = "approle"\nrole_id = "r"\n', {"VAULT_SECRET_ID": CANARY}),
                Found,
            ),
            "a wrong option": Example(_machine(BASE + 'kind = "key"\n'), Broken),
        }


def _found(options: str, environ: Any = None, **files: str) -> Finding:
    return VaultSource().find(_machine(options, environ, **files))


@pytest.mark.parametrize(
    ("options", "environ", "reason"),
    [
        (BASE, {}, "there is no token for the vault"),
        (BASE + 'auth = "approle"\n', {}, "there is no role id"),
        (BASE + 'auth = "approle"\nrole_id = "r"\n', {}, "there is no secret id (VAULT_SECRET_ID)"),
        (BASE + 'auth = "jwt"\n', {}, "there is no JWT to log in with"),
        (BASE + 'auth = "jwt"\njwt_file = "/run/jwt"\n', {}, "no JWT to log in with (/run/jwt)"),
        (BASE + 'auth = "cert"\n', {}, "there is no TLS certificate to log in with"),
        (BASE + 'client_cert = "/c.pem"\n', TOKEN, "a client certificate is set, and no key"),
        (
            BASE + 'auth = "aprole"\n',
            {},
            "nothing named 'aprole' is installed (did you mean approle",
        ),
        (BASE + 'backend = "valt"\n', {}, "nothing named 'valt' is installed (did you mean vault"),
        ('path = "../x"\n', TOKEN, "'vault.path' must be a path without empty parts"),
        (BASE + "version = 0\n", TOKEN, "'vault.version' must be a whole number above 0"),
        ('path = "a/b"\n', {**TOKEN, "VAULT_ADDR": "vault:8200"}, "the vault's address can't be"),
        (BASE, {**TOKEN, "ANTHROPIC_BASE_URL": "ftp://x"}, "can't be sent to ANTHROPIC_BASE_URL"),
    ],
)
def test_what_is_missing_is_said(options: str, environ: Any, reason: str) -> None:
    """What is visibly missing or wrong is broken and wins, with its reason and a remedy."""
    finding = _found(options, environ)
    assert isinstance(finding, Broken), finding
    assert reason in finding.reason
    assert finding.remedy


def test_the_configuration_counts_more_than_variables() -> None:
    """An address in the configuration is not overridden by a variable."""
    own = connection(_machine(BASE, {"VAULT_ADDR": "http://127.0.0.1:9"}))
    assert own.address == "https://vault.acme.example"


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, "https://127.0.0.1:8200"),
        ({"VAULT_ADDR": "https://v.example"}, "https://v.example"),
        ({"VAULT_ADDR": "https://v.example", "BAO_ADDR": "https://b.example"}, "https://b.example"),
        ({"VAULT_ADDR": "https://v.example", "VAULT_AGENT_ADDR": "http://127.0.0.1:8100"}, "http://127.0.0.1:8100"),
    ],
)  # fmt: skip
def test_the_vendors_variables(environ: dict[str, str], address: str) -> None:
    """Without an address in the configuration the vendors' variables say it, OpenBao's first."""
    assert connection(_machine('path = "a/b"\n', environ)).address == address


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30), ("30s", 30), ("2m", 120), ("1m30s", 90), ("500ms", 0.5), ("soon", 10), ("0", 10)],
)
def test_durations(text: str, seconds: float) -> None:
    """VAULT_CLIENT_TIMEOUT is read as Go reads a duration; what is none counts as the default."""
    assert connection(_machine(BASE, {"VAULT_CLIENT_TIMEOUT": text})).timeout == seconds


def test_a_cloned_project_sends_no_token_elsewhere() -> None:
    """An untrusted project's VAULT_ADDR names no server, not even where Claude Code hands it on to the helper."""
    evil = "https://evil.example"
    files = {"project/.claude/settings.json": {"env": {"VAULT_ADDR": evil}}}
    config = {".config/keyhole/config.toml": '[vault]\npath = "a/b"\n'}
    machine = fake_machine({**TOKEN, "VAULT_ADDR": evil}, {**config, **files})
    finding = VaultSource().find(machine)
    assert isinstance(finding, Broken)
    assert "which is not trusted" in finding.reason
    with pytest.raises(ConfigError, match="is also set by"):
        usable(machine)
    trusted = fake_machine({**TOKEN, "VAULT_ADDR": evil}, {**config, **files}, trusted=True)
    assert isinstance(VaultSource().find(trusted), Found)
    own = {".config/keyhole/config.toml": f"[vault]\n{BASE}"}
    finding = VaultSource().find(fake_machine({**TOKEN, "VAULT_ADDR": evil}, {**own, **files}))
    assert isinstance(finding, Found)
    assert finding.details[0].value == "https://vault.acme.example"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("VAULT_TOKEN", BASE),
        ("VAULT_SECRET_ID", BASE + 'auth = "approle"\nrole_id = "r"\n'),
        ("CI_TOKEN", BASE + 'auth = "jwt"\njwt_variable = "CI_TOKEN"\n'),
        ("PASSWORD_STORE_DIR", 'path = "a/b"\nbackend = "pass"\n'),
    ],
)
def test_a_cloned_project_chooses_no_key(name: str, options: str) -> None:
    """No variable that an untrusted project names decides who logs in, or from which store a key comes."""
    files = {"project/.claude/settings.json": {"env": {name: "theirs"}}}
    config = {".config/keyhole/config.toml": f"[vault]\n{options}"}
    finding = VaultSource().find(fake_machine({name: "theirs"}, {**config, **files}))
    assert isinstance(finding, Broken)
    assert f"{name} is also set by" in finding.reason


def test_what_is_unsafe_is_warned_of() -> None:
    """A server that is not verified, and one that is asked without TLS, are warned of."""
    finding = _found(BASE, {**TOKEN, "VAULT_SKIP_VERIFY": "true"})
    assert any("is not verified" in one for one in finding.warnings)
    finding = _found('path = "a/b"\naddress = "http://vault.acme.example"\n')
    assert any("unencrypted" in one for one in finding.warnings)


def test_it_says_where_and_how() -> None:
    """The finding names the line of the configuration, the server and the way to log in."""
    finding = _found(BASE)
    assert isinstance(finding, Found)
    assert str(finding.where).endswith("config.toml:2 (vault.path)")
    said = {detail.name: detail.value for detail in finding.details}
    assert said["vault"] == "https://vault.acme.example"
    assert said["token"] == "VAULT_TOKEN in the environment"
    assert said["kept"].startswith("nothing yet")
