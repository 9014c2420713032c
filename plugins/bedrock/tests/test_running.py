"""In a running process: keys are replaced, end, are asked for by many at once, and time out."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from keyhole import KeyholeError, Resolved, async_sdk_client, sdk_client
from keyhole.errors import BrokenCredentialError, RefusedError, RejectedError
from keyhole.handover import to_child, to_claude

ASK: dict[str, Any] = {
    "model": "anthropic.fake",
    "max_tokens": 5,
    "messages": [{"role": "user", "content": "hi"}],
}


def _profile(pair: Any) -> str:
    return f"[default]\naws_access_key_id={pair.key}\naws_secret_access_key={pair.secret}\n"


def _with_auth(resolved: Resolved, aws: Any) -> Callable[[], None]:
    client = httpx2.Client(auth=resolved.auth())

    def ask() -> None:
        assert client.post(f"{aws.url}/model/m/invoke", json={}).status_code == 200

    return ask


def _with_sdk(resolved: Resolved, aws: Any) -> Callable[[], None]:  # noqa: ARG001  # as the others
    client = sdk_client(resolved, max_retries=0)
    return lambda: client.messages.create(**ASK)


def _with_async_sdk(resolved: Resolved, aws: Any) -> Callable[[], None]:  # noqa: ARG001
    async def ask() -> None:
        async with async_sdk_client(resolved, max_retries=0) as client:
            await client.messages.create(**ASK)

    return lambda: asyncio.run(ask())


@pytest.mark.real
@pytest.mark.parametrize("user", [_with_auth, _with_sdk, _with_async_sdk])
@pytest.mark.parametrize("revoked", [True, False], ids=["unknown now", "expired"])
def test_replaced_keys_are_picked_up(
    aws: Any,
    lab: Callable[..., Any],
    user: Any,
    revoked: bool,  # noqa: FBT001
) -> None:
    """Keys that AWS no longer takes are read again, and the request is sent once more."""
    old, new = aws.pair("AKIAFAKEOLD000000001"), aws.pair("AKIAFAKENEW000000001", secret="other")
    home = lab()
    home.write(".aws/credentials", _profile(old))
    ask = user(home.resolved(), aws)
    ask()
    if revoked:
        del aws.known[old.key]
    else:
        aws.refuses.add(old.key)
    home.write(".aws/credentials", _profile(new))
    ask()
    ask()
    assert [request.key for request in aws.received] == [old.key, old.key, new.key, new.key]


@pytest.mark.real
def test_a_second_refusal_is_final(aws: Any, lab: Callable[..., Any]) -> None:
    """The same keys again are not sent again; a denied permission is an answer, and no refusal."""
    pair = aws.pair("AKIAFAKEOLD000000001")
    home = lab(AWS_ACCESS_KEY_ID=pair.key, AWS_SECRET_ACCESS_KEY=pair.secret)
    resolved = home.resolved()
    aws.refuses.add(pair.key)
    with httpx2.Client(auth=resolved.auth()) as client, pytest.raises(RejectedError):
        client.post(aws.url)
    assert len(aws.received) == 1
    credential = resolved.credential()
    assert not credential.refused(403, {"x-amzn-errortype": "AccessDeniedException"})
    assert credential.refused(401, {})


@pytest.mark.real
def test_a_hundred_threads_at_the_end_make_one_request(aws: Any, lab: Callable[..., Any]) -> None:
    """When keys end, one request to the container's endpoint serves everybody."""
    home = lab(
        AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{aws.url}/container",
        AWS_CONTAINER_AUTHORIZATION_TOKEN="fake-container",
    )
    aws.gives = (aws.gives[0], 20.0)
    resolved = home.resolved()
    asked = len(aws.asked)
    aws.gives = (aws.pair("ASIAFAKERENEWED00001", token="fake-new"), 3600.0)
    with ThreadPoolExecutor(100) as pool:
        keys = set(
            pool.map(lambda _: resolved.credential().child_env()["AWS_ACCESS_KEY_ID"], range(100))
        )
    assert keys == {"ASIAFAKERENEWED00001"}
    assert len(aws.asked) == asked + 1


@pytest.mark.real
def test_a_silent_metadata_service_costs_two_seconds(aws: Any, lab: Callable[..., Any]) -> None:
    """A metadata service that never answers is given up after 2 seconds in all."""
    aws.silent.set()
    home = lab(AWS_EC2_METADATA_SERVICE_ENDPOINT=aws.url, AWS_METADATA_SERVICE_TIMEOUT="60")
    began = time.monotonic()
    with pytest.raises(BrokenCredentialError, match="no answer in 2 s"):
        home.resolved()
    assert time.monotonic() - began < 20


@pytest.mark.real
def test_a_failing_chain_is_no_reason_to_use_the_instance(
    aws: Any, lab: Callable[..., Any]
) -> None:
    """A credential_process that fails surfaces; the instance's role does not take its place."""
    home = lab(AWS_EC2_METADATA_SERVICE_ENDPOINT=aws.url)
    home.write(".aws/config", "[default]\ncredential_process = false\n")
    with pytest.raises(KeyholeError, match="credential process"):
        home.resolved()
    assert not aws.asked


@pytest.mark.real
def test_files_of_boto_are_not_read(aws: Any, lab: Callable[..., Any]) -> None:
    """What only Python's old boto read is no credential: no other tool of AWS would use it."""
    home = lab(AWS_EC2_METADATA_SERVICE_ENDPOINT=aws.url, AWS_CREDENTIAL_FILE="legacy")
    home.write(
        ".boto", "[Credentials]\naws_access_key_id = AKIAFAKEBOTO\naws_secret_access_key = fake\n"
    )
    home.write("legacy", "AWSAccessKeyId=AKIAFAKEBOTO\nAWSSecretKey=fake\n")
    given = home.resolved().credential().child_env()
    assert given["AWS_ACCESS_KEY_ID"] == aws.gives[0].key


@pytest.mark.real
def test_a_strangers_botocore_is_not_imported(aws: Any, lab: Callable[..., Any]) -> None:
    """A module in the start folder that is called like botocore's is left alone."""
    pair = aws.pair("AKIAFAKEFAKE00000001")
    home = lab(AWS_ACCESS_KEY_ID=pair.key, AWS_SECRET_ACCESS_KEY=pair.secret)
    home.write("botocore/__init__.py", "raise SystemExit('fake stranger')")
    assert home.resolved().credential().secret.reveal() == pair.secret


@pytest.mark.real
def test_children_get_the_keys_but_never_those_of_the_private_profile(
    aws: Any, lab: Callable[..., Any]
) -> None:
    """A child gets service, region and keys; those of [bedrock] profile are refused to everybody."""
    pair = aws.pair("AKIAFAKEFAKE00000001")
    home = lab(CLAUDE_CODE_SKIP_BEDROCK_AUTH="0")
    home.write(".aws/credentials", _profile(pair))
    given = to_child(home.resolved()).variables
    assert given == {
        "CLAUDE_CODE_USE_BEDROCK": "1",
        "AWS_REGION": "eu-west-1",
        "ANTHROPIC_BEDROCK_BASE_URL": aws.url,
        "AWS_ACCESS_KEY_ID": pair.key,
        "AWS_SECRET_ACCESS_KEY": pair.secret,
        "AWS_SESSION_TOKEN": "",
    }
    assert pair.secret not in to_claude(home.resolved()).variables.values()
    home.write(".config/keyhole/config.toml", '[bedrock]\nprofile = "default"\n')
    for hand_over in (to_child, to_claude):
        with pytest.raises(RefusedError, match="for keyhole alone"):
            hand_over(home.resolved())


def test_claude_keeps_an_api_key_that_two_services_share(lab: Callable[..., Any]) -> None:
    """`claude` keeps AWS_BEARER_TOKEN_BEDROCK, which Mantle reads too, and the skip flags."""
    home = lab(AWS_BEARER_TOKEN_BEDROCK="fake-key", CLAUDE_CODE_SKIP_BEDROCK_AUTH="1")
    handover = to_claude(home.resolved())
    environ = handover.environment(home.environ)
    assert environ["AWS_BEARER_TOKEN_BEDROCK"] == "fake-key"
    assert environ["CLAUDE_CODE_SKIP_BEDROCK_AUTH"] == "1"


_COUNT = """
import sys
from keyhole.testing import fake_machine
from keyhole.walk import survey
for environ in ({}, {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_PROFILE": "p"}):
    survey(fake_machine(environ, {".aws/config": "[profile p]\\ncredential_process = x"}))
    print([name for name in ("botocore", "anthropic", "boto3", "subprocess") if name in sys.modules])
"""


def test_looking_imports_no_vendors_library() -> None:
    """A survey imports neither botocore nor the SDK, with Bedrock off and with Bedrock on."""
    command = [sys.executable, "-c", _COUNT]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    assert [line for line in said.splitlines() if "botocore" in line or "anthropic" in line] == []


def test_a_signature_has_no_headers_to_give_out(lab: Callable[..., Any], aws: Any) -> None:
    """Asking a signer for headers says what to use instead; a body that streams can't be signed."""
    pair = aws.pair("AKIAFAKEFAKE00000001")
    resolved = lab(AWS_ACCESS_KEY_ID=pair.key, AWS_SECRET_ACCESS_KEY=pair.secret).resolved()
    with pytest.raises(RefusedError, match=r"keyhole\.Auth"):
        resolved.headers()
    with httpx2.Client(auth=resolved.auth()) as client, pytest.raises(RefusedError, match="stream"):
        client.post(aws.url, content=iter([b"x"]))


@pytest.mark.real
def test_no_log_holds_a_token(
    lab: Callable[..., Any], aws: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """With every logger at its most talkative, neither the key nor the token is written."""
    caplog.set_level(1)
    pair = aws.pair("ASIAFAKEFAKE00000001", token="fake-canary-token-0123")
    home = lab(
        AWS_ACCESS_KEY_ID=pair.key,
        AWS_SECRET_ACCESS_KEY=pair.secret,
        AWS_SESSION_TOKEN=pair.token,
    )
    with httpx2.Client(auth=home.resolved().auth()) as client:
        assert client.post(aws.url, json={}).status_code == 200
    assert pair.token not in caplog.text
    assert pair.secret not in caplog.text


@pytest.mark.real
def test_the_stand_in_for_aws_refuses_a_wrong_signature(lab: Callable[..., Any], aws: Any) -> None:
    """What accepts these tests' requests does not accept everything."""
    aws.pair("AKIAFAKEFAKE00000001")
    home = lab(AWS_ACCESS_KEY_ID="AKIAFAKEFAKE00000001", AWS_SECRET_ACCESS_KEY="fake-wrong")
    with httpx2.Client(auth=home.resolved().auth()) as client:
        assert client.post(aws.url, json={}).status_code == 403
    assert aws.received[0].problem == "SignatureDoesNotMatch"
