"""What loading asks of the host, and what it says when it fails."""

from __future__ import annotations

import json
import shlex
import sys
from typing import Any

import pytest

from keyhole import Found, KeyholeError, Secret
from keyhole.errors import BrokenCredentialError, HelperError, NetworkError
from keyhole.process import Outcome
from keyhole.testing import FakeHost, fake_machine
from keyhole_bedrock.keys import Keys, Misprint, parse
from keyhole_bedrock.source import Bedrock

CANARY = "canary-fake-secret-7f3a"
PROFILE = "[profile p]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\n"
KEYS = {"AccessKeyId": "ASIAFAKE", "SecretAccessKey": "fake-secret", "SessionToken": "fake-token"}


def _outcome(stdout: Any, code: int | None = 0, stderr: str = "") -> Outcome:
    text = stdout if isinstance(stdout, str) else json.dumps(stdout)
    return Outcome(code, text.encode(), stderr.encode(), 0.1)


def _error(*names: str, message: str = "fake") -> Outcome:
    return _outcome({"Error": names, "Message": message})


def _found(files: Any = None, **more: str) -> Found:
    environ = {"CLAUDE_CODE_USE_BEDROCK": "1", **more}
    finding = Bedrock().find(fake_machine(environ, files))
    assert isinstance(finding, Found)
    return finding


def _load(host: FakeHost, found: Found, rejected: str = "") -> Any:
    return found.load(host, Secret(rejected) if rejected else None)


def _failure(outcome: Outcome, found: Found) -> KeyholeError:
    host = FakeHost()
    host.outcomes = [outcome]
    with pytest.raises(KeyholeError) as raised:
        _load(host, found)
    assert raised.value.__context__ is None
    return raised.value


def test_botocore_gets_the_variables_of_the_machine() -> None:
    """What settings set reaches botocore; another profile, a metadata service do not."""
    host = FakeHost()
    host.outcomes = [_outcome(KEYS)]
    settings = {"env": {"AWS_ACCESS_KEY_ID": "ASIAFAKE", "AWS_SECRET_ACCESS_KEY": "x"}}
    found = _found(
        {".claude/settings.json": settings}, AWS_DEFAULT_PROFILE="q", AWS_REGION="eu-west-1"
    )
    _load(host, found)
    environ = host.commands[0].env
    assert environ["AWS_ACCESS_KEY_ID"] == "ASIAFAKE"
    assert environ["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert environ["AWS_EC2_METADATA_DISABLED"] == "true"
    assert "AWS_DEFAULT_PROFILE" not in environ
    assert shlex.split(host.commands[0].line)[-2:] == ["", "0"]


def test_the_profile_is_an_argument_and_no_program_text() -> None:
    """A profile's name is passed on as one word, whatever it holds."""
    host = FakeHost()
    host.outcomes = [_outcome(KEYS)]
    name = "a; echo $HOME 'b"
    _load(
        host,
        _found(
            {
                ".aws/credentials": f"[{name}]\naws_access_key_id=a\naws_secret_access_key=b".replace(
                    "'", ""
                )
            },
            AWS_PROFILE=name.replace("'", ""),
        ),
    )
    assert shlex.split(host.commands[0].line)[-2] == name.replace("'", "")


def test_the_metadata_service_is_asked_last_and_briefly() -> None:
    """Where nothing else is configured it is asked for 2 seconds in all."""
    host = FakeHost()
    host.outcomes = [_outcome(KEYS)]
    _load(host, _found())
    assert shlex.split(host.commands[0].line)[-1] == "2"
    assert "AWS_EC2_METADATA_DISABLED" not in host.commands[0].env


def test_an_ended_sign_on_names_its_own_next_step() -> None:
    """What botocore says of a sign-on comes with `aws sso login` for that very profile."""
    files = {
        ".aws/config": PROFILE + "sso_start_url = https://a.test\n",
        ".claude/settings.json": {"env": {"AWS_PROFILE": "p"}},
        ".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json": {"accessToken": CANARY},
    }
    error = _failure(_error("UnauthorizedSSOTokenError", message="it has expired"), _found(files))
    assert isinstance(error, BrokenCredentialError)
    assert error.remedy == "`aws sso login --profile p`"
    assert "single sign-on: it has expired" in str(error)
    assert "/home/ada/.aws/config:2" in str(error)


def test_a_network_that_fails_is_no_broken_credential() -> None:
    """What can't be reached is a NetworkError, for which nobody has to log in again."""
    error = _failure(
        _error("EndpointConnectionError", "ConnectionError"),
        _found(AWS_CONTAINER_CREDENTIALS_FULL_URI="http://127.0.0.1:1"),
    )
    assert isinstance(error, NetworkError)


def test_nothing_found_says_how_to_begin() -> None:
    """Where the instance has no role either, the three ways to begin are named."""
    error = _failure(_error("NoCredentialsError", message="Unable to locate"), _found())
    assert "aws configure" in error.remedy
    assert "aws sso login" in error.remedy
    assert "AWS_BEARER_TOKEN_BEDROCK" in error.remedy


@pytest.mark.parametrize(
    "outcome",
    [
        _error("ClientError", message=f"denied {CANARY}"),
        _outcome("", 1, f"Traceback\nValueError: {CANARY}"),
        _outcome(f"{CANARY} is no JSON", 1),
    ],
)
def test_no_secret_of_the_environment_shows(outcome: Outcome) -> None:
    """An error repeats nothing that a secret variable holds, nor what was printed."""
    found = _found(AWS_ACCESS_KEY_ID="AKIAFAKE", AWS_SECRET_ACCESS_KEY=CANARY)
    assert CANARY not in str(_failure(outcome, found))


def test_a_chain_without_end_is_ended() -> None:
    """What does not end in time says so."""
    assert "did not end within" in str(_failure(_outcome("", None), _found()))


def test_without_an_interpreter_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen program that has no Python to run is told what to do instead."""
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(BrokenCredentialError, match="awsCredentialExport"):
        _load(FakeHost(), _found())


EXPORT = {".claude/settings.json": {"awsCredentialExport": f"print {CANARY}"}}
REFRESH = {".claude/settings.json": {"awsAuthRefresh": "aws sso login --profile p"}}


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (_outcome("", 3, f"line one\nrefused for {CANARY}\n"), "exit status 3; it said: line one"),
        (_outcome("", None), "did not end within 180 seconds"),
        (_outcome(f"{CANARY} is no JSON"), "other than a JSON object"),
        (_outcome([CANARY]), "other than a JSON object"),
        (_outcome({"Credentials": CANARY}), "are not a JSON object"),
        (_outcome({"AccessKeyId": CANARY}), "no SecretAccessKey"),
        (_outcome({"AccessKeyId": 1, "x": CANARY}), "no AccessKeyId and no SecretAccessKey"),
        (_outcome({**KEYS, "Expiration": CANARY}), "not a time"),
    ],
)
def test_an_export_that_fails_surfaces(outcome: Outcome, said: str) -> None:
    """A failing awsCredentialExport is an error with its place; no other account takes over."""
    found = _found(EXPORT, AWS_ACCESS_KEY_ID="AKIAFAKE", AWS_SECRET_ACCESS_KEY="fake")
    error = _failure(outcome, found)
    assert isinstance(error, HelperError)
    assert said in str(error)
    assert "settings.json" in error.where
    assert CANARY not in str(error)


def test_a_refresh_runs_only_where_it_is_needed() -> None:
    """Keys that can be had are used as they are; awsAuthRefresh does not run."""
    host = FakeHost()
    host.outcomes = [_outcome(KEYS)]
    assert _load(host, _found(REFRESH)).keys.access_key_id == "ASIAFAKE"
    assert len(host.commands) == 1


@pytest.mark.parametrize("rejected", ["", "fake-old"])
def test_a_refresh_runs_once_where_keys_fail_or_were_refused(rejected: str) -> None:
    """It runs when the chain fails, and when it gives the refused keys again; and it is announced."""
    host = FakeHost()
    first = _outcome({**KEYS, "SecretAccessKey": rejected}) if rejected else _error("SSOError")
    host.outcomes = [first, _outcome("", 0), _outcome(KEYS)]
    credential = _load(host, _found(REFRESH), rejected)
    assert credential.secret == Secret("fake-secret")
    assert [command.line for command in host.commands][1] == "aws sso login --profile p"
    assert "awsAuthRefresh" in host.told[0]


def test_keys_that_were_replaced_need_no_refresh() -> None:
    """After a refusal, other keys than the refused ones are used without awsAuthRefresh."""
    host = FakeHost()
    host.outcomes = [_outcome(KEYS)]
    _load(host, _found(REFRESH), "fake-old")
    assert len(host.commands) == 1


def test_a_refresh_that_fails_surfaces() -> None:
    """What awsAuthRefresh complains of is the error."""
    host = FakeHost()
    host.outcomes = [_error("SSOError"), _outcome("", 1, "cancelled")]
    with pytest.raises(HelperError, match="cancelled"):
        _load(host, _found(REFRESH))


def test_a_network_that_fails_starts_no_login() -> None:
    """A service that can't be reached does not open a browser."""
    host = FakeHost()
    host.outcomes = [_error("ConnectTimeoutError", "ConnectionError")]
    environ = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1"}
    with pytest.raises(NetworkError):
        _load(host, _found(REFRESH, **environ))
    assert len(host.commands) == 1


def test_keys_show_no_secret() -> None:
    """Neither keys nor what is wrong with them repeat what was printed."""
    keys = parse(json.dumps({**KEYS, "SecretAccessKey": CANARY, "SessionToken": CANARY}).encode())
    assert isinstance(keys, Keys)
    assert CANARY not in repr(keys)
    assert "ASIAFAKE" not in repr(keys)
    assert isinstance(parse(b"[" * 100_000), Misprint)
    assert isinstance(parse(b"\xff"), Misprint)
