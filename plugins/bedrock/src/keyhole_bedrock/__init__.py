"""Claude on AWS: Amazon Bedrock, Claude Platform on AWS and Bedrock Mantle."""

from __future__ import annotations

from keyhole import CredentialSource, Option, hookimpl

__all__ = ["keyhole_credential_sources", "keyhole_options"]


@hookimpl
def keyhole_credential_sources() -> list[CredentialSource]:
    """`bedrock`, `anthropic-aws` and `mantle`."""
    from keyhole_bedrock.source import AnthropicAws, Bedrock, Mantle

    return [Bedrock(), AnthropicAws(), Mantle()]


@hookimpl
def keyhole_options() -> list[Option]:
    """The key of the table `[bedrock]`."""
    from keyhole_bedrock.chosen import PROFILE

    return [PROFILE]
