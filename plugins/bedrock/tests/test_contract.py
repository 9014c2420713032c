"""The three sources keep the contract that every source keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyhole import Absent, Broken, CredentialSource, Found, Ignored
from keyhole.testing import CANARY, Example, SourceContract, fake_machine
from keyhole_bedrock.product import ANTHROPIC_AWS, BEDROCK, MANTLE, Product
from keyhole_bedrock.source import AnthropicAws, Bedrock, Mantle

UNTRUSTED = "project/.claude/settings.json"


def _examples(product: Product, **more: str) -> dict[str, Example]:
    """What all three have in common."""
    on = {product.flag: "1", **more}
    keys = {**on, "AWS_ACCESS_KEY_ID": CANARY, "AWS_SECRET_ACCESS_KEY": CANARY}
    file = f"[p]\naws_access_key_id = {CANARY}\naws_secret_access_key: {CANARY}\n"
    bad_url = {product.base_url: f"https://ada:{CANARY}@a.test"}

    def example(environ: dict[str, str], outcome: Any, files: Any = None, **rest: Any) -> Example:
        return Example(fake_machine(environ, files), outcome, **rest)

    return {
        "off": example({}, Absent),
        "empty": example({product.flag: ""}, Absent),
        "no": example({**keys, product.flag: "0"}, Absent),
        "with an API key": example({**on, product.api_key: CANARY}, Found, loads=True),
        "left to a gateway": example({**on, product.skip: "1"}, Found, loads=True),
        "with a gateway's token": example(
            {**on, product.skip: "1", "ANTHROPIC_AUTH_TOKEN": CANARY}, Found, loads=True
        ),
        "with keys": example(keys, Found),
        "with a profile": example({**on, "AWS_PROFILE": "p"}, Found, {".aws/credentials": file}),
        "with an export": example(
            on, Found, {".claude/settings.json": {"awsCredentialExport": f"echo {CANARY}"}}
        ),
        "on an instance": example(on, Found),
        "without a profile": example({**on, "AWS_PROFILE": "p"}, Broken),
        "with half a key": example({**on, "AWS_ACCESS_KEY_ID": CANARY}, Broken),
        "with nothing": example({**on, "AWS_EC2_METADATA_DISABLED": "true"}, Broken),
        "for a URL with a password": example({**keys, **bad_url}, Broken),
        "for no region": example({**keys, "AWS_REGION": "a.test/"}, Broken),
        "in an untrusted project": example({}, Ignored, {UNTRUSTED: {"env": on}}),
        "in a trusted project": Example(
            fake_machine(files={UNTRUSTED: {"env": keys}}, trusted=True), Found
        ),
    }


class TestBedrock(SourceContract):
    def source(self) -> CredentialSource:
        return Bedrock()

    def examples(self) -> Mapping[str, Example]:
        return _examples(BEDROCK)


class TestMantle(SourceContract):
    def source(self) -> CredentialSource:
        return Mantle()

    def examples(self) -> Mapping[str, Example]:
        return _examples(MANTLE)


class TestAnthropicAws(SourceContract):
    def source(self) -> CredentialSource:
        return AnthropicAws()

    def examples(self) -> Mapping[str, Example]:
        workspace = {"ANTHROPIC_AWS_WORKSPACE_ID": "wrkspc_fake"}
        return _examples(ANTHROPIC_AWS, **workspace) | {
            "without a workspace": Example(fake_machine({ANTHROPIC_AWS.flag: "1"}), Broken),
        }
