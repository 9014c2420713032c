"""Every form of AWS credential, from its place to a signature that AWS accepts."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shlex
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import httpx
import httpx2
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer
from moto.sts.models import sts_backends

from keyhole import Resolved, async_sdk_client, sdk_client

ROLE = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/lab"
MODEL = "anthropic.claude-fake-v1:0"
ASK: dict[str, Any] = {"max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def sts() -> Iterator[str]:
    """The URL of moto's token service."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def strict_user(sts: str) -> Iterator[dict[str, str]]:
    """The keys of a user who may only assume roles, with signatures and permissions checked."""
    root: Any = botocore.session.Session().create_client(
        "iam",
        region_name="us-east-1",
        endpoint_url=sts,
        aws_access_key_id="fake-root",
        aws_secret_access_key="fake",
    )
    root.create_user(UserName="lab")
    allow = {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    root.put_user_policy(UserName="lab", PolicyName="lab", PolicyDocument=policy)
    keys = root.create_access_key(UserName="lab")["AccessKey"]
    _checks(sts, after=0)
    yield keys
    _checks(sts, after=10**9)
    root.delete_access_key(UserName="lab", AccessKeyId=keys["AccessKeyId"])
    root.delete_user_policy(UserName="lab", PolicyName="lab")
    root.delete_user(UserName="lab")


def _checks(sts: str, *, after: int) -> None:
    url = f"{sts}/moto-api/reset-auth"
    plain = {"content-type": "text/plain"}
    body = str(after).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body, plain)):  # noqa: S310
        pass


def _minted(aws: Any) -> None:
    """Lets every credential sign that the token service has given out."""
    for role in sts_backends[DEFAULT_ACCOUNT_ID]["aws"].assumed_roles:
        aws.pair(role.access_key_id, secret=role.secret_access_key, token=role.session_token)


def _sent(resolved: Resolved, aws: Any) -> set[str]:
    """The keys of four requests: raw and through the SDK, with and without a loop; all accepted."""
    ask = {"model": MODEL, **ASK}

    async def later() -> None:
        async with async_sdk_client(resolved, max_retries=0) as client:
            await client.messages.create(**ask)

    url = f"{aws.url}/model/{MODEL}/invoke"
    with httpx2.Client(auth=resolved.auth()) as new, httpx.Client(auth=resolved.auth()) as old:
        assert new.post(url, json=ASK).status_code == 200
        assert old.post(f"{url}?a=b%20c&A=", content=b"{}").status_code == 200
    with sdk_client(resolved, max_retries=0) as client:
        assert client.messages.create(**ask).content[0].text == "hello"
    asyncio.run(later())
    assert [request.problem for request in aws.received] == [""] * 4
    assert {(request.service, request.region) for request in aws.received} <= {
        ("bedrock", "eu-west-1"),
        ("", ""),
    }
    return {request.key for request in aws.received}


def test_keys_in_the_environment(aws: Any, lab: Callable[..., Any]) -> None:
    """Keys and a session token in variables sign requests that AWS accepts."""
    pair = aws.pair("ASIAFAKESHORT0000001", token="fake/token+==")
    home = lab(
        AWS_ACCESS_KEY_ID=pair.key,
        AWS_SECRET_ACCESS_KEY=pair.secret,
        AWS_SESSION_TOKEN=pair.token,
    )
    assert _sent(home.resolved(), aws) == {pair.key}


def test_keys_in_a_profile_win_over_keys_in_the_environment(
    aws: Any, lab: Callable[..., Any]
) -> None:
    """With AWS_PROFILE set, the profile's account is used, whatever keys the environment holds."""
    profiles, ambient = aws.pair("AKIAFAKEPROFILE00001"), aws.pair("AKIAFAKEAMBIENT00001")
    home = lab(
        AWS_PROFILE="work",
        AWS_ACCESS_KEY_ID=ambient.key,
        AWS_SECRET_ACCESS_KEY=ambient.secret,
    )
    home.write(".aws/credentials", _profile("work", profiles))
    assert _sent(home.resolved(), aws) == {profiles.key}


def test_the_default_profile(aws: Any, lab: Callable[..., Any]) -> None:
    """Without anything else the default profile counts, wherever its file is."""
    pair = aws.pair("AKIAFAKEDEFAULT00001")
    home = lab(AWS_SHARED_CREDENTIALS_FILE="~/elsewhere", AWS_DEFAULT_PROFILE="unread")
    home.write("elsewhere", _profile("default", pair) + _profile("unread", aws.gives[0]))
    assert _sent(home.resolved(), aws) == {pair.key}


def test_an_assumed_role(
    aws: Any, lab: Callable[..., Any], sts: str, strict_user: dict[str, str]
) -> None:
    """A role is assumed with its source profile's keys, which the token service verifies."""
    home = lab(AWS_PROFILE="lab", AWS_ENDPOINT_URL_STS=sts)
    home.write(".aws/config", f"[profile lab]\nrole_arn={ROLE}\nsource_profile=base\n")
    home.write(
        ".aws/credentials",
        f"[base]\naws_access_key_id = {strict_user['AccessKeyId']}\n"
        f"aws_secret_access_key = {strict_user['SecretAccessKey']}\n",
    )
    resolved = home.resolved()
    assert resolved.credential().expires_at is not None
    _minted(aws)
    assert _sent(resolved, aws) != {strict_user["AccessKeyId"]}


def test_a_web_identity(aws: Any, lab: Callable[..., Any], sts: str) -> None:
    """The token in a file is exchanged for a role's keys."""
    home = lab(AWS_ENDPOINT_URL_STS=sts, AWS_ROLE_ARN=ROLE)
    home.environ["AWS_WEB_IDENTITY_TOKEN_FILE"] = str(home.write("jwt", "fake.web.identity"))
    resolved = home.resolved()
    _minted(aws)
    assert len(_sent(resolved, aws)) == 1


def test_a_container(aws: Any, lab: Callable[..., Any]) -> None:
    """The container's endpoint gives keys to whoever has the token of the file."""
    home = lab(AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{aws.url}/container")
    token = home.write("token", "fake-container")
    home.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = str(token)
    assert _sent(home.resolved(), aws) == {aws.gives[0].key}
    assert aws.asked == ["/container"]


def test_an_instance(aws: Any, lab: Callable[..., Any]) -> None:
    """Where nothing else is configured, the instance's role is used, over version 2 alone."""
    home = lab(AWS_EC2_METADATA_SERVICE_ENDPOINT=aws.url)
    assert _sent(home.resolved(), aws) == {aws.gives[0].key}
    assert aws.asked[0] == "/latest/api/token"


def test_a_process(aws: Any, lab: Callable[..., Any], moment: Callable[[float], str]) -> None:
    """A credential_process gives keys; it sees the variables that the settings set."""
    pair = aws.pair("ASIAFAKEPROCESS00001", token="fake-process")
    home = lab(AWS_PROFILE="lab")
    script = home.write("process.py", "import os\nprint(os.environ['SAID'])")
    said = {
        "Version": 1,
        "AccessKeyId": pair.key,
        "SecretAccessKey": pair.secret,
        "SessionToken": pair.token,
        "Expiration": moment(3600),
    }
    home.write(".claude/settings.json", {"env": {"SAID": json.dumps(said)}})
    line = shlex.join([sys.executable, str(script)])
    home.write(".aws/config", f"[profile lab]\ncredential_process = {line}\n")
    assert _sent(home.resolved(), aws) == {pair.key}


def test_single_sign_on(aws: Any, lab: Callable[..., Any], moment: Callable[[float], str]) -> None:
    """A login that the AWS CLI keeps is exchanged for a role's keys."""
    home = lab(AWS_PROFILE="lab", AWS_ENDPOINT_URL_SSO=aws.url)
    home.write(
        ".aws/config",
        "[profile lab]\nsso_session = lab\nsso_account_id = 123456789012\nsso_role_name = r\n"
        "[sso-session lab]\nsso_region = us-east-1\nsso_start_url = https://lab.test/start\n"
        "sso_registration_scopes = sso:account:access\n",
    )
    login = {"accessToken": "fake-sso", "expiresAt": moment(3600), "region": "us-east-1"}
    name = hashlib.sha1(b"lab", usedforsecurity=False).hexdigest()
    home.write(f".aws/sso/cache/{name}.json", {**login, "startUrl": "https://lab.test/start"})
    assert _sent(home.resolved(), aws) == {aws.gives[0].key}


def test_an_api_key(aws: Any, lab: Callable[..., Any]) -> None:
    """A Bedrock API key travels as a bearer token, and wins over keys that could sign."""
    aws.bearers.add("fake-bedrock-key")
    pair = aws.pair("AKIAFAKEAMBIENT00001")
    home = lab(
        AWS_BEARER_TOKEN_BEDROCK="fake-bedrock-key",
        AWS_ACCESS_KEY_ID=pair.key,
        AWS_SECRET_ACCESS_KEY=pair.secret,
        AWS_PROFILE="there-is-none",
    )
    assert _sent(home.resolved(), aws) == {"fake-bedrock-key"}


@pytest.mark.parametrize("nested", [True, False])
def test_an_export_command(aws: Any, lab: Callable[..., Any], nested: bool) -> None:  # noqa: FBT001
    """What awsCredentialExport prints is used, flat or nested, before the profile and the keys."""
    pair = aws.pair("ASIAFAKEEXPORT000001", token="fake-export")
    home = lab(AWS_PROFILE="there-is-none")
    said = {
        "AccessKeyId": pair.key,
        "SecretAccessKey": pair.secret,
        "SessionToken": pair.token,
        "Expiration": "2099-01-01T00:00:00Z",
    }
    home.write("said.json", {"Credentials": said} if nested else said)
    home.write(".claude/settings.json", {"awsCredentialExport": "cat said.json"})
    assert _sent(home.resolved(), aws) == {pair.key}


def test_the_profile_of_keyhole_alone(aws: Any, lab: Callable[..., Any]) -> None:
    """A profile in keyhole's configuration counts before AWS_PROFILE and the keys."""
    own, other = aws.pair("AKIAFAKEOWN000000001"), aws.pair("AKIAFAKEOTHER0000001")
    home = lab(AWS_PROFILE="other", AWS_ACCESS_KEY_ID=other.key, AWS_SECRET_ACCESS_KEY="fake")
    home.write(".config/keyhole/config.toml", '[bedrock]\nprofile = "own"\n')
    home.write(".aws/credentials", _profile("own", own) + _profile("other", other))
    assert _sent(home.resolved(), aws) == {own.key}


def _profile(name: str, pair: Any) -> str:
    return f"[{name}]\naws_access_key_id = {pair.key}\naws_secret_access_key = {pair.secret}\n" + (
        f"aws_session_token = {pair.token}\n" if pair.token else ""
    )
