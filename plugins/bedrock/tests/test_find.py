"""What can be told by looking: region, profile, where the credential comes from, what is missing."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from keyhole import Absent, Broken, Found, Ignored, Machine
from keyhole.files import RealFiles
from keyhole.testing import fake_machine
from keyhole_bedrock.source import AnthropicAws, Bedrock

ON = {"CLAUDE_CODE_USE_BEDROCK": "1"}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAFAKEFAKEFAKE0001", "AWS_SECRET_ACCESS_KEY": "fake"}
CONFIG = ".aws/config"
SSO = (
    "[profile p]\nsso_session = s\nsso_account_id = 123\nsso_role_name = r\n"
    "[sso-session s]\nsso_start_url = https://a.test\n"
)
LOGIN = f".aws/sso/cache/{hashlib.sha1(b's', usedforsecurity=False).hexdigest()}.json"


def _find(files: Any = None, machine: Any = None, **more: str) -> Found | Broken:
    finding = Bedrock().find(machine or fake_machine({**ON, **more}, files))
    assert isinstance(finding, Found | Broken)
    return finding


def _detail(finding: Found | Broken, name: str) -> tuple[str, str]:
    found = next(detail for detail in finding.details if detail.name == name)
    return found.value, str(found.where)


@pytest.mark.parametrize(
    ("environ", "value", "place"),
    [
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "x"}, "eu-west-1", "AWS_REGION in the"),
        ({"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2", "AWS_DEFAULT_REGION in the"),
        ({"AWS_PROFILE": "p"}, "eu-west-3", "/home/ada/.aws/config:5 (region)"),
        ({}, "eu-west-4", "/home/ada/.aws/config:2 (region)"),
        ({"AWS_CONFIG_FILE": "/none"}, "us-east-1", "None"),
    ],
)
def test_the_region_has_an_order(environ: dict[str, str], value: str, place: str) -> None:
    """AWS_REGION, AWS_DEFAULT_REGION, the profile's region, us-east-1: each with its place."""
    config = "[default]\nregion = eu-west-4\n\n[profile p]\nregion=eu-west-3\ncredential_process=x"
    found = _find({CONFIG: config}, **environ)
    region = _detail(found, "region")
    assert region[0] == value
    assert region[1].startswith(place)
    assert isinstance(found, Found)
    assert found.endpoint is not None
    assert found.endpoint.url == f"https://bedrock-runtime.{value}.amazonaws.com"


@pytest.mark.parametrize(
    ("environ", "config", "name", "place"),
    [
        (KEYS, "", "access keys", "AWS_ACCESS_KEY_ID in the environment"),
        (KEYS | {"AWS_PROFILE": "p"}, SSO, "single sign-on", "config:2 (sso_session)"),
        (
            {"AWS_PROFILE": "p"},
            "[profile p]\nrole_arn = r\ncredential_source = Environment\n",
            "assumed role",
            "config:2 (role_arn)",
        ),
        (
            {"AWS_PROFILE": "p"},
            "[profile p]\nrole_arn = r\nweb_identity_token_file = f\n",
            "web identity",
            "config:3 (web_identity_token_file)",
        ),
        (
            {"AWS_PROFILE": "p"},
            "[profile p]\naws_access_key_id=a\naws_secret_access_key=b\ncredential_process = x",
            "credential process",
            "config:4 (credential_process)",
        ),
        ({}, "[default]\nlogin_session = arn\n", "login session", "config:2 (login_session)"),
        (
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "f", "AWS_ROLE_ARN": "r"},
            "[default]\naws_access_key_id=a\naws_secret_access_key=b",
            "web identity",
            "AWS_WEB_IDENTITY_TOKEN_FILE in the environment",
        ),
        (
            {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"},
            "[default]\nregion = eu-west-1\n",
            "container",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI in the environment",
        ),
        ({}, "", "instance metadata", "None"),
    ],
)
def test_where_the_credential_comes_from(
    environ: dict[str, str], config: str, name: str, place: str
) -> None:
    """Each form is told from the others as botocore will choose, with its place."""
    login = {"accessToken": "fake", "expiresAt": "2099-01-01T00:00:00Z"}
    credential = _detail(_find({CONFIG: config, LOGIN: login}, **environ), "credential")
    assert credential[0] == name
    assert credential[1].endswith(place)


@pytest.mark.parametrize(
    ("config", "reason", "remedy"),
    [
        ("", "there is no profile 'p'", "`aws configure --profile p`"),
        (SSO, "nobody is signed on for profile 'p'", "`aws sso login --profile p`"),
        (
            f"{SSO}[profile q]\n[profile p]\nrole_arn = r\nsource_profile = q\nmfa_serial = m\n",
            "asks for a code",
            "awsCredentialExport",
        ),
        ("[profile p]\nrole_arn = r\n", "neither source_profile nor", "add source_profile"),
        ("[profile p]\nrole_arn = r\nsource_profile = q", "names no profile", "correct"),
        ("[profile p]\nweb_identity_token_file = f", "no role_arn", "add role_arn"),
        (
            "[profile p]\naws_access_key_id = a",
            "without aws_secret_access_key",
            "`aws configure --profile p`",
        ),
    ],
)
def test_what_is_wrong_with_a_profile_has_its_next_step(
    config: str, reason: str, remedy: str
) -> None:
    """Each gap in a profile is named, with the AWS command or the line that closes it."""
    finding = _find({CONFIG: config}, AWS_PROFILE="p")
    assert isinstance(finding, Broken)
    assert reason in finding.reason
    assert remedy in finding.remedy


def test_a_role_of_a_signed_off_profile_says_whom_to_sign_on() -> None:
    """The next step is that of the profile at the end of the chain, and circles end."""
    config = f"{SSO}[profile role]\nrole_arn = r\nsource_profile = p\n"
    finding = _find({CONFIG: config}, AWS_PROFILE="role")
    assert isinstance(finding, Broken)
    assert finding.remedy == "`aws sso login --profile p`"
    circle = "[profile a]\nrole_arn=r\nsource_profile=b\n[profile b]\nrole_arn=r\nsource_profile=a"
    assert isinstance(_find({CONFIG: circle}, AWS_PROFILE="a"), Found)


@pytest.mark.parametrize(
    ("more", "outcome"), [({}, Broken), ({"refreshToken": "fake"}, Found)], ids=["old", "renewable"]
)
def test_the_end_of_a_sign_on_is_seen(more: dict[str, str], outcome: type) -> None:
    """A sign-on that has ended is broken unless botocore can renew it; its end is shown."""
    login = {"accessToken": "fake", "expiresAt": "2020-01-01T00:00:00UTC", **more}
    finding = _find({CONFIG: SSO, LOGIN: login}, AWS_PROFILE="p")
    assert isinstance(finding, outcome)
    assert _detail(finding, "login ends")[0].startswith("2020")
    assert _detail(finding, "account") == ("123", "/home/ada/.aws/config:3 (sso_account_id)")


@pytest.mark.parametrize(
    ("year", "outcome"), [("2020", Broken), ("2099", Found)], ids=["ended", "good"]
)
def test_the_end_of_keys_is_seen(year: str, outcome: type) -> None:
    """AWS_CREDENTIAL_EXPIRATION is shown, and keys that have ended are broken."""
    end = f"{year}-01-01T00:00:00Z"
    finding = _find(AWS_CREDENTIAL_EXPIRATION=end, **KEYS)
    assert isinstance(finding, outcome)
    place = "AWS_CREDENTIAL_EXPIRATION in the environment"
    assert _detail(finding, "keys end") == (end, place)
    assert isinstance(finding, Broken) or finding.expires_at is not None


def test_what_a_command_can_put_right_is_not_broken() -> None:
    """With awsAuthRefresh, a sign-on that has ended is left to it."""
    files = {CONFIG: SSO, ".claude/settings.json": {"awsAuthRefresh": "aws sso login"}}
    assert isinstance(_find(files, AWS_PROFILE="p"), Found)


def test_everything_missing_is_named_together() -> None:
    """A region that is none, a missing workspace and a missing profile come in one finding."""
    environ = {"CLAUDE_CODE_USE_ANTHROPIC_AWS": "1", "AWS_PROFILE": "p", "AWS_REGION": "a b"}
    finding = AnthropicAws().find(fake_machine(environ))
    assert isinstance(finding, Broken)
    for named in ("AWS_REGION", "ANTHROPIC_AWS_WORKSPACE_ID is not set", "no profile 'p'"):
        assert named in finding.reason
    for named in ("us-east-1", "export ANTHROPIC_AWS_WORKSPACE_ID", "aws configure --profile p"):
        assert named in finding.remedy


def test_a_file_that_cant_be_read_is_named(tmp_path: Path) -> None:
    """What keeps a shared file from being read is a reason beside the others."""
    (tmp_path / ".aws" / "config").mkdir(parents=True)
    environ = {**ON, "AWS_PROFILE": "p"}
    finding = _find(
        machine=Machine(environ=environ, files=RealFiles(), home=tmp_path, cwd=tmp_path)
    )
    assert isinstance(finding, Broken)
    assert f"{tmp_path}/.aws/config is not a regular file" in finding.reason
    assert "no profile 'p'" in finding.reason


@pytest.mark.parametrize("setting", ["awsCredentialExport", "awsAuthRefresh"])
def test_a_strangers_command_is_passed_over(setting: str) -> None:
    """A command of an untrusted project does not count, and that is said."""
    files = {"project/.claude/settings.json": {setting: "echo fake"}}
    finding = _find(files, **KEYS)
    assert _detail(finding, "credential")[0] == "access keys"
    assert any(setting in warning for warning in finding.warnings)


def test_in_bare_mode_no_file_names_a_command() -> None:
    """Bare mode takes awsCredentialExport from --settings alone."""
    files = {".claude/settings.json": {"awsCredentialExport": "echo fake"}}
    bare = _find(machine=fake_machine(ON | KEYS, files, bare=True))
    given = _find(machine=fake_machine(ON | KEYS, settings={"awsCredentialExport": "x"}, bare=True))
    assert _detail(bare, "credential")[0] == "access keys"
    assert _detail(given, "credential") == (
        "awsCredentialExport",
        "--settings:1 (awsCredentialExport)",
    )


def test_a_default_profile_of_botocore_alone_is_said() -> None:
    """AWS_DEFAULT_PROFILE is not read, as in Claude Code, with a warning."""
    assert "AWS_PROFILE" in _find(AWS_DEFAULT_PROFILE="p", **KEYS).warnings[0]


def test_the_profile_of_keyhole_alone_has_a_place() -> None:
    """The option's profile wins over AWS_PROFILE, and is shown with the configuration's line."""
    files = {
        ".config/keyhole/config.toml": '[bedrock]\nprofile = "own"\n',
        CONFIG: "[profile own]\ncredential_process = x\n",
    }
    finding = _find(files, AWS_PROFILE="other")
    assert _detail(finding, "profile") == (
        "own",
        "/home/ada/.config/keyhole/config.toml:2 (bedrock.profile)",
    )
    assert isinstance(finding, Found)
    assert not finding.native


def test_the_api_key_of_the_platform_is_dropped_with_its_skip_flag() -> None:
    """CLAUDE_CODE_SKIP_ANTHROPIC_AWS_AUTH drops the API key; Bedrock's own stays under its flag."""
    platform = AnthropicAws().find(
        fake_machine(
            {
                "CLAUDE_CODE_USE_ANTHROPIC_AWS": "1",
                "ANTHROPIC_AWS_WORKSPACE_ID": "w",
                "ANTHROPIC_AWS_API_KEY": "fake",
                "CLAUDE_CODE_SKIP_ANTHROPIC_AWS_AUTH": "1",
            }
        )
    )
    own = _find(AWS_BEARER_TOKEN_BEDROCK="fake", CLAUDE_CODE_SKIP_BEDROCK_AUTH="1")
    assert isinstance(platform, Found)
    assert isinstance(own, Found)
    assert platform.kind is not None
    assert own.kind is not None
    assert (platform.kind.name, own.kind.name) == ("no-authentication", "bedrock-api-key")


def test_a_helper_for_a_gateway_is_not_passed_over_in_silence() -> None:
    """With the skip flag, an apiKeyHelper that Claude Code would use is broken, with a remedy."""
    files = {".claude/settings.json": {"apiKeyHelper": "echo fake"}}
    finding = _find(files, CLAUDE_CODE_SKIP_BEDROCK_AUTH="1")
    assert isinstance(finding, Broken)
    assert "export ANTHROPIC_AUTH_TOKEN" in finding.remedy


@pytest.mark.parametrize("text", ["0", "2", "anything", "false"])
def test_any_other_text_is_no_flag(text: str) -> None:
    """Only 1, true, yes and on switch a source on."""
    assert isinstance(Bedrock().find(fake_machine({"CLAUDE_CODE_USE_BEDROCK": text})), Absent)


def test_a_strangers_flag_is_ignored() -> None:
    """A flag in an untrusted project's settings does not count."""
    files = {"project/.claude/settings.json": {"env": ON}}
    assert isinstance(Bedrock().find(fake_machine(files=files)), Ignored)
